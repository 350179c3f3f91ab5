//! A draft for the troubleshooting pages, from what a run learned: the message of a step that
//! failed, what people remarked until it was mended, and what mended it.

use super::fact::{self, Fact};
use super::known::Known;
use super::markdown::{block, escape};
use super::words::{self, one_line};
use crate::exec::journal::Entry;
use crate::exec::plan::{Command, Plan, Step};

/// How many lines of a log are messages worth finding the page by.
const MESSAGES: usize = 3;
/// How long such a message may be, in characters.
const LONGEST_MESSAGE: usize = 200;

/// A step that failed in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The step.
    pub step: String,
    /// The first try that failed.
    pub attempt: u64,
}

/// The steps that failed, the first first.
pub fn failures(entries: &[Entry]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    for fact in fact::read(entries).iter().filter(|fact| fact.is_failure()) {
        if found.iter().all(|failure| failure.step != fact.step()) {
            found.push(Failure {
                step: fact.step().to_owned(),
                attempt: fact.number("attempt").unwrap_or_default(),
            });
        }
    }
    found
}

/// A page about a failure; `log` is the end of what the try said.
pub fn draft(plan: &Plan, entries: &[Entry], failure: &Failure, log: &str) -> String {
    let facts = fact::read(entries);
    let step = plan.step(&failure.step);
    let known = Known::of(plan);
    let title = known.title(&failure.step);
    let messages = messages(log);
    let story = story(&facts, failure);
    let mut out = front_matter(&title, &messages);
    out += &format!(
        "\n## What you see\n\n\"{}\", a step of the runbook {}, fails:\n\n{}",
        escape(&title),
        escape(&plan.runbook),
        block(log)
    );
    out += "\n## Why\n\n";
    out += &list(
        &remarks(story),
        "Not written down in the run. Say what caused it.",
    );
    out += "\n## Fix\n\n";
    out += &list(
        &mends(&known, story, step),
        "Not mended in the run. Say what helps.",
    );
    if let Some(command) = step.and_then(|step| step.verify.as_ref()) {
        out += &format!(
            "\n## Prove it\n\n{}",
            block(&command_text(&command.command))
        );
    }
    out
}

fn front_matter(title: &str, messages: &[String]) -> String {
    let quoted = |text: &str| serde_json::Value::from(one_line(text)).to_string();
    let named = match messages.last() {
        Some(message) => format!("{title}: {message}"),
        None => format!("{title} fails"),
    };
    let mut out = format!(
        "---\ntitle: {}\nkind: troubleshooting\ndraft: true\nsymptoms:\n  - {}\n",
        quoted(&named),
        quoted(&format!("{title} fails"))
    );
    if !messages.is_empty() {
        out += "errors:\n";
    }
    for message in messages {
        out += &format!("  - {}\n", quoted(message));
    }
    out + "---\n"
}

/// The last lines of a log that say something, in their order.
fn messages(log: &str) -> Vec<String> {
    let lines = log.lines().map(one_line).filter(|line| !line.is_empty());
    let mut found: Vec<String> = Vec::new();
    for line in lines.rev() {
        let line: String = line.chars().take(LONGEST_MESSAGE).collect();
        if found.len() < MESSAGES && !found.contains(&line) {
            found.push(line);
        }
    }
    found.reverse();
    found
}

/// What happened from the failure on until the step was settled, that included.
fn story<'f>(facts: &'f [Fact], failure: &Failure) -> &'f [Fact] {
    let of_step = |fact: &Fact| fact.step() == failure.step;
    let first = facts
        .iter()
        .position(|fact| of_step(fact) && fact.is_failure())
        .unwrap_or(facts.len());
    let rest = &facts[first..];
    let end = rest.iter().position(|fact| {
        of_step(fact)
            && match fact.kind.as_str() {
                "step.finished" => !fact.is_failure(),
                "step.done_by_hand" | "step.skipped" | "step.not_needed" => true,
                _ => false,
            }
    });
    &rest[..end.map_or(rest.len(), |end| end + 1)]
}

fn remarks(story: &[Fact]) -> Vec<String> {
    let notes = story.iter().filter(|fact| fact.kind == "note.added");
    notes.map(|fact| fact.text("text").to_owned()).collect()
}

/// What the author advised, and what settled the step.
fn mends(known: &Known<'_>, story: &[Fact], step: Option<&Step>) -> Vec<String> {
    let advice = step.and_then(|step| step.fail_text.clone());
    let settled = story.last().and_then(|fact| match fact.kind.as_str() {
        "step.finished" if !fact.is_failure() => Some("Then another try succeeds.".to_owned()),
        "step.done_by_hand" => Some(format!("By hand: {}", fact.text("reason"))),
        "step.skipped" | "step.not_needed" => words::of(known, fact),
        _ => None,
    });
    advice.into_iter().chain(settled).collect()
}

fn list(items: &[String], otherwise: &str) -> String {
    match items {
        [] => format!("{otherwise}\n"),
        items => items
            .iter()
            .map(|item| format!("- {}\n", escape(item)))
            .collect(),
    }
}

fn command_text(command: &Command) -> String {
    match command {
        Command::Shell { script, .. } => script.trim_end().to_owned(),
        Command::Program(items) => {
            let words: Vec<String> = items
                .iter()
                .map(|item| item.0.iter().map(piece).collect())
                .collect();
            words.join(" ")
        }
    }
}

fn piece(piece: &crate::exec::plan::Piece) -> String {
    match piece {
        crate::exec::plan::Piece::Text(text) => text.clone(),
        crate::exec::plan::Piece::Value(path) => format!("${{{{ {path} }}}}"),
    }
}
