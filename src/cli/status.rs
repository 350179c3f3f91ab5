//! `runbook status`: how far a run is, in all its steps, in a line, and as JSON.

use super::context;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::exec::machine::Life;
use crate::exec::plan::paths;
use crate::exec::plan::{Plan, Step};
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{exit_code, is_at_rest, is_over};
use crate::exec::state::outline;
use crate::exec::state::quorum;
use crate::exec::state::unended::Unended;
use crate::exec::state::waiting::{Wants, waiting, way_on};
use crate::exec::state::{End, Progress, RunState, StepState, UndoState};
use crate::exec::store::Run;
use crate::printable::printable;
use crate::runs::standing;
use crate::screen::signs;
use crate::times;
use std::path::Path;

/// Show the status of a run
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook status\n  runbook status 7KQ2PS --json")]
pub(super) struct StatusArgs {
    /// The run, by the end of its id [default: the only open one, else the newest]
    run: Option<String>,
    #[command(flatten)]
    pub(super) json: Json,
}

/// A run in a line, without its name.
pub(super) fn in_a_line(run: &Run, state: &RunState) -> String {
    format!(
        "{} {}  {}{}  by {}{}",
        run.plan.runbook,
        run.plan.version,
        standing::signed_word(run, state),
        belongs_to(run),
        state.initiator,
        driver(run, state)
    )
}

pub(super) fn status(project: &Path, args: &StatusArgs) -> Result<ExitCode, CliError> {
    let (run, state) = context::look_up(&context::store(project)?, args.run.as_deref())?;
    if args.json.wanted {
        envelope::data(&standing::summary(&run, &state));
        return Ok(ExitCode::Finished);
    }
    let headline = format!(
        "{} {}  run {}{}",
        run.plan.title,
        run.plan.version,
        run.short(),
        belongs_to(&run)
    );
    show::painted(&format!(
        "{}  {}",
        printable(&headline),
        painted_word(&run, &state)
    ));
    run.plan.left_out_words().iter().for_each(|words| {
        show::line(words);
    });
    show::line(&times_of(&state));
    if let Some(owner) = &run.plan.owner {
        show::line(&format!("owned by {owner}"));
    }
    let steps = outline::steps(&run.plan, &state);
    for step in steps.iter().chain(&outline::endings(&run.plan, &state)) {
        describe(&run, &state, step);
    }
    for owed in state.owed() {
        show::line(&owed.line(run.short()));
    }
    for refused in state.refused_reviews() {
        show::line(&refused.to_string());
    }
    tell_asked(&run, &state);
    match Unended::of(&state).filter(|_| standing::driven_by(&run, &state).is_none()) {
        Some(unended) if state.end.is_some() && state.end != Some(End::Undone) => {
            let way = unended.command(run.short());
            show::line(&format!("the undo is not complete; continue with: {way}"));
        }
        _ if !is_over(&run.plan, &state) => tell_driver(&run, &state),
        _ => {}
    }
    Ok(ExitCode::Finished)
}

/// How a run is, in a word or two, with its sign and colour.
fn painted_word(run: &Run, state: &RunState) -> String {
    let word = printable(&standing::word(run, state));
    match standing::sign(run, state) {
        Some(sign) => sign.line("", &word),
        None => word,
    }
}

/// Says what a part of a step asked a person for, if it needs one at a terminal.
fn tell_asked(run: &Run, state: &RunState) {
    let waits = waiting(&run.plan, state);
    if let Some(waits) = waits.filter(|waits| matches!(waits.wants, Wants::SecondGo { .. })) {
        let what = waits.describe();
        show::line(&format!("{} waits for {what}", waits.step.id));
    }
}

/// Shows a step: its number, how it is, its name, and what has to be known of it.
fn describe(run: &Run, state: &RunState, step: &Step) {
    let plan = &run.plan;
    let which = match paths::base(&step.id) == step.id {
        true => String::new(),
        false => format!("  {}", step.id),
    };
    let found = state.steps.get(&step.id);
    let word = found.map_or_else(|| Progress::Pending.as_str(), StepState::label);
    let number = plan.shown_number(&step.id);
    let word = signs::column(found.and_then(StepState::sign), word, 11);
    let title = printable(&format!("{}{which}", step.title));
    show::painted(&format!("{number:>3}  {word} {title}"));
    if show::is_verbose()
        && let Some(found) = found
    {
        more(found);
    }
    let claimed = found.map(|found| found.gate.claimed().join(", "));
    if let Some(remark) = undo_remark(state, step) {
        show::line(&format!("                  {remark}"));
    }
    if let Some(explained) = standing::explained(run, state, step) {
        for line in explained.lines() {
            show::line(&format!("                  {line}"));
        }
    }
    if let Some(words) = standing::patience(step, state, jiff::Timestamp::now()) {
        show::line(&format!("                  {words}"));
    }
    if let Some(names) = claimed.filter(|names| !names.is_empty()) {
        show::line(&format!(
            "                  the approval by {names} is a claim, not proved"
        ));
    }
    let is_open = found.is_some_and(|found| found.progress == Progress::Waiting);
    let asked = found.and_then(|found| Some((found.gate.given(), found.gate.asked.as_ref()?)));
    if let Some((given, asked)) = asked.filter(|_| is_open) {
        for (ask, _) in quorum::missing(&asked.request, &given) {
            show::line(&format!("                  missing: {}", quorum::whom(ask)));
        }
    }
    for approval in found.map(|found| found.gate.counted()).unwrap_or_default() {
        show::line(&format!("                  {approval}"));
    }
    for approval in found.iter().flat_map(|found| &found.gate.conditional) {
        show::line(&format!("                  {approval}"));
    }
    if let Some(no) = found.and_then(|found| found.gate.rejection()) {
        show::line(&format!("                  rejected {no}"));
    }
}

