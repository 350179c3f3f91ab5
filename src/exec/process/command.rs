//! A command of a step as it is started: its words, its environment, its folder and its secrets;
//! and what it said, as a condition judges it.
//!
//! Functions of plan and state, the program's own environment apart, so that a run and a look ahead
//! start the same thing.

use crate::exec::plan::{Command, Condition, Refusal, SecretSource, Step, Text};
use crate::exec::process::own_program;
use crate::exec::process::secrets::Secret;
use crate::exec::process::shim::{
    ACCEPTED_VARIABLE, Attempt, ExitRecord, Job, OUTPUTS_VARIABLE, Pipes, Stream,
};
use crate::exec::state::values::{self, Values};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Variables that a step gets from the program's own environment.
const INHERITED: [&str; 8] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TZ",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    // A program of ours that a step starts has to know that it is isolated, too.
    "RUNBOOK_ISOLATED",
];
/// A command may say this much to be read as JSON, in bytes: all of it is in memory at once.
const LONGEST_JSON: u64 = 1024 * 1024;

/// What the shim is told to start for a command of a step. `further` is environment of the command
/// alone.
pub(in crate::exec) fn job(
    values: &Values<'_>,
    step: &Step,
    command: &Command,
    attempt: &Attempt,
    further: &BTreeMap<String, Text>,
) -> Job {
    let note = attempt.accepted(&step.id);
    let mut env = environment(values, step);
    env.extend(values.env(further));
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    env.insert(OUTPUTS_VARIABLE.to_owned(), text(attempt.outputs()));
    env.insert("RB_OUTPUT_DIR".to_owned(), text(attempt.files()));
    let accepted = fs::metadata(&note).map_or(0, |note| note.len());
    env.insert(ACCEPTED_VARIABLE.to_owned(), text(note));
    // For a step that starts this program, such as one of a dry run.
    if let Some(program) = own_program::path_for_others() {
        env.insert("RB_PROGRAM".to_owned(), text(program));
        if let Some(root) = attempt.state_root() {
            env.insert("RB_STATE_DIR".to_owned(), text(root.to_owned()));
        }
    }
    if let Some(project) = &values.plan.project_folder {
        env.insert("RB_PROJECT".to_owned(), project.clone());
    }
    env.insert("RB_RUN".to_owned(), values.run.to_owned());
    env.insert("RB_HEAD".to_owned(), values.head.to_owned());
    env.insert(
        "RB_IDEMPOTENCY_KEY".to_owned(),
        format!("{}/{}", values.run, step.id),
    );
    Job {
        argv: argv(command, values),
        env,
        inherit: values.plan.inherit.clone(),
        cwd: text(folder(values, step)),
        timeout: step.timeout,
        pipes: match step.assert {
            Some(_) => Pipes::Apart,
            None => Pipes::Together,
        },
        accepted,
    }
}

/// What a step's environment holds, whatever is started in it.
pub(in crate::exec) fn environment(values: &Values<'_>, step: &Step) -> BTreeMap<String, String> {
    let kept = |name: &str| INHERITED.contains(&name) || name.starts_with("LC_");
    let mut env: BTreeMap<String, String> =
        std::env::vars().filter(|(name, _)| kept(name)).collect();
    env.extend(own(values, step));
    env
}

/// The step's own variables, with what a person changed.
pub(in crate::exec) fn own(values: &Values<'_>, step: &Step) -> BTreeMap<String, String> {
    let mut own = values.env(&step.env);
    if let Some(known) = values.state.steps.get(&step.id) {
        own.extend(known.env.clone());
    }
    own
}

/// The folder that a step works in.
pub(in crate::exec) fn folder(values: &Values<'_>, step: &Step) -> PathBuf {
    let target = Path::new(&values.plan.target);
    match &step.cwd {
        Some(cwd) => target.join(cwd),
        None => target.to_owned(),
    }
}

