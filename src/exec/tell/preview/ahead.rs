//! Goes through the steps of a plan without a run.
//!
//! What is found on the way is told to a state in memory, as the journal of a run would tell it, so
//! that the outputs of a step that only reads are known to the steps behind it.

use super::effects::Effects;
use super::probe::{Answer, ProbeError, Prober, withheld};
use super::{Found, Inherited, Lock, Outlook, Preview, describe};
use crate::exec::plan::paths;
use crate::exec::plan::{Command, Condition, Kind, Plan, Step, Text, Verify};
use crate::exec::process::command;
use crate::exec::process::lines::{self, Colour};
use crate::exec::process::shim::Attempt;
use crate::exec::record::event::{Event, Outcome};
use crate::exec::state::RunState;
use crate::exec::state::outline;
use crate::exec::state::values::Values;
use std::collections::BTreeMap;

/// Version of the JSON form.
const FORMAT: u32 = 1;

/// How many lines are shown of what a command said that did not go well.
const LINES: usize = 5;
/// They are looked for in so many bytes.
const LOG_END: u64 = 8 * 1024;

/// What a run of this plan would do; `held_by` is the run that has its lock.
///
/// # Errors
/// When the prober cannot go on. Without one there are none.
pub fn build(
    plan: &Plan,
    held_by: Option<String>,
    prober: Option<Prober>,
) -> Result<Preview, ProbeError> {
    let probed = prober.is_some();
    let mut ahead = Ahead {
        plan,
        state: RunState::default(),
        prober,
        effects: Effects::default(),
    };
    let steps = ahead.steps()?;
    let ending = |steps: &[Step]| {
        let mut leaves = Vec::new();
        steps.iter().for_each(|step| step.leaves(&mut leaves));
        let step = |step: &&Step| describe::step(&ahead.values(&step.id), step, &[], Found::Ahead);
        leaves.iter().map(step).collect()
    };
    Ok(Preview {
        format: FORMAT,
        probed,
        first: Vec::new(),
        until: None,
        lock: plan.lock.clone().map(|key| Lock { key, held_by }),
        inherited: plan
            .inherit
            .iter()
            .map(|name| Inherited::of(name))
            .collect(),
        gates: describe::gates(&ahead.values("")),
        on_failure: ending(&plan.on_failure),
        finally: ending(&plan.finally),
        steps,
        plan: plan.clone(),
    })
}

struct Ahead<'p> {
    plan: &'p Plan,
    state: RunState,
    prober: Option<Prober>,
    /// What would act, of the steps that were gone through.
    effects: Effects,
}

impl<'p> Ahead<'p> {
    fn values<'v>(&'v self, at: &'v str) -> Values<'v> {
        Values {
            plan: self.plan,
            state: &self.state,
            run: "",
            head: "",
            at,
        }
    }

    fn tell(&mut self, event: &Event) {
        self.state.apply("", event);
    }

    fn steps(&mut self) -> Result<Vec<Outlook>, ProbeError> {
        let (mut seen, mut found) = (Vec::new(), Vec::new());
        while let Some(step) = self.next(&seen) {
            seen.push(step.id.clone());
            match self.items(&step) {
                // Its steps, one for each item, come in its place.
                Some(items) if !items.is_empty() => self.tell(&Event::GroupStarted {
                    step: step.id.clone(),
                    items: Some(items),
                }),
                items => {
                    let groups = self.plan.around(&paths::base(&step.id));
                    let is = match items {
                        Some(_) => left_out("its list is empty"),
                        None => self.found(&step, &groups)?,
                    };
                    if !matches!(is, Found::AlreadySo | Found::LeftOut { .. }) {
                        self.effects.note(&step);
                    }
                    found.push(describe::step(&self.values(&step.id), &step, &groups, is));
                }
            }
        }
        Ok(found)
    }

    /// The first step that was not looked at.
    fn next(&self, seen: &[String]) -> Option<Step> {
        let steps = outline::steps(self.plan, &self.state);
        steps.into_iter().find(|step| !seen.contains(&step.id))
    }

    /// The items of a loop, if they are known.
    fn items(&self, step: &Step) -> Option<Vec<String>> {
        let (each, values) = (step.each.as_ref()?, self.values(&step.id));
        let known = each
            .items
            .iter()
            .all(|item| values.unknown(item).is_empty());
        known.then(|| values.items(each))
    }

    fn found(&mut self, step: &Step, groups: &[&Step]) -> Result<Found, ProbeError> {
        if let Some(because) = self.left_out(step, groups) {
            return Ok(left_out(&because));
        }
        // A loop whose items nobody knows cannot be asked about one of them.
        if self.prober.is_none() || step.each.is_some() {
            return Ok(Found::Ahead);
        }
        let verified = match &step.verify {
            Some(verify) => Some(self.verify(step, verify)?),
            None => None,
        };
        match (&step.kind, verified) {
            (_, Some(Found::AlreadySo)) => Ok(Found::AlreadySo),
            (Kind::Command(command) | Kind::Check(command), _) if step.only_looks() => {
                match &step.confirm {
                    Some(_) => Ok(not_asked("somebody has to type something first")),
                    None => self.look(step, &command.clone()),
                }
            }
            (_, verified) => Ok(verified.unwrap_or(Found::Ahead)),
        }
    }

