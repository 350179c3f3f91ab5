//! `runbook bundle`: the whole site as one file.

use super::build::Deny;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::check;
use crate::driver;
use crate::exec::state::exit::ExitCode;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Pack the site into one zip that works offline
///
/// Attach it to an incident or copy it to a disk: unpack it and open index.html. It needs no server
/// and no network; search and run mode work. The same site gives the same bytes.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook bundle\n  runbook bundle --out /tmp/releases.zip\n\nExits with 0 when clean, 1 with findings, 2 when it could not run."
)]
pub(super) struct Args {
    /// The file to write [default: the project's id with .zip, in the project]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) json: Json,
    #[command(flatten)]
    deny: Deny,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let bundled = driver::bundle(project, args.out.as_deref())?;
    if args.json.wanted {
        envelope::data(&json!({
            "file": bundled.written.as_ref().map(|(file, _)| file.display().to_string()),
            "bytes": bundled.written.as_ref().map(|(_, bytes)| bytes),
            "check": check::report(&bundled.findings, &bundled.project.sources),
        }));
        return Ok(args.deny.judge(&bundled.findings));
    }
    show::findings(&bundled.findings, &bundled.project.sources);
    match bundled.written {
        Some((file, bytes)) => show::summary_line(&format!(
            "{} ({} kB): unpack it and open index.html",
            file.display(),
            bytes.div_ceil(1000)
        )),
        None => show::line("nothing written: fix the errors first"),
    }
    Ok(args.deny.judge(&bundled.findings))
}
