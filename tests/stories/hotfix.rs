//! The hotfix that ships with the program, on a real remote and a real registry.

use crate::sandbox::Sandbox;
use crate::team::approve_all;
use crate::terminal::Terminal;

const GATE: &str = "publish/approve_critical";

/// The arguments that begin the hotfix of 1.2.3.
fn hotfix(sandbox: &Sandbox) -> Vec<String> {
    let work = sandbox.work().to_string_lossy().into_owned();
    let mut arguments = vec![
        "exec".to_owned(),
        "hotfix".to_owned(),
        "--target".to_owned(),
        work,
    ];
    for param in [
        "package=sample-package",
        "smoke=Ana",
        "severity=critical",
        "base=1.2.3",
        "version=1.2.4",
        "incident=INC-1",
        &format!("commit={}", sandbox.fix),
    ] {
        arguments.extend(["-p".to_owned(), param.to_owned()]);
    }
    arguments
}

fn start(sandbox: &Sandbox) -> Terminal {
    let arguments = hotfix(sandbox);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Terminal::start(sandbox.command(&arguments))
}

/// Somebody else approves what the terminal waits for.
fn approve(sandbox: &Sandbox, terminal: &mut Terminal, step: &str) {
    terminal.shows("waiting for the answer");
    approve_now(sandbox, step);
}

/// What has to be true after a hotfix, asked of the registry and the remote.
fn users_have_the_fix(sandbox: &Sandbox) {
    let tags = sandbox.view("sample-package dist-tags");
    assert_eq!(tags["latest"], "1.2.4", "{tags}");
    assert!(tags.get("candidate").is_none(), "{tags}");
    assert_eq!(
        sandbox.view("sample-package versions"),
        serde_json::json!(["1.2.3", "1.2.4"])
    );
    let said = sandbox.in_work("cd \"$(mktemp -d)\" && npm init --yes > /dev/null && npm install --silent sample-package && node_modules/.bin/sample-package Ana && ls node_modules/sample-package/src");
    assert_eq!(
        said, "Hello, Ana!\ngreet.js",
        "the fix, and nothing that was merged later"
    );
    assert_eq!(sandbox.in_remote("git cat-file -t refs/tags/v1.2.4"), "tag");
    sandbox.in_remote("git merge-base --is-ancestor v1.2.4 main");
    let message = sandbox.in_remote("git for-each-ref --format='%(contents)' refs/tags/v1.2.4");
    let id = sandbox
        .run_folder()
        .file_name()
        .expect("an id")
        .to_string_lossy()
        .into_owned();
    assert!(
        message.contains(&format!("Runbook-Run: {id}")) && message.contains("Runbook-Head: "),
        "{message}"
    );
    sandbox.docs.write("tag.txt", message);
    let proof = sandbox
        .run(&["verify", &id, "--anchor", "tag.txt"])
        .exits(0);
    assert!(
        proof
            .stdout
            .contains("up to there the record is what it was"),
        "{}",
        proof.stdout
    );
}

#[test]
fn it_leads_from_the_gate_to_a_published_and_merged_fix() {
    let sandbox = Sandbox::new();
    let mut terminal = start(&sandbox);

    terminal
        .shows("Check out what users have")
        .shows("[Enter] run")
        .types("a");
    approve(&sandbox, &mut terminal, GATE);
    terminal
        .shows("Tag the commit")
        .shows("[Enter] run")
        .types("a");
    terminal
        .shows("type `1.2.4` to continue")
        .types("1.2.3")
        .shows("this text differs from the text to type")
        .types("1.2.4");
    terminal.shows("is finished");

    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    users_have_the_fix(&sandbox);
    let announced = std::fs::read_to_string(sandbox.state().join("messages/announcements.txt"))
        .expect("it was announced");
    assert!(
        announced.contains("sample-package 1.2.4 is out"),
        "{announced}"
    );
    assert!(
        std::path::Path::new(&format!("/proc/{}", sandbox.registry_process())).exists(),
        "the registry was a real one"
    );
}

/// Who is killed while the relay holds the publish.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Killed {
    Program,
    ProgramAndShim,
}

