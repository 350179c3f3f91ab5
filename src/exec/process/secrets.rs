//! Secrets: how a step gets them, and how they stay out of everything that is kept.
//!
//! A secret is never in the plan, the journal, an argument or a file of the run. It travels from
//! the program to the shim through a pipe, to the step as a private file that goes when the step
//! ends, and [`Masks`] take it out of the output of every step before a byte of that reaches the
//! disk.

use crate::exec::process::masks::Masks;
use crate::model::runbook::Expose;
use serde::{Deserialize, Serialize};

/// A secret on its way to a step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The name of its param.
    pub name: String,
    /// How the step gets it.
    pub expose: Expose,
    /// In the clear. No `Debug` shows it.
    pub value: String,
}

impl Secret {
    /// The name of the variable by which a step finds it.
    pub fn variable(name: &str) -> String {
        format!("RB_SECRET_{}", name.to_uppercase())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Secret({})", self.name)
    }
}

/// What a shim is told of secrets.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Handover {
    /// Those that the step gets.
    pub given: Vec<Secret>,
    /// All others of the run that are known: the step may have found one where an earlier step left
    /// it.
    pub others: Vec<Secret>,
}

impl Handover {
    /// What masks all of them.
    pub fn masks(&self) -> Masks {
        let all = self.given.iter().chain(&self.others);
        Masks::of(all.map(|secret| secret.value.as_str()))
    }
}
