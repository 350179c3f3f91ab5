//! Whether what a run was made of is what the protected branch of the remote has, as a machine sees it that did not
//! run it.
//!
//! Plan and journal are in the hands of whoever ran them, and vouch for each other. Who may approve, and what the
//! runbook asks, is vouched for by the remote alone.

use super::RunsError;
use crate::driver;
use crate::exec::plan::freeze::{self, Start};
use crate::exec::plan::{Plan, protected};
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::record::request::Request;
use crate::exec::store::Run;
use crate::exec::tell::verify::Check;
use crate::git::Tip;
use std::path::Path;

/// Compares the runbooks and the policy of a run with the protected branch, if the project in this folder, or the plan,
/// lists keys of people: only then approvals prove anything.
///
/// # Errors
/// When the project or the journal cannot be read.
pub fn checks(folder: &Path, run: &Run) -> Result<Vec<Check>, RunsError> {
    if !run.plan.wants_signatures() && !lists_keys(folder) {
        return Ok(Vec::new());
    }
    let tip = match protected::tip(folder) {
        Ok(tip) => tip,
        Err(why) => return Ok(vec![check(format!("not proved: {why}"), false)]),
    };
    let mut found = made_of(folder, &run.plan, &tip);
    let entries = run.contents()?.entries;
    let commit = run.plan.source.commit.as_deref().unwrap_or_default();
    if protected::is_on(folder, &tip, commit) {
        found.push(is_frozen_from(folder, &run.plan));
    }
    found.extend(
        entries
            .iter()
            .filter_map(|entry| policy(folder, (&run.plan, &run.current), &tip, entry)),
    );
    Ok(found)
}

/// Whether the project lists a key of anybody. One that cannot be read lists none.
fn lists_keys(folder: &Path) -> bool {
    let policy = driver::policy(folder);
    policy.is_ok_and(|policy| policy.people.iter().any(|person| !person.keys.is_empty()))
}

fn check(text: String, fits: bool) -> Check {
    Check { text, fits }
}

/// The files that the plan was made of.
fn made_of(folder: &Path, plan: &Plan, tip: &Tip) -> Vec<Check> {
    let files = std::iter::once(&plan.source).chain(&plan.called);
    let checks = files.map(|file| {
        let place = format!("{} of `{}`", tip.branch, protected::REMOTE);
        let commit = file.commit.as_deref().unwrap_or_default();
        let is_there = protected::is_on(folder, tip, commit)
            && protected::is_as_committed(folder, commit, file);
        match is_there {
            true => check(
                format!("{} is that of {place}, commit {commit}", file.path),
                true,
            ),
            false => check(
                format!("{} as it was run is not on {place}", file.path),
                false,
            ),
        }
    });
    checks.collect()
}

/// Whether the plan is what its runbooks come to: they are taken from their commit, and frozen again.
fn is_frozen_from(folder: &Path, plan: &Plan) -> Check {
    let again = frozen_again(folder, plan);
    let parts = |plan: &Plan| {
        let parts = (
            &plan.steps,
            &plan.on_failure,
            &plan.finally,
            &plan.roles,
            &plan.people,
        );
        serde_json::to_string(&(parts, &plan.policy, plan.careful)).ok()
    };
    match again {
        Err(why) => check(format!("not proved: the plan cannot be made again from its runbooks: {why}"), false),
        Ok(again) if parts(&again) == parts(plan) => {
            check("the plan is what its runbooks come to".to_owned(), true)
        }
        Ok(_) => check(
            "the plan is not what its runbooks come to: somebody changed it, or another version of this program made it".to_owned(),
            false,
        ),
    }
}

/// The plan that the runbooks of a plan come to, as their commit has them.
fn frozen_again(folder: &Path, plan: &Plan) -> Result<Plan, String> {
    let commit = plan
        .source
        .commit
        .as_deref()
        .ok_or("they are in no commit")?;
    let there = tempfile::tempdir().map_err(|error| error.to_string())?;
    protected::check_out(folder, commit, there.path())?;
    let project = driver::open(there.path()).map_err(|error| error.to_string())?;
    let books = project.site.books();
    let book = books.iter().find(|book| book.id.value == plan.runbook);
    let book = book.ok_or_else(|| format!("there is no runbook `{}`", plan.runbook))?;
    let start = Start {
        project: plan.project.clone(),
        target: plan.target.clone(),
        source: plan.source.clone(),
        initiator: plan.initiator.clone(),
        params: plan.params.clone(),
        inherit: project.site.inherited(book),
    };
    let house = (&project.site.policy, &project.site.data);
    freeze::freeze(book, &books, house, start).map_err(|missing| {
        let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
        missing.join("; ")
    })
}

/// The policy that a gate was asked by.
fn policy(folder: &Path, (plan, digest): (&Plan, &str), tip: &Tip, entry: &Entry) -> Option<Check> {
    let Event::GateOpened {
        step,
        request: Some(text),
        ..
    } = &entry.event
    else {
        return None;
    };
    let (request, _) = Request::read(text)
        .ok()
        .filter(|(request, _)| request.signed)?;
    let place = format!("{} of `{}`", tip.branch, protected::REMOTE);
    let Some(policy) = request.policy else {
        return Some(check(
            format!("the gate `{step}` names no policy of {place}"),
            false,
        ));
    };
    if !protected::is_on(folder, tip, &policy.commit) {
        let text = format!(
            "the gate `{step}` was judged by a policy that is not on {place}: commit {}",
            policy.commit
        );
        return Some(check(text, false));
    }
    // By a plan that was changed since, others were perhaps asked.
    let differs = plan.policy_differs(folder, &tip.branch, &policy.commit);
    Some(match differs.filter(|_| request.plan == digest) {
        Some(why) => check(format!("the gate `{step}`: {why}"), false),
        None => check(
            format!(
                "the gate `{step}` was judged by the policy of {place}, commit {}",
                policy.commit
            ),
            true,
        ),
    })
}
