//! The forms in which programs write a secret: as it is, line by line, and as base64, hexadecimal
//! digits, URLs, JSON, HTML and shells spell it.

use super::SHORTEST;
use super::frame::is_frame;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::fmt::Write as _;

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
/// What is left as it is in a path: by most, by JavaScript, and by RFC 3986.
const PATHS: [&AsciiSet; 3] = [
    &UNRESERVED.remove(b'/'),
    &COMPONENT.remove(b'/'),
    &SEGMENT.remove(b'/'),
];
/// What RFC 3986 allows in a part of a path.
const SEGMENT: &AsciiSet = &COMPONENT
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');
/// What `encodeURI` leaves as it is.
const ADDRESS: &AsciiSet = &SEGMENT.remove(b'/').remove(b'?').remove(b'#');
/// What HTML forms leave as it is, and the space, which becomes `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b' ');
/// Columns at which base64 is wrapped: by coreutils and MIME, and by PEM.
const COLUMNS: [usize; 2] = [76, 64];
/// Fewer different characters say nothing.
const FEWEST: usize = 4;
/// So many lines are near enough to each other to be a sequence. Without a bound, a long value of short lines would
/// take the square of its lines.
const NEAR: usize = 100;
/// Of a longer text, in bytes, only the forms are looked for that are not several times as long, and
/// only as a whole: what is looked for has to fit into memory.
const LONG: usize = 8 * 1024;

/// What is looked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Forms {
    /// As it stands here.
    pub(super) whole: Vec<String>,
    /// With any white space between its characters. There is none in these.
    pub(super) broken: Vec<String>,
}

impl Forms {
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.broken.is_empty()
    }
}

/// Every form of these values, and of each of their lines, that is long enough to be looked for.
pub(super) fn build<'v>(values: impl Iterator<Item = &'v str>) -> Forms {
    let (mut whole, mut broken) = (BTreeSet::new(), BTreeSet::new());
    for value in values {
        broken.extend(in_sequence(value));
        for text in texts(value) {
            whole.insert(text.to_owned());
            whole.extend(json(text));
            broken.extend(base64(text));
            if value.len() <= LONG {
                whole.extend(spelled(text));
                broken.extend([hex(text, ""), hex(text, "").to_uppercase()]);
            }
        }
    }
    let long_enough = |forms: BTreeSet<String>| {
        let forms = forms.into_iter();
        forms.filter(|form| form.len() >= SHORTEST).collect()
    };
    Forms {
        whole: long_enough(whole),
        broken: long_enough(broken),
    }
}

/// A value, and each line of it that says enough alone.
fn texts(value: &str) -> BTreeSet<&str> {
    let lines = value.lines().map(str::trim);
    let parts = lines.filter(|line| says_enough(line));
    [value, value.trim()].into_iter().chain(parts).collect()
}

/// Whether a line of a secret may be masked wherever it stands: it is long enough, and no frame that
/// ordinary text has as well.
fn says_enough(line: &str) -> bool {
    is_telling(line) && !is_frame(line)
}

/// Whether a part of a secret may be masked wherever it stands. `}` or `------` may not: it would
/// make nonsense of ordinary text.
fn is_telling(part: &str) -> bool {
    let different: BTreeSet<char> = part.chars().collect();
    part.len() >= SHORTEST && different.len() >= FEWEST
}

/// What is left of a text without its white space.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

/// All lines of a value together, and each line that says too little alone with as many lines after
/// or before it as make it enough. Frames are masked with them, and make nothing enough.
fn in_sequence(value: &str) -> Vec<String> {
    let lines = value.lines().filter(|line| !dense(line).is_empty());
    let lines: Vec<&str> = lines.collect();
    if lines.len() < 2 {
        return Vec::new();
    }
    let mut found = vec![dense(value)];
    found.retain(|all| is_telling(all));
    let too_little = |at: &usize| is_frame(lines[*at]) || !is_telling(&dense(lines[*at]));
    for at in (0..lines.len()).filter(too_little) {
        let after = lines[at..].iter().take(NEAR);
        found.extend(enough(after, |part, line| part + &line));
        let before = lines[..=at].iter().rev().take(NEAR);
        found.extend(enough(before, |part, line| line + &part));
    }
    found
}

/// The first of these lines with as many of the others as make it enough, put together by `join`.
fn enough<'l>(
    lines: impl Iterator<Item = &'l &'l str>,
    join: impl Fn(String, String) -> String,
) -> Option<String> {
    let (mut part, mut words) = (String::new(), 0);
    for (at, line) in lines.enumerate() {
        part = join(part, dense(line));
        let own = line
            .chars()
            .filter(|c| c.is_alphanumeric() && !is_frame(line));
        words += own.count();
        if at > 0 && words >= SHORTEST && is_telling(&part) {
            return Some(part);
        }
    }
    None
}

