//! Variables that steps take over from whoever drives: which they are, who sees them, and that nothing
//! of them but their names is kept.

use crate::desk::Desk;
use crate::project::{Project, Ran, files_below};
use std::process::Command;

/// Says what a step sees of three variables.
const LOOK: &str = "printf '%s\\n' \"WHO ${KUBECONFIG-}|${HTTPS_PROXY-}|${NPM_CONFIG_USERCONFIG-none}\" >> effects";

fn with(command: &mut Command, variables: &[(&str, &str)]) -> Ran {
    command.envs(variables.iter().copied());
    Ran::of(&command.output().expect("the program starts"))
}

fn exec(desk: &Desk, variables: &[(&str, &str)]) -> Ran {
    let mut command = desk.command(&["exec", "work", "--target", "target"]);
    command.env_remove("NPM_CONFIG_USERCONFIG");
    with(&mut command, variables)
}

const BODY: &str = "inherit: [KUBECONFIG, HTTPS_PROXY, NPM_CONFIG_USERCONFIG]
steps:
  - id: one
    title: One
    env: { HTTPS_PROXY: \"http://its.own:1\" }
    run: |
      LOOK-step
    effect: idempotent
    verify:
      run: |
        LOOK-verify
        exit 1
    undo:
      run: |
        LOOK-undo
  - id: two
    title: Two
    run: |
      exit 1
    effect: idempotent
    on_fail: rollback
";

fn body() -> String {
    ["step", "verify", "undo"]
        .iter()
        .fold(BODY.to_owned(), |body, who| {
            body.replace(&format!("LOOK-{who}"), &LOOK.replace("WHO", who))
        })
}

/// A step, its verify and its undo get what is named and set; what the step sets itself wins, and what is
/// not set stays away. On disk there are names alone.
#[test]
fn what_is_named_reaches_every_command_of_a_step() {
    let desk = Desk::with(&body());
    let ran = exec(
        &desk,
        &[
            ("KUBECONFIG", "/cluster/of-mine"),
            ("HTTPS_PROXY", "http://someone:pw@proxy"),
            ("AWS_PROFILE", "not-named"),
        ],
    );
    let effects = desk.effects();
    for who in ["step", "verify", "undo"] {
        let line = format!("{who} /cluster/of-mine|http://its.own:1|none");
        assert!(effects.contains(&line), "{who}: {effects:?} {}", ran.stderr);
    }
    let plan: serde_json::Value =
        serde_json::from_slice(&std::fs::read(desk.folder().join("plan.json")).expect("a plan"))
            .expect("JSON");
    assert_eq!(
        plan["inherit"],
        serde_json::json!(["HTTPS_PROXY", "KUBECONFIG", "NPM_CONFIG_USERCONFIG"])
    );
    for (path, bytes) in files_below(&desk.project.path("state")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("of-mine") && !text.contains("pw@proxy"),
            "{path} holds a value: {text}"
        );
    }
}

/// Without `inherit` nothing more comes through than the fixed list, and the plan is as it was.
#[test]
fn what_is_not_named_stays_away() {
    let desk = Desk::with(&body().replace(
        "inherit: [KUBECONFIG, HTTPS_PROXY, NPM_CONFIG_USERCONFIG]\n",
        "",
    ));
    exec(&desk, &[("KUBECONFIG", "/cluster/of-mine")]);
    assert!(
        desk.effects()
            .contains(&"step |http://its.own:1|none".to_owned())
    );
    let plan = std::fs::read_to_string(desk.folder().join("plan.json")).expect("a plan");
    assert!(!plan.contains("inherit"), "{plan}");
}

/// site.yaml names variables for all runbooks, and a runbook that is called brings its own.
#[test]
fn names_of_the_project_and_of_called_runbooks_count_together() {
    let desk = Desk::with(&format!(
        "inherit: [KUBECONFIG]
steps:
  - {{ id: other, title: Other, call: {{ runbook: other }} }}
  - id: one
    title: One
    run: |
      {LOOK}
    effect: idempotent
"
    ));
    desk.project
        .write("site.yaml", "title: Desk\ninherit: [NPM_CONFIG_USERCONFIG]\n")
        .write(
            "runbooks/other.yaml",
            format!("runbook: 1\nversion: 1.0.0\ntitle: Other\nowner: developer\nfixes: x\nid: other\ninherit: [HTTPS_PROXY]\nsteps:\n  - id: in\n    title: In\n    run: |\n      {LOOK}\n    effect: idempotent\n"),
        );
    let variables = [
        ("KUBECONFIG", "k"),
        ("HTTPS_PROXY", "h"),
        ("NPM_CONFIG_USERCONFIG", "n"),
    ];
    let ran = exec(&desk, &variables).exits(0);
    assert_eq!(desk.effects(), ["WHO k|h|n", "WHO k|h|n"], "{}", ran.stdout);
}

/// Whoever goes on with a run gives it their own environment.
#[test]
fn a_resumed_run_takes_the_environment_of_who_resumes_it() {
    let desk = Desk::with(&format!(
        "inherit: [KUBECONFIG]
steps:
  - {{ id: go, title: Go?, approve: {{ role: developer, text: Go? }} }}
  - id: one
    title: One
    run: |
      {LOOK}
    effect: idempotent
"
    ));
    exec(&desk, &[("KUBECONFIG", "first")]).exits(5);
    let id = desk.id();
    desk.run(&["approve", &id, "go", "--as", "someone-else"])
        .exits(0);
    with(
        desk.command(&["resume", &id, "--non-interactive"])
            .env_remove("NPM_CONFIG_USERCONFIG")
            .env_remove("HTTPS_PROXY"),
        &[("KUBECONFIG", "second")],
    )
    .exits(0);
    assert_eq!(desk.effects(), ["WHO second||none"]);
}

