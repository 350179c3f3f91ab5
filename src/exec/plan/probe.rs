//! A probe of a wait: how often it is asked, and what its exit codes mean.

use super::{Command, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A probe that is asked again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Until {
    /// What is executed: 0 is yes.
    pub command: Command,
    /// The pause between two questions, in milliseconds.
    pub every_ms: u64,
    /// How often it is asked at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What only it has in its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Text>,
    /// What its exit codes mean if it has to say yes; nothing if the wait is done when its time is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must: Option<Codes>,
}

/// What the exit codes of a probe mean that has to say yes; 0 is yes, and those that are in no list cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// It is asked again.
    pub not_yet: Vec<i32>,
    /// It will never say yes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<i32>,
}

/// What a probe said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It is so.
    Yes,
    /// It is not so yet.
    NotYet,
    /// Nothing that helps: another code, or it was stopped.
    CannotTell,
    /// It will never be so.
    Never,
}

impl Until {
    /// What an exit code of the probe means; `None` of one that did not end by itself.
    pub fn said(&self, exit: Option<i32>) -> Said {
        let holds = |codes: &[i32]| exit.is_some_and(|code| codes.contains(&code));
        match &self.must {
            _ if exit == Some(0) => Said::Yes,
            Some(codes) if holds(&codes.never) => Said::Never,
            Some(codes) if !holds(&codes.not_yet) => Said::CannotTell,
            _ => Said::NotYet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::plan::Kind;

    #[test]
    fn a_wait_of_an_older_plan_keeps_its_meaning_and_its_bytes() {
        let old = r#"{"wait":{"time":[{"text":"10m"}],"until":{"command":{"shell":{"interpreter":["sh"],"script":"./ok"}},"every_ms":30000,"times":6}}}"#;
        let kind: Kind = serde_json::from_str(old).expect("it can be read");
        assert_eq!(
            serde_json::to_string(&kind).expect("it can be written"),
            old
        );
        let Kind::Wait {
            until: Some(until), ..
        } = kind
        else {
            panic!("it waits for a probe");
        };
        assert_eq!((until.times, until.must.clone()), (Some(6), None));
        let said = [Some(0), Some(1), Some(7), None].map(|exit| until.said(exit));
        assert_eq!(said, [Said::Yes, Said::NotYet, Said::NotYet, Said::NotYet]);
    }

    #[test]
    fn a_code_that_no_list_names_cannot_tell() {
        let until = Until {
            command: Command::Program(Vec::new()),
            every_ms: 1,
            times: None,
            env: BTreeMap::new(),
            must: Some(Codes {
                not_yet: vec![1],
                never: vec![2],
            }),
        };
        let said = [Some(0), Some(1), Some(2), Some(7), None].map(|exit| until.said(exit));
        let unsure = Said::CannotTell;
        assert_eq!(said, [Said::Yes, Said::NotYet, Said::Never, unsure, unsure]);
        let written = serde_json::to_string(&until).expect("it can be written");
        assert!(
            !written.contains("times"),
            "an older program refuses it: {written}"
        );
    }
}
