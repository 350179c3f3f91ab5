//! What Markdown and HTML both show: a report as a lead and tables, in the order of reading.

use super::{Answer, Deviation, Report, TimelineEntry};
use crate::exec::plan::SourceRecord;
use crate::exec::state::gate::{Owed, RefusedReview};
use crate::exec::store::Explained;
use crate::times;
use serde::Serialize;

/// A report, ready to be laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct View {
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) sections: Vec<Section>,
}

/// A table under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Section {
    pub(super) title: &'static str,
    /// Whether it is to be seen before anything else.
    pub(super) loud: bool,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// The tables of a report; those without a row are left out.
pub(super) fn lay_out(report: &Report) -> View {
    let sections = [
        section("Owed", ["Step", "By", "Due"], owed(report)).loud(),
        section("Reviews refused", ["Step", "What"], refused(report)).loud(),
        section("Overruled", OVERRIDES, deviations(&report.overrides)).loud(),
        section("What was run", ["", ""], facts(report)),
        section("Deviations", OVERRIDES, deviations(&report.deviations)),
        section(
            "Known errors",
            ["Step", "Entry", "Message"],
            answers(report),
        ),
        section(
            "Decisions",
            ["After", "What"],
            timeline_entries(&report.decisions),
        ),
        section(
            "Times",
            ["Step", "Tries", "Took", "Expected"],
            steps(report),
        ),
        section("People", ["Waited", "For"], people(report)),
        section("Outputs", ["Step", "Name", "Value"], outputs(report)),
        section(
            "Timeline",
            ["After", "What"],
            timeline_entries(&report.timeline),
        ),
        section("Digests", ["Of", "SHA-256", "Bytes"], digests(report)),
    ];
    View {
        title: format!("{} {}", report.title, report.version),
        lead: lead(report),
        sections: sections
            .into_iter()
            .filter(|section| !section.rows.is_empty())
            .collect(),
    }
}

const OVERRIDES: [&str; 3] = ["At", "", "What"];

