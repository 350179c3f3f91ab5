//! Which entry of the project answers a failed step: the one whose message its output has, or else the only one that
//! its `fail_text` links to. A message that several faults print counts less than that link. Where the output has
//! messages of several entries, one that the step links to comes first.
//!
//! A run keeps what the project knew of messages when it began, beside its plan and not in it: an entry that is
//! corrected changes no plan, and a run that is taken up without its sources still names the entry. Runs that
//! began with the same entries share one file.

use super::run::Run;
use crate::exec::plan::Step;
use crate::exec::process::shim::Attempt;
use crate::files::{self, regular};
use crate::known_errors::{Book, Collection, Entry, Finding, Paste};
use crate::printable::shell_word;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The name of the file of a run, and of the folder of all runs.
const NAME: &str = "known-errors";
/// How much of a log is looked at: its end, in bytes.
const END: u64 = 256 * 1024;

/// An entry that answers a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Who answers, as the project knew it when the run began.
    #[serde(flatten)]
    pub entry: Entry,
    /// The line of the log that led there; nothing if the step alone did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// What to type to fix it, for a shell: the recovery on the target of the run, with what the run knows of its params.
    pub command: Option<String>,
}

/// What the project of a run knew of messages, read when it is asked for the first time; nothing if nothing was kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Knowledge(Arc<OnceLock<Option<(Collection, Book)>>>);

impl Run {
    /// Keeps what the project knows of messages.
    ///
    /// # Errors
    /// The operating system's reason.
    pub(super) fn keep_known_errors(&self, known: &Collection) -> io::Result<()> {
        let bytes = known.to_bytes();
        let name = files::short_hash(&bytes);
        let shared = self.shared(&name);
        if !shared.exists() {
            let folder = shared.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder)?;
            files::replace(&shared, &bytes)?;
        }
        files::replace(&self.folder.join(NAME), name.as_bytes())
    }

    /// The entry that answers a try of a step that failed; nothing if none does.
    pub fn explained(&self, step: &Step, attempt: u32) -> Option<Explained> {
        let (known, book) = self.known_errors()?;
        let said = Attempt::new(&self.folder, &step.id, attempt).log_end(END);
        let paste = Paste::new(&String::from_utf8_lossy(&said.unwrap_or_default()));
        let found = book.diagnose(&paste);
        let links = step.fail_text.as_deref().unwrap_or_default();
        let linked = known.entries.iter().enumerate();
        let linked = linked.filter(|(_, entry)| links.contains(&entry.path));
        let linked: Vec<usize> = linked.map(|(at, _)| at).collect();
        let (entry, line) = match believed(known, &found, &linked) {
            Some(best) => (best.entry, Some(paste.part(&best.said[0]))),
            // Which of several is meant depends on what a person has to look at first.
            None => match linked[..] {
                [only] => (only, None),
                _ => return None,
            },
        };
        let mut entry = known.entries[entry].clone();
        let needs = std::mem::take(&mut entry.needs);
        // A recovery that fails does not help itself.
        entry.recovery = entry.recovery.filter(|id| *id != self.plan.runbook);
        let recovery = entry.recovery.as_deref();
        Some(Explained {
            command: recovery.map(|id| self.command(id, &needs)),
            entry,
            line,
        })
    }

    /// What begins a recovery where this run works.
    fn command(&self, recovery: &str, needs: &[String]) -> String {
        let mut words = ["runbook", "exec", recovery, "--target", &self.plan.target]
            .map(str::to_owned)
            .to_vec();
        for name in needs {
            let text = self.plan.params.text(name);
            words.extend(
                text.into_iter()
                    .flat_map(|text| ["-p".to_owned(), format!("{name}={text}")]),
            );
        }
        let words = words.iter().map(|word| shell_word(word));
        words.collect::<Vec<_>>().join(" ")
    }

    /// What the project knew when the run began.
    fn known_errors(&self) -> Option<&(Collection, Book)> {
        let read = || {
            let known = self.read_known_errors()?;
            let book = known.book();
            Some((known, book))
        };
        self.knowledge.0.get_or_init(read).as_ref()
    }

    fn read_known_errors(&self) -> Option<Collection> {
        let name = String::from_utf8(regular::read(&self.folder.join(NAME)).ok()?).ok()?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let bytes = is_name.then(|| regular::read(&self.shared(&name)))?;
        Collection::from_bytes(&bytes.ok()?)
    }

    /// Where all runs of the project keep what they share.
    fn shared(&self, name: &str) -> PathBuf {
        let folder = self.state_folder().join(NAME);
        folder.join(format!("{name}.json"))
    }
}

/// What is believed of that which the output says, where the step links to these entries.
fn believed<'f>(known: &Collection, found: &'f [Finding], linked: &[usize]) -> Option<&'f Finding> {
    let expected = found.iter().find(|one| linked.contains(&one.entry));
    let is_general = |one: &Finding| {
        one.said
            .iter()
            .all(|said| known.messages[said.pattern].general)
    };
    let counts = |one: &&Finding| linked.len() != 1 || !is_general(one);
    expected.or_else(|| found.first().filter(counts))
}

impl Explained {
    /// Lines for people: its name, what to read, and what to run if a runbook fixes it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.entry.name()];
        lines.extend(self.line.iter().map(|line| format!("  it said: {line}")));
        lines.push(format!("  read {}", self.entry.path));
        let command = self.command.iter();
        lines.extend(command.map(|command| format!("  run `{command}`")));
        lines
    }
}
