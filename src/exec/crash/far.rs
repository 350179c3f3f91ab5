//! A run survives a storage that is far away: each call that fails, each answer that is lost, and each lock
//! that runs out while its holder lives.
//!
//! What the tries leave is on the disk of the machine, as it would be; who takes a run over uses the same,
//! since nothing tells it what became of a try on another one.

use super::world::{Stop, World};
use crate::exec::record::storage::far::{Failure, Far};

const FAILURES: [Failure; 3] = [Failure::Refused, Failure::AnswerLost, Failure::OutOfReach];

/// A world whose records are far away.
fn far_away(steps: &[&str]) -> World {
    let mut world = World::new(steps);
    world.far = Some(Far::new());
    world
}

fn far(world: &World) -> &Far {
    world.far.as_ref().expect("its records are far away")
}

/// Drives on as another process, once everything can be reached again.
fn recovered(world: &World, what: &str) {
    far(world).heal();
    let mut next = world.with(world.disk.clone());
    far(&next).catch_up();
    next.check(what, false);
    let next_drive = next.drive();
    next_drive.unwrap_or_else(|error| panic!("{what}: {error}"));
    far(world).heal();
    next.take_late_mail();
    next.check(what, true);
}

/// Lets each call of a run fail in this way, and gives how many there were.
fn each_call_fails(steps: &[&str], failure: Failure) -> usize {
    for nth in 1.. {
        let mut world = far_away(steps);
        far(&world).fail(nth, failure);
        let driven = world.drive();
        let calls = far(&world).calls();
        let Some(call) = calls.get(nth - 1) else {
            driven.expect("nothing failed");
            return nth - 1;
        };
        let what = format!("{failure:?} at call {nth}, {call}; ");
        assert!(driven.is_err(), "{what}");
        let driver_is_done = calls[nth..].iter().all(|call| *call != "add a line");
        assert!(driver_is_done, "{what}: {:?}", &calls[nth..]);
        recovered(&world, &what);
    }
    unreachable!("a run has an end")
}

#[test]
fn a_run_survives_each_call_that_fails_and_each_answer_that_is_lost() {
    for failure in FAILURES {
        let calls = each_call_fails(&["look", "build", "go", "push", "publish"], failure)
            + each_call_fails(&["both"], failure);
        assert!(calls > 50, "{failure:?}: {calls}");
    }
}

#[test]
fn a_run_survives_a_failure_in_its_recovery() {
    let mut failed = 0;
    for first in (1..).step_by(7) {
        let mut world = far_away(&["go", "publish"]);
        far(&world).fail(first, Failure::AnswerLost);
        if world.drive().is_ok() {
            break;
        }
        for (at, failure) in (1..40).step_by(3).zip(FAILURES.into_iter().cycle()) {
            let mut world = far_away(&["go", "publish"]);
            far(&world).fail(first, Failure::AnswerLost);
            world.drive().expect_err("a call fails");
            far(&world).heal();
            let mut next = world.with(world.disk.clone());
            far(&next).catch_up();
            let before = far(&world).calls().len();
            far(&world).fail(before + at, failure);
            let what = format!("an answer lost at {first}, then {failure:?} at {at}; ");
            failed += usize::from(next.drive().is_err());
            recovered(&next, &what);
        }
    }
    assert!(failed > 40, "{failed}");
}

#[test]
fn whoever_loses_the_lock_starts_nothing_more() {
    let steps = ["build", "go", "publish"];
    let mut overtaken = 0;
    for nth in 1.. {
        let mut world = far_away(&steps);
        world.begin_run();
        let storage = far(&world).clone();
        let nth = nth + storage.calls().len();
        let mut other = world.with(world.disk.clone());
        far(&world).before(nth, move || {
            storage.heal();
            far(&other).catch_up();
            match other.drive() {
                Ok(()) => other.check("the one who took over", true),
                Err(error) => panic!("the one who took over: {error}"),
            }
        });
        let driven = world.drive();
        if far(&world).calls().len() < nth {
            break;
        }
        let what = format!("overtaken before call {nth}; ");
        far(&world).heal();
        let mut after = world.with(world.disk.clone());
        far(&after).catch_up();
        after.take_late_mail();
        after.check(&what, true);
        overtaken += usize::from(matches!(driven, Err(Stop::Journal(_) | Stop::Engine(_))));
    }
    assert!(overtaken > 10, "{overtaken}");
}
