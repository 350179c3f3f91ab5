//! What has to be right before a run exists: its runbook, its params and its target, frozen into a plan.

use super::sources;
use super::{RunsError, account};
use crate::diag::{Diagnostics, Severity, did_you_mean};
use crate::driver::{self, Project};
use crate::exec::plan::freeze::{self, Start};
use crate::exec::plan::target;
use crate::exec::plan::{Field, Params, Plan};
use crate::exec::state::params::{self, Problems};
use crate::model::known_message::known_errors;
use crate::model::paths;
use crate::model::runbook::{Need, Runbook};
use crate::model::site::RunbookPage;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A runbook with the params and the target that somebody wants it to have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The runbook's id.
    pub id: String,
    /// The folder that steps work in, if it is not the one that the runbook or the project names.
    pub target: Option<PathBuf>,
    /// Values of params.
    pub params: BTreeMap<String, String>,
    /// The params of an earlier run: their values count where no other is given, and those that the
    /// runbook does not have any more do not count.
    pub like: Option<Params>,
}

/// Asks for the value of a field, of which a default may be known; gives nothing where nobody answers.
pub type Ask<'a> = dyn FnMut(&Field, Option<&str>) -> Option<String> + 'a;

/// Everything that has to be right before a run exists. `ask` is asked for each param that is missing
/// while nothing else is wrong, and then also for those that have a question and a default.
///
/// # Errors
/// When the project has errors in this runbook, or what is wanted does not fit it.
pub fn plan(folder: &Path, wanted: &Wanted, ask: &mut Ask<'_>) -> Result<Plan, RunsError> {
    let project = without_errors(driver::open(folder)?, &wanted.id)?;
    let page = find_runbook(&project, &wanted.id)?;
    let target = target_of(folder, &project, &page.runbook, wanted.target.as_deref())?;
    let mut given = match &wanted.like {
        Some(earlier) => given_before(&page.runbook, earlier),
        None => BTreeMap::new(),
    };
    given.extend(wanted.params.clone());
    let params = params_of(&page.runbook, given, ask)?;
    freeze(folder, &project, page, &target, params)
}

/// The plan that a run would have if it began now, with the params and the target that it has.
///
/// # Errors
/// As for [`plan`].
pub fn again(folder: &Path, run: &Plan) -> Result<Plan, RunsError> {
    let project = without_errors(driver::open(folder)?, &run.runbook)?;
    let page = find_runbook(&project, &run.runbook)?;
    let given = given_to(&page.runbook, &run.params);
    let params = params_of(&page.runbook, given, &mut |_, _| None)?;
    freeze(folder, &project, page, Path::new(&run.target), params)
}

/// The runbook with this id.
///
/// # Errors
/// [`RunsError::NoRunbook`], with the nearest one there is.
pub fn find_runbook<'p>(project: &'p Project, id: &str) -> Result<&'p RunbookPage, RunsError> {
    project.site.runbook_with_id(id).ok_or_else(|| {
        let ids: Vec<&str> = project
            .site
            .runbooks
            .iter()
            .map(|page| page.runbook.id.value.as_str())
            .collect();
        RunsError::NoRunbook {
            id: id.to_owned(),
            help: instead_of(id, &ids),
        }
    })
}

/// The next step for somebody who named a runbook that is not there.
fn instead_of(id: &str, ids: &[&str]) -> String {
    let file = id.rsplit('/').next().unwrap_or(id);
    let stem = file.trim_end_matches(".yaml").trim_end_matches(".yml");
    match ids {
        [] => "this project has none: write one into `runbooks/NAME.yaml`".to_owned(),
        _ if ids.contains(&stem) => format!("did you mean `{stem}`?"),
        ids => did_you_mean(id, ids.iter().copied())
            .unwrap_or_else(|| format!("there are: {}", ids.join(", "))),
    }
}

