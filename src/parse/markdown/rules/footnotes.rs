//! A footnote is there because something refers to it.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::parse::markdown::footnotes::Footnotes;

pub(super) fn judge(footnotes: &Footnotes, found: &mut Diagnostics) {
    for (label, span) in footnotes.unused() {
        let message = format!("nothing refers to the footnote `[^{label}]`");
        let help = format!("refer to it with `[^{label}]`, or delete it");
        found.report(Diagnostic::new(codes::LINK_UNUSED_FOOTNOTE, span, message).help(help));
    }
}
