//! `runbook check`: every reference proved, every finding in one go.

use super::build::Deny;
use super::{Outcome, show};
use crate::diag::codes;
use crate::{check, driver};
use std::path::Path;

/// Check every reference between guides, runbooks, roles and data
///
/// Looks at every internal link, anchor, image, runbook, step and role in Markdown and YAML, and
/// shows all findings at once, each with its place and the next step.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook check\n  runbook check --deny warnings --format json\n\nExits with 0 when clean, 1 with findings, 2 when it could not run."
)]
pub(super) struct Args {
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Check review dates as of this day [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<jiff::civil::Date>,
    /// Explain a code, such as link/missing-anchor
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
    #[command(flatten)]
    deny: Deny,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

pub(super) fn run(folder: &Path, args: &Args) -> Outcome {
    if let Some(name) = &args.explain {
        return explain(name);
    }
    let as_of = args
        .as_of
        .unwrap_or_else(|| jiff::ZonedDateTime::now().date())
        .to_string();
    let (project, findings) = match driver::check(folder, &as_of) {
        Ok(checked) => checked,
        Err(error) => return show::could_not_run(&error),
    };
    match args.format {
        Format::Json => show::text(&check::to_json(&findings, &project.sources)),
        Format::Text => {
            show::findings(&findings, &project.sources);
            show::line(&show::summary(&findings, &project));
        }
    }
    args.deny.judge(&findings)
}

fn explain(name: &str) -> Outcome {
    match codes::of_name(name) {
        Ok(code) => {
            show::text(&check::explain(code));
            Outcome::Clean
        }
        Err(near) => {
            let next = near.unwrap_or_else(|| "every finding shows its code".to_owned());
            show::complain(&[format!("there is no finding `{name}`; {next}")]);
            Outcome::CouldNotRun
        }
    }
}