/// The project, if the file of this runbook has no error: it would not be run as it was meant.
fn without_errors(project: Project, id: &str) -> Result<Project, RunsError> {
    let page = find_runbook(&project, id);
    let path = match &page {
        Ok(page) => page.path.clone(),
        // A file that is no YAML is no runbook, and has a finding that says why.
        Err(_) => paths::runbook(id),
    };
    let is_its_error = |found: &&crate::diag::Diagnostic| {
        project.sources.get(found.span.source).path() == path && found.severity == Severity::Error
    };
    let mut errors = Diagnostics::default();
    for found in project.diagnostics.iter().filter(is_its_error) {
        errors.report(found.clone());
    }
    let found = page.map(|_| ());
    match errors.is_empty() {
        true => found.map(|()| project),
        false => Err(RunsError::Faulty {
            path,
            errors,
            sources: Box::new(project.sources),
        }),
    }
}

fn freeze(
    folder: &Path,
    project: &Project,
    page: &RunbookPage,
    target: &Path,
    params: Params,
) -> Result<Plan, RunsError> {
    let book = &page.runbook;
    let start = Start {
        project: project.site.config.id.clone(),
        target: target.to_string_lossy().into_owned(),
        source: sources::source(folder, project, page),
        initiator: account(),
        params,
        inherit: project.site.inherited(book),
    };
    let books = project.site.books();
    let target_commit = target::commit(target);
    let house = (&project.site.policy, &project.site.data);
    let plan = freeze::freeze(book, &books, house, start)
        .map_err(|missing| RunsError::Invalid(missing.iter().map(ToString::to_string).collect()))?;
    Ok(Plan {
        called: sources::called(folder, project, book),
        project_folder: folder
            .canonicalize()
            .ok()
            .map(|folder| folder.to_string_lossy().into_owned()),
        target_commit,
        known_errors: Some(known_errors(&project.site)),
        ..plan
    })
}

fn target_of(
    folder: &Path,
    project: &Project,
    book: &Runbook,
    wanted: Option<&Path>,
) -> Result<PathBuf, RunsError> {
    let written = book
        .target
        .as_ref()
        .map(|target| target.value.as_str())
        .or(project.site.config.target.as_deref());
    let chosen = wanted
        .map(Path::to_owned)
        .or_else(|| written.map(|target| folder.join(target)));
    let chosen = chosen.ok_or_else(|| {
        let line = format!(
            "no target: add `--target DIR`, the folder that the steps of `{}` work in, or write `target: DIR` into site.yaml",
            book.id.value
        );
        RunsError::Invalid(vec![line])
    })?;
    let target = target::folder(&chosen).map_err(|why| RunsError::Invalid(vec![why]))?;
    if book.needs.iter().any(|need| need.value == Need::Git) {
        target::is_git_top(&target).map_err(|why| RunsError::Invalid(vec![why]))?;
    }
    Ok(target)
}

/// What was given to an earlier run of a runbook: what was not given then is not given now.
fn given_to(book: &Runbook, earlier: &Params) -> BTreeMap<String, String> {
    let is_optional = |name: &str| {
        let mut params = book.params.iter();
        params.any(|param| param.optional && param.name.value == name)
    };
    earlier.given(is_optional)
}

/// Of that, what the runbook still has. A param that is a secret by now takes no value from a record.
fn given_before(book: &Runbook, earlier: &Params) -> BTreeMap<String, String> {
    let mut given = given_to(book, earlier);
    given.retain(|name, _| {
        let mut params = book.params.iter();
        params.any(|param| param.name.value == *name && param.secret.is_none())
    });
    given
}

/// The params of a run. Asks for what is missing, if nothing else is wrong.
fn params_of(
    book: &Runbook,
    mut given: BTreeMap<String, String>,
    ask: &mut Ask<'_>,
) -> Result<Params, RunsError> {
    let refused = |problems: Problems| RunsError::Invalid(problems.lines());
    let problems = match params::complete(book, &given) {
        Ok(params) => return Ok(params),
        Err(problems) => problems,
    };
    if !problems.unknown.is_empty() || !problems.wrong.is_empty() {
        return Err(refused(problems));
    }
    for (param, field) in book.params.iter().zip(params::fields(book)) {
        let default = param.default.as_ref().map(|default| default.value.as_str());
        // A default of several lines is no answer to a question on one.
        let is_offered = default.is_some_and(|default| !default.contains('\n'))
            && field.ask.is_some()
            && !given.contains_key(&field.name);
        if is_offered || problems.missing.contains(&field) {
            let Some(value) = ask(&field, default) else {
                return Err(refused(problems));
            };
            given.insert(field.name, value);
        }
    }
    params::complete(book, &given).map_err(refused)
}
