//! Arguments that cannot be read: what was probably meant, in the words of this program.
//!
//! clap says what is wrong and offers names that are spelt alike. Here are the names that are not: the
//! verbs and flags of other tools, and the runbooks there are when none was named.

use crate::driver;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::PathBuf;

/// Verbs of other tools, by ours.
const VERBS: &[(&str, &[&str])] = &[
    (
        "exec",
        &[
            "start", "play", "apply", "execute", "launch", "trigger", "go", "up",
        ],
    ),
    ("check", &["lint", "validate", "verify-site", "doctor"]),
    ("serve", &["dev", "preview", "watch-site", "server", "live"]),
    ("build", &["generate", "render", "make", "site"]),
    ("new", &["create", "bootstrap", "scaffold", "setup"]),
    ("runs", &["ps", "history", "jobs", "executions"]),
    ("status", &["state", "info", "inspect"]),
    ("logs", &["output", "tail", "log"]),
    ("abort", &["stop", "cancel", "kill", "down"]),
    ("resume", &["continue", "retry", "restart", "unpause"]),
    ("undo", &["rollback", "revert", "roll-back"]),
    ("plan", &["diff", "dry-run", "simulate", "explain"]),
    ("search", &["find", "grep", "query"]),
    ("gc", &["clean", "prune", "rm", "delete"]),
    ("list", &["runbooks", "dir"]),
    ("show", &["cat", "view", "describe", "open"]),
    ("approve", &["accept", "confirm", "allow"]),
    ("reject", &["deny", "decline"]),
    ("note", &["comment", "annotate"]),
    ("help", &["usage", "?"]),
];

/// What to write for data.
const JSON: &str = "write `--json`; a verb that has it names it in its --help";

/// Flags of other tools, and what to write here.
const FLAGS: &[(&[&str], &str)] = &[
    (
        &["--dry-run", "--check", "--what-if", "--noop", "--simulate"],
        "`runbook plan` shows what a run would do, and does nothing",
    ),
    (
        &[
            "--extra-vars",
            "-e",
            "--var",
            "--vars",
            "--set",
            "--arg",
            "--env",
        ],
        "write a param as -p NAME=VALUE",
    ),
    (
        &["--yes", "-y", "--force", "-f", "--auto-approve", "--batch"],
        "`--non-interactive` asks nobody; an approval is given by `runbook approve`",
    ),
    (
        &["--start-at-task", "--start-at", "--resume-from"],
        "write `--from STEP --reason TEXT`",
    ),
    (
        &["--dir", "--cwd", "--workdir", "--chdir"],
        "`--target DIR` says where steps work, `-C DIR` where the project is",
    ),
    (
        &["--background", "-d", "--daemon", "--async"],
        "`--detach` leaves a run to a process of its own",
    ),
    (&["--format", "--output", "-o", "--output-format"], JSON),
    (
        &["--no-color", "--no-colour", "--plain-text"],
        "write `--color never`",
    ),
    (&["--colour"], "write `--color WHEN`"),
    (
        &["--silent", "-s"],
        "`-q` shows less; standard output has only what was asked for",
    ),
    (&["--debug", "-x", "--trace", "-vv"], "`-v` shows more"),
];

/// The same fault with the next step, where clap does not know it.
pub(super) fn with_next_step(mut error: clap::Error) -> clap::Error {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            if let Some(ours) = context_text(&error, ContextKind::InvalidSubcommand).and_then(verb)
            {
                let value = ContextValue::Strings(vec![ours.to_owned()]);
                error.insert(ContextKind::SuggestedSubcommand, value);
            }
        }
        ErrorKind::UnknownArgument => {
            if let Some(way) = context_text(&error, ContextKind::InvalidArg).and_then(argument) {
                tip(&mut error, &way);
            }
        }
        ErrorKind::InvalidValue
            if context_text(&error, ContextKind::InvalidValue) == Some("json") =>
        {
            tip(&mut error, JSON);
        }
        ErrorKind::MissingRequiredArgument if lacks_runbook(&error) => {
            if let Some(way) = runbooks() {
                tip(&mut error, &way);
            }
        }
        _ => {}
    }
    error
}

fn tip(error: &mut clap::Error, way: &str) {
    let words = vec![way.to_owned().into()];
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(words));
}

fn context_text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(word) => Some(word),
        _ => None,
    }
}

fn verb(theirs: &str) -> Option<&'static str> {
    let row = VERBS.iter().find(|(_, names)| names.contains(&theirs));
    row.map(|(ours, _)| *ours)
}

fn argument(theirs: &str) -> Option<String> {
    let row = FLAGS.iter().find(|(flags, _)| flags.contains(&theirs));
    if let Some((_, way)) = row {
        return Some((*way).to_owned());
    }
    let is_param = !theirs.starts_with('-') && theirs.contains('=');
    is_param.then(|| format!("write a param as -p {theirs}"))
}

/// Whether the verb wants a runbook and got none.
fn lacks_runbook(error: &clap::Error) -> bool {
    let lacking = matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::Strings(names)) if names.iter().any(|name| name == "<ID>")
    );
    lacking
        && std::env::args()
            .skip(1)
            .any(|word| ["exec", "run", "plan", "show"].contains(&word.as_str()))
}

/// Which runbooks there are.
fn runbooks() -> Option<String> {
    let project = driver::open(&folder()).ok()?;
    let books = project.site.books();
    let ids: Vec<&str> = books.iter().map(|book| book.id.value.as_str()).collect();
    Some(match ids.is_empty() {
        true => "this project has no runbook: write one into `runbooks/NAME.yaml`".to_owned(),
        false => format!("name one of: {}", ids.join(", ")),
    })
}

/// The project's folder, from arguments that are wrong as a whole.
fn folder() -> PathBuf {
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let value = match text.as_ref() {
            "-C" | "--project" => words.next().map(PathBuf::from),
            text => text
                .strip_prefix("--project=")
                .or(text.strip_prefix("-C"))
                .map(PathBuf::from),
        };
        if let Some(folder) = value {
            return folder;
        }
    }
    PathBuf::from(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn each_verb_that_is_offered_is_there_and_none_of_theirs_is() {
        let mut command = crate::cli::Cli::command();
        command.build();
        for (ours, theirs) in VERBS {
            assert!(command.find_subcommand(ours).is_some(), "{ours}");
            for name in *theirs {
                assert!(command.find_subcommand(name).is_none(), "{name}");
                assert_eq!(verb(name), Some(*ours), "{name} stands in one row");
            }
        }
    }
}
