//! Which approval a person means who names none, or only the run.

use super::{Found, RunsError, account, find, readable};
use crate::exec::plan::{Kind, Step};
use crate::exec::state::answers;
use crate::exec::state::gate::Asked;
use crate::exec::state::outline;
use crate::exec::state::quorum;
use crate::exec::state::waiting::{Wants, waiting};
use crate::exec::store::Store;

/// A step that waits for approval, or after which a review is owed.
#[derive(Debug)]
pub struct Gate {
    /// The run that it is in.
    pub run: Found,
    /// With its path for an id.
    pub step: Step,
}

/// The step that waits for approval: of the run with this name, or of the only run in which `me` may approve one. What
/// is owed comes after what waits.
///
/// # Errors
/// [`RunsError::NoGate`] if nothing waits for that, [`RunsError::SeveralGates`] with the command for each; as for
/// [`find`].
pub fn gate(store: &Store, run: Option<&str>, me: &str) -> Result<Gate, RunsError> {
    if let Some(name) = run {
        let found = find(store, Some(name))?;
        let step = approval(&found).or_else(|| owed(&found).into_iter().next());
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
    let is_for_me =
        |run: &Found, step: &Step| answers::may_approve(&run.run.plan, &run.state, step, me, now);
    only(
        store,
        is_for_me,
        &format!("no run waits for an approval or a review that {me} may give"),
    )
}

/// The only gate that waits and `is_meant` says yes to; if none waits, the only one after which such a review is owed.
fn only(
    store: &Store,
    is_meant: impl Fn(&Found, &Step) -> bool,
    none: &str,
) -> Result<Gate, RunsError> {
    let (runs, _) = readable(store)?;
    let (mut waiting, mut owing) = (Vec::new(), Vec::new());
    for run in runs {
        let run = Found::from(run);
        if let Some(step) = approval(&run).filter(|step| is_meant(&run, step)) {
            waiting.push(Gate { run, step });
        } else if let Some(step) = owed(&run).into_iter().find(|step| is_meant(&run, step)) {
            owing.push(Gate { run, step });
        }
    }
    let mut gates = if waiting.is_empty() { owing } else { waiting };
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
    let lines = runs.into_iter().filter_map(|run| {
        let run = Found::from(run);
        let step = approval(&run)?;
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
    let gate = outline::at(&found.run.plan, step);
    let gate = gate.filter(|one| matches!(one.kind, Kind::Approve { .. }));
    Ok(gate.map(|step| Gate { run: found, step }))
}

/// The step that waits for approval, whoever has to give it: of the run with this name, or of the only run that waits
/// for one. What is owed comes after what waits.
///
/// # Errors
/// As for [`gate`].
pub fn any_gate(store: &Store, run: Option<&str>) -> Result<Gate, RunsError> {
    match run {
        Some(_) => gate(store, run, ""),
        None => only(
            store,
            |_, _| true,
            "no run waits for an approval or a review",
        ),
    }
}

/// The step of a run that waits for approval.
fn approval(found: &Found) -> Option<Step> {
    let waits = waiting(&found.run.plan, &found.state)?;
    matches!(waits.wants, Wants::Approval { .. }).then_some(waits.step)
}

/// The steps of a run after which a review is owed.
fn owed(found: &Found) -> Vec<Step> {
    let owed = found.state.owed();
    if owed.is_empty() {
        return Vec::new();
    }
    let mut steps = outline::steps(&found.run.plan, &found.state);
    steps.retain(|step| owed.iter().any(|owed| owed.step == step.id));
    steps
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
