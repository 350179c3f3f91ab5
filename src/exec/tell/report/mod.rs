//! What a run tells afterwards: a model made from its plan and its journal alone, and the forms in
//! which people and programs read it.
//!
//! `of` reads the journal as `JournalLine`s; `words` says each in a sentence,
//! `deviations` picks what did not go as written, `times` adds up who was waited for. The
//! forms are `markdown` and `html`, which show the same `view`, JSON (the model as it is),
//! and `entry`.

mod deviations;
pub mod entry;
pub mod html;
mod line;
pub mod markdown;
mod plan_index;
mod times;
mod view;
mod words;

use crate::exec::plan::{Plan, SourceRecord};
use crate::exec::record::event::{Attached, Event, Kept, Vouched};
use crate::exec::record::journal::{Contents, Entry};
use crate::exec::state::RunState;
use crate::exec::state::gate::{Owed, RefusedReview};
use crate::exec::store::Explained;
use line::JournalLine;
use plan_index::PlanIndex;
use serde::Serialize;
use std::collections::BTreeMap;

pub use times::{PersonTime, StepTime, Times};

/// Version of the JSON form.
const FORMAT: u32 = 1;

/// What a run did, in the order in which people ask: each form of `runbook report` shows this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of this form.
    pub format: u32,
    /// The run's id.
    pub run: String,
    /// The runbook's id.
    pub runbook: String,
    /// `version` of the runbook.
    pub version: String,
    /// Its name.
    pub title: String,
    /// How the run is, in a word or two.
    pub state: String,
    /// The person who started it.
    pub initiator: String,
    /// The incident that it belongs to.
    pub incident: Option<String>,
    /// The ticket that it belongs to.
    pub ticket: Option<String>,
    /// The role that answers for the runbook.
    pub owner: Option<String>,
    /// The id of the earlier run whose params and target it took.
    pub like: Option<String>,
    /// The key that names it for whoever started it.
    pub run_key: Option<String>,
    /// The folder that steps worked in.
    pub target: String,
    /// The commit that was checked out there.
    pub target_commit: Option<String>,
    /// Where the runbook came from.
    pub source: SourceRecord,
    /// Where the runbooks that it calls came from.
    pub called: Vec<SourceRecord>,
    /// The values of its params.
    pub params: BTreeMap<String, String>,
    /// When its first line was written, RFC 3339 in UTC.
    pub began: String,
    /// When it ended; nothing while it is open.
    pub ended: Option<String>,
    /// How long it took.
    pub times: Times,
    /// Reviews that are owed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<Owed>,
    /// Reviews that were owed and that a person refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_reviews: Vec<RefusedReview>,
    /// Where a person overruled the program.
    pub overrides: Vec<Deviation>,
    /// What else did not go as written.
    pub deviations: Vec<Deviation>,
    /// The entries that answer what failed steps said.
    pub answers: Vec<Answer>,
    /// What people allowed, chose, did and wrote down.
    pub decisions: Vec<TimelineEntry>,
    /// Everything that happened.
    pub timeline: Vec<TimelineEntry>,
    /// Each step whose command was started, in the order of their beginning.
    pub steps: Vec<StepTime>,
    /// Whom the run waited for.
    pub people: Vec<PersonTime>,
    /// What steps and the run as a whole handed on.
    pub outputs: Vec<Output>,
    /// What the record can be compared with.
    pub digests: Digests,
}

/// Something that did not go as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// When.
    pub at: String,
    /// The step; empty for the run as a whole.
    pub step: String,
    /// What sort of thing, in a word or two.
    pub what: String,
    /// What happened.
    pub text: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: String,
    /// Seconds since the run began.
    pub seconds: u64,
    /// The line of the journal, from 1.
    pub line: usize,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened.
    pub text: String,
}

/// A value that was handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The step; empty for the run as a whole.
    pub step: String,
    /// As in `steps.ID.outputs.NAME`.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// What the record can be compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// The SHA-256 of `plan.json`.
    pub plan: String,
    /// The hash of the journal's last line.
    pub head: String,
    /// How many lines the journal has.
    pub lines: usize,
    /// One for each log that an event vouches for, in the order of the journal.
    pub logs: Vec<Log>,
    /// Files that people attached.
    pub files: Vec<Attached>,
    /// Plans that people let the run go on by.
    pub plans: Vec<ChangedPlan>,
    /// Further files of tries: what they were to do, what they handed on, and how they ended.
    pub kept: Vec<Kept>,
}

/// A plan that a person let the run go on by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedPlan {
    /// Its file in the run's folder.
    pub file: String,
    /// Its SHA-256.
    pub sha256: String,
}

/// The log of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Its path in the run.
    pub step: String,
    /// Which try.
    pub attempt: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// What a run has to be told besides its plan and journal.
#[derive(Debug, Clone, Copy)]
pub struct About<'r> {
    /// Its id.
    pub run: &'r str,
    /// The SHA-256 of its plan.
    pub digest: &'r str,
    /// How it is, in a word or two.
    pub state: &'r str,
    /// The entries that answer what failed steps said.
    pub answers: &'r [Answer],
}

