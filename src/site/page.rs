//! A page of the site: what its template is given.

use crate::diag::Diagnostics;
use crate::model::page::PageUrl;
use crate::model::prose::Prose;
use crate::model::runbook::RoleRule;
use crate::model::site::{Page, Site};
use crate::site::escape::{escape, href};
use crate::site::generated_page::GeneratedPage;
use crate::site::generated_pages;
use crate::site::html::{self, RenderContext};
use crate::site::messages::Answers;
use crate::site::moved::{self, MovedPlace};
use crate::site::order::ReadingOrder;
use crate::site::sidebar::Sidebars;
use crate::site::theme::Theme;
use crate::site::{code, directive_output, feeds};
use serde::Serialize;
use std::cell::RefCell;

/// What every template is given; `docs/theme.md` describes it for people who write templates.
#[derive(Serialize)]
pub(crate) struct Shell {
    site: SiteFacts,
    page: PageFacts,
    sidebar: String,
    crumbs: Vec<Crumb>,
    toc: Vec<TocEntry>,
    prev: Option<Crumb>,
    next: Option<Crumb>,
    used_by: Vec<Crumb>,
    moved: Vec<MovedPlace>,
    answers: Answers,
    content: String,
}

#[derive(Serialize)]
struct SiteFacts {
    title: String,
    root: String,
    home: String,
    search: String,
    assets: AssetHrefs,
    repo: Option<String>,
    url: Option<String>,
    feed: Option<String>,
    lists: Vec<Crumb>,
}

#[derive(Serialize)]
struct AssetHrefs {
    css: String,
    icon: String,
    init_js: String,
    js: String,
    engine_js: String,
    search_js: String,
    near_js: String,
    /// Where the site answers messages.
    errors_js: Option<String>,
    freshness_js: String,
    moved_js: String,
    run_js: String,
}

#[derive(Serialize)]
struct PageFacts {
    title: String,
    heading: String,
    anchor: Option<String>,
    description: String,
    kind: &'static str,
    id: Option<String>,
    href: String,
    here: &'static str,
    markdown_href: Option<String>,
    diagrams_js: Option<String>,
    edit_href: Option<String>,
    canonical: Option<String>,
    owner: Option<Role>,
    reviewed: Option<String>,
    review_by: Option<String>,
    updated: Option<String>,
    tags: Vec<Crumb>,
}

/// A role as templates see it.
#[derive(Serialize, Clone)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) title: String,
    href: Option<String>,
}

impl Role {
    /// A role as the page `from` names it; without an address if the project lists no such role.
    pub(crate) fn of(site: &Site, from: &PageUrl, id: &str) -> Self {
        let known = site.policy.role(id);
        Self {
            id: id.to_owned(),
            title: site.policy.role_title(id).to_owned(),
            href: known.map(|role| href(from, PageUrl::of_role(&role.id.value).as_str())),
        }
    }
}

/// What people call a role of a runbook: the titles behind a name of its own, or a project role.
pub(crate) fn role_words(site: &Site, rule: Option<&RoleRule>, name: &str) -> String {
    let Some(rule) = rule else {
        return site.policy.role_title(name).to_owned();
    };
    let titles: Vec<&str> = rule
        .any_of
        .iter()
        .map(|id| site.policy.role_title(&id.value))
        .collect();
    let titles = titles.join(&format!(" {} ", site.words.get("role", "or")));
    match rule.not.is_empty() {
        true => titles,
        false => site
            .words
            .fill("role", "not_initiator", &[("roles", &titles)]),
    }
}

/// A name that leads somewhere.
#[derive(Serialize, Clone)]
pub(crate) struct Crumb {
    title: String,
    href: Option<String>,
}

/// The pages that lead to an address of the site, as the page `from` names them.
pub(crate) fn users(site: &Site, from: &PageUrl, address: &str) -> Vec<Crumb> {
    let users = site.used_by.get(address).into_iter().flatten();
    let users = users.filter(|user| *user != from);
    users.filter_map(|user| crumb(site, from, user)).collect()
}

fn crumb(site: &Site, from: &PageUrl, to: &PageUrl) -> Option<Crumb> {
    Some(Crumb {
        title: site.title_of(to.as_str())?.to_owned(),
        href: Some(href(from, to.as_str())),
    })
}

/// An entry of the table of contents.
#[derive(Serialize)]
pub(crate) struct TocEntry {
    pub(crate) id: String,
    pub(crate) html: String,
    pub(crate) level: u8,
}

