//! A run survives: every death, and every refusal of the disk, at every operation, in the run and
//! in its recovery.
//!
//! A run is filmed: each operation that changes something leaves a shot, the disk as a death at
//! that moment leaves it. Each shot becomes every disk that a kill or a power cut may make of it,
//! and each of those is resumed to its end, and filmed, and so on: deaths in recovery, and in the
//! recovery from that. After each death and at each end [`World::check`] says what has to hold.

mod far;
mod world;

use crate::exec::record::disk::memory::{Refusal, Shot};
use crate::exec::record::disk::points::POINTS;
use nix::errno::Errno;
use std::collections::{BTreeSet, HashMap};
use world::World;

/// How a run is explored.
struct Explorer {
    /// The disks that were seen, and how many more deaths were looked at from each.
    seen: HashMap<u64, usize>,
    /// How many deaths there are, one after the other. All of the first are looked at.
    deaths: usize,
    /// Every how many-th disk of a later death is looked at.
    every: usize,
    /// The fail points that were passed.
    points: BTreeSet<String>,
}

impl Explorer {
    fn new(deaths: usize, every: usize) -> Self {
        Self {
            seen: HashMap::new(),
            deaths,
            every,
            points: BTreeSet::new(),
        }
    }

    /// Drives a run to its end, and from every disk that a death in between leaves, and so on.
    fn explore(&mut self, world: &World, what: &str) {
        self.survive(world, self.deaths, what);
    }

    /// The same from a disk that a death left, after which there are so many more.
    fn survive(&mut self, world: &World, deaths: usize, what: &str) {
        let checked = world.with(world.disk.copy());
        checked.check(what, false);
        let mut world = world.with(world.disk.copy());
        world.disk.film();
        world
            .drive()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        world.disk.cut();
        let shots = world.disk.shots();
        self.points.extend(world.disk.passed());
        world.check(what, true);
        if deaths > 0 {
            self.die(&world, &shots, deaths, what);
        }
    }

    /// Whether a disk has not been looked at so far, with so many deaths from it on, and is to be.
    fn is_new(&mut self, disk: u64, deaths: usize) -> bool {
        let seen = self.seen.entry(disk).or_default();
        let is_new = *seen < deaths;
        *seen = deaths.max(*seen);
        is_new && (deaths == self.deaths || self.seen.len().is_multiple_of(self.every))
    }

    fn die(&mut self, world: &World, shots: &[Shot], deaths: usize, what: &str) {
        for shot in shots {
            for (left, disk) in shot.left() {
                if self.is_new(disk.key(), deaths) {
                    let what = format!("{what}{}, {left}; ", shot.moment);
                    let mut world = world.with(disk);
                    world.recovers = true;
                    self.survive(&world, deaths - 1, &what);
                }
            }
        }
    }
}

/// Explores all deaths of a run with these steps, so many after each other.
fn explored(steps: &[&str], deaths: usize) -> Explorer {
    let mut explorer = Explorer::new(deaths, 1);
    explorer.explore(&World::new(steps), "");
    explorer
}

#[test]
fn a_run_survives_its_death_at_every_operation() {
    let explorer = explored(&["look", "build", "go", "push", "publish"], 1);
    assert!(explorer.seen.len() > 400, "{}", explorer.seen.len());
}

#[test]
fn steps_that_run_at_once_survive_the_death_of_both_and_of_those_who_recover_them() {
    let explorer = explored(&["both"], 1);
    assert!(explorer.seen.len() > 200, "{}", explorer.seen.len());
    let mut world = World::new(&["both"]);
    world.begin_run();
    let mut explorer = Explorer::new(2, 5);
    explorer.explore(&world.with(world.disk.copy()), "");
    assert!(explorer.seen.len() > 1000, "{}", explorer.seen.len());
}

#[test]
fn the_steps_of_a_loop_survive_the_death_at_each_operation_for_each_item() {
    let explorer = explored(&["hosts"], 1);
    assert!(explorer.seen.len() > 200, "{}", explorer.seen.len());
}

#[test]
fn a_run_that_was_just_begun_survives_deaths_in_its_recovery() {
    let explorer = explored(&["build"], 2);
    assert!(explorer.seen.len() > 1000, "{}", explorer.seen.len());
}

#[test]
fn every_kind_of_step_survives_deaths_in_its_recovery_and_passes_all_fail_points() {
    let mut points = BTreeSet::new();
    for step in ["build", "go", "push", "publish"] {
        let mut explorer = Explorer::new(2, 3);
        let mut world = World::new(&[step]);
        world.begin_run();
        points.extend(world.disk.passed());
        explorer.explore(&world.with(world.disk.copy()), "");
        assert!(explorer.seen.len() > 200, "{step}: {}", explorer.seen.len());
        points.extend(explorer.points);
    }
    points.extend(explored(&["look"], 1).points);
    points.retain(|point| !point.starts_with("effect "));
    let listed = BTreeSet::from(POINTS.map(str::to_owned));
    assert_eq!(
        points, listed,
        "the list of fail points is that of those passed"
    );
}

#[test]
fn a_step_in_doubt_survives_two_deaths_in_its_recovery() {
    let mut world = World::new(&["publish"]);
    world.begin_run();
    let mut explorer = Explorer::new(3, 7);
    explorer.explore(&world.with(world.disk.copy()), "");
    assert!(explorer.seen.len() > 1000, "{}", explorer.seen.len());
}

#[test]
fn a_disk_that_refuses_ends_the_driving_at_once_and_nothing_is_lost() {
    for (errno, for_ever) in [(Errno::EIO, false), (Errno::ENOSPC, true)] {
        let mut refused = 0;
        for nth in 1.. {
            let mut world = World::new(&["build", "go", "publish"]);
            world.disk.refuse(Refusal {
                nth,
                errno,
                for_ever,
            });
            let driven = world.drive();
            let passed = world.disk.passed();
            if passed.len() < nth {
                driven.expect("nothing is refused");
                break;
            }
            let what = format!("{errno} at {}, {nth}; ", passed[nth - 1]);
            if passed[nth - 1].starts_with("effect ") {
                continue;
            }
            refused += 1;
            assert!(driven.is_err(), "{what}");
            let acts = |point: &String| point.starts_with("effect ") || point == "journal.sync";
            assert!(
                !passed[nth..].iter().any(acts),
                "{what}: {:?}",
                &passed[nth..]
            );

            let mut after = world.with(world.disk.copy());
            after.recovers = true;
            // What a failed sync was for may be lost later: power cuts in the recovery show it.
            let deaths = usize::from(passed[nth - 1].ends_with(".sync"));
            Explorer::new(deaths, 1).explore(&after, &what);
        }
        assert!(refused > 100, "{refused}");
    }
}