    /// Why a step is not done in this run, as far as that is known.
    fn left_out(&self, step: &Step, groups: &[&Step]) -> Option<String> {
        let around = groups.iter().copied().chain([step]);
        for one in around.clone() {
            if let Some(reason) = self.plan.left_out.get(&paths::base(&one.id)) {
                return Some(match reason.as_str() {
                    "" => "by whoever starts the run".to_owned(),
                    reason => reason.to_owned(),
                });
            }
        }
        around
            .filter_map(|one| one.when.as_ref())
            .find(|when| self.is_known(&step.id, when) && !self.values(&step.id).holds(when, None))
            .map(|when| format!("not {}", when.text))
    }

    fn is_known(&self, at: &str, condition: &Condition) -> bool {
        let mut known = true;
        let values = self.values(at);
        let mut condition = condition.clone();
        condition
            .root
            .each_text(&mut |text| known &= values.unknown(text).is_empty());
        known
    }

    fn ask(
        &mut self,
        step: &Step,
        command: &Command,
        env: &BTreeMap<String, Text>,
    ) -> Result<Answer, ProbeError> {
        let values = Values {
            plan: self.plan,
            state: &self.state,
            run: "",
            head: "",
            at: &step.id,
        };
        match &mut self.prober {
            Some(prober) => prober.ask(&values, step, command, env),
            None => Ok(Answer::NotAsked(String::new())),
        }
    }

    fn verify(&mut self, step: &Step, verify: &Verify) -> Result<Found, ProbeError> {
        let (record, attempt) = match self.ask(step, &verify.command, &verify.env)? {
            Answer::Ended(record, attempt) => (record, attempt),
            Answer::NotAsked(because) => return Ok(Found::NotAsked { because }),
        };
        if command::refused(verify.refusal.as_ref(), &attempt, &record)?.is_some() {
            return Ok(Found::CannotTell);
        }
        Ok(match record.code.filter(|_| !record.timed_out) {
            Some(0) => {
                self.tell(&Event::StepNotNeeded {
                    step: step.id.clone(),
                    kept: Vec::new(),
                });
                Found::AlreadySo
            }
            Some(code) if verify.absent.contains(&code) => Found::NotYet,
            _ => Found::CannotTell,
        })
    }

    /// The step that has to be over before a step can look at what the run makes.
    fn after(&self, step: &Step, command: &Command) -> Option<Found> {
        let values = self.values(&step.id);
        if withheld(&values, step, command, &BTreeMap::new()).is_some() {
            return None; // That says more, and stays so.
        }
        let before = self.effects.before(self.plan, step)?;
        Some(Found::After {
            step: before.to_owned(),
            number: self.plan.number(before)?,
        })
    }

    /// Runs a step that only looks, if nothing of the run comes before that would change what it sees.
    fn look(&mut self, step: &Step, command: &Command) -> Result<Found, ProbeError> {
        if let Some(after) = self.after(step, command) {
            return Ok(after);
        }
        let (record, attempt) = match self.ask(step, command, &BTreeMap::new())? {
            Answer::Ended(record, attempt) => (record, attempt),
            Answer::NotAsked(because) => return Ok(Found::NotAsked { because }),
        };
        let judged = match record.code == Some(0) && !record.timed_out {
            false => Err(record.describe_end()),
            true => command::handed_on(&self.values(&step.id), step, &attempt),
        };
        let outcome = match (&judged, step.warn_only) {
            (Ok(_), _) => Outcome::Ok,
            (Err(_), true) => Outcome::Warned,
            (Err(_), false) => Outcome::Failed,
        };
        self.tell(&Event::StepFinished {
            step: step.id.clone(),
            attempt: 1,
            outcome,
            exit: record.code,
            signal: record.signal,
            outputs: judged.clone().unwrap_or_default(),
            log_sha256: String::new(),
            log_bytes: 0,
            survivors: Vec::new(),
            refused: None,
            kept: Vec::new(),
        });
        Ok(match judged {
            Ok(_) => Found::Passes,
            Err(how) => Found::Fails {
                how,
                said: log_tail(&attempt),
                warns: step.warn_only,
            },
        })
    }
}

/// The end of what a command said.
fn log_tail(attempt: &Attempt) -> Vec<String> {
    let end = attempt.log_end(LOG_END).unwrap_or_default();
    lines::last(&end, LINES, Colour::Dropped)
}

fn left_out(because: &str) -> Found {
    Found::LeftOut {
        because: because.to_owned(),
    }
}

fn not_asked(because: &str) -> Found {
    Found::NotAsked {
        because: because.to_owned(),
    }
}
