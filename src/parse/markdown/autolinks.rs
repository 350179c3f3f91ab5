//! Bare addresses in a text, as GFM's autolinks extension finds them: of the web, and of people.
//!
//! Beyond it, a host may be a bare name or a number (`http://localhost:8080`), a quotation mark
//! may stand before an address, and `git@host:path` is the address of a repository.

use std::ops::Range;

/// An address in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) range: Range<usize>,
    /// What a link to it begins with before the words of the text.
    pub(super) scheme: &'static str,
}

/// Whether a text may have addresses at all.
pub(super) fn possible(text: &str) -> bool {
    text.contains("://") || text.contains("www.") || text.contains('@')
}

/// The addresses in a run of text, in order. Each byte is looked at a bounded number of times.
pub(super) fn find(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, c) in text.char_indices() {
        if at < from {
            continue;
        }
        let address = match c {
            ':' => web(text, from, at),
            'w' => host_alone(text, at),
            '@' => mail(text, from, at),
            _ => None,
        };
        if let Some(address) = address {
            from = address.range.end;
            found.push(address);
        }
    }
    found
}

/// `https://…` around the colon at `colon`.
fn web(text: &str, from: usize, colon: usize) -> Option<Address> {
    let rest = text[colon..].strip_prefix("://")?;
    let before = &text[from..colon];
    let scheme = ["https", "http", "ftp"]
        .into_iter()
        .find(|scheme| before.ends_with(scheme))?;
    let start = colon - scheme.len();
    let host = &rest[..host_length(rest)];
    let named = rest.starts_with('[') || (!host.is_empty() && is_domain(host));
    if !begins(text, start) || !named {
        return None;
    }
    let end = start + length(&text[start..]);
    (end > colon + 3).then_some(Address {
        range: start..end,
        scheme: "",
    })
}

/// `www.…` at a place.
fn host_alone(text: &str, start: usize) -> Option<Address> {
    let rest = &text[start..];
    rest.strip_prefix("www.")?;
    let host = &rest[..host_length(rest)];
    let named = host.trim_end_matches('.').matches('.').count() > 0 && is_domain(host);
    if !begins(text, start) || !named {
        return None;
    }
    let end = start + length(rest);
    text[start..end]
        .strip_prefix("www.")
        .filter(|after| !after.is_empty())?;
    Some(Address {
        range: start..end,
        scheme: "http://",
    })
}

/// `name@host` around the sign at `sign`, with a `mailto:` or `xmpp:` before it.
fn mail(text: &str, from: usize, sign: usize) -> Option<Address> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
    let before = &text[from..sign];
    let start = from + before.trim_end_matches(of_name).len();
    let rest = &text[sign + 1..];
    let of_host = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let host = &rest[..rest.find(|c| !of_host(c)).unwrap_or(rest.len())];
    let host = host.trim_end_matches('.');
    let whole = host.contains('.') && host.split('.').all(|part| !part.is_empty());
    let behind = &rest[host.len()..];
    let is_repository = behind.strip_prefix(':').is_some_and(|path| {
        path.starts_with(|c: char| c.is_alphanumeric() || c == '/' || c == '~')
    });
    let is_path = text[from..start].ends_with(['/', '@']) || behind.starts_with('@');
    let ends = host.ends_with(|c: char| c.is_ascii_alphabetic());
    if start == sign || !whole || !ends || is_path || is_repository {
        return None;
    }
    let end = sign + 1 + host.len();
    let resource = match text[from..start].ends_with("xmpp:") {
        true => behind.strip_prefix('/').map_or(0, |rest| {
            1 + rest.find(|c| !of_host(c) && c != '@').unwrap_or(rest.len())
        }),
        false => 0,
    };
    let scheme = ["mailto:", "xmpp:"]
        .into_iter()
        .find(|scheme| text[from..start].ends_with(scheme));
    let start = start - scheme.map_or(0, str::len);
    Some(Address {
        range: start..end + if resource > 1 { resource } else { 0 },
        scheme: if scheme.is_some() { "" } else { "mailto:" },
    })
}

