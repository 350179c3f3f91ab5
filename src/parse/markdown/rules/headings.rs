//! A heading says what its section is about.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::prose::Prose;

pub(super) fn judge(prose: &Prose, found: &mut Diagnostics) {
    for heading in &prose.headings {
        if prose.says_nothing(heading) {
            let message = "the heading has no text";
            let diagnostic = Diagnostic::new(codes::HEADING_EMPTY, heading.span, message);
            found.report(diagnostic.help("write what its section is about, or delete it"));
        }
    }
}
