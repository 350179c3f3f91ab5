//! A run on a few lines of a terminal that are drawn anew when something changes: 80 columns, no
//! second screen, no meaning by colour. What stood above stays, and so does the last picture.

use super::{View, heard, wanted};
use crate::cli::show;
use crate::exec::state::{Progress, StepState};
use crate::exec::tell::following::Following;
use crate::exec::tell::report::{self, StepTime};
use crate::printable::printable;
use crate::runs::standing;
use crate::times;
use jiff::Timestamp;

/// How wide the picture is, in characters.
const WIDTH: usize = 80;
/// How many steps are shown, the last ones; with all else the picture fits on 24 lines.
const STEPS: usize = 12;
/// How many waits are told of.
const WAITS: usize = 3;
/// How many lines of the running step are shown.
const SAID: usize = 5;

/// What is on the terminal.
#[derive(Default)]
pub(super) struct Screen {
    lines: Vec<String>,
}

impl View for Screen {
    fn show(&mut self, following: &Following, driven: bool) {
        let lines = picture(following, driven, Timestamp::now());
        if lines == self.lines {
            return;
        }
        // Up to the first line of the old picture, and everything from there on away.
        let away = match self.lines.len() {
            0 => String::new(),
            drawn => format!("\u{1b}[{drawn}A\r\u{1b}[J"),
        };
        show::text(&format!("{away}{}\n", lines.join("\n")));
        self.lines = lines;
    }
}

fn picture(following: &Following, driven: bool, now: Timestamp) -> Vec<String> {
    let entries = &following.contents.entries;
    let now = now.to_string();
    let began = entries.first().map_or("", |entry| &entry.at);
    let until = match driven {
        true => now.as_str(),
        false => entries.last().map_or("", |entry| &entry.at),
    };
    let plan = &following.run.plan;
    let mut lines = vec![format!(
        "{} {}  run {}  {}  {}",
        plan.title,
        plan.version,
        following.run.short(),
        standing::word(&following.run, &following.state),
        times::elapsed(times::seconds(began, until))
    )];
    let steps = report::steps(plan, entries);
    let hidden = steps.len().saturating_sub(STEPS);
    if hidden > 0 {
        lines.push(format!("  … {}", show::count(hidden, "step")));
    }
    let line = |step: &StepTime| step_line(following, step, &now);
    lines.extend(steps[hidden..].iter().map(line));
    let heard = heard(following, &now);
    lines.extend(heard.iter().take(WAITS).map(|words| format!("  {words}")));
    let said = following.last_lines(SAID);
    lines.extend(said.iter().map(|line| format!("  | {line}")));
    lines.extend(wanted(following, driven).map(|wanted| format!("  {wanted}")));
    lines.iter().map(|line| fitted(line)).collect()
}

fn step_line(following: &Following, step: &StepTime, now: &str) -> String {
    let known = following.state.steps.get(&step.id);
    let progress = known.map_or(Progress::Pending, |known| known.progress);
    let word = known.map_or(progress.as_str(), StepState::label);
    let running = match (progress, &step.running_since) {
        (Progress::Started, Some(since)) => times::seconds(since, now),
        _ => 0,
    };
    let took = times::elapsed(step.seconds + running);
    let tries = match step.tries {
        0 | 1 => String::new(),
        tries => format!("  attempt {tries}"),
    };
    format!("  {:<11} {took:>7}  {}{tries}", word, step.title)
}

/// A line no wider than the picture.
fn fitted(line: &str) -> String {
    let line = printable(line).replace(['\n', '\t'], " ");
    match line.chars().count() {
        0..=WIDTH => line,
        _ => line.chars().take(WIDTH - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_wider_than_the_picture() {
        for (line, width) in [
            ("short", 5),
            (&*"x".repeat(80), 80),
            (&*"ü".repeat(200), 80),
        ] {
            assert_eq!(fitted(line).chars().count(), width, "{line}");
        }
        assert_eq!(fitted("a\u{1b}[2Jb\tc"), "a\u{fffd}[2Jb c");
    }
}
