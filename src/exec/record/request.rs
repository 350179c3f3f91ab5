//! What is asked of approvers: the whole question of a gate in one text.
//!
//! The text stands in the journal where the gate was opened, and travels as a file or as one line. An approval names
//! its SHA-256, so that it covers all that is written here and nothing else: the run, the step, the plan, params,
//! commit and artefact, who is asked, and what the journal said before. A reader that meets a member that it does not
//! know refuses the text: it could not show what is approved.

use crate::exec::digest::sha256;
use crate::times;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this form.
pub const FORMAT: u32 = 1;

/// What begins a request that is one line.
pub const LINE: &str = "runbook-request:";

/// The question of a gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The version of this form.
    #[serde(rename = "runbook-request")]
    pub format: u32,
    /// The id of the run, a ULID.
    pub run: String,
    /// Path of the `approve` step.
    pub step: String,
    /// What is to be allowed, filled in.
    pub text: String,
    /// The name of the step.
    pub title: String,
    /// The project's id.
    pub project: String,
    /// The runbook's id.
    pub runbook: String,
    /// What the runbook says of its own version.
    pub version: String,
    /// The person who started the run.
    pub initiator: String,
    /// SHA-256 of the plan that the run goes by.
    pub plan: String,
    /// The params of the run; secrets are not among them.
    pub params: BTreeMap<String, String>,
    /// The commit that is approved, if the step says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The commit or tag behind which its authors begin, if the step says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The artefact that is approved, such as the integrity of a tarball, if the step says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<String>,
    /// The labels of what is approved, if the step says them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// What earlier steps found of what is approved, by name, as far as the step says it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, String>,
    /// Who wrote what is approved, where that is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// The row of the approval matrix, if the gate goes by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// Who is asked.
    pub asks: Vec<Ask>,
    /// Who may not approve, and why, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub barred: BTreeMap<String, String>,
    /// Whether only a signed approval counts.
    pub signed: bool,
    /// Fingerprints of the keys of those who are asked, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Vec<String>>,
    /// The policy by which it is asked, where it has to be that of the remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// The steps that follow, up to the next gate, by their names.
    pub next: Vec<String>,
    /// When it was asked, RFC 3339.
    pub opened: String,
    /// When silence becomes a no, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The hash of the line of the journal before.
    pub head: String,
}

/// The policy by which a gate is asked: who has which role and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The address of the repository, without any sign-in.
    pub repository: String,
    /// Its protected branch.
    pub branch: String,
    /// The commit of that branch.
    pub commit: String,
}

/// What is asked of one role, or of any of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What it is called: the role, or what the runbook or the matrix calls it.
    pub name: String,
    /// The roles, any of which will do.
    pub roles: Vec<String>,
    /// How many people.
    pub count: u32,
    /// How much the answer counts.
    pub need: Need,
    /// Whether anybody may answer, as the project lists no people.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anyone: bool,
    /// Who has one of the roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<String>,
    /// Who stands in for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputies: Vec<String>,
    /// Whose place these people take, by their names: those have delegated it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instead_of: BTreeMap<String, Vec<String>>,
    /// Those of all these who have keys, and none that was valid when it was asked: they cannot sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyless: Vec<String>,
    /// From when on deputies may answer, RFC 3339; at once if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputies_from: Option<String>,
    /// When an answer is due, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What the role looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<String>,
}

/// How much an answer counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Nothing goes on without it.
    #[default]
    Required,
    /// Welcome.
    Optional,
    /// Owed afterwards.
    Later,
}

impl Ask {
    /// Whether this person may answer it at this time, as far as the ask goes.
    pub fn is_for(&self, name: &str, at: Timestamp) -> bool {
        let has = |names: &[String]| names.iter().any(|one| one == name);
        self.anyone || has(&self.holders) || (has(&self.deputies) && self.has_deputies_by(at))
    }

    /// Whether this person is asked at any time.
    pub fn names(&self, name: &str) -> bool {
        let mut names = self.holders.iter().chain(&self.deputies);
        self.anyone || names.any(|one| one == name)
    }

    fn has_deputies_by(&self, at: Timestamp) -> bool {
        let from = self.deputies_from.as_ref();
        from.is_none_or(|from| from.parse::<Timestamp>().is_ok_and(|from| from <= at))
    }
}

