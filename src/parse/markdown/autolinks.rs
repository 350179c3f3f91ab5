//! Bare web addresses in a text, as GFM's autolinks extension finds them.

use std::ops::Range;

/// The addresses in a run of text, in order.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = ["http://", "https://", "www."]
        .iter()
        .filter_map(|scheme| text[from..].find(scheme))
        .min()
        .map(|at| from + at)
    {
        let before = text[..start].chars().next_back();
        let begins = before.is_none_or(|c| c.is_whitespace() || "*_~(\"'".contains(c));
        let end = start + length(&text[start..]);
        let address = &text[start..end];
        let named = match address.strip_prefix("www.") {
            Some(host) => host.contains('.'),
            None => {
                let host = address.split_once("://").map_or("", |(_, host)| host);
                host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
            }
        };
        if begins && named {
            found.push(start..end);
        }
        from = end.max(start + 1);
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    found
}

/// How long the address at the start of a text is: up to white space or `<`, without punctuation
/// that belongs to the sentence, and without a closing bracket that it did not open.
fn length(text: &str) -> usize {
    let mut address = &text[..text
        .find(|c: char| c.is_whitespace() || c == '<')
        .unwrap_or(text.len())];
    loop {
        let shorter =
            address.trim_end_matches(['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '"']);
        let unbalanced =
            shorter.ends_with(')') && shorter.matches(')').count() > shorter.matches('(').count();
        let shorter = match unbalanced {
            true => &shorter[..shorter.len() - 1],
            false => shorter,
        };
        if shorter.len() == address.len() {
            return address.len();
        }
        address = shorter;
    }
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
        ] {
            let got: Vec<&str> = find(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(got, expected, "{text}");
        }
    }
}
