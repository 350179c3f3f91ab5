//! Texts and addresses as they stand in HTML. Nothing else of the site escapes.

use crate::model::page::PageUrl;
use crate::model::site::Target;
use crate::model::words::{self, Words};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Characters that may not stand in the path of an address.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b':');

/// Appends `text` so that it stands as text in HTML, inside or outside of quotes.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// `text` as it stands in HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out
}

/// The address that leads from `page` to a path of the site.
pub(crate) fn href(page: &PageUrl, to: &str) -> String {
    utf8_percent_encode(&page.relative(to), PATH).to_string()
}

/// The part of an address behind `#` that names an element.
pub(crate) fn fragment(id: &str) -> String {
    utf8_percent_encode(id, PATH).to_string()
}

/// The address a link leads to; `None` for a link that was reported as broken.
pub(crate) fn target_href(page: &PageUrl, target: &Target) -> Option<String> {
    match target {
        Target::Internal { url, fragment } => {
            let path = if url == page.as_str() {
                String::new()
            } else {
                href(page, url)
            };
            let fragment = fragment
                .as_deref()
                .map(|id| format!("#{}", self::fragment(id)));
            Some(path + fragment.as_deref().unwrap_or_default()).map(|href| {
                if href.is_empty() {
                    "#".to_owned()
                } else {
                    href
                }
            })
        }
        Target::External(address) => Some(address.clone()),
        Target::Broken(_) => None,
    }
}

/// A word of the theme as HTML; `values`, which are HTML already, fill its places.
pub(crate) fn escaped_word(
    words: &Words,
    section: &str,
    key: &str,
    values: &[(&str, &str)],
) -> String {
    words::filled(&escape(words.get(section, key)), values)
}