/// Kills a hotfix in the middle of publish, `before` or `after` the registry took it, and resumes.
fn killed_in_publish(mode: &str, killed: Killed) {
    let sandbox = Sandbox::new();
    let mut relay = sandbox.relay(mode);
    let mut terminal = start(&sandbox);
    terminal.shows("[Enter] run").types("a");
    approve(&sandbox, &mut terminal, GATE);
    terminal.shows("[Enter] run").types("a");
    relay.wait_until_held();

    terminal.kill();
    if killed == Killed::ProgramAndShim {
        kill_shim(&sandbox, "publish~send~publish.1");
    }
    let mut terminal = Terminal::start(sandbox.command(&["resume"]));
    terminal
        .shows("Publish under a staging tag")
        .shows("finding out how it ended");
    match killed {
        // The step lives: its answer is let through, and its record counts.
        Killed::Program => relay.release(),
        // Its connection is cut, as by a network that went away.
        Killed::ProgramAndShim => relay.cut(),
    }
    let repeated = mode == "before" && killed == Killed::ProgramAndShim;
    if repeated {
        terminal.shows("[Enter] run").types("a");
    }
    terminal.shows("type `1.2.4` to continue").types("1.2.4");
    if !repeated {
        terminal.shows("[Enter] run").types("a");
    }
    terminal.shows("is finished");

    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    users_have_the_fix(&sandbox);
    let journal =
        std::fs::read_to_string(sandbox.run_folder().join("journal.jsonl")).expect("it is there");
    let started = journal
        .matches("\"type\":\"step.started\",\"step\":\"publish/send/publish\"")
        .count();
    assert_eq!(
        started,
        1 + usize::from(repeated),
        "repeated only if it had not happened"
    );
}

#[test]
fn the_program_killed_before_the_registry_took_it_publishes_once() {
    killed_in_publish("before", Killed::Program);
}

#[test]
fn the_program_killed_after_the_registry_took_it_publishes_once() {
    killed_in_publish("after", Killed::Program);
}

#[test]
fn program_and_shim_killed_before_the_registry_took_it_publish_once() {
    killed_in_publish("before", Killed::ProgramAndShim);
}

#[test]
fn program_and_shim_killed_after_the_registry_took_it_publish_once() {
    killed_in_publish("after", Killed::ProgramAndShim);
}

fn approve_now(sandbox: &Sandbox, step: &str) {
    let id = sandbox
        .run_folder()
        .file_name()
        .expect("an id")
        .to_string_lossy()
        .into_owned();
    approve_all(&id, step, |words| sandbox.run(words));
}

fn kill_shim(sandbox: &Sandbox, attempt: &str) {
    use nix::sys::signal::{Signal, kill};
    let path = sandbox.run_folder().join("steps").join(attempt).join("pid");
    let text = std::fs::read_to_string(path).expect("it started");
    let pid = text.split_whitespace().next().expect("a word");
    let pid = nix::unistd::Pid::from_raw(pid.parse().expect("a process id"));
    kill(pid, Signal::SIGKILL).expect("it runs");
}

#[test]
fn without_a_sign_in_nothing_is_changed() {
    let sandbox = Sandbox::new();
    let before = sandbox.in_remote("git for-each-ref");
    sandbox.in_work("npm config delete \"$(npm config get registry | sed 's/^http://'):_authToken\" --location=user");
    let arguments = hotfix(&sandbox);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();

    let ran = sandbox.run(&arguments).exits(1);

    assert!(
        ran.stdout.contains("Are we signed in") && ran.stdout.contains("ENEEDAUTH"),
        "{}",
        ran.stdout
    );
    assert_eq!(sandbox.in_remote("git for-each-ref"), before);
    assert_eq!(
        sandbox.view("sample-package versions"),
        serde_json::json!(["1.2.3"])
    );
    assert_eq!(sandbox.in_work("git worktree list | wc -l"), "1");
}

#[test]
fn a_wrong_tarball_on_the_registry_is_never_promoted_and_is_taken_back() {
    let sandbox = Sandbox::new();
    let own = sandbox.registry_url();
    let mut relay = sandbox.relay("after");
    let mut terminal = start(&sandbox);
    terminal.shows("[Enter] run").types("a");
    approve(&sandbox, &mut terminal, GATE);
    terminal.shows("[Enter] run").types("a");
    relay.wait_until_held();
    // While the answer is on its way, somebody else's tarball takes the place of ours.
    sandbox.in_work(&format!(
        "dir=$(mktemp -d) && cp -r . $dir/x && cd $dir/x && npm version --no-git-tag-version 1.2.4 > /dev/null && echo // >> src/greet.js && npm_config_registry={own} \
         && token=$(sed -n 's/.*_authToken=//p' ~/.npmrc) \
         && echo \"{}:_authToken=$token\" > $dir/npmrc && echo registry={own} >> $dir/npmrc \
         && npm --userconfig $dir/npmrc unpublish --force sample-package@1.2.4 \
         && npm --userconfig $dir/npmrc publish --ignore-scripts --tag candidate",
        own.trim_start_matches("http:")
    ));
    relay.release();

    terminal
        .shows("Wait until the registry shows exactly this tarball")
        .shows("FAILED")
        .shows("do not promote it");
    assert_eq!(sandbox.view("sample-package dist-tags")["latest"], "1.2.3");
    terminal.shows("[b] undo everything").types("b");
    terminal.shows("undo this?").types("y");
    terminal.shows("undone");

    assert_eq!(terminal.ends(), 7, "{}", terminal.text());
    let tags = sandbox.view("sample-package dist-tags");
    assert_eq!(tags, serde_json::json!({ "latest": "1.2.3" }));
    assert_eq!(
        sandbox.view("sample-package@1.2.4 deprecated"),
        "Withdrawn before release"
    );
    assert_eq!(
        sandbox.in_remote("git tag --list v1.2.4"),
        "v1.2.4",
        "what is published keeps its tag"
    );
    assert_eq!(sandbox.in_work("git branch --show-current"), "main");
}

