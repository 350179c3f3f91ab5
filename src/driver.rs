//! The only place where stages meet. It calls, it does not compute.

pub mod changelog;
mod taken_in;
pub mod versions;

use crate::check;
use crate::diag::{Diagnostics, Severity};
use crate::known_errors::Collection;
use crate::load::{self, Files, LoadError};
use crate::model::config::{Config, Root};
use crate::model::data::Data;
use crate::model::directive::Takes;
use crate::model::known_message;
use crate::model::page::{PageDraft, PageUrl};
use crate::model::policy::Policy;
use crate::model::rehearsal::Suite;
use crate::model::runbook::Runbook;
use crate::model::site::{Asset, Site};
use crate::model::step_times;
use crate::model::words::Words;
use crate::parse;
use crate::parse::page::Surroundings;
use crate::resolve::channels::Place;
use crate::resolve::{self, Checked, Drafts};
use crate::search::reader::{Index, IndexError};
use crate::search::{self, IndexingError};
use crate::site::bundle;
use crate::site::highlight_cache;
use crate::site::plan::{self, OutputPlan};
use crate::site::theme;
use crate::site::write::{self, WriteError, Written};
use crate::source::{SourceId, Sources, Spanned};
use crate::times;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Why a command could not do its work at all.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The project could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The site could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The site could not be indexed.
    #[error(transparent)]
    Search(#[from] IndexingError),
    /// The index that was just made cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The site would be written over its own sources.
    #[error("the site cannot be written to {}: the project's own files are there", .0.display())]
    OutputIsInput(PathBuf),
}

impl DriverError {
    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Load(error) => error.help(),
            _ => None,
        }
    }
}

/// A project, read and resolved.
pub struct Project {
    /// The texts of its files.
    pub sources: Sources,
    /// What they mean.
    pub site: Site,
    /// How many references were looked at.
    pub checked: Checked,
    /// What is wrong so far, in no order.
    pub diagnostics: Diagnostics,
    theme: BTreeMap<String, SourceId>,
    tests: Vec<SourceId>,
}

/// Reads and resolves the project in `folder`.
///
/// # Errors
/// [`LoadError`] if a file could not be read; what authors did wrong is in `diagnostics`.
pub fn open(folder: &Path) -> Result<Project, LoadError> {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let id = load::config(folder, &mut sources, &mut diagnostics)?;
    let config = parse::config::parse(id, sources.get(id).text(), &mut diagnostics);
    let mut files = load::files(folder, id, &config.roots, &mut sources, &mut diagnostics)?;
    let theme = std::mem::take(&mut files.theme);
    let words = load_words(
        theme.get("strings.yaml").copied(),
        &mut sources,
        &mut diagnostics,
    );
    let tests = files.tests.iter().map(|file| file.source).collect();
    let included = included(folder, &files, &mut sources, &mut diagnostics)?;
    let project = Read {
        folder,
        files: &files,
        included: &included,
        sources: &sources,
    };
    let drafts = parse_all(config, words, &project, &theme, &mut diagnostics);
    let present = |path: &str| load::is_there(folder, path);
    let (site, checked) = resolve::resolve(drafts, &present, &mut diagnostics);
    let place = |path: &str| {
        let (real, link) = load::whereabouts(folder, path);
        Place { real, link }
    };
    resolve::channels::check(&site, &place, &mut diagnostics);
    Ok(Project {
        sources,
        site,
        checked,
        diagnostics,
        theme,
        tests,
    })
}

