//! What is promised of a run, held against its record and against effects that are counted outside.

use super::run_of;
use super::scenes::Scene;
use crate::desk::Desk;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What the program said that it had recorded.
#[derive(Default)]
pub(super) struct Told(Vec<String>);

impl Told {
    /// Takes in what a program with `--events` printed; half a line was not said.
    pub(super) fn hear(&mut self, stdout: &str) {
        let whole = stdout
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let events = whole.filter(|line| line.starts_with("{\"v\":1,"));
        self.0.extend(events.map(|line| line.trim_end().to_owned()));
    }

    /// (e) Nothing that was said to be recorded is lost.
    pub(super) fn is_kept(&self, desk: &Desk, what: &str) {
        let journal = journal(desk);
        for line in &self.0 {
            assert!(
                journal.lines().any(|kept| kept == line),
                "{what}: lost {line}"
            );
        }
    }
}

fn journal(desk: &Desk) -> String {
    let Some(run) = run_of(desk) else {
        return String::new();
    };
    let path = desk
        .project
        .path(&format!("state/desk/runs/{run}/journal.jsonl"));
    String::from_utf8_lossy(&fs::read(path).expect("there is a journal")).into_owned()
}

/// The types of the journal's whole lines, in order.
pub(super) fn types(desk: &Desk) -> Vec<String> {
    let events = events(desk).into_iter();
    events.map(|event| word(&event, "type")).collect()
}

fn events(desk: &Desk) -> Vec<Value> {
    let journal = journal(desk);
    let whole = journal
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    whole
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

fn word(event: &Value, name: &str) -> String {
    event[name].as_str().unwrap_or_default().to_owned()
}

/// Holds a run that has come to its end to all that is promised.
pub(super) fn judge(desk: &Desk, scene: &Scene, told: &Told, what: &str) {
    let events = events(desk);
    let run = run_of(desk).unwrap_or_else(|| panic!("{what}: there is no run"));
    desk.run(&["verify", &run]).exits(0);
    told.is_kept(desk, what);
    one_start_at_a_time_and_none_after_its_end(&events, what);
    a_gate_is_judged_once(&events, what);
    effects_are_as_often_as_promised(desk, scene, &events, what);
    let letters = desk.project.files(&format!("state/desk/runs/{run}/inbox"));
    let waits = letters
        .iter()
        .any(|(name, _)| name.ends_with(".json") && !name.starts_with('.'));
    assert!(!waits, "{what}: a letter is left");
}

/// (a) A finished step is not started again, unless it was taken back; (b) a step has at most one start without an end, and
/// so has its undo.
fn one_start_at_a_time_and_none_after_its_end(events: &[Value], what: &str) {
    let (mut open, mut done) = (BTreeMap::new(), BTreeSet::new());
    for event in events {
        let step = word(event, "step");
        match word(event, "type").as_str() {
            "step.started" => {
                assert!(!done.contains(&step), "{what}: {step} began again");
                let other = open.insert(step.clone(), event["attempt"].clone());
                assert_eq!(other, None, "{what}: two starts of {step}");
            }
            "step.finished" => {
                assert_eq!(
                    open.remove(&step).as_ref(),
                    Some(&event["attempt"]),
                    "{what}"
                );
                if word(event, "outcome") == "ok" {
                    done.insert(step);
                }
            }
            "step.resolved" => {
                assert_eq!(
                    open.remove(&step).as_ref(),
                    Some(&event["attempt"]),
                    "{what}"
                );
                if word(event, "verdict") == "done" {
                    done.insert(step);
                }
            }
            "undo.finished" if event["ok"] == true => {
                done.remove(&step);
            }
            _ => {}
        }
    }
}

/// (d) A gate has one resolution for each time that it was asked.
fn a_gate_is_judged_once(events: &[Value], what: &str) {
    let ends = ["gate.approved", "gate.rejected", "gate.expired"];
    let of = |name: &str| {
        let same = |event: &&Value| word(event, "type") == name;
        events.iter().filter(same).count()
    };
    let judged: usize = ends.into_iter().map(of).sum();
    assert!(judged <= of("gate.opened"), "{what}: {judged} judgements");
    let void = |event: &&Value| {
        let gates = event["void"].as_array();
        word(event, "type") == "gate.void" || gates.is_some_and(|gates| !gates.is_empty())
    };
    let asked_again = events.iter().filter(void).count();
    assert!(
        of("gate.opened") <= 1 + asked_again,
        "{what}: the gate was opened twice"
    );
}

/// (c) What must happen once does, and is never repeated; all else happens.
fn effects_are_as_often_as_promised(desk: &Desk, scene: &Scene, events: &[Value], what: &str) {
    for (name, wanted) in scene.effects {
        // A step leaves a line in the target, a message in the folder of messages.
        let times = ["target/did", "state/desk/messages/did"].map(|folder| {
            let path = desk.project.path(&format!("{folder}/{name}"));
            fs::read_to_string(path).map_or(0, |text| text.lines().count())
        });
        let times: usize = times.into_iter().sum();
        let is_in_doubt = events
            .iter()
            .any(|event| word(event, "type") == "step.in_doubt" && word(event, "step") == *name);
        let fits = wanted.contains(&times) || (is_in_doubt && times == 0);
        assert!(
            fits,
            "{what}: {name} happened {times} times, not {wanted:?}"
        );
    }
}
