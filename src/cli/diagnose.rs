//! `runbook diagnose`: which entry answers what a terminal or a log says.

use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::driver;
use crate::exec::state::exit::ExitCode;
use crate::files::regular;
use crate::known_errors::{Collection, Entry, Finding, Paste, Said};
use crate::search::messages;
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// How many entries are shown.
const ENTRIES: usize = 3;
/// How many messages of an entry are shown.
const MESSAGES: usize = 3;
/// The longest text that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Find the entry that answers an error message or a log
///
/// Reads a log file, a folder of logs or the standard input: whole, with times, colours and wrapped
/// lines. Each line is compared with the messages that pages and runbooks name under `errors`. Nothing is
/// guessed: where no message fits, it says so.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  npm publish 2>&1 | runbook diagnose\n  runbook diagnose ~/.npm/_logs/debug-0.log\n  runbook diagnose ci-logs/ --json\n\nExits with 0 when an entry fits, 1 when nothing fits."
)]
pub(super) struct Args {
    /// A log, a folder of logs, or - for the standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
    /// Use the messages of the built site in this folder
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let known = match &args.site {
        Some(site) => of_site(site)?,
        None => driver::known_errors(project)?,
    };
    let diagnosis = Diagnosis::new(known, &read(&args.file)?);
    match args.json.wanted {
        true => envelope::data(&json!({ "entries": diagnosis.as_json() })),
        false => diagnosis.tell(),
    }
    if diagnosis.found.is_empty() && !args.json.wanted {
        diagnosis.tell_nothing();
    }
    Ok(match diagnosis.found.is_empty() {
        true => ExitCode::Failed,
        false => ExitCode::Finished,
    })
}

/// What a built site knows of messages.
pub(super) fn of_site(site: &Path) -> Result<Collection, CliError> {
    let load = |path: &str| std::fs::read_to_string(site.join(path)).ok();
    messages::read(&load).ok_or_else(|| {
        let about = format!(
            "{}: there are no messages of this version in it",
            site.display()
        );
        CliError::usage(about).help("build the site again with `runbook build`".to_owned())
    })
}

/// All of a file, of the files of a folder in the order of their names, or of the standard input.
fn read(file: &Path) -> Result<String, CliError> {
    if file == Path::new("-") {
        return standard_input();
    }
    let failed =
        |error: io::Error| CliError::usage(format!("cannot read {}: {error}", file.display()));
    if file.is_dir() {
        let entries = std::fs::read_dir(file).map_err(failed)?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()
            .map_err(failed)?;
        paths.retain(|path| path.is_file());
        paths.sort();
        let texts: Result<Vec<String>, CliError> = paths.iter().map(|path| read(path)).collect();
        return Ok(texts?.join("\n"));
    }
    bounded(regular::open_named(file).map_err(failed)?).map_err(failed)
}

fn standard_input() -> Result<String, CliError> {
    let input = io::stdin();
    if input.is_terminal() {
        show::remarks(&["Paste the message, then press Enter and Ctrl-D.".to_owned()]);
    }
    bounded(input)
        .map_err(|error| CliError::usage(format!("cannot read the standard input: {error}")))
}

/// The text of a log, whatever its bytes are.
fn bounded(from: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other(
            "it is longer than 64 MiB: take the part around the error",
        ));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a text says, by all that is known.
pub(super) struct Diagnosis {
    known: Collection,
    paste: Paste,
    pub(super) found: Vec<Finding>,
}

impl Diagnosis {
    pub(super) fn new(known: Collection, text: &str) -> Self {
        let paste = Paste::new(text);
        Self {
            found: known.book().diagnose(&paste),
            known,
            paste,
        }
    }

    /// Shows the entries that fit best, and names the others.
    pub(super) fn tell(&self) {
        for finding in self.found.iter().take(ENTRIES) {
            self.tell_entry(finding);
        }
        let more = self
            .found
            .iter()
            .skip(ENTRIES)
            .map(|one| self.entry(one).name());
        let more: Vec<String> = more.collect();
        if !more.is_empty() {
            show::remarks(&[format!("note: also possible: {}", more.join(", "))]);
        }
    }

    fn entry(&self, finding: &Finding) -> &Entry {
        &self.known.entries[finding.entry]
    }

    fn tell_entry(&self, finding: &Finding) {
        let entry = self.entry(finding);
        show::painted(&show::bold(&entry.name()));
        for said in finding.said.iter().take(MESSAGES) {
            show::line(&format!(
                "  line {}: {}",
                said.line + 1,
                self.paste.part(said)
            ));
            for caught in &said.caught {
                show::line(&format!("    {}: {}", caught.name, caught.value));
            }
        }
        show::line(&format!("  read {}", entry.path));
        if let Some(recovery) = &entry.recovery {
            show::line(&format!("  run  runbook exec {recovery}"));
        }
        show::line("");
    }

    fn tell_nothing(&self) {
        let count = show::count(self.known.messages.len(), "known message");
        show::line(&format!(
            "nothing fits: none of the {count} of this project is in it"
        ));
        show::remarks(&[
            "help: search by words with `runbook search WORDS`".to_owned(),
            "help: when it is solved, draft an entry: runbook new entry PAGE.md --from-log LOG"
                .to_owned(),
        ]);
    }

    pub(super) fn as_json(&self) -> Value {
        let said = |said: &Said| {
            let caught = said
                .caught
                .iter()
                .map(|one| (one.name.clone(), json!(one.value)));
            json!({
                "line": said.line + 1,
                "text": self.paste.line(said.line),
                "caught": caught.collect::<serde_json::Map<_, _>>(),
            })
        };
        let entry = |finding: &Finding| {
            let entry = self.entry(finding);
            json!({
                "id": entry.id,
                "title": entry.title,
                "url": entry.url,
                "path": entry.path,
                "recovery": entry.recovery,
                "score": finding.score,
                "messages": finding.said.iter().map(said).collect::<Vec<_>>(),
            })
        };
        self.found.iter().map(entry).collect()
    }
}