#[test]
fn a_bad_version_that_users_have_is_rolled_back() {
    let sandbox = Sandbox::new();
    sandbox.in_work("npm version 1.3.0 --ignore-scripts > /dev/null && git push --quiet origin main v1.3.0 && npm publish --ignore-scripts");
    assert_eq!(sandbox.view("sample-package dist-tags")["latest"], "1.3.0");
    let work = sandbox.work().to_string_lossy().into_owned();
    let params = [
        "package=sample-package",
        "bad=1.3.0",
        "good=1.2.3",
        "reason=it shouts",
        "smoke=Ana",
    ];
    let mut arguments = vec!["exec", "rollback", "--target", &work];
    params
        .iter()
        .for_each(|param| arguments.extend(["-p", param]));
    let mut terminal = Terminal::start(sandbox.command(&arguments));

    terminal.shows("type `1.2.3` to continue").types("1.2.3");
    terminal.shows("[Enter] run").types("a");
    terminal.shows("is finished");

    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    assert_eq!(sandbox.view("sample-package dist-tags")["latest"], "1.2.3");
    let warning = sandbox.view("sample-package@1.3.0 deprecated");
    assert_eq!(warning, "Do not use: it shouts. Install 1.2.3 instead.");
    assert_eq!(sandbox.in_remote("git tag --list v1.3.0"), "v1.3.0");
}

#[test]
fn it_finishes_without_a_terminal_when_somebody_approves() {
    let sandbox = Sandbox::new();
    let arguments = hotfix(&sandbox);
    let arguments: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .chain(["--non-interactive"])
        .collect();
    sandbox.run(&arguments).exits(5);
    approve_now(&sandbox, GATE);
    sandbox.run(&["resume", "--non-interactive"]).exits(5);
    assert_eq!(
        sandbox.view("sample-package dist-tags")["latest"],
        "1.2.3",
        "nobody confirmed"
    );

    let ended = sandbox
        .run(&[
            "resume",
            "--non-interactive",
            "--confirm",
            "publish/promote",
        ])
        .exits(0);

    let next = "next = git pull in your clone; runbook exec check-distribution --target . -p package=sample-package -p version=1.2.4; ";
    assert!(ended.stdout.contains(next), "{}", ended.stdout);
    users_have_the_fix(&sandbox);
}

#[test]
fn the_release_publishes_what_is_on_the_main_branch() {
    let sandbox = Sandbox::new();
    let work = sandbox.work().to_string_lossy().into_owned();
    let ran = sandbox
        .run(&[
            "exec",
            "release",
            "--target",
            &work,
            "--non-interactive",
            "-p",
            "package=sample-package",
            "-p",
            "smoke=Ana",
            "-p",
            "version=1.3.0",
        ])
        .exits(5);
    let missing = "1.3.0: go on although these checks failed: audit, docs";
    assert!(ran.stdout.contains(missing), "{}", ran.stdout);
    approve_now(&sandbox, "quality/waive");
    let asked = sandbox
        .run(&["resume", "--non-interactive"])
        .exits(5)
        .stdout;
    assert!(asked.contains("Publish sample-package 1.3.0"), "{asked}");
    // Whoever approves sees what was waived.
    assert!(asked.contains("checks waived: audit, docs"), "{asked}");
    approve_now(&sandbox, "publish/approve_release");

    sandbox
        .run(&[
            "resume",
            "--non-interactive",
            "--confirm",
            "publish/promote",
        ])
        .exits(0);

    assert_eq!(
        sandbox.view("sample-package dist-tags"),
        serde_json::json!({ "latest": "1.3.0" })
    );
    assert_eq!(
        sandbox.in_remote("git rev-parse v1.3.0^{commit}"),
        sandbox.in_remote("git rev-parse main")
    );
    let package: serde_json::Value =
        serde_json::from_str(&sandbox.in_remote("git show main:package.json")).expect("it is JSON");
    assert_eq!(package["version"], "1.3.0");
}
