//! Parts of files: `lines="3-9"`, and `anchor="name"` for what stands between two lines that
//! hold `ANCHOR: name` and `ANCHOR_END: name`, in comments of whatever language.

use super::attributes::{Attributes, Pair};
use crate::diag::{Code, codes, did_you_mean};
use std::ops::Range;

/// Why a part cannot be taken out of a file.
pub(super) struct Fault<'a> {
    /// The argument that is wrong.
    pub(super) pair: &'a Pair,
    pub(super) code: &'static Code,
    pub(super) message: String,
    pub(super) help: String,
}

/// The bytes of `text` that `lines` or `anchor` ask for: all of them without either.
pub(super) fn range<'a>(text: &str, attributes: &'a Attributes) -> Result<Range<usize>, Fault<'a>> {
    match (attributes.get("lines"), attributes.get("anchor")) {
        (Some(pair), Some(_)) => Err(Fault {
            pair,
            code: codes::INCLUDE_LINES,
            message: "`lines` and `anchor` exclude each other".to_owned(),
            help: "keep one of them; an anchor stays right when the file changes".to_owned(),
        }),
        (Some(pair), None) => by_lines(text, pair),
        (None, Some(pair)) => by_anchor(text, pair),
        (None, None) => Ok(0..text.len()),
    }
}

fn by_lines<'a>(text: &str, pair: &'a Pair) -> Result<Range<usize>, Fault<'a>> {
    let count = text.lines().count();
    let open_end = pair
        .value
        .strip_suffix('-')
        .map(|from| format!("{from}-{count}"));
    let wanted = line_ranges(open_end.as_deref().unwrap_or(&pair.value));
    match wanted.as_deref() {
        Some([(first, last)]) if *last <= count => {
            Ok(line_start(text, *first)..line_start(text, last + 1))
        }
        found => Err(Fault {
            pair,
            code: codes::INCLUDE_LINES,
            message: match found {
                Some([_]) => format!("the file has {count} lines"),
                _ => format!("`{}` is no range of lines", pair.value),
            },
            help: "write `3-9`, `3-` or `3`; lines count from 1".to_owned(),
        }),
    }
}

fn by_anchor<'a>(text: &str, pair: &'a Pair) -> Result<Range<usize>, Fault<'a>> {
    let mut range = None;
    let mut known = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        match mark(line) {
            Some(Mark::Begin(name)) => {
                known.push(name);
                if name == pair.value {
                    range = Some(end..text.len());
                }
            }
            Some(Mark::End(name)) if name == pair.value => {
                if let Some(found) = range {
                    return Ok(found.start..start);
                }
            }
            Some(Mark::End(_)) | None => {}
        }
    }
    let help = did_you_mean(&pair.value, known.iter().copied());
    Err(Fault {
        pair,
        code: codes::INCLUDE_ANCHOR,
        message: match range {
            Some(_) => format!("the anchor `{}` has no end in the file", pair.value),
            None => format!("the file has no anchor `{}`", pair.value),
        },
        help: help.filter(|_| range.is_none()).unwrap_or_else(|| {
            format!(
                "put lines with `ANCHOR: {0}` and `ANCHOR_END: {0}` around the part, in comments",
                pair.value
            )
        }),
    })
}

enum Mark<'l> {
    Begin(&'l str),
    End(&'l str),
}

fn mark(line: &str) -> Option<Mark<'_>> {
    let (_, rest) = line.split_once("ANCHOR")?;
    let (end, rest) = match rest.strip_prefix("_END") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let name = rest.strip_prefix(':')?.split_whitespace().next()?;
    Some(if end {
        Mark::End(name)
    } else {
        Mark::Begin(name)
    })
}

/// Code out of a file: without the lines of anchors, and moved to the left as far as all of it
/// is indented.
pub(super) fn code(part: &str) -> String {
    let lines: Vec<&str> = part.lines().filter(|line| mark(line).is_none()).collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let common = filled.map(indent).min().unwrap_or(0);
    lines
        .iter()
        .fold(String::with_capacity(part.len()), |code, line| {
            code + line.get(common..).unwrap_or_default() + "\n"
        })
}

/// `2-3,7` as ascending ranges that include their ends; `None` if it is none, or not ascending.
pub(super) fn line_ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let range = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let after = found.last().map_or(0, |(_, last)| *last);
        if range.0 <= after || range.1 < range.0 {
            return None;
        }
        found.push(range);
    }
    Some(found)
}

/// The first byte of a line, counted from 1; the end of the text for lines it does not have.
fn line_start(text: &str, line: usize) -> usize {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(ends)
        .nth(line - 1)
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::attributes;
    use super::*;

    const FILE: &str = "# ANCHOR: all\none\n  # ANCHOR: two\n  two\n    more\n  # ANCHOR_END: two\n# ANCHOR_END: all\n# ANCHOR: open\n";

    #[test]
    fn parts_of_a_file_are_named_by_lines_or_anchors() {
        for (written, expected) in [
            ("{}", Ok("one\n  two\n    more\n")),
            ("{lines=\"4\"}", Ok("two\n")),
            ("{lines=\"4-5\"}", Ok("two\n  more\n")),
            ("{anchor=\"two\"}", Ok("two\n  more\n")), // moved to the left
            ("{anchor=\"all\"}", Ok("one\n  two\n    more\n")),
            ("{anchor=\"tow\"}", Err("the file has no anchor `tow`")),
            (
                "{anchor=\"open\"}",
                Err("the anchor `open` has no end in the file"),
            ),
            ("{lines=\"9-12\"}", Err("the file has 8 lines")),
            ("{lines=\"5-4\"}", Err("`5-4` is no range of lines")),
            ("{lines=\"0\"}", Err("`0` is no range of lines")),
            (
                "{lines=\"1\" anchor=\"all\"}",
                Err("`lines` and `anchor` exclude each other"),
            ),
        ] {
            let attributes = attributes::parse(written).expect("it is well formed");
            let got = range(FILE, &attributes).map(|range| code(&FILE[range]));
            match (got, expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{written}"),
                (Err(fault), Err(expected)) => assert_eq!(fault.message, expected, "{written}"),
                (got, _) => panic!("{written}: {:?}", got.map_err(|fault| fault.message)),
            }
        }
    }
}