/// The words of the theme, with the project's own over the built-in ones.
fn load_words(
    own: Option<SourceId>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Words {
    let built_in = sources.add("themes/default/strings.yaml", theme::STRINGS.to_owned());
    let mut words = parse::words::parse(built_in, theme::STRINGS, diagnostics);
    if let Some(own) = own {
        parse::words::replace(&mut words, own, sources.get(own).text(), diagnostics);
    }
    words
}

/// The test cases of a project's runbooks; what is wrong with them is added to `diagnostics`.
pub fn rehearsals(project: &Project, diagnostics: &mut Diagnostics) -> Vec<Suite> {
    let mut parse =
        |id: &SourceId| parse::rehearsal::parse(*id, project.sources.get(*id).text(), diagnostics);
    let suites: Vec<Suite> = project.tests.iter().filter_map(&mut parse).collect();
    let books = project.site.books();
    resolve::rehearsals::check(&suites, &books, diagnostics);
    suites
}

/// The JSON Schemas of the files that authors write, by the name of each schema's file.
pub fn schemas() -> BTreeMap<&'static str, String> {
    let [roles, approvals] = parse::policy::schemas();
    let schemas = [
        ("roles.v1.json", roles),
        ("approvals.v1.json", approvals),
        ("runbook.v1.json", parse::runbook::schema()),
        ("runbook-test.v1.json", parse::rehearsal::schema()),
        ("site.v1.json", parse::config::schema()),
    ];
    schemas
        .into_iter()
        .map(|(name, schema)| (name, format!("{schema:#}\n")))
        .collect()
}

/// Reads the settings of the project in `folder` and nothing else; faults in them are left to
/// [`check()`].
///
/// # Errors
/// [`LoadError`] if there is no project.
pub fn config(folder: &Path) -> Result<Config, LoadError> {
    Ok(config_and_errors(folder)?.0)
}

/// The same, and how many errors are in the settings: what they say of files is not to be believed then.
///
/// # Errors
/// As [`config`].
pub fn config_and_errors(folder: &Path) -> Result<(Config, usize), LoadError> {
    let mut sources = Sources::default();
    let mut found = Diagnostics::default();
    let id = load::config(folder, &mut sources, &mut found)?;
    let config = parse::config::parse(id, sources.get(id).text(), &mut found);
    let errors = found.iter().filter(|one| one.severity == Severity::Error);
    Ok((config, errors.count()))
}

/// Reads who has which role, and who approves what, and no other file of the project; faults in them are left to
/// [`check()`].
///
/// # Errors
/// [`LoadError`] if there is no project.
pub fn policy(folder: &Path) -> Result<Policy, LoadError> {
    let mut sources = Sources::default();
    let mut found = Diagnostics::default();
    let roots = config(folder)?.roots;
    let names = parse::policy::FILES;
    let paths = roots.iter().flat_map(|root| {
        let dir = root.dir.value.trim_end_matches('/').to_owned();
        names.map(move |name| format!("{dir}/data/{name}"))
    });
    let paths: Vec<String> = paths.filter(|path| load::is_there(folder, path)).collect();
    let mut known = BTreeMap::new();
    load::included(folder, &paths, &mut known, &mut sources, &mut found)?;
    let mut policy = Policy::default();
    for (path, source) in known {
        let name = path.rsplit('/').next().unwrap_or_default();
        parse::policy::parse(
            name,
            source,
            sources.get(source).text(),
            &mut policy,
            &mut found,
        );
    }
    Ok(policy)
}

/// The files of a project, before they mean anything.
struct Read<'r> {
    folder: &'r Path,
    files: &'r Files,
    /// Files that pages take in, by their paths below the project.
    included: &'r BTreeMap<String, SourceId>,
    sources: &'r Sources,
}

