//! `runbook` alone: what is open, what waits for me, and the next command for each.

use super::context;
use super::error::CliError;
use super::show;
use super::status;
use crate::exec::state::RunState;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{exit_code, is_at_rest};
use crate::exec::state::waiting::{waiting, way_on};
use crate::exec::store::Run;
use crate::load::LoadError;
use crate::printable::printable;
use crate::runs;
use crate::runs::standing;
use crate::screen::signs;
use std::path::Path;

pub(super) fn run(project: &Path) -> Result<ExitCode, CliError> {
    if !project.join("site.yaml").exists() {
        let error = CliError::from(LoadError::NoProject(project.to_owned()));
        return Err(error.details(["`runbook --help` shows the verbs".to_owned()]));
    }
    let (mut open, damaged) = runs::readable(&context::store(project)?)?;
    open.retain(|(run, state)| !is_at_rest(&run.plan, state));
    let me = runs::account();
    // Those that wait for me come first; the order is otherwise that of their beginning.
    open.sort_by_key(|(run, state)| !is_for(run, state, &me));
    for (run, state) in &open {
        describe(run, state, &me);
    }
    if open.is_empty() {
        show::line("no run is open");
        show::line("  see what there is:  runbook list");
        show::line("  begin a run:        runbook exec ID --target DIR");
    }
    show::complain(&context::faults(&damaged));
    Ok(context::code_of(&damaged))
}

fn is_for(run: &Run, state: &RunState, me: &str) -> bool {
    waiting(&run.plan, state)
        .is_some_and(|waits| waits.is_for(&run.plan, state, me, jiff::Timestamp::now()))
}

fn describe(run: &Run, state: &RunState, me: &str) {
    let sign = exit_code(&run.plan, state).sign();
    show::painted(&format!(
        "{}  {}",
        signs::column(Some(sign), run.short(), 0),
        printable(&status::in_a_line(run, state))
    ));
    let is_driven = standing::driven_by(run, state).is_some();
    let follow = format!("  follow it with: runbook watch {}", run.short());
    let Some(waits) = waiting(&run.plan, state) else {
        return show::line(&match is_driven {
            true => follow,
            false => format!("  continue with: {}", way_on(&run.plan, state, run.short())),
        });
    };
    show::line(&format!(
        "  {}: waits for {}",
        waits.step.title,
        waits.describe()
    ));
    let label = match waits.is_for(&run.plan, state, me, jiff::Timestamp::now()) {
        true => "you can:      ",
        false => "somebody else:",
    };
    show::line(&match waits.command(run.short(), is_driven) {
        Some(command) => format!("  {label} {command}"),
        None => follow,
    });
}
