//! Paths of steps: `soak#2` is the second time round, `full[eu]` the one for `eu`, `ship/pack`
//! the step `pack` of what `ship` calls.
//!
//! A path is a step's id in the plan with these marks. An item stands in it percent-encoded, so
//! that every item has a path of its own and can be read back from it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands in a path as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-');

/// The mark of a loop's item.
pub fn item(item: &str) -> String {
    format!("[{}]", utf8_percent_encode(item, ENCODED))
}

/// The mark of a time round, counted from 1; the first has none.
pub fn round(number: u32) -> String {
    match number {
        0 | 1 => String::new(),
        _ => format!("#{number}"),
    }
}

/// The id in the plan: the path without marks.
pub fn base(path: &str) -> String {
    let mut base = String::with_capacity(path.len());
    let mut in_mark = false;
    for c in path.chars() {
        match c {
            '#' | '[' => in_mark = true,
            '/' => {
                in_mark = false;
                base.push(c);
            }
            _ if in_mark => {}
            _ => base.push(c),
        }
    }
    base
}

/// The path without the marks of rounds: `a#2/go[eu]#3` is `a/go[eu]`.
pub fn without_rounds(path: &str) -> String {
    let mut parts = path.split('#');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| {
        path + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

/// The items of the loops around a path, the outermost first.
pub fn items(path: &str) -> Vec<String> {
    let marks = path.split('[').skip(1);
    let item = |mark: &str| {
        let end = mark.find(']').unwrap_or(mark.len());
        percent_decode_str(&mark[..end])
            .decode_utf8_lossy()
            .into_owned()
    };
    marks.map(item).collect()
}

/// The scope and the name of a step: what its id in the plan begins with up to the last `/`, and
/// the rest.
pub fn split(path: &str) -> (String, String) {
    let id = base(path);
    let at = id.rfind('/').map_or(0, |at| at + 1);
    (id[..at].to_owned(), id[at..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off_and_items_are_read_back() {
        for (path, id, inside) in [
            ("soak", "soak", vec![]),
            ("soak#2", "soak", vec![]),
            ("full#3[eu]", "full", vec!["eu"]),
            ("ship[eu]/pack#2", "ship/pack", vec!["eu"]),
            ("a[x]/b#2[y]", "a/b", vec!["x", "y"]),
        ] {
            assert_eq!(base(path), id);
            assert_eq!(items(path), inside);
        }
        for any in ["@scope/pack age", "a]b[c#1", "ü", ""] {
            let path = format!("full{}", item(any));
            assert_eq!(base(&path), "full", "{any}");
            assert_eq!(items(&path), [any]);
        }
        assert_eq!(without_rounds("a#2/go[eu]#13"), "a/go[eu]");
        assert_eq!((round(1), round(2)), (String::new(), "#2".to_owned()));
    }
}
