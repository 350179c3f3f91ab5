//! A step has one number: in the plan, while it runs, in the status, in the list of what would be undone, in
//! `show` and on the page.

use crate::desk::Desk;
use std::collections::BTreeMap;

const CALLED: &str = "runbook: 1\nid: ship\nversion: 1.0.0\ntitle: Ship\nowner: developer\nfixes: x\nsteps:\n  - { id: pack, title: Pack the box, run: \"true\", effect: idempotent }\n  - { id: send, title: Send the box, run: \"true\", effect: idempotent, undo: { run: \"true\" } }\n";

const STEPS: &str = "steps:
  - { id: pick, title: Pick one, run: \"true\", effect: idempotent, undo: { run: \"true\" } }
  - id: both
    title: Both at once
    parallel: {}
    steps:
        - { id: left, title: Go left, run: \"true\", effect: idempotent }
        - { id: right, title: Go right, run: \"true\", effect: idempotent, undo: { run: \"true\" } }
  - { id: ship, title: Ship the box, call: { runbook: ship, version: \"^1\" } }
  - { id: each, title: Tell a region, for_each: { as: region, in: [eu, us] }, run: \"true\", effect: idempotent, undo: { run: \"true\" } }
  - { id: look, title: Look at it, check: { run: \"true\" } }
finally:
  - { id: tidy, title: Tidy up, run: \"true\", effect: idempotent }
";

/// What each title has for a number in lines such as ` 3.1/5 Go left` or `  3.1  done  Go left`.
fn numbers(said: &str) -> BTreeMap<&'static str, String> {
    let titles = [
        "Pick one",
        "Go left",
        "Go right",
        "Pack the box",
        "Send the box",
        "Tell a region",
        "Look at it",
        "Tidy up",
    ];
    let mut found = BTreeMap::new();
    for line in said.lines() {
        for title in titles {
            let Some((before, _)) = line.split_once(title) else {
                continue;
            };
            let first = before.split_whitespace().next().unwrap_or_default();
            let number = first.split('/').next().unwrap_or_default();
            let number = number.trim_end_matches('.').to_owned();
            if !number.is_empty()
                && number
                    .chars()
                    .all(|c| c.is_ascii_digit() || "+.".contains(c))
            {
                let known = found.insert(title, number.clone());
                assert!(
                    known.is_none_or(|known| known == number),
                    "{title} has two numbers in:\n{said}"
                );
            }
        }
    }
    found
}

#[test]
fn a_step_has_one_number_on_every_screen() {
    let desk = Desk::with(STEPS);
    desk.project.write("runbooks/ship.yaml", CALLED);
    let wanted = BTreeMap::from([
        ("Pick one", "1"),
        ("Go left", "2.1"),
        ("Go right", "2.2"),
        ("Pack the box", "3.1"),
        ("Send the box", "3.2"),
        ("Tell a region", "4"),
        ("Look at it", "5"),
        ("Tidy up", "+"),
    ]);
    let only = |titles: &[&str]| -> BTreeMap<&str, String> {
        let of_these = wanted.iter().filter(|(title, _)| titles.contains(title));
        of_these
            .map(|(title, number)| (*title, (*number).to_owned()))
            .collect()
    };
    let all: Vec<&str> = wanted.keys().copied().collect();

    let plan = desk
        .run(&["plan", "work", "--target", "target"])
        .exits(0)
        .stdout;
    assert_eq!(numbers(&plan), only(&all), "plan:\n{plan}");

    let exec = desk.exec(&[]).exits(0).stdout;
    assert_eq!(numbers(&exec), only(&all), "exec:\n{exec}");

    let status = desk.run(&["status", &desk.id()]).exits(0).stdout;
    assert_eq!(numbers(&status), only(&all), "status:\n{status}");

    let undo = desk.run(&["undo", &desk.id(), "--plan"]).exits(0).stdout;
    let undone = ["Pick one", "Go right", "Send the box", "Tell a region"];
    assert_eq!(numbers(&undo), only(&undone), "undo --plan:\n{undo}");

    // What is called has a page of its own; here it is one step.
    let of_the_book: Vec<&str> = all
        .iter()
        .copied()
        .filter(|title| !title.ends_with("the box"))
        .collect();
    let show = desk.run(&["show", "work"]).exits(0).stdout;
    assert_eq!(numbers(&show), only(&of_the_book), "show:\n{show}");

    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/runbooks/work.html");
    let nodes: Vec<(&str, &str)> = page
        .split("class=\"node\"")
        .skip(1)
        .filter_map(|node| Some((node.split(['>', '<']).nth(1)?, node)))
        .collect();
    for title in of_the_book {
        let node = nodes.iter().find(|(_, node)| node.contains(title));
        let number = node.map(|(number, _)| *number);
        assert_eq!(number, Some(wanted[title]), "{title} on the page");
    }
}
