//! What npm meets on its public registry, as the facts have it: each row is said by a real npm, in
//! the versions that people have, to the registry that our runbooks are tried on.

use crate::project::Ran;
use crate::registry::{CODE, Npm, Registry, ends, visit};
use serde_json::{Value, json};

const PROCESSED: &str =
    "Your package is being processed and may take a few minutes to become available";

/// Where the npms do not differ, the gate asks that of our machines; the long tests ask the others.
const OURS: &[Npm] = &[Npm::Eleven];

#[test]
#[ignore = "long: every row in two more npms"]
fn older_and_newer_npms_meet_the_same() {
    let others = &[Npm::Ten, Npm::Twelve];
    for rows in [
        unseen_for_reads,
        window,
        first,
        without_right,
        asked_for_code,
        browser,
        lost_answer,
        each_write,
        signing_in,
    ] {
        rows(others);
    }
    staging(&[Npm::Twelve]);
}

/// Nobody waits that long in a test.
fn long_window() -> Value {
    json!({"visible_after": {"milliseconds": 3_600_000}})
}

impl Ran {
    /// Holds that npm failed with a code of its own, and said something.
    fn fails(self, code: &str, words: &str) -> Self {
        let line = format!("npm error code {code}\n");
        assert!(self.stderr.contains(&line), "no {code}: {self:?}");
        self.exits(1).says(words)
    }

    /// Holds that npm succeeded and said something.
    fn does(self, words: &str) -> Self {
        self.exits(0).says(words)
    }

    fn says(self, words: &str) -> Self {
        let said = format!("{}{}", self.stdout, self.stderr);
        assert!(said.contains(words), "no `{words}`: {self:?}");
        self
    }

    fn holds_back(self, words: &str) -> Self {
        let said = format!("{}{}", self.stdout, self.stderr);
        assert!(!said.contains(words), "`{words}`: {self:?}");
        self
    }
}

/// The versions that readers see.
fn versions(registry: &Registry, name: &str) -> Vec<String> {
    let (status, body) = registry.read(name);
    if status == 404 {
        return Vec::new();
    }
    let package: Value = serde_json::from_str(&body).expect("it is JSON");
    let versions = package["versions"].as_object().expect("a map");
    versions.keys().cloned().collect()
}

/// The version that a tag names for readers.
fn tagged(registry: &Registry, name: &str, tag: &str) -> Value {
    let package: Value = serde_json::from_str(&registry.read(name).1).expect("it is JSON");
    package["dist-tags"][tag].clone()
}

/// Publishes a version that readers see at once.
#[track_caller]
fn publish(registry: &Registry, npm: Npm, name: &str, version: &str) {
    registry
        .package(name, version)
        .npm(npm, "publish")
        .does("+ ");
}

fn unseen_for_reads(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        let name = format!("read-{npm}");
        registry.behaves(&json!({})).package(&name, "1.0.0");
        registry
            .npm(npm, "publish")
            .does(&format!("+ {name}@1.0.0"))
            .holds_back(PROCESSED);
        registry
            .behaves(&json!({"visible_after": {"reads": 3}}))
            .package(&name, "1.0.1");
        registry.npm(npm, "publish").does(PROCESSED);

        registry
            .npm(npm, &format!("view {name}@1.0.1 version"))
            .fails("E404", "No match found for version 1.0.1");
        assert_eq!(registry.read(&format!("{name}/1.0.1")).0, 404);
        assert_eq!(registry.read(&format!("{name}/-/{name}-1.0.1.tgz")).0, 404);
        registry
            .npm(npm, &format!("view {name}@1.0.1 version"))
            .does("1.0.1");
        assert_eq!(registry.read(&format!("{name}/-/{name}-1.0.1.tgz")).0, 200);
    }
}

#[test]
fn an_upload_is_not_there_for_so_many_reads() {
    unseen_for_reads(OURS);
}

