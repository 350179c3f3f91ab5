//! A picture of the steps: SVG drawn at build, one row a step, so that it needs no layout library.
//!
//! The order runs down one line. Steps in parallel hang beside it between a fork and a join, a
//! choice that goes back is an arrow in the gutter, a gate is a dashed diamond. Each row is a
//! link to its step and says in words what its shape says, so the picture is its own text
//! alternative.

use crate::model::runbook::{DecideOption, Runbook, Step, StepKind, Then, Undo};
use crate::model::step_number;
use crate::model::words::Words;
use crate::site::escape::escape;
use crate::site::steps::{effect_of, is_gate, kind_key};
use serde::Serialize;
use std::fmt::Write;

/// The height of a step's row, and of a line below it.
const ROW: usize = 34;
const LINE: usize = 22;
/// The radius of a node.
const NODE: usize = 12;
/// The width of a lane for arrows that go back, and how far parallel steps stand to the right.
const LANE: usize = 14;
const BESIDE: usize = 34;
/// A title is cut after so many characters; a character is about so wide.
const TITLE: usize = 56;
const CHARACTER: usize = 8;
/// More rows than this are folded away until the reader opens them.
const SHORT: usize = 12;

/// The picture as templates see it.
#[derive(Serialize)]
pub(crate) struct Flow {
    svg: String,
    /// Whether it is small enough to stand open.
    short: bool,
}

/// Draws the steps of a runbook.
pub(crate) fn draw(book: &Runbook, words: &Words) -> Flow {
    let mut rows = Rows {
        book,
        words,
        rows: Vec::new(),
    };
    rows.list(&book.steps, None, 0);
    for (steps, heading) in [(&book.on_failure, "on_failure"), (&book.finally, "finally")] {
        if !steps.is_empty() {
            rows.heading(words.get("runbook", heading));
            rows.list(steps, Some(step_number::BESIDE), 0);
        }
    }
    let rows = rows.rows;
    Flow {
        short: rows.len() <= SHORT,
        svg: Picture::new(&rows, words).draw(),
    }
}

enum Row<'b> {
    Step(Drawn<'b>),
    /// A choice of the decision above, and where it leads back to.
    Choice {
        text: String,
        back: Option<&'b str>,
    },
    Heading(String),
}

struct Drawn<'b> {
    step: &'b Step,
    number: String,
    /// How many frames of parallel steps it stands in.
    depth: usize,
    /// The words behind the title.
    remarks: Vec<String>,
}

struct Rows<'b> {
    book: &'b Runbook,
    words: &'b Words,
    rows: Vec<Row<'b>>,
}

impl<'b> Rows<'b> {
    fn heading(&mut self, text: &str) {
        self.rows.push(Row::Heading(text.to_owned()));
    }

    fn list(&mut self, steps: &'b [Step], above: Option<&str>, depth: usize) {
        for (at, step) in steps.iter().enumerate() {
            let number = step_number::number(above, at);
            self.rows.push(Row::Step(Drawn {
                step,
                number: number.clone(),
                depth,
                remarks: self.remarks(step),
            }));
            if let StepKind::Decide(decide) = &step.kind {
                for option in &decide.options {
                    self.choice(option);
                }
            }
            self.list(step.kind.steps(), Some(&number), depth + 1);
        }
    }

    fn choice(&mut self, option: &'b DecideOption) {
        let label = option.label.as_ref().unwrap_or(&option.name);
        self.rows.push(Row::Choice {
            text: format!(
                "{}: {}",
                label.value,
                effect_of(&option.then, self.book, self.words)
            ),
            back: match &option.then {
                Then::Goto(step, _) => Some(step.value.as_str()),
                _ => None,
            },
        });
    }

