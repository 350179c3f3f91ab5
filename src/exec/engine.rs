//! Drives a run: asks [`next`] what is to be done, does it, and writes down what happened.
//!
//! The order is what makes runs survive: `step.started` is on disk before the shim starts, and
//! how a step ended is on disk before the next one begins. Whatever the program is killed in,
//! the next driver finds a journal that says how far it came.

use crate::exec::event::{Event, Outcome, Verdict};
use crate::exec::inbox::{self, Message};
use crate::exec::journal::JournalError;
use crate::exec::next::{Action, exit_code, next, to_undo};
use crate::exec::operator::{Heard, Operator};
use crate::exec::plan::{
    Channel, Choice, Command, Effect, Field, Kind, Plan, SecretSource, Step, Text, Undo,
};
use crate::exec::secrets::{self, Secret};
use crate::exec::shim::{Attempt, ExitRecord, Found, Job};
use crate::exec::state::{Progress, RunState, UndoState};
use crate::exec::store::Driven;
use crate::exec::values::{self, Values};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
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

/// Why a run cannot be driven on. Its journal says how far it came.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal could not be written: nothing after this is certain.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A file of the run could not be read or written.
    #[error("cannot keep the record of the run: {0}")]
    Io(#[from] io::Error),
}

/// A run being driven.
pub struct Engine {
    driven: Driven,
    state: RunState,
    operator: Operator,
    /// The account of the person at the terminal.
    account: String,
    /// Whether the operator wants to be asked before each step.
    ask_first: bool,
    /// Secrets that were asked for already.
    known: Vec<Secret>,
    /// Steps whose `confirm` was given on the command line.
    confirmed: Vec<String>,
    now: fn() -> jiff::Timestamp,
}

/// Whether driving goes on.
enum Flow {
    /// With the next action.
    On,
    /// Not now: somebody or something has to come first.
    Leave,
}

impl Engine {
    /// Takes a run over. `account` is the operating system's name of the person at the terminal.
    pub fn new(
        driven: Driven,
        operator: Operator,
        account: String,
        now: fn() -> jiff::Timestamp,
    ) -> Self {
        let state = RunState::fold(driven.journal.entries());
        let ask_first = driven.run.plan.careful && operator == Operator::Present;
        Self {
            driven,
            state,
            operator,
            account,
            ask_first,
            known: Vec::new(),
            confirmed: Vec::new(),
            now,
        }
    }

    /// Takes the `confirm` of these steps as typed.
    #[must_use]
    pub fn confirming(mut self, steps: &[String]) -> Self {
        self.confirmed = steps.to_vec();
        self
    }

    fn plan(&self) -> &Plan {
        &self.driven.run.plan
    }

    fn record(&mut self, event: Event) -> Result<(), EngineError> {
        self.driven
            .journal
            .append((self.now)().to_string(), event.clone())?;
        self.state.apply(&event);
        Ok(())
    }

    fn fill(&self, text: &Text) -> String {
        self.values().fill(text)
    }

