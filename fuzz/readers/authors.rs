//! The files that authors write, read on a project that is held in memory.

use runbook::check::{self, Style};
use runbook::diag::{Diagnostics, Severity};
use runbook::exec::plan::freeze::{self, Start};
use runbook::exec::plan::{Params, SourceRecord};
use runbook::exec::state::RunState;
use runbook::exec::state::values::Values;
use runbook::model::data::Data;
use runbook::model::page::PageUrl;
use runbook::model::policy::Policy;
use runbook::model::site::Site;
use runbook::model::words::Words;
use runbook::parse;
use runbook::parse::page::Surroundings;
use runbook::resolve::{self, Drafts};
use runbook::site::plan::{self, Output};
use runbook::site::theme;
use runbook::source::{SourceId, Sources};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// As many findings as a text of this length may have.
fn findings(bytes: usize) -> usize {
    64 + 2 * bytes
}

/// As many bytes of a page as a text of this length may make: a formula of one sign is some 100 of them,
/// and what is not of the page itself is below the first bound.
fn made(bytes: usize) -> usize {
    400_000 + 1_000 * bytes
}

/// A project in memory.
struct Desk {
    sources: Sources,
    diagnostics: Diagnostics,
    words: Words,
}

/// The words of the built-in theme; their source is the first of each desk.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let id = sources.add("strings.yaml", theme::STRINGS.to_owned());
    parse::words::parse(id, theme::STRINGS, &mut Diagnostics::default())
});

impl Desk {
    fn new() -> Self {
        let mut sources = Sources::default();
        sources.add("strings.yaml", theme::STRINGS.to_owned());
        Self {
            sources,
            diagnostics: Diagnostics::default(),
            words: WORDS.clone(),
        }
    }

    fn add(&mut self, path: &str, text: &str) -> SourceId {
        self.sources.add(path, text.to_owned())
    }

    fn page(&mut self, text: &str) -> Drafts {
        let id = self.add("content/fuzz.md", text);
        let known = BTreeMap::from([("content/fuzz.md".to_owned(), id)]);
        let vars = BTreeMap::from([("name".to_owned(), "value".to_owned())]);
        let around = Surroundings::new(&self.sources, &known, &vars);
        let url = PageUrl::from_content_path("fuzz.md").expect("a page");
        let page = parse::page::parse(id, "content/fuzz.md", url, &around, &mut self.diagnostics);
        Drafts {
            pages: vec![page],
            words: self.words.clone(),
            ..Drafts::default()
        }
    }

    fn book(&mut self, text: &str) -> Drafts {
        let path = "runbooks/fuzz.yaml";
        let id = self.add(path, text);
        let text = self.sources.get(id).text();
        let read = parse::runbook::parse(id, "fuzz", text, &mut self.diagnostics);
        let is_told = read.is_some() || self.diagnostics.has_errors();
        assert!(is_told, "a runbook is read, or it is said why not");
        Drafts {
            runbooks: read
                .map(|read| (path.to_owned(), read))
                .into_iter()
                .collect(),
            words: self.words.clone(),
            ..Drafts::default()
        }
    }

    fn resolve(&mut self, drafts: Drafts) -> Site {
        resolve::resolve(drafts, &|_| false, &mut self.diagnostics).0
    }

    /// The pages of a site, in bounds.
    fn paint(&mut self, site: &Site, own: BTreeMap<String, SourceId>, bound: usize) {
        let mut found = Diagnostics::default();
        let plan = plan::plan(site, own, &self.sources, &mut found);
        self.diagnostics.append(found);
        for (path, output) in &plan.files {
            if let Output::Text(text) = output {
                assert!(text.len() <= bound, "{path} has {} bytes", text.len());
            }
        }
    }

    /// Holds what was said: each place is one of its text, and everything can be shown.
    fn hold(self, site: Option<&Site>, bytes: usize) {
        let count = self.diagnostics.iter().count();
        assert!(count <= findings(bytes), "{count} findings");
        for found in self.diagnostics.iter() {
            for span in [found.span]
                .into_iter()
                .chain(found.related.iter().map(|(span, _)| *span))
            {
                let text = self.sources.get(span.source).text();
                assert!(text.get(span.range()).is_some(), "{found:?}");
            }
        }
        let Some(site) = site else { return };
        let settled = check::settle(self.diagnostics, &site.config, &self.sources);
        for found in settled.iter().take(8) {
            let text = check::to_text(found, &self.sources, Style::Plain);
            let shown = |c: char| c == '\n' || !c.is_control();
            assert!(text.chars().all(shown), "{text:?}");
        }
    }
}

