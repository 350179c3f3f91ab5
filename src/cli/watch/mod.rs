//! `runbook watch`: a run as it goes on, from another terminal, until nobody drives it any more.

mod screen;

use super::context;
use super::error::CliError;
use super::show;
use crate::exec::machine::Machine;
use crate::exec::record::event::Event;
use crate::exec::state::exit::ExitCode;
use crate::exec::state::next::{exit_code, is_at_rest};
use crate::exec::state::outline;
use crate::exec::state::waiting::{waiting, way_on};
use crate::exec::tell::following::Following;
use crate::exec::tell::report;
use crate::runs::standing;
use crate::screen as terminal;
use crate::times;
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Follow a run from another terminal
///
/// Shows what happens until the run has ended or was left; exits with the exit code of the run.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook watch\n  runbook watch 7KQ2PS --plain")]
pub(super) struct Args {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// Print one line for each event; do not redraw the screen
    #[arg(long)]
    plain: bool,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let run = context::find(&context::store(project)?, args.run.as_deref())?;
    let machine = Machine::here();
    let mut following = Following::new(run)?;
    let drawn = !args.plain && terminal::can_be_drawn_on();
    let mut view: Box<dyn View> = match drawn {
        true => Box::new(screen::Screen::default()),
        false => Box::new(Lines::default()),
    };
    loop {
        // Asked before the look, so that what the driver wrote last is shown.
        let driven = following.is_driven(&machine);
        following.look()?;
        view.show(&following, driven);
        if !driven || show::has_no_reader() {
            break;
        }
        std::thread::sleep(LOOK);
    }
    let (plan, state) = (&following.run.plan, &following.state);
    if !is_at_rest(plan, state) && !show::has_no_reader() {
        let run = following.run.short();
        let way = way_on(plan, state, run);
        show::line(&format!("nobody drives run {run}; continue with: {way}"));
    }
    Ok(exit_code(&following.run.plan, &following.state))
}

/// Whether a probe said something that ended nothing.
fn is_answer(event: &Event) -> bool {
    matches!(event, Event::WaitProbed { .. })
}

/// A way to show a run that goes on.
trait View {
    /// Shows how it is now.
    fn show(&mut self, following: &Following, driven: bool);
}

/// What is waited for and the command that gives it, if anything is.
fn wanted(following: &Following, driven: bool) -> Option<String> {
    let plan = &following.run.plan;
    let waits = waiting(plan, &following.state)?;
    let command = waits.command(following.run.short(), driven);
    let command = command.map_or_else(String::new, |command| format!(": {command}"));
    Some(format!("waits for {}{command}", waits.describe()))
}

/// How the waits go that ask until they hear yes, a line each.
fn heard(following: &Following, now: Timestamp) -> Vec<String> {
    let (plan, state) = (&following.run.plan, &following.state);
    let steps = outline::steps(plan, state);
    let told = steps.iter().filter_map(|step| {
        let words = standing::patience(step, state, now)?;
        Some(format!("{}: {words}", step.id))
    });
    told.collect()
}

/// Which entry answers each step that has failed and is not settled, with what to do.
fn answered(following: &Following) -> Vec<String> {
    let (run, state) = (&following.run, &following.state);
    let steps = outline::steps(&run.plan, state);
    let explained = steps
        .iter()
        .filter_map(|step| standing::explained(run, state, step));
    explained.flat_map(|explained| explained.lines()).collect()
}

/// A line for each thing that happens.
#[derive(Default)]
struct Lines {
    /// How many lines of the journal were told.
    told: usize,
    /// What was said last about waiting.
    waits: Option<String>,
}

impl View for Lines {
    fn show(&mut self, following: &Following, driven: bool) {
        let entries = &following.contents.entries;
        if self.told == entries.len() {
            return;
        }
        let timeline = report::timeline(&following.run.plan, entries);
        for moment in timeline.iter().filter(|moment| moment.line > self.told) {
            let after = times::elapsed(moment.seconds);
            show::line(&format!("{after:>7}  {}", moment.text));
        }
        if entries[self.told..]
            .iter()
            .any(|entry| is_answer(&entry.event))
        {
            for words in heard(following, Timestamp::now()) {
                show::line(&format!("         {words}"));
            }
        }
        if report::failed_since(entries, self.told) {
            for words in answered(following) {
                show::line(&format!("         {words}"));
            }
        }
        self.told = entries.len();
        let waits = wanted(following, driven);
        if let Some(waits) = waits.as_ref().filter(|_| waits != self.waits) {
            show::line(&format!("         {waits}"));
        }
        self.waits = waits;
    }
}
