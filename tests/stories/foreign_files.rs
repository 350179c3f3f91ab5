//! Files that are not ours: whatever a project or a folder holds, nothing of anybody else is read into the
//! site, overwritten or removed.

use crate::project::{Project, Ran};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

const FOREIGN: &str = "Somebody else's words";

fn project() -> Project {
    let project = Project::empty();
    project
        .write("site.yaml", "title: Ours\n")
        .write(
            "content/index.md",
            "# Start\n\nThe [guide](guide/how.md).\n",
        )
        .write("content/guide/how.md", "# How\n");
    project
}

fn says(ran: &Ran, words: &[&str]) {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    for word in words {
        assert!(said.contains(word), "no `{word}` in\n{said}");
    }
}

#[test]
fn a_page_whose_name_has_a_line_feed_takes_no_other_file_with_it() {
    let project = project();
    project.run(&["build"]).exits(0);
    project.write("public/keep.html", FOREIGN);
    project.write("content/b\nkeep.md", "# Odd\n");
    let ran = project.run(&["build"]).exits(1);
    says(&ran, &["file/name", "b\\nkeep.md", "a line feed"]);
    fs::remove_file(project.path("content/b\nkeep.md")).expect("it is there");
    project.run(&["build"]).exits(0);
    assert_eq!(project.read("public/keep.html"), FOREIGN);
}

#[test]
fn a_list_that_somebody_edited_removes_nothing_outside() {
    let project = project();
    project.run(&["build"]).exits(0);
    project.write("outside.html", FOREIGN);
    fs::create_dir(project.path("elsewhere")).expect("it can be made");
    project.write("elsewhere/page.html", FOREIGN);
    symlink("../elsewhere", project.path("public/linked")).expect("it can be made");
    let list = project.read("public/.runbook-files");
    project.write(
        "public/.runbook-files",
        format!("{list}../outside.html\n./../outside.html\nlinked/page.html\n/etc/hostname\n"),
    );
    let ran = project.run(&["build"]);
    assert_eq!(project.read("outside.html"), FOREIGN, "{ran:?}");
    assert_eq!(project.read("elsewhere/page.html"), FOREIGN, "{ran:?}");
}

#[test]
fn nothing_is_written_through_a_link_in_the_site() {
    let project = project();
    fs::create_dir(project.path("elsewhere")).expect("it can be made");
    project.write("elsewhere/how.html", FOREIGN);
    fs::create_dir(project.path("public")).expect("it can be made");
    symlink("../elsewhere", project.path("public/guide")).expect("it can be made");
    let ran = project.run(&["build"]);
    assert_ne!(ran.code, Some(0));
    says(&ran, &["public/guide", "symbolic link"]);
    assert_eq!(project.read("elsewhere/how.html"), FOREIGN);
    assert_eq!(project.files("elsewhere").len(), 1, "nothing came to it");
}

#[test]
fn a_link_in_place_of_a_file_is_replaced_and_its_target_stays() {
    let project = project();
    project.run(&["build"]).exits(0);
    project.write("elsewhere.html", FOREIGN);
    for name in ["index.html", ".guide.partial", "guide/.how.html.partial"] {
        let at = project.path("public").join(name);
        let _ = fs::remove_file(&at);
        symlink(project.path("elsewhere.html"), &at).expect("it can be made");
    }
    project.edit("content/guide/how.md", "# How", "# How to");
    project.run(&["build"]).exits(0);
    assert_eq!(project.read("elsewhere.html"), FOREIGN);
    assert!(project.read("public/index.html").contains("Start"));
    assert!(project.read("public/guide/how.html").contains("How to"));
}

#[test]
fn a_file_that_was_there_before_the_site_is_not_overwritten() {
    let project = project();
    project
        .write("public/index.html", FOREIGN)
        .write("public/guide/how.html", FOREIGN)
        .write("public/notes.txt", FOREIGN);
    let ran = project.run(&["build"]);
    assert_ne!(ran.code, Some(0));
    says(&ran, &["index.html", "guide/how.html", "--out"]);
    assert_eq!(project.files("public").len(), 3, "nothing was written");
    for name in ["index.html", "guide/how.html", "notes.txt"] {
        assert_eq!(project.read(&format!("public/{name}")), FOREIGN);
    }
    fs::remove_file(project.path("public/index.html")).expect("it is there");
    fs::remove_file(project.path("public/guide/how.html")).expect("it is there");
    project.run(&["build"]).exits(0);
    assert_eq!(project.read("public/notes.txt"), FOREIGN);
}

#[test]
fn a_folder_that_a_link_leads_out_of_the_project_is_not_read() {
    for folder in ["content", "runbooks", "themes/default", "docs/deep"] {
        let project = Project::empty();
        project
            .write(
                "site/site.yaml",
                "title: Ours\nroots: [{ dir: content }, { dir: docs/deep, at: deep }]\n",
            )
            .write("site/content/index.md", "# Start\n")
            .write("site/docs/deep/index.md", "# Deep\n")
            .write("elsewhere/index.md", format!("# {FOREIGN}\n"))
            .write("elsewhere/other.yaml", format!("title: {FOREIGN}\n"))
            .write("elsewhere/strings.yaml", format!("search: {FOREIGN}\n"));
        let at = project.path("site").join(folder);
        let _ = fs::remove_dir_all(&at);
        fs::create_dir_all(at.parent().expect("a parent")).expect("it can be made");
        symlink(project.path("elsewhere"), &at).expect("it can be made");
        let mut command = project.command(&["check"]);
        let output = command
            .current_dir(project.path("site"))
            .output()
            .expect("it starts");
        let ran = Ran::of(&output).exits(1);
        says(&ran, &["config/outside", folder, "symbolic link"]);
        assert!(
            !ran.stdout.contains(FOREIGN) && !ran.stderr.contains(FOREIGN),
            "{ran:?}"
        );
    }
}

