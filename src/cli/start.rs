//! What of a run stands on the command line: its runbook, its params and its target.

use super::context;
use super::error::CliError;
use super::show;
use crate::exec::engine::operator::{Heard, Operator};
use crate::exec::plan::{Field, Plan};
use crate::exec::state::values;
use crate::exec::store::Run;
use crate::runs::planning::{self, Wanted};
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
    /// Take the params and the target of an earlier run of the runbook; -p and --target override it
    #[arg(long, value_name = "RUN")]
    like: Option<String>,
    /// Set a param; can be given again
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// A JSON file with params, as `{"name": "value"}`; -p overrides it
    #[arg(long, value_name = "FILE")]
    params_file: Option<PathBuf>,
}

/// `name=value`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The plan of the run that is wanted; asks for params that are missing, if somebody is there.
pub(super) fn plan(folder: &Path, what: &What, operator: Operator) -> Result<Plan, CliError> {
    let earlier = match &what.like {
        Some(run) => Some(pattern(folder, run, &what.id)?),
        None => None,
    };
    let of_earlier = earlier.as_ref().map(|run| PathBuf::from(&run.plan.target));
    let wanted = Wanted {
        id: what.id.clone(),
        target: what.target.clone().or(of_earlier),
        params: given(what)?,
        like: earlier.as_ref().map(|run| run.plan.params.clone()),
    };
    let mut ask = |field: &Field, default: Option<&str>| match operator {
        Operator::Present => ask(field, default, operator),
        Operator::Absent => None,
    };
    let plan = planning::plan(folder, &wanted, &mut ask)?;
    let Some(earlier) = earlier else {
        return Ok(plan);
    };
    let gone = earlier.plan.params.texts().keys();
    let gone = gone.filter(|name| plan.params.text(name).is_none());
    let remark = |name: &String| {
        let short = earlier.short();
        format!("`{name}` of run {short} was not taken: the runbook has no such param any more")
    };
    show::remarks(&gone.map(remark).collect::<Vec<_>>());
    Ok(Plan {
        like: Some(earlier.id),
        ..plan
    })
}

/// The earlier run of a runbook that a new one is to be like.
fn pattern(folder: &Path, run: &str, id: &str) -> Result<Run, CliError> {
    let (run, _) = context::look_up(&context::store(folder)?, Some(run))?;
    if run.plan.runbook == id {
        return Ok(run);
    }
    let (short, other) = (run.short(), &run.plan.runbook);
    Err(CliError::invalid(vec![format!(
        "run {short} is a run of `{other}`, not of `{id}`: leave out --like, or use: runbook exec {other} --like {short}"
    )]))
}

/// The params of the command line, over those of the file.
fn given(what: &What) -> Result<BTreeMap<String, String>, CliError> {
    let mut given = BTreeMap::new();
    if let Some(path) = &what.params_file {
        let wrong = |why: String| {
            CliError::invalid(vec![format!(
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

/// The value that somebody gives a field; Enter gives its default. Nothing if nobody does.
fn ask(field: &Field, default: Option<&str>, operator: Operator) -> Option<String> {
    loop {
        let Heard::Line(line) = operator.ask(&field.question(default), || false) else {
            return None;
        };
        let value = match default {
            Some(default) if line.is_empty() => default.to_owned(),
            _ => line,
        };
        match values::fits(field, &value) {
            Ok(()) => return Some(value),
            Err(expected) => operator.say(&format!("this has to be {expected}")),
        }
    }
}
