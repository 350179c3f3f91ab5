//! Findings beyond what `resolve` says, and findings as data.
//!
//! `resolve` proves links; here are the rules that need the whole site or a date, the project's
//! own weights and waivers, and the forms in which findings are shown. [`settle`] turns the diagnostics of all stages
//! into the list that is shown.

mod causes;
mod excerpt;
mod explain;
mod json;
mod known_errors;
mod rules;
mod text;

pub use explain::explain;
pub use json::report;
pub use known_errors::messages;
pub use rules::{freshness, orphans};
pub use text::{Style, to_text};

use crate::diag::{Diagnostic, Diagnostics, Severity, codes, did_you_mean};
use crate::model::config::{Config, Level};
use crate::source::Sources;
use std::collections::BTreeSet;

/// Applies the project's weights and waivers, and puts the findings in reading order.
///
/// A waiver that waives nothing is itself a finding, so that waivers do not outlive their
/// reason.
pub fn settle(diagnostics: Diagnostics, config: &Config, sources: &Sources) -> Diagnostics {
    let mut used = BTreeSet::new();
    let mut settled = Diagnostics::default();
    for diagnostic in diagnostics.iter() {
        let path = sources.get(diagnostic.span.source).path();
        let waiver = config
            .waivers
            .iter()
            .position(|w| w.code.value == diagnostic.code && w.path == path);
        match waiver {
            Some(index) => {
                used.insert(index);
                settled.waive(diagnostic.clone(), &config.waivers[index].reason);
            }
            None => settled.append(weighed(diagnostic, config)),
        }
    }
    for (index, waiver) in config.waivers.iter().enumerate() {
        if !used.contains(&index) {
            let message = format!(
                "nothing to waive: no finding `{}` in `{}`",
                waiver.code.value.name, waiver.path
            );
            settled.report(
                Diagnostic::new(codes::CONFIG_UNUSED_WAIVER, waiver.code.span, message).help_if(
                    did_you_mean(
                        waiver.code.value.name,
                        diagnostics.iter().map(|d| d.code.name),
                    )
                    .or_else(|| Some("delete the waiver".to_owned())),
                ),
            );
        }
    }
    causes::alone(settled, sources).sorted(sources).told_once()
}

fn weighed(diagnostic: &Diagnostic, config: &Config) -> Diagnostics {
    let mut kept = Diagnostics::default();
    let severity = match config.rules.get(diagnostic.code.name) {
        Some(Level::Off) => return kept,
        Some(Level::Error) => Severity::Error,
        Some(Level::Warning) => Severity::Warning,
        None => diagnostic.severity,
    };
    kept.report(Diagnostic {
        severity,
        ..diagnostic.clone()
    });
    kept
}
