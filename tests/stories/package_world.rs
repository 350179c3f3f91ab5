//! The packages and remotes that releases are tried on are as hard as those that teams have: what the
//! real git, npm, compiler and commit linter say of them.

use crate::packages::{Merge, Remote, Sample, World};
use crate::project::Ran;
use crate::tools;
use serde_json::Value;
use std::fs;
use std::path::Path;

const REFUSED_BRANCH: &str =
    "remote: error: GH006: Protected branch update failed for refs/heads/main.";
const REFUSED_RULES: &str =
    "remote: error: GH013: Repository rule violations found for refs/heads/main.";
const BY_REQUEST: &str = "Changes must be made through a pull request.";

/// Asserts that a command failed and said some texts.
fn refused(ran: &Ran, texts: &[&str]) {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert_ne!(ran.code, Some(0), "{said}");
    for text in texts {
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    }
}

/// The files of a tarball, as tar lists them.
fn packed(world: &World, tarball: &str) -> Vec<String> {
    let listed = world.in_clone(&format!("tar --list --gzip --file {tarball}"));
    let mut files: Vec<String> = listed
        .lines()
        .map(|line| line.trim_start_matches("package/").to_owned())
        .collect();
    files.sort();
    files
}

/// Installs tarballs of the clone into an empty folder, as users do, and runs something there.
fn tried(world: &World, tarballs: &str, command: &str) -> Ran {
    world.shell(&format!(
        "at=$(pwd); mkdir ../user && cd ../user && npm init --yes > /dev/null && npm install --silent $(cd \"$at\" && realpath {tarballs}) && {command}"
    ))
}

#[test]
fn a_subject_that_is_not_conventional_is_refused() {
    let world = World::new(Sample::Demo, Remote::Open).with_tools();
    let head = world.in_clone("git rev-parse HEAD");
    for subject in ["Release 1.4.3", "Merge hotfix 1.4.3"] {
        let ran = world.shell(&format!("git commit --allow-empty -m '{subject}'"));
        refused(&ran, &["[subject-empty]", "[type-empty]"]);
    }
    assert_eq!(world.in_clone("git rev-parse HEAD"), head);
    world.in_clone("git commit --quiet --allow-empty -m 'chore: release 1.4.3'");
    assert_ne!(world.in_clone("git rev-parse HEAD"), head);
}

#[test]
fn a_work_tree_of_its_own_has_the_hook_and_not_its_tools() {
    let world = World::new(Sample::Demo, Remote::Open).with_tools();
    world.in_clone("git worktree add --quiet ../side -b side");
    let ran = world.shell("cd ../side && git commit --allow-empty -m 'chore: release 1.4.3'");
    refused(&ran, &["commitlint"]);
    assert_eq!(
        world.in_clone("git rev-parse side"),
        world.in_clone("git rev-parse main")
    );
}

#[test]
fn a_push_runs_the_tests_first() {
    let world = World::new(Sample::Demo, Remote::Open).with_tools();
    let before = world.in_remote("rev-parse main");
    world.edit("src/index.ts", "Hello, ", "Good day, ");
    world.in_clone("git commit --quiet --all -m 'feat: greet politely'");
    refused(
        &world.shell("git push origin main"),
        &["not ok", "failed to push some refs"],
    );
    assert_eq!(world.in_remote("rev-parse main"), before);
    world.in_clone("git revert --no-edit HEAD --no-commit && git commit --quiet -m 'revert: greet politely' && git push --quiet origin main");
    assert_ne!(world.in_remote("rev-parse main"), before);
}

#[test]
fn main_is_refused_and_a_tag_goes_through() {
    for (remote, words) in [
        (Remote::Protected, REFUSED_BRANCH),
        (Remote::RuleSet, REFUSED_RULES),
        (Remote::WholePush, REFUSED_BRANCH),
    ] {
        let world = World::new(Sample::Demo, remote);
        let before = world.in_remote("rev-parse main");
        world.in_clone("git commit --quiet --allow-empty -m 'chore: release 1.4.3' && git tag -a v1.4.3 -m v1.4.3 && git tag -a v1.4.4 -m v1.4.4");
        let both = "main refs/tags/v1.4.3";
        for push in [
            "main".to_owned(),
            format!("--atomic {both}"),
            format!("--force {both}"),
        ] {
            let ran = world.shell(&format!("git push origin {push}"));
            refused(&ran, &[words, BY_REQUEST, "[remote rejected] main -> main"]);
        }
        assert_eq!(world.in_remote("rev-parse main"), before, "{remote:?}");
        let half = if remote == Remote::WholePush {
            ""
        } else {
            "v1.4.3"
        };
        assert_eq!(
            world.in_remote("tag --list v1.4.3"),
            half,
            "{remote:?}: what comes beside main without --atomic"
        );
        world.in_clone("git push --quiet origin refs/tags/v1.4.4 HEAD:refs/heads/release-1.4.4");
        assert_eq!(
            world.in_remote("rev-parse v1.4.4^{commit} release-1.4.4"),
            world.in_clone("git rev-parse HEAD HEAD"),
            "{remote:?}: a tag and another branch"
        );
    }
}