    fn values(&self) -> Values<'_> {
        Values {
            plan: self.plan(),
            state: &self.state,
            run: &self.driven.run.id,
            head: self.driven.journal.head(),
        }
    }

    /// Drives until the run ends or somebody has to come first; gives the exit code.
    ///
    /// # Errors
    /// When the record cannot be kept; driving stops at once.
    pub fn drive(mut self) -> Result<u8, EngineError> {
        self.record(Event::RunOpened {
            pid: std::process::id(),
        })?;
        loop {
            self.take_mail()?;
            let plan = self.driven.run.plan.clone();
            let flow = match next(&plan, &self.state) {
                Action::Begin(step) => self.begin(step)?,
                Action::Recover(step) => self.recover(step)?,
                Action::Settle(step) => self.settle(step)?,
                Action::Gate(step) => self.gate(step)?,
                Action::Failed(step) => self.failed(step)?,
                Action::Stopped(step) => self.abort(format!("the choice at {}", step.id))?,
                Action::Finish => self.finish()?,
                Action::Ended => Flow::Leave,
            };
            if matches!(flow, Flow::Leave) {
                return Ok(self.leave());
            }
        }
    }

    fn leave(&self) -> u8 {
        let code = exit_code(self.plan(), &self.state);
        if self.state.end.is_none() {
            self.operator.say(&format!(
                "run {} stays open; go on with: runbook resume {}",
                self.driven.run.short(),
                self.driven.run.short()
            ));
        }
        code
    }

    fn finish(&mut self) -> Result<Flow, EngineError> {
        self.record(Event::RunFinished {})?;
        self.operator
            .say(&format!("run {} is finished", self.driven.run.short()));
        Ok(Flow::Leave)
    }

    fn abort(&mut self, reason: String) -> Result<Flow, EngineError> {
        let by = self.person();
        self.record(Event::RunAborted { by, reason })?;
        Ok(Flow::Leave)
    }

    fn person(&self) -> String {
        self.plan().person(&self.account).name
    }

    fn take_mail(&mut self) -> Result<(), EngineError> {
        let folder = self.driven.run.inbox();
        inbox::drain(&folder, |message| self.take(message))
    }

    /// Takes an answer in. One that does not count is said, and changes nothing.
    fn take(&mut self, message: Message) -> Result<(), EngineError> {
        match inbox::event(self.plan(), &self.state, message) {
            Ok(event) => self.record(event),
            Err(why) => {
                self.operator
                    .say(&format!("an answer did not count: {why}"));
                Ok(())
            }
        }
    }

    // ---- beginning a step

    fn begin(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        if self.probe(step)? == Some(true) {
            self.operator.say("  already so: nothing to do");
            self.record(Event::StepNotNeeded {
                step: step.id.clone(),
            })?;
            return Ok(Flow::On);
        }
        match &step.kind {
            Kind::Command(_) if step.interactive && self.operator == Operator::Absent => {
                self.operator
                    .say("  this step needs a terminal: resume on one");
                Ok(Flow::Leave)
            }
            Kind::Command(command) => match self.may_start(step) {
                true => self.execute(step, command),
                false => Ok(Flow::Leave),
            },
            Kind::Check(command) => self.execute(step, command),
            Kind::Notify { channel, text } => self.notify(step, channel, text),
            Kind::Manual { text, fields } => self.manual(step, text, fields),
            Kind::Decide { text, options } => self.decide(step, text, options),
            Kind::Approve {
                count,
                text,
                expires,
                ..
            } => {
                let expires = expires.map(|seconds| {
                    ((self.now)() + jiff::SignedDuration::from_secs(seconds as i64)).to_string()
                });
                let (step, text, count) = (step.id.clone(), self.fill(text), *count);
                self.record(Event::GateOpened {
                    step,
                    text,
                    count,
                    expires,
                })?;
                Ok(Flow::On)
            }
        }
    }

    fn headline(&self, step: &Step) {
        let at = self
            .plan()
            .steps
            .iter()
            .position(|other| other.id == step.id)
            .unwrap_or_default();
        self.operator.say(&format!(
            "{:>2}/{} {}",
            at + 1,
            self.plan().steps.len(),
            step.title
        ));
    }

    /// Asks before a step that acts, if the operator wants to be asked or has to type something.
    fn may_start(&mut self, step: &Step) -> bool {
        if let Some(confirm) = &step.confirm {
            return self.confirmed.contains(&step.id) || self.typed(&step.id, &self.fill(confirm));
        }
        if !self.ask_first {
            return true;
        }
        match self.operator.ask(
            "  [Enter] run  [a] all up to the next gate  [q] leave",
            || false,
        ) {
            Heard::Line(key) if key == "a" => {
                self.ask_first = false;
                true
            }
            Heard::Line(key) => key.is_empty(),
            Heard::Gone | Heard::Other => false,
        }
    }

    fn typed(&self, id: &str, wanted: &str) -> bool {
        if self.operator == Operator::Absent {
            self.operator.say(&format!(
                "  somebody has to type `{wanted}` here: resume on a terminal, or with --confirm {id}"
            ));
            return false;
        }
        loop {
            match self.operator.ask(
                &format!("  type `{wanted}` to go on, or q to leave:"),
                || false,
            ) {
                Heard::Line(line) if line == wanted => return true,
                Heard::Line(line) if line == "q" => return false,
                Heard::Line(_) => self.operator.say("  that is something else"),
                Heard::Gone | Heard::Other => return false,
            }
        }
    }

    // ---- commands

    fn attempt(&self, step: &Step) -> u32 {
        self.state
            .steps
            .get(&step.id)
            .map_or(0, |found| found.attempt)
    }

    fn folder(&self, step: &Step, number: u32) -> Attempt {
        Attempt::new(&self.driven.run.folder, &step.id, number)
    }

    /// The secrets that a command names; `None` if one cannot be had.
    fn secrets_of(&mut self, command: &Command) -> Option<Vec<Secret>> {
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

    fn secret(&mut self, source: &SecretSource) -> Option<Secret> {
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

    fn execute(&mut self, step: &Step, command: &Command) -> Result<Flow, EngineError> {
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
        if step.interactive {
            attempt.run_here(&job)?;
        } else {
            attempt.start(&secrets)?.wait()?;
        }
        self.conclude(step, number)
    }

    fn job(
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
        }
    }

    /// Writes down how a try ended, once nothing of it runs any more.
    fn conclude(&mut self, step: &Step, number: u32) -> Result<Flow, EngineError> {
        let attempt = self.folder(step, number);
        match attempt.settle()? {
            Found::Ended(record) => self.ended(step, number, &attempt, &record)?,
            Found::NeverStarted => self.resolve(step, number, Verdict::Absent, "never started")?,
            Found::Unknown => self.unknown(step, number)?,
        }
        Ok(Flow::On)
    }

    fn ended(
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

    fn tell(&self, step: &Step, attempt: &Attempt, record: &ExitRecord, outcome: Outcome) {
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
    fn probe(&mut self, step: &Step) -> Result<Option<bool>, EngineError> {
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
        attempt.start(&secrets)?.wait()?;
        match attempt.settle()? {
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
    fn probes(&self, step: &Step) -> io::Result<u32> {
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

    // ---- after a crash

    fn recover(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        self.operator
            .say("  was running when the run was left; finding out what became of it");
        self.conclude(step, self.attempt(step))
    }

    /// A try whose command started and left no record of its end.
    fn unknown(&mut self, step: &Step, number: u32) -> Result<(), EngineError> {
        let acts_once = step.effect == Effect::Once && !matches!(step.kind, Kind::Check(_));
        if !acts_once {
            return self.resolve(step, number, Verdict::Absent, "effect");
        }
        match self.probe(step)? {
            Some(true) => self.resolve(step, number, Verdict::Done, "verify"),
            Some(false) => self.resolve(step, number, Verdict::Absent, "verify"),
            None => self.record(Event::StepInDoubt {
                step: step.id.clone(),
                attempt: number,
            }),
        }
    }

    fn resolve(
        &mut self,
        step: &Step,
        attempt: u32,
        verdict: Verdict,
        by: &str,
    ) -> Result<(), EngineError> {
        self.record(Event::StepResolved {
            step: step.id.clone(),
            attempt,
            verdict,
            by: by.to_owned(),
        })
    }

    /// Lets a person say whether a step in doubt happened. One that hands on values cannot be
    /// taken as done without them.
    fn settle(&mut self, step: &Step) -> Result<Flow, EngineError> {
        self.headline(step);
        self.operator
            .say("  IN DOUBT: it was started, and nobody can tell whether it happened");
        if self.operator == Operator::Absent {
            self.operator
                .say("  look whether it happened, then resume on a terminal");
            return Ok(Flow::Leave);
        }
        let verdict = loop {
            let inbox = self.driven.run.inbox();
            match self.operator.ask(
                "  [d] it was done  [n] it was not  [q] I do not know: leave",
                || inbox::has_mail(&inbox),
            ) {
                Heard::Line(key) if key == "d" && !step.outputs.is_empty() => {
                    self.operator
                        .say("  its outputs are lost: run it again [n], or leave");
                }
                Heard::Line(key) if key == "d" => break Verdict::Done,
                Heard::Line(key) if key == "n" => break Verdict::Absent,
                Heard::Line(key) if key != "q" => {}
                Heard::Other => return Ok(Flow::On),
                _ => return Ok(Flow::Leave),
            }
        };
        let by = self.person();
        self.resolve(step, self.attempt(step), verdict, &by)?;
        Ok(Flow::On)
    }

    /// Lets a person decide about a failed step.
    fn failed(&mut self, step: &Step) -> Result<Flow, EngineError> {
        if self.operator == Operator::Absent {
            return Ok(Flow::Leave);
        }
        loop {
            let inbox = self.driven.run.inbox();
            match self.operator.ask(
                &format!(
                    "  {} failed: [r] try again  [b] take everything back  [q] leave",
                    step.id
                ),
                || inbox::has_mail(&inbox),
            ) {
                Heard::Line(key) if key == "r" => return self.retry(step),
                Heard::Line(key) if key == "b" => {
                    let plan = self.driven.run.plan.clone();
                    self.take_back(&plan)?;
                    return Ok(Flow::Leave);
                }
                Heard::Line(key) if key != "q" => {}
                Heard::Other => return Ok(Flow::On),
                _ => return Ok(Flow::Leave),
            }
        }
    }

    /// A further try of a failed step, at the wish of a person.
    fn retry(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let by = self.person();
        self.resolve(step, self.attempt(step), Verdict::Absent, &by)?;
        Ok(Flow::On)
    }

    // ---- taking back

    /// Takes the run's effects back, the last first; gives the exit code. One that fails does not
    /// keep the others from being taken back.
    ///
    /// # Errors
    /// When the record cannot be kept; nothing further is started.
    pub fn undo(mut self) -> Result<u8, EngineError> {
        self.record(Event::RunOpened {
            pid: std::process::id(),
        })?;
        let plan = self.driven.run.plan.clone();
        for step in &plan.steps {
            if self.state.progress(&step.id) == Progress::Started {
                self.recover(step)?;
            }
        }
        self.take_back(&plan)?;
        Ok(self.leave())
    }

    fn take_back(&mut self, plan: &Plan) -> Result<(), EngineError> {
        let mut all = true;
        for step in to_undo(plan, &self.state) {
            self.operator.say(&format!("undo: {}", step.title));
            match step
                .undo
                .as_ref()
                .expect("`to_undo` chooses steps with an undo")
            {
                Undo::None(reason) => self.operator.say(&format!("  stays: {reason}")),
                Undo::Instead(runbook) => {
                    self.operator
                        .say(&format!("  take it back with: runbook exec {runbook}"));
                    all = false;
                }
                Undo::Command {
                    command,
                    repeatable,
                    env,
                } => all &= self.undo_step(step, command, *repeatable, env)?,
            }
        }
        if all {
            let by = self.person();
            self.record(Event::RunUndone { by })?;
            self.operator
                .say("everything that can be taken back is taken back");
        } else {
            self.operator
                .say("NOT everything is taken back: mend what failed, then: runbook undo");
        }
        Ok(())
    }

    fn undo_step(
        &mut self,
        step: &Step,
        command: &Command,
        repeatable: bool,
        env: &BTreeMap<String, Text>,
    ) -> Result<bool, EngineError> {
        let before = self
            .state
            .steps
            .get(&step.id)
            .map_or(UndoState::None, |found| found.undo);
        let last = match before {
            UndoState::Started(last) => match self.undo_ended(step, last, repeatable)? {
                Some(ok) => return Ok(ok),
                None => last,
            },
            UndoState::Failed(last) => last,
            UndoState::None | UndoState::Done => 0,
        };
        let Some(secrets) = self.secrets_of(command) else {
            return Ok(false);
        };
        let attempt = self.undo_folder(step, last + 1);
        let job = self.job(step, command, &attempt, env);
        self.record(Event::UndoStarted {
            step: step.id.clone(),
            attempt: last + 1,
        })?;
        attempt.prepare(&job)?;
        attempt.start(&secrets)?.wait()?;
        Ok(self.undo_ended(step, last + 1, false)?.unwrap_or(false))
    }

    fn undo_folder(&self, step: &Step, number: u32) -> Attempt {
        Attempt::new(
            &self.driven.run.folder,
            &format!("{}.undo", step.id),
            number,
        )
    }

    /// Writes down how a try to take a step back ended; nothing if it may be started again.
    fn undo_ended(
        &mut self,
        step: &Step,
        number: u32,
        repeatable: bool,
    ) -> Result<Option<bool>, EngineError> {
        let attempt = self.undo_folder(step, number);
        let record = match attempt.settle()? {
            Found::Ended(record) => record,
            Found::NeverStarted => return Ok(None),
            Found::Unknown if repeatable => return Ok(None),
            Found::Unknown => ExitRecord::default(),
        };
        let ok = record.code == Some(0) && !record.timed_out;
        self.record(Event::UndoFinished {
            step: step.id.clone(),
            attempt: number,
            ok,
            exit: record.code,
        })?;
        self.tell(
            step,
            &attempt,
            &record,
            if ok { Outcome::Ok } else { Outcome::Failed },
        );
        Ok(Some(ok))
    }

    // ---- people and messages

    fn notify(&mut self, step: &Step, channel: &str, text: &Text) -> Result<Flow, EngineError> {
        let words = self.fill(text);
        if let Some(Channel::File(file)) = self.plan().channels.get(channel) {
            let path = Path::new(&self.plan().target).join(file);
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            writeln!(file, "{words}")?;
            file.sync_data()?;
        }
        self.operator.say(&format!("  {channel}: {words}"));
        self.record(Event::NotifySent {
            step: step.id.clone(),
            channel: channel.to_owned(),
        })?;
        Ok(Flow::On)
    }

    fn manual(&mut self, step: &Step, text: &str, fields: &[Field]) -> Result<Flow, EngineError> {
        self.operator.say(&format!("  {}", text.trim()));
        if self.operator == Operator::Absent {
            let wanted: String = fields
                .iter()
                .map(|field| format!(" {}=…", field.name))
                .collect();
            self.operator.say(&format!(
                "  answer with: runbook answer {} {}{wanted}",
                self.driven.run.short(),
                step.id
            ));
            return Ok(Flow::Leave);
        }
        let mut given = BTreeMap::new();
        for field in fields {
            let question = field.ask.clone().unwrap_or_else(|| field.name.clone());
            match self.question(&question, field) {
                Some(value) => given.insert(field.name.clone(), value),
                None => return Ok(Flow::Leave),
            };
        }
        if fields.is_empty()
            && !matches!(self.operator.ask("  [Enter] done  [q] leave", || false), Heard::Line(key) if key.is_empty())
        {
            return Ok(Flow::Leave);
        }
        let by = self.person();
        self.record(Event::ManualCompleted {
            step: step.id.clone(),
            by,
            fields: given,
        })?;
        Ok(Flow::On)
    }

    /// Asks until the value fits; `None` if the terminal is gone.
    fn question(&self, question: &str, field: &Field) -> Option<String> {
        loop {
            let Heard::Line(value) = self.operator.ask(&format!("  {question}"), || false) else {
                return None;
            };
            match values::fits(field, &value) {
                Ok(()) => return Some(value),
                Err(expected) => self.operator.say(&format!("  this has to be {expected}")),
            }
        }
    }

    fn decide(
        &mut self,
        step: &Step,
        text: &str,
        options: &BTreeMap<String, Choice>,
    ) -> Result<Flow, EngineError> {
        self.operator.say(&format!("  {}", text.trim()));
        let names: Vec<&str> = options.keys().map(String::as_str).collect();
        if self.operator == Operator::Absent {
            self.operator.say(&format!(
                "  answer with: runbook answer {} {} --choose {}",
                self.driven.run.short(),
                step.id,
                names.join("|")
            ));
            return Ok(Flow::Leave);
        }
        loop {
            match self.operator.ask(
                &format!("  choose {}, or q to leave:", names.join(", ")),
                || false,
            ) {
                Heard::Line(choice) if options.contains_key(&choice) => {
                    let by = self.person();
                    self.record(Event::DecisionMade {
                        step: step.id.clone(),
                        by,
                        choice,
                    })?;
                    return Ok(Flow::On);
                }
                Heard::Line(line) if line != "q" => {}
                _ => return Ok(Flow::Leave),
            }
        }
    }

    fn gate(&mut self, step: &Step) -> Result<Flow, EngineError> {
        let found = self.state.steps.get(&step.id).cloned().unwrap_or_default();
        let expired = found
            .expires
            .as_ref()
            .and_then(|at| at.parse::<jiff::Timestamp>().ok())
            .is_some_and(|at| at < (self.now)());
        if expired {
            self.operator
                .say("  nobody answered in time, and silence is a no");
            self.record(Event::GateExpired {
                step: step.id.clone(),
            })?;
            return Ok(Flow::Leave);
        }
        self.ask_first = self.plan().careful && self.operator == Operator::Present;
        self.operator
            .say(&format!("  {}", found.gate_text.unwrap_or_default()));
        let (run, id) = (self.driven.run.short(), &step.id);
        self.operator.say(&format!(
            "  somebody who may says yes with: runbook approve {run} {id} --as NAME"
        ));
        if self.operator == Operator::Absent {
            return Ok(Flow::Leave);
        }
        let inbox = self.driven.run.inbox();
        match self
            .operator
            .ask("  waiting for the answer  [q] leave", || {
                inbox::has_mail(&inbox)
            }) {
            Heard::Other => Ok(Flow::On),
            Heard::Line(line) if line != "q" => Ok(Flow::On),
            _ => Ok(Flow::Leave),
        }
    }

    /// Takes one answer in, as a verb without a driver does; gives what is wrong with it.
    ///
    /// # Errors
    /// When the record cannot be kept.
    pub fn answer(mut self, message: Message) -> Result<Result<(), String>, EngineError> {
        match inbox::event(self.plan(), &self.state, message) {
            Ok(event) => {
                self.record(event)?;
                Ok(Ok(()))
            }
            Err(why) => Ok(Err(why)),
        }
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
