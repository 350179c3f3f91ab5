//! PURE: drafts to a [`Site`]. Gives names their meaning: links, anchors, roles, navigation.
//!
//! Start at [`resolve`]. Whatever is wrong is recorded and stands in the site as
//! [`Target::Broken`], so that one run shows all of it.

mod addresses;
pub mod channels;
mod directives;
mod links;
mod messages;
mod moved;
mod names;
mod navigation;
mod no_such;
mod place;
pub mod rehearsals;
mod runbooks;
mod tags;
mod targets;
mod terms;
mod users;

use crate::diag::{Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::config::Config;
use crate::model::data::Data;
use crate::model::directive::Takes;
use crate::model::known_message;
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::Policy;
use crate::model::runbook::Runbook;
use crate::model::site::{Asset, GlossaryEntry, Moved, Page, RunbookPage, Site, Tag, Target};
use crate::model::term::Term;
use crate::model::words::Words;
use crate::source::{Span, Spanned};
use directives::DirectiveContext;
use links::Links;
use std::collections::BTreeMap;

pub use targets::Checked;

/// A project as it was read, before names mean anything.
#[derive(Debug, Clone, Default)]
pub struct Drafts {
    /// Its settings.
    pub config: Config,
    /// What its theme says in words of its own.
    pub words: Words,
    /// Its policy data.
    pub policy: Policy,
    /// The files of policy and terms by their paths below the project.
    pub data: Vec<String>,
    /// The words it explains, in any order.
    pub terms: Vec<Term>,
    /// The values of its data files.
    pub values: Data,
    /// The arguments of its own directives, by their names.
    pub directives: BTreeMap<String, Takes>,
    /// Its pages, in any order.
    pub pages: Vec<PageDraft>,
    /// Its runbooks with their paths below the project, in any order.
    pub runbooks: Vec<(String, Runbook)>,
    /// Files that are copied, in any order.
    pub assets: Vec<Asset>,
}

/// Gives every name of a project its meaning. `present` says whether a path below the project
/// names a file; it is asked only for links to what is not part of the site.
pub fn resolve(
    drafts: Drafts,
    present: &(dyn Fn(&str) -> bool + Sync),
    diagnostics: &mut Diagnostics,
) -> (Site, Checked) {
    let project = each_name_once(drafts, diagnostics);
    for page in &project.pages {
        known_role(page.front.owner.as_ref(), &project.policy, diagnostics);
        known_recovery(page.front.recovery.as_ref(), &project.runbooks, diagnostics);
    }
    let policy = &project.policy;
    let deputies = policy
        .roles
        .iter()
        .flatten()
        .filter_map(|role| role.deputy.as_ref());
    let of_people = policy.people.iter().flat_map(|person| &person.roles);
    let of_rows = policy.matrix.iter().flat_map(|row| {
        let asked = row.approvals.iter().flat_map(|approval| approval.roles());
        asked.chain(&row.alone)
    });
    for role in deputies.chain(of_people).chain(of_rows) {
        known_role(Some(role), policy, diagnostics);
    }
    check_directives(&project, diagnostics);
    let house = (&project.policy, &project.values);
    runbooks::check(&project.runbooks, house, diagnostics);
    let meant = Meant::of(&project, present, diagnostics);
    let checked = meant.checked;
    (site(project, meant), checked)
}

/// Looks whether the runbook is there that fixes what a page is about.
fn known_recovery(
    recovery: Option<&Spanned<String>>,
    runbooks: &[(String, Runbook)],
    diagnostics: &mut Diagnostics,
) {
    let known: Vec<&str> = runbooks
        .iter()
        .map(|(_, book)| book.id.value.as_str())
        .collect();
    if let Some(recovery) = recovery
        && !known.contains(&recovery.value.as_str())
    {
        let name = &recovery.value;
        let found = no_such::no_such(
            codes::RUNBOOK_UNKNOWN,
            recovery.span,
            "runbook",
            name,
            &known,
        );
        diagnostics.report(found.follows_from(format!("runbooks/{name}.yaml")));
    }
}

/// The project without what has the name of something before it; what its runbooks say is filled in.
fn each_name_once(drafts: Drafts, diagnostics: &mut Diagnostics) -> Drafts {
    let pages = addresses::unique_pages(drafts.pages, &drafts.config, diagnostics);
    let mut runbooks = addresses::unique_runbooks(drafts.runbooks, diagnostics);
    for (_, book) in &mut runbooks {
        messages::fill(book, &drafts.values);
    }
    Drafts {
        runbooks,
        assets: addresses::unique_assets(drafts.assets, &pages, diagnostics),
        terms: terms::unique(drafts.terms, diagnostics),
        pages,
        ..drafts
    }
}

/// Looks at the directives of all texts.
fn check_directives(project: &Drafts, diagnostics: &mut Diagnostics) {
    let (own, none) = (&project.directives, BTreeMap::new());
    let in_pages = DirectiveContext::new(project, own);
    for page in &project.pages {
        in_pages.check(&page.prose, diagnostics);
    }
    // Templates of directives are rendered in pages alone.
    let elsewhere = DirectiveContext::new(project, &none);
    let of_books = project.runbooks.iter();
    let of_books = of_books.flat_map(|(_, book)| links::docs(book));
    let of_terms = project.terms.iter().filter_map(|term| term.long.as_ref());
    for doc in of_books.chain(of_terms) {
        elsewhere.check(&doc.prose, diagnostics);
    }
}

/// What the names of a project mean.
struct Meant {
    /// Where the links of each page lead.
    pages: Vec<Vec<Target>>,
    /// Where those of each runbook lead, by the place of the text they stand in.
    runbooks: Vec<BTreeMap<Span, Vec<Target>>>,
    /// Where those of each term lead.
    terms: Vec<Vec<Target>>,
    navigation: navigation::Planned,
    tags: Vec<Tag>,
    moved: BTreeMap<String, Moved>,
    checked: Checked,
}

impl Meant {
    fn of(
        project: &Drafts,
        present: &(dyn Fn(&str) -> bool + Sync),
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let Drafts {
            pages, runbooks, ..
        } = project;
        let known = ProjectIndex::of(project);
        let (links, mut checked) = (Links::new(&known, present), Checked::default());
        let tags = tags::collect(pages, runbooks, diagnostics);
        Self {
            pages: targets::of_pages(&links, pages, &mut checked, diagnostics),
            runbooks: targets::of_runbooks(&links, runbooks, &mut checked, diagnostics),
            terms: targets::of_terms(&links, &project.terms, &mut checked, diagnostics),
            navigation: navigation::plan(
                &project.config,
                &project.words,
                pages,
                runbooks,
                diagnostics,
            ),
            moved: moved::resolve(&known, &tags, &links, diagnostics),
            tags,
            checked,
        }
    }
}

/// The site of a project whose names mean something.
fn site(project: Drafts, meant: Meant) -> Site {
    let page = |(draft, targets)| {
        let mut page = Page { draft, targets };
        terms::explain(&mut page, &project.terms);
        page
    };
    let pages = project.pages.into_iter().zip(meant.pages).map(page);
    let pages = pages.collect();
    let runbook = |((path, runbook), targets): ((String, Runbook), _)| RunbookPage {
        url: PageUrl::of_runbook(&runbook.id.value),
        runbook,
        path,
        targets,
    };
    let runbooks = project.runbooks.into_iter().zip(meant.runbooks);
    let entry = |(term, targets)| GlossaryEntry { term, targets };
    let mut site = Site {
        pages,
        runbooks: runbooks.map(runbook).collect(),
        config: project.config,
        words: project.words,
        policy: project.policy,
        data: project.values,
        directives: project.directives,
        assets: project.assets,
        shown_whole: meant.navigation.is_whole(),
        navigation: meant.navigation.groups,
        folders: meant.navigation.folders,
        used_by: BTreeMap::new(),
        tags: meant.tags,
        glossary: project
            .terms
            .into_iter()
            .zip(meant.terms)
            .map(entry)
            .collect(),
        answers_messages: false,
        moved: meant.moved,
        changed: BTreeMap::new(),
    };
    site.used_by = users::used_by(&site);
    site.answers_messages = !known_message::answering(&site).is_empty();
    site
}

/// What a project has, each name once, while links are looked up in it.
struct ProjectIndex<'d> {
    config: &'d Config,
    policy: &'d Policy,
    data: &'d [String],
    terms: &'d [Term],
    pages: &'d [PageDraft],
    runbooks: &'d [(String, Runbook)],
    assets: &'d [Asset],
}

