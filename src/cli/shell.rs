//! `runbook completions` and `runbook man`: what a shell and a manual reader need.

use super::error::CliError;
use super::{Cli, help, man_markdown, show};
use crate::exec::state::exit::ExitCode;
use crate::files;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Print the completion script for a shell
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook completions bash > ~/.local/share/bash-completion/completions/runbook\n  runbook completions fish > ~/.config/fish/completions/runbook.fish\n  runbook completions zsh > ~/.zfunc/_runbook"
)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Print the manual page, or write one page for each verb
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook man | man -l -\n  runbook man --out ~/.local/share/man/man1\n  runbook man --markdown > commands.md"
)]
pub(super) struct ManArgs {
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print all verbs and flags as one page of Markdown
    #[arg(long, conflicts_with = "out")]
    markdown: bool,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut help::command::<Cli>(),
        "runbook",
        &mut script,
    );
    show::text(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Finished)
}

pub(super) fn man(args: &ManArgs) -> Result<ExitCode, CliError> {
    let mut command = help::command::<Cli>();
    command.build();
    match &args.out {
        None if args.markdown => show::text(&man_markdown::page(&command)),
        None => show::text(&page(&command)),
        Some(folder) => write(&command, folder).map_err(|(path, error)| {
            CliError::usage(format!("cannot write {}: {error}", path.display()))
        })?,
    }
    Ok(ExitCode::Finished)
}

fn write(command: &clap::Command, folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    let verbs = command
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help");
    for command in std::iter::once(command).chain(verbs) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = folder.join(format!("{name}.1"));
        files::replace(&path, page(command).as_bytes()).map_err(|error| (path, error))?;
    }
    Ok(())
}

fn page(command: &clap::Command) -> String {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .expect("memory can be written to");
    String::from_utf8_lossy(&page).into_owned()
}