/// The plan names them in all its forms and says which are not set here; so do `show` and the page.
#[test]
fn plan_show_and_page_name_them() {
    let desk = Desk::with(&body());
    let asked = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command
            .env_remove("NPM_CONFIG_USERCONFIG")
            .env_remove("HTTPS_PROXY");
        with(&mut command, &[("KUBECONFIG", "/cluster/of-mine")]).exits(0)
    };
    let plan = ["plan", "work", "--target", "target"];
    let text = asked(&plan).stdout;
    let line =
        "inherits: HTTPS_PROXY (not set here), KUBECONFIG, NPM_CONFIG_USERCONFIG (not set here)";
    assert!(text.contains(line), "{text}");
    assert!(!text.contains("of-mine"), "{text}");
    let text = asked(&[&plan[..], &["--format", "md"]].concat()).stdout;
    assert!(
        text.contains("## Inherited variables") && text.contains("KUBECONFIG"),
        "{text}"
    );
    assert!(
        text.contains("not set here") && !text.contains("of-mine"),
        "{text}"
    );
    let json = asked(&[&plan[..], &["--json"]].concat()).data();
    assert_eq!(
        json["inherited"],
        serde_json::json!([
            { "name": "HTTPS_PROXY", "set": false },
            { "name": "KUBECONFIG", "set": true },
            { "name": "NPM_CONFIG_USERCONFIG", "set": false },
        ])
    );
    let text = asked(&["show", "work"]).stdout;
    assert!(
        text.contains("HTTPS_PROXY, KUBECONFIG, NPM_CONFIG_USERCONFIG"),
        "{text}"
    );
    let json = asked(&["show", "work", "--json"]).data();
    assert_eq!(json["inherit"].as_array().map(Vec::len), Some(3), "{json}");
    desk.project.run(&["build"]).exits(0);
    let page = desk.project.read("public/runbooks/work.html");
    assert!(
        page.contains("<code>KUBECONFIG</code>"),
        "the page names them"
    );
}

/// What may not come through, where it is said, and the way out.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("LD_PRELOAD", "RB104", "programs run"),
    ("DYLD_INSERT_LIBRARIES", "RB104", "programs run"),
    ("BASH_ENV", "RB104", "programs run"),
    ("NODE_OPTIONS", "RB104", "programs run"),
    ("GIT_SSH_COMMAND", "RB104", "programs run"),
    ("PYTHONPATH", "RB104", "programs run"),
    ("npm_config_registry", "RB104", "programs run"),
    ("RB_RUN", "RB104", "program's own"),
    ("NPM_TOKEN", "RB112", "type: secret"),
    ("AWS_SECRET_ACCESS_KEY", "RB112", "type: secret"),
    ("AWS_ACCESS_KEY_ID", "RB112", "type: secret"),
    ("PGPASSWORD", "RB112", "type: secret"),
    ("MYSQL_PWD", "RB112", "type: secret"),
    ("SSHPASS", "RB112", "type: secret"),
    ("github_token", "RB112", "type: secret"),
    ("DOCKER_AUTH_CONFIG", "RB112", "type: secret"),
    ("MY-NAME", "runbook/env-name", "letters"),
    ("AWS_*", "runbook/env-name", "each"),
    ("$KUBECONFIG", "runbook/env-name", "`KUBECONFIG`"),
    ("KUBECONFIG=x", "runbook/env-name", "`env`"),
    ("", "runbook/env-name", "letters"),
];

/// What looks like one of those and is none: what names a place holds no secret.
const FINE: &[&str] = &[
    "KUBECONFIG",
    "AWS_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "SSH_AUTH_SOCK",
    "PGPASSFILE",
    "NPM_CONFIG_USERCONFIG",
    "npm_config_userconfig",
    "HTTPS_PROXY",
    "https_proxy",
    "TOKENIZERS_PARALLELISM",
    "KEYBOARD_LAYOUT",
    "COMPASS_URL",
    "DOCKER_HOST",
    "PATH",
    "LC_ALL",
];

#[test]
fn dangerous_names_and_secrets_are_refused_at_their_place() {
    let book = |name: &str| {
        format!(
            "runbook: 1\nid: work\nversion: 1.0.0\ntitle: Work\nowner: developer\nfixes: x\ninherit:\n  - HOME\n  - \"{name}\"\nsteps:\n  - {{ id: look, title: Look, check: {{ run: date }} }}\n"
        )
    };
    let site = |name: &str| format!("title: Desk\ninherit:\n  - HOME\n  - \"{name}\"\n");
    let project = Project::empty();
    project.write("content/index.md", "# Desk\n");
    for (name, code, remedy) in REFUSED {
        for (file, line, other, text) in [
            ("runbooks/work.yaml", 9, "site.yaml", book(name)),
            ("site.yaml", 4, "runbooks/work.yaml", site(name)),
        ] {
            project.write(file, text).write(
                other,
                if other == "site.yaml" {
                    site("HOME")
                } else {
                    book("HOME")
                },
            );
            let found = project.findings();
            let first = &found[0];
            assert_eq!(found.len(), 1, "{name} {file}: {found:?}");
            let told = format!("{} {}", first["message"], first["help"]);
            assert_eq!(
                (
                    first["code"].as_str(),
                    first["file"].as_str(),
                    first["line"].as_u64()
                ),
                (Some(*code), Some(file), Some(line)),
                "{name}: {first}"
            );
            assert!(told.contains(remedy), "{name}: {told}");
        }
    }
    for name in FINE {
        project
            .write("runbooks/work.yaml", book(name))
            .write("site.yaml", site(name));
        assert_eq!(
            project.findings(),
            Vec::<serde_json::Value>::new(),
            "{name}"
        );
    }
}
