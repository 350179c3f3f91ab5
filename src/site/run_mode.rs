//! What run mode needs of a runbook, as a script beside its page.
//!
//! A script and not JSON, because a page opened from disk may load scripts and nothing else. It
//! holds what the page cannot say in HTML: types of values, and commands with their holes.

use crate::model::expression::{Template, TemplatePiece};
use crate::model::runbook::{
    Check, Command, CommandText, Defaults, Env, FieldKind, Output, Param, Runbook, Step, StepKind,
    Undo, ValueKind, Verify, Wait,
};
use crate::model::value_path::{StepValue, ValuePath};
use crate::site::{commands, pattern};
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
struct Book<'b> {
    id: &'b str,
    version: &'b str,
    title: &'b str,
    expect: Option<u64>,
    limit: Option<u64>,
    params: Vec<Value<'b>>,
    steps: Vec<RunModeData<'b>>,
}

/// A value that a person gives.
#[derive(Serialize)]
struct Value<'b> {
    /// The path that holes know it by.
    of: String,
    name: &'b str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'b str>,
    /// A pattern that only the terminal judges.
    #[serde(skip_serializing_if = "Option::is_none")]
    unjudged: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'b str>,
    needed: bool,
}

#[derive(Serialize)]
struct RunModeData<'b> {
    id: &'b str,
    title: &'b str,
    /// Whether it counts: not what only happens after a failure, and not a frame of others.
    counts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expect: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Typed<'b>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<Typed<'b>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<Back<'b>>,
    /// What the person writes down at this step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gives: Vec<Value<'b>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'b str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Back<'b> {
    Command(Typed<'b>),
    None(&'b str),
    Instead(&'b str),
}

/// A command as somebody would type it.
#[derive(Serialize)]
struct Typed<'b> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shell: Vec<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<&'b str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<Vec<Piece<'b>>>,
    /// Its own variables, then those of the whole runbook.
    env: Vec<(&'b str, Vec<Piece<'b>>)>,
    /// How many of `env` are its own.
    own: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cwd: Option<&'b str>,
    /// Whether its exit code is the answer.
    asks: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Piece<'b> {
    Text(&'b str),
    Hole { of: String },
}

/// The script of a runbook.
pub(crate) fn script(book: &Runbook) -> String {
    let mut steps = Vec::new();
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
    let budget = book.budget.unwrap_or_default();
    for (list, counts) in [
        (&book.steps, true),
        (&book.on_failure, false),
        (&book.finally, true),
    ] {
        collect(list, None, counts, &book.defaults, &mut steps);
    }
    let data = Book {
        id: &book.id.value,
        version: &book.version.value,
        title: &book.title.value,
        expect: seconds(budget.expect),
        limit: seconds(budget.limit),
        params: book.params.iter().filter_map(param).collect(),
        steps,
    };
    let json = serde_json::to_string(&data).expect("texts and numbers are JSON");
    format!("$rb.book({json});\n")
}

fn collect<'b>(
    steps: &'b [Step],
    parent: Option<&'b str>,
    counts: bool,
    defaults: &'b Defaults,
    out: &mut Vec<RunModeData<'b>>,
) {
    for step in steps {
        let below = step.kind.steps();
        out.push(RunModeData {
            counts: counts && below.is_empty(),
            parent,
            ..by_hand(step, defaults)
        });
        collect(below, Some(&step.id.value), counts, defaults, out);
    }
}

fn by_hand<'b>(step: &'b Step, defaults: &'b Defaults) -> RunModeData<'b> {
    let of_step = |value| ValuePath::of_step(&step.id.value, value);
    let typed = |command: &'b Command, env: &[&'b Env], asks| {
        let cwd = step.cwd.as_ref().map(|cwd| cwd.value.as_str());
        typed(command, env, cwd, asks, defaults)
    };
    let verify = |verify: &'b Verify| typed(&verify.command, &[&verify.env, &step.env], true);
    let fields = match &step.kind {
        StepKind::Manual(manual) => manual.fields.as_slice(),
        _ => &[],
    };
    let field = |(name, kind): &'b (crate::source::Spanned<String>, FieldKind)| {
        value(
            of_step(StepValue::Field(name.value.clone())),
            &name.value,
            kind,
        )
    };
    let output = |output: &'b Output| {
        let path = of_step(StepValue::Output(output.name.value.clone()));
        value(path, &output.name.value, &output.kind)
    };
    let each = step.for_each.iter().map(|each| {
        let path = format!("{}/each.{}", step.id.value, each.name.value);
        let items: Vec<&str> = each.items.iter().filter_map(constant).collect();
        let fixed = items.len() == each.items.len();
        Value {
            kind: if fixed {
                ValueKind::Enum
            } else {
                ValueKind::String
            }
            .as_str(),
            values: if fixed { items } else { Vec::new() },
            ..Value::free(path, &each.name.value)
        }
    });
    let given = fields
        .iter()
        .map(field)
        .chain(step.outputs.iter().map(output));
    let choice = match &step.kind {
        StepKind::Decide(decide) => Some(Value {
            kind: ValueKind::Enum.as_str(),
            values: decide
                .options
                .iter()
                .map(|option| option.name.value.as_str())
                .collect(),
            ..Value::free(of_step(StepValue::Choice), "choice")
        }),
        _ => None,
    };
    RunModeData {
        id: &step.id.value,
        title: step.name(),
        counts: true,
        expect: step.expect.map(|time| time.as_secs()),
        command: match &step.kind {
            StepKind::Command(command) => Some(typed(command, &[&step.env], false)),
            StepKind::Check(Check { command, .. }) => Some(typed(command, &[&step.env], true)),
            StepKind::Wait(Wait {
                until: Some(poll), ..
            }) => Some(typed(&poll.command, &[&poll.env, &step.env], true)),
            _ => None,
        },
        verify: step.verify.as_ref().map(verify),
        undo: step.undo.as_ref().map(|undo| match undo {
            Undo::Command { command, env, .. } => {
                Back::Command(typed(command, &[env, &step.env], false))
            }
            Undo::None(reason) => Back::None(&reason.value),
            Undo::Instead(id) => Back::Instead(&id.value),
        }),
        gives: each.chain(given).chain(choice).collect(),
        parent: None,
    }
}

