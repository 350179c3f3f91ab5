//! Plays a row of the matrix of releases in a world of its own: what its people and its CI do. What has to be
//! true afterwards is in `release_proofs.rs`; `rollback_rows.rs` has the rows that publish nothing.

use crate::desk::until;
use crate::packages::{Merge, Remote, Sample};
use crate::project::ends;
use crate::registry::{CODE, visit};
use crate::release_matrix::{By, Factor, Kind, Main, Row, Severity};
use crate::team::Team;
use crate::terminal::Terminal;
use serde_json::json;

const PROMOTE: &str = "publish/promote";
const CLONE: &str = "git rev-parse HEAD && git branch --list && git stash list && git status --porcelain && git worktree list | wc -l";

/// Plays a row.
pub(crate) fn play(row: Row) {
    println!("{row:?}");
    let scene = Scene::set(row);
    let clone = scene.team.world.in_clone(CLONE);
    match row.kind {
        Kind::Rollback => scene.is_rolled_back(),
        _ => scene.is_published(),
    }
    assert_eq!(
        scene.team.world.in_clone(CLONE),
        clone,
        "{row:?}: as it was"
    );
}

impl Row {
    pub(crate) fn version(&self) -> &'static str {
        match self.kind {
            Kind::Release => "1.5.0",
            Kind::Prerelease => "1.5.0-rc.1",
            Kind::Maintenance | Kind::First | Kind::Hotfix => "1.4.3",
            Kind::Rollback => "1.4.2",
        }
    }

    pub(crate) fn tag(&self) -> &'static str {
        match self.kind {
            Kind::Prerelease => "next",
            // With a dot, which npm takes for a part of a path.
            Kind::Maintenance => "v1.4-lts",
            _ => "latest",
        }
    }

    /// The branch that is released.
    pub(crate) fn line(&self) -> &'static str {
        match self.kind {
            Kind::Maintenance => "release/1.x",
            _ => "main",
        }
    }

    fn runbook(&self) -> &'static str {
        match self.kind {
            Kind::Hotfix => "hotfix",
            Kind::Rollback => "rollback",
            _ => "release",
        }
    }

    /// What the version exports: a hotfix and an older line have nothing of what main got since.
    pub(crate) fn exports(&self) -> &'static str {
        match self.kind {
            Kind::Hotfix | Kind::Maintenance => "greet",
            _ => "greet,whisper",
        }
    }

    /// How a protected branch takes the request.
    fn merge(&self) -> Merge {
        match self.kind {
            Kind::Prerelease => Merge::Rebase,
            Kind::Maintenance => Merge::Commit,
            _ => Merge::Squash,
        }
    }
}

/// A team before one row of the matrix.
pub(crate) struct Scene {
    pub(crate) row: Row,
    pub(crate) team: Team,
    /// How much was written to the registry before.
    pub(crate) written: usize,
}

impl Scene {
    fn set(row: Row) -> Self {
        let remote = match row.main {
            Main::Open => Remote::Open,
            Main::Protected => Remote::Protected,
        };
        let team = match row.kind {
            Kind::First => Team::before_the_first_release(Sample::ScopedDemo, remote),
            _ => Team::new(Sample::Demo, remote),
        };
        match row.kind {
            Kind::Maintenance => {
                team.users_have_also("2.0.0");
                // The host makes the branch, which takes no pushes perhaps.
                team.world.in_clone(&format!(
                    "git switch --quiet --create release/1.x {} && git --git-dir ../remote.git fetch --quiet ../work release/1.x:release/1.x",
                    team.world.fix
                ));
            }
            Kind::Rollback => team.users_have_also("1.5.0"),
            _ => (),
        }
        team.world.use_npm(row.npm);
        let written = team.world.writes().len();
        let scene = Self { row, team, written };
        scene.asks(row.factor);
        scene
    }

    /// Lets the registry ask for a factor; whatever it takes it scans first.
    fn asks(&self, factor: Factor) {
        let factor = match factor {
            Factor::None => "none",
            Factor::Code => "code",
            Factor::Browser => "browser",
        };
        // A release is scanned for longer than the others.
        let reads = match self.row.kind {
            Kind::Release => 9,
            _ => 2,
        };
        let behaviour = json!({"factor": factor, "visible_after": {"reads": reads}});
        self.team.world.behaves(&behaviour);
    }

    fn params(&self) -> Vec<String> {
        let Row { kind, by, .. } = self.row;
        let mut params = vec![format!("version={}", self.row.version())];
        match kind {
            Kind::Hotfix => params.extend([
                format!(
                    "severity={}",
                    format!("{:?}", self.row.severity).to_lowercase()
                ),
                "base=1.4.2".to_owned(),
                "incident=INC-1".to_owned(),
                format!("commit={}", self.team.world.fix),
            ]),
            Kind::First => params.push("access=public".to_owned()),
            _ => params.push(format!("main_branch={}", self.row.line())),
        }
        params.push(format!("dist_tag={}", self.row.tag()));
        match by {
            By::Person => (),
            By::Staged => params.push("publish_by=staged".to_owned()),
            By::Ci => params.push("publish_by=ci".to_owned()),
        }
        params
    }

    fn is_published(&self) {
        let params = self.params();
        let params: Vec<&str> = params.iter().map(String::as_str).collect();
        self.team.exec(self.row.runbook(), &params).exits(5);
        self.is_approved();
        match self.row.factor {
            Factor::None => self.goes_on_alone(),
            Factor::Code | Factor::Browser => self.goes_on_at_a_terminal(),
        }
        if self.is_critical() {
            self.team.is_countersigned();
        }
        self.registry_has_it_once();
        self.remote_has_it();
        self.users_get_it();
    }

