//! Commands: a try of a step, from its environment to the event that says how it ended.

use super::{Engine, EngineError, Flow};
use crate::exec::event::{Event, Outcome, Verdict};
use crate::exec::operator::Operator;
use crate::exec::plan::{Command, SecretSource, Step, Text};
use crate::exec::secrets::{self, Secret};
use crate::exec::shim::{Attempt, ExitRecord, Found, Job, Pipes, Running};
use crate::exec::values::{self, Values};
use std::collections::BTreeMap;
use std::fs::{self};
use std::io::{self};
use std::path::{Path, PathBuf};

/// Variables that a step gets from the program's own environment.
const INHERITED: [&str; 7] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TZ",
    "TMPDIR",
    "SSH_AUTH_SOCK",
];
/// How many lines of a failed step's log are shown.
const TAIL: usize = 20;

impl Engine {
    pub(super) fn attempt(&self, step: &Step) -> u32 {
        self.state
            .steps
            .get(&step.id)
            .map_or(0, |found| found.attempt)
    }

    pub(super) fn folder(&self, step: &Step, number: u32) -> Attempt {
        Attempt::new(&self.driven.run.folder, &step.id, number)
    }

    /// The secrets that a command names; `None` if one cannot be had.
    pub(super) fn secrets_of(&mut self, command: &Command) -> Option<Vec<Secret>> {
        let words = match command {
            Command::Shell { script, .. } => script.clone(),
            Command::Program(items) => items.iter().map(|item| self.fill(item)).collect(),
        };
        let sources = self.plan().secrets.clone();
        let named = sources
            .iter()
            .filter(|source| words.contains(&Secret::variable(&source.name)));
        named.map(|source| self.secret(source)).collect()
    }

    pub(super) fn secret(&mut self, source: &SecretSource) -> Option<Secret> {
        if let Some(known) = self.known.iter().find(|known| known.name == source.name) {
            return Some(known.clone());
        }
        let value = match (&source.command, self.operator) {
            (Some(command), _) => printed(command).or_else(|| {
                self.operator.say(&format!(
                    "  the command for the secret `{}` failed",
                    source.name
                ));
                None
            }),
            (None, Operator::Present) => {
                let question = source.ask.clone().unwrap_or_else(|| source.name.clone());
                self.operator
                    .ask_secret(&format!("  {question} (not shown)"))
            }
            (None, Operator::Absent) => {
                self.operator.say(&format!(
                    "  the secret `{}` has to be typed: resume on a terminal",
                    source.name
                ));
                None
            }
        }?;
        if value.len() < secrets::SHORTEST {
            self.operator.say(&format!(
                "  the secret `{}` is shorter than {} bytes and cannot be kept out of the log",
                source.name,
                secrets::SHORTEST
            ));
            return None;
        }
        let secret = Secret {
            name: source.name.clone(),
            expose: source.expose.clone(),
            value,
        };
        self.known.push(secret.clone());
        Some(secret)
    }

    pub(super) fn execute(&mut self, step: &Step, command: &Command) -> Result<Flow, EngineError> {
        let Some(secrets) = self.secrets_of(command) else {
            return Ok(Flow::Leave);
        };
        let number = self.attempt(step) + 1;
        let attempt = self.folder(step, number);
        let job = self.job(step, command, &attempt, &BTreeMap::new());
        self.record(Event::StepStarted {
            step: step.id.clone(),
            attempt: number,
        })?;
        attempt.prepare(&job)?;
        let running = if step.interactive {
            attempt.run_here(&job)?;
            attempt.follow()
        } else {
            attempt.start(&secrets)?
        };
        self.conclude(step, number, running)
    }

    pub(super) fn job(
        &self,
        step: &Step,
        command: &Command,
        attempt: &Attempt,
        further: &BTreeMap<String, Text>,
    ) -> Job {
        let values = self.values();
        let mut env: BTreeMap<String, String> = inherited();
        env.extend(values.env(&step.env));
        env.extend(values.env(further));
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        env.insert("RB_OUTPUT".to_owned(), text(attempt.outputs()));
        env.insert("RB_OUTPUT_DIR".to_owned(), text(attempt.files()));
        env.insert("RB_RUN".to_owned(), self.driven.run.id.clone());
        env.insert("RB_HEAD".to_owned(), self.driven.journal.head().to_owned());
        env.insert(
            "RB_IDEMPOTENCY_KEY".to_owned(),
            format!("{}/{}", self.driven.run.id, step.id),
        );
        let target = Path::new(&self.plan().target);
        Job {
            argv: argv(command, &values),
            env,
            cwd: text(
                step.cwd
                    .as_ref()
                    .map_or_else(|| target.to_owned(), |cwd| target.join(cwd)),
            ),
            timeout: step.timeout,
            pipes: Pipes::Together,
        }
    }