#[test]
fn an_open_remote_takes_main_and_tag() {
    let world = World::new(Sample::Demo, Remote::Open);
    world.in_clone("git commit --quiet --allow-empty -m 'chore: release 1.4.3' && git tag -a v1.4.3 -m v1.4.3 && git push --quiet --atomic origin main v1.4.3");
    assert_eq!(
        world.in_remote("rev-parse main v1.4.3^{commit}"),
        world.in_clone("git rev-parse HEAD HEAD")
    );
}

#[test]
fn a_merged_request_brings_the_content_and_only_a_merge_keeps_the_commit() {
    for (how, kept) in [
        (Merge::Commit, true),
        (Merge::Squash, false),
        (Merge::Rebase, false),
    ] {
        let world = World::new(Sample::Demo, Remote::Protected);
        world.in_clone("git switch --quiet --create request && npm version 1.4.3 --no-git-tag-version --ignore-scripts && git commit --quiet --all -m 'chore: release 1.4.3'");
        world.edit("README.md", "greets", "greets people");
        world.in_clone(
            "git commit --quiet --all -m 'docs: say whom' && git push --quiet origin request",
        );
        let commits = world.in_clone("git rev-list main..request");
        let main = world.merge_request("request", "main", how, "chore: release 1.4.3 (#7)");
        assert_eq!(world.in_remote("rev-parse main"), main);
        assert_eq!(world.in_remote("branch --list request"), "", "it is gone");
        world.in_clone("git fetch --quiet --prune");
        assert_eq!(
            world.in_clone("git diff origin/main request"),
            "",
            "{how:?}"
        );
        assert_eq!(commits.lines().count(), 2);
        for commit in commits.lines() {
            let contained = world.shell(&format!(
                "git merge-base --is-ancestor {commit} origin/main"
            ));
            assert_eq!(contained.code == Some(0), kept, "{how:?}");
        }
        refused(
            &world.shell("git push origin HEAD:main --force"),
            &[REFUSED_BRANCH],
        );
    }
}

#[test]
fn a_fresh_clone_has_nothing_to_pack_until_it_is_built() {
    let world = World::new(Sample::Demo, Remote::Open).with_tools();
    let bare = world.in_clone("npm pack --silent --ignore-scripts --pack-destination ..");
    assert_eq!(bare, "demo-1.4.2.tgz");
    assert_eq!(
        packed(&world, "../demo-1.4.2.tgz"),
        ["LICENSE", "README.md", "bin/demo.js", "package.json"]
    );
    world.in_clone(
        "npm run --silent build && npm pack --silent --ignore-scripts --pack-destination ..",
    );
    let built = packed(&world, "../demo-1.4.2.tgz");
    for file in [
        "dist/index.js",
        "dist/index.d.ts",
        "dist/shout.js",
        "dist/cli.js",
    ] {
        assert!(built.iter().any(|name| name == file), "{built:?}");
    }
    world.in_clone("rm -rf dist && npm pack --silent --pack-destination .. > /dev/null");
    assert_eq!(packed(&world, "../demo-1.4.2.tgz"), built, "prepack builds");
}

#[test]
fn a_build_of_main_gets_into_what_is_packed_of_the_tag_and_no_check_sees_it() {
    let world = World::new(Sample::Demo, Remote::Open).with_tools();
    world.in_clone("npm run --silent build && git switch --quiet --detach v1.4.2");
    assert_eq!(world.in_clone("git status --porcelain"), "");
    world.in_clone("npm test && npm pack --silent --ignore-scripts --pack-destination ..");
    let ran = tried(
        &world,
        "../demo-1.4.2.tgz",
        "node -p 'Object.keys(require(\"demo\")).sort().join()'",
    );
    assert_eq!(ran.exits(0).stdout.trim(), "greet,whisper");
}

#[test]
fn what_is_packed_works_for_users() {
    let world = World::new(Sample::ScopedDemo, Remote::Open).with_tools();
    let tarball = world.in_clone("npm pack --silent --pack-destination .. | tail -n 1");
    assert_eq!(tarball, "acme-sample-demo-1.4.2.tgz");
    let name = world.package();
    world.write(
        "../wrong.ts",
        format!(
            "import {{ greet }} from \"{name}\";\nexport const text: number = greet(\"Ana\");\n"
        ),
    );
    let use_it = format!(
        "node_modules/.bin/demo ' Ana ' && node -p 'require(\"{name}\").greet(\"Ana\") + require(\"{name}/shout\").shout(\"a\")' && mv ../wrong.ts . && ../work/node_modules/.bin/tsc --noEmit --module node16 wrong.ts"
    );
    let ran = tried(&world, &format!("../{tarball}"), &use_it);
    assert!(
        ran.stdout.starts_with("Hello, Ana!\nHello, Ana!A\n"),
        "{ran:?}"
    );
    // It finds the types, so it finds the mistake.
    let mistake = "Type 'string' is not assignable to type 'number'";
    refused(&ran, &["TS2322", mistake]);
}

