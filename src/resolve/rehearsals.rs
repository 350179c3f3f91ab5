//! What test cases of runbooks name: runbooks, steps, params, options; and whether every command
//! has its fake.

use crate::diag::{Code, Diagnostic, Diagnostics, codes};
use crate::model::paths;
use crate::model::rehearsal::{Answer, Case, Fake, Stretch, Suite, Undone, Verified, plain};
use crate::model::runbook::{Runbook, Step, StepKind, Undo};
use crate::resolve::no_such::no_such;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// Words that the entry of a path can end with.
const ENDINGS: [&str; 16] = [
    "a", "absent", "already", "by", "doubt", "done", "expired", "failed", "found", "hand", "in",
    "needs", "rejected", "skipped", "terminal", "warned",
];

/// Reports everything in test cases that stands for nothing.
pub fn check(suites: &[Suite], books: &[&Runbook], diagnostics: &mut Diagnostics) {
    for suite in suites {
        let mut of_suite = Diagnostics::default();
        names(suite, books, &mut of_suite);
        let file = paths::runbook(&suite.runbook.value);
        for found in of_suite.iter() {
            diagnostics.report(found.clone().follows_from(&file));
        }
    }
}

/// Reports everything in a file of test cases that stands for nothing.
fn names(suite: &Suite, books: &[&Runbook], diagnostics: &mut Diagnostics) {
    let Some(book) = books
        .iter()
        .find(|book| book.id.value == suite.runbook.value)
    else {
        let ids: Vec<&str> = books.iter().map(|book| book.id.value.as_str()).collect();
        unknown(
            codes::RUNBOOK_UNKNOWN,
            &suite.runbook,
            "runbook",
            &ids,
            diagnostics,
        );
        return;
    };
    let mut steps = BTreeMap::new();
    collect(book, books, "", &mut steps);
    for case in &suite.cases {
        Checker {
            book,
            steps: &steps,
            diagnostics,
        }
        .case(case);
    }
}

/// The steps of a runbook by their paths, with those of the runbooks that it calls.
fn collect<'b>(
    book: &'b Runbook,
    books: &[&'b Runbook],
    within: &str,
    steps: &mut BTreeMap<String, &'b Step>,
) {
    for step in book.all_steps() {
        let path = format!("{within}{}", step.id.value);
        // A circle of calls was reported; it is walked once.
        if let StepKind::Call(call) = &step.kind
            && within.matches('/').count() < books.len()
            && let Some(called) = books
                .iter()
                .find(|book| book.id.value == call.runbook.value)
        {
            collect(called, books, &format!("{path}/"), steps);
        }
        steps.insert(path, step);
    }
}

fn unknown(
    code: &'static Code,
    name: &Spanned<String>,
    what: &str,
    known: &[&str],
    diagnostics: &mut Diagnostics,
) {
    diagnostics.report(no_such(code, name.span, what, &name.value, known));
}

struct Checker<'c, 'd> {
    book: &'c Runbook,
    steps: &'c BTreeMap<String, &'c Step>,
    diagnostics: &'d mut Diagnostics,
}

