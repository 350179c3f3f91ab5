//! The short runs that are killed: together they lead to every event that needs no terminal.

use crate::desk::Desk;
use std::ops::RangeInclusive;

/// A run, and what people do with it.
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// What follows the head of its runbook.
    body: &'static str,
    pub(super) lines: &'static [Line],
    /// How often each effect may happen until the end.
    pub(super) effects: &'static [(&'static str, RangeInclusive<usize>)],
    /// Whether a kill may leave a step of which nobody can tell whether it happened.
    pub(super) may_doubt: bool,
}

/// A command line, and the code that it ends with; `RUN` stands for the run.
pub(super) struct Line {
    pub(super) words: &'static str,
    pub(super) code: Option<i32>,
    /// Where it is killed even if nobody else kills anything.
    pub(super) fails: Option<&'static str>,
    /// Whether it is told to end by a signal while its step runs.
    pub(super) is_told_to_go: bool,
}

const ONCE: RangeInclusive<usize> = 1..=1;
const OFTEN: RangeInclusive<usize> = 1..=9;

const fn line(words: &'static str, code: i32) -> Line {
    Line {
        words,
        code: Some(code),
        fails: None,
        is_told_to_go: false,
    }
}

/// Begins the run.
const fn exec(code: i32) -> Line {
    line("exec work --target target --events", code)
}

/// Goes on with it.
const fn resume(code: i32) -> Line {
    line("resume RUN --events", code)
}

/// A line that is killed there even if nobody else kills anything.
const fn killed(words: &'static str, fails: &'static str) -> Line {
    Line {
        words,
        code: None,
        fails: Some(fails),
        is_told_to_go: false,
    }
}

/// One step that acts once, and can say whether it did.
const PUSH: &str = r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
    verify: { run: "test -e did/push", absent: [1] }
    undo: { none: It is a test. }
"#;

/// One gate.
const GATE: &str =
    "steps:\n  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }\n";

impl Scene {
    pub(super) fn desk(&self) -> Desk {
        let desk = Desk::with(self.body);
        desk.project
            .write(
                "content/data/channels.yaml",
                "ops: { file: did/tell }\nbroken: { command: [\"false\"] }\n",
            )
            .write(
                "content/data/approvals.yaml",
                "matrix:\n  owes: { review: { need: later, any_of: [developer], within: 1 h } }\n",
            )
            .write("target/did/.keep", "");
        desk
    }

    /// The code that its last line ends with.
    pub(super) fn code(&self) -> Option<i32> {
        self.lines.last().and_then(|line| line.code)
    }
}

/// Two steps that can be taken back, a gate, and a step behind it.
const TWO_BACK: &str = r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
    verify: { run: "test -e did/push", absent: [1] }
    undo:
      run: |
        echo . >> did/back
      effect: idempotent
  - id: pack
    title: Pack
    run: |
      echo . >> did/pack
    verify: { run: "test -e did/pack", absent: [1] }
    undo:
      run: |
        echo . >> did/unpacked
      effect: idempotent
  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }
  - id: last
    title: Last
    run: |
      echo . >> did/last
    effect: idempotent
"#;

