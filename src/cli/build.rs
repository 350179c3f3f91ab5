//! `runbook build`: the site, written.

use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::check;
use crate::diag::{Diagnostics, Severity};
use crate::driver::{self, OnErrors};
use crate::exec::state::exit::ExitCode;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Build the site from guides and runbooks
///
/// Reads content/, runbooks/ and site.yaml and writes the site into public/. Every reference is
/// checked first: with an error nothing is written.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook build\n  runbook build --out /tmp/site --deny warnings\n\nExits with 0 when clean, 1 with findings, 2 when it could not run."
)]
pub(super) struct Args {
    /// Where to write the site [default: public in the project]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Build what can be built in spite of errors, and still exit with 1
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    pub(super) json: Json,
    #[command(flatten)]
    deny: Deny,
}

/// Which findings count as failure.
#[derive(clap::Args)]
pub(super) struct Deny {
    /// Exit with 1 for warnings too
    #[arg(long, value_name = "LEVEL", value_parser = ["warnings"])]
    deny: Option<String>,
}

impl Deny {
    /// How a verb with these findings ends.
    pub(super) fn judge(&self, findings: &Diagnostics) -> ExitCode {
        let denied = findings.has_errors() || (self.deny.is_some() && !findings.is_empty());
        if denied {
            ExitCode::Failed
        } else {
            ExitCode::Finished
        }
    }
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let out = args.out.clone().unwrap_or_else(|| project.join("public"));
    let on_errors = if args.keep_going {
        OnErrors::KeepGoing
    } else {
        OnErrors::WriteNothing
    };
    let built = driver::build(project, &out, on_errors)?;
    if args.json.wanted {
        let site = &built.project.site;
        envelope::data(&json!({
            "folder": out.display().to_string(),
            "pages": site.pages.len(),
            "runbooks": site.runbooks.len(),
            "files": built.written.map(|written| json!({
                "written": written.written,
                "unchanged": written.unchanged,
                "removed": written.removed,
            })),
            "check": check::report(&built.findings, &built.project.sources),
        }));
        return Ok(args.deny.judge(&built.findings));
    }
    show::findings(&built.findings, &built.project.sources);
    match built.written {
        Some(written) => {
            let site = &built.project.site;
            let counts = format!(
                "{} and {}",
                show::count(site.pages.len(), "page"),
                show::count(site.runbooks.len(), "runbook"),
            );
            let changes = format!(
                "{} written, {} unchanged, {} removed",
                written.written, written.unchanged, written.removed
            );
            show::summary_line(&format!("{counts} in {} ({changes})", out.display()));
            show::summary_line(&format!("open {}", out.join("index.html").display()));
        }
        None => show::summary_line(&format!(
            "nothing written: fix {} first, or see the rest of the site with --keep-going",
            show::count(built.findings.count(Severity::Error), "error"),
        )),
    }
    Ok(args.deny.judge(&built.findings))
}
