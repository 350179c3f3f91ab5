//! A hotfix goes back to a main branch that moved on and takes no pushes: when the wait for it ends, and when it says
//! that only a person can tell.

use crate::desk::until;
use crate::packages::{Merge, Remote, Sample};
use crate::project::Ran;
use crate::team::Team;

const BRANCH: &str = "hotfix/v1.4.4";

/// Users have 1.4.4, the second hotfix in a row, each from the tag before it. Main got the first by a squash, so
/// git knows of nothing that both have since 1.4.2, and then words about what is not released.
struct Hotfixed {
    team: Team,
    commit: String,
}

impl Hotfixed {
    fn new() -> Self {
        let team = Team::new(Sample::Demo, Remote::Protected);
        let world = &team.world;
        world.in_clone(
            "git config --global user.name Eve && git config --global user.email eve@example.org",
        );
        // The first hotfix, and the squash by which main got it.
        world.in_clone(&format!(
            "git worktree add --quiet --detach ../tree v1.4.2 && cd ../tree && git -c core.hooksPath=/dev/null cherry-pick {} > /dev/null && {} && git tag --annotate v1.4.3 -m 1.4.3",
            world.fix,
            released("1.4.3", "1.4.2")
        ));
        world.in_clone(&format!(
            "git clone --quiet --branch main ../remote.git ../host && cd ../host && git fetch --quiet ../work v1.4.3 && git merge --quiet --squash FETCH_HEAD > /dev/null 2>&1 || git checkout --quiet --theirs . && git add . && git commit --quiet -m 'fix: the spaces (#7)' && {}",
            "sed -i 's/^## .Unreleased.$/&\\n\\n### Added\\n\\n- Names can be sung./' CHANGELOG.md && git commit --quiet --all -m 'docs: a song'"
        ));
        let hotfixed = Self {
            commit: world.in_clone(&format!(
                "cd ../tree && sed -i 's/Hello, /Welcome, /' src/index.ts && git commit --quiet --no-verify --all -m 'fix: say welcome' && {} && git rev-parse HEAD",
                released("1.4.4", "1.4.3")
            )),
            team,
        };
        hotfixed.push();
        hotfixed
    }

    /// The host does something on main, in a clone of its own, where no hook refuses it.
    fn on_host(&self, command: &str) {
        self.team
            .world
            .in_clone(&format!("cd ../host && {command}"));
        self.push();
    }

    fn push(&self) {
        self.team
            .world
            .in_clone("git --git-dir ../remote.git fetch --quiet ../host +HEAD:refs/heads/main");
    }

    fn begins(&self) -> Ran {
        let clone = self.team.world.clone_folder();
        let tree = self.team.world.folder().path("tree");
        let (clone, tree) = (clone.to_string_lossy(), tree.to_string_lossy());
        let mut words = vec!["exec", "bring-to-main", "--target", &clone];
        let params = [
            "what=demo 1.4.4".to_owned(),
            format!("branch={BRANCH}"),
            format!("tree={tree}"),
            format!("commit={}", self.commit),
        ];
        for param in &params {
            words.extend(["-p", param]);
        }
        self.team.run(&words).exits(5)
    }

    fn goes_on(&self) -> Ran {
        self.team
            .run(&["resume", &self.team.id(), "--non-interactive"])
    }

    fn is_there(&self) {
        until("the wait ends", || self.goes_on().code == Some(0));
        assert_eq!(self.team.world.in_remote("branch --list 'hotfix/*'"), "");
    }

    /// The wait goes on, and it says why, on the screen and in its log.
    fn is_not_there(&self, why: &str) {
        // Who comes back too early hears nothing.
        until(why, || self.goes_on().exits(5).stdout.contains(why));
        let log = self.team.run(&["logs", &self.team.id(), "on_main.probe"]);
        assert!(log.stdout.contains(why), "{why}: {log:?}");
    }
}

/// The commit that a release makes.
fn released(version: &str, before: &str) -> String {
    format!(
        "sed -i 's/\"version\": \"{before}\"/\"version\": \"{version}\"/' package.json package-lock.json && sed -i 's/^## .{before}.*$/## [{version}] - 2026-11-30\\n\\n- What {version} fixed.\\n\\n&/' CHANGELOG.md && git commit --quiet --no-verify --all -m 'chore: release {version}'"
    )
}

