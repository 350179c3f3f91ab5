//! Code blocks: a caption, the code in its colours, marked lines, and in terminal sessions what
//! is a prompt, a command and an answer.

use crate::model::prose::CodeBlock;
use crate::model::words::Words;
use crate::site::destructive;
use crate::site::highlight::{self, Layout, SHELLS};
use crate::site::html::{self, escape_into};

/// What stands in the HTML of a block whose code is a diagram.
pub(crate) const DIAGRAM: &str = " data-lang=\"mermaid\"";

/// A code block of an author's text. `anchors` says whether it may have an address.
pub(crate) fn figure(block: &CodeBlock, anchors: bool, words: &Words) -> String {
    let id = block.id.as_deref().filter(|_| anchors);
    let title = block.title.as_deref();
    render(
        &block.language,
        title,
        id,
        &block.marked,
        &block.text,
        words,
    )
}

/// Code in a language, with the language's name as its caption.
pub(crate) fn figure_of(language: &str, code: &str, words: &Words) -> String {
    render(language, None, None, &[], code, words)
}

/// Code that is HTML already, with a caption.
pub(crate) fn figure_with(language: &str, html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 120);
    open(&mut out, language, None, None, None);
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

fn render(
    language: &str,
    title: Option<&str>,
    id: Option<&str>,
    marked: &[(usize, usize)],
    code: &str,
    words: &Words,
) -> String {
    let mut out = String::with_capacity(code.len() * 3 + 120);
    let warning = is_risky(language, code).then(|| html::said(words, "text", "destructive", &[]));
    open(&mut out, language, title, id, warning);
    match (marked.is_empty(), language) {
        (_, "diff") => lines_into(&mut out, &painted(language, code), |line| {
            changed(code.lines().nth(line - 1).unwrap_or_default())
        }),
        (false, _) => lines_into(&mut out, &painted(language, code), |line| {
            let inside = |(first, last): &(usize, usize)| (*first..=*last).contains(&line);
            marked.iter().any(inside).then_some("hl")
        }),
        (true, _) if is_session(language) => out.push_str(&session(code).concat()),
        (true, _) => out.push_str(&highlight::paint(language, code, Layout::Whole).concat()),
    }
    out.push_str(END);
    out
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

/// The lines of some code, each complete in itself.
fn painted(language: &str, code: &str) -> Vec<String> {
    match is_session(language) {
        true => session(code),
        false => highlight::paint(language, code, Layout::Lines),
    }
}

/// Puts lines out; those that `class` has a word for, counted from 1, are marked with it.
fn lines_into(out: &mut String, lines: &[String], class: impl Fn(usize) -> Option<&'static str>) {
    for (index, line) in lines.iter().enumerate() {
        match class(index + 1) {
            Some(class) => out.push_str(&format!("<span class=\"{class}\">{line}</span>")),
            None => out.push_str(line),
        }
    }
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
fn said(code: &str) -> Vec<Said<'_>> {
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
fn session(code: &str) -> Vec<String> {
    let marked = |class: &str, text: &str| {
        let mut out = format!("<span class=\"{class}\">");
        escape_into(&mut out, text);
        out + "</span>"
    };
    let line = |said: &Said<'_>| match said {
        Said::Answered(line) => marked("o", line),
        Said::Typed("", typed) => highlight::paint("sh", typed, Layout::Whole).concat(),
        Said::Typed(prompt, typed) => {
            marked("p", prompt) + &highlight::paint("sh", typed, Layout::Whole).concat()
        }
    };
    said(code).iter().map(line).collect()
}

/// What was typed in a session.
fn commands(code: &str) -> String {
    let typed = said(code).into_iter().filter_map(|said| match said {
        Said::Typed(_, typed) => Some(typed),
        Said::Answered(_) => None,
    });
    typed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let block = |language: &str, marked: &[(usize, usize)]| {
            render(
                language,
                None,
                None,
                marked,
                "--- a\n+new\n-old\n",
                &Words::default(),
            )
        };
        let marked = block("text", &[(2, 3)]);
        assert_eq!(marked.matches("class=\"hl\"").count(), 2, "{marked}");
        let diff = block("diff", &[]);
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
