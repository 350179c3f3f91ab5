//! What has to be right before a run exists: its runbook, its params and its target, frozen into a
//! plan.

use super::desk::Ended;
use super::evidence;
use super::show;
use crate::diag::{Severity, did_you_mean};
use crate::driver::{self, Project};
use crate::exec::engine::operator::{Heard, Operator};
use crate::exec::plan::Plan;
use crate::exec::plan::freeze::{self, Start};
use crate::exec::plan::target;
use crate::exec::state::params::{self, Problems};
use crate::exec::state::values;
use crate::model::runbook::{Need, Runbook};
use crate::model::site::RunbookPage;
use crate::runs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A runbook with its params and target.
#[derive(clap::Args)]
pub(super) struct What {
    /// The runbook's id
    id: String,
    /// The folder that steps work in
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,
    /// A param
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// A JSON file with params, as `{"name": "value"}`; -p goes before it
    #[arg(long, value_name = "FILE")]
    params_file: Option<PathBuf>,
}

/// `name=value`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Everything that has to be right before a run exists.
pub(super) fn plan(folder: &Path, what: &What, operator: Operator) -> Result<Plan, Ended> {
    let project = driver::open(folder)?;
    let page = find(&project, &what.id)?;
    refuse_errors(&project, page)?;
    let book = &page.runbook;
    let target = target_of(folder, &project, book, what)?;
    let given = given(what)?;
    let params = match params::complete(book, &given) {
        Ok(params) => params,
        Err(problems) => ask(book, given, problems, operator)?,
    };
    freeze(folder, &project, page, &target, params)
}

/// The plan that a run would have if it began now, with the params and the target that it has.
pub(super) fn again(folder: &Path, run: &Plan) -> Result<Plan, Ended> {
    let project = driver::open(folder)?;
    let page = find(&project, &run.runbook)?;
    refuse_errors(&project, page)?;
    // What was not given then is not given now.
    let optional = |name: &String| {
        let mut params = page.runbook.params.iter();
        params.any(|param| param.optional && param.name.value == *name)
    };
    let given = run.params.iter();
    let given = given.filter(|(name, value)| !(value.is_empty() && optional(name)));
    let given = given.map(|(name, value)| (name.clone(), value.clone()));
    let params = params::complete(&page.runbook, &given.collect())
        .map_err(|problems| Ended::invalid(problems.lines()))?;
    freeze(folder, &project, page, Path::new(&run.target), params)
}

fn freeze(
    folder: &Path,
    project: &Project,
    page: &RunbookPage,
    target: &Path,
    params: BTreeMap<String, String>,
) -> Result<Plan, Ended> {
    let book = &page.runbook;
    let start = Start {
        project: project.site.config.id.clone(),
        target: target.to_string_lossy().into_owned(),
        source: evidence::source(folder, project, page),
        initiator: runs::account(),
        params,
    };
    let books = project.site.books();
    let target_commit = target::commit(target);
    let plan = freeze::freeze(book, &books, &project.site.policy, start)
        .map_err(|missing| Ended::invalid(missing.iter().map(ToString::to_string).collect()))?;
    Ok(Plan {
        called: evidence::called(folder, project, book),
        target_commit,
        ..plan
    })
}

/// The params of the command line, over those of the file.
fn given(what: &What) -> Result<BTreeMap<String, String>, Ended> {
    let mut given = BTreeMap::new();
    if let Some(path) = &what.params_file {
        let wrong = |why: String| {
            Ended::invalid(vec![format!(
                "{}: {why}; write it as {{\"name\": \"value\"}}",
                path.display()
            )])
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        given = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    }
    given.extend(what.params.iter().cloned());
    Ok(given)
}

pub(super) fn find<'p>(project: &'p Project, id: &str) -> Result<&'p RunbookPage, Ended> {
    let found = project
        .site
        .runbooks
        .iter()
        .find(|page| page.runbook.id.value == id);
    found.ok_or_else(|| {
        let ids: Vec<&str> = project
            .site
            .runbooks
            .iter()
            .map(|page| page.runbook.id.value.as_str())
            .collect();
        let help = did_you_mean(id, ids.iter().copied())
            .unwrap_or_else(|| format!("there are: {}", ids.join(", ")));
        Ended::usage(format!("no runbook `{id}`; {help}"))
    })
}

/// A runbook with an error in its file is not run.
fn refuse_errors(project: &Project, page: &RunbookPage) -> Result<(), Ended> {
    let source = page.runbook.source;
    let mut errors = crate::diag::Diagnostics::default();
    for found in project
        .diagnostics
        .iter()
        .filter(|d| d.span.source == source && d.severity == Severity::Error)
    {
        errors.report(found.clone());
    }
    if errors.is_empty() {
        return Ok(());
    }
    show::findings(&errors, &project.sources);
    Err(Ended::invalid(vec![format!(
        "{} has errors; nothing was started",
        page.path
    )]))
}

fn target_of(
    folder: &Path,
    project: &Project,
    book: &Runbook,
    what: &What,
) -> Result<PathBuf, Ended> {
    let written = book
        .target
        .as_ref()
        .map(|target| target.value.as_str())
        .or(project.site.config.target.as_deref());
    let chosen = what
        .target
        .clone()
        .or_else(|| written.map(|target| folder.join(target)));
    let chosen = chosen.ok_or_else(|| {
        Ended::invalid(vec![
            "no target: say where the steps work with --target DIR".to_owned(),
        ])
    })?;
    let target = target::folder(&chosen).map_err(|why| Ended::invalid(vec![why]))?;
    if book.needs.iter().any(|need| need.value == Need::Git) {
        target::is_git_top(&target).map_err(|why| Ended::invalid(vec![why]))?;
    }
    Ok(target)
}

/// Asks for what is missing, if somebody is there and nothing else is wrong.
fn ask(
    book: &Runbook,
    mut given: BTreeMap<String, String>,
    problems: Problems,
    operator: Operator,
) -> Result<BTreeMap<String, String>, Ended> {
    let can_ask =
        operator == Operator::Present && problems.unknown.is_empty() && problems.wrong.is_empty();
    if !can_ask {
        return Err(Ended::invalid(problems.lines()));
    }
    for field in &problems.missing {
        let question = field.ask.clone().unwrap_or_else(|| field.name.clone());
        let value = loop {
            let Heard::Line(line) = operator.ask(&question, || false) else {
                return Err(Ended::invalid(problems.lines()));
            };
            match values::fits(field, &line) {
                Ok(()) => break line,
                Err(expected) => operator.say(&format!("this has to be {expected}")),
            }
        };
        given.insert(field.name.clone(), value);
    }
    params::complete(book, &given).map_err(|problems| Ended::invalid(problems.lines()))
}