pub(super) const SCENES: [Scene; 26] = [
    Scene {
        name: "steps that act once",
        body: r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
    verify: { run: "test -e did/push", absent: [1] }
    undo: { none: It is a test. }
  - id: publish
    title: Publish
    run: |
      echo . >> did/publish
    undo: { none: It is a test. }
"#,
        lines: &[exec(0)],
        effects: &[("push", ONCE), ("publish", ONCE)],
        may_doubt: true,
    },
    Scene {
        name: "steps of a loop",
        body: r#"steps:
  - id: hosts
    title: Hosts
    for_each: { as: host, in: [a, b] }
    steps:
      - id: drain
        title: Drain ${{ each.host }}
        run: |
          echo . >> "did/drain-$HOST"
        env: { HOST: "${{ each.host }}" }
        verify: { run: "test -e did/drain-$HOST", absent: [1] }
        undo: { none: It is a test. }
      - id: fill
        title: Fill ${{ each.host }}
        run: |
          echo . >> "did/fill-$HOST"
        env: { HOST: "${{ each.host }}" }
        undo: { none: It is a test. }
"#,
        lines: &[exec(0)],
        effects: &[
            ("drain-a", ONCE),
            ("fill-a", ONCE),
            ("drain-b", ONCE),
            ("fill-b", ONCE),
        ],
        may_doubt: true,
    },
    Scene {
        name: "several at once, and what is passed over",
        body: r#"steps:
  - { id: tell, title: Tell, notify: { channel: ops, text: Begins } }
  - { id: lost, title: Tell, notify: { channel: broken, text: Begins } }
  - id: so
    title: So
    run: |
      echo . >> did/so
    verify: { run: "true", absent: [1] }
    undo: { none: It is a test. }
  - { id: other, title: Other, check: { run: "false" }, when: "run.id == 'x'" }
  - id: both
    title: Both
    when: "run.id != 'x'"
    parallel: { max: 2 }
    steps:
      - id: copy
        title: Copy
        run: |
          echo . >> did/copy
        effect: idempotent
      - id: ship
        title: Ship
        run: |
          echo . >> did/ship
        verify: { run: "test -e did/ship", absent: [1] }
        undo: { none: It is a test. }
"#,
        lines: &[exec(0)],
        effects: &[
            ("tell", OFTEN),
            ("so", 0..=0),
            ("copy", OFTEN),
            ("ship", ONCE),
        ],
        may_doubt: false,
    },
    Scene {
        name: "a second try",
        body: r#"steps:
  - id: again
    title: Again
    run: |
      echo . >> did/again
      test "$(wc -l < did/again)" -ge 2
    effect: idempotent
    retry: { max: 2, delay: 1ms }
"#,
        lines: &[exec(0)],
        effects: &[("again", 2..=3)],
        may_doubt: false,
    },
    Scene {
        name: "people",
        body: r#"steps:
  - id: facts
    title: Facts
    manual: { text: Write it down., fields: { impact: { type: string } } }
  - id: choose
    title: Choose
    decide: { text: Well?, options: { yes_do: {}, back: { stop: true } } }
  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }
"#,
        lines: &[
            exec(5),
            line("answer RUN facts impact=none", 0),
            line("answer RUN choose --choose yes_do", 0),
            line("note RUN quiet", 0),
            resume(5),
            line("approve RUN go --as bob", 0),
            resume(0),
        ],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "a person says no",
        body: GATE,
        lines: &[exec(5), line("reject RUN go --reason no", 0), resume(4)],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "a review that is owed is refused",
        body: "steps:\n  - { id: go, title: Go, approve: { matrix: owes, text: Go? } }\n",
        lines: &[
            exec(0),
            line("reject RUN go --as bob --reason no", 0),
            resume(0),
        ],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "an answer that comes too late",
        body: "steps:\n  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go?, expires: 0s } }\n",
        lines: &[exec(4)],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "a person ends it",
        body: r#"steps:
  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }
finally:
  - id: after
    title: After
    run: |
      echo . >> did/after
    effect: idempotent
"#,
        lines: &[exec(5), line("abort RUN --reason no", 0), resume(12)],
        effects: &[("after", OFTEN)],
        may_doubt: false,
    },
    Scene {
        name: "a failure that ends it",
        body: r#"steps:
  - { id: bad, title: Bad, check: { run: "false" }, on_fail: fail }
on_failure:
  - { id: tell, title: Tell, notify: { channel: ops, text: Failed } }
"#,
        lines: &[exec(1)],
        effects: &[("tell", OFTEN)],
        may_doubt: false,
    },
    Scene {
        name: "taking back",
        body: r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
    verify: { run: "test -e did/push", absent: [1] }
    undo:
      run: |
        echo . >> did/back
      effect: idempotent
  - { id: bad, title: Bad, check: { run: "false" }, on_fail: rollback }
"#,
        lines: &[exec(7)],
        effects: &[("push", ONCE), ("back", OFTEN)],
        may_doubt: false,
    },
    Scene {
        name: "a wait",
        body: r#"steps:
  - id: soak
    title: Soak
    wait:
      until:
        run: |
          test -e did/asked || { echo . >> did/asked; exit 1; }
      every: 1ms
      within: 30m
"#,
        lines: &[exec(0)],
        effects: &[("asked", ONCE)],
        may_doubt: false,
    },
    Scene {
        name: "leaving",
        body: r#"steps:
  - id: slow
    title: Slow
    run: |
      echo . >> did/left
      until test -e go; do sleep 0.02; done
    verify: { run: "test -e did/left", absent: [1] }
    undo: { none: It is a test. }
"#,
        lines: &[
            Line {
                is_told_to_go: true,
                ..exec(143)
            },
            resume(0),
        ],
        effects: &[("left", ONCE)],
        may_doubt: false,
    },
    Scene {
        name: "shims that die",
        body: r#"steps:
  - id: here
    title: Here
    run: |
      echo . >> did/here
      test "$PPID" != "$(cut -d ' ' -f 1 "${RB_OUTPUT%outputs}pid")" || kill -9 "$PPID"
    verify: { run: "test -e did/here", absent: [1] }
    undo: { none: It is a test. }
  - id: gone
    title: Gone
    run: |
      echo . >> did/gone
      test "$PPID" != "$(cut -d ' ' -f 1 "${RB_OUTPUT%outputs}pid")" || kill -9 "$PPID"
    undo: { none: It is a test. }
"#,
        lines: &[exec(6)],
        effects: &[("here", ONCE), ("gone", ONCE)],
        may_doubt: true,
    },
    Scene {
        name: "a line torn before",
        body: PUSH,
        lines: &[
            killed(
                "exec work --target target --events",
                "journal.write:4:within",
            ),
            resume(0),
        ],
        effects: &[("push", ONCE)],
        may_doubt: false,
    },
    Scene {
        name: "a budget that is used up at once",
        body: "budget: { limit: 0s }\nsteps:\n  - { id: look, title: Look, check: { run: date } }\n",
        lines: &[exec(11), line("resume RUN --events --reason slow", 11)],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "a run that did not come into being before",
        body: PUSH,
        lines: &[
            killed("exec work --target target --events", "plan.create:1:before"),
            exec(0),
        ],
        effects: &[("push", ONCE)],
        may_doubt: false,
    },
    Scene {
        name: "a command that was never started",
        body: r#"steps:
  - id: publish
    title: Publish
    run: |
      echo . >> did/publish
    undo: { none: It is a test. }
"#,
        lines: &[
            killed(
                "exec work --target target --events",
                "try.make-folder:1:before",
            ),
            resume(0),
        ],
        effects: &[("publish", ONCE)],
        may_doubt: true,
    },
    Scene {
        name: "taking back by hand",
        body: r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
    verify: { run: "test -e did/push", absent: [1] }
    undo:
      run: |
        echo . >> did/back
      effect: idempotent
  - { id: bad, title: Bad, check: { run: "false" } }
"#,
        lines: &[exec(1), line("undo RUN", 7)],
        effects: &[("push", ONCE), ("back", OFTEN)],
        may_doubt: false,
    },
    Scene {
        name: "taking back that is killed between two steps",
        body: TWO_BACK,
        lines: &[
            exec(5),
            killed("undo RUN", "journal.write:5:before"),
            line("approve RUN go --as bob", 2),
            resume(8),
            line("undo RUN", 7),
        ],
        effects: &[
            ("push", ONCE),
            ("pack", ONCE),
            ("back", OFTEN),
            ("unpacked", OFTEN),
            ("last", 0..=0),
        ],
        may_doubt: false,
    },
    Scene {
        name: "yes and no at once",
        body: GATE,
        lines: &[
            exec(5),
            killed("approve RUN go --as bob", "journal.write:2:before"),
            line("reject RUN go --reason no", 2),
            resume(0),
        ],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "a second look at what is finished",
        body: r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
    verify: { run: "test -e did/push", absent: [1] }
    undo: { none: It is a test. }
  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }
