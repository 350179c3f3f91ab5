//! `runbook man --markdown`: every verb and flag as one page of Markdown, for a site.
//!
//! `docs/reference/commands.md` is this page; `tests/stories/manual.rs` says so.

use clap::{Arg, Command};

const HEAD: &str = "---
title: Verbs and flags
description: Every verb of the program with its arguments, flags and examples.
kind: reference
order: 1
aliases: [commands, command line, CLI, options, flags, verbs, usage]
---

`runbook man --markdown` prints this page.

";

/// The page about a built command and its verbs.
pub(super) fn page(command: &Command) -> String {
    let mut page = HEAD.to_owned();
    page += "## All verbs\n\n";
    page += &table(command.get_arguments());
    let verbs = command.get_subcommands();
    for verb in verbs.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        page += &section(verb);
    }
    page
}

fn section(verb: &Command) -> String {
    let about = verb.get_long_about().or(verb.get_about());
    let usage = verb.clone().render_usage().to_string();
    let own = verb
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
    let after = verb.get_after_help().map(ToString::to_string);
    format!(
        "\n## runbook {}\n\n{}\n\n```text\n{}\n```\n{}{}",
        verb.get_name(),
        escape_help(&about.map(ToString::to_string).unwrap_or_default()),
        code(usage.trim_start_matches("Usage: ")),
        spaced(&table(own)),
        after.map(|after| examples(&after)).unwrap_or_default(),
    )
}

/// A table of arguments and flags; nothing if there are none.
fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: String = arguments
        .filter(|argument| !argument.is_hide_set())
        .map(row)
        .collect();
    match rows.is_empty() {
        true => rows,
        false => format!("| Argument or flag | Means |\n| --- | --- |\n{rows}"),
    }
}

fn row(argument: &Arg) -> String {
    let short = argument.get_short().map(|short| format!("-{short}, "));
    let help = argument.get_long_help().or(argument.get_help());
    let mut means =
        escape_help(&help.map(ToString::to_string).unwrap_or_default()).replace('\n', " ");
    if argument.get_action().takes_values() {
        let values = argument.get_possible_values();
        let values: Vec<String> = values
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if !values.is_empty() {
            means += &format!(" (one of {})", values.join(", "));
        }
        let defaults = argument.get_default_values();
        if let Some(default) = defaults.first() {
            means += &format!(" [default: `{}`]", default.to_string_lossy());
        }
    }
    let name = format!("{}{argument}", short.unwrap_or_default());
    format!("| `{}` | {} |\n", code(&name), means.replace('|', "\\|"))
}

/// What follows the flags: indented lines are commands, all others are words.
fn examples(after: &str) -> String {
    let mut page = String::new();
    let mut inside = false;
    for line in after.lines() {
        let command = line.strip_prefix("  ");
        match (command.is_some(), inside) {
            (true, false) => page += "\n```sh\n",
            (false, true) => page += "```\n",
            _ => {}
        }
        inside = command.is_some();
        match command {
            Some(command) => page += &format!("{}\n", code(command)),
            None if line.is_empty() => {}
            None => page += &format!("\n{}\n", escape_help(line)),
        }
    }
    if inside {
        page += "```\n";
    }
    page
}

/// Words of help as Markdown: what stands in angles is no tag, and nothing is a place to fill in.
fn escape_help(text: &str) -> String {
    let mut parts = Vec::new();
    for (number, part) in text.split('`').enumerate() {
        parts.push(match number % 2 {
            0 => part.replace('<', "\\<"),
            _ => part.to_owned(),
        });
    }
    code(&parts.join("`"))
}

fn code(text: &str) -> String {
    text.replace("${{", "\\${{")
}

fn spaced(table: &str) -> String {
    match table.is_empty() {
        true => String::new(),
        false => format!("\n{table}"),
    }
}
