//! Whether what a run was made of is what the protected branch of the remote has, as a machine sees it that did not
//! run it.
//!
//! Plan and journal are in the hands of whoever ran them, and vouch for each other. Who may approve, and what the
//! runbook asks, is vouched for by the remote alone.

mod house;

use self::house::Branch;
use super::RunsError;
use crate::driver;
use crate::exec::plan::{Plan, SourceRecord, authors};
use crate::exec::record::event::Event;
use crate::exec::record::journal::Entry;
use crate::exec::record::request::{Policy, Request};
use crate::exec::state::replan;
use crate::exec::store::Run;
use crate::exec::tell::verify::Check;
use std::path::Path;

/// Compares the runbooks and the policy of a run with the protected branch, if the project in this folder, or the plan,
/// lists keys of people: only then approvals prove anything.
///
/// # Errors
/// When the project, a plan or the journal cannot be read.
pub fn checks(folder: &Path, run: &Run) -> Result<Vec<Check>, RunsError> {
    if !run.plan.wants_signatures() && !lists_keys(folder) {
        return Ok(Vec::new());
    }
    let branch = match Branch::of(folder) {
        Ok(branch) => branch,
        Err(why) => return Ok(vec![differs(format!("not proved: {why}"))]),
    };
    let entries = run.contents()?.entries;
    let mut found = Vec::new();
    for followed in run.plans(&entries)? {
        let mut audit = Audit {
            branch: &branch,
            plan: &followed.plan,
            found: Vec::new(),
        };
        let begun = entries.iter().find(|entry| begins(entry, &followed.digest));
        audit.sources(begun.or(entries.first()));
        entries
            .iter()
            .for_each(|entry| audit.gate(&followed.digest, entry));
        found.extend(audit.found);
    }
    Ok(found)
}

/// Whether a line lets the run go on by the plan with this digest.
fn begins(entry: &Entry, digest: &str) -> bool {
    matches!(&entry.event, Event::PlanChanged { new, .. } if new == digest)
}

/// Whether the project lists a key of anybody. One that cannot be read lists none.
fn lists_keys(folder: &Path) -> bool {
    let policy = driver::policy(folder);
    policy.is_ok_and(|policy| policy.people.iter().any(|person| !person.keys.is_empty()))
}

fn fits(text: String) -> Check {
    Check { text, fits: true }
}

fn differs(text: String) -> Check {
    Check { text, fits: false }
}

/// One plan of a run, compared with the branch.
struct Audit<'a> {
    branch: &'a Branch,
    plan: &'a Plan,
    found: Vec<Check>,
}

