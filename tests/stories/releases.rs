//! The release and the hotfix that ship with the program, on a package that is built, with hooks, a
//! remote that may refuse main, and a registry that behaves as the public one: what goes wrong there, and
//! what is refused. That each kind of release reaches users in every way is in `release_matrix.rs`.

use crate::desk::until;
use crate::packages::{Merge, Remote, Sample};
use crate::project::ends;
use crate::registry::Npm;
use crate::team::Team;
use serde_json::json;

const GATE: &str = "publish/approve_release";
const PROMOTE: &str = "publish/promote";
/// What the package exports, as users see it.
const EXPORTS: &str = "node -p 'Object.keys(require(\"demo\")).sort().join()'";

fn hotfix(team: &Team) -> [String; 5] {
    [
        "severity=high".to_owned(),
        "base=1.4.2".to_owned(),
        "version=1.4.3".to_owned(),
        "incident=INC-1".to_owned(),
        format!("commit={}", team.world.fix),
    ]
}

#[test]
fn a_hotfix_holds_the_fix_and_nothing_that_was_built_before() {
    let team = Team::new(Sample::Demo, Remote::Open);
    // Yesterday somebody built main, and nobody sees it: the folder is ignored.
    team.world.in_clone("npm run --silent build");
    let params = hotfix(&team);
    let params: Vec<&str> = params.iter().map(String::as_str).collect();
    let before = team
        .world
        .in_clone("git rev-parse HEAD && git branch --list && git stash list");

    team.exec("hotfix", &params).exits(5);
    team.approve_hotfix();
    team.resume(PROMOTE).exits(0);

    assert_eq!(team.view("", "dist-tags"), json!({"latest": "1.4.3"}));
    assert_eq!(team.users("", EXPORTS), "greet");
    assert_eq!(
        team.users("", "node_modules/.bin/demo ' Ana '"),
        "Hello, Ana!"
    );
    let now = team
        .world
        .in_clone("git rev-parse HEAD && git branch --list && git stash list");
    assert_eq!(now, before, "the clone is as it was");
    team.world.in_remote("merge-base --is-ancestor v1.4.3 main");
    assert_eq!(team.world.in_clone("git worktree list | wc -l"), "1");
    assert_eq!(team.world.in_remote("branch --list 'hotfix/*'"), "");
    // The tarball is the one that anybody packs from a fresh clone of the tag.
    let packed = team.world.in_clone(
        "git clone --quiet --branch v1.4.3 ../remote.git ../fresh && cd ../fresh && npm ci --silent && npm pack --silent > /dev/null && openssl dgst -sha512 -binary *.tgz | base64 -w0",
    );
    let published = team.view("@1.4.3", "dist.integrity");
    assert_eq!(published, format!("sha512-{packed}"));
}

/// Whether nobody outside noticed anything of a run: neither the registry nor the remote.
fn nothing_left_the_machine(team: &Team, refs: &str) {
    assert_eq!(team.view("", "dist-tags"), json!({"latest": "1.4.2"}));
    assert_eq!(team.view("", "versions"), json!(["1.4.2"]));
    assert_eq!(team.world.in_remote("for-each-ref"), refs);
}