fn window(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        let name = format!("window-{npm}");
        registry.behaves(&json!({}));
        publish(&registry, npm, &name, "1.0.0");
        registry
            .behaves(&long_window())
            .package(&name, "1.0.1")
            .npm(npm, "publish")
            .does(PROCESSED);

        registry.npm(npm, "publish").fails(
            "E409",
            "Cannot publish over previously staged version \"1.0.1\"",
        );
        registry
            .npm(npm, &format!("dist-tag add {name}@1.0.1 next"))
            .does("+next: ");
        registry
            .npm(npm, &format!("dist-tag ls {name}"))
            .does("next: 1.0.1");
        // npm finds no such version, does nothing, and is content.
        registry
            .npm(npm, &format!("deprecate {name}@1.0.1 bad"))
            .does("No version found for 1.0.1");
        // npm takes it for unpublished, and may even say so of the whole package.
        registry
            .npm(npm, &format!("unpublish {name}@1.0.1"))
            .does(&format!("- {name}"));
        registry
            .npm(npm, "publish")
            .fails("E409", "previously staged version");
        // What is said of another version does not lose the hidden one.
        registry
            .npm(npm, &format!("deprecate {name}@1.0.0 bad"))
            .exits(0);
        registry
            .npm(npm, "publish")
            .fails("E409", "previously staged version");
        assert_eq!(versions(&registry, &name), ["1.0.0"]);
        assert_eq!(tagged(&registry, &name, "latest"), "1.0.0");
        assert_eq!(tagged(&registry, &name, "next"), Value::Null);
    }
}

#[test]
fn in_the_window_the_number_is_taken_and_only_tags_work() {
    window(OURS);
}

#[test]
fn a_number_that_was_seen_is_spent_for_ever() {
    let registry = Registry::new();
    let words = "You cannot publish over the previously published versions: 1.0.1.";
    for npm in Npm::ALL {
        let name = format!("spent-{npm}");
        publish(&registry, npm, &name, "1.0.0");
        publish(&registry, npm, &name, "1.0.1");
        // npm 11 and later look first, and say it without a code.
        match npm {
            Npm::Ten => registry.npm(npm, "publish").fails("E403", words),
            Npm::Eleven | Npm::Twelve => registry
                .npm(npm, "publish")
                .exits(1)
                .says(words)
                .holds_back("E403"),
        };
        registry.npm(npm, "publish --force").fails("E403", words);
        registry
            .npm(npm, &format!("unpublish {name}@1.0.1"))
            .does("- ");
        assert_eq!(versions(&registry, &name), ["1.0.0"]);
        registry.npm(npm, "publish").fails("E403", words);
    }
}

#[test]
fn a_held_or_blocked_upload_is_never_seen() {
    let registry = Registry::new();
    let npm = Npm::Eleven;
    for (scan, code, words) in [
        (
            "held",
            "E409",
            "Cannot publish over previously staged version \"1.0.1\"",
        ),
        (
            "blocked",
            "E403",
            "You cannot publish over the previously published versions: 1.0.1.",
        ),
    ] {
        let name = format!("a-{scan}-one");
        registry.behaves(&json!({}));
        publish(&registry, npm, &name, "1.0.0");
        registry
            .behaves(&json!({"visible_after": scan}))
            .package(&name, "1.0.1");
        registry.npm(npm, "publish").does(PROCESSED);
        registry.behaves(&json!({}));
        for _ in 0..5 {
            assert_eq!(versions(&registry, &name), ["1.0.0"]);
        }
        assert_eq!(tagged(&registry, &name, "latest"), "1.0.0");
        registry.npm(npm, "publish").fails(code, words);
    }
    registry
        .npm(npm, "dist-tag add a-blocked-one@1.0.1 next")
        .fails("E404", "Not Found - PUT");
}

fn first(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        let name = format!("first-{npm}");
        registry
            .package(&name, "1.0.0")
            .npm(npm, "publish --tag candidate")
            .does("+ ");
        assert_eq!(tagged(&registry, &name, "latest"), "1.0.0");
        assert_eq!(tagged(&registry, &name, "candidate"), "1.0.0");
        registry
            .package(&name, "1.1.0")
            .npm(npm, "publish --tag candidate")
            .does("+ ");
        assert_eq!(
            tagged(&registry, &name, "latest"),
            "1.0.0",
            "only the first"
        );

        let scoped = format!("@ours/{name}");
        registry.package(&scoped, "1.0.0");
        registry
            .npm(npm, "publish")
            .fails("E402", "402 Payment Required");
        registry.npm(npm, "publish --access public").does("+ ");
        publish(&registry, npm, &scoped, "1.0.1");
    }
}

#[test]
fn the_first_version_of_a_name_is_latest_and_a_scope_asks_for_access() {
    first(OURS);
}

fn without_right(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        let name = format!("theirs-{npm}");
        registry.behaves(&json!({}));
        publish(&registry, npm, &name, "1.0.0");
        registry
            .behaves(&json!({"may_write": false}))
            .package(&name, "1.0.1");
        registry
            .npm(npm, "publish")
            .fails("E404", "404 Not Found - PUT");
        registry
            .npm(npm, &format!("dist-tag add {name}@1.0.0 old"))
            .fails("E404", "404 Not Found - PUT");
        registry.npm(npm, "whoami").does("ana");
        assert_eq!(versions(&registry, &name), ["1.0.0"]);
    }
}