fn section<const N: usize>(
    title: &'static str,
    head: [&'static str; N],
    rows: Vec<[String; N]>,
) -> Section {
    Section {
        title,
        loud: false,
        head: head.into(),
        rows: rows.into_iter().map(Vec::from).collect(),
    }
}

impl Section {
    fn loud(self) -> Self {
        Self { loud: true, ..self }
    }
}

/// Reviews that nobody gave yet.
fn owed(report: &Report) -> Vec<[String; 3]> {
    let row = |owed: &Owed| {
        let people = match owed.people.as_slice() {
            [] => String::new(),
            people => format!(" ({})", people.join(", ")),
        };
        let due = owed.due.as_deref().map(times::second);
        [
            owed.step.clone(),
            format!("{}{people}", owed.roles.join(" or ")),
            due.unwrap_or_default(),
        ]
    };
    report.owed.iter().map(row).collect()
}

/// Reviews that somebody refused.
fn refused(report: &Report) -> Vec<[String; 2]> {
    let row = |one: &RefusedReview| [one.step.clone(), format!("refused {}", one.answer)];
    report.refused_reviews.iter().map(row).collect()
}

fn lead(report: &Report) -> String {
    let times = report.times;
    let expected = times.expected.map_or(String::new(), |expected| {
        format!(" (expected: {})", times::elapsed(expected))
    });
    format!(
        "{}, begun by {} at {}. It took {}: {} of work{expected}, {} of waiting for people.",
        report.state,
        report.initiator,
        times::second(&report.began),
        times::elapsed(times.total),
        times::elapsed(times.working),
        times::elapsed(times.people)
    )
}

fn facts(report: &Report) -> Vec<[String; 2]> {
    let row = |name: &str, value: String| [name.to_owned(), value];
    let mut rows = vec![row("Run", report.run.clone())];
    for (name, value) in [
        ("Incident", &report.incident),
        ("Ticket", &report.ticket),
        ("Owner", &report.owner),
        ("Key", &report.run_key),
        ("Like run", &report.like),
    ] {
        rows.extend(value.iter().map(|value| row(name, value.clone())));
    }
    rows.extend(
        std::iter::once(&report.source)
            .chain(&report.called)
            .map(|source| row("Runbook", origin(source))),
    );
    rows.push(row("Target", report.target.clone()));
    rows.extend(
        report
            .target_commit
            .iter()
            .map(|commit| row("Target's commit", commit.clone())),
    );
    rows.extend(
        report
            .params
            .iter()
            .map(|(name, value)| row("Param", format!("{name} = {value}"))),
    );
    rows.extend(
        report
            .ended
            .iter()
            .map(|at| row("Ended", times::second(at))),
    );
    rows
}

fn origin(source: &SourceRecord) -> String {
    let repository = source.repository.as_deref().unwrap_or("no repository");
    match (&source.commit, source.dirty) {
        (Some(commit), false) => format!("{} of {repository} at {commit}", source.path),
        (Some(commit), true) => {
            format!("{} of {repository}, not as it is at {commit}", source.path)
        }
        (None, _) => format!("{} of {repository}, in no commit", source.path),
    }
}

fn deviations(found: &[Deviation]) -> Vec<[String; 3]> {
    let row = |found: &Deviation| {
        [
            times::second(&found.at),
            found.what.clone(),
            found.text.clone(),
        ]
    };
    found.iter().map(row).collect()
}

/// In place of a line, where no message led to an entry.
const LINKED: &str = "The step links to it.";

fn answers(report: &Report) -> Vec<[String; 3]> {
    let row = |answer: &Answer| {
        let Explained { entry, line, .. } = &answer.explained;
        [
            answer.step.clone(),
            format!("{} ({})", entry.name(), entry.path),
            line.clone().unwrap_or_else(|| LINKED.to_owned()),
        ]
    };
    report.answers.iter().map(row).collect()
}

fn timeline_entries(found: &[TimelineEntry]) -> Vec<[String; 2]> {
    let row = |found: &TimelineEntry| [times::elapsed(found.seconds), found.text.clone()];
    found.iter().map(row).collect()
}

fn steps(report: &Report) -> Vec<[String; 4]> {
    let row = |step: &super::StepTime| {
        let late = if step.late { ", longer" } else { "" };
        let expected = step.expected.map(times::elapsed);
        [
            step.title.clone(),
            step.tries.to_string(),
            format!("{}{late}", times::elapsed(step.seconds)),
            expected.unwrap_or_default(),
        ]
    };
    report.steps.iter().map(row).collect()
}

fn people(report: &Report) -> Vec<[String; 2]> {
    let row = |wait: &super::PersonTime| [times::elapsed(wait.seconds), wait.text.clone()];
    report.people.iter().map(row).collect()
}

fn outputs(report: &Report) -> Vec<[String; 3]> {
    let row = |out: &super::Output| {
        let step = match out.step.as_str() {
            "" => "the run",
            step => step,
        };
        [step.to_owned(), out.name.clone(), out.value.clone()]
    };
    report.outputs.iter().map(row).collect()
}

fn digests(report: &Report) -> Vec<[String; 3]> {
    let digests = &report.digests;
    let row = |of: String, sha256: &str, bytes: String| [of, sha256.to_owned(), bytes];
    let mut rows = vec![
        row("plan".to_owned(), &digests.plan, String::new()),
        row(
            format!("journal, {} lines", digests.lines),
            &digests.head,
            String::new(),
        ),
    ];
    rows.extend(digests.logs.iter().map(|log| {
        let of = format!("log of {}, attempt {}", log.step, log.attempt);
        row(of, &log.sha256, log.bytes.to_string())
    }));
    rows.extend(
        digests
            .files
            .iter()
            .map(|file| row(file.name.clone(), &file.sha256, file.bytes.to_string())),
    );
    rows
}
