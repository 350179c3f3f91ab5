//! `runbook schema`: what editors need to know of the language.

use super::error::CliError;
use super::show;
use crate::driver;
use crate::exec::state::exit::ExitCode;
use crate::files;
use std::path::Path;

/// Print the JSON Schema of runbooks, of site.yaml or of the policy, for editors
///
/// With --write it is written where the first line of a runbook can name it:
/// `# yaml-language-server: $schema=../.runbook/schema/runbook.v1.json`
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook schema --write\n  runbook schema test\n\nExits with 0, or 2 when the files cannot be written."
)]
pub(super) struct Args {
    /// Of which files
    #[arg(value_enum, default_value = "runbook")]
    of: Of,
    /// Write the schemas of all files into .runbook/schema/
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    /// runbooks/*.yaml
    Runbook,
    /// runbooks/*.test.yaml
    Test,
    /// site.yaml
    Site,
    /// data/roles.yaml
    Roles,
    /// data/approvals.yaml
    Approvals,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let schemas = driver::schemas();
    if !args.write {
        let wanted = match args.of {
            Of::Runbook => "runbook.v1.json",
            Of::Test => "runbook-test.v1.json",
            Of::Site => "site.v1.json",
            Of::Roles => "roles.v1.json",
            Of::Approvals => "approvals.v1.json",
        };
        show::text(&schemas[wanted]);
        return Ok(ExitCode::Finished);
    }
    driver::config(project)?;
    let folder = project.join(".runbook/schema");
    for (name, text) in &schemas {
        let path = folder.join(name);
        let written =
            std::fs::create_dir_all(&folder).and_then(|()| files::replace(&path, text.as_bytes()));
        written.map_err(|error| {
            CliError::usage(format!("cannot write {}: {error}", path.display()))
        })?;
        show::line(&format!("wrote {}", path.display()));
    }
    Ok(ExitCode::Finished)
}
