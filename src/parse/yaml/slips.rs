//! What was probably meant where a text stops being YAML: the parser says which rule is broken, people
//! need the character to change.

use super::quoted;

/// What is wrong at a place of a text, in words that an author of the file knows.
pub(super) struct Slip {
    /// Where the cause stands, in bytes: mostly before the place at which nothing could be read on.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to write instead.
    pub(super) help: String,
}

/// So many lines before a fault are searched for a bracket that is still open.
const LINES_BACK: usize = 100;

/// Says what is wrong where the parser stopped at `at` because of `reason`.
pub(super) fn slip(text: &str, at: usize, reason: &str) -> Slip {
    let at = text.floor_char_boundary(at);
    let line = Line::around(text, at);
    tab(text, &line, reason)
        .or_else(|| open_bracket(text, &line))
        .or_else(|| second_colon(&line, at, reason))
        .or_else(|| indentation(text, &line, reason))
        .or_else(|| quote(text, &line, at, reason))
        .or_else(|| first_character(&line, at, reason))
        .or_else(|| template(&line, at))
        .or_else(|| no_colon(&line, reason))
        .unwrap_or_else(|| Slip {
            at,
            message: format!("this is not YAML: {reason}"),
            help: "fix this line first: nothing after it could be read".to_owned(),
        })
}

/// A line of a text.
struct Line<'t> {
    /// Where it begins.
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        let at = text.floor_char_boundary(at);
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        Self {
            start,
            text: text[start..end].trim_end_matches('\r'),
        }
    }

    fn indentation(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Where its key begins, in bytes: behind the spaces, and behind the `- ` of lists.
    fn key(&self) -> usize {
        let mut at = self.indentation();
        while let Some(rest) = self.text[at..].strip_prefix("- ") {
            at = self.text.len() - rest.trim_start().len();
        }
        at
    }

    /// The key and where its value begins, if it has both.
    fn entry(&self) -> Option<(&'t str, usize)> {
        let from = self.key();
        let colon = from + self.text[from..].find(": ")?;
        let value = self.text[colon + 1..].trim_start();
        Some((&self.text[from..colon], self.text.len() - value.len()))
    }
}

/// A tab in the indentation of the line, or of the next, which the parser took for the rest of this one.
fn tab(text: &str, line: &Line<'_>, reason: &str) -> Option<Slip> {
    let tab = |line: &Line<'_>| Some(line.start + line.text[..line.indentation()].find('\t')?);
    let next = line.start + line.text.len() + 1;
    let of_next =
        || Some(Line::around(text, next)).filter(|_| reason.contains("tab") && next < text.len());
    Some(Slip {
        at: tab(line).or_else(|| tab(&of_next()?))?,
        message: "this line begins with a tab, and YAML takes only spaces there".to_owned(),
        help: "replace the tab by spaces; most editors can do so for the whole file".to_owned(),
    })
}

/// A bracket of an earlier line that nothing closes: what follows was read as its content.
fn open_bracket(text: &str, line: &Line<'_>) -> Option<Slip> {
    let mut end = line.start;
    for _ in 0..LINES_BACK {
        let earlier = Line::around(text, end.checked_sub(1)?);
        end = earlier.start;
        let Some((_, value)) = earlier.entry() else {
            continue;
        };
        let open = earlier.text[value..].chars().next();
        let close = match open {
            Some('[') => ']',
            Some('{') => '}',
            _ => continue,
        };
        let at = earlier.start + value;
        if is_closed(&text[at..]) {
            continue;
        }
        let open = &text[at..=at];
        return Some(Slip {
            at,
            message: format!("nothing closes this `{open}`"),
            help: format!(
                "add `{close}` where it ends, or put quotes around the value if the `{open}` belongs to it"
            ),
        });
    }
    None
}

/// Whether the bracket that a text begins with is closed in it.
fn is_closed(text: &str) -> bool {
    let (mut open, mut before, mut quote) = (0_usize, ' ', None);
    for c in text.chars() {
        match (quote, c) {
            (Some(inside), c) if c == inside => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if " [{,:".contains(before) => quote = Some(c),
            (None, '[' | '{') => open += 1,
            (None, ']' | '}') => open -= 1,
            (None, _) => {}
        }
        if open == 0 {
            return true;
        }
        before = c;
    }
    false
}

/// `fixes: disk: full`
fn second_colon(line: &Line<'_>, at: usize, reason: &str) -> Option<Slip> {
    let (key, value) = line.entry()?;
    let is_second = reason.contains("mapping values") && line.start + value < at;
    let written = line.text[value..].trim_end();
    if !is_second || written.starts_with(['{', '[', '"', '\'']) {
        return None;
    }
    Some(Slip {
        at: line.start + value,
        message: format!("the value of `{key}` has a second `: `, which would begin another key"),
        help: format!("put quotes around it: `{key}: {}`", quoted(written)),
    })
}

