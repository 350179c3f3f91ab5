//! Steps that whoever starts a run leaves out.
//!
//! What is left out is written into the plan, with the reason, before anything begins. Two things are
//! refused, because they would not be what the author wrote: a step that uses what a left-out one
//! would have handed on, and acting behind a gate that nobody was asked at. See
//! `docs/decisions/0012-gates-stay-in.md`.

use crate::diag::did_you_mean;
use crate::exec::plan::paths;
use crate::exec::plan::people::may_skip;
use crate::exec::plan::{Doing, Effect, Kind, Plan, Step};
use std::collections::BTreeSet;

/// What of a plan is wanted, by ids of steps. A step that holds others means all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Where to begin: what stands before it is left out.
    pub from: Option<String>,
    /// What alone is done.
    pub only: Vec<String>,
    /// What is left out.
    pub skip: Vec<String>,
    /// Where the run is left once it is done.
    pub until: Option<String>,
}

/// Leaves out what is not wanted.
///
/// # Errors
/// Everything that keeps it from being left out.
pub fn select(
    plan: Plan,
    selection: &Selection,
    reason: Option<&str>,
) -> Result<Plan, Vec<String>> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let named = [&selection.from, &selection.until].into_iter().flatten();
    let named = named.chain(&selection.only).chain(&selection.skip);
    let unknown: Vec<String> = named.filter_map(|id| unknown(&plan, id)).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let choice = Choice::of(&plan, selection);
    let problems = choice.problems(selection, reason);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut left_out = BTreeSet::new();
    plan.steps
        .iter()
        .for_each(|step| choice.note(step, &mut left_out));
    let reason = reason.unwrap_or_default();
    let left_out = left_out.into_iter().map(|id| (id, reason.to_owned()));
    Ok(Plan {
        left_out: left_out.collect(),
        ..plan
    })
}

/// Why what was left out of a plan could not be, if it could not.
pub fn faults(plan: &Plan) -> Vec<String> {
    let is_out = |step: &Step| {
        let mut around = plan.around(&step.id).into_iter().chain([step]);
        around.any(|outer| plan.left_out.contains_key(&outer.id))
    };
    let leaves = plan.leaves();
    let kept = leaves.iter().filter(|step| !is_out(step));
    let choice = Choice {
        plan,
        kept: kept.map(|step| step.id.as_str()).collect(),
        leaves: leaves.clone(),
    };
    let out = leaves.iter().filter(|step| is_out(step));
    let faults = out.filter_map(|step| {
        let acting = choice.guards(step)?;
        let why = may_skip(plan, step, &plan.initiator).err()?;
        Some(format!("{why}; it is a gate before `{}`", acting.id))
    });
    let main: Vec<&Step> = plan.steps.iter().flat_map(Step::with_inner).collect();
    let is_there = |id: &&String| main.iter().any(|step| step.id == **id);
    let elsewhere = plan.left_out.keys().filter(|id| !is_there(id));
    let elsewhere =
        elsewhere.map(|id| format!("`{id}` cannot be skipped: it is no step of the procedure"));
    faults.chain(elsewhere).collect()
}

/// Why this id names no step that can be chosen.
fn unknown(plan: &Plan, id: &str) -> Option<String> {
    let steps = plan.steps.iter().flat_map(Step::with_inner);
    let ids: Vec<&str> = steps.map(|step| step.id.as_str()).collect();
    if ids.contains(&id) {
        return None;
    }
    if plan.is_ending(id) {
        return Some(format!(
            "`{id}` always runs at the end, and cannot be chosen or skipped"
        ));
    }
    let help = did_you_mean(id, ids.iter().copied())
        .unwrap_or_else(|| format!("there are: {}", ids.join(", ")));
    Some(format!("the runbook has no step `{id}`; {help}"))
}

/// Which steps are kept.
struct Choice<'p> {
    plan: &'p Plan,
    leaves: Vec<&'p Step>,
    kept: BTreeSet<&'p str>,
}

