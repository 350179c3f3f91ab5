//! The colours of code: HTML with few, short classes.
//!
//! `syntect` reads the code; what it calls a token is folded into one letter (`k` keyword, `s`
//! string, `c` comment, …), and neighbours with the same letter share an element, which keeps
//! pages small. One syntax set serves the whole program and is made when the first block asks.
//!
//! A grammar is data that others wrote, and some never come to the end of some texts. So a block
//! has a number of steps, which grows with its length alone; whoever needs more is shown plain.

use crate::site::escape::escape_into;
use std::ops::Range;
use std::sync::LazyLock;
use syntect::parsing::{
    ParseState, ParsingError, Scope, ScopeStack, Steps, SyntaxReference, SyntaxSet,
};

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

/// The longest line that is coloured, in bytes: a grammar may look at a whole line for each of its
/// tokens.
const LONGEST_LINE: usize = 8 << 10;

/// The steps that any block may take, and those it may take for each of its bytes. Real code takes
/// 5 to 60 a byte; a step is some 100 ns.
const STEPS: u64 = 200_000;
const STEPS_A_BYTE: u64 = 300;

/// Why a block has no colours although its language is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// A line is too long; its length in bytes.
    LongLine(usize),
    /// Its grammar needs more steps than these, or a pattern of it cannot be used.
    Steps(u64),
}

/// Code as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Painting {
    /// Line by line in the layout [`Layout::Lines`], else one piece.
    pub(crate) pieces: Vec<String>,
    /// Set if the block was given up; all its text is there.
    pub(crate) plain: Option<Plain>,
}

/// The colours of some code.
pub(crate) fn paint(language: &str, code: &str, layout: Layout) -> Painting {
    let grammar = syntax(language);
    let (pieces, plain) = match coloured(language, code, layout, grammar) {
        Ok(pieces) => (pieces, None),
        Err(why) => {
            let uncoloured = coloured(language, code, layout, None);
            (uncoloured.unwrap_or_default(), Some(why))
        }
    };
    Painting { pieces, plain }
}

/// How many steps a block of this many bytes may take.
fn steps(bytes: usize) -> u64 {
    STEPS + STEPS_A_BYTE * bytes as u64
}

fn coloured(
    language: &str,
    code: &str,
    layout: Layout,
    grammar: Option<&SyntaxReference>,
) -> Result<Vec<String>, Plain> {
    let shell = SHELLS.contains(&language);
    let mut painter = Painter {
        out: String::with_capacity(code.len() * 2),
        open: None,
        slots: Vec::new(),
        steps: Steps::new(steps(code.len())),
    };
    let mut grammar = grammar.map(ParseState::new);
    let mut stack = ScopeStack::new();
    let mut done = Vec::new();
    for line in code.split_inclusive('\n') {
        painter.slots = if shell { slots(line) } else { Vec::new() };
        painter.slots.reverse();
        match &mut grammar {
            Some(_) if line.len() > LONGEST_LINE => return Err(Plain::LongLine(line.len())),
            Some(state) => painter
                .line(line, state, &mut stack)
                .map_err(|_| Plain::Steps(steps(code.len())))?,
            None => painter.piece(line, 0..line.len(), &stack),
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
    Ok(done)
}

/// Languages in which `<name>` is a placeholder that somebody has to fill in.
pub(crate) const SHELLS: [&str; 5] = ["sh", "bash", "zsh", "shell", "console"];

/// The placeholders of a line: `<name>` or `<two words>`, and no redirection or here-document.
fn slots(line: &str) -> Vec<Range<usize>> {
    let inner = |b: &u8| b.is_ascii_alphanumeric() || b" _-.".contains(b);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, _) in line.match_indices('<') {
        let rest = &line[start + 1..];
        let length = rest.bytes().take_while(inner).count();
        let (name, behind) = rest.split_at(length);
        let apart = !line[..start].ends_with('<') && !behind.starts_with(">>");
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.ends_with(|c: char| c.is_ascii_alphanumeric());
        if apart && named && behind.starts_with('>') {
            found.push(start..start + length + 2);
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
    /// The placeholders of the line that are still to come, from right to left.
    slots: Vec<Range<usize>>,
    /// What the block may still cost.
    steps: Steps,
}

impl Painter {
    /// A line in its colours.
    ///
    /// # Errors
    /// When the grammar needs too much. One that cannot go on in another way, because it names a
    /// grammar that is not there, leaves its line uncoloured.
    fn line(
        &mut self,
        line: &str,
        state: &mut ParseState,
        stack: &mut ScopeStack,
    ) -> Result<(), ParsingError> {
        let operations = match state.parse_line_within(line, &SYNTAXES, &mut self.steps) {
            Err(why @ (ParsingError::OutOfSteps | ParsingError::UnusableRegex)) => return Err(why),
            operations => operations.unwrap_or_default(),
        };
        let mut from = 0;
        for (at, operation) in operations {
            // What was captured behind a match's own start would take us back.
            let at = at.max(from);
            self.piece(line, from..at, stack);
            from = at;
            if stack.apply(&operation).is_err() {
                *stack = ScopeStack::new();
            }
        }
        self.piece(line, from..line.len(), stack);
        Ok(())
    }

    /// A piece of a line. Placeholders are written whole when their first piece comes.
    fn piece(&mut self, line: &str, piece: Range<usize>, stack: &ScopeStack) {
        let mut from = piece.start;
        while let Some(slot) = self.slots.pop_if(|slot| slot.start < piece.end) {
            if slot.start >= from {
                self.words(&line[from..slot.start], stack);
                self.switch(None);
                self.out.push_str("<var>");
                escape_into(&mut self.out, &line[slot.clone()]);
                self.out.push_str("</var>");
            }
            from = slot.end.max(from);
            if slot.end > piece.end {
                self.slots.push(slot);
                break;
            }
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
mod properties;

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(language: &str, code: &str) -> String {
        paint(language, code, Layout::Whole).pieces.concat()
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
    fn a_block_that_its_grammar_never_ends_is_plain_and_whole() {
        for (language, code) in [
            ("javascript", "x /*"),
            ("javascript", "{\n  \"a\": true\n  /* W */\n}\n"),
        ] {
            for layout in [Layout::Whole, Layout::Lines] {
                let painting = paint(language, code, layout);
                assert_eq!(painting.plain, Some(Plain::Steps(steps(code.len()))));
                assert_eq!(
                    painting.pieces.concat(),
                    crate::site::escape::escape(code),
                    "{code}"
                );
            }
        }
    }

    #[test]
    fn a_block_with_a_line_that_is_too_long_is_plain() {
        let long = format!("true\necho {}\n", "a".repeat(1 << 20));
        let painting = paint("sh", &long, Layout::Whole);
        assert_eq!(painting.plain, Some(Plain::LongLine((1 << 20) + 6)));
        assert_eq!(painting.pieces, [long]);
    }

    #[test]
    fn what_a_block_may_cost_grows_with_its_length_alone() {
        let line = "let x = [1, 2, 3].map((y) => `${y} /* ${x}`); // done\n";
        for times in [1, 10, 1_000] {
            let painting = paint("js", &line.repeat(times), Layout::Whole);
            assert_eq!(painting.plain, None, "{times}");
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
        let lines = paint("js", "/* a\nb */ let c;\n", Layout::Lines).pieces;
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