#[test]
fn whoever_may_not_write_is_told_that_nothing_is_there() {
    without_right(OURS);
}

#[test]
fn a_session_ends_after_two_hours() {
    let registry = Registry::new();
    let npm = Npm::Eleven;
    publish(&registry, npm, "sessions", "1.0.0");
    registry
        .behaves(&json!({"clock_ahead": 7_100}))
        .npm(npm, "whoami")
        .does("ana");
    registry
        .behaves(&json!({"clock_ahead": 7_300}))
        .package("sessions", "1.0.1");
    registry
        .npm(npm, "whoami")
        .fails("E401", "401 Unauthorized - GET");
    registry
        .npm(npm, "publish")
        .fails("E404", "404 Not Found - PUT");
    registry.npm(npm, "view sessions version").does("1.0.0");
    registry.behaves(&json!({"clock_ahead": 7_300, "unauthorised_put": 401}));
    registry
        .npm(npm, "publish")
        .fails("E401", "401 Unauthorized - PUT");
    registry.signed(false);
    registry
        .npm(npm, "publish")
        .fails("ENEEDAUTH", "This command requires you to be logged in");
    registry.signed(true);
}

/// Every writing call of npm, on a package with the versions 1.0.0 and 1.0.1 and the tag `old`.
const WRITES: [&str; 8] = [
    "publish",
    "dist-tag add NAME@1.0.0 next",
    "dist-tag rm NAME old",
    "deprecate NAME@1.0.0 bad",
    "owner rm ana NAME",
    "access set mfa=none NAME",
    "access set status=private NAME",
    "unpublish NAME@1.0.1",
];

/// A package on which all of these can be tried; the one to publish is 1.0.2.
fn written(registry: &Registry, name: &str) {
    registry.behaves(&json!({})).package(name, "1.0.0");
    registry
        .npm(Npm::Eleven, "publish --access public")
        .does("+ ");
    registry
        .package(name, "1.0.1")
        .npm(Npm::Eleven, "publish")
        .does("+ ");
    registry
        .npm(Npm::Eleven, &format!("dist-tag add {name}@1.0.0 old"))
        .does("+old");
    registry.package(name, "1.0.2");
}

fn each_write(npms: &[Npm]) {
    for &npm in npms {
        each_write_of(npm);
    }
}

fn each_write_of(npm: Npm) {
    let registry = Registry::new();
    let name = "@ours/guarded";
    written(&registry, name);
    registry.behaves(&json!({"factor": "code"}));
    let words = "This operation requires a one-time password from your authenticator.";
    for write in WRITES {
        let write = write.replace("NAME", name);
        registry.npm(npm, &write).fails("EOTP", words);
    }
    registry
        .npm(npm, "publish --otp 999999")
        .fails("EOTP", "either typoed");
    assert_eq!(versions(&registry, name), ["1.0.0", "1.0.1"]);
    for write in [
        "publish",
        "dist-tag add NAME@1.0.0 next",
        "dist-tag rm NAME old",
        "deprecate NAME@1.0.0 bad",
        "unpublish NAME@1.0.1",
    ] {
        let write = write.replace("NAME", name);
        registry.npm(npm, &format!("{write} --otp {CODE}")).exits(0);
    }
    assert_eq!(versions(&registry, name), ["1.0.0", "1.0.2"]);
    assert_eq!(tagged(&registry, name, "next"), "1.0.0");
}

#[test]
fn each_write_asks_for_the_code() {
    each_write(OURS);
}

fn asked_for_code(npms: &[Npm]) {
    let registry = Registry::new();
    registry.behaves(&json!({"factor": "code"}));
    for &npm in npms {
        let name = format!("asked-{npm}");
        registry.package(&name, "1.0.0");
        let mut terminal = registry.attended(npm, "publish");
        terminal
            .shows("This operation requires a one-time password.")
            .shows("Enter OTP:")
            .types(CODE);
        terminal.shows(&format!("+ {name}@1.0.0"));
        assert_eq!(terminal.ends(), 0);
    }
}

#[test]
fn npm_asks_for_the_code_at_a_terminal() {
    asked_for_code(OURS);
}

/// The address of a page that a terminal shows after a title.
fn address(text: &str, title: &str) -> String {
    let (_, rest) = text.split_once(title).expect("the title is shown");
    let line = rest.lines().find(|line| line.contains("http://"));
    let line = line.expect("an address").trim();
    line[line.find("http").expect("an address")..].to_owned()
}

