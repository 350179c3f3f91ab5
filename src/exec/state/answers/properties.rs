//! Whatever is answered, it makes an event of its own kind, or there is a reason why it makes none.

use super::*;
use crate::exec::record::inbox::properties::message;
use crate::properties::config;
use proptest::prelude::*;

const PLAN: &str = include_str!("../../crash/world/plan.json");

proptest! {
    #![proptest_config(config("tests/regressions/inbox.txt", 256))]

    #[test]
    fn an_answer_makes_an_event_of_its_own_kind_or_a_reason(messages in prop::collection::vec(message(), 1..9)) {
        let plan: Plan = serde_json::from_str(PLAN).expect("the plan is one");
        let mut state = RunState::default();
        let opened = Event::GateOpened { step: "go".to_owned(), text: String::new(), count: 2, expires: None, request: None };
        state.apply("2026-11-26T00:00:00Z", &opened);
        for message in messages {
            let ended = state.end.is_some();
            match (message.clone(), event(&plan, &state, "7KQ2PS", message, jiff::Timestamp::UNIX_EPOCH)) {
                (_, Err(why)) => prop_assert!(!why.is_empty()),
                (Message::Note { .. }, Ok(made)) => {
                    let is_note = matches!(made, Event::NoteAdded { .. });
                    prop_assert!(is_note);
                }
                (_, Ok(made)) => {
                    prop_assert!(!ended, "{made:?} after the end");
                    let fits = matches!(
                        &made,
                        Event::GateApproved { step, .. } | Event::GateRejected { step, .. } if step == "go"
                    ) || matches!(made, Event::RunAborted { .. });
                    prop_assert!(fits, "{made:?}");
                    state.apply("2026-11-26T00:00:01Z", &made);
                }
            }
            let said = state.steps["go"].gate.approved_by();
            let mut different = said.clone();
            different.sort();
            different.dedup();
            prop_assert_eq!(said.len(), different.len(), "nobody counts twice");
            prop_assert!(said.len() <= 2);
        }
    }
}
