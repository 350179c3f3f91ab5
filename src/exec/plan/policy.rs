//! The approval matrix as a run keeps it: who has to approve which kind of release, and who may not.

use super::{Plan, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the project's policy says of approvals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The rows of the matrix, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matrix: BTreeMap<String, Row>,
    /// Why approvals that nobody signed count although keys are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
}

/// One kind of release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Who is asked, in the order written.
    pub asks: Vec<RowAsk>,
    /// The role whose holder may approve a run of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
    /// Whether the person who started the run may not approve.
    pub not_initiator: bool,
    /// Whether those who wrote what is released may not approve.
    pub not_author: bool,
    /// Seconds after which silence is a no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// What has to be found before anybody is asked: the words of which any will do, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requires: BTreeMap<String, Vec<String>>,
}

/// What is asked of one role, or of any of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowAsk {
    /// The role, or what the matrix calls it.
    pub name: String,
    /// The roles, any of which will do.
    pub roles: Vec<String>,
    /// How many people.
    pub count: u32,
    /// How much the answer counts.
    pub need: RowNeed,
    /// The label with which it is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Seconds until an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u64>,
    /// Seconds until deputies may answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy_after: Option<u64>,
    /// What the role looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<String>,
}

/// How much an answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowNeed {
    /// Nothing goes on without it.
    Required,
    /// Welcome.
    Optional,
    /// Required with a label; without one, always, as nobody can tell.
    If,
    /// Owed afterwards.
    Later,
}

/// What an approval is for, as far as the step says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Text>,
    /// Behind this commit or tag the authors begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Text>,
    /// Such as the integrity of a tarball.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<Text>,
    /// Words by which rows ask more roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Text>,
    /// What earlier steps found of it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, Text>,
}

impl Subject {
    /// Whether the step says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn each_text(&mut self, change: &mut dyn FnMut(&mut Text)) {
        let parts = [
            &mut self.commit,
            &mut self.since,
            &mut self.artefact,
            &mut self.labels,
        ];
        let parts = parts.into_iter().flatten();
        parts.chain(self.evidence.values_mut()).for_each(change);
    }
}

impl Policy {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Plan {
    /// The row of the matrix with this name.
    ///
    /// # Errors
    /// That there is none, with those that there are.
    pub fn row(&self, name: &str) -> Result<&Row, String> {
        self.policy.matrix.get(name).ok_or_else(|| {
            let rows: Vec<&str> = self.policy.matrix.keys().map(String::as_str).collect();
            match rows.is_empty() {
                true => format!("the project has no approval matrix, and so no row `{name}`: write it into data/approvals.yaml"),
                false => format!("the approval matrix has no row `{name}`; it has: {}", rows.join(", ")),
            }
        })
    }
}
