//! Code blocks: a caption, the code in its colours, marked lines, and in terminal sessions what
//! is a prompt, a command and an answer.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::prose::CodeBlock;
use crate::model::words::Words;
use crate::site::destructive;
use crate::site::escape::{self, escape_into};
use crate::site::highlight::{Layout, Plain, SHELLS};
use crate::site::highlight_cache;
use crate::source::Span;
use std::cell::{Cell, RefCell};

/// What stands in the HTML of a block whose code is a diagram.
pub(crate) const DIAGRAM: &str = " data-lang=\"mermaid\"";

/// A code block of an author's text. `anchors` says whether it may have an address. A block whose
/// colours were given up is a finding.
pub(crate) fn figure(
    block: &CodeBlock,
    anchors: bool,
    words: &Words,
    found: &RefCell<Diagnostics>,
) -> String {
    let (html, plain) = render(block, anchors, words);
    report(plain, &block.language, block.span, found);
    html
}

/// The script of a command that stands at a place of a runbook, with its language as its caption.
pub(crate) fn script(
    code: &str,
    span: Span,
    words: &Words,
    found: &RefCell<Diagnostics>,
) -> String {
    let block = CodeBlock {
        language: "sh".to_owned(),
        id: None,
        title: None,
        marked: Vec::new(),
        text: code.to_owned(),
        span,
    };
    figure(&block, false, words, found)
}

/// Says that a block has no colours although its language is known.
fn report(plain: Option<Plain>, language: &str, span: Span, found: &RefCell<Diagnostics>) {
    let Some(why) = plain else { return };
    let (why, help) = match why {
        Plain::LongLine(bytes) => (
            format!("a line of it has {bytes} bytes"),
            "break the line, or write `text` as the language",
        ),
        Plain::Steps(steps) => (
            format!("its grammar needs more than {steps} steps for it"),
            "finish what is open in it (a comment, a string), or write `text` as the language",
        ),
    };
    let message = format!("this `{language}` block is shown without colours: {why}");
    let finding = Diagnostic::new(codes::CODE_UNCOLOURED, span, message).help(help);
    found.borrow_mut().report(finding);
}

/// Code that is HTML already, with a caption: its language, unless it has another one.
pub(crate) fn figure_with(language: &str, caption: Option<&str>, html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 120);
    open(&mut out, language, caption, None, None);
    out.push_str(html);
    out.push_str(END);
    out
}

const END: &str = "</code></pre></figure>\n";

/// Everything before the code.
fn open(
    out: &mut String,
    language: &str,
    title: Option<&str>,
    id: Option<&str>,
    warning: Option<String>,
) {
    out.push_str("<figure class=\"code");
    out.push_str(if warning.is_some() { " risky\"" } else { "\"" });
    for (name, value) in [("id", id), ("data-lang", Some(language))] {
        if let Some(value) = value {
            out.push_str(&format!(" {name}=\""));
            escape_into(out, value);
            out.push('"');
        }
    }
    out.push_str("><figcaption>");
    if let Some(warning) = warning {
        out.push_str(&format!("<strong>{warning}</strong> "));
    }
    escape_into(out, title.unwrap_or(language));
    out.push_str("</figcaption><pre tabindex=\"0\"><code>");
}

fn render(block: &CodeBlock, anchors: bool, words: &Words) -> (String, Option<Plain>) {
    let (language, code) = (&*block.language, &*block.text);
    let mut out = String::with_capacity(code.len() * 3 + 120);
    let warning =
        is_risky(language, code).then(|| escape::escaped_word(words, "text", "destructive", &[]));
    let id = block.id.as_deref().filter(|_| anchors);
    open(&mut out, language, block.title.as_deref(), id, warning);
    let plain = match (block.marked.is_empty(), language) {
        (_, "diff") => lines_into(&mut out, language, code, |_, line| changed(line)),
        (false, _) => lines_into(&mut out, language, code, |number, _| {
            let next = block.marked.partition_point(|(_, last)| *last < number);
            let inside = |(first, _): &(usize, usize)| *first <= number;
            block.marked.get(next).is_some_and(inside).then_some("hl")
        }),
        (true, _) => {
            let (pieces, plain) = painted(language, code, Layout::Whole);
            out.push_str(&pieces.concat());
            plain
        }
    };
    out.push_str(END);
    (out, plain)
}

fn is_session(language: &str) -> bool {
    matches!(language, "console" | "shell-session")
}

fn is_risky(language: &str, code: &str) -> bool {
    match is_session(language) {
        true => destructive::holds(&commands(code)),
        false => SHELLS.contains(&language) && destructive::holds(code),
    }
}

/// Some code in its colours; the lines of a session are complete in themselves in either layout.
fn painted(language: &str, code: &str, layout: Layout) -> (Vec<String>, Option<Plain>) {
    match is_session(language) {
        true => session(code),
        false => {
            let painting = highlight_cache::paint(language, code, layout);
            (painting.pieces, painting.plain)
        }
    }
}

/// Puts lines out; those that `class` has a word for, by their number from 1 and their text, are
/// marked with it.
fn lines_into(
    out: &mut String,
    language: &str,
    code: &str,
    class: impl Fn(usize, &str) -> Option<&'static str>,
) -> Option<Plain> {
    let (lines, plain) = painted(language, code, Layout::Lines);
    let texts = code.lines().chain(std::iter::repeat(""));
    for (index, (line, text)) in lines.iter().zip(texts).enumerate() {
        match class(index + 1, text) {
            Some(class) => out.push_str(&format!("<span class=\"{class}\">{line}</span>")),
            None => out.push_str(line),
        }
    }
    plain
}

