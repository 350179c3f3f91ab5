//! The words of a link say where it leads: many readers see the links of a page in a list.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::prose::{Element, Prose, Token};

/// Words that say nothing without those around them.
const VAGUE: [&str; 8] = [
    "here",
    "click here",
    "this",
    "link",
    "this link",
    "this page",
    "more",
    "read more",
];

pub(super) fn judge(prose: &Prose, found: &mut Diagnostics) {
    for (at, token) in prose.tokens.iter().enumerate() {
        let Token::Open(Element::Link(link)) = token else {
            continue;
        };
        let words = prose.plain_text(at + 1..end_of(&prose.tokens, at));
        let words = words.trim().to_lowercase();
        if VAGUE.contains(&&*words) {
            let message = format!("`{words}` does not say where the link leads");
            let place = prose.links[*link].place;
            let help = "write the name of the place that the link leads to: some readers see only a list of links";
            found.report(Diagnostic::new(codes::LINK_VAGUE_TEXT, place, message).help(help));
        }
    }
}

/// Where the element ends that a token opens; the end of the text if nothing closes it.
fn end_of(tokens: &[Token], opened: usize) -> usize {
    let mut open = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(opened) {
        match token {
            Token::Open(_) => open += 1,
            Token::Close => open -= 1,
            _ => {}
        }
        if open == 0 {
            return at;
        }
    }
    tokens.len()
}