#[test]
fn a_command_that_only_works_where_it_was_built_is_not_released() {
    let team = Team::new(Sample::DemoThatStartsASource, Remote::Open);
    let refs = team.world.in_remote("for-each-ref");
    let ran = team.exec("release", &["version=1.5.0"]).exits(1);
    for said in ["demo --version` ended with 1", "tsx not found"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    nothing_left_the_machine(&team, &refs);
}

#[test]
fn a_branch_that_is_not_what_the_remote_has_is_named_with_how_far_it_is_away() {
    let team = Team::new(Sample::Demo, Remote::Open);
    for (does, said) in [
        (
            "git switch --quiet --create feat/loud && git commit --quiet --no-verify --allow-empty -m 'feat: loud'",
            "you are on feat/loud, and main is released; commits ahead of origin/main: 1, behind it: 0",
        ),
        (
            "git switch --quiet main && git reset --quiet --hard HEAD~1",
            "you are on main, and main is released; commits ahead of origin/main: 0, behind it: 1",
        ),
        (
            "git switch --quiet --detach origin/main",
            "you are on no branch, and main is released; commits ahead of origin/main: 0, behind it: 0",
        ),
    ] {
        team.world.in_clone(does);
        let ran = team.exec("release", &["version=1.5.0"]).exits(1);
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
        team.run(&["abort", &team.id(), "--reason", "it is refused"])
            .exits(0);
    }
}

#[test]
fn what_may_not_become_latest_is_refused_before_anything_is_built() {
    let team = Team::new(Sample::Demo, Remote::Open);
    let refs = team.world.in_remote("for-each-ref");
    let fix = format!("commit={}", team.world.fix);
    for (runbook, params, said) in [
        ("release", &["version=1.5.0-rc.1"][..], "-p dist_tag=next"),
        ("release", &["version=1.2.9"], "-p dist_tag=v1-lts"),
        ("release", &["version=1.4.2"], "has a tag of this version"),
        (
            "release",
            &["version=1.5.0", "dist_tag=v1"],
            "npm takes v1 for a version",
        ),
        (
            "hotfix",
            &[
                "severity=high",
                "base=1.4.2",
                "version=7.0.0",
                "incident=INC-1",
                &fix,
            ],
            "not the next patch",
        ),
        (
            "hotfix",
            &[
                "severity=high",
                "base=1.4.2",
                "version=1.4.3-rc.1",
                "incident=INC-1",
                &fix,
            ],
            "not the next patch",
        ),
        (
            "hotfix",
            &[
                "severity=high",
                "base=1.4.2",
                "version=1.4.3",
                "incident=INC-1",
                "commit=1111111111111111111111111111111111111111",
            ],
            "no such commit in this clone",
        ),
    ] {
        let ran = team.exec(runbook, params).exits(1);
        assert!(ran.stdout.contains(said), "{params:?}: {}", ran.stdout);
        assert!(!ran.stdout.contains("Install what"), "{}", ran.stdout);
        team.run(&["abort", &team.id(), "--reason", "it is refused"])
            .exits(0);
    }
    // An npm that cannot approve what CI stages is told so at once.
    team.world.use_npm(Npm::Ten);
    let ran = team.exec("release", &["version=1.5.0", "publish_by=staged"]);
    let ran = ran.exits(1);
    let said = "Staged publishing needs npm 11.15 or newer";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Install what"), "{}", ran.stdout);
    team.run(&["abort", &team.id(), "--reason", "it is refused"])
        .exits(0);
    // What the refusal offers is taken.
    let ran = team.exec(
        "release",
        &["version=1.2.9", "dist_tag=v1-lts", "publish_by=ci"],
    );
    assert!(
        ran.stdout.contains("May this version get this tag?\n  ok"),
        "{}",
        ran.stdout
    );
    nothing_left_the_machine(&team, &refs);
}

#[test]
#[ignore = "long: two more releases"]
fn a_hotfix_of_an_older_line_gets_a_tag_of_its_own_and_main_keeps_its_version() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=2.0.0"]).exits(5);
    team.approve(GATE);
    team.resume(PROMOTE).exits(0);
    team.world
        .in_clone("git pull --quiet --ff-only origin main");

    let params = hotfix(&team);
    let mut params: Vec<&str> = params.iter().map(String::as_str).collect();
    params.push("dist_tag=v1-lts");
    team.exec("hotfix", &params).exits(5);
    team.approve_hotfix();
    team.resume(PROMOTE).exits(0);

    let tags = json!({"latest": "2.0.0", "v1-lts": "1.4.3"});
    assert_eq!(team.view("", "dist-tags"), tags);
    assert_eq!(team.users("@v1-lts", EXPORTS), "greet");
    let version = team.world.in_remote("show main:package.json");
    assert!(version.contains("\"version\": \"2.0.0\""), "{version}");
}

#[test]
#[ignore = "long: one more release"]
fn an_answer_that_is_lost_is_no_reason_to_publish_again() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=1.5.0"]).exits(5);
    team.approve(GATE);
    team.world
        .behaves(&json!({"lost_answers": ["publish"], "visible_after": {"reads": 5}}));
    // npm says that the connection broke: nobody knows whether the registry took it.
    let ran = team.resume(PROMOTE).exits(0);
    assert!(ran.stdout.contains("FAILED: exit 1"), "{}", ran.stdout);
    assert_eq!(
        team.tries("publish/send/publish"),
        2,
        "and the second was refused"
    );
    assert_eq!(team.view("", "versions"), json!(["1.4.2", "1.5.0"]));
    assert_eq!(team.view("", "dist-tags"), json!({"latest": "1.5.0"}));
}

#[test]
fn the_first_version_of_a_scoped_name_says_who_may_install_it() {
    let team = Team::before_the_first_release(Sample::ScopedDemo, Remote::Open);
    team.world.use_npm(Npm::Twelve);
    let ran = team.exec("release", &["version=1.4.3"]).exits(1);
    assert!(ran.stdout.contains("-p access=public"), "{}", ran.stdout);
    team.run(&["abort", &team.id(), "--reason", "it is refused"])
        .exits(0);
    let ran = team
        .exec(
            "release",
            &["version=1.5.0-rc.1", "access=public", "dist_tag=next"],
        )
        .exits(1);
    assert!(ran.stdout.contains("becomes latest"), "{}", ran.stdout);
    team.run(&["abort", &team.id(), "--reason", "it is refused"])
        .exits(0);
}

