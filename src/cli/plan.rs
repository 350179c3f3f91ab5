//! `runbook plan`: what a run would do.

use super::desk::Ended;
use super::evidence;
use super::show;
use super::start::{self, What};
use crate::exec::operator::Operator;
use crate::exec::plan::{Command, Kind, Piece, Plan, Step, Text};
use crate::exec::values;
use std::path::Path;

/// Show what a run would do, and do nothing
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook plan hotfix --target ../app -p base=1.4.2\n  runbook plan hotfix --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    /// The whole plan as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn plan(project: &Path, args: &Args) -> Result<u8, Ended> {
    let plan = start::plan(project, &args.what, Operator::Absent)?;
    match args.json {
        true => show::text(&(String::from_utf8_lossy(&plan.to_bytes()).into_owned() + "\n")),
        false => describe(&plan),
    }
    Ok(0)
}

fn describe(plan: &Plan) {
    show::line(&format!(
        "{} {}  in {}",
        plan.title, plan.version, plan.target
    ));
    for (name, value) in &plan.params {
        show::line(&format!("  {name} = {}", values::printable(value)));
    }
    for (at, step) in plan.leaves().into_iter().enumerate() {
        describe_step(&format!("{:>3}", at + 1), step);
    }
    for (words, steps) in [
        ("after a failure:", &plan.on_failure),
        ("at the end in every case:", &plan.finally),
    ] {
        if !steps.is_empty() {
            show::line(words);
            steps.iter().for_each(|step| describe_step("  +", step));
        }
    }
    if let Some(doubt) = evidence::doubt(plan) {
        show::line(&format!("to be settled first: {doubt}"));
    }
    show::line("nothing was started");
}

fn describe_step(number: &str, step: &Step) {
    show::line(&format!("{number}  {}", step.title));
    let note = |words: String| show::line(&format!("     {words}"));
    if let Some(when) = &step.when {
        note(format!("only when {}", when.text));
    }
    if let Some(each) = &step.each {
        let items: Vec<String> = each.items.iter().map(holes).collect();
        note(format!("once for each of: {}", items.join(", ")));
    }
    match &step.kind {
        Kind::Command(command) | Kind::Check(command) => {
            words(command)
                .lines()
                .for_each(|line| note(line.to_owned()));
        }
        Kind::Approve { role, .. } => note(format!("waits for: {role}")),
        Kind::Manual { .. } => note("done by hand".to_owned()),
        Kind::Decide { options, .. } => {
            let options: Vec<&str> = options.keys().map(String::as_str).collect();
            note(format!("choose: {}", options.join(", ")));
        }
        Kind::Notify { channel, .. } => note(format!("tells: {channel}")),
        Kind::Wait { time, until } => {
            if let Some(time) = time {
                note(format!("waits {}", holes(time)));
            }
            if let Some(until) = until {
                note(format!("until: {}", words(&until.command)));
            }
        }
        Kind::Call(steps) | Kind::Parallel { steps, .. } => {
            steps.iter().for_each(|step| describe_step(number, step));
        }
    }
}

/// A text with its holes as the author wrote them.
fn holes(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(path) => format!("${{{{ {path} }}}}"),
    };
    text.0.iter().map(piece).collect()
}

fn words(command: &Command) -> String {
    match command {
        Command::Shell { script, .. } => script.clone(),
        Command::Program(items) => items.iter().map(holes).collect::<Vec<_>>().join(" "),
    }
}
