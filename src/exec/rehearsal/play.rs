//! A case, played: what people say is said, and what happened is compared with what was to happen.

use super::fake::Props;
use super::fakes::{self, Fakes};
use super::sandbox::{Question, Sandbox};
use super::{expectation, path};
use crate::exec::plan::freeze::{self, Start};
use crate::exec::plan::{Plan, SourceRecord};
use crate::exec::state::params;
use crate::model::data::Data;
use crate::model::policy::Policy;
use crate::model::rehearsal::{Answer, Case};
use crate::model::runbook::Runbook;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub use super::sandbox::SandboxError;

/// Nobody is asked more often than this in one case: a decision that leads back would be asked for ever.
const MOST_QUESTIONS: usize = 100;
/// The exit code of a run that waits for a person.
const WAITS: i32 = 5;
/// The code of a driver whose step lost the process that looks after it. A step that failed has it
/// as well, and is where it was when the run is resumed.
const GAVE_UP: i32 = 1;

/// What came of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Played {
    /// What differs from what was to happen; nothing if the case passed.
    pub problems: Vec<String>,
    /// What the program said on the way.
    pub said: String,
}

/// What a rehearsal needs of a project.
pub struct House<'h> {
    /// What paths of runbooks are relative to.
    pub folder: &'h Path,
    /// `id` of `site.yaml`.
    pub id: &'h str,
    /// Its runbooks.
    pub books: &'h [&'h Runbook],
    /// Its roles and channels.
    pub policy: &'h Policy,
    /// The values of its data files.
    pub data: &'h Data,
}

/// Plays a case of a runbook.
///
/// # Errors
/// When the rehearsal itself could not be held.
pub fn play(house: &House<'_>, book: &Runbook, case: &Case) -> Result<Played, SandboxError> {
    let folder = tempfile::tempdir()?;
    let (props, target) = (folder.path().join("props"), folder.path().join("target"));
    fs::create_dir(&target)?;
    let props = (Props::lay(&props, case)?, props);
    let program = std::env::current_exe()?;
    let fakes = Fakes {
        program: &program,
        props: &props.1,
        case,
    };
    let plan = match plan(house, book, case, &fakes, &target) {
        Ok(plan) => plan,
        Err(problems) => {
            return Ok(Played {
                problems,
                said: String::new(),
            });
        }
    };
    let mut sandbox = Sandbox::set(house.folder, &folder.path().join("state"), plan)?;
    let mut code = drive(&mut sandbox, case)?;
    if case.undo {
        code = sandbox.verb("undo", &[])?;
    }
    let journal = sandbox.journal()?;
    let happened = expectation::Happened {
        exit: code,
        path: path::entries(&journal),
        effects: props.0.effects()?,
        outputs: path::outputs(&journal),
    };
    Ok(Played {
        problems: expectation::problems(&case.expect, &happened),
        said: sandbox.said,
    })
}

fn plan(
    house: &House<'_>,
    book: &Runbook,
    case: &Case,
    fakes: &Fakes<'_>,
    target: &Path,
) -> Result<Plan, Vec<String>> {
    let given: BTreeMap<String, String> = case
        .params
        .iter()
        .map(|(name, value)| (name.clone(), value.value.clone()))
        .collect();
    let book = fakes.runbook(book);
    let books: Vec<Runbook> = house.books.iter().map(|book| fakes.runbook(book)).collect();
    let start = Start {
        project: house.id.to_owned(),
        target: target.to_string_lossy().into_owned(),
        source: SourceRecord::default(),
        initiator: "initiator".to_owned(),
        params: params::complete(&book, &given).map_err(|problems| problems.lines())?,
        // Nothing of this machine, so that it is the same on every other.
        inherit: Vec::new(),
    };
    let books: Vec<&Runbook> = books.iter().collect();
    let policy = fakes::policy(house.policy);
    freeze::freeze(&book, &books, (&policy, house.data), start)
        .map_err(|missing| missing.iter().map(ToString::to_string).collect())
}

/// Drives the run, and answers as the case says, until it ends or waits for something else.
fn drive(sandbox: &mut Sandbox<'_>, case: &Case) -> Result<i32, SandboxError> {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    let mut code = go_on(sandbox, case)?;
    for _ in 0..MOST_QUESTIONS {
        let Some(question) = sandbox.question().filter(|_| code == WAITS) else {
            break;
        };
        let Some(answered) = case.answers.get(&question.step) else {
            break;
        };
        let times = asked.entry(question.step.clone()).or_default();
        let answer = &answered.times[(*times).min(answered.times.len() - 1)];
        *times += 1;
        if !give(sandbox, &question, answer, *times)? {
            break;
        }
        code = go_on(sandbox, case)?;
    }
    Ok(code)
}

/// Goes on with the run. Whoever drives it while a step crashes together with what watches it gives up,
/// and the next one finds out what became of the step.
fn go_on(sandbox: &mut Sandbox<'_>, case: &Case) -> Result<i32, SandboxError> {
    let tries = case.fakes.values().flat_map(|faked| &faked.tries);
    let crashes = tries.filter(|fake| fake.crash.is_some()).count();
    let mut code = sandbox.resume()?;
    for _ in 0..crashes {
        if code == GAVE_UP {
            code = sandbox.resume()?;
        }
    }
    Ok(code)
}

/// Gives an answer; whether it was taken. `number` tells apart the people at one gate.
fn give(
    sandbox: &mut Sandbox<'_>,
    question: &Question,
    answer: &Answer,
    number: usize,
) -> Result<bool, SandboxError> {
    let person = format!("person-{number}");
    let path = question.path.clone();
    let code = match (question.verb.as_str(), answer) {
        (_, Answer::Word(word)) if word.value == "expire" => 0,
        ("approve", Answer::Word(word)) if word.value == "approve" => {
            sandbox.verb("approve", &[path, "--as".to_owned(), person])?
        }
        ("approve", Answer::Word(_)) => {
            let reason = "the case says so".to_owned();
            let words = [
                path,
                "--as".to_owned(),
                person,
                "--reason".to_owned(),
                reason,
            ];
            sandbox.verb("reject", &words)?
        }
        (verb, Answer::Word(word)) => {
            sandbox.verb(verb, &[path, "--choose".to_owned(), word.value.clone()])?
        }
        (verb, Answer::Fields(fields)) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{}={value}", name.value));
            let words: Vec<String> = std::iter::once(path).chain(fields).collect();
            sandbox.verb(verb, &words)?
        }
    };
    Ok(code == 0)
}
