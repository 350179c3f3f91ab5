//! `runbook version`: which version a repository has, which one comes next, and its files with another.

use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::driver;
use crate::driver::versions::{self, Versions};
use crate::exec::state::exit::ExitCode;
use crate::model::config::Config;
use crate::release::commits::Bump;
use semver::{Prerelease, Version};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Tell or write the version of a package: current, next, check, bump
///
/// The last version is that of the highest tag `vX.Y.Z` that the commit comes after. The next one
/// follows from the commits since then, by Conventional Commits: `feat` raises the second number, `fix`
/// and `perf` the third, `!` and `BREAKING CHANGE:` the first. Nothing is asked of the network; fetch
/// the tags before.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook version next\n  runbook version next --pre rc --json\n  runbook version check 1.5.0\n  runbook version bump 1.5.0 --target ../app"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
    /// Print the answer as JSON, for programs
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(clap::Subcommand)]
enum What {
    /// Show the last version, and what files say
    Current(Place),
    /// Show the next version and why; exits with 1 if there is nothing to release
    Next {
        /// Make it a prerelease of this kind, such as `alpha`, `beta` or `rc`
        #[arg(long, value_name = "KIND", value_parser = kind)]
        pre: Option<Prerelease>,
        #[command(flatten)]
        place: Place,
    },
    /// Show what speaks against a version; exits with 1 if something does
    Check {
        /// The version
        #[arg(value_parser = version)]
        version: Version,
        #[command(flatten)]
        place: Place,
    },
    /// Write a version into the files that hold it
    Bump {
        /// The version
        #[arg(value_parser = version)]
        version: Version,
        #[command(flatten)]
        place: Place,
    },
}

/// The repository that is meant.
#[derive(clap::Args)]
pub(super) struct Place {
    /// The repository [default: the target of site.yaml, or this folder]
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,
}

impl Place {
    /// Its folder, the settings of the project, and what the repository says of its versions.
    pub(super) fn versions(&self, project: &Path) -> Result<(PathBuf, Config, Versions), CliError> {
        let (config, errors) = driver::config_and_errors(project)?;
        if errors > 0 {
            let why =
                "site.yaml has errors: nobody can tell which repository and which files it means";
            return Err(CliError::usage(why).help("`runbook check` shows them".to_owned()));
        }
        let target = config.target.as_ref().map(|target| project.join(target));
        let folder = self.target.clone().or(target);
        let folder = folder.unwrap_or_else(|| project.to_owned());
        let found = versions::versions(&folder, &config)
            .map_err(|error| CliError::usage(error.to_string()).help(error.help()))?;
        Ok((folder, config, found))
    }
}

/// A version; as a tag writes it, too.
pub(super) fn version(text: &str) -> Result<Version, String> {
    let number = text.strip_prefix('v').unwrap_or(text);
    Version::parse(number).map_err(|error| format!("{error}; write it as 1.5.0 or 1.5.0-rc.1"))
}

/// A kind of prerelease: the part before its number.
fn kind(text: &str) -> Result<Prerelease, String> {
    let is_kind = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let kind = Prerelease::new(text).ok().filter(|_| is_kind);
    kind.ok_or_else(|| "write a word such as alpha, beta or rc; the number is found".to_owned())
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let (What::Current(place)
    | What::Next { place, .. }
    | What::Check { place, .. }
    | What::Bump { place, .. }) = &args.what;
    let (_, _, found) = place.versions(project)?;
    let json = Json { wanted: args.json };
    match &args.what {
        What::Current(_) => current(&found, json),
        What::Next { pre, .. } => next(&found, pre.as_ref(), json),
        What::Check { version, .. } => check(&found, version, json),
        What::Bump { version, .. } => bump(&found, version, json),
    }
}

fn current(found: &Versions, json: Json) -> Result<ExitCode, CliError> {
    let files = found.files.iter();
    let files: Vec<_> = files
        .flat_map(|file| file.versions().map(|version| (file.name.as_str(), version)))
        .collect();
    if json.wanted {
        let files: Vec<_> = files
            .iter()
            .map(|(file, version)| json!({"file": file, "version": version}))
            .collect();
        envelope::data(
            &json!({"version": found.current().map(ToString::to_string), "files": files}),
        );
        return Ok(ExitCode::Finished);
    }
    match found.current() {
        Some(version) => show::line(&version.to_string()),
        None => show::line("no version yet"),
    }
    for (file, version) in files {
        show::line(&format!("  {file}: {version}"));
    }
    Ok(ExitCode::Finished)
}

fn next(found: &Versions, pre: Option<&Prerelease>, json: Json) -> Result<ExitCode, CliError> {
    let next = found
        .next(pre)
        .map_err(|why| CliError::new(ExitCode::Failed, why.to_string()))?;
    if json.wanted {
        envelope::data(&json!({
            "version": next.version.to_string(),
            "dist_tag": next.dist_tag,
            "after": next.after.map(|after| after.to_string()),
            "bump": found.history.since_release,
            "changes": found.changes,
        }));
        return Ok(ExitCode::Finished);
    }
    show::line(&next.version.to_string());
    let after = next
        .after
        .map_or_else(|| "no version".to_owned(), |after| after.to_string());
    show::line(&format!(
        "  after {after}; users install it as {}",
        next.dist_tag
    ));
    for change in found
        .changes
        .iter()
        .filter(|change| change.bump > Bump::Nothing)
    {
        let hash: String = change.hash.chars().take(7).collect();
        let breaks = if change.breaking.is_some() {
            ", breaks users"
        } else {
            ""
        };
        let kind = if change.kind.is_empty() {
            "other"
        } else {
            &change.kind
        };
        show::line(&format!("  {hash} {kind}{breaks}: {}", change.subject));
    }
    Ok(ExitCode::Finished)
}

fn check(found: &Versions, version: &Version, json: Json) -> Result<ExitCode, CliError> {
    let against = found.against(version);
    if json.wanted {
        envelope::data(&json!({"version": version.to_string(), "against": against}));
    } else if against.is_empty() {
        show::line(&format!("nothing speaks against {version}"));
    } else {
        against.iter().for_each(|line| show::line(line));
    }
    Ok(match against.is_empty() {
        true => ExitCode::Finished,
        false => ExitCode::Failed,
    })
}

fn bump(found: &Versions, version: &Version, json: Json) -> Result<ExitCode, CliError> {
    if found.files.is_empty() {
        let help = "list the files in `versions` of site.yaml";
        return Err(
            CliError::new(ExitCode::Failed, "no file holds the version").help(help.to_owned())
        );
    }
    let changed = found
        .write(version)
        .map_err(|error| CliError::usage(error.to_string()).help(error.help()))?;
    if json.wanted {
        envelope::data(&json!({"version": version.to_string(), "changed": changed}));
        return Ok(ExitCode::Finished);
    }
    for file in &changed {
        show::line(&format!("{file}: {version}"));
    }
    if changed.is_empty() {
        show::line(&format!("each file has {version} already"));
    }
    Ok(ExitCode::Finished)
}
