//! Directives: whether each names a generated part or a template of the project, with arguments
//! that exist; and whether data in a text is what its source says.

use crate::diag::{Code, Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::data::Data;
use crate::model::directive::{BuiltIn, Takes};
use crate::model::page::PageDraft;
use crate::model::policy::Policy;
use crate::model::prose::{Alert, Argument, Directive, Form, Prose};
use crate::model::runbook::Runbook;
use crate::model::step_times;
use crate::resolve::Drafts;
use crate::resolve::no_such::{no_datum, no_such};
use std::collections::BTreeMap;

/// What the directives of a project can name.
pub(super) struct DirectiveContext<'k> {
    own: &'k BTreeMap<String, Takes>,
    data: &'k Data,
    pages: &'k [PageDraft],
    runbooks: &'k [(String, Runbook)],
    policy: &'k Policy,
}

impl<'k> DirectiveContext<'k> {
    pub(super) fn new(project: &'k Drafts, own: &'k BTreeMap<String, Takes>) -> Self {
        Self {
            own,
            data: &project.values,
            pages: &project.pages,
            runbooks: &project.runbooks,
            policy: &project.policy,
        }
    }

    /// Reports directives of a text that would show nothing or mean nothing.
    pub(super) fn check(&self, prose: &Prose, diagnostics: &mut Diagnostics) {
        for directive in prose.directives.iter().filter(|found| !found.unread) {
            let mut found = Diagnostics::default();
            self.directive(directive, &mut found);
            for diagnostic in found.iter() {
                diagnostics.report(prose.with_chain(diagnostic.clone()));
            }
        }
    }

    fn directive(&self, directive: &Directive, found: &mut Diagnostics) {
        let name = directive.name.as_str();
        if let Some(takes) = self.own.get(name) {
            let needed =
                |(key, value): &(String, Option<String>)| value.is_none().then(|| key.clone());
            let required: Vec<String> = takes.arguments.iter().filter_map(needed).collect();
            let required: Vec<&str> = required.iter().map(String::as_str).collect();
            let all: Vec<&str> = takes
                .arguments
                .iter()
                .map(|(key, _)| key.as_str())
                .collect();
            return arguments(directive, &required, &all, found);
        }
        let Some(known) = BuiltIn::of_name(name) else {
            return self.unknown(directive, found);
        };
        let writing = known.writing();
        if writing.form != directive.form {
            found.report(of_another_form(directive, writing.form));
            return;
        }
        let all = [writing.required, writing.optional].concat();
        arguments(directive, writing.required, &all, found);
        if let Some(diagnostic) = self.nothing_to_show(known, directive) {
            found.report(diagnostic);
        }
    }

    fn unknown(&self, directive: &Directive, found: &mut Diagnostics) {
        let name = directive.name.as_str();
        let names: Vec<&str> = BuiltIn::ALL
            .iter()
            .map(|known| known.writing().name)
            .chain(["include"])
            .chain(self.own.keys().map(String::as_str))
            .collect();
        let help = match Alert::of_directive(name) {
            Some(alert) => alert.offer(),
            None => did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| format!("there are: {}", names.join(", "))),
        };
        let message = format!("no directive `{name}`");
        found.report(Diagnostic::new(codes::DIRECTIVE_UNKNOWN, directive.span, message).help(help));
    }

    /// Why a directive of the program would show nothing, or what it should not.
    fn nothing_to_show(&self, known: BuiltIn, directive: &Directive) -> Option<Diagnostic> {
        let empty = |message: &str, help: &str| {
            Some(Diagnostic::new(codes::DIRECTIVE_EMPTY, directive.span, message).help(help))
        };
        match known {
            BuiltIn::Pages => self.pages_under(directive.given("under")?),
            BuiltIn::Errors => self.errors_under(directive.given("under")?),
            BuiltIn::Approvals if self.policy.matrix.is_empty() => empty(
                "there is no approval matrix",
                "write it into `data/approvals.yaml`",
            ),
            BuiltIn::Roles if self.policy.roles.is_none() => {
                empty("there are no roles", "write them into `data/roles.yaml`")
            }
            BuiltIn::Times => self.times(directive.given("runbook")?),
            BuiltIn::Message => self.message(directive.given("name")?),
            BuiltIn::Data => self.datum(directive, directive.given("path")?),
            BuiltIn::Approvals
            | BuiltIn::Roles
            | BuiltIn::Runbooks
            | BuiltIn::Tabs
            | BuiltIn::Tab
            | BuiltIn::Details => None,
        }
    }

    fn pages_under(&self, under: &Argument) -> Option<Diagnostic> {
        let folder = format!("{}/", under.value.trim_matches('/'));
        let mut urls = self.pages.iter().map(|page| page.url.as_str());
        if urls.any(|url| url.starts_with(&folder)) {
            return None;
        }
        let message = format!("no pages under `{}`", under.value);
        let diagnostic = Diagnostic::new(codes::DIRECTIVE_EMPTY, under.span, message);
        Some(diagnostic.help("name a folder below the root of the site"))
    }

    fn errors_under(&self, under: &Argument) -> Option<Diagnostic> {
        let folder = format!("{}/", under.value.trim_matches('/'));
        let below = |page: &&PageDraft| page.url.as_str().starts_with(&folder);
        let mut pages = self.pages.iter().filter(below);
        if pages.any(|page| !page.front.errors.is_empty()) {
            return None;
        }
        let message = format!(
            "no page under `{}` says which messages it answers",
            under.value
        );
        let diagnostic = Diagnostic::new(codes::DIRECTIVE_EMPTY, under.span, message);
        Some(diagnostic.help("name a folder below the root of the site whose pages have `errors`"))
    }

    fn message(&self, name: &Argument) -> Option<Diagnostic> {
        let path = Data::message(&name.value, "text");
        let found = self.data.get(&path);
        found
            .is_none()
            .then(|| no_datum(name.span, &path, self.data))
    }

    /// Whether a runbook has steps that say how long they take.
    fn times(&self, runbook: &Argument) -> Option<Diagnostic> {
        let books: Vec<&Runbook> = self.runbooks.iter().map(|(_, book)| book).collect();
        let Some(book) = books.iter().find(|book| book.id.value == runbook.value) else {
            let known: Vec<&str> = books.iter().map(|book| book.id.value.as_str()).collect();
            const CODE: &Code = codes::RUNBOOK_UNKNOWN;
            return Some(no_such(
                CODE,
                runbook.span,
                "runbook",
                &runbook.value,
                &known,
            ));
        };
        step_times::lines(book, &books).is_empty().then(|| {
            let message = format!("no step of `{}` says how long it takes", runbook.value);
            Diagnostic::new(codes::DIRECTIVE_EMPTY, runbook.span, message)
                .related(book.id.span, "the runbook is here")
                .help("write `expect: 2m` into those that take long")
        })
    }

    /// Whether the words of `:data[…]` hold the value that stands at its path.
    fn datum(&self, directive: &Directive, path: &Argument) -> Option<Diagnostic> {
        let Some(value) = self.data.get(&path.value) else {
            return Some(no_datum(path.span, &path.value, self.data));
        };
        if says(&directive.words, &value.value) {
            return None;
        }
        let message = format!(
            "`{}` here, and `{}` in the data",
            directive.words,
            value.value.trim()
        );
        Some(
            Diagnostic::new(codes::DATA_DIFFERS, directive.span, message)
                .related(value.span, "the value is here")
                .help("make both say the same"),
        )
    }
}