fn browser(npms: &[Npm]) {
    let registry = Registry::new();
    registry.behaves(&json!({"factor": "browser"}));
    for &npm in npms {
        let name = format!("browser-{npm}");
        registry.package(&name, "1.0.0");
        for words in [
            "publish".to_owned(),
            format!("dist-tag add {name}@1.0.0 next"),
        ] {
            let mut terminal = registry.attended(npm, &words);
            terminal
                .shows("Authenticate your account at:")
                .shows("/auth/cli/")
                .shows("\n");
            assert_eq!(
                visit(&address(
                    terminal.text().as_str(),
                    "Authenticate your account at:"
                ))
                .0,
                200
            );
            terminal.shows("+");
            assert_eq!(terminal.ends(), 0, "{}", terminal.text());
        }
        assert_eq!(tagged(&registry, &name, "next"), "1.0.0");
    }
}

#[test]
fn the_browser_proves_it_at_a_terminal_for_one_command() {
    browser(OURS);
}

fn signing_in(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        registry.behaves(&json!({"factor": "browser"}));
        registry.signed(false);
        let mut terminal = registry.attended(npm, "login");
        terminal.shows("Login at:").shows("/auth/cli/").shows("\n");
        visit(&address(terminal.text().as_str(), "Login at:"));
        terminal.shows("Logged in on ");
        assert_eq!(terminal.ends(), 0, "{}", terminal.text());
        registry.npm(npm, "whoami").does("ana");

        registry.behaves(&json!({"factor": "code"}));
        registry.signed(false);
        let mut terminal = registry.attended(npm, "login --auth-type=legacy");
        terminal.shows("Username:").types("ana");
        terminal.shows("Password:").types("a password of the tests");
        terminal.shows("Enter OTP:").types(CODE);
        terminal.shows("Logged in on ");
        assert_eq!(terminal.ends(), 0, "{}", terminal.text());
        registry.npm(npm, "whoami").does("ana");
    }
}

#[test]
fn one_signs_in_by_the_browser_or_with_the_code() {
    signing_in(OURS);
}

#[test]
fn without_a_terminal_the_browser_ends_the_command() {
    let registry = Registry::new();
    registry.behaves(&json!({"factor": "browser"}));
    for npm in Npm::ALL {
        registry.package(&format!("closed-{npm}"), "1.0.0");
        let said = registry.npm(npm, "publish");
        match npm {
            // npm 10 does not know of the browser there.
            Npm::Ten => said.fails("EOTP", "one-time password from your authenticator"),
            // The address itself is blotted out.
            Npm::Eleven | Npm::Twelve => said
                .fails("EOTP", "Open this URL in your browser to authenticate:")
                .says("/auth/cli/***"),
        };
        registry
            .npm(npm, &format!("publish --otp {CODE}"))
            .fails("EOTP", "one-time password");
    }
}

fn lost_answer(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        let name = format!("lost-{npm}");
        registry
            .behaves(&json!({"lost_answers": ["publish"]}))
            .package(&name, "1.0.0");
        registry.npm(npm, "publish").exits(1).says("ECONNRESET");
        assert_eq!(versions(&registry, &name), ["1.0.0"]);
        // As npm is set when nobody changes it, it sends a lost upload again, and gets refused.
        let again =
            "publish --fetch-retries=2 --fetch-retry-mintimeout=1 --fetch-retry-maxtimeout=1";
        registry
            .package(&name, "1.0.1")
            .npm(npm, again)
            .fails("E403", "previously published versions: 1.0.1.");
        let mut lost = long_window();
        lost["lost_answers"] = json!(["publish"]);
        registry.behaves(&lost).package(&name, "1.0.2");
        registry
            .npm(npm, again)
            .fails("E409", "previously staged version \"1.0.2\"");
    }
}

#[test]
fn an_answer_that_is_lost_had_its_effect() {
    lost_answer(OURS);
}

/// Stages the package and gives the id that npm tells.
fn staged(registry: &Registry, npm: Npm) -> String {
    let said = registry
        .npm(npm, "stage publish --tag next")
        .does("staged with id ");
    let (_, rest) = said
        .stdout
        .split_once("staged with id ")
        .expect("it is said");
    rest.split(')').next().expect("an id").to_owned()
}

