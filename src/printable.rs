//! Texts from outside as a terminal may show them.

/// A text without what could move the cursor, change the title or turn the order of words around: each such
/// character is shown as a sign. Line feeds and tabs stay.
pub fn printable(text: &str) -> String {
    let shown = |c: char| match is_harmful(c) && c != '\n' && c != '\t' {
        true => '\u{fffd}',
        false => c,
    };
    text.chars().map(shown).collect()
}

/// A word as a shell takes it; one with a NUL, which no shell can take, stays as it is.
pub fn shell_word(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}

/// A name in one line: what has no sign of its own, or turns the order around, is written out as in Rust.
pub fn in_letters(name: &str) -> String {
    let mut letters = String::with_capacity(name.len());
    for c in name.chars() {
        match is_harmful(c) {
            true => letters.extend(c.escape_default()),
            false => letters.push(c),
        }
    }
    letters
}

/// Whether it is a control character (of ASCII or ISO 6429), or one that opens or ends a stretch of another
/// direction (Unicode UAX #9, "Explicit Directional" ones).
pub fn is_harmful(c: char) -> bool {
    c.is_control() || turns_around(c) || is_unseen(c)
}

/// Whether a character begins a line or stands between letters without being seen: lines and words would not be what
/// they look like. Those that join letters of scripts and emoji are none of these.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}'
    )
}

/// Whether a character opens or ends a stretch of text in another direction.
pub fn turns_around(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_a_sign() {
        for (text, shown) in [
            ("V \x1b]0;T\x07\x1b[2J", "V \u{fffd}]0;T\u{fffd}\u{fffd}[2J"),
            ("a\u{9b}31mb\u{7f}", "a\u{fffd}31mb\u{fffd}"),
            ("gnp\u{202e}.exe\u{2069}", "gnp\u{fffd}.exe\u{fffd}"),
            ("a\u{200b}b\u{2028}c", "a\u{fffd}b\u{fffd}c"),
            ("one\ttwo\nthree\r", "one\ttwo\nthree\u{fffd}"),
            ("Ärger, שלום, 注意 👩‍💻", "Ärger, שלום, 注意 👩‍💻"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(in_letters("b\nkeep\u{202e}.md"), "b\\nkeep\\u{202e}.md");
        assert_eq!(in_letters("Ä b.md"), "Ä b.md");
    }
}
