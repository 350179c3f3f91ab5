//! Runs of text: inline directives, bare addresses, and footnotes that nobody wrote.

use super::attributes::{self, Attributes};
use super::walk::Walk;
use super::{autolinks, footnotes, shield};
use crate::diag::{Diagnostic, codes};
use crate::model::prose::{Element, Form, Token};
use std::ops::Range;

/// `:name[words]{…}` in a run of text.
struct Inline<'t> {
    name: &'t str,
    words: &'t str,
    /// The part between braces, or nothing.
    attributes: &'t str,
    range: Range<usize>,
}

impl Walk<'_> {
    /// A run of text. If the parser changed it, by an escape or an entity, its places are those
    /// of the whole run.
    pub(super) fn words(&mut self, text: &str, range: Range<usize>) {
        if text.contains("[^") {
            self.dangling_footnotes(range.clone());
        }
        let here = self.here.text.clone();
        let text = shield::written(&here, range.clone(), text);
        if text.starts_with("::") && shield::directive(text).is_some() {
            self.not_alone(text, range.clone());
        }
        let exact = text.len() == range.len();
        let place = |part: Range<usize>| match exact {
            true => range.start + part.start..range.start + part.end,
            false => range.clone(),
        };
        let mut from = 0;
        for inline in inlines(text) {
            self.plain(text, from..inline.range.start, &place);
            from = inline.range.end;
            self.inline(&inline, place(inline.range.clone()));
        }
        self.plain(text, from..text.len(), &place);
    }

    fn plain(
        &mut self,
        text: &str,
        part: Range<usize>,
        place: &impl Fn(Range<usize>) -> Range<usize>,
    ) {
        let mut from = part.start;
        let run = &text[part.clone()];
        let addresses = match !self.in_link && autolinks::possible(run) {
            true => autolinks::find(run),
            false => Vec::new(),
        };
        for found in addresses {
            let range = part.start + found.range.start..part.start + found.range.end;
            self.text(&text[from..range.start]);
            from = range.end;
            let written = &text[range.clone()];
            let address = format!("{}{written}", found.scheme);
            let link = self.link(&address, "", place(range.clone()), place(range), false);
            self.push(Token::Open(Element::Link(link)));
            self.text(written);
            self.push(Token::Close);
        }
        self.text(&text[from..part.end]);
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Token::Text(text.into()));
        }
    }

    fn inline(&mut self, inline: &Inline<'_>, place: Range<usize>) {
        let attributes = match inline.attributes.is_empty() {
            true => Some(Attributes::default()),
            false => attributes::parse(inline.attributes),
        };
        let Some(attributes) = attributes else {
            let message = format!("the arguments of `:{}` cannot be read", inline.name);
            let span = self.here.places.span(place);
            let diagnostic = Diagnostic::new(codes::DIRECTIVE_SYNTAX, span, message);
            self.report(diagnostic.help("write them as `{key=\"value\"}`"));
            return self.text(inline.words);
        };
        let attributes = attributes.moved(place.end.saturating_sub(inline.attributes.len()));
        let (name, words) = (inline.name, inline.words);
        let index = self.directive(Form::Inline, name, words, Some(attributes), place);
        self.push(Token::Directive(index));
    }

    /// A directive behind the mark of a list, or too far indented.
    fn not_alone(&mut self, text: &str, range: Range<usize>) {
        let message = format!(
            "`{}` does not stand at the start of a line",
            text.trim_end()
        );
        let span = self.here.places.span(range);
        let diagnostic = Diagnostic::new(codes::DIRECTIVE_NOT_ALONE, span, message);
        self.report(
            diagnostic.help("put it on the next line, as far indented as the words around it"),
        );
    }

    fn dangling_footnotes(&mut self, range: Range<usize>) {
        let text = self.here.text.clone();
        for (place, label) in footnotes::dangling(&text[range.clone()]) {
            let place = range.start + place.start..range.start + place.end;
            self.report(
                Diagnostic::new(
                    codes::LINK_UNDEFINED_FOOTNOTE,
                    self.here.places.span(place),
                    format!("no footnote `[^{label}]` in this file"),
                )
                .help(format!(
                    "add a line `[^{label}]: …`, or write `\\[^{label}]` for the text"
                )),
            );
        }
    }
}

/// The inline directives of a run. A name stands behind white space or an opening mark, so that
/// `note:a[1]` and `std::a[1]` are none.
fn inlines(text: &str) -> Vec<Inline<'_>> {
    let mut found: Vec<Inline<'_>> = Vec::new();
    for (start, _) in text.match_indices(':') {
        let before = text[..start].chars().next_back();
        let apart = before.is_none_or(|c| !c.is_alphanumeric() && !":/_".contains(c));
        let inside = found.last().is_some_and(|last| start < last.range.end);
        if apart
            && !inside
            && let Some(inline) = inline_at(text, start)
        {
            found.push(inline);
        }
    }
    found
}

fn inline_at(text: &str, start: usize) -> Option<Inline<'_>> {
    let rest = &text[start + 1..];
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (name, behind) = rest.split_at(rest.find(|c| !fits(c))?);
    let named = name.starts_with(|c: char| c.is_ascii_lowercase()) && behind.starts_with('[');
    if !named {
        return None;
    }
    let words = &behind[1..behind.find(']')?];
    let after = &behind[words.len() + 2..];
    let attributes = match after.starts_with('{') {
        true => &after[..=after.find('}')?],
        false => "",
    };
    let end = start + 1 + name.len() + words.len() + 2 + attributes.len();
    Some(Inline {
        name,
        words,
        attributes,
        range: start..end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_directives_stand_behind_a_gap() {
        for (text, expected) in [
            (
                "at :data[90 %]{path=\"m.c\"}, say",
                vec![("data", "90 %", "{path=\"m.c\"}")],
            ),
            (
                "(:role[us]) :role[b]",
                vec![("role", "us", ""), ("role", "b", "")],
            ),
            ("note:a[1] std::a[1] :A[1] 10:30[x]", vec![]),
            (":data[open", vec![]),
            ("a: b[1]", vec![]),
        ] {
            let got: Vec<_> = inlines(text)
                .iter()
                .map(|i| (i.name, i.words, i.attributes))
                .collect();
            assert_eq!(got, expected, "{text}");
        }
    }
}
