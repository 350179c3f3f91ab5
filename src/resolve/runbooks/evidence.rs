//! Whether a step gives what the row of the approval matrix requires by which it asks: else it would never ask.
//!
//! Only of a row whose name is written out. Which row another step asks by, only its run knows, and says so.

use crate::diag::{Diagnostic, codes, did_you_mean};
use crate::model::expression::{Template, TemplatePiece};
use crate::model::policy::{Policy, Requirement};
use crate::model::runbook::Approve;

/// The finding about evidence that the step lacks, if it lacks any.
pub(super) fn missing(row: &Template, approve: &Approve, policy: &Policy) -> Option<Diagnostic> {
    let [TemplatePiece::Text(name)] = row.parts.as_slice() else {
        return None;
    };
    let given = approve.subject.evidence.iter();
    let given: Vec<&str> = given.map(|(name, _)| name.value.as_str()).collect();
    let required = policy.row(name)?.requires.iter();
    let missing: Vec<&Requirement> = required
        .filter(|required| !given.contains(&required.name.value.as_str()))
        .collect();
    let first = &missing.first()?.name.value;
    let named: Vec<String> = missing
        .iter()
        .map(|required| format!("`{}`", required.name.value))
        .collect();
    let message = format!(
        "the row `{name}` requires {}, and this step gives no evidence of it: nobody would ever be asked",
        named.join(" and ")
    );
    let help = did_you_mean(first, given.iter().copied()).unwrap_or_else(|| {
        format!("add `evidence: {{ {first}: \"${{{{ steps.STEP.outputs.{first} }}}}\" }}`, from a step before that finds it")
    });
    let found = Diagnostic::new(codes::POLICY_EVIDENCE, row.span, message).help(help);
    Some(found.follows_from("data/approvals.yaml"))
}
