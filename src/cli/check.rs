//! `runbook check`: every reference proved, every finding in one go.

use super::build::Deny;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::diag::codes;
use crate::exec::state::exit::ExitCode;
use crate::{check, driver};
use serde_json::json;
use std::path::Path;

/// Check every reference between guides, runbooks, roles and data
///
/// Looks at every internal link, anchor, image, runbook, step and role in Markdown and YAML, and
/// shows all findings at once, each with its place and the next step.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook check\n  runbook check --deny warnings --json\n\nExits with 0 when clean, 1 with findings, 2 when it could not run."
)]
pub(super) struct Args {
    /// Check review dates as of this day [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<jiff::civil::Date>,
    /// Explain a code, such as link/missing-anchor
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
    #[command(flatten)]
    deny: Deny,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn run(folder: &Path, args: &Args) -> Result<ExitCode, CliError> {
    if let Some(name) = &args.explain {
        return explain(name, args.json);
    }
    let as_of = args
        .as_of
        .unwrap_or_else(|| jiff::ZonedDateTime::now().date())
        .to_string();
    let (project, findings) = driver::check(folder, &as_of)?;
    match args.json.wanted {
        true => envelope::data(&check::report(&findings, &project.sources)),
        false => {
            show::findings_as_answer(&findings, &project.sources);
            if show::is_verbose() {
                show::accepted(&findings, &project.sources);
            }
            show::summary_line(&show::summary(&findings, &project));
        }
    }
    Ok(args.deny.judge(&findings))
}

fn explain(name: &str, json: Json) -> Result<ExitCode, CliError> {
    match codes::of_name(name) {
        Ok(code) => {
            match json.wanted {
                true => envelope::data(&json!({
                    "code": code.name,
                    "severity": code.severity.as_str(),
                    "means": code.means,
                    "advice": code.advice,
                })),
                false => show::text(&check::explain(code)),
            }
            Ok(ExitCode::Finished)
        }
        Err(near) => {
            let next = near.unwrap_or_else(|| "every finding shows its code".to_owned());
            let what = format!("there is no finding `{name}`; {next}");
            Err(CliError::usage(what))
        }
    }
}
