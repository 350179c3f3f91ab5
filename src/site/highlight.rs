//! Code to HTML with few, short classes.
//!
//! `syntect` reads the code; what it calls a token is folded into one letter (`k` keyword, `s`
//! string, `c` comment, …), and neighbours with the same letter share an element, which keeps
//! pages small. One syntax set serves the whole program and is made when the first block asks.

use crate::model::prose::CodeBlock;
use crate::site::html::escape_into;
use std::sync::LazyLock;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// Scopes by their beginning and the letter they are shown with; the first that fits wins.
static LETTERS: LazyLock<Vec<(Scope, char)>> = LazyLock::new(|| {
    let table = [
        ("comment", 'c'),
        ("punctuation.definition.comment", 'c'),
        ("string", 's'),
        ("punctuation.definition.string", 's'),
        ("constant.character.escape", 'n'),
        ("constant", 'n'),
        ("entity.name.tag", 'a'),
        ("entity.other.attribute-name", 'a'),
        ("entity.name.function", 'f'),
        ("support.function", 'f'),
        ("variable.function", 'f'),
        ("entity.name", 't'),
        ("support.type", 't'),
        ("support.class", 't'),
        ("storage", 'k'),
        ("keyword", 'k'),
        ("variable", 'v'),
        ("punctuation.definition.variable", 'v'),
        ("markup.inserted", 'i'),
        ("markup.deleted", 'd'),
        ("invalid", 'e'),
    ];
    let scope = |(name, letter)| Some((Scope::new(name).ok()?, letter));
    table.into_iter().filter_map(scope).collect()
});

/// A code block with its caption.
pub(crate) fn figure(block: &CodeBlock) -> String {
    figure_of(&block.language, block.title.as_deref(), &block.text)
}

/// Code in a language with a caption; without a title the language's name is shown.
pub(crate) fn figure_of(language: &str, title: Option<&str>, code: &str) -> String {
    let mut html = String::with_capacity(code.len() * 3);
    match language {
        "console" | "shell-session" => session_into(&mut html, code),
        _ => code_into(&mut html, language, code),
    }
    figure_with(language, title, &html)
}

/// Code that is HTML already, with a caption.
pub(crate) fn figure_with(language: &str, title: Option<&str>, html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 120);
    out.push_str("<figure class=\"code\" data-lang=\"");
    escape_into(&mut out, language);
    out.push_str("\"><figcaption>");
    escape_into(&mut out, title.unwrap_or(language));
    out.push_str("</figcaption><pre tabindex=\"0\"><code>");
    out.push_str(html);
    out.push_str("</code></pre></figure>\n");
    out
}

/// A terminal session: prompts and output are marked, so that copying leaves them out.
fn session_into(out: &mut String, code: &str) {
    let mut continued = false;
    for line in code.split_inclusive('\n') {
        let prompt = ["$ ", "# "]
            .into_iter()
            .find(|prompt| line.starts_with(prompt));
        if let (false, Some(prompt)) = (continued, prompt) {
            out.push_str("<span class=\"p\">");
            escape_into(out, prompt);
            out.push_str("</span>");
        }
        if continued || prompt.is_some() {
            let start = if continued { 0 } else { 2 };
            code_into(out, "sh", &line[start..]);
            continued = line.trim_end().ends_with('\\');
        } else {
            out.push_str("<span class=\"o\">");
            escape_into(out, line);
            out.push_str("</span>");
        }
    }
}

fn code_into(out: &mut String, language: &str, code: &str) {
    match syntax(language) {
        Some(syntax) => Painter::new(out).paint(syntax, code),
        None => escape_into(out, code),
    }
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    match language {
        "" | "text" | "txt" | "plain" => None,
        _ => SYNTAXES.find_syntax_by_token(language),
    }
}

/// Writes code token by token, joining neighbours of the same letter.
struct Painter<'o> {
    out: &'o mut String,
    open: Option<char>,
}

impl<'o> Painter<'o> {
    fn new(out: &'o mut String) -> Self {
        Self { out, open: None }
    }

    fn paint(mut self, syntax: &SyntaxReference, code: &str) {
        let mut state = ParseState::new(syntax);
        let mut stack = ScopeStack::new();
        for line in code.split_inclusive('\n') {
            // A grammar that cannot go on leaves its line uncoloured; the text is all there.
            let operations = state.parse_line(line, &SYNTAXES).unwrap_or_default();
            let mut from = 0;
            for (at, operation) in operations {
                self.piece(&line[from..at], &stack);
                from = at;
                if stack.apply(&operation).is_err() {
                    stack = ScopeStack::new();
                }
            }
            self.piece(&line[from..], &stack);
        }
        self.switch(None);
    }

    fn piece(&mut self, text: &str, stack: &ScopeStack) {
        if text.is_empty() {
            return;
        }
        if !text.trim().is_empty() {
            self.switch(letter(stack));
        }
        escape_into(self.out, text);
    }

    fn switch(&mut self, letter: Option<char>) {
        if self.open == letter {
            return;
        }
        if self.open.is_some() {
            self.out.push_str("</span>");
        }
        if let Some(letter) = letter {
            self.out.push_str("<span class=\"");
            self.out.push(letter);
            self.out.push_str("\">");
        }
        self.open = letter;
    }
}

/// The letter of the innermost scope that has one.
fn letter(stack: &ScopeStack) -> Option<char> {
    stack
        .as_slice()
        .iter()
        .rev()
        .find_map(|scope| letter_of(*scope))
}

fn letter_of(scope: Scope) -> Option<char> {
    use std::cell::RefCell;
    thread_local! {
        static MEMO: RefCell<rustc_hash::FxHashMap<Scope, Option<char>>> = RefCell::default();
    }
    MEMO.with_borrow_mut(|memo| {
        *memo.entry(scope).or_insert_with(|| {
            let found = LETTERS
                .iter()
                .find(|(prefix, _)| prefix.is_prefix_of(scope));
            found.map(|(_, letter)| *letter)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_escaped_whatever_its_language() {
        for language in ["sh", "html", "yaml", "no-such-language", "console", ""] {
            let html = figure_of(language, None, "$ <script>alert('x')</script> & \"y\"\n");
            assert!(!html.contains("<script"), "{language}: {html}");
            assert!(html.contains("&lt;"), "{language}: {html}");
        }
    }

    #[test]
    fn a_session_marks_prompts_and_output() {
        let html = figure_of("console", None, "$ ls \\\n  -l\ntotal 0\n");
        assert_eq!(html.matches("class=\"p\"").count(), 1, "{html}");
        assert!(
            html.contains("<span class=\"o\">total 0\n</span>"),
            "{html}"
        );
    }

    #[test]
    fn keywords_comments_and_strings_have_their_letters() {
        let html = figure_of("sh", None, "if true; then echo \"a\"; fi # done\n");
        for letter in ["k", "s", "c"] {
            assert!(
                html.contains(&format!("class=\"{letter}\"")),
                "{letter}: {html}"
            );
        }
    }
}