#[test]
fn a_link_within_the_project_is_followed() {
    let project = Project::empty();
    project
        .write("settings/site.yaml", "title: Ours\n")
        .write("pages/index.md", "# Start\n");
    symlink("settings/site.yaml", project.path("site.yaml")).expect("it can be made");
    symlink("pages", project.path("content")).expect("it can be made");
    project.run(&["build"]).exits(0);
    assert!(project.read("public/index.html").contains("Start"));
}

#[test]
fn settings_are_a_file_of_the_project_or_nothing() {
    let project = project();
    let at = project.path("site.yaml");
    let elsewhere = tempfile::NamedTempFile::new().expect("it can be made");
    fs::write(elsewhere.path(), FOREIGN).expect("it can be written");
    for (target, why) in [
        ("/dev/zero", "leads out of the project"),
        (
            elsewhere.path().to_str().expect("UTF-8"),
            "leads out of the project",
        ),
    ] {
        fs::remove_file(&at).expect("it is there");
        symlink(target, &at).expect("it can be made");
        for verb in ["check", "build", "list"] {
            let ran = project.run(&[verb]);
            assert_eq!(ran.code, Some(2), "{ran:?}");
            says(&ran, &["site.yaml", why]);
            assert!(!ran.stderr.contains(FOREIGN), "{ran:?}");
        }
    }
    fs::remove_file(&at).expect("it is there");
    nix::unistd::mkfifo(&at, nix::sys::stat::Mode::S_IRWXU).expect("it can be made");
    let ran = project.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    says(&ran, &["site.yaml", "a FIFO"]);
}

#[test]
fn a_root_lies_where_addresses_can_lead() {
    for (at, is_read) in [
        ("../x", false),
        ("./", false),
        ("a//b/", false),
        ("a/./b", false),
        ("a/../b", false),
        ("a\\\\b", false),
        ("a\\nb", false),
        ("a?b", false),
        ("guide", true),
        ("/guide/", true),
        ("guide/deep", true),
    ] {
        let project = project();
        project.write(
            "site.yaml",
            format!("title: Ours\nroots: [{{ dir: content }}, {{ dir: docs, at: \"{at}\" }}]\n"),
        );
        project.write("docs/index.md", "# Docs\n");
        let ran = project.run(&["check"]);
        assert_eq!(ran.code, Some(i32::from(!is_read)), "{at}: {ran:?}");
        if !is_read {
            says(&ran, &["yaml/bad-value", "site.yaml:2", "at:"]);
        }
    }
}

#[test]
fn names_that_other_systems_do_not_take_are_told() {
    for (names, words) in [
        (
            ["A.md", "a.md"],
            ["file/not-portable", "upper and lower case"],
        ),
        (
            ["guide/Ärger.md", "guide/A\u{308}rger.md"],
            ["file/not-portable", "the same name"],
        ),
        (["x/CON.md", "x/fine.md"], ["file/not-portable", "CON"]),
        (["aux.tar.png", "fine.md"], ["file/not-portable", "aux"]),
        (["c:d.md", "fine.md"], ["file/not-portable", ":"]),
        (["a\\b.md", "fine.md"], ["file/not-portable", "\\"]),
        (["what?.md", "fine.md"], ["file/not-portable", "?"]),
        (["dot./x.md", "fine.md"], ["file/not-portable", "dot."]),
        (["space /x.md", "fine.md"], ["file/not-portable", "space "]),
        (
            ["Search/index.md", "fine.md"],
            ["file/not-portable", "upper and lower case"],
        ),
    ] {
        let project = project();
        for name in names {
            project.write(&format!("content/{name}"), "# A page\n");
        }
        let ran = project.run(&["check"]).exits(0);
        says(&ran, &words);
    }
    let project = project();
    for name in ["ä ö/Ü.md", "100 %.md", "a'b&c.md", "(1).md", "consul.md"] {
        project.write(&format!("content/{name}"), "# A page\n");
    }
    let ran = project.run(&["check"]).exits(0);
    assert!(
        !ran.stdout.contains("file/") && !ran.stderr.contains("file/"),
        "{ran:?}"
    );
}

#[test]
fn a_name_that_is_no_text_is_told_at_the_file() {
    for (name, why) in [
        (&b"b\xff.md"[..], "UTF-8"),
        (b"b\x1b]0;x\x07.md", "control character"),
        (b"b\r.png", "control character"),
        ("b\u{202e}gnp.md".as_bytes(), "direction"),
    ] {
        let project = project();
        let at = project.path("content").join(OsStr::from_bytes(name));
        fs::write(at, "# Odd\n").expect("it can be written");
        let ran = project.run(&["check"]).exits(1);
        says(&ran, &["file/name", why]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains(['\u{1b}', '\r', '\u{202e}']), "{said:?}");
    }
}
