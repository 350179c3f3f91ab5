//! `approvals.yaml`: who approves which kind of release, and what proves it.

use super::{keys, requires};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::policy::{Approval, ApprovalNeed, ApprovalRow, Barred, Due, Policy};
use crate::parse::fields::{self, Fields};
use crate::parse::units;
use crate::parse::yaml::{Key, Node, Value};
use crate::source::Spanned;

pub(super) const NEEDS: [(&str, ApprovalNeed); 4] = [
    ("required", ApprovalNeed::Required),
    ("optional", ApprovalNeed::Optional),
    ("if", ApprovalNeed::If),
    ("later", ApprovalNeed::Later),
];

pub(super) const BARRED: [(&str, Barred); 2] =
    [("initiator", Barred::Initiator), ("author", Barred::Author)];

/// The keys of a row that are no roles.
const OF_ROW: [&str; 4] = ["alone", "expires", "not", "requires"];

/// Reads the file into `policy`.
pub(super) fn read(root: &Node, policy: &mut Policy, diagnostics: &mut Diagnostics) {
    let Some(mut fields) = Fields::shaped(root, &keys::APPROVALS, diagnostics) else {
        return;
    };
    if let Some(node) = fields.node("matrix") {
        let rows = fields::entries(node, "the matrix", diagnostics);
        policy.matrix = rows
            .iter()
            .map(|(key, node)| row(key, node, diagnostics))
            .collect();
    }
    policy.claimed = fields.text("claimed", diagnostics);
    // Free-form: shown by guides, decided by people.
    fields.node("overrides");
    fields.node("ladders");
    fields.finish(diagnostics);
}

fn row(key: &Key, node: &Node, diagnostics: &mut Diagnostics) -> ApprovalRow {
    let entries = fields::entries(node, "the roles of a row", diagnostics);
    let is_of_row = |key: &Key| OF_ROW.contains(&key.text.as_str());
    let of = |name: &str| entries.iter().find(|(key, _)| key.text == name);
    let row = ApprovalRow {
        kind: Spanned::new(key.text.clone(), key.span),
        alone: of("alone").and_then(|(_, node)| fields::text(node, diagnostics)),
        expires: of("expires").and_then(|(_, node)| due(node, diagnostics)),
        not: match of("not") {
            None => vec![Barred::Initiator],
            Some((_, node)) => barred(node, diagnostics),
        },
        requires: of("requires")
            .map_or_else(Vec::new, |(_, node)| requires::read(node, diagnostics)),
        approvals: entries
            .iter()
            .filter(|(key, _)| !is_of_row(key))
            .filter_map(|(role, node)| approval(role, node, diagnostics))
            .collect(),
    };
    // What cannot be read is the cause, and has a finding.
    let written = entries.iter().filter(|(key, _)| !is_of_row(key)).count();
    if row.approvals.len() == written {
        never_answered(&row, diagnostics);
    }
    row
}

/// Reports a row that asks for nothing, before or afterwards: a gate by it would be none.
fn never_answered(row: &ApprovalRow, diagnostics: &mut Diagnostics) {
    let is_asked = |approval: &Approval| approval.need != ApprovalNeed::Optional;
    if !row.approvals.iter().any(is_asked) {
        let message = format!(
            "nobody has to approve `{}`: no role in it is required, or owes a review",
            row.kind.value
        );
        let help = "write `need: required` for a role that may let it through";
        diagnostics.report(Diagnostic::new(codes::POLICY_ROW, row.kind.span, message).help(help));
    }
}

fn barred(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Barred> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let read = items
        .iter()
        .filter_map(|item| fields::choice(item, &BARRED, diagnostics));
    read.map(|one| one.value).collect()
}

fn approval(role: &Key, node: &Node, diagnostics: &mut Diagnostics) -> Option<Approval> {
    let mut fields = Fields::shaped(node, &keys::APPROVAL, diagnostics)?;
    let need = fields.choice("need", &NEEDS, diagnostics);
    let any_of = fields.texts("any_of", diagnostics);
    let count: Option<Spanned<u32>> =
        fields.parsed("count", "a number of people, 1 or more", diagnostics);
    let label = fields.text("label", diagnostics);
    let mut time = |key| fields.node(key).and_then(|node| due(node, diagnostics));
    let (within, deputy_after) = (time("within"), time("deputy_after"));
    let mut text = |key| fields.text(key, diagnostics).map(|t| t.value);
    let (when, focus) = (text("when"), text("focus"));
    fields.finish(diagnostics);
    Some(Approval {
        role: Spanned::new(role.text.clone(), role.span),
        any_of,
        count: count.map_or(1, |count| count.value.max(1)),
        need: need?.value,
        label: label.map(|label| label.value),
        when,
        within,
        deputy_after,
        focus,
    })
}

/// A time with its words. One that nobody can count is a finding, and stays for people to read.
fn due(node: &Node, diagnostics: &mut Diagnostics) -> Option<Due> {
    let written = fields::text(node, diagnostics)?;
    let time = units::with_days(&written.value);
    if time.is_none() {
        let message = format!("`{}` is no time that a gate can count", written.value);
        let help = "write it as in `30 min`, `4 h` or `2 d`; a day has 24 hours";
        diagnostics.report(Diagnostic::new(codes::POLICY_TIME, written.span, message).help(help));
    }
    Some(Due {
        words: written.value,
        time,
    })
}