impl<'p> Choice<'p> {
    fn of(plan: &'p Plan, selection: &Selection) -> Self {
        let leaves = plan.leaves();
        let is_in = |step: &Step, id: &String| {
            step.id == *id || plan.around(&step.id).iter().any(|group| group.id == *id)
        };
        let from = selection.from.as_ref();
        let first = from.and_then(|id| leaves.iter().position(|step| is_in(step, id)));
        let skipped = |step: &Step| selection.skip.iter().any(|id| is_in(step, id));
        let wanted = |at: usize, step: &Step| {
            let only = &selection.only;
            first.is_none_or(|first| at >= first)
                && (only.is_empty() || only.iter().any(|id| is_in(step, id)))
                && !skipped(step)
        };
        let kept = leaves.iter().enumerate();
        let kept = kept.filter(|(at, step)| wanted(*at, step));
        let mut choice = Self {
            plan,
            kept: kept.map(|(_, step)| step.id.as_str()).collect(),
            leaves,
        };
        // A gate stays in where something behind it acts, wherever the choice begins or ends.
        let gates: Vec<&str> = choice
            .leaves
            .iter()
            .filter(|step| !skipped(step) && choice.guards(step).is_some())
            .map(|step| step.id.as_str())
            .collect();
        choice.kept.extend(gates);
        choice
    }

    /// The first kept step behind a gate that acts, in what the gate was written for: its own
    /// runbook and those that it calls.
    fn guards(&self, gate: &Step) -> Option<&'p Step> {
        if !matches!(gate.kind, Kind::Approve { .. }) {
            return None;
        }
        let (scope, _) = paths::split(&gate.id);
        let behind = self.leaves.iter().skip_while(|step| step.id != gate.id);
        let mut behind = behind.skip(1).filter(|step| step.id.starts_with(&scope));
        behind
            .find(|step| self.kept.contains(step.id.as_str()) && acts(step))
            .copied()
    }

    fn problems(&self, selection: &Selection, reason: Option<&str>) -> Vec<String> {
        let mut problems = Vec::new();
        let out = self.leaves.iter().copied();
        let out: Vec<&Step> = out
            .filter(|step| !self.kept.contains(step.id.as_str()))
            .collect();
        if out.is_empty() {
            return problems;
        }
        if self.kept.is_empty() {
            problems.push("nothing is left to be done".to_owned());
        }
        if self.plan.careful && reason.is_none() {
            problems
                .push("steps of a high-risk runbook are skipped only with --reason TEXT".into());
        }
        for step in &out {
            if let Some(acting) = self.guards(step)
                && let Err(why) = may_skip(self.plan, step, &self.plan.initiator)
            {
                problems.push(format!("{why}; it is a gate before `{}`", acting.id));
            } else if let Some(skip) = &step.skip
                && selection.skip.contains(&step.id)
            {
                problems.extend(may_skip(self.plan, step, &self.plan.initiator).err());
                if skip.reason_required && reason.is_none() {
                    problems.push(format!("`{}` is skipped only with --reason TEXT", step.id));
                }
            }
            problems.extend(
                self.users(step).into_iter().map(|user| {
                    format!("`{user}` uses outputs of `{}`, which is skipped", step.id)
                }),
            );
        }
        if let Some(until) = &selection.until
            && !self.holds_kept(until)
        {
            problems.push(format!(
                "`{until}` is skipped, so the run cannot stop after it"
            ));
        }
        problems
    }

    fn holds_kept(&self, id: &str) -> bool {
        let step = self.plan.step(id);
        let mut leaves = Vec::new();
        step.iter().for_each(|step| step.leaves(&mut leaves));
        leaves
            .iter()
            .any(|leaf| self.kept.contains(leaf.id.as_str()))
    }

    /// The kept steps, and what they stand in, that use what a step hands on.
    fn users(&self, left_out: &Step) -> BTreeSet<&'p str> {
        let kept = self.leaves.iter().copied();
        let kept = kept.filter(|step| self.kept.contains(step.id.as_str()));
        let with_groups = kept.flat_map(|step| {
            let groups = self.plan.around(&step.id).into_iter();
            groups.chain([step])
        });
        let uses = |step: &&Step| {
            let mut found = false;
            (*step)
                .clone()
                .each_text(&mut |text| found |= text.uses(&left_out.id));
            found
        };
        with_groups
            .filter(uses)
            .map(|step| step.id.as_str())
            .collect()
    }

    /// Notes what is left out: a step that holds others by its own name, if all of them are.
    fn note(&self, step: &Step, left_out: &mut BTreeSet<String>) {
        let mut leaves = Vec::new();
        step.leaves(&mut leaves);
        let kept = |leaf: &&&Step| self.kept.contains(leaf.id.as_str());
        match leaves.iter().filter(kept).count() {
            0 => drop(left_out.insert(step.id.clone())),
            _ => step
                .children()
                .iter()
                .for_each(|child| self.note(child, left_out)),
        }
    }
}

fn acts(step: &Step) -> bool {
    step.kind.doing() == Doing::Acts && step.effect != Effect::Read
}
