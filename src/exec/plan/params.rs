//! The params of a run: each has a value, or was not given.
//!
//! What steps see of one that was not given is the empty text. In a plan, `params` has a text for each
//! param. If one is empty, `not_given` lists those that were not given; an older plan does not say it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The params of a run, complete and checked. Secrets are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    #[serde(rename = "params")]
    texts: BTreeMap<String, String>,
    /// Nothing if no text is empty, or in a plan that was written before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_given: Option<BTreeSet<String>>,
}

impl Params {
    /// Params with these values; `None` for one that was not given.
    pub fn of(values: BTreeMap<String, Option<String>>) -> Self {
        let not_given = values.iter().filter(|(_, value)| value.is_none());
        let not_given: BTreeSet<String> = not_given.map(|(name, _)| name.clone()).collect();
        let texts: BTreeMap<String, String> = values
            .into_iter()
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect();
        let has_empty = texts.values().any(String::is_empty);
        Self {
            texts,
            not_given: has_empty.then_some(not_given),
        }
    }

    /// What steps see of a param; nothing if the run has none of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// What steps see of each param, by name.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    /// The values that were given. Where the plan does not say whether an empty one was, one that
    /// `is_optional` was not.
    pub fn given(&self, is_optional: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let is_given = |name: &str, text: &str| match &self.not_given {
            Some(not_given) => !not_given.contains(name),
            None => !text.is_empty() || !is_optional(name),
        };
        let given = self.texts.iter();
        given
            .filter(|(name, text)| is_given(name, text))
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(values: &[(&str, Option<&str>)]) -> Params {
        let values = values.iter();
        let values = values.map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        Params::of(values.collect())
    }

    fn written(params: &Params) -> String {
        serde_json::to_string(params).expect("params are JSON")
    }

    fn names(given: &BTreeMap<String, String>) -> Vec<&str> {
        given.keys().map(String::as_str).collect()
    }

    #[test]
    fn a_plan_in_which_every_param_has_a_text_is_written_as_ever() {
        let all = params(&[("note", Some("x")), ("word", Some("y"))]);

        assert_eq!(written(&all), r#"{"params":{"note":"x","word":"y"}}"#);
    }

    #[test]
    fn what_was_not_given_is_told_from_the_empty_text_and_looks_like_it() {
        let none = params(&[("note", None), ("word", Some("y"))]);
        let empty = params(&[("note", Some("")), ("word", Some("y"))]);
        let expected = r#"{"params":{"note":"","word":"y"},"not_given":["note"]}"#;
        assert_eq!(written(&none), expected);

        for (params, given) in [(none, vec!["word"]), (empty, vec!["note", "word"])] {
            let read: Params = serde_json::from_str(&written(&params)).expect("it is read");

            assert_eq!(read, params);
            assert_eq!(read.text("note"), Some(""));
            assert_eq!(read.text("other"), None);
            assert_eq!(names(&read.given(|_| true)), given);
            assert_eq!(names(&read.given(|_| false)), given);
        }
    }

    #[test]
    fn an_older_plan_does_not_say_it_so_the_runbook_does() {
        let old = r#"{"params":{"note":"","word":"y"}}"#;
        let old: Params = serde_json::from_str(old).expect("it is read");

        assert_eq!(old.text("note"), Some(""));
        assert_eq!(names(&old.given(|name| name == "note")), ["word"]);
        assert_eq!(names(&old.given(|_| false)), ["note", "word"]);
        assert_eq!(written(&old), r#"{"params":{"note":"","word":"y"}}"#);
    }
}