impl Audit<'_> {
    fn note(&mut self, check: Check) {
        self.found.push(check);
    }

    /// The files that the plan was made of, and whether it is what they come to; `begun` is the line from which on the
    /// run goes by it.
    fn sources(&mut self, begun: Option<&Entry>) {
        let files = std::iter::once(&self.plan.source).chain(&self.plan.called);
        let away: Vec<&SourceRecord> = files
            .clone()
            .filter(|file| !self.branch.has(file))
            .collect();
        if !away.is_empty() {
            let away: Vec<&str> = away.iter().map(|file| file.path.as_str()).collect();
            return self.not_there(&away.join(", "));
        }
        let lines: Vec<Check> = files
            .map(|file| {
                let commit = file.commit.as_deref().unwrap_or_default();
                let (path, place) = (&file.path, &self.branch.place);
                fits(format!("{path} is that of {place}, commit {commit}"))
            })
            .collect();
        self.found.extend(lines);
        let commit = self.plan.source.commit.as_deref().unwrap_or_default();
        self.is_frozen_from(commit);
        if let Some(begun) = begun {
            self.is_up_to_date(commit, &begun.at);
        }
    }

    /// The files are not on the branch. What the branch has of this runbook says whether anything had to be signed.
    fn not_there(&mut self, files: &str) {
        let place = &self.branch.place;
        let line = format!("{files} as it was run is not on {place}");
        let now = self.branch.house(&self.branch.tip.commit);
        let is_unknown = now
            .as_ref()
            .is_ok_and(|house| !house.has_runbook(&self.plan.runbook));
        let now = now.map(|house| house.freeze(self.plan));
        let is_low = !self.plan.wants_signatures()
            && match now {
                Ok(Ok(plan)) => !plan.wants_signatures(),
                Ok(Err(_)) | Err(_) => is_unknown,
            };
        self.note(match is_low {
            true => fits(format!("not proved: {line}; it needed no signatures")),
            false => differs(line),
        });
    }

    /// Whether the plan is what its runbooks come to: they are taken from their commit, and frozen again.
    fn is_frozen_from(&mut self, commit: &str) {
        let again = self.branch.house(commit);
        let again = again.and_then(|house| house.freeze(self.plan));
        self.note(match again {
            Err(why) => differs(format!("not proved: the plan cannot be made again from its runbooks: {why}")),
            Ok(ref again) if as_begun(self.plan, again.clone()) == *self.plan => {
                fits("the plan is what its runbooks come to".to_owned())
            }
            Ok(_) => differs("the plan is not what its runbooks come to: somebody changed it, or another version of this program made it".to_owned()),
        });
    }

    /// Whether the runbooks were those that the branch had when the run began, where approvals have to be signed.
    fn is_up_to_date(&mut self, commit: &str, began: &str) {
        if !self.branch.was_there(commit, began) {
            let line = format!("the run began before there were its runbooks, commit {commit}");
            return self.note(differs(line));
        }
        let Some(newer) = self.branch.newer(commit, began) else {
            return;
        };
        let then = self.branch.house(&newer);
        let Ok(then) = then.and_then(|house| house.freeze(self.plan)) else {
            return;
        };
        let needs = self.plan.wants_signatures() || then.wants_signatures();
        if needs && parts(&then) != parts(self.plan) {
            let place = &self.branch.place;
            self.note(differs(format!(
                "the runbooks were out of date when the run began: {place} had others by then, commit {newer}"
            )));
        }
    }

    /// What a gate was asked by, if this plan asked it and it has to be signed.
    fn gate(&mut self, digest: &str, entry: &Entry) {
        let Event::GateOpened {
            step,
            request: Some(text),
            ..
        } = &entry.event
        else {
            return;
        };
        let request = Request::read(text).ok().map(|(request, _)| request);
        let request = request.filter(|request| request.signed && request.plan == digest);
        let Some(request) = request else {
            return;
        };
        let gate = format!("the gate `{step}`");
        let check = match &request.policy {
            None => differs(format!("{gate} names no policy of {}", self.branch.place)),
            Some(policy) => self.policy(&gate, policy, &request.opened),
        };
        self.note(check);
        if let Err(why) = self.authors(&request) {
            self.note(differs(format!("{gate}: {why}")));
        }
    }

    /// The policy that a gate was asked by.
    fn policy(&self, gate: &str, policy: &Policy, opened: &str) -> Check {
        let (tip, place) = (&self.branch.tip, &self.branch.place);
        let own = self.plan.source.repository.as_deref().unwrap_or_default();
        if policy.branch != tip.branch || policy.repository != own {
            return differs(format!(
                "{gate} names a policy of {} in {}, and not that of {place}",
                policy.branch, policy.repository
            ));
        }
        let commit = &policy.commit;
        if !self.branch.has_commit(commit) {
            return differs(format!(
                "{gate} was judged by a policy that is not on {place}: commit {commit}"
            ));
        }
        if !self.branch.was_there(commit, opened) {
            return differs(format!(
                "{gate} was asked before there was the policy that it names, commit {commit}"
            ));
        }
        if let Err(why) = self.is_policy_of(commit) {
            return differs(format!("{gate}: {why}"));
        }
        let newer = self.branch.newer(commit, opened);
        match newer.map(|newer| (self.is_policy_of(&newer), newer)) {
            Some((Err(_), newer)) => differs(format!(
                "{gate} was judged by a policy that was out of date: {place} had another by then, commit {newer}"
            )),
            _ => fits(format!(
                "{gate} was judged by the policy of {place}, commit {commit}"
            )),
        }
    }

    /// Whether people and matrix of the plan are those of a commit.
    fn is_policy_of(&self, commit: &str) -> Result<(), String> {
        let house = self.branch.house(commit);
        match house?.has_policy_of(self.plan) {
            true => Ok(()),
            false => Err(format!(
                "people or matrix of this run are not those of {}, commit {commit}",
                self.branch.place
            )),
        }
    }

    /// Whether those who wrote what was approved are who the request says, where a row asks for that.
    fn authors(&self, request: &Request) -> Result<(), String> {
        let row = request.row.as_ref().map(|row| self.plan.row(row));
        let Some(commit) = request
            .commit
            .as_ref()
            .filter(|_| matches!(row, Some(Ok(row)) if row.not_author))
        else {
            return Ok(());
        };
        let since = request.since.as_deref();
        let here = authors::authors(self.plan, &self.branch.folder, commit, since);
        let wrote = here
            .or_else(|_| authors::authors(self.plan, Path::new(&self.plan.target), commit, since));
        match wrote {
            Ok(wrote) if wrote == request.authors => Ok(()),
            Ok(wrote) => Err(format!(
                "it says that {} wrote what was approved, and git says: {}",
                names(&request.authors),
                names(&wrote)
            )),
            Err(why) => Err(format!("not proved: {why}")),
        }
    }
}

fn names(names: &[String]) -> String {
    match names {
        [] => "nobody of the people listed".to_owned(),
        names => names.join(", "),
    }
}

/// The plan that runbooks and policy come to, with what is of the run, its machine or the program that made it.
fn as_begun(plan: &Plan, again: Plan) -> Plan {
    Plan {
        format: plan.format,
        project_folder: plan.project_folder.clone(),
        known_errors: plan.known_errors.clone(),
        source: plan.source.clone(),
        called: plan.called.clone(),
        ..replan::as_begun(plan, again)
    }
}

/// What of a plan says what is done, and who lets it.
fn parts(plan: &Plan) -> String {
    let steps = (&plan.steps, &plan.on_failure, &plan.finally, &plan.outputs);
    let people = (
        &plan.project,
        &plan.roles,
        &plan.people,
        &plan.policy,
        plan.careful,
    );
    serde_json::to_string(&(steps, people)).unwrap_or_default()
}