    fn is_approved(&self) {
        match (self.row.kind, self.row.severity) {
            (Kind::Hotfix, Severity::High) => self.team.approve_hotfix(),
            (Kind::Hotfix, Severity::Critical) => self.team.approve("publish/approve_critical"),
            _ => self.team.approve("publish/approve_release"),
        }
    }

    fn is_critical(&self) -> bool {
        (self.row.kind, self.row.severity) == (Kind::Hotfix, Severity::Critical)
    }

    fn goes_on_alone(&self) {
        let code = match self.row.by {
            By::Person => {
                let ran = self.team.resume(PROMOTE);
                assert!(ran.stdout.contains("it said yes: asked "), "{}", ran.stdout);
                assert_eq!(self.team.tries("publish/send/publish"), 1);
                ran.code
            }
            By::Staged | By::Ci => {
                let mut going = self.team.resume_beside(PROMOTE);
                self.ci_sends_it();
                let status = ends(&mut going);
                assert_eq!(self.team.tries("publish/send/publish"), 0);
                status.code()
            }
        };
        let id = self.team.id();
        match self.row.main {
            Main::Open => assert_eq!(code, Some(0), "{}", self.status()),
            Main::Protected => {
                assert_eq!(code, Some(5), "{}", self.status());
                self.is_merged();
                self.team
                    .run(&["resume", &id, "--non-interactive"])
                    .exits(0);
            }
        }
    }

    fn goes_on_at_a_terminal(&self) {
        let Row { kind, by, main, .. } = self.row;
        if by == By::Person {
            self.waits_for_somebody();
        }
        let mut terminal = self.team.resume_at_terminal();
        let first = match by {
            By::Person => "Publish under a staging tag",
            By::Staged | By::Ci => "Tag the commit",
        };
        terminal.shows(first).shows("[Enter] run").types("a");
        if by != By::Person {
            self.ci_sends_it();
        }
        if by == By::Staged {
            terminal
                .shows("Did CI stage exactly these files?")
                .shows("Publish under a staging tag");
        }
        if by != By::Ci {
            self.proves(&mut terminal);
        }
        // The first version of a name has the tag already.
        if kind != Kind::First {
            let version = self.row.version();
            terminal
                .shows(&format!("type `{version}` to continue"))
                .types(version);
            self.proves(&mut terminal);
        }
        if by == By::Person {
            self.proves(&mut terminal);
        }
        if main == Main::Protected {
            let (branch, line) = (self.branch(), self.row.line());
            terminal.shows(&format!("Please merge the branch {branch} into {line}"));
            self.is_merged();
        }
        terminal.shows("is finished");
        assert_eq!(terminal.ends(), 0, "{}", terminal.text());
        if by == By::Person {
            let log = self
                .team
                .run_folder()
                .join("steps/publish~send~publish.2/log");
            let log = std::fs::read(log).expect("there is a file");
            assert!(log.is_empty(), "nothing of what was typed is kept");
        }
    }

    /// Nobody is there to ask for the factor: the run waits for a person, and nothing was sent.
    fn waits_for_somebody(&self) {
        let ran = self.team.resume(PROMOTE).exits(5);
        assert!(
            ran.stdout.contains("publish/send/publish needs a terminal"),
            "{}",
            ran.stdout
        );
        assert_eq!(self.sent(), Vec::<String>::new());
    }

    /// A person gives the factor that is asked for.
    pub(crate) fn proves(&self, terminal: &mut Terminal) {
        match self.row.factor {
            Factor::None => (),
            Factor::Code => {
                terminal.shows("Enter OTP:").types(CODE);
            }
            Factor::Browser => {
                terminal
                    .shows("Authenticate your account at:")
                    .shows("/auth/cli/")
                    .shows("\n");
                let text = terminal.text();
                // Other addresses may come after it: what npm says on standard error goes through a pipe.
                let page = text
                    .split_whitespace()
                    .rfind(|word| word.contains("/auth/cli/"));
                assert_eq!(visit(page.expect("an address")).0, 200);
            }
        }
    }

    /// CI proves who it is without a factor, also where people are asked.
    fn ci_sends_it(&self) {
        let access = match self.row.kind {
            Kind::First => " --access public",
            _ => "",
        };
        let tag = format!("v{}", self.row.version());
        match self.row.by {
            By::Staged => {
                let send = format!("stage publish --tag candidate{access}");
                self.team.ci(&tag, &send);
            }
            By::Person | By::Ci => {
                self.asks(Factor::None);
                self.team.ci(&tag, "publish --tag candidate");
                self.asks(self.row.factor);
            }
        }
    }

    /// The branch of the request for a protected one.
    fn branch(&self) -> String {
        format!("{}/v{}", self.row.runbook(), self.row.version())
    }

    /// Users have it and everybody was told before the protected branch has it; then somebody merges it.
    fn is_merged(&self) {
        let version = self.row.version();
        let branch = self.branch();
        let pushed = format!("heads/{branch}");
        until("the branch is pushed", || self.team.world.has_ref(&pushed));
        assert_eq!(self.team.view("", "dist-tags"), self.tags());
        self.is_announced();
        let title = format!("chore: release {version} (#8)");
        self.team
            .world
            .merge_request(&branch, self.row.line(), self.row.merge(), &title);
    }

    fn status(&self) -> String {
        self.team.run(&["status", &self.team.id()]).stdout
    }
}