"#,
        lines: &[exec(5), line("resume RUN --events --verify-first", 5)],
        effects: &[("push", ONCE)],
        may_doubt: false,
    },
    Scene {
        name: "a changed runbook",
        body: r#"steps:
  - id: edit
    title: Edit
    run: |
      sed -i "s/[L]ater/After/" ../runbooks/work.yaml
    effect: idempotent
  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }
  - { id: last, title: Later, check: { run: "true" } }
"#,
        lines: &[
            exec(5),
            line("resume RUN --events --replan --reason better", 5),
        ],
        effects: &[],
        may_doubt: false,
    },
    Scene {
        name: "taking a part back",
        body: r#"steps:
  - id: push
    title: Push
    run: |
      echo . >> did/push
      touch did/pushed
    verify: { run: "test -e did/pushed", absent: [1] }
    undo:
      run: |
        echo . >> did/back
        rm -f did/pushed
      effect: idempotent
  - { id: go, title: Go, approve: { role: developer, count: 1, text: Go? } }
"#,
        lines: &[exec(5), line("undo RUN --only push", 5), resume(5)],
        effects: &[("push", 2..=2), ("back", OFTEN)],
        may_doubt: false,
    },
    Scene {
        name: "taking all back after a part was cut off",
        body: TWO_BACK,
        lines: &[
            exec(5),
            killed("undo RUN --to push", "journal.write:5:before"),
            line("undo RUN", 7),
        ],
        effects: &[
            ("push", ONCE),
            ("pack", ONCE),
            ("back", OFTEN),
            ("unpacked", OFTEN),
        ],
        may_doubt: false,
    },
    Scene {
        name: "an output that is lost",
        body: r#"steps:
  - id: make
    title: Make
    run: |
      echo . >> did/make
      echo made=3 >> "$RB_OUTPUT"
      test "$PPID" != "$(cut -d ' ' -f 1 "${RB_OUTPUT%outputs}pid")" || kill -9 "$PPID"
    verify: { run: "test -e did/make", absent: [1] }
    undo: { none: It is a test. }
    outputs: { made: { type: int } }
  - id: use
    title: Use
    run: |
      test "$MADE" = 3
      echo . >> did/use
    env: { MADE: "${{ steps.make.outputs.made }}" }
    effect: idempotent
"#,
        lines: &[exec(5), line("answer RUN make made=3", 0), resume(0)],
        effects: &[("make", ONCE), ("use", OFTEN)],
        may_doubt: false,
    },
];
