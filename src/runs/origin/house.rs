//! The project as commits of the protected branch have it, each read once.

use crate::driver;
use crate::exec::plan::freeze::{self, Start};
use crate::exec::plan::{Plan, SourceRecord, protected};
use crate::git::{self, Tip};
use crate::model::site::Site;
use jiff::{SignedDuration, Timestamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// By so much the clocks of two machines may differ, and so long a change may take to arrive.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// The protected branch, as the remote has it.
pub(super) struct Branch {
    /// The folder of the project, in a clone.
    pub(super) folder: PathBuf,
    /// The branch and its newest commit.
    pub(super) tip: Tip,
    /// It, for people.
    pub(super) place: String,
    read: RefCell<BTreeMap<String, Result<Rc<House>, String>>>,
}

impl Branch {
    /// Asks the remote.
    ///
    /// # Errors
    /// Why it cannot be told, with the next step.
    pub(super) fn of(folder: &Path) -> Result<Self, String> {
        let tip = protected::tip(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            place: format!("{} of `{}`", tip.branch, protected::REMOTE),
            tip,
            read: RefCell::default(),
        })
    }

    /// Whether a commit is on it: was its newest one, and did not only come in with a merge.
    pub(super) fn has_commit(&self, commit: &str) -> bool {
        protected::is_on(&self.folder, &self.tip, commit)
    }

    /// Whether a commit was there at a time, RFC 3339, by the clock of its committer.
    pub(super) fn was_there(&self, commit: &str, at: &str) -> bool {
        let made = git::ask_line(&self.folder, &["show", "-s", "--format=%cI", commit]);
        let made = made.and_then(|made| made.parse::<Timestamp>().ok());
        let at = at.parse::<Timestamp>().ok();
        let until = at.and_then(|at| at.saturating_add(CLOCKS_DIFFER).ok());
        made.zip(until).is_some_and(|(made, until)| made <= until)
    }

    /// Whether a file is on it as it was taken.
    pub(super) fn has(&self, file: &SourceRecord) -> bool {
        let commit = file.commit.as_deref().unwrap_or_default();
        self.has_commit(commit) && protected::is_as_committed(&self.folder, commit, file)
    }

    /// The commit that the branch had at a time, RFC 3339, if that is a later one than `commit`. The time of a commit is
    /// what the clock of its committer said.
    pub(super) fn newer(&self, commit: &str, at: &str) -> Option<String> {
        let at: Timestamp = at.parse().ok()?;
        let before = format!("--before={}", at.saturating_sub(CLOCKS_DIFFER).ok()?);
        let words = [
            "rev-list",
            "-1",
            "--first-parent",
            &before,
            &self.tip.commit,
        ];
        let then = git::ask_line(&self.folder, &words)?;
        let is_later = !then.is_empty()
            && then != commit
            && git::ask(
                &self.folder,
                &["merge-base", "--is-ancestor", commit, &then],
            )
            .is_some();
        is_later.then_some(then)
    }

    /// The project as a commit has it.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub(super) fn house(&self, commit: &str) -> Result<Rc<House>, String> {
        let mut read = self.read.borrow_mut();
        let house = read.entry(commit.to_owned());
        let house = house.or_insert_with(|| House::at(&self.folder, commit).map(Rc::new));
        house.clone()
    }
}

/// The project as a commit has it: settings, policy and runbooks, and no pages.
pub(super) struct House {
    site: Site,
}

impl House {
    fn at(folder: &Path, commit: &str) -> Result<Self, String> {
        let there = tempfile::tempdir().map_err(|error| error.to_string())?;
        protected::check_out(folder, commit, there.path())?;
        let project = driver::open(there.path()).map_err(|error| error.to_string())?;
        Ok(Self { site: project.site })
    }

    /// Whether there is a runbook with this id.
    pub(super) fn has_runbook(&self, id: &str) -> bool {
        self.site.books().iter().any(|book| book.id.value == id)
    }

    /// The plan that a run would have had by what is here.
    ///
    /// # Errors
    /// That it has no such runbook, or one that cannot be run.
    pub(super) fn freeze(&self, plan: &Plan) -> Result<Plan, String> {
        let books = self.site.books();
        let book = books.iter().find(|book| book.id.value == plan.runbook);
        let book = book.ok_or_else(|| format!("there is no runbook `{}`", plan.runbook))?;
        let start = Start {
            project: self.site.config.id.clone(),
            target: plan.target.clone(),
            source: plan.source.clone(),
            initiator: plan.initiator.clone(),
            params: plan.params.clone(),
            inherit: self.site.inherited(book),
        };
        let house = (&self.site.policy, &self.site.data);
        freeze::freeze(book, &books, house, start).map_err(|missing| {
            let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
            missing.join("; ")
        })
    }

    /// Whether people and matrix are those of a plan, which keeps the matrix only if it asks by a row.
    pub(super) fn has_policy_of(&self, plan: &Plan) -> bool {
        let mut approvals = freeze::approvals(&self.site.policy);
        if plan.policy.matrix.is_empty() {
            approvals.matrix.clear();
        }
        freeze::people(&self.site.policy) == plan.people && approvals == plan.policy
    }
}
