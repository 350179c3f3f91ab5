//! The entries of this project for what goes wrong, and the runbooks that fix it: whoever needs one gets there in two
//! clicks, and each says who keeps it, until when, and how the fault is prevented.

use crate::project::Project;
use std::collections::BTreeSet;

const ENTRIES: &str = "content/release/troubleshooting";

/// The names of the entries: `t15-version-published`.
fn entries(project: &Project) -> Vec<String> {
    let files = project.files(ENTRIES).into_iter();
    let names = files.filter_map(|(name, _)| Some(name.strip_suffix(".md")?.to_owned()));
    names.filter(|name| name.starts_with('t')).collect()
}

/// The runbook that an entry sends people to.
fn recovery(entry: &str) -> Option<String> {
    let named = entry
        .lines()
        .find_map(|line| line.strip_prefix("recovery: "));
    named.map(str::to_owned)
}

#[test]
fn each_says_who_keeps_it_and_how_the_fault_is_prevented() {
    let project = Project::of_this_repository();
    let names = entries(&project);
    assert!(names.len() >= 40, "{names:?}");
    let mut recoveries = BTreeSet::new();
    for name in names {
        let text = project.read(&format!("{ENTRIES}/{name}.md"));
        for part in ["\nowner: ", "\nreview_by: ", "\n## Prevent it\n"] {
            assert!(text.contains(part), "{name}: {part}");
        }
        recoveries.extend(recovery(&text));
    }
    assert!(recoveries.len() >= 12, "{recoveries:?}");
    for name in recoveries {
        let text = project.read(&format!("runbooks/{name}.yaml"));
        for part in ["\nowner: ", "\nreview_by: ", "**Prevention.**"] {
            assert!(text.contains(part), "{name}: {part}");
        }
    }
}

#[test]
fn each_is_two_clicks_from_home() {
    let project = Project::of_this_repository();
    project.run(&["build"]).exits(0);
    let home = links(&project, "index.html");
    let near: BTreeSet<String> = home
        .iter()
        .flat_map(|page| links(&project, page))
        .chain(home.iter().cloned())
        .collect();
    for name in entries(&project) {
        let text = project.read(&format!("{ENTRIES}/{name}.md"));
        let page = format!("release/troubleshooting/{name}.html");
        let runbook = recovery(&text).map(|name| format!("runbooks/{name}.html"));
        for wanted in std::iter::once(page).chain(runbook) {
            assert!(near.contains(&wanted), "{wanted}");
        }
    }
}

/// The pages of the site that a page links to.
fn links(project: &Project, page: &str) -> BTreeSet<String> {
    let html = project.read(&format!("public/{page}"));
    let hrefs = html.split("href=").skip(1).filter_map(|rest| {
        let end = |c: char| c == '"' || c == '>' || c.is_whitespace();
        rest.trim_start_matches('"').split(end).next()
    });
    let own = hrefs.filter(|href| !href.contains(':') && !href.starts_with('#'));
    let pages = own.map(|href| below(page, href.split(['#', '?']).next().unwrap_or(href)));
    pages.filter(|page| page.ends_with(".html")).collect()
}

/// A relative address, from the site's root.
fn below(page: &str, href: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in href.split('/') {
        match part {
            "." | "" => (),
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
