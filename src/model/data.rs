//! Values of the project's data files, by dotted paths such as `metrics.coverage`.

use crate::model::runbook::ValueKind;
use crate::source::Spanned;
use std::collections::BTreeMap;

/// The single values of `data/*.yaml`: the file's name, then its keys, with a `.` between them;
/// entries of lists by their numbers from 0. Beside them `runbooks.ID.expect`, `.warn` and `.limit`, the times
/// of a runbook's budget, and `runbooks.ID.machine`, what its steps are expected to take together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Data {
    values: BTreeMap<String, Spanned<String>>,
}

impl Data {
    /// Notes a value.
    pub fn set(&mut self, path: String, value: Spanned<String>) {
        self.values.insert(path, value);
    }

    /// The value at a path, as its author wrote it.
    pub fn get(&self, path: &str) -> Option<&Spanned<String>> {
        self.values.get(path)
    }

    /// The path of what `messages.yaml` says of a message: its `text`, whom it goes `to`, and `after` which time.
    pub fn message(name: &str, what: &str) -> String {
        format!("messages.{name}.{what}")
    }

    /// What a value can be compared with: whole numbers and truths are those, the rest is text.
    pub fn kind(value: &str) -> ValueKind {
        match value {
            "true" | "false" => ValueKind::Bool,
            _ if value.parse::<i64>().is_ok() => ValueKind::Int,
            _ => ValueKind::String,
        }
    }

    /// All paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}