    fn remarks(&self, step: &Step) -> Vec<String> {
        let word = |key: &str| self.words.get("step", key).to_owned();
        let mut remarks = Vec::new();
        if !matches!(step.kind, StepKind::Command(_) | StepKind::Check(_)) {
            remarks.push(word(kind_key(&step.kind)));
        }
        if let Some(each) = &step.for_each {
            remarks.push(format!("{} {}", word("each"), each.name.value));
        }
        if step.when.is_some() {
            remarks.push(word("only_if") + "…");
        }
        remarks
    }
}

struct Picture<'r> {
    rows: &'r [Row<'r>],
    words: &'r Words,
    /// Where the main line runs.
    line: usize,
    out: String,
}

impl<'r> Picture<'r> {
    fn new(rows: &'r [Row<'r>], words: &'r Words) -> Self {
        let backs = rows
            .iter()
            .filter(|row| matches!(row, Row::Choice { back: Some(_), .. }));
        Self {
            rows,
            words,
            line: backs.count() * LANE + NODE + 6,
            out: String::new(),
        }
    }

    fn draw(mut self) -> String {
        let tops = self.tops();
        let marks = self.legend();
        let bottom = tops.last().copied().unwrap_or_default() + 8;
        let height = bottom + if marks.is_empty() { 0 } else { LINE + 8 };
        let width = self.width(&marks);
        let _ = write!(
            self.out,
            "<svg class=\"flow\" width=\"{width}\" height=\"{height}\" role=\"group\" aria-label=\"{}\">",
            escape(self.words.get("runbook", "flow")),
        );
        self.lines(&tops);
        self.backs(&tops);
        for (row, top) in self.rows.iter().zip(&tops) {
            self.row(row, *top);
        }
        self.explain(&marks, bottom + LINE / 2);
        self.out + "</svg>"
    }

    /// Where each row begins, and where the last one ends.
    fn tops(&self) -> Vec<usize> {
        let mut tops = vec![4];
        for row in self.rows {
            let height = match row {
                Row::Step(_) => ROW,
                Row::Choice { .. } => LINE,
                Row::Heading(_) => ROW + 8,
            };
            tops.push(tops.last().copied().unwrap_or_default() + height);
        }
        tops
    }

    fn width(&self, marks: &[(&str, &str)]) -> usize {
        let row = |row: &Row<'_>| match row {
            Row::Step(drawn) => {
                let remarks: usize = drawn.remarks.iter().map(|r| r.chars().count() + 3).sum();
                drawn.depth * BESIDE
                    + (cut(drawn.step.name()).chars().count() + remarks) * CHARACTER
            }
            Row::Choice { text, .. } => text.chars().count() * CHARACTER,
            Row::Heading(text) => text.chars().count() * CHARACTER,
        };
        let legend: usize = marks
            .iter()
            .map(|(_, text)| text.chars().count() * CHARACTER + 34)
            .sum();
        let text = self.rows.iter().map(row).max().unwrap_or_default();
        self.line + (text + NODE + 40).max(legend)
    }

    /// The main line from step to step, and the lines beside it of what is in parallel.
    fn lines(&mut self, tops: &[usize]) {
        let steps: Vec<(usize, &Drawn<'_>)> = (self.rows.iter().zip(tops))
            .filter_map(|(row, top)| match row {
                Row::Step(drawn) => Some((top + ROW / 2, drawn)),
                _ => None,
            })
            .collect();
        let mut before: Option<usize> = None;
        let headings: Vec<usize> = (self.rows.iter().zip(tops))
            .filter_map(|(row, top)| matches!(row, Row::Heading(_)).then_some(*top))
            .collect();
        for (middle, drawn) in steps.iter().filter(|(_, drawn)| drawn.depth == 0) {
            let broken = |from: usize| headings.iter().any(|top| (from..*middle).contains(top));
            if let Some(from) = before.filter(|from| !broken(*from)) {
                let _ = write!(
                    self.out,
                    "<path class=\"l\" d=\"M{} {from}V{middle}\"/>",
                    self.line
                );
            }
            before = Some(*middle);
            self.frame(*middle, drawn, &steps);
        }
    }

    /// The lines from a frame to the steps in it: a fork to those that run at once, and one line through
    /// those that come after each other.
    fn frame(&mut self, middle: usize, frame: &Drawn<'_>, steps: &[(usize, &Drawn<'_>)]) {
        let from = self.line + frame.depth * BESIDE;
        let is_fork = matches!(frame.step.kind, StepKind::Parallel(_));
        let mut before: Option<usize> = None;
        for inner in frame.step.kind.steps() {
            let Some((at, drawn)) = steps.iter().find(|(_, drawn)| drawn.step.id == inner.id)
            else {
                continue;
            };
            let _ = match before.filter(|_| !is_fork) {
                Some(before) => write!(
                    self.out,
                    "<path class=\"l\" d=\"M{} {before}V{at}\"/>",
                    from + BESIDE
                ),
                None => write!(
                    self.out,
                    "<path class=\"l\" d=\"M{from} {}Q{from} {at} {} {at}\"/>",
                    middle + NODE,
                    from + BESIDE - NODE,
                ),
            };
            before = Some(*at);
            self.frame(*at, drawn, steps);
        }
    }

    /// Arrows from choices back to earlier steps, each in a lane of its own.
    fn backs(&mut self, tops: &[usize]) {
        let mut lane = 0;
        for (at, row) in self.rows.iter().enumerate() {
            let Row::Choice { back: Some(id), .. } = row else {
                continue;
            };
            let target = self
                .rows
                .iter()
                .position(|row| matches!(row, Row::Step(drawn) if drawn.step.id.value == *id));
            let Some(target) = target else { continue };
            let Row::Step(drawn) = &self.rows[target] else {
                continue;
            };
            let (x, from, to) = (4 + lane * LANE, tops[at] + LINE / 2, tops[target] + ROW / 2);
            let end = self.line + drawn.depth * BESIDE - NODE - 2;
            let start = self.line + NODE + 18;
            let _ = write!(
                self.out,
                "<path class=\"b\" d=\"M{start} {from}H{}Q{x} {from} {x} {}V{}Q{x} {to} {} {to}H{end}\"/>\
                 <path class=\"a\" d=\"M{} {}l6 4-6 4z\"/>",
                x + 8,
                from - 8,
                to + 8,
                x + 8,
                end - 5,
                to - 4,
            );
            lane += 1;
        }
    }

    fn row(&mut self, row: &Row<'_>, top: usize) {
        match row {
            Row::Step(drawn) => self.step(drawn, top + ROW / 2),
            Row::Choice { text, .. } => {
                let _ = write!(
                    self.out,
                    "<text class=\"d\" x=\"{}\" y=\"{}\">{}</text>",
                    self.line + NODE + 24,
                    top + LINE / 2 + 5,
                    escape(text),
                );
            }
            Row::Heading(text) => {
                let _ = write!(
                    self.out,
                    "<text class=\"h\" x=\"{}\" y=\"{}\">{}</text>",
                    self.line - NODE,
                    top + ROW - 6,
                    escape(text),
                );
            }
        }
    }

    fn step(&mut self, drawn: &Drawn<'_>, y: usize) {
        let x = self.line + drawn.depth * BESIDE;
        let title = drawn.step.name();
        let _ = write!(
            self.out,
            "<a href=\"#{}\">{}<text class=\"n\" x=\"{x}\" y=\"{}\">{}</text> <text x=\"{}\" y=\"{}\">{}",
            escape(&drawn.step.id.value),
            node(drawn.step, x, y),
            y + 4,
            escape(&drawn.number),
            x + NODE + 24,
            y + 5,
            escape(&cut(title)),
        );
        for remark in &drawn.remarks {
            let _ = write!(self.out, "<tspan class=\"d\"> · {}</tspan>", escape(remark));
        }
        self.out.push_str("</text>");
        if undoes(drawn.step) {
            let words = escape(self.words.get("flow", "undo"));
            let mark = undo_mark(x + NODE + 6, y);
            let _ = write!(
                self.out,
                " <g role=\"img\" aria-label=\"{words}\">{mark}</g>"
            );
        }
        self.out.push_str("</a>");
    }

    /// The marks that are on this picture, with their words.
    fn legend(&self) -> Vec<(&'static str, &'r str)> {
        let any = |has: fn(&Step) -> bool| {
            let drawn = |row: &Row<'_>| matches!(row, Row::Step(drawn) if has(drawn.step));
            self.rows.iter().any(drawn)
        };
        let goes_back = |row: &Row<'_>| matches!(row, Row::Choice { back: Some(_), .. });
        let mut marks = Vec::new();
        if any(|step| is_gate(&step.kind) && !matches!(step.kind, StepKind::Decide(_))) {
            marks.push(("gate", self.words.get("flow", "gate")));
        }
        if any(|step| matches!(step.kind, StepKind::Decide(_))) {
            marks.push(("decision", self.words.get("flow", "decision")));
        }
        if any(undoes) {
            marks.push(("undo", self.words.get("flow", "undo")));
        }
        if self.rows.iter().any(goes_back) {
            marks.push(("back", self.words.get("flow", "back")));
        }
        marks
    }

    fn explain(&mut self, marks: &[(&str, &str)], y: usize) {
        let mut x = self.line - NODE;
        for (mark, text) in marks {
            let drawn = match *mark {
                "gate" => diamond("gate", x + 8, y, 8),
                "decision" => diamond("c", x + 8, y, 8),
                "undo" => undo_mark(x + 1, y),
                _ => format!(
                    "<path class=\"b\" d=\"M{x} {y}h8\"/><path class=\"a\" d=\"M{} {}l6 4-6 4z\"/>",
                    x + 8,
                    y - 4
                ),
            };
            let _ = write!(
                self.out,
                "{drawn}<text class=\"d\" x=\"{}\" y=\"{}\">{}</text>",
                x + 22,
                y + 5,
                escape(text),
            );
            x += text.chars().count() * CHARACTER + 34;
        }
    }
}

