//! `runbook changelog`: the section of a version, shown or written.

use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use super::version::{Place, version};
use crate::driver::changelog::{self, ChangelogError};
use crate::exec::state::exit::ExitCode;
use semver::Version;
use serde_json::json;
use std::path::Path;

/// Show the section of the next version for the changelog, or write it
///
/// It says what the commits since the last version change for users, in the form of the sections that
/// are there. What people wrote under Unreleased becomes the section instead.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook changelog\n  runbook changelog 1.5.0 --write\n  runbook changelog 1.5.0 --json"
)]
pub(super) struct Args {
    /// The version [default: the next one]
    #[arg(value_parser = version)]
    version: Option<Version>,
    /// Put the section into the file
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let (folder, config, versions) = args.place.versions(project)?;
    let version = match &args.version {
        Some(version) => version.clone(),
        None => {
            let next = versions.next(None);
            next.map_err(|why| CliError::new(ExitCode::Failed, why.to_string()))?
                .version
        }
    };
    let found = changelog::changelog(&folder, &config, &versions, &version).map_err(refused)?;
    if args.write {
        found.write().map_err(refused)?;
    }
    if found.written.by_people {
        show::remarks(&[format!(
            "note: {} has words under Unreleased: they become the section, and the commits are left out",
            found.file
        )]);
    }
    if args.json.wanted {
        envelope::data(&json!({
            "version": version.to_string(),
            "file": found.file,
            "section": found.written.section,
            "written": args.write,
        }));
    } else if args.write {
        show::summary_line(&format!("{}: {version}", found.file));
    } else {
        show::text(&format!("{}\n", found.written.whole.trim()));
    }
    Ok(ExitCode::Finished)
}

fn refused(error: ChangelogError) -> CliError {
    let code = match error {
        ChangelogError::File { .. } => ExitCode::CouldNotRun,
        ChangelogError::Tagged(_) | ChangelogError::Section { .. } => ExitCode::Failed,
    };
    CliError::new(code, error.to_string())
}
