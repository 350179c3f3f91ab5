//! What every storage promises, asked of each: S1 to S9 of the module above.

use super::far::Far;
use super::files::Files;
use super::{FIRST_PLAN, NewRun, Record, Storage};
use crate::exec::record::disk::memory::Memory;
use crate::exec::record::disk::{self, Disk, FileKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

const RUN: &str = "01JV0000000000000000000001";
const OTHER: &str = "01JV0000000000000000000002";

/// A storage, and how another process gets at the same.
type Process<'p> = &'p dyn Fn() -> Arc<dyn Storage>;

/// Asks something of each storage, new and empty; `ask` is told which it is.
fn of_each(ask: impl Fn(&str, Process<'_>)) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    ask("files", &|| {
        Arc::new(Files::new(disk::real(), state.clone()))
    });
    let memory = Memory::new();
    memory
        .make_folder(FileKind::Store, Path::new("/state"))
        .expect("nothing fails");
    ask("files in memory", &|| {
        Arc::new(Files::new(
            Arc::new(memory.clone()),
            PathBuf::from("/state/work"),
        ))
    });
    let far = Far::new();
    ask("far away", &|| Arc::new(far.other_process()));
}

fn create(storage: &dyn Storage, id: &str) {
    let _deciding = storage.deciding().expect("nothing fails");
    let run = NewRun {
        id,
        plan: b"{}",
        line: "first\n",
    };
    storage.create(run).expect("nothing fails");
}

fn text(record: &dyn Record) -> String {
    let text = record.text().expect("there are lines");
    String::from_utf8(text).expect("they are text")
}

/// Adds lines to a run, behind those that are there.
fn add(record: &dyn Record, lines: &[&str]) {
    let _held = record.lock().expect("nothing fails").expect("it is free");
    let whole = record.text().expect("there are lines");
    let mut open = record.open(&whole, b"").expect("nothing fails");
    for line in lines {
        open.add(line).expect("nothing fails");
    }
}

/// What a process reads that holds the lock.
fn as_it_is(record: &dyn Record) -> String {
    let _held = record.lock().expect("nothing fails").expect("it is free");
    text(record)
}

#[test]
fn s1_a_run_comes_and_goes_whole() {
    of_each(|what, process| {
        let (one, other) = (process(), process());
        assert_eq!(one.ids().expect("nothing fails"), [""; 0], "{what}");
        create(one.as_ref(), RUN);
        create(one.as_ref(), OTHER);
        let _deciding = other.deciding().expect("nothing fails");
        assert_eq!(other.ids().expect("nothing fails"), [RUN, OTHER], "{what}");
        let record = other.record(RUN);
        let plan = record.plan(FIRST_PLAN).expect("it has a plan");
        assert_eq!(
            (plan.as_slice(), text(record.as_ref())),
            (&b"{}"[..], "first\n".to_owned()),
            "{what}"
        );
        let held = record.lock().expect("nothing fails").expect("it is free");
        other.remove(RUN).expect("nothing fails");
        drop(held);
        assert_eq!(other.ids().expect("nothing fails"), [OTHER], "{what}");
        let gone = record.plan(FIRST_PLAN).expect_err("it is gone");
        assert_eq!(gone.source.kind(), std::io::ErrorKind::NotFound, "{what}");
    });
}

#[test]
fn s2_what_was_answered_is_there_for_whoever_holds_the_lock() {
    of_each(|what, process| {
        create(process().as_ref(), RUN);
        add(process().record(RUN).as_ref(), &["second\n", "third\n"]);
        let record = process().record(RUN);
        assert_eq!(
            as_it_is(record.as_ref()),
            "first\nsecond\nthird\n",
            "{what}"
        );
        record
            .add_plan("plan-2.json", b"[]")
            .expect("nothing fails");
        let record = process().record(RUN);
        let _held = record.lock().expect("nothing fails").expect("it is free");
        assert!(record.has_changed_plans().expect("nothing fails"), "{what}");
        let plan = record.plan("plan-2.json").expect("it is there");
        assert_eq!(plan, b"[]", "{what}");
    });
}

#[test]
fn s3_a_torn_end_is_kept_from_the_next_line() {
    of_each(|what, process| {
        let storage = process();
        create(storage.as_ref(), RUN);
        let record = storage.record(RUN);
        if what == "far away" {
            // A call there has its effect whole or not at all: see the other tests of `Far`.
            return;
        }
        let held = record.lock().expect("nothing fails").expect("it is free");
        let mut open = record.open(b"first\n", b"").expect("nothing fails");
        open.add("sec").expect("nothing fails");
        drop((open, held));
        let held = record.lock().expect("nothing fails").expect("it is free");
        let mut open = record.open(b"first\n", b"sec").expect("nothing fails");
        open.add("second\n").expect("nothing fails");
        drop(held);
        assert_eq!(as_it_is(record.as_ref()), "first\nsecond\n", "{what}");
    });
}