#[test]
fn a_command_that_starts_a_source_has_all_its_files_and_fails_for_users() {
    let world = World::new(Sample::DemoThatStartsASource, Remote::Open).with_tools();
    world.in_clone("npm test && npm pack --silent --pack-destination ..");
    let files = packed(&world, "../demo-1.4.2.tgz");
    for promised in [
        "bin/demo.js",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/shout.js",
    ] {
        assert!(files.iter().any(|name| name == promised), "{files:?}");
    }
    assert!(
        !files.iter().any(|name| name.starts_with("src/")),
        "{files:?}"
    );
    let ran = tried(&world, "../demo-1.4.2.tgz", "node_modules/.bin/demo Ana");
    assert_eq!(ran.exits(1).stderr.trim(), "tsx not found");
}

#[test]
fn each_package_of_a_workspace_is_packed_and_they_work_together() {
    let world = World::new(Sample::Workspace, Remote::Open).with_tools();
    world.in_clone("npm test && npm pack --silent --workspaces --pack-destination .. > /dev/null");
    let dist = ["dist/index.d.ts", "dist/index.js", "package.json"];
    assert_eq!(packed(&world, "../sample-core-1.0.3.tgz"), dist);
    assert_eq!(packed(&world, "../sample-text-1.1.0.tgz"), dist);
    assert_eq!(packed(&world, "../sample-tool-2.0.0.tgz")[0], "bin/tool.js");
    // Nobody has published the others: one alone cannot be installed.
    refused(&tried(&world, "../sample-text-1.1.0.tgz", "true"), &[]);
    let ran = world.shell("rm -r ../user");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = tried(
        &world,
        "../sample-*.tgz",
        "node_modules/.bin/sample-tool ' Ana '",
    );
    assert_eq!(ran.exits(0).stdout.trim(), "Good day, Ana!");
}

#[test]
fn the_tools_come_from_the_registry_on_loopback_alone() {
    let world = World::new(Sample::ScopedDemo, Remote::Open).with_registry();
    world.in_clone("npm ci --loglevel=error");
    assert_eq!(world.in_clone("git config core.hooksPath"), ".githooks");
    assert_eq!(world.in_clone("npx --no -- tsc --version"), "Version 5.9.3");
    assert_eq!(world.in_clone("git status --porcelain"), "");
    refused(&world.shell("npm view left-pad version"), &["E404"]);
    refused(
        &world.shell("npm view demo --registry https://registry.example.org/"),
        &["ECONNREFUSED"],
    );
    // What people write is taken, and nobody has to sign in by hand.
    world.in_clone("npm publish --silent --access public");
    assert_eq!(
        world.in_clone("npm view @acme-sample/demo@1.4.2 version"),
        "1.4.2"
    );
}

/// The integrities of a lock file by name and version.
fn integrities(path: &Path) -> Vec<(String, String)> {
    let lock: Value = serde_json::from_str(&fs::read_to_string(path).expect("it can be read"))
        .expect("it is JSON");
    let packages = lock["packages"].as_object().expect("packages");
    packages
        .iter()
        .filter_map(|(at, package)| {
            let (_, name) = at.rsplit_once("node_modules/")?;
            let version = package["version"].as_str()?;
            let integrity = package["integrity"].as_str()?;
            assert_eq!(package.get("resolved"), None, "{}: {at}", path.display());
            Some((format!("{name}@{version}"), integrity.to_owned()))
        })
        .collect()
}

#[test]
fn the_lock_files_of_the_samples_name_tools_that_are_pinned() {
    let pinned = integrities(&tools::installed("packages").join("package-lock.json"));
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/packages");
    for (sample, least) in [("demo", 50), ("workspace", 3)] {
        let used = integrities(&samples.join(sample).join("package-lock.json"));
        assert!(used.len() >= least, "{sample}: {}", used.len());
        for package in used {
            assert!(pinned.contains(&package), "{sample}: {package:?}");
        }
    }
}

#[test]
fn the_changelog_has_an_unreleased_part_and_older_text_that_is_easily_damaged() {
    let world = World::new(Sample::Demo, Remote::Open);
    let bytes = fs::read(world.clone_folder().join("CHANGELOG.md")).expect("it can be read");
    let text = String::from_utf8(bytes).expect("it is UTF-8");
    let (_, older) = text
        .split_once("\n## [1.4.2] - 2026-10-06\n")
        .expect("a release");
    assert!(text.contains("\n## [Unreleased]\n"));
    for part in ["\t", "  \n", "\r\n", "„so“", "\n\n\n", "[Unreleased] was"] {
        assert!(older.contains(part), "{part:?}");
    }
    assert!(!text.ends_with('\n'));
    let committed = world.in_clone("git show HEAD:CHANGELOG.md | cmp - CHANGELOG.md && echo same");
    assert_eq!(committed, "same");
}