/// What a kind of page adds to the shell.
pub(crate) struct Body<'b> {
    pub(crate) url: &'b PageUrl,
    pub(crate) title: &'b str,
    /// What stands above its text.
    pub(crate) heading: &'b str,
    pub(crate) anchor: Option<String>,
    pub(crate) description: &'b str,
    pub(crate) kind: &'static str,
    pub(crate) id: Option<&'b str>,
    /// Where people edit it, below the project.
    pub(crate) source_path: Option<&'b str>,
    pub(crate) markdown: bool,
    pub(crate) owner: Option<&'b str>,
    pub(crate) reviewed: Option<&'b str>,
    pub(crate) review_by: Option<&'b str>,
    pub(crate) tags: Vec<String>,
    pub(crate) toc: Vec<TocEntry>,
    pub(crate) content: String,
    pub(crate) sidebar: String,
}

impl<'b> Body<'b> {
    /// The body of a page that no author wrote.
    pub(crate) fn made(made: &'b GeneratedPage, sidebar: String) -> Self {
        Self {
            url: &made.url,
            title: &made.title,
            heading: &made.title,
            anchor: None,
            description: &made.description,
            kind: made.kind,
            id: None,
            source_path: None,
            markdown: false,
            owner: None,
            reviewed: None,
            review_by: None,
            tags: Vec::new(),
            toc: Vec::new(),
            content: made.content.clone(),
            sidebar,
        }
    }
}

/// Puts the shell of a page together.
pub(crate) fn shell(site: &Site, theme: &Theme, order: &ReadingOrder, body: Body<'_>) -> Shell {
    let url = body.url;
    let (prev, next) = order.around(url);
    let turn = |to: &PageUrl| crumb(site, url, to);
    let mut content = body.content;
    let drawn = |_: &&str| content.contains(code::DIAGRAM);
    let diagrams = theme.diagrams().filter(drawn);
    Shell {
        site: site_facts(site, theme, &url.to_root(), |to| href(url, to)),
        crumbs: crumbs(site, url),
        prev: prev.and_then(turn),
        next: next.and_then(turn),
        used_by: users(site, url, url.as_str()),
        moved: moved::keep_places(site, url, &mut content),
        answers: Answers::of(site, url),
        toc: body.toc,
        content,
        page: PageFacts {
            title: body.title.to_owned(),
            heading: body.heading.to_owned(),
            anchor: body.anchor,
            description: body.description.to_owned(),
            kind: body.kind,
            id: body.id.map(str::to_owned),
            href: url.as_str().to_owned(),
            here: Sidebars::place_in(&body.sidebar),
            diagrams_js: diagrams.map(|script| href(url, script)),
            markdown_href: body.markdown.then(|| href(url, &url.markdown())),
            edit_href: edit_href(site, body.source_path),
            canonical: site
                .config
                .url
                .as_ref()
                .map(|base| format!("{base}{}", href(&PageUrl::of_root(), url.as_str()))),
            owner: body.owner.map(|owner| Role::of(site, url, owner)),
            reviewed: body.reviewed.map(str::to_owned),
            review_by: body.review_by.map(str::to_owned),
            updated: body
                .source_path
                .and_then(|path| site.day_of(path))
                .map(str::to_owned),
            tags: body
                .tags
                .iter()
                .filter_map(|tag| tagged(url, tag))
                .collect(),
        },
        sidebar: body.sidebar,
    }
}

fn tagged(from: &PageUrl, tag: &str) -> Option<Crumb> {
    Some(Crumb {
        title: tag.to_owned(),
        href: Some(href(from, PageUrl::of_tag(tag)?.as_str())),
    })
}

fn edit_href(site: &Site, path: Option<&str>) -> Option<String> {
    let edit = site.config.edit.as_ref()?;
    Some(format!("{}/{}", edit.trim_end_matches('/'), path?))
}

fn site_facts(site: &Site, theme: &Theme, root: &str, href: impl Fn(&str) -> String) -> SiteFacts {
    SiteFacts {
        title: site.config.title.clone(),
        root: root.to_owned(),
        home: href("index.html"),
        search: href(PageUrl::of_titles().as_str()),
        assets: AssetHrefs {
            css: href(theme.asset("style.css")),
            icon: href(theme.asset("icon.svg")),
            init_js: href(theme.asset("theme-init.js")),
            js: href(theme.asset("site.js")),
            engine_js: href(theme.asset("search-engine.js")),
            search_js: href(theme.asset("search.js")),
            near_js: href(theme.asset("search-near.js")),
            errors_js: site
                .answers_messages
                .then(|| href(theme.asset("search-errors.js"))),
            freshness_js: href(theme.asset("freshness.js")),
            moved_js: href(theme.asset("moved.js")),
            run_js: href(theme.asset("run-mode.js")),
        },
        feed: feeds::feed_url(site).map(&href),
        lists: generated_pages::offered(site)
            .iter()
            .filter_map(|url| {
                Some(Crumb {
                    title: site.made_title(url.as_str())?.to_owned(),
                    href: Some(href(url.as_str())),
                })
            })
            .collect(),
        repo: site.config.repo.clone(),
        url: site.config.url.clone(),
    }
}