/// Whether an address may begin here: not inside a word.
fn begins(text: &str, start: usize) -> bool {
    let before = text[..start].chars().next_back();
    before.is_none_or(|c| c.is_whitespace() || "*_~(\"'".contains(c))
}

fn host_length(text: &str) -> usize {
    let of_host = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    text.find(|c| !of_host(c)).unwrap_or(text.len())
}

/// Whether a host begins with a letter or digit, and has no underscore in its last two parts.
fn is_domain(host: &str) -> bool {
    let mut last = host.trim_end_matches('.').rsplit('.').take(2);
    host.starts_with(char::is_alphanumeric) && last.all(|part| !part.contains('_'))
}

/// How long the address at the start of a text is: up to white space or `<`, without punctuation
/// and entities that belong to the sentence, and without closing brackets that it did not open.
fn length(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || c == '<');
    let mut address = &text[..end.unwrap_or(text.len())];
    let opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    loop {
        if closed > opened && address.ends_with(')') {
            closed -= 1;
            address = &address[..address.len() - 1];
            continue;
        }
        let shorter = without_entity(address)
            .trim_end_matches(['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '"']);
        if shorter.len() == address.len() {
            return address.len();
        }
        address = shorter;
    }
}

/// An address without `&name;` at its end.
fn without_entity(address: &str) -> &str {
    let name = address.strip_suffix(';').and_then(|inner| {
        let start = inner.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        start
            .strip_suffix('&')
            .filter(|before| before.len() + 1 < inner.len())
    });
    name.unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_a_reader_would_end_them() {
        for (text, expected) in [
            ("see https://a.example/x.", vec!["https://a.example/x"]),
            ("(https://a.example/(b))", vec!["https://a.example/(b)"]),
            (
                "http://a.example, www.b.example!",
                vec!["http://a.example", "www.b.example"],
            ),
            ("https://a.example/é ß", vec!["https://a.example/é"]),
            ("https:// and www. alone", vec![]), // no host
            ("xhttps://a.example", vec![]),      // inside a word
            (
                "http://127.0.0.1:4873/-/ping",
                vec!["http://127.0.0.1:4873/-/ping"],
            ),
            ("http://[::1]:80/", vec!["http://[::1]:80/"]),
            ("ftp://a.example/b", vec!["ftp://a.example/b"]),
            ("www.a.example/?b&amp;", vec!["www.a.example/?b"]), // an entity is not its own
            ("http://a_b.example http://a.b_c.example", vec![]), // no such hosts
            ("http://a_x.b.example", vec!["http://a_x.b.example"]),
        ] {
            let got: Vec<&str> = find(text).into_iter().map(|a| &text[a.range]).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn people_have_addresses_too() {
        for (text, expected) in [
            (
                "ask a.b-c_d+e@mail.example.",
                Some("a.b-c_d+e@mail.example"),
            ),
            ("(a@b.example)", Some("a@b.example")),
            ("mailto:a@b.example", Some("mailto:a@b.example")),
            ("xmpp:a@b.example/c@d", Some("xmpp:a@b.example/c@d")),
            ("a@b", None),          // no dot
            ("a@b.example_", None), // no end of a host
            ("@b.example", None),
            ("@scope/name@next.x", None), // in a path
            ("name@1.2", None),           // a version
            ("a@b.c@d.e", None),
            ("a@..b", None),
            ("git@host.example:group/name.git", None), // of a repository
            ("to a@b.example: now", Some("a@b.example")),
        ] {
            let got: Vec<&str> = find(text).into_iter().map(|a| &text[a.range]).collect();
            assert_eq!(got, Vec::from_iter(expected), "{text}");
        }
    }

    #[test]
    fn a_line_of_nothing_but_addresses_is_read_at_once() {
        for part in ["xhttp://", "a@", "@", "http://a_b", "a@b."] {
            assert_eq!(find(&part.repeat(200_000)).len(), 0, "{part}");
        }
        let closing = format!("http://a.example/{}", ")".repeat(400_000));
        assert_eq!(find(&closing)[0].range, 0..17);
    }
}
