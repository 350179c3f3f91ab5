//! An image has a text for those who do not see it.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::prose::{Prose, Token};

pub(super) fn judge(prose: &Prose, found: &mut Diagnostics) {
    for token in &prose.tokens {
        if let Token::Image(link, text) = token
            && text.trim().is_empty()
        {
            let message = "the image has no text for readers who cannot see it";
            let place = prose.links[*link].place;
            let help = "write what it shows between the brackets: `![what it shows](…)`";
            found.report(Diagnostic::new(codes::IMAGE_ALT, place, message).help(help));
        }
    }
}
