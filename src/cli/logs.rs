//! `runbook logs`: what steps said, now or while they say it.

use super::context;
use super::envelope::{Json, List};
use super::error::CliError;
use super::show;
use crate::exec::process::lines::{Colour, Lines};
use crate::exec::process::shim::{Attempt, Output};
use crate::exec::record::event::Event;
use crate::exec::state::exit::ExitCode;
use crate::exec::store::Run;
use crate::runs;
use serde_json::json;
use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often a step that runs is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Show the output of steps
///
/// Of escape sequences only colours are kept. --raw prints the raw output; secrets stay masked.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook logs 7KQ2PS\n  runbook logs 7KQ2PS publish --follow\n  runbook logs 7KQ2PS publish.verify --tail 20\n  runbook logs 7KQ2PS build --attempt 1 --raw > build.log"
)]
pub(super) struct Args {
    /// The run, by the end of its id
    run: String,
    /// The step; its verify and undo are STEP.verify and STEP.undo [default: all, in their order]
    step: Option<String>,
    /// Which attempt [default: the last]
    #[arg(long, value_name = "N", requires = "step")]
    attempt: Option<u32>,
    /// Only the last lines
    #[arg(long, value_name = "N")]
    tail: Option<usize>,
    /// Raw output; secrets stay masked
    #[arg(long, conflicts_with_all = ["tail", "wanted"])]
    raw: bool,
    /// Follow the output until the step has ended
    #[arg(long, requires = "step", conflicts_with = "wanted")]
    follow: bool,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn logs(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let run = runs::look_at_files(&context::store(project)?, &args.run)?;
    let wanted = match &args.step {
        None => attempts(&run)?,
        Some(step) => vec![(step.clone(), attempt_of(&run, step, args.attempt)?)],
    };
    if args.json.wanted {
        return as_json(&run, &wanted, args);
    }
    for (step, number) in &wanted {
        if args.step.is_none() && !args.raw {
            show::line(&format!("== {step}, attempt {number}"));
        }
        let attempt = Attempt::new(&run.folder, step, *number);
        give(&attempt, args).map_err(|error| lost(step, &error))?;
    }
    Ok(ExitCode::Finished)
}

/// The number of the attempt that is wanted of a step, or of its last.
fn attempt_of(run: &Run, step: &str, wanted: Option<u32>) -> Result<u32, CliError> {
    let last = last_attempt(run, step).map_err(|error| lost(step, &error))?;
    match wanted.unwrap_or(last) {
        number if number == 0 || number > last => Err(nothing(run, step, last)),
        number => Ok(number),
    }
}

/// The outputs as a list, each written before the next is read.
fn as_json(run: &Run, wanted: &[(String, u32)], args: &Args) -> Result<ExitCode, CliError> {
    let mut list = List::begin();
    for (step, number) in wanted {
        let attempt = Attempt::new(&run.folder, step, *number);
        let mut output = Vec::new();
        give_lines(&attempt, args, Colour::Dropped, &mut output)
            .map_err(|error| lost(step, &error))?;
        let output = String::from_utf8_lossy(&output);
        list.add(&json!({ "step": step, "attempt": number, "output": output }));
    }
    Ok(ExitCode::Finished)
}

fn lost(step: &str, error: &io::Error) -> CliError {
    CliError::usage(format!("cannot show the output of `{step}`: {error}"))
}

fn nothing(run: &Run, step: &str, last: u32) -> CliError {
    match last {
        0 => CliError::usage(format!(
            "`{step}` has no output in this run; see the status with: runbook status {}",
            run.short()
        )),
        1 => CliError::usage(format!("`{step}` has one attempt in this run")),
        _ => CliError::usage(format!("`{step}` has {last} attempts in this run")),
    }
}

/// Every attempt of a step or an undo, in the order in which they were started.
fn attempts(run: &Run) -> Result<Vec<(String, u32)>, CliError> {
    let started = |event: &Event| match event {
        Event::StepStarted { step, attempt, .. } => Some((step.clone(), *attempt)),
        Event::UndoStarted { step, attempt, .. } => Some((format!("{step}.undo"), *attempt)),
        _ => None,
    };
    let entries = run.contents()?.entries;
    Ok(entries
        .iter()
        .filter_map(|entry| started(&entry.event))
        .collect())
}

/// The number of the last attempt of a step that left a folder, 0 if there is none.
fn last_attempt(run: &Run, step: &str) -> io::Result<u32> {
    let prefix = format!("{}.", step.replace('/', "~"));
    let mut last = 0;
    for entry in fs::read_dir(run.folder.join("steps"))? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        last = last.max(number.and_then(|n| n.parse().ok()).unwrap_or(0));
    }
    Ok(last)
}

/// Gives out what an attempt said. A reader that went away is no fault.
fn give(attempt: &Attempt, args: &Args) -> io::Result<()> {
    let mut to: Box<dyn Write> = match args.raw {
        true => Box::new(io::stdout()),
        false => Box::new(anstream::stdout()),
    };
    let given = match args.raw {
        true => follow(attempt, args.follow, |bytes| to.write_all(bytes)),
        false => give_lines(attempt, args, Colour::of_stdout(), &mut to),
    };
    match given.and_then(|()| to.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        given => given,
    }
}

fn give_lines(
    attempt: &Attempt,
    args: &Args,
    colour: Colour,
    to: &mut impl Write,
) -> io::Result<()> {
    let mut lines = Lines::new(colour);
    let mut kept = VecDeque::new();
    let limit = args.tail.unwrap_or(usize::MAX);
    let mut output = attempt.output();
    // What is there by now, of which the last lines are wanted, and then what comes.
    copy(&mut output, &mut |bytes| {
        lines.push(bytes, |line| {
            kept.push_back(line);
            if kept.len() > limit {
                kept.pop_front();
            }
        });
        match args.tail {
            Some(_) => Ok(()),
            None => kept.drain(..).try_for_each(|line| writeln!(to, "{line}")),
        }
    })?;
    let is_over = !args.follow || attempt.follow().is_over()?;
    if is_over {
        kept.extend(lines.finish());
    }
    while kept.len() > limit {
        kept.pop_front();
    }
    kept.drain(..).try_for_each(|line| writeln!(to, "{line}"))?;
    if !is_over {
        rest(attempt, &mut output, |bytes| {
            let mut whole = Vec::new();
            lines.push(bytes, |line| whole.push(line));
            whole.iter().try_for_each(|line| writeln!(to, "{line}"))?;
            to.flush()
        })?;
        if let Some(line) = lines.finish() {
            writeln!(to, "{line}")?;
        }
    }
    Ok(())
}

fn follow(
    attempt: &Attempt,
    to_the_end: bool,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut output = attempt.output();
    match to_the_end {
        true => rest(attempt, &mut output, each),
        false => copy(&mut output, &mut each),
    }
}

/// Gives what is there and what comes, until nothing can come any more.
fn rest(
    attempt: &Attempt,
    output: &mut Output,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let running = attempt.follow();
    loop {
        // Looked at first: what was said before the end is read after it.
        let is_over = running.is_over()?;
        copy(output, &mut each)?;
        if is_over {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
}

/// Gives what is there by now, piece by piece.
fn copy(output: &mut Output, each: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match output.read(&mut buffer)? {
            0 => return Ok(()),
            read => each(&buffer[..read])?,
        }
    }
}
