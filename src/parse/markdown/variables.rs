//! `${{ vars.name }}`: site variables, replaced before the Markdown is read.
//!
//! They may therefore stand anywhere, in code and in addresses too. Only names in small letters
//! are ours; `${{ vars.NAME }}` belongs to a forge's workflows and is left alone, and
//! `\${{ … }}` is the text itself.

use crate::diag::{Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::prose::{ExpandedText, Expansion};
use crate::parse::places::Places;
use crate::source::{SourceId, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// A text after replacement.
pub(super) struct Replaced<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) places: Places,
    pub(super) expansions: Vec<Expansion>,
}

/// Replaces the variables of a text that stands in `source` from byte `base` on.
pub(super) fn replace<'t>(
    text: &'t str,
    (source, base): (SourceId, usize),
    vars: &BTreeMap<String, String>,
    diagnostics: &mut Diagnostics,
) -> Replaced<'t> {
    let mut out = String::new();
    let mut pieces = Vec::new();
    let mut expansions = Vec::new();
    let mut from = 0;
    let mut put = |out: &mut String, range: Range<usize>, words: &str| {
        out.push_str(&text[from..range.start]);
        pieces.push((out.len(), range.start));
        out.push_str(words);
        pieces.push((out.len(), range.end));
        from = range.end;
        expansions.push(Expansion {
            span: Span::new(source, base + range.start..base + range.end),
            text: ExpandedText::Words(words.to_owned()),
        });
    };
    for found in uses(text) {
        match (found.escaped, vars.get(found.name)) {
            (true, _) => put(&mut out, found.range.start - 1..found.range.start, ""),
            (false, Some(value)) => put(&mut out, found.range, value),
            (false, None) => {
                let span = Span::new(source, base + found.range.start..base + found.range.end);
                diagnostics.report(unknown(found.name, span, vars));
            }
        }
    }
    if pieces.is_empty() {
        return Replaced {
            text: Cow::Borrowed(text),
            places: Places::direct(source, base),
            expansions,
        };
    }
    out.push_str(&text[from..]);
    Replaced {
        text: Cow::Owned(out),
        places: Places::spliced(source, base, &pieces),
        expansions,
    }
}

fn unknown(name: &str, span: Span, vars: &BTreeMap<String, String>) -> Diagnostic {
    let help = did_you_mean(name, vars.keys().map(String::as_str));
    Diagnostic::new(codes::VAR_UNKNOWN, span, format!("no variable `{name}`"))
        .follows_from("site.yaml")
        .help(help.unwrap_or_else(|| {
        format!(
            "write `{name}: …` under `vars:` in site.yaml, or `\\${{{{` if readers should see it"
        )
    }))
}

/// A use of a variable.
struct Use<'t> {
    name: &'t str,
    range: Range<usize>,
    escaped: bool,
}

fn uses(text: &str) -> impl Iterator<Item = Use<'_>> {
    text.match_indices("${{").filter_map(|(start, opener)| {
        let fits = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
        let inside = text[start + opener.len()..].trim_start();
        let named = inside.strip_prefix("vars.")?;
        let (name, behind) = named.split_at(named.bytes().take_while(fits).count());
        let after = behind.trim_start().strip_prefix("}}")?;
        (!name.is_empty()).then(|| Use {
            name,
            range: start..text.len() - after.len(),
            escaped: text[..start].ends_with('\\'),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn variables_are_replaced_and_lead_back_to_their_places() {
        let vars = BTreeMap::from([("node".to_owned(), "20.11.1 or newer".to_owned())]);
        for (text, expected) in [
            ("Node ${{ vars.node }}.", "Node 20.11.1 or newer."),
            ("`${{vars.node}}`", "`20.11.1 or newer`"),
            ("${{ vars.TOKEN }}", "${{ vars.TOKEN }}"), // a forge's
            ("${{ params.node }}", "${{ params.node }}"), // a runbook's
            ("\\${{ vars.node }}", "${{ vars.node }}"), // shown
        ] {
            let mut sources = Sources::default();
            let id = sources.add("a.md", format!("---\n---\n{text} end"));
            let mut diagnostics = Diagnostics::default();
            let whole = &sources.get(id).text()[8..];
            let replaced = replace(whole, (id, 8), &vars, &mut diagnostics);
            assert_eq!(replaced.text, format!("{expected} end"));
            assert!(diagnostics.is_empty(), "{text}");
            let end = replaced.text.len() - 3;
            assert_eq!(sources.slice(replaced.places.span(end..end + 3)), "end");
        }
    }

    #[test]
    fn an_unknown_variable_is_reported_where_it_stands() {
        let vars = BTreeMap::from([("node".to_owned(), "20".to_owned())]);
        let mut sources = Sources::default();
        let text = "Node ${{ vars.nod }}.";
        let id = sources.add("a.md", text.to_owned());
        let mut diagnostics = Diagnostics::default();
        let replaced = replace(text, (id, 0), &vars, &mut diagnostics);
        assert_eq!(replaced.text, text);
        let found = diagnostics.iter().next().expect("one finding");
        assert_eq!(sources.slice(found.span), "${{ vars.nod }}");
        assert_eq!(found.help.as_deref(), Some("did you mean `node`?"));
    }
}
