//! The colours of code: HTML with few, short classes.
//!
//! `syntect` reads the code; what it calls a token is folded into one letter (`k` keyword, `s`
//! string, `c` comment, …), and neighbours with the same letter share an element, which keeps
//! pages small. One syntax set serves the whole program and is made when the first block asks.

use crate::site::html::escape_into;
use crate::site::painted;
use std::ops::Range;
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

/// How the colours of a block are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// An element may reach over several lines, which keeps pages small.
    Whole,
    /// Every line is complete in itself.
    Lines,
}

/// Code as HTML, line by line in the layout [`Layout::Lines`], else as one piece.
pub(crate) fn paint(language: &str, code: &str, layout: Layout) -> Vec<String> {
    let name = || {
        let mut hash = blake3::Hasher::new();
        hash.update(&[u8::from(layout == Layout::Lines)]);
        hash.update(language.as_bytes()).update(b"\0");
        *hash.update(code.as_bytes()).finalize().as_bytes()
    };
    painted::known(name, || paint_anew(language, code, layout))
}

fn paint_anew(language: &str, code: &str, layout: Layout) -> Vec<String> {
    let shell = SHELLS.contains(&language);
    let mut painter = Painter {
        out: String::with_capacity(code.len() * 2),
        open: None,
        slots: Vec::new(),
    };
    let mut grammar = syntax(language).map(ParseState::new);
    let mut stack = ScopeStack::new();
    let mut done = Vec::new();
    for line in code.split_inclusive('\n') {
        painter.slots = if shell { slots(line) } else { Vec::new() };
        match &mut grammar {
            Some(state) => painter.line(line, state, &mut stack),
            None => escape_into(&mut painter.out, line),
        }
        if layout == Layout::Lines {
            painter.switch(None);
            done.push(std::mem::take(&mut painter.out));
        }
    }
    painter.switch(None);
    if !painter.out.is_empty() {
        done.push(painter.out);
    }
    done
}

/// Languages in which `<name>` is a placeholder that somebody has to fill in.
pub(crate) const SHELLS: [&str; 5] = ["sh", "bash", "zsh", "shell", "console"];

/// The placeholders of a line: `<name>` or `<two words>`, and no redirection or here-document.
fn slots(line: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, _) in line.match_indices('<') {
        let Some(length) = line[start..].find('>') else {
            break;
        };
        let name = &line[start + 1..start + length];
        let inner = |b: u8| b.is_ascii_alphanumeric() || b" _-.".contains(&b);
        let apart = !line[..start].ends_with('<') && !line[start + length + 1..].starts_with('>');
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.ends_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(inner);
        if apart && named {
            found.push(start..start + length + 1);
        }
    }
    found
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    match language {
        "" | "text" | "txt" | "plain" => None,
        _ => SYNTAXES.find_syntax_by_token(language),
    }
}

/// Writes code token by token, joining neighbours of the same letter.
struct Painter {
    out: String,
    open: Option<char>,
    /// The placeholders of the line, from left to right.
    slots: Vec<Range<usize>>,
}

impl Painter {
    fn line(&mut self, line: &str, state: &mut ParseState, stack: &mut ScopeStack) {
        // A grammar that cannot go on leaves its line uncoloured; the text is all there.
        let operations = state.parse_line(line, &SYNTAXES).unwrap_or_default();
        let mut from = 0;
        for (at, operation) in operations {
            self.piece(line, from..at, stack);
            from = at;
            if stack.apply(&operation).is_err() {
                *stack = ScopeStack::new();
            }
        }
        self.piece(line, from..line.len(), stack);
    }

    /// A piece of a line. Placeholders are written whole when their first piece comes.
    fn piece(&mut self, line: &str, piece: Range<usize>, stack: &ScopeStack) {
        let mut from = piece.start;
        let met: Vec<Range<usize>> = self
            .slots
            .iter()
            .filter(|slot| slot.start < piece.end && slot.end > piece.start)
            .cloned()
            .collect();
        for slot in met {
            if slot.start >= from {
                self.words(&line[from..slot.start], stack);
                self.switch(None);
                self.out.push_str("<var>");
                escape_into(&mut self.out, &line[slot.clone()]);
                self.out.push_str("</var>");
            }
            from = slot.end.max(from);
        }
        if from < piece.end {
            self.words(&line[from..piece.end], stack);
        }
    }

    fn words(&mut self, text: &str, stack: &ScopeStack) {
        if text.is_empty() {
            return;
        }
        if !text.trim().is_empty() {
            self.switch(letter(stack));
        }
        escape_into(&mut self.out, text);
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

    fn whole(language: &str, code: &str) -> String {
        paint(language, code, Layout::Whole).concat()
    }

    #[test]
    fn code_is_escaped_whatever_its_language() {
        for language in ["sh", "html", "yaml", "no-such-language", "diff", ""] {
            let html = whole(language, "$ <script>alert('x')</script> & \"y\"\n");
            assert!(!html.contains("<script"), "{language}: {html}");
            assert!(html.contains("&lt;"), "{language}: {html}");
        }
    }

    #[test]
    fn keywords_comments_and_strings_have_their_letters() {
        let html = whole("sh", "if true; then echo \"a\"; fi # done\n");
        for letter in ["k", "s", "c"] {
            assert!(
                html.contains(&format!("class=\"{letter}\"")),
                "{letter}: {html}"
            );
        }
    }

    #[test]
    fn lines_are_complete_in_themselves() {
        let lines = paint("js", "/* a\nb */ let c;\n", Layout::Lines);
        assert_eq!(lines.len(), 2);
        for line in lines {
            assert_eq!(
                line.matches("<span").count(),
                line.matches("</span>").count(),
                "{line}"
            );
        }
    }

    #[test]
    fn placeholders_are_marked_and_redirections_are_not() {
        let tags = regex::Regex::new("</?(?:span|var)[^>]*>").expect("it is well formed");
        for (line, expected) in [
            ("npm view <package> dist-tags", 1),
            ("git tag \"v<new version>\" -m '<text>'", 2),
            ("cat <<EOF >out", 0),
            ("cat <in >out", 0),
            ("diff <(a) <(b)", 0),
            ("a 2>&1 < b", 0),
        ] {
            let html = whole("sh", line);
            assert_eq!(html.matches("<var>").count(), expected, "{line}: {html}");
            let text = html
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
            let text = text.replace("&quot;", "\"").replace("&#39;", "'");
            assert_eq!(tags.replace_all(&text, ""), line, "nothing is lost");
        }
        assert!(!whole("html", "<package>").contains("<var>"));
    }
}
