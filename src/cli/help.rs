//! What `runbook --help` shows: twelve verbs with a line each, and the others by what they are about.

use super::mistakes;
use clap::{Command, CommandFactory, FromArgMatches};

/// The verbs that people need first, in the order of a day's work.
const FIRST: [&str; 12] = [
    "new", "serve", "check", "build", "search", "diagnose", "list", "exec", "resume", "status",
    "approve", "undo",
];
/// The other verbs by what they are about.
const OTHERS: [(&str, &[&str]); 5] = [
    (
        "a run",
        &[
            "plan", "runs", "watch", "logs", "note", "request", "reject", "answer", "abort",
            "report", "verify", "times", "gc",
        ],
    ),
    ("writing runbooks", &["show", "test", "schema", "isolate"]),
    ("a site", &["bundle"]),
    ("a release", &["version", "changelog"]),
    ("this program", &["completions", "man", "help"]),
];

/// The command line with its help as people should see it.
pub(super) fn command<C: CommandFactory>() -> Command {
    let command = C::command();
    let listed = verbs(&command);
    command
        .help_template(
            "{about-with-newline}\n{usage-heading} {usage}{after-help}\n\nOptions:\n{options}",
        )
        .after_help(listed)
}

/// The arguments of the process, read by [`command`].
pub(super) fn parse<C: CommandFactory + FromArgMatches>() -> Result<C, clap::Error> {
    let mut command = command::<C>();
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let matches = matches.map_err(mistakes::with_next_step)?;
    C::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn verbs(command: &Command) -> String {
    let line = |name: &&str| {
        let verb = command.find_subcommand(name);
        let about = verb.and_then(Command::get_about).map(ToString::to_string);
        format!("\n  {name:<9} {}", about.unwrap_or_default())
    };
    let first: String = FIRST.iter().map(line).collect();
    let others = OTHERS
        .iter()
        .map(|(what, names)| format!("\n  about {what}: {}", names.join(" ")));
    format!(
        "Verbs:{first}\n\nMore, each with --help:{}",
        others.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_shown_once() {
        let mut command = command::<crate::cli::Cli>();
        command.build();
        let mut there: Vec<&str> = command
            .get_subcommands()
            .filter(|verb| !verb.is_hide_set())
            .map(Command::get_name)
            .collect();
        let others = OTHERS.iter().flat_map(|(_, names)| names.iter());
        let mut shown: Vec<&str> = FIRST.iter().chain(others).copied().collect();
        there.sort_unstable();
        shown.sort_unstable();
        assert_eq!(
            shown, there,
            "name each verb once in FIRST or OTHERS of src/cli/help.rs"
        );
    }

    #[test]
    fn every_verb_teaches_by_example() {
        let mut command = command::<crate::cli::Cli>();
        command.build();
        for verb in command
            .get_subcommands_mut()
            .filter(|verb| verb.get_name() != "help")
        {
            let help = verb.render_long_help().to_string();
            assert!(
                help.contains("Example") && help.contains(&format!("runbook {}", verb.get_name())),
                "`runbook {} --help` shows no example",
                verb.get_name()
            );
        }
    }
}
