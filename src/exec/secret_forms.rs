//! The forms in which programs write a secret: as it is, line by line, and as base64, URLs, JSON
//! and shells spell it.

use crate::exec::secrets::SHORTEST;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;

/// What `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');
/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What is left as it is in a path.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
/// What HTML forms leave as it is, and the space, which becomes `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b' ');
/// Columns at which base64 is wrapped: by coreutils and MIME, and by PEM.
const COLUMNS: [usize; 2] = [76, 64];

/// Every form of these values, and of each of their lines, that is long enough to be looked for.
pub(super) fn of<'v>(values: impl Iterator<Item = &'v str>) -> Vec<String> {
    let mut forms = BTreeSet::new();
    for value in values {
        let lines = value.lines().filter(|line| line.len() >= SHORTEST);
        for text in std::iter::once(value).chain(lines) {
            forms.insert(text.to_owned());
            forms.extend(base64(text));
            forms.extend(url(text));
            forms.extend(json(text));
            forms.insert(text.replace('\'', r"'\''"));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.into_iter().collect()
}

/// Base64 of a text, alone or with other bytes before and after it.
fn base64(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [&STANDARD, &URL_SAFE] {
        for alone in [text.to_owned(), format!("{text}\n")] {
            let whole = engine.encode(alone);
            for columns in COLUMNS {
                let lines = whole.as_bytes().chunks(columns);
                forms.extend(lines.map(|line| String::from_utf8_lossy(line).into_owned()));
            }
            forms.push(whole.trim_end_matches('=').to_owned());
            forms.push(whole);
        }
        for before in 0..3 {
            let inside = engine.encode([&vec![0; before], text.as_bytes()].concat());
            // Characters that hold a bit of what stands before or after depend on that.
            let (from, to) = ((before * 8).div_ceil(6), (before + text.len()) * 8 / 6);
            forms.push(inside[from..to].to_owned());
        }
    }
    forms
}

/// A text in the address of something, in upper and lower case of its hexadecimal digits.
fn url(text: &str) -> Vec<String> {
    let mut forms: Vec<String> = [NON_ALPHANUMERIC, UNRESERVED, COMPONENT, PATH]
        .into_iter()
        .map(|set| utf8_percent_encode(text, set).to_string())
        .collect();
    let form = utf8_percent_encode(text, FORM).to_string();
    forms.push(form.replace(' ', "+"));
    let lower: Vec<String> = forms.iter().map(|form| lower_escapes(form)).collect();
    forms.extend(lower);
    forms
}

fn lower_escapes(text: &str) -> String {
    let mut since_percent = 3;
    let lower = |c: char| {
        since_percent = if c == '%' { 0 } else { since_percent + 1 };
        match since_percent <= 2 {
            true => c.to_ascii_lowercase(),
            false => c,
        }
    };
    text.chars().map(lower).collect()
}

/// A text inside a JSON text: as it is, with everything beyond ASCII escaped, with `/` escaped.
fn json(text: &str) -> Vec<String> {
    let quoted = serde_json::to_string(text).expect("a text becomes JSON");
    let plain = &quoted[1..quoted.len() - 1];
    let mut ascii = String::new();
    for c in plain.chars() {
        match c.is_ascii() {
            true => ascii.push(c),
            false => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    ascii.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    let forms = [plain.to_owned(), ascii];
    let slashed = forms.clone().map(|form| form.replace('/', "\\/"));
    forms.into_iter().chain(slashed).collect()
}
