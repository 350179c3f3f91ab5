//! Commands and texts of a runbook as people read them: holes are marked, never guessed.
//!
//! A hole shows the name of its value and carries its whole path (`data-of`), so that run mode
//! can fill it; while it is there, the copy button refuses.

use crate::diag::Diagnostics;
use crate::model::expression::{Expression, Template, TemplatePiece, Term};
use crate::model::item_text::replace_items;
use crate::model::runbook::{Command, CommandText};
use crate::model::words::Words;
use crate::site::code;
use crate::site::escape::escape;
use std::cell::RefCell;

/// A command in its frame.
pub(crate) fn figure(command: &Command, words: &Words, found: &RefCell<Diagnostics>) -> String {
    match &command.text {
        CommandText::Shell { script, .. } => {
            code::script(script.trim_end(), command.span, words, found)
        }
        CommandText::Program(items) => {
            let items: Vec<String> = items.iter().map(word_html).collect();
            code::figure_with("sh", None, &items.join(" "))
        }
    }
}

/// A text with its holes marked.
pub(crate) fn text_html(text: &Template) -> String {
    let part = |part: &TemplatePiece| match part {
        TemplatePiece::Text(text) => escape(text),
        TemplatePiece::Hole(expression) => {
            let path = path(expression);
            let name = path.rsplit('.').next().unwrap_or_default();
            hole(&path, name)
        }
    };
    text.parts.iter().map(part).collect()
}

/// What stands for a value that only a run knows.
fn hole(path: &str, name: &str) -> String {
    format!(
        "<span class=\"hole\" data-of=\"{}\">‹{}›</span>",
        escape(path),
        escape(name)
    )
}

/// A text with the items of loops marked that it names.
pub(crate) fn items_html(text: &str) -> String {
    replace_items(text, escape, |name| hole(&format!("each.{name}"), name))
}

/// The dotted path of a hole, or its text where it is more than a path.
pub(crate) fn path(expression: &Expression) -> String {
    match &expression.root {
        Term::Path(path) => path.to_string(),
        _ => expression.text.clone(),
    }
}

/// An argument of a program, in single quotes if a shell would read it otherwise.
fn word_html(word: &Template) -> String {
    let html = text_html(word);
    let whole = |part: &TemplatePiece| matches!(part, TemplatePiece::Hole(_));
    if word.parts.len() == 1 && word.parts.iter().all(whole) {
        return html;
    }
    let texts = word.parts.iter().filter_map(|part| match part {
        TemplatePiece::Text(text) => Some(text.as_str()),
        TemplatePiece::Hole(_) => None,
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    match !word.parts.is_empty() && texts.flat_map(str::chars).all(plain) {
        true => html,
        false => format!("&#39;{}&#39;", html.replace("&#39;", "&#39;\\&#39;&#39;")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value_path::ValuePath;
    use crate::source::{SourceId, Sources, Span};

    fn template(parts: Vec<TemplatePiece>) -> Template {
        Template {
            text: String::new(),
            span: Span::start_of(source()),
            parts,
        }
    }

    fn source() -> SourceId {
        Sources::default().add("a.yaml", String::new())
    }

    fn hole(path: &str) -> TemplatePiece {
        TemplatePiece::Hole(Expression {
            text: path.to_owned(),
            span: Span::start_of(source()),
            root: Term::Path(ValuePath::parse(path)),
            places: vec![Span::start_of(source())],
        })
    }

    #[test]
    fn arguments_are_quoted_as_a_shell_needs_it() {
        let text = |text: &str| TemplatePiece::Text(text.to_owned());
        let version = "<span class=\"hole\" data-of=\"params.version\">‹version›</span>";
        for (parts, expected) in [
            (vec![text("--tag=candidate")], "--tag=candidate".to_owned()), // nothing special
            (vec![text("two words")], "&#39;two words&#39;".to_owned()),
            (
                vec![text("it's")],
                "&#39;it&#39;\\&#39;&#39;s&#39;".to_owned(),
            ),
            (vec![], "&#39;&#39;".to_owned()), // an empty argument is one all the same
            (vec![hole("params.version")], version.to_owned()),
            (
                vec![text("v"), hole("params.version")],
                format!("v{version}"),
            ),
            (
                vec![text("<b> "), hole("params.version")],
                format!("&#39;&lt;b&gt; {version}&#39;"),
            ),
        ] {
            assert_eq!(word_html(&template(parts)), expected);
        }
    }
}