#[test]
fn s4_whoever_was_overtaken_adds_nothing_more() {
    let far = Far::new();
    create(&far, RUN);
    let record = far.record(RUN);
    let _held = record.lock().expect("nothing fails").expect("it is free");
    let mut slow = record.open(b"first\n", b"").expect("nothing fails");
    far.heal();
    add(far.other_process().record(RUN).as_ref(), &["by another\n"]);
    for _ in 0..2 {
        slow.add("late\n").expect_err("it was overtaken");
    }
    let there = as_it_is(far.other_process().record(RUN).as_ref());
    assert_eq!(there, "first\nby another\n");
}

#[test]
fn s5_a_lock_has_one_holder() {
    of_each(|what, process| {
        let storage = process();
        create(storage.as_ref(), RUN);
        let (one, other) = (storage.record(RUN), process().record(RUN));
        let held = one.lock().expect("nothing fails");
        assert!(held.is_some(), "{what}");
        assert!(other.lock().expect("nothing fails").is_none(), "{what}");
        drop(held);
        assert!(other.lock().expect("nothing fails").is_some(), "{what}");
    });
}

#[test]
fn s5_one_process_at_a_time_decides_which_runs_there_are() {
    let decide = |storage: &dyn Storage, id: &str| {
        let _deciding = storage.deciding().expect("nothing fails");
        if storage.ids().expect("nothing fails").is_empty() {
            let run = NewRun {
                id,
                plan: b"{}",
                line: "first\n",
            };
            storage.create(run).expect("nothing fails");
        }
    };
    of_each(|what, process| {
        // The locks of a disk in memory are for one thread.
        if what == "files in memory" {
            return;
        }
        thread::scope(|scope| {
            for at in 0..8 {
                let storage = process();
                scope.spawn(move || decide(storage.as_ref(), &format!("{RUN:.25}{at}")));
            }
        });
        let storage = process();
        let _deciding = storage.deciding().expect("nothing fails");
        assert_eq!(storage.ids().expect("nothing fails").len(), 1, "{what}");
    });
}

#[test]
fn s6_who_reads_without_a_lock_reads_a_beginning() {
    of_each(|what, process| {
        create(process().as_ref(), RUN);
        let storage = process();
        let reader = storage.record(RUN);
        drop(storage.deciding().expect("nothing fails"));
        let writer = process().record(RUN);
        let _held = writer.lock().expect("nothing fails").expect("it is free");
        let mut open = writer.open(b"first\n", b"").expect("nothing fails");
        let mut all = "first\n".to_owned();
        let mut read = String::new();
        for at in 0..9 {
            let line = format!("line {at}\n");
            open.add(&line).expect("nothing fails");
            all += &line;
            // It may know of no run at all yet.
            let now = reader.text().unwrap_or_default();
            let now = String::from_utf8(now).expect("they are text");
            assert!(
                all.starts_with(&now) && now.starts_with(&read),
                "{what}: {now}"
            );
            read = now;
        }
        assert!(!read.is_empty(), "{what}: nothing was ever read");
    });
}

#[test]
fn s7_and_s8_a_letter_waits_until_it_is_put_away_and_its_sender_learns_why() {
    of_each(|what, process| {
        create(process().as_ref(), RUN);
        let storage = process();
        drop(storage.deciding().expect("nothing fails"));
        let (sender, driver) = (storage.record(RUN), process().record(RUN));
        let _held = driver.lock().expect("nothing fails").expect("it is free");
        for (id, says) in [("1", "yes"), ("2", "no")] {
            sender.send(id, says.as_bytes()).expect("nothing fails");
            assert!(sender.waits(id).expect("nothing fails"), "{what}");
        }
        let arrived = (0..20).find(|_| driver.letters().expect("nothing fails") == ["1", "2"]);
        assert!(arrived.is_some(), "{what}: they never arrive");
        assert_eq!(driver.letter("2").expect("it waits"), b"no", "{what}");
        driver.put_away("1", None).expect("nothing fails");
        driver
            .put_away("2", Some("too late"))
            .expect("nothing fails");
        assert_eq!(driver.letters().expect("nothing fails"), [""; 0], "{what}");
        for (id, why) in [("1", None), ("2", Some("too late".to_owned()))] {
            assert!(!sender.waits(id).expect("nothing fails"), "{what}");
            assert_eq!(sender.refusal(id).expect("nothing fails"), why, "{what}");
        }
    });
}

#[test]
fn s9_a_stamp_differs_once_more_can_be_read() {
    of_each(|what, process| {
        create(process().as_ref(), RUN);
        let storage = process();
        let reader = storage.record(RUN);
        let _deciding = storage.deciding().expect("nothing fails");
        let (stamp, read) = (reader.stamp(), text(reader.as_ref()));
        add(process().record(RUN).as_ref(), &["second\n"]);
        assert_ne!(text(reader.as_ref()), read, "{what}");
        assert!(stamp.is_none() || reader.stamp() != stamp, "{what}");
    });
}