fn of_another_form(directive: &Directive, form: Form) -> Diagnostic {
    let name = &directive.name;
    let written = directive.form.written(name);
    let message = format!("`{written}` is written `{}`", form.written(name));
    Diagnostic::new(codes::DIRECTIVE_FORM, directive.span, message).help(match form {
        Form::Leaf => "two colons, alone on its line, without an end",
        Form::Container => "three colons, and a line `:::` below its last line",
        Form::Inline => "one colon and its words in brackets, inside a line",
    })
}

fn arguments(directive: &Directive, required: &[&str], all: &[&str], found: &mut Diagnostics) {
    let written = directive.form.written(&directive.name);
    for argument in &directive.arguments {
        let key = argument.key.as_str();
        if all.contains(&key) {
            continue;
        }
        let help = did_you_mean(key, all.iter().copied()).unwrap_or_else(|| match all.is_empty() {
            true => format!("`{written}` takes none"),
            false => format!("it takes: {}", all.join(", ")),
        });
        let message = format!("`{written}` has no argument `{key}`");
        found.report(
            Diagnostic::new(codes::DIRECTIVE_ARGUMENT, argument.key_span, message).help(help),
        );
    }
    for key in required.iter().filter(|key| directive.given(key).is_none()) {
        let message = format!("`{written}` needs `{key}`");
        let diagnostic = Diagnostic::new(codes::DIRECTIVE_ARGUMENT, directive.span, message);
        found.report(diagnostic.help(format!("write `{{{key}=\"…\"}}` behind it")));
    }
}

/// Whether `words` hold `value` as words of their own: `90 %` says `90`, and not `9` or `0`; a time is
/// said by the same time, so that `5 minutes` says `5 min`.
fn says(words: &str, value: &str) -> bool {
    let time = |text: &str| text.trim().parse::<jiff::SignedDuration>().ok();
    if let (Some(said), Some(meant)) = (time(words), time(value)) {
        return said == meant;
    }
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (words, value) = (plain(words), plain(value));
    let joins = |c: char| c.is_alphanumeric();
    let apart = |at: usize| {
        let (before, after) = (&words[..at], &words[at + value.len()..]);
        // `1.10` does not say `1`: a point or comma between digits joins them.
        let number = |rest: &mut dyn Iterator<Item = char>| {
            matches!(rest.next(), Some('.' | ','))
                && rest.next().is_some_and(|c| c.is_ascii_digit())
        };
        !before.ends_with(joins)
            && !after.starts_with(joins)
            && !number(&mut before.chars().rev())
            && !number(&mut after.chars())
    };
    !value.is_empty() && words.match_indices(&value).any(|(at, _)| apart(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_a_value_whole() {
        for (words, value, expected) in [
            ("90 %", "90", true),
            ("within 90 minutes", "90", true),
            ("90  %", "90 %", true), // white space is no difference
            ("90 %", "9", false),
            ("1.10", "1", false),
            ("1.10.", "1.10", true), // the end of a sentence
            ("2,500", "500", false),
            ("eu-west", "eu", true),
            ("x", "", false),
            ("5 minutes", "5 min", true),
            ("90 minutes", "1 h 30 min", true),
            ("5 minutes", "5 h", false),
        ] {
            assert_eq!(says(words, value), expected, "{words} {value}");
        }
    }
}