/// The class of a line of a diff.
fn changed(line: &str) -> Option<&'static str> {
    let heads = ["+++ ", "--- "];
    match line.as_bytes().first() {
        _ if heads.iter().any(|head| line.starts_with(head)) => None,
        Some(b'+') => Some("ins"),
        Some(b'-') => Some("del"),
        _ => None,
    }
}

/// A line of a terminal session.
enum Said<'l> {
    /// A prompt, if the line has one, and what was typed behind it.
    Typed(&'l str, &'l str),
    Answered(&'l str),
}

/// What was typed and what was answered: a command goes on after a backslash at the end of a
/// line, and to the end of its here-document.
fn split_session(code: &str) -> Vec<Said<'_>> {
    let mut found = Vec::new();
    let mut continued = false;
    let mut document: Option<&str> = None;
    for line in code.split_inclusive('\n') {
        let prompt = if continued || document.is_some() {
            Some(0)
        } else {
            prompt(line)
        };
        let Some(prompt) = prompt else {
            found.push(Said::Answered(line));
            continue;
        };
        let (prompt, typed) = line.split_at(prompt);
        match document {
            Some(end) if typed.trim() == end => document = None,
            Some(_) => {}
            None => document = here_document(typed),
        }
        continued = document.is_none() && typed.trim_end_matches(['\r', '\n']).ends_with('\\');
        found.push(Said::Typed(prompt, typed));
    }
    found
}

/// How long the prompt at the start of a line is: `$ `, `# `, or these behind `name@host:path`.
fn prompt(line: &str) -> Option<usize> {
    if line.starts_with("$ ") || line.starts_with("# ") {
        return Some(2);
    }
    let (name, _) = line.split_once(' ')?;
    let hosted = name.contains('@') && name.ends_with(['$', '#']);
    hosted.then_some(name.len() + 1)
}

/// The word that ends the here-document which a command begins.
fn here_document(typed: &str) -> Option<&str> {
    let (_, rest) = typed.split_once("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    let rest = rest.trim_start_matches(['\'', '"']);
    let end = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// A terminal session: prompts and answers are marked, so that copying leaves them out.
fn session(code: &str) -> (Vec<String>, Option<Plain>) {
    let marked = |class: &str, text: &str| {
        let mut out = format!("<span class=\"{class}\">");
        escape_into(&mut out, text);
        out + "</span>"
    };
    let plain = Cell::new(None);
    let typed = |text: &str| {
        let painting = highlight_cache::paint("sh", text, Layout::Whole);
        plain.set(plain.get().or(painting.plain));
        painting.pieces.concat()
    };
    let line = |said: &Said<'_>| match said {
        Said::Answered(line) => marked("o", line),
        Said::Typed("", text) => typed(text),
        Said::Typed(prompt, text) => marked("p", prompt) + &typed(text),
    };
    let lines = split_session(code).iter().map(line).collect();
    (lines, plain.get())
}

/// What was typed in a session.
fn commands(code: &str) -> String {
    let typed = split_session(code)
        .into_iter()
        .filter_map(|said| match said {
            Said::Typed(_, typed) => Some(typed),
            Said::Answered(_) => None,
        });
    typed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn block(language: &str, marked: &[(usize, usize)], code: &str) -> CodeBlock {
        CodeBlock {
            language: language.to_owned(),
            id: None,
            title: None,
            marked: marked.to_vec(),
            text: code.to_owned(),
            span: Span::start_of(Sources::default().add("a.md", String::new())),
        }
    }

    fn figure_of(language: &str, code: &str, words: &Words) -> String {
        render(&block(language, &[], code), false, words).0
    }

    #[test]
    fn copying_a_session_takes_the_commands_alone() {
        for (code, expected) in [
            ("$ ls\ntotal 0\n", "ls\n"),
            ("$ ls \\\n  -l\ntotal 0\n", "ls \\\n  -l\n"), // the backslash stays
            ("root@pve:~# qm list\n 101\n", "qm list\n"),
            (
                "$ cat <<'END' > f\n$ x\nEND\nok\n",
                "cat <<'END' > f\n$ x\nEND\n",
            ),
            ("no prompt\n", ""),
        ] {
            assert_eq!(commands(code), expected, "{code}");
        }
    }

    #[test]
    fn a_session_marks_prompts_and_output() {
        let html = figure_of("console", "$ ls \\\n  -l\ntotal <0>\n", &Words::default());
        assert_eq!(html.matches("class=\"p\"").count(), 1, "{html}");
        assert!(
            html.contains("<span class=\"o\">total &lt;0&gt;\n</span>"),
            "{html}"
        );
    }

    #[test]
    fn marked_lines_and_changes_have_a_class() {
        let shown = |language: &str, marked: &[(usize, usize)]| {
            let block = block(language, marked, "--- a\n+new\n-old\n");
            render(&block, false, &Words::default()).0
        };
        let marked = shown("text", &[(2, 3)]);
        assert_eq!(marked.matches("class=\"hl\"").count(), 2, "{marked}");
        let diff = shown("diff", &[]);
        for class in ["ins", "del"] {
            assert_eq!(
                diff.matches(&format!("class=\"{class}\"")).count(),
                1,
                "{diff}"
            );
        }
    }

    #[test]
    fn only_commands_make_a_block_risky() {
        for (language, code, expected) in [
            ("sh", "rm -rf x\n", true),
            ("console", "$ rm -rf x\n", true),
            ("console", "rm -rf x\n", false), // an answer
            ("text", "rm -rf x\n", false),
        ] {
            let mut words = Words::default();
            words.set("text", "destructive", "Careful".to_owned());
            let html = figure_of(language, code, &words);
            assert_eq!(html.contains("risky"), expected, "{language}: {html}");
        }
    }
}