/// Reads what pages take in, and what that takes in.
fn included(
    folder: &Path,
    files: &Files,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Result<BTreeMap<String, SourceId>, LoadError> {
    let pages = files.pages.iter().map(|(_, file)| file);
    let texts = pages.chain(&files.runbooks).chain(&files.data);
    let mut known: BTreeMap<String, SourceId> =
        texts.map(|file| (file.path.clone(), file.source)).collect();
    let mut seen = BTreeSet::new();
    loop {
        let unseen = known.iter().filter(|(path, _)| !seen.contains(*path));
        let asked = unseen.filter(|(path, _)| path.ends_with(".md"));
        let asked =
            asked.flat_map(|(path, id)| parse::page::included(path, sources.get(*id).text()));
        let wanted: Vec<String> = asked.filter(|path| !known.contains_key(path)).collect();
        seen.extend(known.keys().cloned());
        if wanted.is_empty() {
            return Ok(known);
        }
        load::included(folder, &wanted, &mut known, sources, diagnostics)?;
    }
}

fn parse_all(
    config: Config,
    words: Words,
    project: &Read<'_>,
    theme: &BTreeMap<String, SourceId>,
    diagnostics: &mut Diagnostics,
) -> Drafts {
    let Read { files, sources, .. } = project;
    let mut policy = Policy::default();
    let mut terms = Vec::new();
    let mut values = Data::default();
    for file in &files.data {
        let name = file.name.trim_start_matches("data/");
        let text = sources.get(file.source).text();
        parse::data::parse(name, file.source, text, &mut values);
        match name {
            parse::terms::FILE => {
                terms.extend(parse::terms::parse(
                    file.source,
                    &file.path,
                    text,
                    diagnostics,
                ));
            }
            _ => parse::policy::parse(name, file.source, text, &mut policy, diagnostics),
        }
    }
    let runbooks = parse_runbooks(files, sources, diagnostics);
    set_times(&runbooks, &mut values);
    Drafts {
        data: files.data.iter().map(|file| file.path.clone()).collect(),
        terms,
        pages: parse_pages(&config, project, diagnostics),
        runbooks,
        assets: files
            .assets
            .iter()
            .map(|(root, file)| asset(project.folder, &config.roots[*root], file))
            .collect(),
        config,
        words,
        policy,
        values,
        directives: parse_directives(theme, sources, diagnostics),
    }
}

/// Gives the times of runbooks names, by which pages can say them.
fn set_times(runbooks: &[(String, Runbook)], values: &mut Data) {
    let books: Vec<&Runbook> = runbooks.iter().map(|(_, book)| book).collect();
    let machine = step_times::of_machine(&books);
    for book in &books {
        let budget = book.budget.unwrap_or_default();
        let machine = machine.get(&*book.id.value).copied();
        for (name, time) in [
            ("expect", budget.expect),
            ("warn", budget.warn),
            ("limit", budget.limit),
            ("machine", machine.filter(|time| !time.is_zero())),
        ] {
            let Some(time) = time else { continue };
            let path = format!("runbooks.{}.{name}", book.id.value);
            values.set(path, Spanned::new(times::planned(time), book.id.span));
        }
    }
}

fn parse_pages(
    config: &Config,
    project: &Read<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<PageDraft> {
    let around = Surroundings::new(project.sources, project.included, &config.vars).of_site(config);
    let pages = &project.files.pages;
    let place =
        |(root, file): &(usize, load::TextFile)| format!("{}{}", config.roots[*root].at, file.name);
    let places: Vec<String> = pages.iter().map(place).collect();
    let urls = PageUrl::of_files(places.iter().map(String::as_str));
    let parsed: Vec<_> = pages
        .par_iter()
        .zip(urls)
        .filter_map(|((_, file), url)| {
            let url = url?;
            let mut found = Diagnostics::default();
            let page = parse::page::parse(file.source, &file.path, url, &around, &mut found);
            Some((page, found))
        })
        .collect();
    let keep = |(page, found)| {
        diagnostics.append(found);
        page
    };
    parsed.into_iter().map(keep).collect()
}

/// The project's own directives: `directives/NAME.html` of its theme.
fn parse_directives(
    theme: &BTreeMap<String, SourceId>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Takes> {
    let mut found = BTreeMap::new();
    for (path, id) in theme {
        let name = path
            .strip_prefix("directives/")
            .and_then(|name| name.strip_suffix(".html"));
        if let Some(name) = name {
            let takes = parse::directive::parse(*id, sources.get(*id).text(), diagnostics);
            found.insert(name.to_owned(), takes);
        }
    }
    found
}

fn parse_runbooks(
    files: &Files,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Runbook)> {
    let parse = |file: &load::TextFile| {
        let stem = file.name.trim_end_matches(".yaml");
        let runbook = parse::runbook::parse(
            file.source,
            stem,
            sources.get(file.source).text(),
            diagnostics,
        )?;
        Some((file.path.clone(), runbook))
    };
    files.runbooks.iter().filter_map(parse).collect()
}

fn asset(folder: &Path, root: &Root, file: &load::TextFile) -> Asset {
    Asset {
        size: load::image_size(&folder.join(&file.path)),
        source: file.source,
        path: file.path.clone(),
        url: format!("{}{}", root.at, file.name),
    }
}

/// Whether a site with errors is written all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnErrors {
    /// Nothing is written.
    WriteNothing,
    /// What can be rendered is written, with broken links struck through.
    KeepGoing,
}

/// What a build did.
pub struct Built {
    /// As it was read; it is there even when nothing could be written.
    pub project: Project,
    /// All findings, settled and in order.
    pub findings: Diagnostics,
    /// What was written; `None` if errors forbade it.
    pub written: Option<Written>,
}

/// Builds the site of the project in `folder` into `out`.
///
/// # Errors
/// When a file could not be read or written; what authors did wrong is in `findings`.
pub fn build(folder: &Path, out: &Path, on_errors: OnErrors) -> Result<Built, DriverError> {
    let project = open(folder)?;
    refuse_input(folder, out, &project.site.config)?;
    let (project, findings, plan) = plan_whole(folder, project, on_errors)?;
    let written = plan.map(|plan| write::write(&plan, folder, out));
    Ok(Built {
        project,
        findings,
        written: written.transpose()?,
    })
}

/// What bundling did.
pub struct Bundled {
    /// As it was read, to say which runbooks and pages went in.
    pub project: Project,
    /// All findings, settled and in order.
    pub findings: Diagnostics,
    /// The file that was written and its length in bytes; `None` if errors forbade it.
    pub written: Option<(PathBuf, u64)>,
}

/// Packs the site of the project in `folder` into the zip `out`; without it, into one named after
/// the project's id, in the folder.
///
/// # Errors
/// When a file could not be read or written; what authors did wrong is in `findings`.
pub fn bundle(folder: &Path, out: Option<&Path>) -> Result<Bundled, DriverError> {
    let (project, findings, plan) = plan_whole(folder, open(folder)?, OnErrors::WriteNothing)?;
    let id = project.site.config.id.clone();
    let out = out.map_or_else(|| folder.join(format!("{id}.zip")), Path::to_owned);
    let written = plan.map(|plan| bundle::write(&plan, folder, &id, &out));
    let bytes = written.transpose().map_err(|source| WriteError::Io {
        action: "write",
        path: out.clone(),
        source,
    })?;
    Ok(Bundled {
        project,
        findings,
        written: bytes.map(|bytes| (out, bytes)),
    })
}

/// Plans the site with its search index, unless errors forbid it.
fn plan_whole(
    folder: &Path,
    mut project: Project,
    on_errors: OnErrors,
) -> Result<(Project, Diagnostics, Option<OutputPlan>), DriverError> {
    let mut found = std::mem::take(&mut project.diagnostics);
    project.site.changed = load::history::changes(folder, inputs(&project.site.config));
    let settle =
        |found: &Diagnostics| check::settle(found.clone(), &project.site.config, &project.sources);
    let stops =
        |found: &Diagnostics| settle(found).has_errors() && on_errors == OnErrors::WriteNothing;
    let mut whole = None;
    if !stops(&found) {
        let ((mut plan, of_plan), index) =
            rayon::join(|| plan(&project), || search::files(&project.site));
        found.append(of_plan);
        if !stops(&found) {
            plan.add(index?, &mut found);
            whole = (!stops(&found)).then_some(plan);
        }
    }
    let findings = settle(&found);
    Ok((project, findings, whole))
}

/// Plans the site of a project, with what went wrong in its templates.
fn plan(project: &Project) -> (OutputPlan, Diagnostics) {
    let mut found = Diagnostics::default();
    let theme = project.theme.clone();
    let plan = plan::plan(&project.site, theme, &project.sources, &mut found);
    (plan, found)
}

/// A site as it would be written, errors or not, and without its search index.
pub struct Preview {
    /// As it was read; the texts that findings point into are in it.
    pub project: Project,
    /// All findings, settled and in order.
    pub findings: Diagnostics,
    /// What can be rendered, with broken links struck through.
    pub plan: OutputPlan,
}

/// Plans the site of the project in `folder` and writes nothing. Made to be called again and again:
/// what did not change is not painted anew.
///
/// # Errors
/// When a file could not be read.
pub fn preview(folder: &Path) -> Result<Preview, DriverError> {
    let mut project = open(folder)?;
    let mut found = std::mem::take(&mut project.diagnostics);
    highlight_cache::begin_generation();
    let (plan, of_plan) = plan(&project);
    found.append(of_plan);
    let findings = check::settle(found, &project.site.config, &project.sources);
    Ok(Preview {
        project,
        findings,
        plan,
    })
}

/// The files of a site's search index, by their paths below the site's root.
///
/// # Errors
/// [`IndexingError`]; none is known.
pub fn search_files(site: &Site) -> Result<BTreeMap<String, String>, IndexingError> {
    search::files(site)
}

/// The search index of the project in `folder` as its sources are now, findings or not, and what it knows of
/// messages.
///
/// # Errors
/// When a file could not be read.
pub fn search_index(folder: &Path) -> Result<(Index<'static>, Collection), DriverError> {
    let site = open(folder)?.site;
    let files = search_files(&site)?;
    let index = Index::open(Box::new(move |path| files.get(path).cloned()))?;
    Ok((index, known_message::known_errors(&site)))
}

/// What the project in `folder` knows of messages, as its sources are now, findings or not.
///
/// # Errors
/// When a file could not be read.
pub fn known_errors(folder: &Path) -> Result<Collection, DriverError> {
    Ok(known_message::known_errors(&open(folder)?.site))
}

/// A site written into a folder of sources would become its own input.
fn refuse_input(folder: &Path, out: &Path, config: &Config) -> Result<(), DriverError> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (folder, target) = (absolute(folder), absolute(out));
    let overlaps = |input: &str| {
        let input = folder.join(input);
        target.starts_with(&input) || input.starts_with(&target)
    };
    match inputs(config).chain(["themes"]).any(overlaps) {
        true => Err(DriverError::OutputIsInput(out.to_owned())),
        false => Ok(()),
    }
}

/// The folders that authors write into.
fn inputs(config: &Config) -> impl Iterator<Item = &str> {
    let roots = config.roots.iter().map(|root| root.dir.value.as_str());
    roots.chain(["runbooks"])
}

/// All findings of the project in `folder`, judged as of a day (`YYYY-MM-DD`).
///
/// # Errors
/// When a file could not be read.
pub fn check(folder: &Path, as_of: &str) -> Result<(Project, Diagnostics), DriverError> {
    let mut project = open(folder)?;
    let mut found = std::mem::take(&mut project.diagnostics);
    check::orphans(&project.site, &mut found);
    check::freshness(&project.site, as_of, &mut found);
    check::messages(&project.site, &mut found);
    rehearsals(&project, &mut found);
    let (mut plan, of_plan) = plan(&project);
    found.append(of_plan);
    // The index takes time, and says something here only of an author's file that lies among its own.
    if plan.has_scripts_of_authors(search::FOLDER) {
        plan.add(search::files(&project.site)?, &mut found);
    }
    let findings = check::settle(found, &project.site.config, &project.sources);
    Ok((project, findings))
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
