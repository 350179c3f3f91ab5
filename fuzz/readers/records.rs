//! The journal of a run.

use runbook::exec::plan::Plan;
use runbook::exec::record::event::Event;
use runbook::exec::record::journal::{go_through, read};
use runbook::exec::state::RunState;
use runbook::exec::state::next::next;
use runbook::exec::tell::report::{self, About, html, markdown};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A plan that events are told against.
pub(crate) static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let text = include_str!("../../src/exec/crash/world/plan.json");
    serde_json::from_str(text).expect("the plan is one")
});

/// What is taken as true are whole lines; a run can be reported and continued from any of them; and
/// a journal that is gone through says the same as one that is read. This holds for the bytes as they are,
/// and for a journal that somebody who knows the hashes made of their lines.
pub(crate) fn journal(bytes: &[u8]) {
    hold(bytes);
    hold(&chained(bytes));
}

fn hold(bytes: &[u8]) {
    let mut gone_through = Vec::new();
    let mut keep = |at: &str, event: &Event| gone_through.push((at.to_owned(), event.clone()));
    let through = go_through(bytes, "plan", "R", &mut keep);
    let through = through.expect("bytes in memory can be read");
    let Ok(contents) = read(bytes, "plan") else {
        assert!(through.is_err(), "one way reads what the other does not");
        return;
    };
    let lines = bytes[..contents.whole]
        .iter()
        .filter(|byte| **byte == b'\n');
    assert_eq!(lines.count(), contents.entries.len());
    assert_eq!(contents.torn, contents.whole < bytes.len());
    if through.is_ok() {
        let entries = contents.entries.iter();
        let known: Vec<_> = entries
            .map(|entry| (entry.at.clone(), entry.event.clone()))
            .collect();
        assert_eq!(gone_through, known);
    }
    let state = RunState::fold(&contents.entries);
    assert!(!next(&PLAN, &state).is_empty());
    let about = About {
        answers: &[],
        run: "R",
        digest: "plan",
        state: "open",
    };
    let report = report::assemble(about, &PLAN, &contents);
    assert!(!markdown::render(&report).is_empty());
    assert!(!html::render(&report).is_empty());
}

/// A journal in which each line that is an object of JSON follows the one before.
fn chained(bytes: &[u8]) -> Vec<u8> {
    let (mut text, mut head) = (String::new(), "plan".to_owned());
    let lines = bytes.split(|byte| *byte == b'\n');
    for (seq, line) in (1..).zip(lines) {
        let Ok(mut line) = serde_json::from_slice::<Map<String, Value>>(line) else {
            continue;
        };
        line.remove("h");
        line.entry("v").or_insert(1.into());
        line.entry("at").or_insert("2026-11-26T00:00:00Z".into());
        line.insert("seq".to_owned(), Value::from(seq));
        line.insert("run".to_owned(), "R".into());
        line.insert("prev".to_owned(), head.into());
        let body = Value::Object(line).to_string();
        let body = body.strip_suffix('}').expect("an object ends with a brace");
        head = format!("{:x}", Sha256::digest(body));
        text += &format!("{body},\"h\":\"{head}\"}}\n");
    }
    text.into_bytes()
}