/// The way from home to a page: the folders above it that readers can look into.
fn crumbs(site: &Site, url: &PageUrl) -> Vec<Crumb> {
    if url.as_str() == "index.html" {
        return Vec::new();
    }
    let home = Crumb {
        title: site.words.get("made", "home").to_owned(),
        href: site.page("index.html").map(|_| href(url, "index.html")),
    };
    let shown = site.folder_at(url);
    let inner = shown.map_or(url.folder(), |folder| folder.path.as_str());
    let above = inner.match_indices('/').filter_map(|(end, _)| {
        let folder = &inner[..=end];
        let index = format!("{folder}index.html");
        let listed = site.folder(folder);
        let to = listed.map_or(index.as_str(), |folder| folder.url.as_str());
        let title = site.title_of(to).filter(|_| to != url.as_str())?;
        Some(Crumb {
            title: title.to_owned(),
            href: Some(href(url, to)),
        })
    });
    std::iter::once(home).chain(above).collect()
}

/// The shell of a Markdown page.
pub(crate) fn markdown_page(
    site: &Site,
    theme: &Theme,
    order: &ReadingOrder,
    page: &Page,
    sidebar: String,
    found: &RefCell<Diagnostics>,
) -> Shell {
    let draft = &page.draft;
    let front = &draft.front;
    let title_heading = draft.title_heading();
    let heading = title_heading.map(|at| &draft.prose.headings[at]);
    let around = RenderContext {
        page: &draft.url,
        targets: &page.targets,
        title_heading,
        site,
        directive: &|directive, inside| {
            let found = &mut found.borrow_mut();
            directive_output::directive((site, theme), &draft.url, directive, inside, found)
        },
        anchors: true,
        items: false,
        found,
    };
    let text =
        |value: &Option<crate::source::Spanned<String>>| value.as_ref().map(|v| v.value.clone());
    let (owner, reviewed, review_by) = (
        text(&front.owner),
        text(&front.reviewed),
        text(&front.review_by),
    );
    shell(
        site,
        theme,
        order,
        Body {
            url: &draft.url,
            title: draft.title(),
            heading: heading.map_or(draft.title(), |heading| &heading.text),
            anchor: heading.map(|heading| heading.id.clone()),
            description: front.description.as_ref().map_or("", |d| &d.value),
            kind: front.kind.as_str(),
            id: front.id.as_ref().map(|id| id.value.as_str()),
            source_path: Some(&draft.path),
            markdown: true,
            owner: owner.as_deref(),
            reviewed: reviewed.as_deref(),
            review_by: review_by.as_deref(),
            tags: front.tags.iter().map(|tag| tag.value.clone()).collect(),
            toc: toc(&draft.prose, title_heading),
            content: html::render(&draft.prose, &around),
            sidebar,
        },
    )
}

/// The headings below the title, but for those without an anchor.
fn toc(prose: &Prose, title: Option<usize>) -> Vec<TocEntry> {
    let lowered = prose.lowered(title);
    let listed = prose.headings.iter().enumerate().filter(|(at, heading)| {
        let level = heading.level + lowered;
        title != Some(*at) && !heading.id.is_empty() && matches!(level, 2 | 3)
    });
    listed
        .map(|(_, heading)| TocEntry {
            id: heading.id.clone(),
            html: escape(&heading.text),
            level: heading.level + lowered,
        })
        .collect()
}

/// The shell of the page that a host shows when nothing is found. It may be shown at any
/// address, so its links start at the site's base if that is known.
pub(crate) fn not_found(site: &Site, theme: &Theme, sidebar: String) -> Shell {
    let base = site.config.base.clone().unwrap_or_default();
    Shell {
        site: site_facts(site, theme, &base, |to| format!("{base}{to}")),
        page: PageFacts {
            title: site.words.get("made", "not_found").to_owned(),
            heading: site.words.get("made", "not_found").to_owned(),
            anchor: None,
            description: String::new(),
            kind: "404",
            id: None,
            href: "404.html".to_owned(),
            here: Sidebars::place_in(&sidebar),
            markdown_href: None,
            diagrams_js: None,
            edit_href: None,
            canonical: None,
            owner: None,
            reviewed: None,
            review_by: None,
            updated: None,
            tags: Vec::new(),
        },
        sidebar,
        crumbs: Vec::new(),
        toc: Vec::new(),
        prev: None,
        next: None,
        used_by: Vec::new(),
        moved: Vec::new(),
        answers: Answers::default(),
        content: String::new(),
    }
}
