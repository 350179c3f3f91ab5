//! `*.test.yaml` to a [`Suite`]: cases of a runbook, with a fake for every command.
//!
//! What is said for all cases is merged into each. Whether the steps exist is asked in `resolve`.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::rehearsal::{
    Answer, Answered, Case, Crash, Expected, Fake, Faked, Stretch, Suite, Undone, Verified,
};
use crate::parse::fields::{self, Fields};
use crate::parse::schema;
use crate::parse::shape::{Holds, Names, Shape, optional, required, spellings};
use crate::parse::units::{TIME, Time};
use crate::parse::yaml::{self, Node, Value};
use crate::source::{SourceId, Spanned};
use std::collections::BTreeMap;

const CRASHES: [(&str, Crash); 2] = [
    ("before_effect", Crash::BeforeEffect),
    ("after_effect", Crash::AfterEffect),
];
const VERIFIED: [(&str, Verified); 5] = [
    ("truth", Verified::Truth),
    ("present", Verified::Present),
    ("absent", Verified::Absent),
    ("unknown", Verified::Unknown),
    ("refused", Verified::Refused),
];
const UNDONE: [(&str, Undone); 3] = [
    ("works", Undone::Works),
    ("fails", Undone::Fails),
    ("refused", Undone::Refused),
];
const AFTERWARDS: [(&str, bool); 1] = [("undo", true)];

const PARAMS: Holds = Holds::Named(Names::Lower, &Holds::Text);
const SUCCEED: Holds = Holds::Constants;
const FAKES: Holds = Holds::Named(Names::Free, &Holds::OneOrMany(&FAKE));
const ANSWERS: Holds = Holds::Named(
    Names::Free,
    &Holds::Either(&[
        Holds::Constants,
        Holds::Named(Names::Lower, &Holds::Text),
        Holds::List(&Holds::Named(Names::Lower, &Holds::Text)),
    ]),
);