fn staging(npms: &[Npm]) {
    let registry = Registry::new();
    for &npm in npms {
        let name = format!("staged-{npm}");
        registry.behaves(&json!({}));
        publish(&registry, npm, &name, "1.0.0");
        registry
            .behaves(&json!({"factor": "code"}))
            .package(&name, "1.1.0");
        let id = staged(&registry, npm);

        assert_eq!(versions(&registry, &name), ["1.0.0"], "nobody sees it");
        registry
            .npm(npm, "stage publish")
            .fails("E409", "previously staged version \"1.1.0\"");
        registry
            .npm(npm, &format!("publish --otp {CODE}"))
            .fails("E409", "previously staged version");
        registry
            .npm(npm, &format!("stage list {name}"))
            .does(&id)
            .says("tag: next");
        registry
            .npm(npm, &format!("stage view {id}"))
            .does("version: 1.1.0");
        registry.npm(npm, &format!("stage download {id}")).exits(0);
        assert!(ends(&registry.work(), &format!("1.1.0-{id}.tgz")));
        registry
            .npm(npm, &format!("stage approve {id}"))
            .fails("EOTP", "one-time password");
        registry
            .npm(npm, &format!("stage approve {id} --otp {CODE}"))
            .does("approved and published successfully");
        assert_eq!(versions(&registry, &name), ["1.0.0", "1.1.0"]);
        assert_eq!(tagged(&registry, &name, "next"), "1.1.0");

        registry.package(&name, "1.2.0");
        let id = staged(&registry, npm);
        registry
            .npm(npm, &format!("stage reject {id}"))
            .fails("EOTP", "one-time password");
        registry
            .npm(npm, &format!("stage reject {id} --otp {CODE}"))
            .does("has been rejected");
        registry
            .npm(npm, &format!("stage list {name}"))
            .does("No staged versions");
        registry
            .npm(npm, &format!("publish --otp {CODE}"))
            .does("+ ");
    }
}

#[test]
fn what_is_staged_waits_for_somebody_with_the_factor() {
    staging(OURS);
}

#[test]
fn an_approved_upload_is_scanned_too_and_a_new_name_may_be_refused() {
    let registry = Registry::new();
    let npm = Npm::Twelve;
    registry
        .behaves(&json!({"stages_new_names": false}))
        .package("newcomer", "1.0.0");
    registry
        .npm(npm, "stage publish")
        .fails("E404", "Not Found - POST");
    registry.behaves(&json!({"visible_after": {"reads": 1}}));
    let id = staged(&registry, npm);
    registry
        .npm(npm, &format!("stage approve {id}"))
        .does("approved");
    assert_eq!(registry.read("newcomer").0, 404);
    assert_eq!(registry.read("newcomer").0, 200);
}

#[test]
fn npms_differ_in_what_they_refuse_and_how_they_answer() {
    let registry = Registry::new();
    registry
        .package("differing", "1.0.0")
        .npm(Npm::Ten, "publish")
        .does("+ ");
    for npm in Npm::ALL {
        let is_old = npm == Npm::Ten;
        registry.package("differing", "0.9.0");
        let lower = registry.npm(npm, "publish --dry-run");
        let prerelease = registry
            .package("differing", "2.0.0-rc.1")
            .npm(npm, "publish --dry-run");
        let undeprecated = registry.npm(npm, "undeprecate differing@1.0.0");
        if is_old {
            lower.exits(0);
            prerelease.exits(0);
            undeprecated
                .exits(1)
                .says("Unknown command: \"undeprecate\"");
        } else {
            lower
                .exits(1)
                .says("Cannot implicitly apply the \"latest\" tag because");
            prerelease
                .exits(1)
                .says("You must specify a tag using --tag when publishing a prerelease version.");
            undeprecated.exits(0);
        }
        let staged = registry.npm(npm, "stage list");
        if is_old {
            staged.exits(1).says("Unknown command: \"stage\"");
        } else {
            staged.does("No staged packages found.");
        }
        let view: Value = serde_json::from_str(
            &registry
                .npm(npm, "view differing version --json")
                .exits(0)
                .stdout,
        )
        .expect("JSON");
        let pack: Value =
            serde_json::from_str(&registry.npm(npm, "pack --dry-run --json").exits(0).stdout)
                .expect("JSON");
        let unknown = registry.npm(npm, "pack --dry-run --nonsense");
        if npm == Npm::Twelve {
            assert_eq!(view, json!(["1.0.0"]));
            assert_eq!(pack["differing"]["version"], "2.0.0-rc.1");
            unknown.fails("EUNKNOWNCONFIG", "Unknown cli flag");
        } else {
            assert_eq!(view, "1.0.0");
            assert_eq!(pack[0]["version"], "2.0.0-rc.1");
            unknown.exits(0);
        }
    }
}
