//! Each command that the guides print is run as printed, where a team releases; or the table says why not. The
//! entries of troubleshooting are not among them.

use crate::packages::{Remote, Sample};
use crate::project::Ran;
use crate::team::Team;
use crate::terminal::Terminal;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// What happens to a printed command.
#[derive(PartialEq, Eq)]
enum Way {
    /// A shell runs it in the clone of the package, and it ends with 0.
    Shell,
    /// The same, after something that the guide says in words.
    ShellAfter(&'static str),
    /// It runs in the folder of the guides and ends with 0.
    Guides,
    /// It begins a run at a terminal, where this is the first that it asks or says.
    Begins(&'static str),
    /// It is not run here, because …
    Not(&'static str),
}
use Way::{Begins, Guides, Not, Shell, ShellAfter};

const EDIT: &str = "echo '// fixed' >> src/index.ts";
const KEY: &str = "mkdir -p ~/.ssh && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519";

/// The commands of each guide, in the order printed.
const COMMANDS: &[(&str, &[(&str, Way)])] = &[
    (
        "setting-up.md",
        &[
            (
                "git clone git@github.com:proxmox-mpc/release-guides.git",
                Not("the address of a team's own host"),
            ),
            (
                "git clone git@github.com:proxmox-mpc/proxmox-mpc.git",
                Not("the address of a team's own host"),
            ),
            (
                "cd release-guides",
                Not("it changes the shell of the reader"),
            ),
            ("runbook list", Guides),
            (
                "npm login",
                Not("it asks for a password; registry_world.rs signs in"),
            ),
            ("npm whoami", Shell),
            ("git config gpg.format ssh", ShellAfter(KEY)),
            ("git config user.signingkey ~/.ssh/id_ed25519.pub", Shell),
            ("git tag --sign try-my-key --message \"try my key\"", Shell),
            ("git tag --delete try-my-key", Shell),
            (
                "runbook exec qa-dry-run",
                Begins("Make a folder for the sandbox"),
            ),
            ("runbook runs", Guides),
            ("runbook report RUN", Guides),
        ],
    ),
    (
        "team-release.md",
        &[
            (
                "runbook exec qa-checklist -p version=1.5.0",
                Begins("Check out the branch in a folder of its own"),
            ),
            (
                "runbook exec qa-dry-run",
                Begins("Make a folder for the sandbox"),
            ),
            (
                "runbook exec release -p version=1.5.0",
                Begins("Is the working tree clean?"),
            ),
            ("npm view proxmox-mpc dist-tags", Shell),
            (
                "runbook exec check-distribution -p version=1.5.0",
                Begins("Which registry does the package go to"),
            ),
            (
                "runbook exec announce-release -p version=1.5.0",
                Begins("Which registry does the package go to"),
            ),
        ],
    ),
    (
        "hotfix.md",
        &[
            ("git fetch --tags origin", Shell),
            ("git switch --create fix/INC-4711 v1.4.2", Shell),
            ("npm ci", Shell),
            ("npm test", ShellAfter(EDIT)),
            ("git add --all", Shell),
            ("git status --short", Shell),
            ("git commit --message \"fix: refuse an empty token\"", Shell),
            ("git push --set-upstream origin fix/INC-4711", Shell),
            ("git rev-parse HEAD", Shell),
            (
                "runbook exec hotfix -p severity=critical -p base=1.4.2 -p version=1.4.3",
                Begins("Name of the package [Enter: proxmox-mpc]"),
            ),
            ("runbook report RUN > ../incident.md", Guides),
        ],
    ),
    (
        "approvals.md",
        &[
            (
                "runbook undo 7KQ2PS --only publish/verdicts/ask",
                Not("the run of an example; verdicts.rs asks again"),
            ),
            (
                "runbook resume 7KQ2PS",
                Not("the run of an example; verdicts.rs goes on"),
            ),
            (
                "runbook approve --request request.json --sign --out answer.txt",
                Not("the request of an example; approvals.rs approves"),
            ),
            (
                "runbook reject --request request.json --sign --reason \"the notes are missing\" --out answer.txt",
                Not("the request of an example; approvals.rs rejects"),
            ),
            ("runbook runs --waiting", Guides),
            (
                "runbook approve 7KQ2PS --sign",
                Not("the run of an example; approvals.rs approves"),
            ),
            (
                "runbook request 7KQ2PS --line",
                Not("the run of an example; six_homes.rs asks"),
            ),
            (
                "runbook answer --import answer.txt",
                Not("the answer of an example; six_homes.rs imports"),
            ),
            (
                "runbook resume 7KQ2PS",
                Not("the run of an example; six_homes.rs resumes"),
            ),
        ],
    ),
    (
        "calendar.md",
        &[(
            "git for-each-ref --sort=-creatordate --format '%(refname:short) %(creatordate:short)' refs/tags",
            Shell,
        )],
    ),
    (
        "troubleshooting/index.md",
        &[
            (
                "npm publish 2>&1 | runbook diagnose",
                Not("it publishes; known_messages.rs and explained.rs diagnose what npm says"),
            ),
            (
                "runbook logs RUN STEP | runbook diagnose",
                Not("the run of an example; explained.rs has a failed step"),
            ),
            (
                "runbook diagnose ~/.npm/_logs",
                Not("it ends with 1 where nothing fits; explained.rs diagnoses a log"),
            ),
            ("runbook status RUN", Guides),
            (
                "runbook logs RUN STEP",
                Not("the step of an example; kept_output.rs reads logs"),
            ),
            ("runbook report RUN", Guides),
            (
                "npm view proxmox-mpc dist-tags time --json --prefer-online",
                Shell,
            ),
            ("git ls-remote --heads --tags origin", Shell),
            (
                "runbook report RUN --as entry > content/release/troubleshooting/new.md",
                Not("a step has to have failed; reports.rs drafts an entry"),
            ),
        ],
    ),
];

fn guides() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content/release")
}

/// The commands that a page prints, in lists too, and those of other shells than a reader's, which are none.
fn printed(text: &str) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), None);
    for line in text.lines().map(str::trim_start) {
        match (line.strip_prefix("```"), open) {
            (Some(_), Some(_)) => open = None,
            (Some(language), None) => {
                let language = language.split_whitespace().next().unwrap_or_default();
                let shells = ["sh", "bash", "shell", "shell-session"];
                assert!(
                    !shells.contains(&language),
                    "a block of {language} is a session, as in `console`"
                );
                open = Some(language == "console");
            }
            (None, Some(true)) => found.extend(line.strip_prefix("$ ").map(str::to_owned)),
            (None, _) => {}
        }
    }
    found
}