fn argv(command: &Command, values: &Values<'_>) -> Vec<String> {
    match command {
        Command::Shell {
            interpreter,
            script,
        } => {
            let mut argv = interpreter.clone();
            argv.extend(["-c".to_owned(), script.clone()]);
            argv
        }
        Command::Program(items) => items.iter().map(|item| values.fill(item)).collect(),
    }
}

/// The values that a command uses and that are not known. A script shows which of its step's
/// variables it reads; a program may read all of them.
pub(in crate::exec) fn unknown(
    values: &Values<'_>,
    step: &Step,
    command: &Command,
    further: &BTreeMap<String, Text>,
) -> Vec<String> {
    let variables = step.env.iter().chain(further);
    let read = variables.filter(|(name, _)| reads(command, name));
    let texts = read.map(|(_, text)| text).chain(match command {
        Command::Program(items) => items.as_slice(),
        Command::Shell { .. } => &[],
    });
    let paths = texts.flat_map(|text| values.unknown(text));
    let mut unknown: Vec<String> = paths.map(ToString::to_string).collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// Whether a command may read a variable.
pub(in crate::exec) fn reads(command: &Command, name: &str) -> bool {
    match command {
        Command::Shell { script, .. } => script.contains(name),
        Command::Program(_) => true,
    }
}

/// The sources of the secrets that a command of a step names.
pub(in crate::exec) fn secrets<'p>(
    values: &Values<'p>,
    step: &Step,
    command: &Command,
) -> Vec<&'p SecretSource> {
    let words = match command {
        Command::Shell { script, .. } => script.clone(),
        Command::Program(items) => items.iter().map(|item| values.fill(item)).collect(),
    };
    let (scope, _) = crate::exec::plan::paths::split(&step.id);
    let named =
        values.plan.secrets.iter().filter(|source| {
            source.scope == scope && words.contains(&Secret::variable(&source.name))
        });
    named.collect()
}

/// The text by which a try that ended like this said that it did nothing and needs a person. A try that
/// may act still, or that was accepted, did something, whatever it says.
///
/// # Errors
/// When what it said cannot be read.
pub(in crate::exec) fn refused(
    refusal: Option<&Refusal>,
    attempt: &Attempt,
    record: &ExitRecord,
) -> io::Result<Option<String>> {
    let Some(refusal) = refusal else {
        return Ok(None);
    };
    let is_meant = |code: i32| refusal.exit.is_empty() || refusal.exit.contains(&code);
    // One that waits for a browser without a terminal ends with its time alone.
    let has_given_up =
        record.timed_out || record.code.is_some_and(|code| code != 0 && is_meant(code));
    if !has_given_up
        || record.stopped
        || record.leaked
        || record.may_act()
        || attempt.was_accepted()
    {
        return Ok(None);
    }
    attempt.says(&refusal.says)
}

/// What a command that ended well hands on, if what its step says of it holds.
///
/// # Errors
/// Why it does not, for people.
pub(in crate::exec) fn handed_on(
    values: &Values<'_>,
    step: &Step,
    attempt: &Attempt,
) -> Result<BTreeMap<String, String>, String> {
    let written = attempt.handed_on().map_err(|error| error.to_string())?;
    let outputs = values::outputs(&step.outputs, &written)?;
    match &step.assert {
        Some(assert) => asserted(values, assert, attempt).map(|()| outputs),
        None => Ok(outputs),
    }
}

/// Judges what a command said, read as JSON.
fn asserted(values: &Values<'_>, assert: &Condition, attempt: &Attempt) -> Result<(), String> {
    let said = attempt
        .read_stream(Stream::Out, LONGEST_JSON)
        .map_err(|error| format!("its log cannot be read: {error}"))?;
    let json = serde_json::from_slice(&said)
        .map_err(|error| format!("what it said is no JSON: {error}"))?;
    match values.holds(assert, Some(&json)) {
        true => Ok(()),
        false => Err(format!("this does not hold: {}", assert.text)),
    }
}
