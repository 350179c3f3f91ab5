//! The moments of a run: which fail point is passed for which event.

use std::fs;
use std::path::Path;

/// The parts of a try, which is for the event before it.
const TRY: [&str; 6] = ["try", "job", "pid", "outputs", "log", "exit"];

/// A moment at which a process of a scene can be killed.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Which scene.
    pub(super) scene: usize,
    /// Which of its lines.
    pub(super) line: usize,
    /// The fail point.
    pub(super) point: String,
    /// The how-manieth time that its process passes it.
    pub(super) nth: usize,
    /// Whether the process is a shim.
    pub(super) of_shim: bool,
    event: String,
}

impl Moment {
    /// What is done, and for which event.
    pub(super) fn words(&self) -> String {
        let shim = if self.of_shim { "shim " } else { "" };
        format!("{shim}{} {}", self.point, self.event)
            .trim_end()
            .to_owned()
    }

    /// How a process is killed there. What follows one operation is what comes before the next, so
    /// each gap is taken once; but before an event is written something may have happened outside.
    /// Half a line is the same whatever it says.
    pub(super) fn hows(&self) -> &'static [&'static str] {
        match (self.point.as_str(), self.event.as_str()) {
            ("journal.write", "step.started" | "step.finished" | "gate.approved" | "again") => {
                &["before", "within"]
            }
            ("journal.write", _) => &["before"],
            (point, _) if point.ends_with(".write") => &["within"],
            _ => &["after"],
        }
    }
}

/// A pass of a fail point by a process.
pub(super) struct Pass {
    pid: u32,
    point: String,
}

/// What stands in a trace, in order.
pub(super) fn passed(trace: &Path) -> Vec<Pass> {
    let text = fs::read_to_string(trace).unwrap_or_default();
    let pass = |line: &str| {
        let (pid, point) = line.split_once(' ').expect("a process and a point");
        Pass {
            pid: pid.parse().expect("a process id"),
            point: point.to_owned(),
        }
    };
    text.lines().map(pass).collect()
}

/// The moments of a line's passes: those that change something, and that its process is the first
/// to come to. `types` are the types of the journal's lines, of which `lines` were there before.
pub(super) fn of(
    passes: &[Pass],
    program: u32,
    types: &[String],
    mut lines: usize,
    (scene, line): (usize, usize),
) -> Vec<Moment> {
    let mut found = Vec::new();
    // The first write after it is opened writes the last line anew.
    let (mut is_anew, mut written) = (false, "");
    for (at, pass) in passes.iter().enumerate() {
        match pass.point.as_str() {
            "journal.open" => is_anew = true,
            "journal.write" if is_anew => (is_anew, written) = (false, "again"),
            "journal.write" => {
                written = &types[lines];
                lines += 1;
            }
            _ => {}
        }
        let (part, _) = pass.point.split_once('.').expect("a part and an operation");
        let last = lines.checked_sub(1).map_or("", |last| &types[last]);
        let event = match part {
            "journal" => written,
            _ if !TRY.contains(&part) => "",
            _ if ["step.started", "undo.started"].contains(&last) => last,
            // What only looks leaves the same marks, and nobody relies on them.
            _ => continue,
        };
        let nth = nth(&passes[..=at], pass.pid, &pass.point);
        if changes(&pass.point) && first_at(passes, &pass.point, nth) == Some(at) {
            found.push(Moment {
                scene,
                line,
                point: pass.point.clone(),
                nth,
                of_shim: pass.pid != program,
                event: event.to_owned(),
            });
        }
    }
    found
}

/// The process that came to a moment and no further, if there is one.
pub(super) fn who_died(passes: &[Pass], moment: &Moment) -> Option<u32> {
    let at = first_at(passes, &moment.point, moment.nth)?;
    let pid = passes[at].pid;
    let goes_on = passes[at + 1..].iter().any(|pass| pass.pid == pid);
    (!goes_on).then_some(pid)
}

/// Where a process passes a point for the Nth time, before any other does.
fn first_at(passes: &[Pass], point: &str, nth: usize) -> Option<usize> {
    (0..passes.len()).find(|at| {
        let pass = &passes[*at];
        pass.point == point && self::nth(&passes[..=*at], pass.pid, point) == nth
    })
}

fn nth(passes: &[Pass], pid: u32, point: &str) -> usize {
    let same = |pass: &&Pass| pass.pid == pid && pass.point == point;
    passes.iter().filter(same).count()
}

/// Whether a death at a point leaves something else than one at the point before.
fn changes(point: &str) -> bool {
    !["read", "look", "list", "open"]
        .iter()
        .any(|op| point.ends_with(&format!(".{op}")))
}
