//! What an expression or template may use at its place, and of which type each value is.
//!
//! Known are params, the run, the project's data, and what steps *before* it handed on. A later step's value would be
//! empty at three in the morning, and so would that of a step that runs at the same time; both are
//! errors here.

use super::Checker;
use super::types::Type;
use crate::diag::codes::Code;
use crate::diag::{Diagnostic, codes};
use crate::model::data::Data;
use crate::model::expression::Expression;
use crate::model::runbook::{FieldKind, Runbook, Step, StepKind, ValueKind};
use crate::model::value_path::{RunValue, StepValue, ValuePath};
use crate::resolve::no_such::no_datum;
use crate::source::Span;

/// The place an expression is filled at.
#[derive(Clone, Copy)]
pub(super) struct At {
    /// The index of the step it belongs to, in the order of [`Runbook::all_steps`].
    pub(super) step: usize,
    /// Whether it is filled after the step too, and can use the step's own values.
    pub(super) own: bool,
    /// Whether it is filled for each item of the step's own loop.
    pub(super) in_loop: bool,
    /// Whether the output of a command is at hand as JSON.
    pub(super) json: bool,
}

impl At {
    /// Before the step with this index.
    pub(super) fn before(step: usize) -> Self {
        Self {
            step,
            own: false,
            in_loop: false,
            json: false,
        }
    }
}

impl<'r> Checker<'r, '_> {
    /// The types of the paths of an expression, one for each; `None` for one that was reported.
    pub(super) fn types(&mut self, expression: &Expression, at: At) -> Vec<Option<Type<'r>>> {
        let paths = expression.root.paths();
        let mut found = Vec::new();
        for (path, place) in paths.into_iter().zip(&expression.places) {
            found.push(self.value(path, *place, at));
        }
        found
    }

    fn value(&mut self, path: &ValuePath, place: Span, at: At) -> Option<Type<'r>> {
        const CODE: &Code = codes::RUNBOOK_UNKNOWN_VALUE;
        match path {
            ValuePath::Param(name) => self.param(name, place),
            ValuePath::Step { id, value } => self.of_step(id, value, place, at),
            ValuePath::Run(_) => Some(Type::Text("a text")),
            ValuePath::UnknownOfRun(name) => {
                let known = RunValue::WORDS.map(|(word, _)| word);
                self.unknown(CODE, place, "value of the run", name, &known);
                None
            }
            ValuePath::Each(name) => {
                let known = self.nesting.items(at.step, at.in_loop);
                if known.contains(&name.as_str()) {
                    return Some(Type::Text("a text"));
                }
                self.unknown(CODE, place, "loop item", name, &known);
                None
            }
            ValuePath::Json(_) if at.json => Some(Type::Json),
            ValuePath::Data(path) => self.datum(path, place),
            ValuePath::UnknownOfParam { .. } | ValuePath::Json(_) | ValuePath::Unknown(_) => {
                let known = match at.json {
                    true => ["params", "steps", "run", "data", "json"].as_slice(),
                    false => &["params", "steps", "run", "data"],
                };
                self.unknown(CODE, place, "value", &path.to_string(), known);
                None
            }
        }
    }

    fn datum(&mut self, path: &str, place: Span) -> Option<Type<'r>> {
        match self.data.get(path) {
            Some(found) => Some(type_of_kind(Data::kind(&found.value))),
            None => {
                self.diagnostics.report(no_datum(place, path, self.data));
                None
            }
        }
    }

    fn param(&mut self, name: &str, place: Span) -> Option<Type<'r>> {
        let params = &self.runbook.params;
        let Some(param) = params.iter().find(|param| param.name.value == name) else {
            let names: Vec<&str> = params.iter().map(|p| p.name.value.as_str()).collect();
            self.unknown(codes::RUNBOOK_UNKNOWN_PARAM, place, "param", name, &names);
            return None;
        };
        Some(type_of(&param.kind))
    }

    fn of_step(&mut self, id: &str, value: &StepValue, place: Span, at: At) -> Option<Type<'r>> {
        let Some(index) = self.nesting.place(id) else {
            let ids = self.nesting.ids();
            self.unknown(codes::RUNBOOK_UNKNOWN_STEP, place, "step", id, &ids);
            return None;
        };
        let step = self.nesting.steps()[index];
        let own = index == at.step && at.own;
        if !own && let Some(why) = self.nesting.not_yet(index, at.step) {
            let diagnostic = Diagnostic::new(codes::RB202, place, format!("`{id}` {why}"));
            self.diagnostics.report(
                diagnostic
                    .related(step.id.span, "it runs here")
                    .help("use a value of an earlier step, or move this step behind it"),
            );
            return None;
        }
        let names = values_of(step, self.runbooks);
        let written = value.to_string();
        let Some((_, found)) = names.iter().find(|(name, _)| name == value) else {
            let known: Vec<String> = names.iter().map(|(name, _)| name.to_string()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let what = format!("value of step `{id}`");
            // `steps.build.image` was most likely to be `steps.build.outputs.image`.
            let last = |name: &&str| name.rsplit('.').next() == Some(written.as_str());
            match known.iter().copied().find(last) {
                Some(longer) => {
                    let message = format!("no {what} `{written}`");
                    let diagnostic = Diagnostic::new(codes::RUNBOOK_UNKNOWN_VALUE, place, message);
                    self.diagnostics
                        .report(diagnostic.help(format!("write `steps.{id}.{longer}`")));
                }
                None => self.unknown(codes::RUNBOOK_UNKNOWN_VALUE, place, &what, &written, &known),
            }
            return None;
        };
        let of_all = matches!(
            value,
            StepValue::Ok | StepValue::Warned | StepValue::Skipped
        );
        if !own && !of_all && self.nesting.is_repeated(index, at.step) {
            let message = format!("`{id}` runs once for each item, so it has many `{written}`");
            let help =
                format!("only `steps.{id}.ok`, `.warned` and `.skipped` speak for all items");
            self.diagnostics
                .report(Diagnostic::new(codes::RUNBOOK_UNKNOWN_VALUE, place, message).help(help));
            return None;
        }
        Some(found.clone())
    }
}