#[test]
#[ignore = "long: each kind of protection and of merge"]
fn a_main_branch_of_any_protection_gets_the_hotfix_by_a_merge_request_of_any_kind() {
    for remote in [Remote::Protected, Remote::RuleSet, Remote::WholePush] {
        for how in [Merge::Squash, Merge::Rebase, Merge::Commit] {
            merged_by_request(remote, how);
        }
    }
}

fn merged_by_request(remote: Remote, how: Merge) {
    let team = Team::new(Sample::Demo, remote);
    let params = hotfix(&team);
    let params: Vec<&str> = params.iter().map(String::as_str).collect();
    team.exec("hotfix", &params).exits(5);
    team.approve_hotfix();
    let ran = team.resume(PROMOTE).exits(5);
    assert!(
        ran.stdout
            .contains("Please merge the branch hotfix/v1.4.3 into main"),
        "{}",
        ran.stdout
    );
    // Users have it, and everybody was told, before main has it.
    assert_eq!(team.view("", "dist-tags"), json!({"latest": "1.4.3"}));
    assert!(team.announced().contains("demo 1.4.3 is out"));

    team.world.merge_request(
        "hotfix/v1.4.3",
        "main",
        how,
        "fix: take the spaces away (#8)",
    );
    team.run(&["resume", &team.id(), "--non-interactive"])
        .exits(0);
    let version = team.world.in_remote("show main:package.json");
    assert!(
        version.contains("\"version\": \"1.4.3\""),
        "{how:?}: {version}"
    );
}

#[test]
fn what_a_test_changes_is_never_committed() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.world.edit(
        "package.json",
        "node --test",
        "echo changed >> README.md && node --test",
    );
    team.world.in_clone(
        "git commit --quiet --no-verify --all -m 'test: write a snapshot' && git push --quiet --no-verify origin main",
    );
    let refs = team.world.in_remote("for-each-ref");
    let ran = team.exec("release", &["version=1.5.0"]).exits(1);
    assert!(ran.stdout.contains("M README.md"), "{}", ran.stdout);
    nothing_left_the_machine(&team, &refs);
}

#[test]
#[ignore = "long: one more release"]
fn what_ci_built_differently_is_never_given_to_users() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=1.5.0", "publish_by=ci"])
        .exits(5);
    team.approve(GATE);
    let mut going = team.resume_beside(PROMOTE);
    team.ci(
        "v1.5.0",
        "pkg set description=changed && npm publish --tag candidate",
    );
    assert_eq!(ends(&mut going).code(), Some(1));
    assert_eq!(team.view("", "dist-tags.latest"), "1.4.2");
}

#[test]
fn a_package_that_goes_to_another_registry_is_asked_for_there() {
    let team = Team::new(Sample::Demo, Remote::Open);
    let registry = team.world.in_clone("npm config get registry");
    let publish = format!("\"publishConfig\": {{ \"registry\": \"{registry}\" }},\n  \"scripts\"");
    team.world.edit("package.json", "\"scripts\"", &publish);
    team.world.in_clone("git commit --quiet --no-verify --all -m 'chore: say where it goes' && git push --quiet --no-verify origin main");
    // The default registry of this machine is another one, where nobody answers.
    team.world
        .in_clone("npm config set registry http://127.0.0.1:9/ --location user");
    let ran = team.exec("release", &["version=1.5.0"]);
    // The tools come from the default registry, so the run ends there, behind all questions.
    assert!(
        ran.stdout
            .contains("Are we signed in to the registry?\n  ok"),
        "{}",
        ran.stdout
    );
}

/// Goes on with the newest run until this is on record, and is killed; what it started lives on or not.
pub(crate) fn killed_once(
    team: &Team,
    (kind, step): (&str, &str),
    confirmed: &str,
    shims_too: bool,
) {
    let before = team.events(kind, step);
    let mut going = team.resume_beside(confirmed);
    until("it is on record, or the run ends", || {
        team.events(kind, step) > before || matches!(going.try_wait(), Ok(Some(_)))
    });
    let status = team.run(&["status", &team.id()]).stdout;
    assert!(team.events(kind, step) > before, "{kind} {step}: {status}");
    going.kill().expect("it runs");
    ends(&mut going);
    if shims_too {
        team.world.in_clone("for process in /proc/[0-9]*; do if tr '\\0' ' ' < $process/cmdline 2> /dev/null | grep --quiet \"$(dirname \"$PWD\")/state\"; then kill -9 \"${process#/proc/}\" || true; fi; done");
    }
}

