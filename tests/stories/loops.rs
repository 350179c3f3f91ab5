//! Several steps for each of a list: item by item, killed and resumed, tried again or skipped for one item
//! alone, undone in reverse; two loops in each other, and a loop over a parallel block.

use crate::desk::Desk;
use crate::terminal::Terminal;

/// A script that notes that it ran, and fails while a file `fail-WHAT` is there.
fn act(what: &str) -> String {
    format!(
        "run: |\n          echo \"{what} $HOST\" >> effects; test ! -e \"fail-{what}-$HOST\"\n        env: {{ HOST: \"${{{{ each.host }}}}\" }}"
    )
}

fn rolling() -> String {
    format!(
        "params:
  hosts: {{ type: string, default: \"a,b,c\" }}
steps:
  - id: hosts
    title: Each host
    for_each: {{ as: host, in: \"${{{{ params.hosts }}}}\" }}
    skip: {{ reason: required }}
    steps:
      - id: drain
        title: Drain ${{{{ each.host }}}}
        {drain}
        effect: idempotent
        undo: {{ run: 'echo \"fill $HOST\" >> effects' }}
      - id: upgrade
        title: Upgrade ${{{{each.host}}}}
        run: |
          echo \"upgrade $HOST\" >> effects; test ! -e \"fail-upgrade-$HOST\"; echo \"version=16-$HOST\" >> \"$RB_OUTPUT\"
        env: {{ HOST: \"${{{{ each.host }}}}\" }}
        effect: idempotent
        outputs: {{ version: {{ type: string }} }}
        undo: {{ run: 'echo \"downgrade $HOST\" >> effects' }}
      - id: look
        title: Look at ${{{{ each.host }}}}
        run: |
          echo \"look $HOST $VERSION\" >> effects
        env: {{ HOST: \"${{{{ each.host }}}}\", VERSION: \"${{{{ steps.upgrade.outputs.version }}}}\" }}
        effect: idempotent
  - id: sure
    title: Are all well?
    run: |
      echo \"sure $OK\" >> effects
    env: {{ OK: \"${{{{ steps.hosts.ok }}}}\" }}
    effect: idempotent
",
        drain = act("drain"),
    )
}

#[test]
fn each_item_goes_through_all_steps_before_the_next_one_begins() {
    let desk = Desk::with(&rolling());
    desk.project.run(&["check"]).exits(0);

    let ran = desk.exec(&["hosts=a,b"]).exits(0);

    assert_eq!(
        desk.effects(),
        [
            "drain a",
            "upgrade a",
            "look a 16-a",
            "drain b",
            "upgrade b",
            "look b 16-b",
            "sure true"
        ]
    );
    for title in [
        "1.1/2 Drain a",
        "1.2/2 Upgrade a",
        "1.3/2 Look at b",
        " 2/2 Are all well?",
    ] {
        assert!(ran.stdout.contains(title), "{title}:\n{}", ran.stdout);
    }
    let status = desk.run(&["status"]).exits(0).stdout;
    assert!(
        status.contains("1.2  done        Upgrade b  upgrade[b]"),
        "{status}"
    );
    let report = desk.run(&["report"]).exits(0).stdout;
    assert!(report.contains("Upgrade b"), "{report}");
}

#[test]
fn a_plan_names_the_items_and_the_page_what_stands_for_them() {
    let desk = Desk::with(&rolling());
    let plan = desk
        .run(&["plan", "work", "--target", "target"])
        .exits(0)
        .stdout;
    for shown in [
        "1.1  Drain a  [drain[a]]",
        "1.2  Upgrade c  [upgrade[c]]",
        "2  Are all well?",
    ] {
        assert!(plan.contains(shown), "{shown}:\n{plan}");
    }
    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/runbooks/work.html");
    assert!(
        page.contains("Drain ‹host›"),
        "the page names what stands for the item"
    );
}

/// The texts of a page are Markdown: an item may stand in a link, in the text of a picture, and in code of a
/// language, where a mark would break the page.
#[test]
fn a_page_names_the_item_wherever_a_text_does() {
    let desk = Desk::with(
        r#"steps:
  - id: hosts
    title: Each host
    for_each: { as: host, in: [a, b], max: 1 }
    steps:
      - id: look
        title: Look
        manual:
          text: |
            Go from **${{ each.host }}** to ${{each.host}}: see [the page](https://x.example/ "of ${{ each.host }}").

            ![the load of ${{ each.host }}](https://x.example/load.png)

            ```sh
            ssh ${{ each.host }} uptime
            ```

            `ssh ${{ each.host }}`
        fail_text: |
            See [the log](https://x.example/ "log of ${{ each.host }}").
"#,
    );
    desk.run(&["build"]).exits(0);
    let page = desk.project.read("public/runbooks/work.html");
    let marked = r#"<span class="hole" data-of="each.host">‹host›</span>"#;
    for shown in [
        &format!("Go from <strong>{marked}</strong> to {marked}: see"),
        &format!("<code>ssh {marked}</code>"),
        r#"title="of ‹host›""#,
        r#"alt="the load of ‹host›""#,
        r#"title="log of ‹host›""#,
        "‹host› uptime",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let unmarked = page.replace(marked, "");
    assert!(!unmarked.contains("each.host"), "{unmarked}");
}

#[test]
fn an_item_that_failed_is_tried_again_alone() {
    let desk = Desk::with(&rolling());
    desk.project.write("target/fail-upgrade-b", "");
    desk.exec(&["hosts=a,b,c"]).exits(1);
    let failed = desk.effects();
    assert_eq!(
        failed.last().map(String::as_str),
        Some("upgrade b"),
        "{failed:?}"
    );
    let status = desk.json(&["status", "--json"]);
    assert_eq!(status["state"], "failed at upgrade[b]");

    std::fs::remove_file(desk.project.path("target/fail-upgrade-b")).expect("it is there");
    let id = desk.id();
    let mut terminal = Terminal::seated(&desk.command(&["resume", &id]));
    terminal.shows("upgrade[b] failed").types("r");
    assert_eq!(terminal.ends(), 0);

    assert_eq!(
        desk.effects(),
        [
            "drain a",
            "upgrade a",
            "look a 16-a",
            "drain b",
            "upgrade b",
            "upgrade b",
            "look b 16-b",
            "drain c",
            "upgrade c",
            "look c 16-c",
            "sure true"
        ]
    );
}

#[test]
fn an_item_that_failed_is_skipped_alone_with_a_reason() {
    let desk = Desk::with(&rolling());
    desk.project.write("target/fail-drain-b", "");
    desk.exec(&["hosts=a,b,c"]).exits(1);

    let id = desk.id();
    let mut terminal = Terminal::seated(&desk.command(&["resume", &id]));
    terminal.shows("drain[b] failed").types("s");
    terminal
        .shows("why skip `hosts[b]`?")
        .types("b is being replaced");
    assert_eq!(terminal.ends(), 0);

    assert_eq!(
        desk.effects(),
        [
            "drain a",
            "upgrade a",
            "look a 16-a",
            "drain b",
            "drain c",
            "upgrade c",
            "look c 16-c",
            "sure false"
        ]
    );
    let report = desk.run(&["report"]).exits(0).stdout;
    assert!(report.contains("b is being replaced"), "{report}");
    assert_eq!(desk.json(&["status", "--json"])["state"], "finished");
}

#[test]
fn what_a_loop_did_is_undone_item_by_item_the_last_first() {
    let desk = Desk::with(&rolling());
    desk.project.write("target/fail-upgrade-b", "");
    desk.exec(&["hosts=a,b"]).exits(1);
    let before = desk.effects().len();

    let shown = desk.run(&["undo", &desk.id(), "--plan"]).exits(0).stdout;
    assert!(shown.contains("Upgrade a  [upgrade[a]]"), "{shown}");
    let ran = desk.run(&["undo", &desk.id()]).exits(7);

    assert_eq!(
        desk.effects()[before..],
        ["downgrade b", "fill b", "downgrade a", "fill a"],
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("undo: Drain b"), "{}", ran.stdout);
}

#[test]
fn values_between_commas_are_one_list() {
    let desk = Desk::with("params:
  first: { type: string, default: a }
  others: { type: string, default: \"b, c\" }
steps:
  - { id: all, title: \"All of ${{ each.host }}\", for_each: { as: host, in: \"${{ params.first }},${{ params.others }}\" }, run: 'echo \"$H\" >> effects', env: { H: \"${{ each.host }}\" }, effect: idempotent }
  - { id: named, title: Named, for_each: { as: host, in: [\"x-${{ params.others }}\"] }, run: 'echo \"$H\" >> effects', env: { H: \"${{ each.host }}\" }, effect: idempotent }
");
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["a", "b", "c", "x-b, c"]);
}

const NESTED: &str = "steps:
  - id: regions
    for_each: { as: region, in: [eu, us] }
    steps:
      - { id: open, title: \"Open ${{ each.region }}\", run: 'echo \"open $R\" >> effects', env: { R: \"${{ each.region }}\" }, effect: idempotent }
      - id: hosts
        for_each: { as: host, in: [one, two] }
        steps:
          - { id: drain, title: \"Drain ${{ each.host }} in ${{ each.region }}\", run: 'echo \"drain $R $H\" >> effects', env: { R: \"${{ each.region }}\", H: \"${{ each.host }}\" }, effect: idempotent }
          - { id: fill, title: \"Fill ${{ each.host }}\", run: 'echo \"fill $R $H\" >> effects', env: { R: \"${{ each.region }}\", H: \"${{ each.host }}\" }, effect: idempotent }
";

#[test]
fn two_loops_stand_in_each_other() {
    let desk = Desk::with(NESTED);
    let ran = desk.exec(&[]).exits(0);
    assert_eq!(
        desk.effects(),
        [
            "open eu",
            "drain eu one",
            "fill eu one",
            "drain eu two",
            "fill eu two",
            "open us",
            "drain us one",
            "fill us one",
            "drain us two",
            "fill us two"
        ]
    );
    assert!(
        ran.stdout.contains("Drain two in us  drain[us][two]"),
        "{}",
        ran.stdout
    );
    let logs = desk.run(&["logs", &desk.id(), "drain[us][two]"]).exits(0);
    assert_eq!(logs.stdout, "");
}

#[test]
fn a_loop_over_a_parallel_block_does_each_item_at_once_and_the_items_in_order() {
    let desk = Desk::with("steps:
  - id: hosts
    for_each: { as: host, in: [a, b] }
    parallel: {}
    steps:
      - { id: left, title: \"Left of ${{ each.host }}\", run: 'echo \"left $H\" >> effects', env: { H: \"${{ each.host }}\" }, effect: idempotent }
      - { id: right, title: \"Right of ${{ each.host }}\", run: 'echo \"right $H\" >> effects', env: { H: \"${{ each.host }}\" }, effect: idempotent }
");
    desk.exec(&[]).exits(0);
    let effects = desk.effects();
    let of = |host: &str| -> Vec<usize> {
        let ends = |(_, effect): &(usize, &String)| effect.ends_with(host);
        effects
            .iter()
            .enumerate()
            .filter(ends)
            .map(|(at, _)| at)
            .collect()
    };
    assert_eq!(effects.len(), 4, "{effects:?}");
    assert!(of("a").iter().max() < of("b").iter().min(), "{effects:?}");
}

#[test]
fn items_go_on_side_by_side_if_the_loop_says_so() {
    let desk = Desk::with("steps:
  - id: hosts
    for_each: { as: host, in: [a, b], max: 2 }
    steps:
      - { id: meet, title: \"Meet ${{ each.host }}\", run: 'touch \"here-$H\"; until test -e here-a -a -e here-b; do sleep 0.05; done; echo \"met $H\" >> effects', env: { H: \"${{ each.host }}\" }, effect: idempotent, timeout: 1m }
      - { id: part, title: \"Part from ${{ each.host }}\", run: 'echo \"part $H\" >> effects', env: { H: \"${{ each.host }}\" }, effect: idempotent }
");
    desk.exec(&[]).exits(0);
    let mut effects = desk.effects();
    assert_eq!(effects.len(), 4, "{effects:?}");
    effects.sort();
    assert_eq!(effects, ["met a", "met b", "part a", "part b"]);
}

#[test]
fn steps_under_one_condition_are_done_or_not_as_one() {
    let body = |holds: &str| {
        format!(
            "params:
  big: {{ type: bool, default: {holds} }}
steps:
  - id: maybe
    when: params.big
    steps:
      - {{ id: one, title: One, run: 'echo one >> effects', effect: idempotent }}
      - {{ id: two, title: Two, run: 'echo two >> effects', effect: idempotent }}
  - {{ id: last, title: Last, run: 'echo last >> effects', effect: idempotent }}
"
        )
    };
    let desk = Desk::with(&body("true"));
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["one", "two", "last"]);
    let desk = Desk::with(&body("false"));
    desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["last"]);
}

#[test]
fn a_loop_is_rehearsed_with_the_paths_that_logs_and_reports_have() {
    let desk = Desk::with(&rolling());
    desk.project.write(
        "runbooks/work.test.yaml",
        "tests: 1
runbook: work
succeed: [drain, look, sure]
fakes: { upgrade: { outputs: { version: \"16\" } } }
cases:
  - name: two hosts
    params: { hosts: \"a,b\" }
    expect: { exit: 0, path: [\"drain[a]\", \"upgrade[a]\", \"look[a]\", \"drain[b]\", \"upgrade[b]\", \"look[b]\", sure] }
  - name: the second fails
    params: { hosts: \"a,b\" }
    fakes: { \"upgrade[b]\": { exit: 1 } }
    expect: { exit: 1, path: [\"...\", \"drain[b]\", \"upgrade[b] failed\"] }
",
    );
    desk.run(&["test"]).exits(0);
}

#[test]
fn what_names_no_item_or_holds_no_reason_is_told_at_its_place() {
    for (body, line, said, help) in [
        (
            "steps:\n  - id: a\n    steps:\n      - { id: b, title: B, run: \"true\", effect: idempotent }\n",
            9,
            "nothing says why these steps stand in a step",
            "`for_each`",
        ),
        (
            "steps:\n  - id: a\n    for_each: { as: host, in: [x] }\n    steps:\n      - { id: b, title: \"On ${{ each.hots }}\", run: \"true\", effect: idempotent }\n",
            11,
            "no loop item `hots`",
            "`host`",
        ),
        (
            "params: { v: { type: string, default: x } }\nsteps:\n  - { id: b, title: \"Release ${{ params.v }}\", run: \"true\", effect: idempotent }\n",
            9,
            "nothing fills `${{ }}` in `title`",
            "each.NAME",
        ),
        (
            "steps:\n  - id: a\n    for_each: { as: x, in: [x] }\n    steps:\n      - id: b\n        for_each: { as: y, in: [y] }\n        steps:\n          - id: c\n            for_each: { as: z, in: [z] }\n            steps:\n              - { id: d, title: D, run: \"true\", effect: idempotent }\n",
            15,
            "more than 2 loops",
            "`call`",
        ),
        (
            "steps:\n  - id: a\n    for_each: { as: host, in: [x] }\n    steps:\n      - { id: b, title: B, run: \"echo v=1 >> $RB_OUTPUT\", effect: idempotent, outputs: { v: { type: string } } }\n  - { id: c, title: C, run: \"true\", env: { V: \"${{ steps.b.outputs.v }}\" }, effect: idempotent }\n",
            12,
            "runs once for each item",
            "`steps.b.ok`",
        ),
    ] {
        let desk = Desk::with(body);
        let ran = desk.project.run(&["check"]).exits(1);
        assert!(ran.stdout.contains(said), "{said}:\n{}", ran.stdout);
        assert!(ran.stdout.contains(help), "{help}:\n{}", ran.stdout);
        assert!(
            ran.stdout.contains(&format!("runbooks/work.yaml:{line}:")),
            "line {line}:\n{}",
            ran.stdout
        );
    }
}

#[test]
fn texts_for_people_name_the_item() {
    let desk = Desk::with("steps:
  - id: hosts
    for_each: { as: host, in: [a] }
    steps:
      - { id: look, title: \"Look at ${{ each.host }}\", manual: { text: \"Go to ${{ each.host }} and look.\", fields: { seen: { type: string, ask: What did you see? } } } }
      - { id: well, title: \"Is ${{ each.host }} well?\", decide: { text: \"Judge ${{ each.host }}.\", options: { go_on: {}, back: { rollback: true } } } }
      - { id: act, title: \"Act on ${{ each.host }}\", run: \"false\", effect: idempotent, fail_text: \"Call whoever has ${{ each.host }}, not ${{ github.sha }}.\" }
");
    let ran = desk.exec(&[]).exits(5);
    assert!(ran.stdout.contains("Go to a and look."), "{}", ran.stdout);
    let id = desk.id();
    desk.run(&["answer", &id, "look[a]", "seen=all"]).exits(0);
    let ran = desk.run(&["resume"]).exits(5);
    assert!(ran.stdout.contains("Judge a."), "{}", ran.stdout);
    desk.run(&["answer", &id, "well[a]", "--choose", "go_on"])
        .exits(0);
    let ran = desk.run(&["resume"]).exits(1);
    assert!(
        ran.stdout
            .contains("Call whoever has a, not ${{ github.sha }}."),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_part_of_a_loop_is_named_without_items() {
    let desk = Desk::with(&rolling());
    let exec = |flags: &[&str]| {
        let words = [
            "exec",
            "work",
            "--target",
            "target",
            "-p",
            "hosts=a,b",
            "--non-interactive",
        ];
        desk.run(&[&words[..], flags].concat())
    };
    exec(&["--skip", "look", "--reason", "known"]).exits(0);
    assert_eq!(
        desk.effects(),
        ["drain a", "upgrade a", "drain b", "upgrade b", "sure true"]
    );
    let ran = exec(&["--skip", "look[a]", "--reason", "known"]).exits(3);
    assert!(ran.stderr.contains("`look`"), "{}", ran.stderr);
    exec(&["--until", "drain"]).exits(5);
    assert_eq!(desk.effects()[5..], ["drain a"]);
    let ids = desk.json(&["runs", "--open", "--json"]);
    let id = ids[0]["run"].as_str().expect("an open run");
    desk.run(&["resume", id, "--until", "hosts", "--non-interactive"])
        .exits(5);
    let done = &desk.effects()[6..];
    assert_eq!(
        done,
        [
            "upgrade a",
            "look a 16-a",
            "drain b",
            "upgrade b",
            "look b 16-b"
        ]
    );
}

#[test]
fn a_called_runbook_with_a_loop_stands_in_a_loop() {
    let desk = Desk::with("steps:
  - id: regions
    title: Each region
    for_each: { as: host, in: [eu, us] }
    steps:
      - { id: ship, title: \"Ship to ${{ each.host }}\", call: { runbook: callee, version: \"^1\", with: { region: \"${{ each.host }}\" } } }
");
    desk.project.write("runbooks/callee.yaml", "runbook: 1\nid: callee\nversion: 1.0.0\ntitle: Callee\nowner: developer\nfixes: x\nparams: { region: { type: string } }\nsteps:\n  - id: hosts\n    title: Each host\n    for_each: { as: host, in: [one, two] }\n    steps:\n      - { id: send, title: \"Send to ${{ each.host }}\", run: 'echo \"$R $H\" >> effects', env: { R: \"${{ params.region }}\", H: \"${{ each.host }}\" }, effect: idempotent }\n");
    let ran = desk.exec(&[]).exits(0);
    assert_eq!(desk.effects(), ["eu one", "eu two", "us one", "us two"]);
    assert!(ran.stdout.contains("Send to two"), "{}", ran.stdout);
    let status = desk.run(&["status"]).exits(0).stdout;
    assert!(
        status.contains("1.1.1.1  done        Send to one"),
        "{status}"
    );
}
