//! `data/terms.yaml` to [`Term`]s.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::runbook::Doc;
use crate::model::term::Term;
use crate::parse::fields::{self, Fields};
use crate::parse::markdown;
use crate::parse::places::Places;
use crate::parse::yaml::{self, Key, Node};
use crate::source::{SourceId, Spanned};

/// The file that holds them.
pub const FILE: &str = "terms.yaml";

/// Reads [`FILE`], in the order written. `path` is the file's path below the project.
pub fn parse(source: SourceId, path: &str, text: &str, diagnostics: &mut Diagnostics) -> Vec<Term> {
    let Some(root) = yaml::parse(source, text, 0..text.len(), diagnostics) else {
        return Vec::new();
    };
    let Some(mut fields) = Fields::open(&root, "terms.yaml", diagnostics) else {
        return Vec::new();
    };
    let mut terms = Vec::new();
    if let Some(node) = fields.node("terms") {
        let entries = fields::entries(node, "terms", diagnostics).iter();
        terms = entries
            .filter_map(|(key, node)| term(path, text, key, node, diagnostics))
            .collect();
    }
    fields.finish(diagnostics);
    terms
}

fn term(
    path: &str,
    file: &str,
    key: &Key,
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Option<Term> {
    if !fields::is_id(&key.text) {
        let message = format!("`{}` cannot name a term", key.text);
        diagnostics.report(
            Diagnostic::new(codes::TERM_ID, key.span, message)
                .help("small letters, digits and `-`, a letter first"),
        );
        return None;
    }
    let mut fields = Fields::open(node, "a term", diagnostics)?;
    let name = fields.text("term", diagnostics);
    let short = fields.required_text("short", diagnostics);
    let long = fields.text("long", diagnostics);
    let aliases = fields.texts("aliases", diagnostics);
    fields.finish(diagnostics);
    Some(Term {
        path: path.to_owned(),
        id: Spanned::new(key.text.clone(), key.span),
        name: name.map_or_else(|| key.text.replace('-', " "), |name| name.value),
        short: short?.value,
        long: long.map(|text| doc(file, text, diagnostics)),
        aliases,
    })
}

fn doc(file: &str, text: Spanned<String>, diagnostics: &mut Diagnostics) -> Doc {
    let places = Places::in_yaml(file, text.span, &text.value);
    let prose = markdown::parse(&text.value, &places, diagnostics);
    Doc { text, prose }
}