static SUITE: Shape = Shape {
    name: "suite",
    what: "a file of test cases",
    own: &[
        required("tests", Holds::Format, "Version of this format."),
        required("runbook", Holds::Id, "The runbook's id."),
        required("cases", Holds::Many(&CASE), "The cases."),
        optional("params", PARAMS, "Params of every case."),
        optional("succeed", SUCCEED, "Steps that end with 0 in every case."),
        optional("fakes", FAKES, "What stands for the commands of steps."),
        optional("answers", ANSWERS, "What people say in every case."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

static CASE: Shape = Shape {
    name: "case",
    what: "a case",
    own: &[
        required("name", Holds::Constant, "What it is about."),
        required("expect", Holds::One(&EXPECTED), "What is to come of it."),
        optional("params", PARAMS, "Params that differ."),
        optional("succeed", SUCCEED, "Further steps that end with 0."),
        optional("fakes", FAKES, "Fakes that differ."),
        optional("answers", ANSWERS, "Answers that differ."),
        optional(
            "then",
            Holds::Word(&const { spellings(&AFTERWARDS) }),
            "What the operator does once the run has stopped.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

static FAKE: Shape = Shape {
    name: "fake",
    what: "a fake",
    own: &[
        optional(
            "exit",
            Holds::Whole(0),
            "The exit code; 0 if there is none.",
        ),
        optional("stdout", Holds::Text, "What it says."),
        optional("outputs", PARAMS, "Its outputs."),
        optional("sleep", Holds::Time, "How long it takes."),
        optional(
            "took_effect",
            Holds::Flag,
            "Whether it took effect; if nothing is said, it did if it ended with 0.",
        ),
        optional(
            "crash",
            Holds::Word(&const { spellings(&CRASHES) }),
            "Where it is killed, with what watches it.",
        ),
        optional(
            "verify",
            Holds::Word(&const { spellings(&VERIFIED) }),
            "What the step's `verify` says; the truth if there is none.",
        ),
        optional(
            "undo",
            Holds::Word(&const { spellings(&UNDONE) }),
            "What becomes of the step's `undo`.",
        ),
        optional(
            "refused",
            Holds::Flag,
            "Whether it does nothing and asks for a person at a terminal.",
        ),
        optional(
            "accepted",
            Holds::Flag,
            "Whether it writes a line to `$RB_ACCEPTED`.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

static EXPECTED: Shape = Shape {
    name: "expected",
    what: "what is expected",
    own: &[
        required("exit", Holds::Whole(0), "The exit code of the program."),
        optional(
            "path",
            Holds::List(&Holds::Constants),
            "What happens, in order; `...` is anything, a list in the list any order.",
        ),
        optional(
            "effects",
            Holds::Constants,
            "The steps whose effect remains.",
        ),
        optional(
            "outputs",
            Holds::Named(Names::Free, &Holds::Text),
            "Outputs of steps, as `STEP.NAME`.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

/// The JSON Schema of a file of test cases.
pub fn schema() -> serde_json::Value {
    schema::json_schema(&SUITE, "Test cases of a runbook")
}

/// Reads a file of test cases; nothing if it is no YAML mapping or names no runbook.
pub fn parse(source: SourceId, text: &str, diagnostics: &mut Diagnostics) -> Option<Suite> {
    let root = yaml::parse(source, text, 0..text.len(), diagnostics)?;
    let mut fields = Fields::shaped(&root, &SUITE, diagnostics)?;
    let format: Option<Spanned<u32>> =
        fields.parsed("tests", "`1`, the version of this format", diagnostics);
    if let Some(format) = format.filter(|format| format.value != 1) {
        let message = format!("version {} of test files is not known", format.value);
        diagnostics.report(
            Diagnostic::new(codes::RUNBOOK_FORMAT, format.span, message).help("write `tests: 1`"),
        );
    }
    let runbook = fields.text("runbook", diagnostics);
    let common = Said::read(&mut fields, diagnostics);
    let mut cases = Vec::new();
    for node in fields.node("cases").into_iter().flat_map(items) {
        cases.extend(case(node, &common, diagnostics));
    }
    fields.finish(diagnostics);
    Some(Suite {
        source,
        runbook: runbook?,
        cases,
    })
}

/// The items of a list; one value is a list of one.
fn items(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// What a file says for all cases, or a case for itself.
#[derive(Default)]
struct Said {
    params: BTreeMap<String, Spanned<String>>,
    fakes: BTreeMap<String, Faked>,
    answers: BTreeMap<String, Answered>,
}

impl Said {
    fn read(fields: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> Self {
        let mut said = Self {
            params: named_texts(fields, "params", diagnostics)
                .into_iter()
                .map(|(name, value)| (name.value, value))
                .collect(),
            ..Self::default()
        };
        for step in fields.texts("succeed", diagnostics) {
            let tries = vec![Fake::default()];
            said.fakes.insert(step.value.clone(), Faked { step, tries });
        }
        if let Some(node) = fields.node("fakes") {
            for (key, value) in fields::entries(node, "fakes", diagnostics) {
                let step = Spanned::new(key.text.clone(), key.span);
                let read = |node| fake(node, diagnostics);
                let tries: Vec<Fake> = items(value).iter().filter_map(read).collect();
                if !tries.is_empty() {
                    said.fakes.insert(key.text.clone(), Faked { step, tries });
                }
            }
        }
        if let Some(node) = fields.node("answers") {
            for (key, value) in fields::entries(node, "answers", diagnostics) {
                let step = Spanned::new(key.text.clone(), key.span);
                let read = |node| answer(node, diagnostics);
                let times: Vec<Answer> = items(value).iter().filter_map(read).collect();
                if !times.is_empty() {
                    said.answers
                        .insert(key.text.clone(), Answered { step, times });
                }
            }
        }
        said
    }
}

fn case(node: &Node, common: &Said, diagnostics: &mut Diagnostics) -> Option<Case> {
    let mut fields = Fields::shaped(node, &CASE, diagnostics)?;
    let name = fields.text("name", diagnostics);
    let own = Said::read(&mut fields, diagnostics);
    let then = fields.choice("then", &AFTERWARDS, diagnostics);
    let expect = fields
        .node("expect")
        .and_then(|node| expected(node, diagnostics));
    fields.finish(diagnostics);
    Some(Case {
        name: name?,
        params: merged(&common.params, own.params),
        fakes: merged(&common.fakes, own.fakes),
        answers: merged(&common.answers, own.answers),
        undo: then.is_some_and(|undo| undo.value),
        expect: expect?,
    })
}

fn merged<T: Clone>(common: &BTreeMap<String, T>, own: BTreeMap<String, T>) -> BTreeMap<String, T> {
    let mut both = common.clone();
    both.extend(own);
    both
}

fn fake(node: &Node, diagnostics: &mut Diagnostics) -> Option<Fake> {
    let mut fields = Fields::shaped(node, &FAKE, diagnostics)?;
    let exit: Option<Spanned<u8>> = fields.parsed("exit", "an exit code, 0 to 255", diagnostics);
    let stdout = fields.text("stdout", diagnostics);
    let outputs = named_texts(&mut fields, "outputs", diagnostics);
    let sleep: Option<Spanned<Time>> = fields.parsed("sleep", TIME, diagnostics);
    let found = Fake {
        exit: exit.map_or(0, |exit| i32::from(exit.value)),
        stdout: stdout.map_or_else(String::new, |stdout| stdout.value),
        outputs: outputs
            .into_iter()
            .map(|(name, value)| (name, value.value))
            .collect(),
        sleep: sleep.map(|time| time.value.0),
        took_effect: fields
            .parsed("took_effect", "`true` or `false`", diagnostics)
            .map(|took: Spanned<bool>| took.value),
        crash: fields
            .choice("crash", &CRASHES, diagnostics)
            .map(|crash| crash.value),
        verify: fields
            .choice("verify", &VERIFIED, diagnostics)
            .map_or(Verified::Truth, |verify| verify.value),
        undo: fields
            .choice("undo", &UNDONE, diagnostics)
            .map_or(Undone::Works, |undo| undo.value),
        refused: fields.flag("refused", diagnostics),
        accepted: fields.flag("accepted", diagnostics),
    };
    fields.finish(diagnostics);
    Some(found)
}

fn named_texts(
    fields: &mut Fields<'_>,
    key: &'static str,
    diagnostics: &mut Diagnostics,
) -> Vec<(Spanned<String>, Spanned<String>)> {
    fields
        .node(key)
        .map_or_else(Vec::new, |node| pairs(node, key, diagnostics))
}

fn pairs(
    node: &Node,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<(Spanned<String>, Spanned<String>)> {
    let mut found = Vec::new();
    for (key, value) in fields::entries(node, what, diagnostics) {
        let name = Spanned::new(key.text.clone(), key.span);
        found.extend(fields::text(value, diagnostics).map(|value| (name, value)));
    }
    found
}

fn answer(node: &Node, diagnostics: &mut Diagnostics) -> Option<Answer> {
    match &node.value {
        Value::Map(_) => {
            let fields = pairs(node, "fields", diagnostics);
            let plain = fields.into_iter().map(|(name, value)| (name, value.value));
            Some(Answer::Fields(plain.collect()))
        }
        _ => fields::text(node, diagnostics).map(Answer::Word),
    }
}

fn expected(node: &Node, diagnostics: &mut Diagnostics) -> Option<Expected> {
    let mut fields = Fields::shaped(node, &EXPECTED, diagnostics)?;
    let exit: Option<Spanned<u8>> = fields.parsed("exit", "an exit code, 0 to 255", diagnostics);
    let path = fields.node("path").map(|node| {
        let stretch = |node| stretch(node, diagnostics);
        items(node).iter().filter_map(stretch).collect()
    });
    let effects = fields
        .key_span("effects")
        .map(|_| fields.texts("effects", diagnostics));
    let outputs = named_texts(&mut fields, "outputs", diagnostics);
    fields.acknowledge(&["effects"]);
    fields.finish(diagnostics);
    Some(Expected {
        exit: exit?.map(i32::from),
        path,
        effects,
        outputs: outputs
            .into_iter()
            .map(|(name, value)| (name.value, value))
            .collect(),
    })
}

fn stretch(node: &Node, diagnostics: &mut Diagnostics) -> Option<Stretch> {
    match &node.value {
        Value::List(_) => Some(Stretch::AnyOrder(fields::texts(node, diagnostics))),
        _ => fields::text(node, diagnostics).map(|entry| match entry.value.as_str() {
            "..." => Stretch::Anything,
            _ => Stretch::Entry(entry),
        }),
    }
}
