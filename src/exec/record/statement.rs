//! What an approver says: one line of JSON, and below it the signature over that line and its line end, if there is one.
//!
//! Stock OpenSSH judges it as well: `head -n 1 ANSWER | ssh-keygen -Y verify -f SIGNERS -I NAME -n runbook-approval
//! -s SIGNATURE`, where SIGNATURE is the rest of the file.

use super::request::{Request, unwrapped};
use crate::exec::digest::sha256;
use crate::signatures;
use serde::{Deserialize, Serialize};

/// The version of this form.
pub const FORMAT: u32 = 1;

/// What begins an answer that is one line.
pub const LINE: &str = "runbook-answer:";

/// What a person says to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The version of this form.
    #[serde(rename = "runbook-approval")]
    pub format: u32,
    /// What is said.
    pub verdict: Verdict,
    /// The person.
    pub by: String,
    /// The id of the run.
    pub run: String,
    /// Path of the step.
    pub step: String,
    /// SHA-256 of the request's text.
    pub request: String,
    /// What of the request is most likely to change, each by itself, so that a refusal can name what differs.
    pub covers: Covers,
    /// When it was said by the clock of the person, RFC 3339.
    pub at: String,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What has to be true before an approval counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
}

/// Parts of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// SHA-256 of the plan.
    pub plan: String,
    /// SHA-256 of the params, as JSON.
    pub params: String,
    /// What is released, if the step says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What is built of it, if the step says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<String>,
    /// The commit of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// SHA-256 of the text.
    pub text: String,
    /// When the request expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No: the run ends, unless it is to a review that is owed.
    Reject,
}

/// A statement with the signature over it, as journals and letters keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The line that was signed, with its line end.
    pub statement: String,
    /// The signature, armored.
    pub signature: String,
}

impl Signed {
    /// The fingerprint of the key that made the signature, if it can be read.
    pub fn key(&self) -> Option<String> {
        signatures::signer(&self.signature).ok()
    }
}

impl Covers {
    /// What a request says of them.
    pub fn of(request: &Request) -> Self {
        let params = serde_json::to_string(&request.params).expect("params are texts");
        Self {
            plan: request.plan.clone(),
            params: sha256(params.as_bytes()),
            commit: request.commit.clone(),
            artefact: request.artefact.clone(),
            policy: request.policy.as_ref().map(|policy| policy.commit.clone()),
            text: sha256(request.text.as_bytes()),
            expires: request.expires.clone(),
        }
    }

    /// Which of them differ, as people call them.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("the plan", self.plan != other.plan),
            ("the params", self.params != other.params),
            ("the commit", self.commit != other.commit),
            ("the artefact", self.artefact != other.artefact),
            ("the commit of the policy", self.policy != other.policy),
            ("the text", self.text != other.text),
            ("the time when it expires", self.expires != other.expires),
        ];
        let differing = parts.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }
}

/// What a person adds to a verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// The reason of a rejection.
    pub reason: Option<String>,
    /// What has to be true before an approval counts.
    pub conditions: Vec<String>,
}

impl Statement {
    /// What a person says to the request with this text.
    pub fn on(
        request: &Request,
        text: &str,
        verdict: Verdict,
        by: &str,
        at: String,
        why: Why,
    ) -> Self {
        Self {
            format: FORMAT,
            verdict,
            by: by.to_owned(),
            run: request.run.clone(),
            step: request.step.clone(),
            request: Request::digest(text),
            covers: Covers::of(request),
            at,
            reason: why.reason,
            conditions: why.conditions,
        }
    }

    /// The line that is signed, with its line end.
    pub fn to_line(&self) -> String {
        let text = serde_json::to_string(self).expect("a statement holds only text and numbers");
        format!("{text}\n")
    }

    /// Reads the line that was signed.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    pub fn read(line: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(line)
            .map_err(|error| format!("the answer cannot be read: {error}"))?;
        match read.format {
            FORMAT => Ok(read),
            other => Err(format!(
                "the answer is of format {other}, and this program knows format {FORMAT}: use a newer one"
            )),
        }
    }
}

impl Signed {
    /// The text of a file that holds it.
    pub fn to_text(&self) -> String {
        format!("{}{}", self.statement, self.signature)
    }

    /// Reads an answer: a file of it, or a text that has it as one line.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    pub fn read(written: &str) -> Result<Self, String> {
        let is_whole = written.trim_start().starts_with('{');
        let text = match unwrapped(written, LINE).filter(|_| !is_whole) {
            Some(text) => text?,
            None => written.to_owned(),
        };
        let missing =
            "it is no signed answer: that is a line of JSON and an SSH signature below it";
        let at = text.find(signatures::BEGIN).ok_or(missing)?;
        let (statement, signature) = text.split_at(at);
        Ok(Self {
            statement: statement.to_owned(),
            signature: signature.to_owned(),
        })
    }
}
