//! What a terminal takes: whether it can be drawn on, how wide it is, and texts cut to that; how results
//! look on it.

pub mod signs;

use anstream::{AutoStream, ColorChoice};
use std::env;
use std::io::{self, IsTerminal};
use unicode_width::UnicodeWidthChar;

/// How wide a terminal is that does not say so, in columns.
const USUAL: usize = 80;
/// It asks for the picture form of the character before it, which is two columns wide.
const AS_PICTURE: char = '\u{fe0f}';

/// Whether standard output takes colours: a terminal does and a pipe does not, unless somebody said
/// otherwise (`--color`, `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`).
pub fn takes_colour() -> bool {
    !matches!(AutoStream::choice(&io::stdout()), ColorChoice::Never)
}

/// Whether lines of standard output can be drawn again. Who wants no colours wants no such sequences
/// either: what reads a screen aloud would read each picture again. The terminal of a build (`CI`) is
/// kept as a log, which cannot be drawn on, whatever it is called.
pub fn can_be_drawn_on() -> bool {
    io::stdout().is_terminal() && takes_colour() && !is_printer() && !anstyle_query::is_ci()
}

/// Whether the terminal can only print lines, by its name (`TERM`).
pub fn is_printer() -> bool {
    names_printer(env::var("TERM").ok().as_deref())
}

fn names_printer(term: Option<&str>) -> bool {
    matches!(term, None | Some("" | "dumb"))
}

/// How wide the terminal is now, in columns; it may change at any time.
pub fn columns() -> usize {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map_or(USUAL, |(width, _)| usize::from(width.0))
}

/// How many columns a text takes. Terminals differ about pictures made of several characters; this
/// is the most that one takes.
pub fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(c: char) -> usize {
    match c {
        AS_PICTURE => 1,
        _ => c.width().unwrap_or(0),
    }
}

/// A text in one line of no more than so many columns. What it is cut off at is marked. A tab is a
/// space; characters that move the cursor have to be taken out before.
pub fn cut(text: &str, columns: usize) -> String {
    let line = text.replace(['\n', '\t'], " ");
    if width(&line) <= columns {
        return line;
    }
    let (mark, mut left) = match columns {
        0 => return String::new(),
        _ => ('…', columns - 1),
    };
    let fits = |c: &char| {
        let fits = width_of(*c) <= left;
        left = left.saturating_sub(width_of(*c));
        fits
    };
    line.chars().take_while(fits).chain([mark]).collect()
}

/// Whether signs are shown: on a terminal that is more than a printer, where the language has them.
fn has_signs() -> bool {
    io::stdout().is_terminal() && takes_signs(|name| env::var(name).ok())
}

fn takes_signs(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    let locale = locale.unwrap_or_default().to_ascii_uppercase();
    !names_printer(variable("TERM").as_deref())
        && (locale.contains("UTF-8") || locale.contains("UTF8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_wider_than_its_columns() {
        for (text, columns, shown) in [
            ("short", 5, "short"),
            ("short", 4, "sho…"),
            ("short", 1, "…"),
            ("short", 0, ""),
            ("a\tb\nc", 5, "a b c"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}e", 3, "e\u{301}e\u{301}e"),
            ("☎\u{fe0f}☎\u{fe0f}", 3, "☎\u{fe0f}…"),
            ("👩\u{200d}💻 desk", 4, "👩\u{200d}…"),
        ] {
            assert_eq!(cut(text, columns), shown, "{text} {columns}");
            assert!(width(shown) <= columns.max(width(text).min(columns)));
        }
        assert_eq!(width(&cut(&"ü".repeat(200), 80)), 80);
    }

    #[test]
    fn signs_are_shown_where_the_language_has_them() {
        for (set, shown) in [
            ("TERM=xterm LANG=C.UTF-8", true),
            ("TERM=xterm LANG=de_DE.utf8", true),
            ("TERM=xterm LC_ALL= LC_CTYPE=C.UTF-8 LANG=C", true),
            ("TERM=xterm LC_ALL=C LANG=C.UTF-8", false),
            ("TERM=xterm LANG=de_DE.ISO-8859-1", false),
            ("TERM=xterm", false),
            ("TERM=dumb LANG=C.UTF-8", false),
            ("LANG=C.UTF-8", false),
        ] {
            let variable = |name: &str| {
                let mut pairs = set.split(' ').filter_map(|pair| pair.split_once('='));
                pairs.find(|pair| pair.0 == name).map(|pair| pair.1.into())
            };
            assert_eq!(takes_signs(variable), shown, "{set}");
        }
    }
}
