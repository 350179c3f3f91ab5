//! The operator as this drive knows them: whether somebody is there, who it is, what they asked for
//! beforehand, and whether they, or a signal, want the program to leave.
//!
//! Nobody else decides whether a person is asked: once the terminal is gone, nobody is.

use crate::exec::engine::operator::{Detail, Heard, Interrupt, Operator};
use crate::exec::plan::{Plan, Step, paths};
use crate::exec::process::signals::Ending;
use crate::screen::signs::Sign;

/// Why the program leaves while the run could go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The operator wants it so.
    Detached,
    /// It was told to by a signal.
    By(Ending),
}

/// The operator, from the beginning of a drive to its end.
pub(super) struct Session {
    presence: Operator,
    account: String,
    detail: Detail,
    asks_first: bool,
    confirmed: Vec<String>,
    until: Option<String>,
    left: Option<Left>,
}

impl Session {
    /// A session of the person with this account of the operating system. `careful` says whether the
    /// runbook's risk is such that they are asked before each step.
    pub(super) fn new(presence: Operator, account: String, careful: bool) -> Self {
        Self {
            presence,
            account,
            detail: Detail::default(),
            asks_first: careful && presence == Operator::Present,
            confirmed: Vec::new(),
            until: None,
            left: None,
        }
    }

    /// Takes the `confirm` of these steps as typed.
    pub(super) fn confirm(&mut self, steps: &[String]) {
        self.confirmed = steps.to_vec();
    }

    /// Wants the run left once this step is over.
    pub(super) fn leave_after(&mut self, step: Option<String>) {
        self.until = step;
    }

    /// The step after which the run is left.
    pub(super) fn until(&self) -> Option<&str> {
        self.until.as_deref()
    }

    /// Asks before each step or not; nobody can be asked who is not there.
    pub(super) fn ask_before_each(&mut self, each: bool) {
        self.asks_first = each && self.is_present();
    }

    /// Whether the operator wants to be asked before each step.
    pub(super) fn asks_first(&self) -> bool {
        self.asks_first
    }

    /// Whether somebody is there to be asked.
    pub(super) fn is_present(&self) -> bool {
        self.presence == Operator::Present
    }

    /// Whether somebody is there, for what only shows and asks.
    pub(super) fn presence(&self) -> Operator {
        self.presence
    }

    /// From here on nobody is asked.
    pub(super) fn goes_away(&mut self) {
        self.presence = Operator::Absent;
    }

    /// The operating system's name of the person.
    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// The name that the person has in a plan.
    pub(super) fn person(&self, plan: &Plan) -> String {
        plan.person(&self.account).name
    }

    /// Whether the text that a step wants typed was given on the command line, for this path or
    /// for each that the step has.
    pub(super) fn is_confirmed(&self, step: &Step) -> bool {
        let id = paths::base(&step.id);
        self.confirmed
            .iter()
            .any(|given| *given == step.id || *given == id)
    }

    /// Wants the program to leave.
    pub(super) fn leave(&mut self, left: Left) {
        self.left = Some(left);
    }

    /// Why the program leaves, if something other than the run wants that.
    pub(super) fn left(&self) -> Option<Left> {
        self.left
    }

    /// Whether something other than the run wants the program to leave.
    pub(super) fn is_leaving(&self) -> bool {
        self.left.is_some()
    }

    /// Whoever sees what steps say while they run.
    pub(super) fn audience(&self) -> Operator {
        match self.detail {
            Detail::Little => Operator::Absent,
            Detail::Normal | Detail::Much => self.presence,
        }
    }

    /// Shows as much as this from here on.
    pub(super) fn show(&mut self, detail: Detail) {
        self.detail = detail;
    }

    /// Whether what each step runs is shown.
    pub(super) fn shows_commands(&self) -> bool {
        self.detail == Detail::Much
    }

    /// Shows a line.
    pub(super) fn say(&self, line: &str) {
        self.presence.say(line);
    }

    /// Shows a text that an author wrote.
    pub(super) fn explain(&self, text: &str) {
        self.presence.explain(text);
    }

    /// Shows a result with its sign.
    pub(super) fn mark(&self, sign: Sign, line: &str) {
        self.presence.mark(sign, "", line);
    }

    /// The same, where `about` is what it is the result of.
    pub(super) fn mark_of(&self, sign: Sign, about: &str, line: &str) {
        self.presence.mark(sign, about, line);
    }

    /// Shows a line of what is left out.
    pub(super) fn dim(&self, line: &str) {
        self.presence.dim(line);
    }

    /// Shows a line that a command said.
    pub(super) fn quote(&self, line: &str) {
        self.presence.quote(line);
    }

    /// Shows a prompt and waits for a line, or for `other` to become true.
    pub(super) fn ask(&self, prompt: &str, other: impl Fn() -> bool) -> Heard {
        self.presence.ask(prompt, other)
    }

    /// The same while time passes, of which `forms` say how it does, the longest first.
    pub(super) fn ask_counting(
        &self,
        forms: impl Fn() -> Vec<String>,
        keys: &[(&str, &str)],
        other: impl Fn() -> bool,
    ) -> Heard {
        self.presence.ask_counting(forms, keys, other)
    }

    /// The same for a question in which Ctrl-C has a meaning of its own.
    pub(super) fn ask_or_stop(
        &self,
        prompt: &str,
        other: impl Fn() -> bool,
    ) -> Result<Heard, Interrupt> {
        self.presence.ask_or_stop(prompt, other)
    }

    /// Asks for a secret without showing what is typed; `None` if the terminal is gone.
    pub(super) fn ask_secret(&self, question: &str) -> Option<String> {
        self.presence.ask_secret(question)
    }
}
