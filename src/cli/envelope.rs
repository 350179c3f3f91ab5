//! `--json`: what a verb answers, in one envelope for all of them (`docs/reference/json.md`).
//!
//! The members come in this order, so that a long list is written as it is found: `format`, `verb`, `data`,
//! `errors`, `notes`, `exit`. There is one process and one answer, so what belongs to it is kept here until
//! the process ends.

use super::error::Fault;
use super::show;
use crate::exec::state::exit::ExitCode;
use serde::Serialize;
use serde_json::json;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The version of the envelope.
const FORMAT: u32 = 1;

/// Lets a verb answer in JSON.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Json {
    /// Print the answer as JSON, for programs
    #[arg(long = "json")]
    pub(super) wanted: bool,
}

/// The answer of this process, if it is to be JSON.
static ANSWER: Mutex<Option<Answer>> = Mutex::new(None);

#[derive(Debug)]
struct Answer {
    verb: Option<String>,
    /// Whether its beginning was written.
    begun: bool,
    notes: Vec<String>,
    errors: Vec<Fault>,
}

fn answer() -> MutexGuard<'static, Option<Answer>> {
    // What a thread that panicked left here is whole: each change is one assignment.
    ANSWER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, this process answers in JSON.
pub(super) fn begin(verb: Option<&str>) {
    *answer() = Some(Answer {
        verb: verb.map(str::to_owned),
        begun: false,
        notes: Vec::new(),
        errors: Vec::new(),
    });
}

/// Keeps what a person would be told beside the answer; `false` if the answer is not JSON.
pub(super) fn note(words: &str) -> bool {
    let mut answer = answer();
    let Some(answer) = answer.as_mut() else {
        return false;
    };
    answer.notes.push(words.to_owned());
    true
}

/// Keeps what is wrong, if the answer is JSON.
pub(super) fn error(fault: &Fault) {
    if let Some(answer) = answer().as_mut() {
        answer.errors.push(fault.clone());
    }
}

/// Writes the data of the answer.
pub(super) fn data(data: &impl Serialize) {
    head();
    show::text(&indented(data));
}

/// A list as the data of the answer, of which each item is written before the next is known.
pub(super) struct List {
    is_empty: bool,
}

impl List {
    /// Begins the list.
    pub(super) fn begin() -> Self {
        head();
        show::text("[");
        Self { is_empty: true }
    }

    /// Writes an item.
    pub(super) fn add(&mut self, item: &impl Serialize) {
        let before = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        let item = indented(item).replace('\n', "\n  ");
        show::text(&format!("{before}\n    {item}"));
    }
}

/// A list ends when nothing can be added any more, also where its verb ends early.
impl Drop for List {
    fn drop(&mut self) {
        show::text(if self.is_empty { "]" } else { "\n  ]" });
    }
}

/// Ends the answer with the code that the process ends with.
pub(super) fn end(code: ExitCode) {
    let Some(answer) = answer().take() else {
        return;
    };
    if !answer.begun {
        show::text(&format!("{}null", beginning(&answer)));
    }
    show::text(&format!(
        ",\n  \"errors\": {},\n  \"notes\": {},\n  \"exit\": {}\n}}\n",
        indented(&answer.errors),
        indented(&answer.notes),
        indented(&code.as_json()),
    ));
}

/// Writes what stands before the data.
fn head() {
    let mut answer = answer();
    let Some(answer) = answer.as_mut().filter(|answer| !answer.begun) else {
        return;
    };
    answer.begun = true;
    show::text(&beginning(answer));
}

fn beginning(answer: &Answer) -> String {
    format!(
        "{{\n  \"format\": {FORMAT},\n  \"verb\": {},\n  \"data\": ",
        json!(answer.verb)
    )
}

/// A value as it stands in the envelope. In JSON, a line break is never part of a text.
fn indented(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("what verbs answer holds only text, numbers, lists and maps")
        .replace('\n', "\n  ")
}
