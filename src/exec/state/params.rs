//! Params: from the command line and files, completed by defaults and answers, and judged.

use crate::diag::nearest;
use crate::exec::plan::freeze;
use crate::exec::plan::{Field, Params};
use crate::exec::state::values;
use crate::model::runbook::Runbook;
use std::collections::BTreeMap;

/// What is wrong with the params of a run; all of it at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// Params that have to be given and were not.
    pub missing: Vec<Field>,
    /// Names that the runbook does not have, each with the nearest that it has.
    pub unknown: Vec<(String, Option<String>)>,
    /// Names with what their values have to be.
    pub wrong: Vec<(String, String)>,
}

impl Problems {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unknown.is_empty() && self.wrong.is_empty()
    }

    /// One line a problem, with the next step.
    pub fn lines(&self) -> Vec<String> {
        // What was given under a wrong name is told as that.
        let is_misnamed = |field: &&Field| {
            self.unknown
                .iter()
                .any(|(_, near)| near.as_ref() == Some(&field.name))
        };
        let missing = self
            .missing
            .iter()
            .filter(|field| !is_misnamed(field))
            .map(|field| {
                let choices = (!field.values.is_empty()).then(|| field.values.join(", "));
                let said: Vec<&str> = field
                    .ask
                    .iter()
                    .chain(&choices)
                    .map(String::as_str)
                    .collect();
                let ask = match said.is_empty() {
                    true => String::new(),
                    false => format!(" ({})", said.join(" ")),
                };
                format!("`{}` is missing{ask}: add -p {}=…", field.name, field.name)
            });
        let unknown = self.unknown.iter().map(|(name, near)| match near {
            Some(near) => format!("there is no param `{name}`: did you mean `{near}`?"),
            None => format!("there is no param `{name}`: leave it out"),
        });
        let wrong = self
            .wrong
            .iter()
            .map(|(name, expected)| format!("`{name}` has to be {expected}"));
        unknown.chain(missing).chain(wrong).collect()
    }
}

/// The fields of a runbook's params.
pub fn fields(book: &Runbook) -> Vec<Field> {
    book.params
        .iter()
        .map(|param| freeze::field(&param.name.value, &param.kind))
        .collect()
}

/// Completes what was given by the defaults.
///
/// # Errors
/// Everything that is wrong.
pub fn complete(book: &Runbook, given: &BTreeMap<String, String>) -> Result<Params, Problems> {
    let mut problems = Problems::default();
    let mut values = BTreeMap::new();
    for (param, field) in book.params.iter().zip(fields(book)) {
        if param.secret.is_some() {
            if given.contains_key(&field.name) {
                let instead = "left out here: a secret is asked for, or comes from its command";
                problems.wrong.push((field.name, instead.to_owned()));
            }
            continue;
        }
        let default = param.default.as_ref().map(|default| &default.value);
        match given.get(&field.name).or(default) {
            Some(value) => {
                if let Err(expected) = values::fits(&field, value) {
                    problems.wrong.push((field.name.clone(), expected));
                }
                values.insert(field.name, Some(value.clone()));
            }
            None if param.optional => {
                values.insert(field.name, None);
            }
            None => problems.missing.push(field),
        }
    }
    let names: Vec<&str> = book
        .params
        .iter()
        .map(|param| param.name.value.as_str())
        .collect();
    let strange = given.keys().filter(|name| !names.contains(&name.as_str()));
    let unknown = strange.map(|name| {
        let near = nearest(name, names.iter().copied()).map(str::to_owned);
        (name.clone(), near)
    });
    problems.unknown = unknown.collect();
    if problems.is_empty() {
        Ok(Params::of(values))
    } else {
        Err(problems)
    }
}