fn typed<'b>(
    command: &'b Command,
    own: &[&'b Env],
    cwd: Option<&'b str>,
    asks: bool,
    defaults: &'b Defaults,
) -> Typed<'b> {
    let mut env: Vec<(&str, Vec<Piece<'_>>)> = Vec::new();
    let mut counted = 0;
    for (at, variables) in own.iter().copied().chain([&defaults.env]).enumerate() {
        for (name, text) in variables {
            if env.iter().all(|(known, _)| known != name) {
                env.push((name, pieces(text)));
            }
        }
        if at + 1 == own.len() {
            counted = env.len();
        }
    }
    let (shell, script, words) = match &command.text {
        CommandText::Shell { script, shell } => (
            defaults.interpreter(shell),
            Some(script.trim_end()),
            Vec::new(),
        ),
        CommandText::Program(items) => (Vec::new(), None, items.iter().map(pieces).collect()),
    };
    Typed {
        shell,
        script,
        words,
        env,
        own: counted,
        cwd,
        asks,
    }
}

fn pieces(text: &Template) -> Vec<Piece<'_>> {
    text.parts.iter().map(piece).collect()
}

fn piece(part: &TemplatePiece) -> Piece<'_> {
    match part {
        TemplatePiece::Text(text) => Piece::Text(text),
        TemplatePiece::Hole(hole) => Piece::Hole {
            of: commands::path(hole),
        },
    }
}

/// The text of a template without holes.
fn constant(text: &Template) -> Option<&str> {
    text.holes().next().is_none().then_some(text.text.as_str())
}

/// A param; a secret is never asked for in a page.
fn param(param: &Param) -> Option<Value<'_>> {
    let asked = param.kind.kind != ValueKind::Secret;
    asked.then(|| Value {
        default: param.default.as_ref().map(|default| default.value.as_str()),
        needed: param.default.is_none() && !param.optional,
        ..value(
            ValuePath::Param(param.name.value.clone()),
            &param.name.value,
            &param.kind,
        )
    })
}

fn value<'b>(of: ValuePath, name: &'b str, kind: &'b FieldKind) -> Value<'b> {
    let plain = kind.plain();
    Value {
        kind: plain.kind.as_str(),
        ask: plain.ask,
        pattern: plain.pattern.filter(|pattern| pattern::is_linear(pattern)),
        unjudged: plain.pattern.filter(|pattern| !pattern::is_linear(pattern)),
        min: plain.min,
        max: plain.max,
        values: plain.values,
        unit: plain.unit,
        ..Value::free(of, name)
    }
}

impl<'b> Value<'b> {
    /// A line of text with nothing asked of it.
    fn free(of: impl ToString, name: &'b str) -> Self {
        Self {
            of: of.to_string(),
            name,
            kind: ValueKind::String.as_str(),
            ask: None,
            pattern: None,
            unjudged: None,
            min: None,
            max: None,
            values: Vec::new(),
            unit: None,
            default: None,
            needed: false,
        }
    }
}