impl<'d> ProjectIndex<'d> {
    fn of(project: &'d Drafts) -> Self {
        Self {
            config: &project.config,
            policy: &project.policy,
            data: &project.data,
            terms: &project.terms,
            pages: &project.pages,
            runbooks: &project.runbooks,
            assets: &project.assets,
        }
    }
}

/// Reports a role that `roles.yaml` does not know, if there is a `roles.yaml`.
fn known_role(role: Option<&Spanned<String>>, policy: &Policy, diagnostics: &mut Diagnostics) {
    let (Some(role), Some(roles)) = (role, &policy.roles) else {
        return;
    };
    if policy.role(&role.value).is_some() {
        return;
    }
    let names: Vec<&str> = roles.iter().map(|role| role.id.value.as_str()).collect();
    let help = did_you_mean(&role.value, names.iter().copied()).unwrap_or_else(|| {
        match names.is_empty() {
            true => format!(
                "write `{}: {{ title: … }}` below `roles:` in roles.yaml",
                role.value
            ),
            false => format!("roles.yaml has: {}", names.join(", ")),
        }
    });
    diagnostics.report(
        Diagnostic::new(
            codes::ROLE_UNKNOWN,
            role.span,
            format!("no role `{}`", role.value),
        )
        .help(help)
        .follows_from("data/roles.yaml"),
    );
}
