//! `runbook list` and `runbook show`: the procedures of a project, in the terminal.

use super::envelope::{self, Json};
use super::error::CliError;
use super::show;
use crate::driver;
use crate::exec::state::exit::ExitCode;
use crate::model::runbook::{Runbook, Step};
use crate::model::step_number::{self, BESIDE};
use crate::runs::history;
use crate::runs::planning::find_runbook;
use serde_json::json;
use std::path::Path;

/// List the runbooks of the project
#[derive(clap::Args)]
#[command(alias = "ls")]
#[command(after_help = "Examples:\n  runbook list\n  runbook list --tag emergency")]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) json: Json,
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
}

/// Show a runbook as people read it
#[derive(clap::Args)]
#[command(after_help = "Example:\n  runbook show hotfix")]
pub(super) struct ShowArgs {
    /// The runbook's id
    id: String,
    #[command(flatten)]
    pub(super) json: Json,
}

pub(super) fn list(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    let histories = history::read_histories(project);
    let project = driver::open(project)?;
    let wanted = |book: &&Runbook| {
        args.tag
            .as_ref()
            .is_none_or(|tag| book.tags.iter().any(|found| found.value == *tag))
    };
    let mut books = project.site.books();
    books.retain(wanted);
    if args.json.wanted {
        let with_history = |book: &Runbook| {
            let mut facts = facts(book);
            facts["history"] = histories
                .get(&book.id.value)
                .cloned()
                .unwrap_or_default()
                .json();
            facts
        };
        let list: Vec<_> = books.into_iter().map(with_history).collect();
        envelope::data(&list);
        return Ok(ExitCode::Finished);
    }
    for book in books {
        let fixes = book.fixes.as_ref().map_or("", |fixes| &fixes.value);
        show::line(&format!(
            "{}  {}  ({} risk)  {fixes}",
            book.id.value,
            book.version.value,
            book.risk.as_str()
        ));
        let owner = book.owner.as_ref().map_or("nobody", |owner| &owner.value);
        let history = histories.get(&book.id.value).cloned().unwrap_or_default();
        show::line(&format!("  owned by {owner}, {}", history.summary()));
    }
    Ok(ExitCode::Finished)
}

pub(super) fn show(project: &Path, args: &ShowArgs) -> Result<ExitCode, CliError> {
    let project = driver::open(project)?;
    let book = &find_runbook(&project, &args.id)?.runbook;
    if args.json.wanted {
        let mut facts = facts(book);
        facts["inherit"] = project.site.inherited(book).into();
        envelope::data(&facts);
        return Ok(ExitCode::Finished);
    }
    show::line(&format!(
        "{} {}  {} risk",
        book.title.value,
        book.version.value,
        book.risk.as_str()
    ));
    for (label, value) in [
        ("fixes", &book.fixes),
        ("stop if", &book.stop_if),
        ("owner", &book.owner),
        ("stuck", &book.escalate),
    ] {
        if let Some(value) = value {
            show::line(&format!("  {label:<8} {}", value.value));
        }
    }
    for param in &book.params {
        let ask = param.kind.ask.as_ref().map_or("", |ask| &ask.value);
        show::line(&format!("  -p {}=…  {ask}", param.name.value));
    }
    let inherited = project.site.inherited(book);
    if !inherited.is_empty() {
        show::line(&format!("  inherits {}", inherited.join(", ")));
    }
    describe(&book.steps, None);
    for (steps, heading) in [
        (&book.on_failure, "after a failure:"),
        (&book.finally, "always at the end:"),
    ] {
        if !steps.is_empty() {
            show::line(heading);
            describe(steps, Some(BESIDE));
        }
    }
    Ok(ExitCode::Finished)
}

fn describe(steps: &[Step], above: Option<&str>) {
    for (at, step) in steps.iter().enumerate() {
        let number = step_number::number(above, at);
        describe_step(&number, step);
        describe(step.kind.steps(), Some(&number));
    }
}

fn describe_step(number: &str, step: &Step) {
    show::line(&format!(
        "{number:>3}  {}  [{}]",
        step.name(),
        step.kind.as_str()
    ));
    if let Some(doc) = &step.doc {
        doc.text
            .value
            .trim()
            .lines()
            .for_each(|line| show::line(&format!("     {line}")));
    }
}

fn facts(book: &Runbook) -> serde_json::Value {
    let value = |text: &Option<crate::source::Spanned<String>>| {
        text.as_ref().map(|text| text.value.clone())
    };
    json!({
        "id": book.id.value,
        "version": book.version.value,
        "title": book.title.value,
        "risk": book.risk.as_str(),
        "owner": value(&book.owner),
        "fixes": value(&book.fixes),
        "stop_if": value(&book.stop_if),
        "tags": book.tags.iter().map(|tag| &tag.value).collect::<Vec<_>>(),
        "params": book.params.iter().map(|param| json!({
            "name": param.name.value,
            "type": param.kind.kind.as_str(),
            "ask": value(&param.kind.ask),
            "required": param.default.is_none() && !param.optional,
        })).collect::<Vec<_>>(),
        "steps": book.steps.iter().map(|step| json!({
            "id": step.id.value,
            "title": step.name(),
            "kind": step.kind.as_str(),
        })).collect::<Vec<_>>(),
    })
}
