//! `runbook resume --replan`: a run goes on by its runbook as it is now, if what has begun is
//! untouched; and the hint that it was changed.

use super::desk::Ended;
use super::{evidence, show, start};
use crate::exec::digest::sha256;
use crate::exec::engine::operator::{Heard, Operator};
use crate::exec::plan::SourceRecord;
use crate::exec::state::RunState;
use crate::exec::state::replan::{self, Changed};
use crate::exec::store::{Driven, Run};
use crate::runs;
use std::path::Path;

/// Shows what differs, and lets the run go on by it; whether the run is to go on.
///
/// # Errors
/// When the changed runbook does not fit what has begun: the run stays as it is.
pub(super) fn replan(
    project: &Path,
    driven: &mut Driven,
    reason: &str,
    operator: Operator,
) -> Result<bool, Ended> {
    if reason.is_empty() {
        return Err(Ended::usage("an empty reason says nothing"));
    }
    let state = RunState::fold(driven.journal.entries());
    let fresh = start::again(project, &driven.run.plan)?;
    if driven.run.plan.uncommitted.is_none() {
        evidence::admit(fresh.clone(), None)?;
    }
    let changed = replan::compare(&driven.run.plan, fresh, &state);
    let changed = changed.map_err(|problems| refusal(problems, driven.run.short()))?;
    let Some(changed) = changed else {
        show::line("the runbook does not differ from the plan of the run");
        return Ok(true);
    };
    if !is_wanted(&changed, operator) {
        show::line("the run stays as it was planned");
        return Ok(false);
    }
    let by = driven.run.plan.person(&runs::account()).name;
    let now = jiff::Timestamp::now().to_string();
    driven.change_plan(now, by, reason.to_owned(), changed)?;
    show::line("the run goes on by the changed plan");
    Ok(true)
}

fn refusal(problems: Vec<String>, run: &str) -> Ended {
    let first = "the changed runbook does not fit what the run has done:".to_owned();
    let last = format!("the run stays as it was planned; go on with: runbook resume {run}");
    let problems = problems.into_iter().map(|problem| format!("  {problem}"));
    Ended::invalid([first].into_iter().chain(problems).chain([last]).collect())
}

/// Shows the difference. Without anybody to ask, `--replan` with its reason is the answer.
fn is_wanted(changed: &Changed, operator: Operator) -> bool {
    changed
        .difference
        .iter()
        .for_each(|line| operator.say(&format!("  {line}")));
    if operator == Operator::Absent {
        return true;
    }
    loop {
        match operator.ask("go on by this? [y] yes  [q] no, leave", || false) {
            Heard::Line(key) if key == "y" => return true,
            Heard::Line(key) if key != "q" => {}
            _ => return false,
        }
    }
}

/// What to say of a run whose runbook was changed since it began; nothing if it was not.
pub(super) fn hint(project: &Path, run: &Run) -> Option<String> {
    let differs = |source: &&SourceRecord| {
        let bytes = std::fs::read(project.join(&source.path));
        bytes.is_ok_and(|bytes| sha256(&bytes) != source.sha256)
    };
    let plan = &run.plan;
    let mut sources = std::iter::once(&plan.source).chain(&plan.called);
    let changed = sources.find(differs)?;
    Some(format!(
        "{} was changed since; the run goes on by its own plan. To see what differs: runbook resume {} --replan --reason TEXT",
        changed.path,
        run.short()
    ))
}
