//! What people paste: whether a text is one, and what it holds that no page can know, as addresses, paths, hashes,
//! ids and times.
//!
//! `themes/default/search.js` decides the same.

use regex::Regex;
use std::sync::LazyLock;

/// What messages of tools say.
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i:\b(?:error|err!|fatal|failed|denied|refused|rejected|cannot|unable)\b)|\bE[A-Z0-9]{3,}\b")
        .expect("a pattern")
});

/// From so many pieces on, a text is taken for a paste.
const PASTED: usize = 5;
/// From so many letters on, a piece of hexadecimal digits is a hash or an id.
const HASH: usize = 7;

/// Whether a text is more likely pasted than typed: several lines, or a message of a tool.
pub fn is_pasted(text: &str) -> bool {
    let pieces = text.split_whitespace().count();
    text.trim().contains('\n') || (pieces >= PASTED && MESSAGE.is_match(text))
}

/// A text without its noise; one that is little else, or too short for a paste, stays as it is.
pub(super) fn without_noise(text: &str) -> String {
    let pieces: Vec<&str> = text.split_whitespace().collect();
    let telling: Vec<&str> = pieces
        .iter()
        .copied()
        .filter(|piece| !is_noise(piece))
        .collect();
    let says_something = telling
        .iter()
        .any(|piece| piece.bytes().any(|b| b.is_ascii_alphabetic()));
    match pieces.len() >= PASTED && telling.len() < pieces.len() && says_something {
        true => telling.join(" "),
        false => text.to_owned(),
    }
}

fn is_noise(piece: &str) -> bool {
    let bare = piece.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '/' && c != '~');
    bare.contains("://")
        || bare.matches('/').count() >= 2
        || bare.starts_with("~/")
        || is_time(bare)
        || is_hash(bare)
}

/// A date or a time: digits between colons, dashes and the letters that stand between them.
fn is_time(piece: &str) -> bool {
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let joins = piece.bytes().filter(|b| matches!(b, b':' | b'-')).count();
    let others = piece.bytes().filter(|b| b.is_ascii_alphabetic()).count();
    digits >= 4 && joins >= 2 && others <= 2 && piece.starts_with(|c: char| c.is_ascii_digit())
}

/// A hash or an id: hexadecimal digits, perhaps with dashes, some of them digits and some letters.
fn is_hash(piece: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    piece.len() >= HASH
        && piece.bytes().all(is_part)
        && piece.bytes().any(|b| b.is_ascii_digit())
        && piece.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_can_know_is_left_out_of_a_paste_and_of_nothing_else() {
        for (text, telling) in [
            (
                "npm error 404 Not Found - PUT https://registry.example.org/demo - Not found",
                "npm error 404 Not Found - PUT - Not found",
            ),
            (
                "2026-11-02T10:11:12.123Z fatal: bad object 1a2b3c4d5e6f in /srv/work/app/.git",
                "fatal: bad object in",
            ),
            ("Error: cannot open ~/x/y now", "Error: cannot open now"),
            ("https://a.example.org/b/c", "https://a.example.org/b/c"),
            ("how to undo /etc/a/b", "how to undo /etc/a/b"),
            ("1.4.2 a 10:11:12 /a/b/c 2026-01-02", "1.4.2 a"),
            (
                "feed beef deadbeef cafe babe faded",
                "feed beef deadbeef cafe babe faded",
            ),
        ] {
            assert_eq!(without_noise(text), telling, "{text}");
        }
    }
}
