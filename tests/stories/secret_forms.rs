//! A secret in every form, wherever it could be kept: what is masked and what is not is what the
//! manual's table says.

use crate::desk::Desk;
use crate::project::files_below;
use serde_json::Value;
use std::process::Command;

const FORMS: &str = include_str!("secret_forms/forms.mjs");
const MANUAL: &str = include_str!("../../docs/running/secrets.md");

/// A secret with every sign that some form spells in another way; and one of lines, some short.
const VALUE: &str = "hunter2/\"secret\" v\u{e4}lue's <&> $41";
const LINES: &str = "first line of it\n  ab12\n  }\n  cd34\nlast of them 77";

/// A runbook with both secrets and a long one, and a step that does this with them.
fn telling(script: &str) -> Desk {
    let script = script.replace('\n', "\n      ");
    let desk = Desk::with(&format!(
        "params:\n  one: {{ type: secret, from: {{ command: [cat, one] }} }}\n  lines: {{ type: secret, from: {{ command: [cat, lines] }} }}\n  long: {{ type: secret, from: {{ command: [cat, long] }} }}\nsteps:\n  - id: tell\n    title: Tell\n    run: |\n      : \"$RB_SECRET_ONE\" \"$RB_SECRET_LINES\" \"$RB_SECRET_LONG\"\n      {script}\n    effect: idempotent\n"
    ));
    let long: String = (0..1100).map(|at| format!("{at:04} <b>/")).collect();
    desk.project
        .write("one", VALUE)
        .write("lines", LINES)
        .write("long", &long)
        .write("target/both", format!("{VALUE}\n----\n{LINES}"))
        .write("target/long", &long)
        .write("target/forms.mjs", FORMS);
    desk
}

/// Every form: the row of the table that it belongs to, and what stands around the secret.
fn forms(desk: &Desk) -> Vec<Value> {
    let mut node = Command::new("node");
    node.args(["forms.mjs", "both", "long", "--list"])
        .current_dir(desk.project.path("target"));
    let output = node.output().expect("node starts");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The rows of the manual's table, with whether they are masked.
fn rows() -> Vec<(String, bool)> {
    let table = MANUAL.split("| Form | Masked |\n| --- | --- |\n").nth(1);
    let table = table.and_then(|rest| rest.split("\n\n").next());
    let row = |line: &str| {
        let (form, masked) = line.trim_matches(['|', ' ']).rsplit_once(" | ")?;
        Some((form.to_owned(), masked == "yes"))
    };
    let rows = table.expect("the manual has the table").lines();
    rows.map(|line| row(line).expect("a row has two cells"))
        .collect()
}

fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn word<'f>(form: &'f Value, name: &str) -> &'f str {
    form[name].as_str().unwrap_or_default()
}

#[test]
fn what_is_masked_is_what_the_manual_says() {
    let desk = telling("node forms.mjs both long");
    let forms = forms(&desk);
    assert!(forms.len() >= 80, "{}", forms.len());
    let mut shown: Vec<&str> = forms.iter().map(|form| word(form, "row")).collect();
    shown.dedup();
    let rows = rows();
    let named: Vec<&str> = rows.iter().map(|(form, _)| form.as_str()).collect();
    assert_eq!(shown, named, "each row of the table is shown");

    desk.exec(&[]).exits(0);

    let log = std::fs::read(desk.folder().join("steps/tell.1/log")).expect("there is a log");
    let log = String::from_utf8_lossy(&log);
    for (at, form) in forms.iter().enumerate() {
        let said = log.split(&format!("<<{at}>>\n")).nth(1);
        let said = said.and_then(|rest| rest.split("\n<<end>>").next());
        let said = said.unwrap_or_else(|| panic!("form {at} is not in the log: {form}"));
        let (before, after) = (word(form, "before"), word(form, "after"));
        let (_, is_masked) = rows
            .iter()
            .find(|(row, _)| row == word(form, "row"))
            .expect("it is in the table");
        if !is_masked {
            let whole = format!("{before}{}{after}", word(form, "text"));
            assert_eq!(dense(said), dense(&whole), "not promised: {form}");
        } else if let Some(around) = form["around"].as_u64() {
            let left = dense(said).replace("(secret)", "");
            assert!(
                left.len() as u64 <= around && said.contains("(secret)"),
                "{form}: {said}"
            );
        } else {
            let wanted = format!("{before}(secret){after}");
            assert_eq!(dense(said), dense(&wanted), "{form}");
        }
    }
}

#[test]
fn no_masked_form_is_handed_on_or_kept() {
    let places = [
        "node form.mjs | tr -d '\\n' | sed 's/^/made=/' >> \"$RB_OUTPUT\"",
        "node form.mjs > \"$RB_OUTPUT_DIR/kept\"",
        "mkdir \"$RB_OUTPUT_DIR/in\"; node form.mjs > \"$RB_OUTPUT_DIR/in/kept\"",
    ];
    let (rows, forms) = (rows(), forms(&telling("true")));
    for (at, (row, _)) in rows.iter().filter(|(_, masked)| *masked).enumerate() {
        let desk = telling(places[at % places.len()]);
        let form = forms.iter().rfind(|form| word(form, "row") == row);
        let text = word(form.expect("the row is shown"), "text").to_owned();
        let quoted = serde_json::to_string(&text).expect("a text becomes JSON");
        desk.project
            .write("target/form.mjs", format!("process.stdout.write({quoted})"));

        let ran = desk.exec(&[]).exits(1);

        assert!(
            ran.stdout.contains("wrote a secret to its outputs"),
            "{row}: {}",
            ran.stdout
        );
        for (name, bytes) in files_below(&desk.project.path("state")) {
            let kept = String::from_utf8_lossy(&bytes);
            assert!(
                !dense(&kept).contains(&dense(&text)),
                "{row}: {name} holds {text}: {kept}"
            );
        }
    }
}

#[test]
fn ten_megabytes_of_ordinary_output_have_no_mask_in_them() {
    let desk = telling(
        "node -e 'let n = 0; for (let at = 0; n < 10e6; at++) { const line = `{\\n  \"id\": ${at},\\n  \"of\": \"${(at * 2654435761 >>> 0).toString(16)}\"\\n}\\n   Compiling crate-${at % 97} v0.1.${at % 7}\\n}\\nab12 }\\n  }\\n`; n += line.length; process.stdout.write(line); }' | tee said",
    );

    desk.exec(&[]).exits(0);

    let log = std::fs::read(desk.folder().join("steps/tell.1/log")).expect("there is a log");
    let said = std::fs::read(desk.project.path("target/said")).expect("it was said");
    assert!(log.len() >= 10_000_000);
    assert!(log == said, "not a byte is changed");
}
