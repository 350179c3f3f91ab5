//! `themes/default/strings.yaml`: the words of the theme, and a project's own over them.

use crate::diag::{Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::words::{Words, places};
use crate::parse::fields;
use crate::parse::yaml::{self, Key, Node, Value};
use crate::source::SourceId;

/// Reads a file of words.
pub fn parse(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Words {
    let mut words = Words::default();
    for (section, key, node) in texts(source, text, diagnostics) {
        if let Some(text) = fields::text(&node, diagnostics) {
            words.set(&section.text, &key.text, text.value);
        }
    }
    words
}

/// Puts a project's own words over the built-in ones. A key that is not there, and a text that
/// loses one of the `{places}` that are filled in it, are reported and leave the built-in word.
pub fn replace(words: &mut Words, source: SourceId, text: &str, diagnostics: &mut Diagnostics) {
    for (section, key, node) in texts(source, text, diagnostics) {
        let Some(known) = words.section(&section.text) else {
            unknown(&section, words.sections(), diagnostics);
            continue;
        };
        let Some(built_in) = known.get(&key.text) else {
            unknown(&key, known.keys().map(String::as_str), diagnostics);
            continue;
        };
        let Some(own) = fields::text(&node, diagnostics) else {
            continue;
        };
        if places(built_in) == places(&own.value) {
            words.set(&section.text, &key.text, own.value);
            continue;
        }
        let wanted: Vec<String> = places(built_in)
            .iter()
            .map(|p| format!("`{{{p}}}`"))
            .collect();
        let help = match wanted.is_empty() {
            true => "leave the braces out".to_owned(),
            false => format!("keep {} in the text", wanted.join(" and ")),
        };
        diagnostics.report(
            Diagnostic::new(
                codes::THEME_WORDS,
                own.span,
                "this text has other places to fill than the built-in one",
            )
            .help(help),
        );
    }
}

fn unknown<'w>(key: &Key, known: impl Iterator<Item = &'w str>, diagnostics: &mut Diagnostics) {
    diagnostics.report(
        Diagnostic::new(
            codes::THEME_WORDS,
            key.span,
            format!("the theme has no words `{}`", key.text),
        )
        .help_if(did_you_mean(&key.text, known)),
    );
}

fn texts(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Vec<(Key, Key, Node)> {
    let Some(root) = yaml::parse(source, text, 0..text.len(), diagnostics) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (section, node) in mapping(root, diagnostics) {
        for (key, node) in mapping(node, diagnostics) {
            found.push((section.clone(), key, node));
        }
    }
    found
}

fn mapping(node: Node, diagnostics: &mut Diagnostics) -> Vec<(Key, Node)> {
    match node.value {
        Value::Map(entries) => entries,
        _ => {
            fields::wrong_type(&node, "words as `key: text` lines", diagnostics);
            Vec::new()
        }
    }
}
