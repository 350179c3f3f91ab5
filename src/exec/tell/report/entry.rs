//! A draft for the troubleshooting pages, from what a run learned: the message of a step that
//! failed, what people remarked until it was mended, and what mended it.

use super::line::{self, JournalLine};
use super::markdown::{block, escape};
use super::plan_index::PlanIndex;
use super::words::{self, one_line};
use crate::exec::plan::{Command, Plan, Step};
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::known_errors::Pattern;

/// How many lines of a log are messages worth finding the page by.
const MESSAGES: usize = 3;
/// How many lines of a log a draft shows.
const SHOWN: usize = 30;
/// How long such a message may be, in characters.
const LONGEST_MESSAGE: usize = 200;

/// A step that failed in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its path in the run.
    pub step: String,
    /// The first try that failed.
    pub attempt: u64,
}

/// The steps that failed, the first first.
pub fn failures(entries: &[Entry]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    for line in line::read(entries).iter().filter(|line| line.is_failure()) {
        let Event::StepFinished { step, attempt, .. } = line.event else {
            continue;
        };
        if found.iter().all(|failure| failure.step != *step) {
            found.push(Failure {
                step: step.clone(),
                attempt: u64::from(*attempt),
            });
        }
    }
    found
}

/// A page about a failure; `log` is the end of what the try said.
pub fn draft(plan: &Plan, entries: &[Entry], failure: &Failure, log: &str) -> String {
    let lines = line::read(entries);
    let step = plan.step(&failure.step);
    let known = PlanIndex::of(plan);
    let title = known.title(&failure.step);
    let messages = messages(log);
    let story = story(&lines, failure);
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
        &fixes(&known, story, step),
        "Not fixed in the run. Say what helps.",
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
    let written: Vec<String> = messages
        .iter()
        .filter_map(|line| Pattern::written(line))
        .collect();
    if !written.is_empty() {
        out += "errors:\n";
    }
    for message in written {
        out += &format!("  - {}\n", quoted(&message));
    }
    out + "---\n"
}

/// A page about what a log says, to be completed.
pub fn draft_of_log(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let end = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    format!(
        "{}\n## What you see\n\n{}\n## Why\n\nSay what caused it.\n\n## Fix\n\nSay what helps.\n\n## Prove it\n\nSay how one sees that it is fixed.\n",
        front_matter("A command", &messages(log)),
        block(&end)
    )
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
fn story<'l, 'e>(lines: &'l [JournalLine<'e>], failure: &Failure) -> &'l [JournalLine<'e>] {
    let of_step = |line: &JournalLine<'_>| line.step() == failure.step;
    let first = lines
        .iter()
        .position(|line| of_step(line) && line.is_failure())
        .unwrap_or(lines.len());
    let rest = &lines[first..];
    let end = rest.iter().position(|line| {
        of_step(line)
            && match line.event {
                Event::StepFinished { .. } => !line.is_failure(),
                Event::StepDoneByHand { .. }
                | Event::StepSkipped { .. }
                | Event::StepNotNeeded { .. } => true,
                _ => false,
            }
    });
    &rest[..end.map_or(rest.len(), |end| end + 1)]
}

fn remarks(story: &[JournalLine<'_>]) -> Vec<String> {
    let remark = |line: &JournalLine<'_>| match line.event {
        Event::NoteAdded { text, .. } => Some(text.clone()),
        _ => None,
    };
    story.iter().filter_map(remark).collect()
}

/// What the author advised, and what settled the step.
fn fixes(known: &PlanIndex<'_>, story: &[JournalLine<'_>], step: Option<&Step>) -> Vec<String> {
    let advice = step.and_then(|step| step.fail_text.clone());
    let settled = story.last().and_then(|line| match line.event {
        Event::StepFinished { .. } if !line.is_failure() => {
            Some("Then another try succeeds.".to_owned())
        }
        Event::StepDoneByHand { reason, .. } => Some(format!("By hand: {reason}")),
        Event::StepSkipped { .. } | Event::StepNotNeeded { .. } => {
            words::describe_event(known, line)
        }
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