/// An entry that answers a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The step's path in the run.
    pub step: String,
    /// The entry, and the line that led to it.
    #[serde(flatten)]
    pub explained: Explained,
}

/// The report of a run.
pub fn assemble(about: About<'_>, plan: &Plan, contents: &Contents) -> Report {
    let (known, lines) = (PlanIndex::of(plan), line::read(&contents.entries));
    let began = lines.first().map_or("", |line| line.at).to_owned();
    let ended = lines.iter().find(|line| line.ends_the_run());
    let state = RunState::fold(&contents.entries);
    let (overrides, deviations) = deviations::collect(plan, &known, &lines);
    let timeline = timeline_entries(&known, &lines, &began, |_| true);
    Report {
        format: FORMAT,
        run: about.run.to_owned(),
        runbook: plan.runbook.clone(),
        version: plan.version.clone(),
        title: plan.title.clone(),
        state: about.state.to_owned(),
        initiator: plan.initiator.clone(),
        incident: plan.incident.clone(),
        ticket: plan.ticket.clone(),
        owner: plan.owner.clone(),
        like: plan.like.clone(),
        run_key: plan.run_key.clone(),
        target: plan.target.clone(),
        target_commit: plan.target_commit.clone(),
        source: plan.source.clone(),
        called: plan.called.clone(),
        params: plan.params.texts().clone(),
        ended: ended.map(|line| line.at.to_owned()),
        times: times::measure(&known, &lines),
        owed: state.owed(),
        refused_reviews: state.refused_reviews(),
        overrides,
        deviations,
        answers: about.answers.to_vec(),
        decisions: timeline_entries(&known, &lines, &began, |line| line.is_of_a_person()),
        timeline,
        steps: tried(times::steps(&known, &lines)),
        people: times::people(&known, &lines),
        outputs: outputs(&lines),
        digests: Digests {
            plan: about.digest.to_owned(),
            head: contents.head.clone(),
            lines: contents.entries.len(),
            ..Digests::of(&contents.entries)
        },
        began,
    }
}

/// Whether a step failed in what was written down after so many lines.
pub fn failed_since(entries: &[Entry], lines: usize) -> bool {
    let read = line::read(entries);
    read.iter().skip(lines).any(JournalLine::is_failure)
}

/// Everything that happened, as a report tells it.
pub fn timeline(plan: &Plan, entries: &[Entry]) -> Vec<TimelineEntry> {
    let began = entries.first().map_or("", |entry| &entry.at);
    timeline_entries(&PlanIndex::of(plan), &line::read(entries), began, |_| true)
}

/// How long a run took as a whole.
pub fn times(plan: &Plan, entries: &[Entry]) -> Times {
    times::measure(&PlanIndex::of(plan), &line::read(entries))
}

/// Each step that something happened to, in the order of its beginning.
pub fn steps(plan: &Plan, entries: &[Entry]) -> Vec<StepTime> {
    times::steps(&PlanIndex::of(plan), &line::read(entries))
}

fn timeline_entries(
    known: &PlanIndex<'_>,
    lines: &[JournalLine<'_>],
    began: &str,
    wanted: impl Fn(&JournalLine<'_>) -> bool,
) -> Vec<TimelineEntry> {
    let moment = |line: &JournalLine<'_>| {
        Some(TimelineEntry {
            at: line.at.to_owned(),
            seconds: crate::times::seconds(began, line.at),
            line: line.number,
            kind: line.event.kind(),
            text: words::describe_event(known, line)?,
        })
    };
    lines
        .iter()
        .filter(|line| wanted(line))
        .filter_map(moment)
        .collect()
}

fn tried(mut steps: Vec<StepTime>) -> Vec<StepTime> {
    steps.retain(|step| step.tries > 0);
    steps
}

/// What steps and the run handed on; of a step that was tried again, the last try's.
fn outputs(lines: &[JournalLine<'_>]) -> Vec<Output> {
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for line in lines {
        let (Event::StepFinished { outputs, .. }
        | Event::OutputsGiven { outputs, .. }
        | Event::RunFinished { outputs }) = line.event
        else {
            continue;
        };
        for (name, value) in outputs {
            found.insert((line.step().to_owned(), name.clone()), value.clone());
        }
    }
    let output = |((step, name), value)| Output { step, name, value };
    found.into_iter().map(output).collect()
}

impl Digests {
    /// Those of the files that events vouch for.
    fn of(entries: &[Entry]) -> Self {
        let mut digests = Self::default();
        for vouched in entries.iter().flat_map(|entry| entry.event.vouches_for()) {
            match vouched {
                Vouched::Log {
                    step,
                    attempt,
                    sha256,
                    bytes,
                } => digests.logs.push(Log {
                    step: step.to_owned(),
                    attempt: u64::from(attempt),
                    sha256: sha256.to_owned(),
                    bytes,
                }),
                Vouched::Plan { file, sha256 } => digests.plans.push(ChangedPlan {
                    file: file.to_owned(),
                    sha256: sha256.to_owned(),
                }),
                Vouched::Evidence(file) => digests.files.push(file.clone()),
                Vouched::Kept(file) => digests.kept.push(file.clone()),
            }
        }
        digests
    }
}