impl Request {
    /// The text that is kept and travels: JSON on one line.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a request holds only text, numbers and lists")
    }

    /// Reads a request: its text, a file of it, or a text that has it as one line.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    pub fn read(written: &str) -> Result<(Self, String), String> {
        /// The one member that every format has.
        #[derive(Deserialize)]
        struct Head {
            #[serde(rename = "runbook-request")]
            format: u32,
        }
        // A param of a request may hold what looks like a request of one line.
        let is_json = written.trim_start().starts_with('{');
        let text = match unwrapped(written, LINE).filter(|_| !is_json) {
            Some(text) => text?,
            None => written.trim().to_owned(),
        };
        let none = |error: serde_json::Error| format!("it is no request for an approval: {error}");
        let Head { format } = serde_json::from_str(&text).map_err(none)?;
        if format != FORMAT {
            return Err(format!(
                "it is a request of format {format}, and this program knows format {FORMAT}: use a newer one"
            ));
        }
        let request: Self = serde_json::from_str(&text).map_err(|error| {
            format!("it has parts that this program does not know and could not show: {error}")
        })?;
        Ok((request, text))
    }

    /// Why it cannot be answered at this time, if it cannot.
    pub fn fault(&self, now: Timestamp) -> Option<String> {
        let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash(&self.plan) || !is_hash(&self.head) {
            return Some(
                "it names no plan and no line of a journal that could be checked".to_owned(),
            );
        }
        if self.asks.is_empty() {
            return Some("it asks nobody".to_owned());
        }
        let expires = self.expires.as_ref().map(|text| text.parse::<Timestamp>());
        match expires {
            Some(Err(_)) => {
                Some("it does not say when it expires in a way that can be read".to_owned())
            }
            Some(Ok(at)) if at < now && !self.owes() => {
                let at = times::local_minute(&at.to_string());
                Some(format!("it expired at {at}"))
            }
            _ => None,
        }
    }

    /// Whether reviews are asked afterwards, which may come when the gate has passed long ago.
    pub fn owes(&self) -> bool {
        self.asks.iter().any(|ask| ask.need == Need::Later)
    }

    /// The SHA-256 by which an approval names the text of a request.
    pub fn digest(text: &str) -> String {
        sha256(text.as_bytes())
    }
}

/// A text as one line that a chat or a mail does not break: a mark, and base64 for addresses.
pub fn wrapped(text: &str, mark: &str) -> String {
    format!("{mark}{}", BASE64_URL_SAFE_NO_PAD.encode(text))
}

/// The text that stands as one line behind a mark, wherever that is, if there is one.
pub fn unwrapped(written: &str, mark: &str) -> Option<Result<String, String>> {
    let (_, rest) = written.split_once(mark)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let (mut joined, mut grown) = (String::new(), 0);
    // A mail breaks long lines, and an answer to it puts a mark before each.
    for line in rest.lines().take(MOST_LINES) {
        let line = line.trim_start_matches(['>', ' ', '\t']);
        let end = line.find(|c| !is_part(c)).unwrap_or(line.len());
        joined.push_str(&line[..end]);
        if joined.len() == grown {
            continue;
        }
        grown = joined.len();
        let text = BASE64_URL_SAFE_NO_PAD.decode(&joined).ok();
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(whole) = text.filter(|text| is_whole(text)) {
            return Some(Ok(whole));
        }
        if end < line.trim_end().len() || joined.len() > MOST {
            break;
        }
    }
    let why = "it was cut off or changed on its way: send it as a file";
    Some(Err(why.to_owned()))
}

/// More lines than a mail makes of one.
const MOST_LINES: usize = 400;
/// More letters than any of our lines has.
const MOST: usize = 1 << 20;

/// Whether a text is all of a request or of a signed answer.
fn is_whole(text: &str) -> bool {
    text.trim_end().ends_with('}') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        || text.trim_end().ends_with("-----END SSH SIGNATURE-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_inside_a_param_is_a_text_and_nothing_more() {
        let inner = Request {
            format: FORMAT,
            step: "inner".to_owned(),
            ..Request::default()
        };
        let line = wrapped(&inner.to_text(), LINE);
        let outer = Request {
            format: FORMAT,
            step: "outer".to_owned(),
            params: BTreeMap::from([("note".to_owned(), line.clone())]),
            ..Request::default()
        };
        let (read, text) = Request::read(&outer.to_text()).expect("a request");
        assert_eq!((read, text.as_str()), (outer.clone(), &*outer.to_text()));
        assert_eq!(Request::read(&line).expect("a line").0, inner);
        let many = format!("{}\n{}", &line[..line.len() - 4], "\n".repeat(1_000_000));
        assert!(Request::read(&many).is_err());
    }
}