#[test]
#[ignore = "long: a release for each moment of a kill"]
fn killed_at_any_step_that_writes_nothing_is_published_twice_and_latest_is_never_wrong() {
    for (kind, step) in [
        ("step.started", "publish/tag"),
        ("step.started", "publish/push"),
        ("step.started", "publish/send/publish"),
        ("step.finished", "publish/send/publish"),
        ("wait.probed", "publish/see/visible"),
        ("step.finished", "publish/before"),
        ("step.started", "publish/promote"),
        ("step.started", "publish/to_main/merge"),
    ] {
        for shims_too in [false, true] {
            let told = format!("{kind} {step}, shims too: {shims_too}");
            let team = Team::new(Sample::Demo, Remote::Open);
            team.exec("release", &["version=1.5.0"]).exits(5);
            team.approve(GATE);
            team.world.behaves(&json!({"visible_after": {"reads": 12}}));
            killed_once(&team, (kind, step), PROMOTE, shims_too);
            let latest = team.view("", "dist-tags.latest");
            assert!(latest == "1.4.2" || latest == "1.5.0", "{told}: {latest}");

            let ran = team.resume(PROMOTE);
            assert_eq!(ran.code, Some(0), "{told}: {}{}", ran.stdout, ran.stderr);
            assert_eq!(
                team.view("", "versions"),
                json!(["1.4.2", "1.5.0"]),
                "{told}"
            );
            assert_eq!(
                team.view("", "dist-tags"),
                json!({"latest": "1.5.0"}),
                "{told}"
            );
            assert_eq!(team.users("", EXPORTS), "greet,whisper", "{told}");
            team.world.in_remote("merge-base --is-ancestor v1.5.0 main");
        }
    }
}

#[test]
fn a_code_that_is_wrong_or_never_typed_sends_nothing_and_its_tag_can_be_undone() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=1.5.0"]).exits(5);
    team.approve(GATE);
    team.world.behaves(&json!({"factor": "code"}));
    let mut terminal = team.resume_at_terminal();
    terminal.shows("[Enter] run").types("a");
    terminal.shows("Enter OTP:").types("000000");
    terminal.shows("the code was wrong or too old: nothing was sent");
    // It is asked again by itself, and Ctrl-C is pressed there.
    terminal.shows("Enter OTP:").presses("\x03");
    terminal.shows("no code was typed: nothing was sent");
    terminal.shows("[q] leave").types("q");
    terminal.ends();
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "v1.5.0");

    // Undone.
    team.run(&["undo", &team.id()]).exits(7);
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "");
    assert_eq!(team.world.in_clone("git tag --list v1.5.0"), "");
    assert_eq!(team.view("", "versions"), json!(["1.4.2"]));
}

#[test]
fn the_version_of_somebody_else_stays_as_it_is_when_a_run_is_undone() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=1.5.0"]).exits(5);
    team.approve(GATE);
    team.users_have_also("1.5.0");
    let theirs = team.view("@1.5.0", "dist.integrity");

    let ran = team.resume(PROMOTE).exits(1);
    assert!(
        ran.stdout.contains("another tarball is there"),
        "{}",
        ran.stdout
    );

    let id = team.id();
    team.run(&["undo", &id, "--confirm", &id]);
    assert!(team.view("@1.5.0", "deprecated").is_null());
    assert_eq!(team.view("@1.5.0", "dist.integrity"), theirs);
    assert_eq!(team.view("", "dist-tags.latest"), "1.5.0");
}

#[test]
fn an_undo_that_is_killed_in_the_window_is_ended_once_the_version_can_be_seen() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.exec("release", &["version=1.5.0"]).exits(5);
    team.approve(GATE);
    team.world.behaves(&json!({"visible_after": "held"}));
    killed_once(
        &team,
        ("wait.probed", "publish/see/visible"),
        PROMOTE,
        false,
    );
    let id = team.id();

    // What cannot be seen cannot be deprecated: npm would say ok and do nothing.
    let ran = team.run(&["undo", &id]).exits(8);
    assert!(
        ran.stdout
            .contains("does not show the version yet, and cannot"),
        "{}",
        ran.stdout
    );
    // Nor may its tag go: the registry took it.
    assert_eq!(team.world.in_remote("tag --list v1.5.0"), "v1.5.0");
    team.world.behaves(&json!({}));
    assert_eq!(team.view("", "dist-tags"), json!({"latest": "1.4.2"}));
}
