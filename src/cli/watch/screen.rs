//! A run on a few lines of a terminal that are drawn anew when something changes: no wider than the
//! terminal, no second screen, no meaning by colour. What stood above stays, and so does the last
//! picture.

use super::{View, answered, heard, wanted};
use crate::cli::show;
use crate::exec::state::{Progress, StepState};
use crate::exec::tell::following::Following;
use crate::exec::tell::report::{self, StepTime};
use crate::printable::printable;
use crate::runs::standing;
use crate::screen;
use crate::screen::signs;
use crate::times;
use jiff::Timestamp;

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
    /// How wide the terminal was then.
    columns: usize,
}

impl View for Screen {
    fn show(&mut self, following: &Following, driven: bool) {
        let columns = screen::columns();
        let lines = picture(following, driven, Timestamp::now(), columns);
        if lines == self.lines {
            return;
        }
        // Up to the first line of the old picture, and everything from there on away. In a terminal
        // that became narrower its lines are broken, in some: what stands above it is not risked.
        let away = match self.lines.len() {
            0 => String::new(),
            _ if columns < self.columns => String::new(),
            drawn => format!("\u{1b}[{drawn}A\r\u{1b}[J"),
        };
        show::text(&format!("{away}{}\n", lines.join("\n")));
        self.lines = lines;
        self.columns = columns;
    }
}

fn picture(following: &Following, driven: bool, now: Timestamp, columns: usize) -> Vec<String> {
    let entries = &following.contents.entries;
    let heard = heard(following, now);
    let now = now.to_string();
    let began = entries.first().map_or("", |entry| &entry.at);
    let until = match driven {
        true => now.as_str(),
        false => entries.last().map_or("", |entry| &entry.at),
    };
    let plan = &following.run.plan;
    let fitted = |line: &str| fitted(line, columns);
    let mut lines = vec![fitted(&format!(
        "{} {}  run {}  {}  {}",
        plan.title,
        plan.version,
        following.run.short(),
        standing::signed_word(&following.run, &following.state),
        times::elapsed(times::seconds(began, until))
    ))];
    let steps = report::steps(plan, entries);
    let hidden = steps.len().saturating_sub(STEPS);
    if hidden > 0 {
        lines.push(fitted(&format!("  … {}", show::count(hidden, "step"))));
    }
    let line = |step: &StepTime| step_line(following, step, &now, columns);
    lines.extend(steps[hidden..].iter().map(line));
    let waits = heard.iter().take(WAITS);
    lines.extend(waits.map(|words| fitted(&format!("  {words}"))));
    lines.extend(
        answered(following)
            .iter()
            .map(|words| fitted(&format!("  {words}"))),
    );
    let said = following.last_lines(SAID);
    lines.extend(said.iter().map(|line| fitted(&format!("  | {line}"))));
    let wanted = wanted(following, driven);
    lines.extend(wanted.map(|wanted| fitted(&format!("  {wanted}"))));
    lines
}

fn step_line(following: &Following, step: &StepTime, now: &str, columns: usize) -> String {
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
    let sign = known.and_then(StepState::sign);
    // Two spaces, a sign and the space after it, the word and the space after it.
    let left = columns.saturating_sub(2 + 2 + 11 + 1);
    let rest = fitted(&format!("{took:>7}  {}{tries}", step.title), left);
    format!("  {} {rest}", signs::column(sign, word, 11))
}

/// What came from outside, no wider than so many columns.
fn fitted(line: &str, columns: usize) -> String {
    screen::cut(&printable(line), columns)
}