/// YAML, by the readers of all small files: settings, data, policies, terms, words, rehearsals.
pub(crate) fn yaml(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut desk = Desk::new();
    let id = desk.add("fuzz.yaml", text);
    let text = desk.sources.get(id).text().to_owned();
    let found = &mut desk.diagnostics;
    let (mut data, mut policy) = (Data::default(), Policy::default());
    let config = parse::config::parse(id, &text, found);
    parse::data::parse("fuzz.yaml", id, &text, &mut data);
    for name in parse::policy::FILES {
        parse::policy::parse(name, id, &text, &mut policy, found);
    }
    parse::terms::parse(id, "content/data/terms.yaml", &text, found);
    parse::words::replace(&mut desk.words, id, &text, found);
    parse::rehearsal::parse(id, &text, found);
    let drafts = Drafts {
        config,
        words: desk.words.clone(),
        policy,
        values: data,
        ..Drafts::default()
    };
    let site = desk.resolve(drafts);
    desk.hold(Some(&site), 8 * bytes.len());
}

/// A runbook, up to what is frozen of it for a run.
pub(crate) fn runbook_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut desk = Desk::new();
    let drafts = desk.book(text);
    let site = desk.resolve(drafts);
    if !desk.diagnostics.has_errors() {
        freeze(&site);
    }
    desk.hold(Some(&site), bytes.len());
}

/// A page with front matter, up to its HTML.
pub(crate) fn markdown(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut desk = Desk::new();
    let drafts = desk.page(text);
    let site = desk.resolve(drafts);
    desk.paint(&site, BTreeMap::new(), made(bytes.len()));
    desk.hold(Some(&site), bytes.len());
}

/// A condition of a step: what is accepted can be frozen, and comes to true or false.
pub(crate) fn expressions(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let when = serde_json::to_string(text).expect("a text can be written");
    let mut desk = Desk::new();
    let drafts = desk.book(&format!("{STEPS}{when} }}\n"));
    let site = desk.resolve(drafts);
    if !desk.diagnostics.has_errors() {
        let plan = freeze(&site).expect("what is accepted can be frozen");
        let state = RunState::default();
        let last = plan.step("last").and_then(|step| step.when.as_ref());
        let values = Values {
            plan: &plan,
            state: &state,
            run: "R",
            head: "",
            at: "last",
        };
        let when = last.expect("the step has a condition");
        assert_eq!(values.holds(when, None), values.holds(when, None));
    }
    desk.hold(Some(&site), bytes.len());
}

/// What a condition may name, and the step whose condition is read.
const STEPS: &str = r#"runbook: 1
id: fuzz
version: 1.0.0
title: Work
owner: developer
fixes: x
params:
  count: { type: int, default: 1 }
  name: { type: string, default: x }
  open: { type: bool, default: true }
  version: { type: semver, default: 1.2.3 }
  pause: { type: duration, default: 1m }
  day: { type: date, default: "2026-11-26" }
  level: { type: enum, values: [low, high], default: low }
steps:
  - id: made
    title: Made
    run: |
      true
    effect: idempotent
    outputs: { size: { type: int } }
  - { id: pick, title: Pick, decide: { text: Pick, options: { left: {}, right: {} } } }
  - { id: last, title: Last, notify: { channel: terminal, text: Last }, when: "#;

/// The plan of the only runbook of a site; `None` if a parameter of it has no value of its own.
fn freeze(site: &Site) -> Option<runbook::exec::plan::Plan> {
    let books = site.books();
    let start = Start {
        project: "p".to_owned(),
        target: "/".to_owned(),
        source: SourceRecord::default(),
        initiator: "ana".to_owned(),
        params: Params::default(),
        inherit: Vec::new(),
    };
    freeze::freeze(books.first()?, &books, (&site.policy, &site.data), start).ok()
}

/// A template of a directive in a project's own theme, on a page that uses it twice.
pub(crate) fn templates(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut desk = Desk::new();
    let path = "directives/box.html";
    let id = desk.add(path, text);
    let text = desk.sources.get(id).text().to_owned();
    let takes = parse::directive::parse(id, &text, &mut desk.diagnostics);
    let page = "# Fuzz\n\n::: box who=\"ana\" on=\"weekdays\"\nSome *text*.\n:::\n\n::: box\n:::\n";
    let drafts = Drafts {
        directives: BTreeMap::from([("box".to_owned(), takes)]),
        ..desk.page(page)
    };
    let site = desk.resolve(drafts);
    // A loop may make more than is written, as far as the bound of its steps goes.
    desk.paint(&site, BTreeMap::from([(path.to_owned(), id)]), usize::MAX);
    let errors = desk.diagnostics.iter();
    let own = |severity| severity == Severity::Error;
    assert!(errors.filter(|found| own(found.severity)).count() <= findings(text.len()));
    desk.hold(Some(&site), bytes.len());
}
