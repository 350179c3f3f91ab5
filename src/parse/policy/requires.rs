//! `requires` of a row: what has to be found of a release before anybody is asked, by the words that will do.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::policy::Requirement;
use crate::parse::fields;
use crate::parse::yaml::{Key, Node, Value};
use crate::source::{Span, Spanned};

/// Reads it. What no step could ever give is a finding, and left out.
pub(super) fn read(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Requirement> {
    let entries = fields::entries(node, "what has to be found", diagnostics);
    let read = entries
        .iter()
        .filter_map(|(key, node)| requirement(key, node, diagnostics));
    read.collect()
}

fn requirement(key: &Key, node: &Node, diagnostics: &mut Diagnostics) -> Option<Requirement> {
    if !fields::is_name(&key.text) {
        let message = format!("no step can give evidence of the name `{}`", key.text);
        let help = "use small letters, digits and `_`, a letter first";
        never(key.span, message, help, diagnostics);
        return None;
    }
    if is_nothing(node) {
        let message = format!("no word of `{}` will do, so nobody is ever asked", key.text);
        let help = format!(
            "write the words that will do: `{}: passed`, or a list of them",
            key.text
        );
        never(key.span, message, &help, diagnostics);
        return None;
    }
    let words = fields::texts(node, diagnostics).into_iter();
    let words: Vec<String> = words.map(|word| word.value).collect();
    // What cannot be read as a word has a finding.
    (!words.is_empty()).then(|| Requirement {
        name: Spanned::new(key.text.clone(), key.span),
        words,
    })
}

fn is_nothing(node: &Node) -> bool {
    node.is_empty() || matches!(&node.value, Value::List(items) if items.is_empty())
}

fn never(span: Span, message: String, help: &str, diagnostics: &mut Diagnostics) {
    diagnostics.report(Diagnostic::new(codes::POLICY_REQUIRES, span, message).help(help));
}
