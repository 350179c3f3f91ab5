//! What a plan says about its steps that a report needs, read by the names of its format: of each
//! step wherever it stands, its title and how long it usually takes.

use crate::exec::plan::Plan;
use serde_json::Value;
use std::collections::BTreeMap;

/// The steps of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    steps: BTreeMap<String, KnownStep>,
    /// How many seconds the whole usually takes, the time of people not counted.
    pub(super) expected: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownStep {
    title: String,
    expected: Option<u64>,
}

impl Known {
    /// What a plan says.
    pub(super) fn of(plan: &Plan) -> Self {
        Self::read(&serde_json::to_value(plan).unwrap_or_default())
    }

    fn read(plan: &Value) -> Self {
        let mut known = Self {
            steps: BTreeMap::new(),
            expected: seconds(&plan["budget"]),
        };
        known.walk(plan);
        known
    }

    /// A step is what has an id and a title.
    fn walk(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                if let (Some(id), Some(title)) = (value["id"].as_str(), value["title"].as_str()) {
                    let step = KnownStep {
                        title: title.to_owned(),
                        expected: seconds(value),
                    };
                    self.steps.insert(id.to_owned(), step);
                }
                members.values().for_each(|inner| self.walk(inner));
            }
            Value::Array(items) => items.iter().for_each(|inner| self.walk(inner)),
            _ => {}
        }
    }

    /// What people call a step: its title, and the item or the round it is for.
    pub(super) fn title(&self, path: &str) -> String {
        let base = base(path);
        match self.steps.get(&base) {
            Some(step) if base == path => step.title.clone(),
            Some(step) => format!("{} ({path})", step.title),
            None => path.to_owned(),
        }
    }

    /// How many seconds a step usually takes.
    pub(super) fn expected(&self, path: &str) -> Option<u64> {
        self.steps.get(&base(path))?.expected
    }
}

fn seconds(value: &Value) -> Option<u64> {
    Some(value["expect_ms"].as_u64()?.div_ceil(1000))
}

/// A path of a step without items and rounds: `publish/tag` of `publish[eu]/tag#2`.
fn base(path: &str) -> String {
    let plain = |segment: &str| {
        let plain = segment.split(['[', '#']).next();
        plain.unwrap_or_default().to_owned()
    };
    path.split('/').map(plain).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_are_known_wherever_they_stand() {
        let known = Known::read(&json!({
            "title": "Hotfix",
            "budget": { "expect_ms": 60_000 },
            "steps": [
                { "id": "pack", "title": "Pack", "expect_ms": 1500 },
                { "id": "all", "title": "All", "kind": { "parallel": { "steps": [
                    { "id": "ship/tag", "title": "Tag" }
                ] } } },
            ],
        }));
        assert_eq!(known.expected, Some(60));
        for (path, title, expected) in [
            ("pack", "Pack", Some(2)),
            ("pack#2", "Pack (pack#2)", Some(2)),
            ("ship[eu]/tag", "Tag (ship[eu]/tag)", None),
            ("gone", "gone", None),
        ] {
            assert_eq!(
                (&*known.title(path), known.expected(path)),
                (title, expected)
            );
        }
    }
}