    /// Writes down how a try ended, once nothing of it runs any more.
    pub(super) fn conclude(
        &mut self,
        step: &Step,
        number: u32,
        mut running: Running,
    ) -> Result<Flow, EngineError> {
        let attempt = self.folder(step, number);
        match running.wait()? {
            Found::Ended(record) => self.ended(step, number, &attempt, &record)?,
            Found::NeverStarted => self.resolve(step, number, Verdict::Absent, "never started")?,
            Found::Unknown => self.unknown(step, number)?,
        }
        Ok(Flow::On)
    }

    pub(super) fn ended(
        &mut self,
        step: &Step,
        number: u32,
        attempt: &Attempt,
        record: &ExitRecord,
    ) -> Result<(), EngineError> {
        let written = fs::read_to_string(attempt.outputs()).unwrap_or_default();
        let (mut outputs, mut ok) = (
            BTreeMap::new(),
            record.code == Some(0) && !record.timed_out && !record.leaked,
        );
        if record.leaked {
            self.operator
                .say("  it wrote a secret to its outputs, which were deleted");
        }
        if ok {
            match values::outputs(&step.outputs, &written) {
                Ok(found) => outputs = found,
                Err(why) => {
                    self.operator.say(&format!("  {why}"));
                    ok = false;
                }
            }
        }
        // What a person did on the terminal left no log: only `verify` can tell.
        if ok && step.interactive && self.probe(step)? != Some(true) {
            self.operator
                .say("  it ended, but its verify does not say that it happened");
            ok = false;
        }
        let outcome = match (ok, record.timed_out, step.warn_only) {
            (true, ..) => Outcome::Ok,
            (false, _, true) => Outcome::Warned,
            (false, true, _) => Outcome::TimedOut,
            (false, false, false) => Outcome::Failed,
        };
        let (log_bytes, log_sha256) = attempt.log_digest()?;
        self.record(Event::StepFinished {
            step: step.id.clone(),
            attempt: number,
            outcome,
            exit: record.code,
            outputs,
            log_sha256,
            log_bytes,
        })?;
        self.tell(step, attempt, record, outcome);
        Ok(())
    }

    pub(super) fn tell(
        &self,
        step: &Step,
        attempt: &Attempt,
        record: &ExitRecord,
        outcome: Outcome,
    ) {
        if outcome == Outcome::Ok {
            return self.operator.say("  ok");
        }
        let how = match record {
            ExitRecord {
                not_started: Some(why),
                ..
            } => format!("could not be started: {why}"),
            ExitRecord {
                timed_out: true, ..
            } => "took too long and was ended".to_owned(),
            ExitRecord {
                code: Some(code), ..
            } => format!("exit {code}"),
            ExitRecord {
                signal: Some(signal),
                ..
            } => format!("ended by signal {signal}"),
            _ => "ended".to_owned(),
        };
        let word = if outcome == Outcome::Warned {
            "warning"
        } else {
            "FAILED"
        };
        self.operator.say(&format!("  {word}: {how}"));
        let log =
            String::from_utf8_lossy(&fs::read(attempt.log()).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[lines.len().saturating_sub(TAIL)..] {
            self.operator.say(&format!("  | {line}"));
        }
        if let Some(text) = &step.fail_text {
            self.operator.say(&format!("  {}", text.trim()));
        }
    }

    /// Runs the step's `verify`: `None` means that it cannot tell.
    pub(super) fn probe(&mut self, step: &Step) -> Result<Option<bool>, EngineError> {
        let Some(verify) = &step.verify else {
            return Ok(None);
        };
        let Some(secrets) = self.secrets_of(&verify.command) else {
            return Ok(None);
        };
        let number = self.probes(step)?;
        let attempt = Attempt::new(
            &self.driven.run.folder,
            &format!("{}.verify", step.id),
            number,
        );
        attempt.prepare(&self.job(step, &verify.command, &attempt, &verify.env))?;
        match attempt.start(&secrets)?.wait()? {
            Found::Ended(ExitRecord {
                code: Some(0),
                timed_out: false,
                ..
            }) => Ok(Some(true)),
            Found::Ended(ExitRecord {
                code: Some(code),
                timed_out: false,
                ..
            }) if verify.absent.contains(&code) => Ok(Some(false)),
            _ => Ok(None),
        }
    }

    /// The first number under which no probe of the step has left a folder.
    pub(super) fn probes(&self, step: &Step) -> io::Result<u32> {
        let taken = fs::read_dir(self.driven.run.folder.join("steps"))?;
        let prefix = format!("{}.verify.", step.id.replace('/', "~"));
        let numbers = taken.filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_prefix(&prefix)?
                .parse::<u32>()
                .ok()
        });
        Ok(numbers.max().unwrap_or(0) + 1)
    }
}

/// What a command prints, without the line break at its end; nothing if it fails. It runs as the
/// person who drives the run, with their whole environment.
fn printed(command: &[String]) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let mut child = std::process::Command::new(program);
    let output = child
        .args(arguments)
        .stdin(std::process::Stdio::inherit())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout)
        .ok()
        .filter(|_| output.status.success())?;
    Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

fn inherited() -> BTreeMap<String, String> {
    let kept = |name: &str| INHERITED.contains(&name) || name.starts_with("LC_");
    std::env::vars().filter(|(name, _)| kept(name)).collect()
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
