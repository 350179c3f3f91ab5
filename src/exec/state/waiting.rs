//! What an open run waits for, who can give it, and the command that does.

use crate::exec::plan::people;
use crate::exec::plan::{Field, Kind, Plan, Step};
use crate::exec::state::RunState;
use crate::exec::state::answers;
use crate::exec::state::lost_outputs::lost_outputs;
use crate::exec::state::next::{Action, next};
use crate::exec::state::options;
use crate::exec::state::outline;
use crate::exec::state::quorum;
use crate::exec::state::unended::Unended;

/// A step that cannot go on without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// With its path for an id, and the items of loops filled in.
    pub step: Step,
    /// What it wants.
    pub wants: Wants,
}

/// What a step wants from a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// A yes.
    Approval {
        /// Of whom, for people.
        by: String,
    },
    /// That it is done by hand, and these values.
    Fields(Vec<Field>),
    /// What it hands on: it counts as done, and nobody knows these values.
    Outputs(Vec<Field>),
    /// One of these options.
    Choice(Vec<String>),
    /// A person at a terminal.
    Terminal,
    /// A person at a terminal, as the part said so that ran without one.
    SecondGo {
        /// What said so, as the subject of a sentence.
        part: &'static str,
        /// The text of the plan by which it did.
        said: String,
        /// The taking back that it belongs to; none if it is the step's own command or `verify`.
        undo: Option<Unended>,
    },
    /// A remedy: it failed.
    Remedy,
    /// Whether it happened.
    Verdict,
}

/// What a run waits for; nothing if it can go on by itself, or has ended. While one step can go on
/// by itself, the others wait for it and not for people.
pub fn waiting(plan: &Plan, state: &RunState) -> Option<Waiting> {
    if let Some(undo) = undo_at_terminal(plan, state) {
        return Some(undo);
    }
    let mut found = None;
    for action in next(plan, state) {
        let (step, wants) = match action {
            Action::Gate(step) | Action::Begin(step) => {
                let wants = wanted(&step, plan, state)?;
                (step, wants)
            }
            Action::Failed(step) => (step, Wants::Remedy),
            Action::Settle(step) => (step, Wants::Verdict),
            Action::Complete(step) => {
                let known = state.steps.get(&step.id).cloned().unwrap_or_default();
                let lost = lost_outputs(plan, &step, &known);
                (step, Wants::Outputs(lost))
            }
            _ => return None,
        };
        found = found.or(Some(Waiting { step, wants }));
    }
    found
}

/// The undo that waits for a person at a terminal, and for nothing else.
fn undo_at_terminal(plan: &Plan, state: &RunState) -> Option<Waiting> {
    let unended = Unended::of(state)?;
    let path = unended.at_terminal()?;
    Some(Waiting {
        step: outline::at(plan, path)?,
        wants: Wants::SecondGo {
            part: "its undo",
            said: state.steps.get(path)?.undo_refused.clone()?,
            undo: Some(unended),
        },
    })
}

/// What is waited for after a part of a step ran without a terminal and said that it needs one.
fn second_go(step: &Step, state: &RunState) -> Option<Wants> {
    let found = state.steps.get(&step.id)?;
    let of_command = found.refused.as_ref().map(|said| ("its command", said));
    let of_verify = found.verify_refused.as_ref();
    let (part, said) = of_command.or(of_verify.map(|said| ("its verify", said)))?;
    Some(Wants::SecondGo {
        part,
        said: said.clone(),
        undo: None,
    })
}

/// Who has to approve: the roles of the gate, or those of its row that are still missing.
fn approvers(step: &Step, role: &str, plan: &Plan, state: &RunState) -> String {
    let gate = state.steps.get(&step.id).map(|step| &step.gate);
    let asked = gate.and_then(|gate| Some((gate, gate.asked.as_ref()?)));
    match asked {
        Some((gate, asked)) if asked.request.row.is_some() => {
            let missing = quorum::missing(&asked.request, &gate.given());
            let roles: Vec<String> = missing
                .iter()
                .map(|(ask, _)| ask.roles.join(" or "))
                .collect();
            roles.join(", ")
        }
        None if role.is_empty() => "the roles of the approval matrix".to_owned(),
        _ => plan.takers(role).0.join(" or "),
    }
}

fn wanted(step: &Step, plan: &Plan, state: &RunState) -> Option<Wants> {
    if let Some(wants) = second_go(step, state) {
        return Some(wants);
    }
    match &step.kind {
        Kind::Approve { role, .. } => Some(Wants::Approval {
            by: approvers(step, role, plan, state),
        }),
        Kind::Manual { fields, .. } => Some(Wants::Fields(fields.clone())),
        Kind::Decide { options, .. } => {
            let open = options::open_options(state, &step.id, options);
            Some(Wants::Choice(open))
        }
        Kind::Command(_) if step.confirm.is_some() || step.interactive => Some(Wants::Terminal),
        _ => None,
    }
}

/// The command that drives a run on, or ends its taking back; `run` is what people call the run.
pub fn way_on(plan: &Plan, state: &RunState, run: &str) -> String {
    let is_undo = state.end.is_some() || next(plan, state) == [Action::UndoFirst];
    match Unended::of(state).filter(|_| is_undo) {
        Some(unended) => unended.command(run),
        None => format!("runbook resume {run}"),
    }
}

impl Waiting {
    /// What it waits for, as the end of "waits for …".
    pub fn describe(&self) -> String {
        match &self.wants {
            Wants::Approval { by } => format!("approval by {by}"),
            Wants::Fields(_) => "a person to do it and answer".to_owned(),
            Wants::Outputs(_) => "its outputs: those that it wrote are lost".to_owned(),
            Wants::Choice(_) => "a choice".to_owned(),
            Wants::Terminal => "a person at a terminal".to_owned(),
            Wants::SecondGo { part, said, .. } => {
                format!("a person at a terminal: {part} said “{said}”")
            }
            Wants::Remedy => "a decision: it failed".to_owned(),
            Wants::Verdict => "a person who knows whether it happened".to_owned(),
        }
    }

    /// The command that gives it; `run` is what people call the run. Nothing if somebody drives the
    /// run and only they can give it.
    pub fn command(&self, run: &str, is_driven: bool) -> Option<String> {
        let id = &self.step.id;
        Some(match &self.wants {
            Wants::Approval { .. } => format!("runbook approve {run} {id}"),
            Wants::Fields(fields) | Wants::Outputs(fields) => {
                let values: String = fields
                    .iter()
                    .map(|field| format!(" {}=…", field.name))
                    .collect();
                format!("runbook answer {run} {id}{values}")
            }
            Wants::Choice(options) => {
                format!("runbook answer {run} {id} --choose {}", options.join("|"))
            }
            Wants::Terminal | Wants::SecondGo { .. } | Wants::Remedy | Wants::Verdict
                if is_driven =>
            {
                return None;
            }
            Wants::SecondGo {
                undo: Some(undo), ..
            } => undo.command(run),
            Wants::SecondGo { .. } => format!("runbook resume {run}"),
            Wants::Terminal | Wants::Remedy | Wants::Verdict => format!("runbook resume {run}"),
        })
    }

    /// Whether `person` can give it.
    pub fn is_for(
        &self,
        plan: &Plan,
        state: &RunState,
        person: &str,
        now: jiff::Timestamp,
    ) -> bool {
        if let Wants::Approval { .. } = self.wants {
            return answers::may_approve(plan, state, &self.step, person, now);
        }
        people::may_do(plan, &self.step, person).is_ok()
    }
}
