//! `runbook times`: how long the last runs of each runbook took, shown or written into the project's data.

use super::context;
use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::driver;
use crate::exec::state::exit::ExitCode;
use crate::files;
use crate::model::data::Data;
use crate::runs::times::{self, Measured};
use crate::times::planned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Show how long the last runs of each runbook took, or write it down for the guides
///
/// Of each runbook, the last ten runs that finished count, with the median of each time. `::times` on a page
/// shows what is written.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook times\n  runbook times hotfix\n  runbook times --write"
)]
pub(super) struct Args {
    /// The runbook [default: all]
    runbook: Option<String>,
    /// Write the times into data/times.yaml; those of runbooks without a run here stay
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    pub(super) json: Json,
}

/// The name of the file below the first folder of pages, and of its values.
const FILE: &str = "data/times.yaml";
const NAME: &str = "times";

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let (mut found, damaged) = times::measured(&context::store(project)?)?;
    show::complain(&context::faults(&damaged));
    if let Some(wanted) = &args.runbook {
        found.retain(|book, _| book == wanted);
        if found.is_empty() {
            let none = format!("no run of `{wanted}` has finished");
            return Err(CliError::new(ExitCode::Failed, none));
        }
    }
    if args.write && !found.is_empty() {
        write(project, &found)?;
    }
    if args.json.wanted {
        let all: Map<String, Value> = found.iter().map(as_json).collect();
        envelope::data(&json!({ "runbooks": all, "written": args.write && !found.is_empty() }));
    } else {
        for (book, time) in &found {
            show::line(&format!("{book}: {}", describe(time)));
        }
        if found.is_empty() {
            show::remarks(&["note: no run has finished".to_owned()]);
        }
    }
    Ok(ExitCode::Finished)
}

fn describe(time: &Measured) -> String {
    format!(
        "machine {}, people {}, the median of {}",
        planned(time.machine),
        planned(time.people),
        show::count(time.runs, "run")
    )
}

fn as_json((book, time): (&String, &Measured)) -> (String, Value) {
    let seconds = json!({
        "runs": time.runs,
        "machine": time.machine.as_secs(),
        "people": time.people.as_secs(),
    });
    (book.clone(), seconds)
}

/// Writes the file; what is in it of other runbooks stays.
fn write(project: &Path, found: &BTreeMap<String, Measured>) -> Result<(), CliError> {
    let opened = driver::open(project)?;
    let mut lines: BTreeMap<String, String> = others(&opened.site.data);
    for (book, time) in found {
        let line = line(
            &time.runs.to_string(),
            &planned(time.machine),
            &planned(time.people),
        );
        lines.insert(book.clone(), line);
    }
    let root = opened.site.config.roots.first();
    let root = root.map_or("content", |root| root.dir.value.as_str());
    let path = project.join(root).join(FILE);
    let mut text = "# Written by `runbook times --write`: medians of the last runs.\n".to_owned();
    for (book, line) in lines {
        text += &format!("{book}: {line}\n");
    }
    let failed = |error| CliError::usage(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    files::replace(&path, text.as_bytes()).map_err(failed)?;
    show::summary_line(&format!(
        "{root}/{FILE}: {}",
        show::count(found.len(), "runbook")
    ));
    Ok(())
}

/// The lines of the file as it is, by runbook.
fn others(data: &Data) -> BTreeMap<String, String> {
    let start = format!("{NAME}.");
    let books = data.paths().filter_map(|path| {
        let book = path.strip_prefix(&start)?.strip_suffix(".runs")?;
        let value = |what| data.get(&format!("{NAME}.{book}.{what}"));
        let line = line(
            &value("runs")?.value,
            &value("machine")?.value,
            &value("people")?.value,
        );
        Some((book.to_owned(), line))
    });
    books.collect()
}

fn line(runs: &str, machine: &str, people: &str) -> String {
    format!("{{ runs: {runs}, machine: {machine}, people: {people} }}")
}
