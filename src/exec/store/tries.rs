//! Whether the tries in a run's folder are those that its journal knows of. A folder that was put back
//! from an older backup holds tries that the journal forgot, one that two runs were copied into holds
//! those of the other: whoever went on there would do again what was done, or take the end of a
//! stranger's try for that of its own.
//!
//! A try is known before it leaves anything: its beginning is on disk before its folder. And what
//! it was told to do names the file that its outputs go to, in the folder of its own run.

use crate::exec::plan::Plan;
use crate::exec::process::shim::{Attempt, OUTPUTS_VARIABLE};
use crate::exec::state::RunState;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What tries left below a run's folder, as it was when somebody looked.
#[derive(Debug)]
pub struct Tries {
    run: PathBuf,
    /// The names of their folders, in order.
    names: Vec<String>,
}

impl Tries {
    /// The tries in a run's folder. Whoever compares them with the journal reads that afterwards.
    pub fn of(run: &Path) -> Self {
        let names = fs::read_dir(run.join("steps"));
        let mut names: Vec<String> = names
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        Self {
            run: run.to_owned(),
            names,
        }
    }

    /// What does not fit with the state that follows from the journal of the run `id`, in words.
    pub fn misfits(&self, id: &str, plan: &Plan, state: &RunState) -> Vec<String> {
        let forgotten = self.names.iter();
        let forgotten = forgotten.filter_map(|name| forgotten_try(name, plan, state));
        forgotten.chain(self.strangers(id)).collect()
    }

    /// Whether no try was begun by another run than this one.
    pub fn are_of(&self, id: &str) -> bool {
        self.strangers(id).is_empty()
    }

    /// Tries that another run began.
    fn strangers(&self, id: &str) -> Vec<String> {
        let stranger = |(name, began): (&String, PathBuf)| {
            let other = began.file_name()?.to_string_lossy().into_owned();
            let words = describe_try(name)?;
            (other != id).then(|| {
                format!("{words} was begun by run {other}; files of two runs are in this folder")
            })
        };
        self.began().filter_map(stranger).collect()
    }

    /// Another folder of the same run, in which one of its tries was begun, and which is there still.
    pub fn twin(&self) -> Option<PathBuf> {
        let journal = |folder: &Path| {
            let found = fs::metadata(folder.join("journal.jsonl")).ok()?;
            Some((found.dev(), found.ino()))
        };
        let own = journal(&self.run);
        let mut folders = self.began().map(|(_, folder)| folder);
        folders.find(|folder| {
            folder.file_name() == self.run.file_name()
                && *folder != self.run
                && journal(folder).is_some_and(|there| Some(there) != own)
        })
    }

    /// Each try that says so, with the folder of the run that it was begun in.
    fn began(&self) -> impl Iterator<Item = (&String, PathBuf)> {
        self.names.iter().filter_map(|name| {
            let job = Attempt::at(&self.run.join("steps").join(name)).job()?;
            let outputs = Path::new(job.env.get(OUTPUTS_VARIABLE)?);
            Some((name, outputs.ancestors().nth(3)?.to_owned()))
        })
    }
}

/// The step of a try's folder, whether it takes the step back, and its number.
fn parts(name: &str) -> Option<(String, bool, u32)> {
    let (path, number) = name.rsplit_once('.')?;
    let (path, number) = (path.replace('~', "/"), number.parse().ok()?);
    Some(match path.strip_suffix(".undo") {
        Some(step) => (step.to_owned(), true, number),
        None => (path, false, number),
    })
}

/// `try 2 of the undo of `pack``
fn describe_try(name: &str) -> Option<String> {
    let (step, is_undo, number) = parts(name)?;
    let of = if is_undo { "the undo of " } else { "" };
    Some(format!("attempt {number} of {of}`{step}`"))
}

/// A try that left its folder, and of which no line says that it began.
fn forgotten_try(name: &str, plan: &Plan, state: &RunState) -> Option<String> {
    let (step, is_undo, number) = parts(name)?;
    // A look by `verify` or a probe has a name that no step has, and no line of its own.
    if is_look(&step) {
        return None;
    }
    plan.step(&step)?;
    let known = state.steps.get(&step).map_or(0, |found| match is_undo {
        true => found.undo_tries,
        false => found.attempt,
    });
    let words = describe_try(name)?;
    (number > known).then(|| {
        format!(
            "{words}: it left its folder, and no line says that it began; lines were cut off, or files of another run or of a backup were put here"
        )
    })
}

/// Whether a name is that of a look: behind the id of its step, and behind the item of a loop, stands a
/// dot and what is asked.
fn is_look(name: &str) -> bool {
    let behind = name.rsplit(['/', ']']).next();
    behind.is_some_and(|behind| behind.contains('.'))
}
