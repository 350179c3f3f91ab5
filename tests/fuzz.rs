//! What the fuzz targets of `fuzz/` once found keeps its promises, and so do the seeds that a campaign begins with.

#[path = "../fuzz/readers/mod.rs"]
mod readers;

use readers::{TARGETS, hold};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names in a folder, in order; none if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("entries can be read").file_name();
        name.into_string().expect("names are UTF-8")
    };
    let mut found: Vec<String> = entries.map(name).collect();
    found.sort();
    found
}

#[test]
fn what_was_found_once_is_mended() {
    let folder = root().join("fuzz/regressions");
    for name in names(&folder) {
        let is_known = TARGETS.iter().any(|(target, _)| *target == name);
        assert!(is_known, "fuzz/regressions/{name} is of no target");
    }
    let mut held = 0;
    for (target, _) in TARGETS {
        for name in names(&folder.join(target)) {
            let bytes = fs::read(folder.join(target).join(&name)).expect("it can be read");
            // The last line that a process which is killed by its stack or its time leaves.
            eprintln!("fuzz/regressions/{target}/{name}");
            hold(target, &bytes);
            held += 1;
        }
    }
    assert!(held > 0, "there are regressions");
}

#[test]
fn each_target_is_a_program_of_cargo_fuzz_with_seeds() {
    let programs = names(&root().join("fuzz/fuzz_targets"));
    let mut targets = TARGETS.map(|(target, _)| format!("{target}.rs"));
    targets.sort();
    assert_eq!(programs, targets);
    for (target, _) in TARGETS {
        let folder = root().join("fuzz/seeds").join(target);
        let seeds = names(&folder);
        assert!(!seeds.is_empty(), "{target} has seeds of its own");
        for name in seeds {
            hold(
                target,
                &fs::read(folder.join(name)).expect("it can be read"),
            );
        }
    }
}
