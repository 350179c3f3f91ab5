//! Which approval a person means who names none, or only the run.

use super::{Found, RunsError, account, find, is_done_with, readable};
use crate::exec::plan::{Kind, Step};
use crate::exec::state::gate::Asked;
use crate::exec::state::outline;
use crate::exec::state::quorum;
use crate::exec::state::waiting::{Waiting, Wants, waiting};
use crate::exec::store::Store;

/// A step that waits for approval.
#[derive(Debug)]
pub struct Gate {
    /// The run that it is in.
    pub run: Found,
    /// With its path for an id.
    pub step: Step,
}

/// The step that waits for approval: of the run with this name, or of the only open run in which `me`
/// may approve one.
///
/// # Errors
/// [`RunsError::NoGate`] if nothing waits for that, [`RunsError::SeveralGates`] with the command for each; as for
/// [`find`].
pub fn gate(store: &Store, run: Option<&str>, me: &str) -> Result<Gate, RunsError> {
    if let Some(name) = run {
        let found = find(store, Some(name))?;
        let step = approval(&found, |_| true).or_else(|| owed(&found));
        let none = || {
            RunsError::NoGate(format!(
                "run {} waits for no approval, and owes no review",
                found.run.short()
            ))
        };
        let step = step.ok_or_else(none)?;
        return Ok(Gate { run: found, step });
    }
    let now = jiff::Timestamp::now();
    let is_for_me = |run: &Found, waits: &Waiting| waits.is_for(&run.run.plan, &run.state, me, now);
    only(
        store,
        is_for_me,
        &format!("no open run waits for an approval that {me} may give"),
    )
}

/// The only gate of an open run that `is_meant` says yes to.
fn only(
    store: &Store,
    is_meant: impl Fn(&Found, &Waiting) -> bool,
    none: &str,
) -> Result<Gate, RunsError> {
    let (runs, _) = readable(store)?;
    let open = runs.into_iter().filter(|run| !is_done_with(run));
    let mut gates: Vec<Gate> = open
        .filter_map(|run| {
            let run = Found::from(run);
            let step = approval(&run, |waits| is_meant(&run, waits))?;
            Some(Gate { run, step })
        })
        .collect();
    match gates.len() {
        0 => Err(RunsError::NoGate(format!("{none}{}", others(store)?))),
        1 => Ok(gates.remove(0)),
        _ => {
            let commands = gates.iter().map(Gate::command);
            Err(RunsError::SeveralGates(commands.collect()))
        }
    }
}

/// The gates that wait for others, as the end of a sentence.
fn others(store: &Store) -> Result<String, RunsError> {
    let (runs, _) = readable(store)?;
    let open = runs.into_iter().filter(|run| !is_done_with(run));
    let lines = open.filter_map(|run| {
        let run = Found::from(run);
        let step = approval(&run, |_| true)?;
        Some(format!("; {}", Gate { run, step }.line()))
    });
    Ok(lines.collect())
}

/// The step with this path of the run with this name, if it is an approval. Whether it waits is judged by whoever takes
/// the answer in.
///
/// # Errors
/// As for [`find`].
pub fn gate_of(store: &Store, run: &str, step: &str) -> Result<Option<Gate>, RunsError> {
    let found = find(store, Some(run))?;
    let steps = outline::steps(&found.run.plan, &found.state);
    let mut gates = steps
        .into_iter()
        .filter(|one| matches!(one.kind, Kind::Approve { .. }));
    let gate = gates.find(|one| one.id == step);
    Ok(gate.map(|step| Gate { run: found, step }))
}

/// The step that waits for approval, whoever has to give it: of the run with this name, or of the only open run that
/// waits for one.
///
/// # Errors
/// As for [`gate`].
pub fn any_gate(store: &Store, run: Option<&str>) -> Result<Gate, RunsError> {
    match run {
        Some(_) => gate(store, run, ""),
        None => only(store, |_, _| true, "no open run waits for an approval"),
    }
}

/// The step of a run that waits for approval, if `is_meant` says so.
fn approval(found: &Found, is_meant: impl Fn(&Waiting) -> bool) -> Option<Step> {
    let waits = waiting(&found.run.plan, &found.state)?;
    let is_gate = matches!(waits.wants, Wants::Approval { .. }) && is_meant(&waits);
    is_gate.then_some(waits.step)
}

/// The first step of a run after which a review is owed.
fn owed(found: &Found) -> Option<Step> {
    let owed = found.state.owed().into_iter().next()?;
    let steps = outline::steps(&found.run.plan, &found.state);
    steps.into_iter().find(|step| step.id == owed.step)
}

impl Gate {
    /// Its request, if it was opened and has one.
    pub fn asked(&self) -> Option<&Asked> {
        let step = self.run.state.steps.get(&self.step.id)?;
        step.gate.asked.as_ref()
    }

    /// Who has this account, as the run calls them.
    pub fn me(&self) -> String {
        self.run.run.plan.person(&account()).name
    }

    /// Which run waits where for whom.
    fn line(&self) -> String {
        let (run, step) = (self.run.run.short(), &self.step.id);
        let state = self.run.state.steps.get(step);
        let asked = state.and_then(|state| Some((state.gate.asked.as_ref()?, state.gate.given())));
        let asks: Vec<String> = match &asked {
            Some((asked, given)) => {
                let missing = quorum::missing(&asked.request, given).into_iter();
                missing.map(|(ask, _)| quorum::whom(ask)).collect()
            }
            None => Vec::new(),
        };
        match asks.is_empty() {
            true => format!("run {run} waits at `{step}`"),
            false => format!("run {run} waits at `{step}` for {}", asks.join("; ")),
        }
    }

    /// The command that approves it by name.
    pub fn command(&self) -> String {
        format!("runbook approve {} {}", self.run.run.short(), self.step.id)
    }
}