/// Merges the branch into what is checked out, and keeps both sides of the changelog and the hotfix in the rest.
const RESOLVED: &str = "git checkout --quiet --theirs . && git checkout --quiet --merge CHANGELOG.md && sed -i '/^<<<<<<<\\|^=======\\|^>>>>>>>/d' CHANGELOG.md && git add .";
/// Main moves on in the same places.
const MOVES_ON: &str = "sed -i 's/Welcome, /A warm welcome, /' src/index.ts && sed -i 's/\"version\": \"1.4.4\"/\"version\": \"1.5.0\"/' package.json package-lock.json && sed -i 's/^## .Unreleased.$/&\\n\\n## [1.5.0]/' CHANGELOG.md && git commit --quiet --all -m 'feat: a warm welcome'";

#[test]
fn a_squash_with_resolved_conflicts_ends_the_wait_when_main_moved_on() {
    let hotfixed = Hotfixed::new();
    let ran = hotfixed.begins();
    let asked = "It conflicts in CHANGELOG.md";
    assert!(ran.stdout.contains(asked), "{}", ran.stdout);
    hotfixed.is_not_there("no commit more than before");
    hotfixed.on_host(&format!(
        "git fetch --quiet ../remote.git {BRANCH} && git merge --squash FETCH_HEAD > /dev/null || {RESOLVED} && git commit --quiet -m 'fix: say welcome (#8)' && {MOVES_ON}"
    ));
    hotfixed.is_there();
}

#[test]
fn conflicts_that_are_resolved_on_the_branch_are_followed_there() {
    for how in [Merge::Squash, Merge::Commit] {
        let hotfixed = Hotfixed::new();
        hotfixed.begins();
        // The code is merged by hand into what neither side had.
        hotfixed.on_host("sed -i 's/Hello, /Good day, /' src/index.ts && git commit --quiet --all -m 'feat: be polite'");
        hotfixed.team.world.in_clone(&format!(
            "git clone --quiet --branch {BRANCH} ../remote.git ../eve && cd ../eve && git config merge.conflictStyle merge && git fetch --quiet origin main && git merge FETCH_HEAD > /dev/null || {RESOLVED} && sed -i 's/Good day, \\|Welcome, /Welcome and good day, /' src/index.ts && git commit --quiet --all -m 'chore: merge main' && git push --quiet --no-verify origin HEAD"
        ));
        hotfixed.is_not_there("src/index.ts");
        hotfixed
            .team
            .world
            .merge_request(BRANCH, "main", how, "fix: say welcome (#8)");
        hotfixed.team.world.in_clone("cd ../host && git fetch --quiet ../remote.git main && git reset --quiet --hard FETCH_HEAD");
        hotfixed.on_host("echo >> README.md && git commit --quiet --all -m 'docs: a line'");
        hotfixed.is_there();
    }
}

/// Each way in which main lacks something, or nobody can tell.
#[test]
fn what_is_not_proved_is_named_and_the_wait_goes_on() {
    let hotfixed = Hotfixed::new();
    hotfixed.begins();
    for (does, named) in [
        (
            "echo >> README.md && git commit --quiet --all -m 'docs: a line'",
            "CHANGELOG.md",
        ),
        // The version alone.
        (
            "sed -i 's/\"version\": \"1.4.3\"/\"version\": \"1.4.4\"/' package.json package-lock.json && git commit --quiet --all -m 'chore: the version'",
            "CHANGELOG.md",
        ),
        // The fix too, but not what it is called in the changelog.
        (
            "sed -i 's/Hello, /Welcome, /' src/index.ts && git commit --quiet --all -m 'fix: say welcome'",
            "CHANGELOG.md",
        ),
        // The heading without its words.
        (
            "sed -i 's/^## .1.4.3.*$/## [1.4.4] - 2026-11-30\\n\\n&/' CHANGELOG.md && git commit --quiet --all -m 'docs: a heading'",
            "CHANGELOG.md",
        ),
    ] {
        hotfixed.on_host(does);
        hotfixed.is_not_there(&format!("this is not proved: {named}"));
    }
    hotfixed.is_not_there("only a person can tell");
    hotfixed.on_host(
        "sed -i 's/^## .1.4.4.*$/&\\n\\n- What 1.4.4 fixed./' CHANGELOG.md && git commit --quiet --all -m 'docs: its words'",
    );
    hotfixed.is_there();
}