/// Base64 of a text, alone or with other bytes before and after it.
fn base64(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [&STANDARD, &URL_SAFE] {
        for alone in [text.to_owned(), format!("{text}\n")] {
            let whole = engine.encode(alone);
            // A line of it alone, as where something stands before each line.
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

/// Each byte of a text in hexadecimal digits, with something before it.
fn hex(text: &str, before: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{before}{byte:02x}");
        hex
    })
}

/// A text as URLs, shells, programs and HTML spell it.
fn spelled(text: &str) -> Vec<String> {
    let mut forms = url(text);
    forms.extend(json(text).iter().flat_map(|form| json(form)));
    forms.extend(shell(text));
    forms.extend(program(text));
    forms.extend(html(text));
    forms
}

/// A text in the address of something, in upper and lower case of its hexadecimal digits.
fn url(text: &str) -> Vec<String> {
    let sets = [NON_ALPHANUMERIC, UNRESERVED, COMPONENT, SEGMENT, ADDRESS];
    let mut forms: Vec<String> = sets
        .into_iter()
        .chain(PATHS)
        .map(|set| utf8_percent_encode(text, set).to_string())
        .collect();
    let form = utf8_percent_encode(text, FORM).to_string();
    forms.push(form.replace(' ', "+"));
    let lower: Vec<String> = forms.iter().map(|form| lower_escapes(form)).collect();
    forms.extend(lower);
    let every = hex(text, "%");
    forms.extend([every.to_uppercase(), every]);
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

/// Each character of a text as it is, or as something says.
fn replaced(text: &str, by: impl Fn(char) -> Option<String>) -> String {
    let spell = |c: char| by(c).unwrap_or_else(|| c.to_string());
    text.chars().map(spell).collect()
}

/// A text inside a JSON text: as it is, with everything beyond ASCII escaped, with `/` escaped, and
/// with what means something to HTML escaped.
fn json(text: &str) -> Vec<String> {
    let quoted = serde_json::to_string(text).expect("a text becomes JSON");
    let plain = &quoted[1..quoted.len() - 1];
    let unit = |c: char| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units
            .map(|unit| format!("\\u{unit:04x}"))
            .collect::<String>()
    };
    let ascii = replaced(plain, |c| (!c.is_ascii()).then(|| unit(c)));
    let for_html = replaced(plain, |c| "<>&".contains(c).then(|| unit(c)));
    let forms = [plain.to_owned(), ascii, for_html];
    let slashed = forms.clone().map(|form| form.replace('/', "\\/"));
    forms.into_iter().chain(slashed).collect()
}

/// A text inside single and double quotes of a shell, and as `printf %q` of bash spells it.
fn shell(text: &str) -> Vec<String> {
    let slashed =
        |signs: &'static str| replaced(text, move |c| signs.contains(c).then(|| format!("\\{c}")));
    vec![
        text.replace('\'', r"'\''"),
        slashed("\"$`\\"),
        slashed("\"$`\\!"),
        slashed(" !\"$&'()*,;<>?[\\]^`{|}"),
        dollar_quoted(text, false),
        dollar_quoted(text, true),
    ]
}

/// A text inside `$'…'` of bash, beyond ASCII as octal bytes or as it is.
fn dollar_quoted(text: &str, octal: bool) -> String {
    let bytes = |c: char| {
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).bytes();
        bytes
            .map(|byte| format!("\\{byte:03o}"))
            .collect::<String>()
    };
    replaced(text, |c| match c {
        '\\' | '\'' => Some(format!("\\{c}")),
        '\x1b' => Some("\\E".to_owned()),
        _ => short_escape(c).or_else(|| {
            let is_spelled = c.is_control() || (octal && !c.is_ascii());
            is_spelled.then(|| bytes(c))
        }),
    })
}

/// The escape with one letter that all languages of C's family have for a character.
fn short_escape(c: char) -> Option<String> {
    let letter = match c {
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        _ => return None,
    };
    Some(format!("\\{letter}"))
}

/// A text as programs show one for other programs, such as Python's `repr`.
fn program(text: &str) -> Vec<String> {
    let escaped = |quote: Option<char>| {
        replaced(text, move |c| match c {
            '\\' => Some("\\\\".to_owned()),
            _ if Some(c) == quote => Some(format!("\\{c}")),
            _ => short_escape(c),
        })
    };
    let every = hex(text, "\\x");
    let upper = every.to_uppercase().replace('X', "x");
    vec![
        escaped(None),
        escaped(Some('\'')),
        escaped(Some('"')),
        every,
        upper,
    ]
}

/// A text in HTML: with what has to be escaped in each of the usual ways, or every character.
fn html(text: &str) -> Vec<String> {
    // Ampersand, less and greater are always named; these differ: `"`, `'`, and what else.
    let ways: [&[(char, &str)]; 9] = [
        &[],
        &[('"', "quot")],
        &[('"', "quot"), ('\'', "#39")],
        &[('"', "quot"), ('\'', "#039")],
        &[('"', "quot"), ('\'', "#x27")],
        &[('"', "quot"), ('\'', "apos")],
        &[('"', "#34"), ('\'', "#39")],
        &[('"', "quot"), ('\'', "#x27"), ('/', "#x2F")],
        &[
            ('"', "quot"),
            ('\'', "#39"),
            ('/', "#x2F"),
            ('`', "#x60"),
            ('=', "#x3D"),
        ],
    ];
    let named = |way: &[(char, &str)]| {
        replaced(text, |c| {
            let own = way.iter().find(|(sign, _)| *sign == c);
            let name = own.map(|(_, name)| *name).or(match c {
                '&' => Some("amp"),
                '<' => Some("lt"),
                '>' => Some("gt"),
                _ => None,
            });
            name.map(|name| format!("&{name};"))
        })
    };
    let mut forms: Vec<String> = ways.into_iter().map(named).collect();
    forms.push(replaced(text, |c| Some(format!("&#{};", u32::from(c)))));
    forms.push(replaced(text, |c| Some(format!("&#x{:x};", u32::from(c)))));
    forms.push(replaced(text, |c| Some(format!("&#x{:X};", u32::from(c)))));
    forms
}