fn undoes(step: &Step) -> bool {
    matches!(step.undo, Some(Undo::Command { .. } | Undo::Instead(_)))
}

fn cut(title: &str) -> String {
    match title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

/// The shape of a step: a diamond waits for a person, a square is a frame of others, and what
/// is done once for each of a list has a second outline.
fn node(step: &Step, x: usize, y: usize) -> String {
    let circle =
        |x: usize, y: usize| format!("<circle class=\"c\" cx=\"{x}\" cy=\"{y}\" r=\"{NODE}\"/>");
    let behind = match step.for_each {
        Some(_) => circle(x + 4, y + 4),
        None => String::new(),
    };
    let shape = match &step.kind {
        StepKind::Decide(_) => diamond("c", x, y, NODE + 3),
        kind if is_gate(kind) => diamond("gate", x, y, NODE + 3),
        StepKind::Parallel(_) | StepKind::Sequence(_) | StepKind::Call(_) => format!(
            "<rect class=\"c\" x=\"{}\" y=\"{}\" width=\"{side}\" height=\"{side}\" rx=\"4\"/>",
            x - NODE,
            y - NODE,
            side = 2 * NODE,
        ),
        _ => circle(x, y),
    };
    behind + &shape
}

fn diamond(class: &str, x: usize, y: usize, size: usize) -> String {
    format!(
        "<path class=\"{class}\" d=\"M{x} {}l{size} {size}-{size} {size}-{size}-{size}z\"/>",
        y - size
    )
}

/// An arrow that turns back.
fn undo_mark(x: usize, y: usize) -> String {
    format!(
        "<path class=\"u\" d=\"M{x} {}h7a3.5 3.5 0 0 1 0 7h-4m-3-7 3.5-3.5m-3.5 3.5 3.5 3.5\"/>",
        y - 3
    )
}