/// A line that begins neither where those above begin nor where they allow another.
fn indentation(text: &str, line: &Line<'_>, reason: &str) -> Option<Slip> {
    let is_misplaced = [
        "mapping values",
        "expected key",
        "expected '-'",
        "block end",
    ]
    .iter()
    .any(|rule| reason.contains(rule));
    if !is_misplaced {
        return None;
    }
    let above = Line::around(text, line.start.checked_sub(1)?);
    let item = above.text.trim_start();
    if item.starts_with('-') && !item.starts_with("- ") && !item.starts_with("--") {
        return Some(Slip {
            at: above.start + above.indentation(),
            message: "this item of a list has no space after its `-`".to_owned(),
            help: format!("write `- {}`", &item[1..]),
        });
    }
    let key = above.key();
    let name = above.text[key..].split(':').next().unwrap_or_default();
    Some(Slip {
        at: line.start + line.indentation(),
        message: "this line begins in a column where none can".to_owned(),
        help: format!(
            "indent it as the lines it belongs to: `{name}` above begins in column {}, and this begins in column {}",
            key + 1,
            line.key() + 1
        ),
    })
}

/// A quote that is not closed, or closed too early.
fn quote(text: &str, line: &Line<'_>, at: usize, reason: &str) -> Option<Slip> {
    if reason.contains("unclosed quote") {
        return Some(Slip {
            at,
            message: "nothing closes this quote".to_owned(),
            help: "add the same quote at the end of the value".to_owned(),
        });
    }
    if reason.contains("escape") {
        return Some(Slip {
            at,
            message:
                "a backslash between double quotes begins a special character, and this one is none"
                    .to_owned(),
            help: "write `\\\\` for a backslash, or put single quotes around the value".to_owned(),
        });
    }
    let sign = match reason {
        _ if reason.contains("after double-quoted") => '"',
        _ if reason.contains("after single-quoted") => '\'',
        _ => return None,
    };
    let closing = text[..at].rfind(sign)?;
    let opening = text[..closing].rfind(sign)?;
    if opening < line.start {
        return Some(Slip {
            at: opening,
            message: "this quote is closed by the next one, several lines below".to_owned(),
            help: format!("add the missing quote `{sign}` at the end of this value"),
        });
    }
    let (_, value) = line.entry()?;
    let written = line.text[value..].trim_end();
    let inner = written
        .strip_prefix(sign)
        .and_then(|rest| rest.strip_suffix(sign));
    Some(Slip {
        at,
        message: "the quote before this place ends the value, and more follows".to_owned(),
        help: match inner {
            Some(inner) => format!("write the whole value as `{}`", quoted(inner)),
            None => format!("put quotes around the whole value: `{}`", quoted(written)),
        },
    })
}

/// A value that begins with a sign which means something in YAML.
fn first_character(line: &Line<'_>, at: usize, reason: &str) -> Option<Slip> {
    let is_sign = reason.contains("unexpected character") || reason.contains("unknown anchor");
    let from = at.checked_sub(line.start).filter(|_| is_sign)?;
    let rest = line.text.get(from..)?;
    let end = match line.text[..from].contains(['{', '[']) {
        true => rest.find([',', '}', ']']).unwrap_or(rest.len()),
        false => rest.len(),
    };
    let (value, first) = (rest[..end].trim_end(), rest.chars().next()?);
    Some(Slip {
        at,
        message: format!("a value that begins with `{first}` has to stand between quotes"),
        help: format!("write `{}`", quoted(value)),
    })
}

/// `{ VERSION: ${{ params.version }} }`
fn template(line: &Line<'_>, at: usize) -> Option<Slip> {
    let at = at.checked_sub(line.start)?;
    let opens = line.text.match_indices("${{").map(|(open, _)| open);
    let open = opens.filter(|open| *open <= at).last()?;
    let end = open + line.text[open..].find("}}")? + 2;
    let is_plain = !line.text[..open].ends_with(['"', '\'']);
    is_plain.then(|| Slip {
        at: line.start + open,
        message: "a `${{ }}` between `{ }` has to stand between quotes".to_owned(),
        help: format!("write `{}`", quoted(&line.text[open..end])),
    })
}

fn no_colon(line: &Line<'_>, reason: &str) -> Option<Slip> {
    if !reason.contains("expected ':'") {
        return None;
    }
    let words = line.text.trim();
    let help = match words.split_once(':') {
        Some((key, value)) => format!("put a space after the colon: `{key}: {value}`"),
        None if !words.contains(' ') => format!("put a colon after it: `{words}:`"),
        None => "write `key: value`; a text over several lines begins with `|` after its key, and its lines are indented"
            .to_owned(),
    };
    Some(Slip {
        at: line.start + line.indentation(),
        message: "this line has no key".to_owned(),
        help,
    })
}