fn type_of(kind: &FieldKind) -> Type<'_> {
    match kind.kind {
        ValueKind::Enum => Type::OneOf(
            kind.values
                .iter()
                .map(|value| value.value.as_str())
                .collect(),
        ),
        kind => type_of_kind(kind),
    }
}

fn type_of_kind(kind: ValueKind) -> Type<'static> {
    match kind {
        ValueKind::Int => Type::Number,
        ValueKind::Bool => Type::Truth,
        ValueKind::String | ValueKind::Text | ValueKind::Enum => Type::Text("a text"),
        ValueKind::Semver => Type::Text("a version"),
        ValueKind::Duration => Type::Text("a time"),
        ValueKind::Date => Type::Text("a date"),
        ValueKind::Secret => Type::Secret,
    }
}

/// What later steps can ask of a step.
fn values_of<'r>(step: &'r Step, runbooks: &'r [(String, Runbook)]) -> Vec<(StepValue, Type<'r>)> {
    let mut values = vec![
        (StepValue::Ok, Type::Truth),
        (StepValue::Warned, Type::Truth),
        (StepValue::Skipped, Type::Truth),
        (StepValue::Exit, Type::Number),
    ];
    let outputs = step.outputs.iter();
    values.extend(outputs.map(|output| {
        let name = StepValue::Output(output.name.value.clone());
        (name, type_of(&output.kind))
    }));
    match &step.kind {
        StepKind::Manual(manual) => {
            let fields = manual.fields.iter();
            values.extend(
                fields.map(|(name, kind)| (StepValue::Field(name.value.clone()), type_of(kind))),
            );
        }
        StepKind::Decide(decide) => {
            let options = decide
                .options
                .iter()
                .map(|option| option.name.value.as_str());
            values.push((StepValue::Choice, Type::OneOf(options.collect())));
        }
        StepKind::Call(call) => {
            let callee = runbooks
                .iter()
                .find(|(_, book)| book.id.value == call.runbook.value);
            let outputs = callee.iter().flat_map(|(_, book)| &book.outputs);
            values
                .extend(outputs.map(|(name, _)| {
                    (StepValue::Output(name.value.clone()), Type::Text("a text"))
                }));
        }
        _ => {}
    }
    values
}