/// Shows the attempts of a step, what its command ended with, and its outputs.
fn more(found: &StepState) {
    let exit = found.exit.map(|code| format!(", exit {code}"));
    if found.attempt > 0 {
        let attempts = show::count(found.attempt as usize, "attempt");
        show::line(&format!(
            "                  {attempts}{}",
            exit.unwrap_or_default()
        ));
    }
    for (name, value) in &found.outputs {
        show::line(&format!("                  {name} = {value}"));
    }
}

/// When a run was started, by whom, and how long it took or is open.
fn times_of(state: &RunState) -> String {
    let began = state.began.as_deref().unwrap_or_default();
    let time = match state.seconds() {
        Some(seconds) => format!("took {}", times::elapsed(seconds)),
        None => {
            let now = jiff::Timestamp::now().to_string();
            format!("open for {}", times::elapsed(times::seconds(began, &now)))
        }
    };
    format!(
        "started {} by {}; {time}",
        times::local_minute(began),
        state.initiator
    )
}

/// What the word for a step does not say of its undo.
fn undo_remark(state: &RunState, step: &Step) -> Option<&'static str> {
    let found = state.steps.get(&step.id)?;
    if found.undo_refused.is_some() {
        return Some("its undo needs a terminal");
    }
    match found.undo {
        UndoState::None | UndoState::Done => None,
        UndoState::Started(_) => Some("its undo has begun"),
        UndoState::Failed(_) => Some("its undo failed"),
    }
}

/// Says who drives an open run, or that nobody does, and the command that follows from it.
fn tell_driver(run: &Run, state: &RunState) {
    let short = run.short();
    if let Some(driver) = standing::driven_by(run, state) {
        let unseen = match standing::life(driver) {
            Life::Elsewhere => format!(", which {}", Life::Elsewhere.describe()),
            _ => String::new(),
        };
        show::line(&format!("driven by {driver}{unseen}"));
        return show::line(&format!("follow it with: runbook watch {short}"));
    }
    if let Some(driver) = &state.driver {
        let what = match driver.left {
            true => "left the run",
            false => standing::life(driver).describe(),
        };
        show::line(&format!("last driver: {driver}; this process {what}"));
    }
    let when = standing::due(run, state).map_or_else(String::new, |due| {
        format!(" after {}", times::local_second(&due))
    });
    show::line(&format!(
        "continue{when} with: {}",
        way_on(&run.plan, state, short)
    ));
}

/// Tells of a run that has the key of `plan`: it is the run that is meant, so nothing begins. Gives
/// the code that the run would end with now.
///
/// # Errors
/// If it is a run of something else.
pub(super) fn report_existing_run(run: &Run, plan: &Plan) -> Result<ExitCode, CliError> {
    let (short, known) = (run.short(), &run.plan);
    let same = |plan: &Plan| {
        (
            plan.runbook.clone(),
            plan.target.clone(),
            plan.params.texts().clone(),
        )
    };
    if same(known) != same(plan) {
        return Err(CliError::invalid(vec![format!(
            "the key belongs to run {short} of `{}`, which has another runbook, target or params; nothing was started",
            known.runbook
        )]));
    }
    let state = run.fitting(run.state()?)?;
    let (title, version) = (&known.title, &known.version);
    show::line(&format!(
        "{title} {version}  nothing was started: run {short} already has this key; it is {}",
        standing::word(run, &state)
    ));
    if !is_at_rest(known, &state) {
        tell_driver(run, &state);
    }
    Ok(match standing::driven_by(run, &state) {
        Some(_) => ExitCode::Locked,
        None => exit_code(known, &state),
    })
}

/// The incident and the ticket that a run belongs to, as a part of its line.
pub(super) fn belongs_to(run: &Run) -> String {
    let named = run.plan.incident.iter().chain(&run.plan.ticket);
    named.map(|name| format!("  {}", printable(name))).collect()
}

/// Who drives a run, as the end of its line.
pub(super) fn driver(run: &Run, state: &RunState) -> String {
    match standing::driven_by(run, state) {
        Some(driver) => format!("  driven by {}", driver.process),
        None => String::new(),
    }
}