#[test]
fn each_command_of_the_guides_is_in_the_table() {
    let mut pages = BTreeSet::new();
    let files = fs::read_dir(guides()).expect("there are guides");
    let files = files.map(|entry| entry.expect("an entry").path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    for path in files.chain([guides().join("troubleshooting/index.md")]) {
        let name = path.strip_prefix(guides()).expect("a guide");
        let name = name.to_string_lossy().into_owned();
        let found = printed(&fs::read_to_string(&path).expect("it can be read"));
        let listed = COMMANDS.iter().find(|(page, _)| *page == name);
        let listed: Vec<&str> = listed.map_or_else(Vec::new, |(_, commands)| {
            commands.iter().map(|(command, _)| *command).collect()
        });
        assert_eq!(found, listed, "{name}");
        pages.insert(name);
    }
    for (page, _) in COMMANDS {
        assert!(pages.contains(*page), "{page} is not there");
    }
}

#[test]
fn each_command_of_the_guides_runs_as_printed() {
    let team = Team::new(Sample::Demo, Remote::Open);
    team.docs_lead_to_the_clone();
    let mut before = Vec::new();
    for (page, commands) in COMMANDS {
        for (command, way) in *commands {
            match way {
                Shell => in_clone(&team, page, command),
                ShellAfter(first) => {
                    team.world.in_clone(first);
                    in_clone(&team, page, command);
                }
                // A report needs a run, and the page begins one.
                Guides => before.push((page, command)),
                Begins(shown) => begins(&team, page, command, shown),
                Not(why) => assert!(!why.is_empty()),
            }
        }
    }
    for (page, command) in before {
        let words: Vec<&str> = command
            .split(" > ")
            .next()
            .expect("a command")
            .split(' ')
            .skip(1)
            .collect();
        let words = match words.as_slice() {
            ["report"] => vec!["report".to_owned(), team.id()],
            [verb, "RUN"] => vec![(*verb).to_owned(), team.id()],
            _ => words.into_iter().map(str::to_owned).collect(),
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = team.run(&words);
        assert_eq!(ran.code, Some(0), "{page}: {command}: {ran:?}");
    }
}

fn in_clone(team: &Team, page: &str, command: &str) {
    let ran: Ran = team
        .world
        .shell(&command.replace("proxmox-mpc", team.world.package()));
    assert_eq!(ran.code, Some(0), "{page}: {command}: {ran:?}");
    // What is there and needs no network of its own says something.
    assert!(
        !format!("{}{}", ran.stdout, ran.stderr).contains("command not found"),
        "{ran:?}"
    );
}

/// Begins a run as printed, sees its first words, and gives it up.
fn begins(team: &Team, page: &str, command: &str, shown: &str) {
    println!("{page}: {command}");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let mut begun = team.command(&words);
    begun.stdin(Stdio::piped());
    let mut terminal = Terminal::seated(&begun);
    terminal.shows(shown);
    terminal.kill();
    // Some ask before there is a run.
    let id = team.id();
    team.run(&["abort", &id, "--reason", "seen"]);
    team.run(&["resume", &id, "--non-interactive"]);
}
