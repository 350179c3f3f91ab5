//! Whether a run may go on by the approvals in its record: each is judged again, and the policy by which it was asked
//! has to be the one on the protected branch of the remote.

use super::{Engine, EngineError};
use crate::exec::plan::protected;
use crate::exec::record::event::Event;
use crate::exec::record::request::{Policy, Request};
use crate::git::Tip;
use std::path::Path;

impl Engine {
    /// Refuses to go on by approvals that are none, whoever wrote them into the journal.
    ///
    /// # Errors
    /// [`EngineError::FalseApproval`], and [`EngineError::PolicyUnknown`] if the remote cannot be asked.
    pub(super) fn refuse_false_approvals(&self) -> Result<(), EngineError> {
        if !self.run.plan().wants_signatures() {
            return Ok(());
        }
        let found = self.run.proofs();
        let found = found.map_err(|error| EngineError::FalseApproval(error.to_string()))?;
        if let Some(why) = found.faults.into_iter().next() {
            return Err(EngineError::FalseApproval(why));
        }
        self.refuse_foreign_policy()
    }

    /// Refuses to go on by approvals that were judged by a policy which the remote does not have.
    fn refuse_foreign_policy(&self) -> Result<(), EngineError> {
        let state = self.run.state();
        let (_, digest, _) = self.run.standing();
        let asked = state
            .steps
            .values()
            .filter_map(|step| step.gate.asked.as_ref());
        let requests: Vec<&Request> = asked
            .map(|asked| &asked.request)
            .filter(|request| request.plan == digest)
            .collect();
        if requests.is_empty() || state.end.is_some() {
            return Ok(());
        }
        let folder = Path::new(
            self.run
                .plan()
                .project_folder
                .as_deref()
                .unwrap_or_default(),
        );
        let tip = protected::tip(folder).map_err(EngineError::PolicyUnknown)?;
        for request in requests {
            self.judge_policy(folder, &tip, request)
                .map_err(EngineError::FalseApproval)?;
        }
        Ok(())
    }

    /// Whether the policy that a gate was asked by is one of the branch, and that of the plan.
    ///
    /// # Errors
    /// Why not.
    fn judge_policy(&self, folder: &Path, tip: &Tip, request: &Request) -> Result<(), String> {
        let (plan, step, branch) = (self.run.plan(), &request.step, &tip.branch);
        let own = plan.source.repository.as_deref().unwrap_or_default();
        let policy = request.policy.as_ref();
        let policy = policy.filter(|policy| policy.branch == *branch && policy.repository == own);
        let policy = policy.ok_or_else(|| {
            format!("the gate `{step}` was not asked by the policy on {branch} of the remote")
        })?;
        if !protected::is_on(folder, tip, &policy.commit) {
            return Err(format!(
                "the gate `{step}` was asked by a policy that is not on {branch} of the remote: commit {}",
                policy.commit
            ));
        }
        match plan.policy_differs(folder, branch, &policy.commit) {
            Some(why) => Err(why),
            None => Ok(()),
        }
    }

    /// The policy that approvals of this run are judged by, where only signed ones count: what the remote has now.
    pub(super) fn policy(&self) -> Result<Option<Policy>, String> {
        let plan = self.run.plan();
        if !plan.wants_signatures() {
            return Ok(None);
        }
        let folder = plan.project_folder.as_ref().map(Path::new);
        let folder = folder.ok_or("the run does not know the folder of its project")?;
        let tip = protected::tip(folder)?;
        if let Some(why) = plan.policy_differs(folder, &tip.branch, &tip.commit) {
            return Err(format!(
                "{why}; push the change and have it reviewed, or take the newest: git pull; then go on by it with: runbook resume {} --replan --reason TEXT",
                self.run.short()
            ));
        }
        Ok(Some(Policy {
            repository: plan.source.repository.clone().unwrap_or_default(),
            branch: tip.branch,
            commit: tip.commit,
        }))
    }

    /// An approval, if those who may approve are still who they were when it was asked: somebody may have lost a key or
    /// a role since.
    ///
    /// # Errors
    /// Why it does not count.
    pub(super) fn by_the_policy_of_now(&self, event: Event) -> Result<Event, String> {
        if matches!(event, Event::GateApproved { .. }) {
            self.policy()?;
        }
        Ok(event)
    }
}