impl<'c> Checker<'c, '_> {
    fn case(&mut self, case: &Case) {
        let params: Vec<&str> = self
            .book
            .params
            .iter()
            .map(|param| param.name.value.as_str())
            .collect();
        for (name, value) in &case.params {
            let mut of_book = self.book.params.iter();
            if of_book.any(|param| param.name.value == *name && param.secret.is_some()) {
                let message = format!("`{name}` is a secret, and a test case gives none");
                let found = Diagnostic::new(codes::RUNBOOK_UNKNOWN_PARAM, value.span, message);
                self.diagnostics.report(
                    found.help("delete it: the commands that would read the secret have fakes"),
                );
            } else if !params.contains(&name.as_str()) {
                let name = Spanned::new(name.clone(), value.span);
                unknown(
                    codes::RUNBOOK_UNKNOWN_PARAM,
                    &name,
                    "param",
                    &params,
                    self.diagnostics,
                );
            }
        }
        for faked in case.fakes.values() {
            if let Some(step) = self.step(&faked.step) {
                for fake in &faked.tries {
                    self.outputs(step, fake, faked.step.span);
                    self.refusals(step, fake, faked.step.span);
                }
            }
        }
        for answered in case.answers.values() {
            if let Some(step) = self.step(&answered.step) {
                answered
                    .times
                    .iter()
                    .for_each(|answer| self.answer(step, answer, answered.step.span));
            }
        }
        self.expected(case);
        self.all_faked(case);
    }

    /// The step at a path of the run.
    fn step(&mut self, path: &Spanned<String>) -> Option<&'c Step> {
        let found = self.steps.get(&plain(&path.value)).copied();
        if found.is_none() {
            let known: Vec<&str> = self.steps.keys().map(String::as_str).collect();
            unknown(
                codes::RUNBOOK_UNKNOWN_STEP,
                path,
                "step",
                &known,
                self.diagnostics,
            );
        }
        found
    }

    /// Only a command that says how it asks for a person can ask for one.
    fn refusals(&mut self, step: &Step, fake: &Fake, place: Span) {
        let of_verify = step
            .verify
            .as_ref()
            .and_then(|verify| verify.refusal.as_ref());
        let of_undo = match &step.undo {
            Some(Undo::Command { refusal, .. }) => refusal.as_ref(),
            _ => None,
        };
        let asked = [
            (fake.refused, step.refusal.as_ref(), "refused: true"),
            (
                fake.verify == Verified::Refused,
                of_verify,
                "verify: refused",
            ),
            (fake.undo == Undone::Refused, of_undo, "undo: refused"),
        ];
        for (_, _, words) in asked
            .into_iter()
            .filter(|(is, how, _)| *is && how.is_none())
        {
            let id = &step.id.value;
            let message = format!("`{words}` means nothing: `{id}` does not say how it asks there");
            let help = "add `interactive: { says: [TEXT] }` to it in the runbook, or delete this";
            let found = Diagnostic::new(codes::RUNBOOK_LIMITS, place, message).help(help);
            self.diagnostics.report(found);
        }
    }

    /// A fake that succeeds hands on what the step declares, and nothing else.
    fn outputs(&mut self, step: &Step, fake: &Fake, place: Span) {
        let declared: Vec<&str> = step
            .outputs
            .iter()
            .map(|output| output.name.value.as_str())
            .collect();
        for (name, _) in &fake.outputs {
            if !declared.contains(&name.value.as_str()) {
                unknown(
                    codes::RUNBOOK_UNKNOWN_VALUE,
                    name,
                    "output",
                    &declared,
                    self.diagnostics,
                );
            }
        }
        let given = |name: &&&str| fake.outputs.iter().any(|(given, _)| given.value == **name);
        let missing: Vec<&str> = declared
            .iter()
            .filter(|name| !given(name))
            .copied()
            .collect();
        let ends_well = fake.exit == 0 && fake.crash.is_none() && !fake.refused;
        if ends_well && !missing.is_empty() {
            let message = format!(
                "the fake of `{}` does not set `{}`",
                step.id.value,
                missing.join("`, `")
            );
            let help = format!("add `outputs: {{ {}: … }}`", missing[0]);
            self.diagnostics
                .report(Diagnostic::new(codes::RUNBOOK_NO_FAKE, place, message).help(help));
        }
    }

    fn answer(&mut self, step: &Step, answer: &Answer, place: Span) {
        match (&step.kind, answer) {
            (StepKind::Approve(_), Answer::Word(word)) => {
                let words = ["approve", "reject", "expire"];
                if !words.contains(&word.value.as_str()) {
                    unknown(
                        codes::RUNBOOK_UNKNOWN_OPTION,
                        word,
                        "answer",
                        &words,
                        self.diagnostics,
                    );
                }
            }
            (StepKind::Decide(decide), Answer::Word(word)) => {
                let options: Vec<&str> = decide
                    .options
                    .iter()
                    .map(|option| option.name.value.as_str())
                    .collect();
                if !options.contains(&word.value.as_str()) {
                    unknown(
                        codes::RUNBOOK_UNKNOWN_OPTION,
                        word,
                        "option",
                        &options,
                        self.diagnostics,
                    );
                }
            }
            (StepKind::Manual(manual), Answer::Fields(given)) => {
                let fields: Vec<&str> = manual
                    .fields
                    .iter()
                    .map(|(name, _)| name.value.as_str())
                    .collect();
                for (name, _) in given {
                    if !fields.contains(&name.value.as_str()) {
                        unknown(
                            codes::RUNBOOK_UNKNOWN_VALUE,
                            name,
                            "field",
                            &fields,
                            self.diagnostics,
                        );
                    }
                }
            }
            (kind, _) => {
                let help = match kind {
                    StepKind::Approve(_) => "write `approve`, `reject` or `expire`",
                    StepKind::Decide(_) => "write the name of an option",
                    StepKind::Manual(_) => "write the fields as `{ name: value }`",
                    _ => "delete it: only `approve`, `manual` and `decide` ask people",
                };
                let message = format!("this is no answer to `{}`", kind.as_str());
                self.diagnostics.report(
                    Diagnostic::new(codes::RUNBOOK_UNKNOWN_OPTION, place, message).help(help),
                );
            }
        }
    }

    fn expected(&mut self, case: &Case) {
        let mut entries = Vec::new();
        for stretch in case.expect.path.iter().flatten() {
            match stretch {
                Stretch::Entry(entry) => entries.push(entry),
                Stretch::AnyOrder(list) => entries.extend(list),
                Stretch::Anything => {}
            }
        }
        for entry in entries {
            self.entry(entry);
        }
        for effect in case.expect.effects.iter().flatten() {
            self.step(effect);
        }
        for (name, value) in &case.expect.outputs {
            let step = name
                .rsplit_once('.')
                .map_or(name.as_str(), |(step, _)| step);
            self.step(&Spanned::new(step.to_owned(), value.span));
        }
    }

    /// `build`, `build failed`, `choose again`, `undo build failed`.
    fn entry(&mut self, entry: &Spanned<String>) {
        let mut words: Vec<&str> = entry.value.split_whitespace().collect();
        if words.first() == Some(&"undo") && words.len() > 1 {
            words.remove(0);
        }
        let path = words.first().copied().unwrap_or_default();
        let Some(step) = self.step(&Spanned::new(path.to_owned(), entry.span)) else {
            return;
        };
        let option = |word: &str| match &step.kind {
            StepKind::Decide(decide) => decide
                .options
                .iter()
                .any(|option| option.name.value == word),
            _ => false,
        };
        let known = |word: &&str| {
            ENDINGS.contains(word) || ["so", "timed", "out"].contains(word) || option(word)
        };
        if let Some(word) = words[1..].iter().find(|word| !known(word)) {
            let word = Spanned::new((*word).to_owned(), entry.span);
            unknown(
                codes::RUNBOOK_UNKNOWN_OPTION,
                &word,
                "way for a step to end",
                &ENDINGS,
                self.diagnostics,
            );
        }
    }

    /// Nothing real runs in a rehearsal, so every command has a fake.
    fn all_faked(&mut self, case: &Case) {
        let faked: Vec<String> = case.fakes.keys().map(|path| plain(path)).collect();
        let bare: Vec<&str> = self
            .steps
            .iter()
            .filter(|(path, step)| executes(step) && !faked.contains(*path))
            .map(|(path, _)| path.as_str())
            .collect();
        if !bare.is_empty() {
            let message = format!("no fake for `{}`", bare.join("`, `"));
            let help = "add it to `fakes`, or to `succeed` if it only ends with 0";
            self.diagnostics.report(
                Diagnostic::new(codes::RUNBOOK_NO_FAKE, case.name.span, message).help(help),
            );
        }
    }
}

/// Whether a step executes something.
fn executes(step: &Step) -> bool {
    step.kind.command().is_some() || step.verify.is_some()
}
