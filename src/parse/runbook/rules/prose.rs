//! RB4xx: what people are told.

use super::report;
use crate::diag::{Diagnostics, codes};
use crate::model::runbook::Runbook;

pub(super) fn advice(runbook: &Runbook, diagnostics: &mut Diagnostics) {
    if runbook.owner.is_none() {
        let message = "nobody answers for this runbook".to_owned();
        let help = "add `owner:` with a role of roles.yaml";
        report(diagnostics, codes::RB401, runbook.id.span, message, help);
    }
    for step in runbook.all_steps() {
        if step.title.is_none() && step.doc.is_none() {
            let message = format!("`{}` has no title, and readers see its id", step.id.value);
            let help = "add `title:`, an action in a few words";
            report(diagnostics, codes::RB402, step.id.span, message, help);
        }
    }
    if runbook.doc.is_none() && runbook.fixes.is_none() {
        let message = "nothing says what this runbook is for".to_owned();
        let help = "add `fixes:` or `doc:`";
        report(diagnostics, codes::RB403, runbook.id.span, message, help);
    }
}
