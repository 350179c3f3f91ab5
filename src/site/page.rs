//! A page of the site: what its template is given.

use crate::model::page::{PageDraft, PageUrl};
use crate::model::prose::Prose;
use crate::model::runbook::RoleRule;
use crate::model::site::{NavigationItem, Page, Site};
use crate::site::generated;
use crate::site::html::{self, Around, escape, href};
use crate::site::theme::Theme;
use serde::Serialize;
use std::collections::BTreeMap;

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
    content: String,
}

#[derive(Serialize)]
struct SiteFacts {
    title: String,
    lang: &'static str,
    root: String,
    home: String,
    search: String,
    assets: AssetHrefs,
    repo: Option<String>,
    url: Option<String>,
}

#[derive(Serialize)]
struct AssetHrefs {
    css: String,
    init_js: String,
    js: String,
    engine_js: String,
    search_js: String,
}

#[derive(Serialize)]
struct PageFacts {
    title: String,
    anchor: Option<String>,
    description: String,
    kind: &'static str,
    id: Option<String>,
    href: String,
    markdown_href: Option<String>,
    edit_href: Option<String>,
    canonical: Option<String>,
    owner: Option<Role>,
    reviewed: Option<String>,
    review_by: Option<String>,
    tags: Vec<String>,
}

/// A role as templates see it.
#[derive(Serialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) title: String,
}

impl Role {
    pub(crate) fn of(site: &Site, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: site.policy.role_title(id).to_owned(),
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
    match rule.not.is_empty() {
        true => titles.join(" or "),
        false => format!("{}, not the person who started", titles.join(" or ")),
    }
}

#[derive(Serialize, Clone)]
struct Crumb {
    title: String,
    href: Option<String>,
}

/// An entry of the table of contents.
#[derive(Serialize)]
pub(crate) struct TocEntry {
    pub(crate) id: String,
    pub(crate) html: String,
    pub(crate) level: u8,
}

/// The order in which a reader goes through the site: the sidebar from top to bottom.
pub(crate) struct ReadingOrder {
    list: Vec<PageUrl>,
    places: BTreeMap<PageUrl, usize>,
}

impl ReadingOrder {
    pub(crate) fn new(site: &Site) -> Self {
        fn add(items: &[NavigationItem], list: &mut Vec<PageUrl>) {
            for item in items {
                list.push(item.url.clone());
                add(&item.items, list);
            }
        }
        let mut list = Vec::new();
        for group in &site.navigation {
            list.extend(group.url.clone());
            add(&group.items, &mut list);
        }
        let places = list
            .iter()
            .enumerate()
            .rev()
            .map(|(at, url)| (url.clone(), at))
            .collect();
        Self { list, places }
    }

    fn around(&self, url: &PageUrl) -> (Option<&PageUrl>, Option<&PageUrl>) {
        match self.places.get(url) {
            Some(at) => (
                at.checked_sub(1).and_then(|at| self.list.get(at)),
                self.list.get(at + 1),
            ),
            None => (None, None),
        }
    }
}

/// What a kind of page adds to the shell.
pub(crate) struct Body<'b> {
    pub(crate) url: &'b PageUrl,
    pub(crate) title: &'b str,
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

/// Puts the shell of a page together.
pub(crate) fn shell(site: &Site, theme: &Theme, order: &ReadingOrder, body: Body<'_>) -> Shell {
    let url = body.url;
    let crumb = |to: &PageUrl| {
        let title = site.title_of(to.as_str())?.to_owned();
        Some(Crumb {
            title,
            href: Some(href(url, to.as_str())),
        })
    };
    let (prev, next) = order.around(url);
    let users = site
        .used_by
        .get(url.as_str())
        .map_or(&[][..], Vec::as_slice);
    Shell {
        site: site_facts(site, theme, &url.to_root(), |to| href(url, to)),
        crumbs: crumbs(site, url),
        prev: prev.and_then(crumb),
        next: next.and_then(crumb),
        used_by: users.iter().filter_map(crumb).collect(),
        sidebar: body.sidebar,
        toc: body.toc,
        content: body.content,
        page: PageFacts {
            title: body.title.to_owned(),
            anchor: body.anchor,
            description: body.description.to_owned(),
            kind: body.kind,
            id: body.id.map(str::to_owned),
            href: url.as_str().to_owned(),
            markdown_href: body.markdown.then(|| href(url, &url.markdown())),
            edit_href: edit_href(site, body.source_path),
            canonical: site
                .config
                .url
                .as_ref()
                .map(|base| format!("{base}{}", url.as_str())),
            owner: body.owner.map(|owner| Role::of(site, owner)),
            reviewed: body.reviewed.map(str::to_owned),
            review_by: body.review_by.map(str::to_owned),
            tags: body.tags,
        },
    }
}

fn edit_href(site: &Site, path: Option<&str>) -> Option<String> {
    let edit = site.config.edit.as_ref()?;
    Some(format!("{}/{}", edit.trim_end_matches('/'), path?))
}

fn site_facts(site: &Site, theme: &Theme, root: &str, href: impl Fn(&str) -> String) -> SiteFacts {
    SiteFacts {
        title: site.config.title.clone(),
        lang: "en",
        root: root.to_owned(),
        home: href("index.html"),
        search: href(PageUrl::of_titles().as_str()),
        assets: AssetHrefs {
            css: href(theme.asset("style.css")),
            init_js: href(theme.asset("theme-init.js")),
            js: href(theme.asset("site.js")),
            engine_js: href(theme.asset("search-engine.js")),
            search_js: href(theme.asset("search.js")),
        },
        repo: site.config.repo.clone(),
        url: site.config.url.clone(),
    }
}

/// The way from home to a page: the first page of each folder above it.
fn crumbs(site: &Site, url: &PageUrl) -> Vec<Crumb> {
    if url.as_str() == "index.html" {
        return Vec::new();
    }
    let mut found = vec![Crumb {
        title: "Home".to_owned(),
        href: site.page("index.html").map(|_| href(url, "index.html")),
    }];
    if url.as_str().starts_with("runbooks/") {
        found.push(Crumb {
            title: "Runbooks".to_owned(),
            href: None,
        });
    }
    for (end, _) in url.folder().match_indices('/') {
        let index = format!("{}index.html", &url.as_str()[..=end]);
        if index == url.as_str() {
            continue;
        }
        if let Some(page) = site.page(&index) {
            found.push(Crumb {
                title: page.draft.title().to_owned(),
                href: Some(href(url, &index)),
            });
        }
    }
    found
}

/// The shell of a Markdown page.
pub(crate) fn markdown_page(
    site: &Site,
    theme: &Theme,
    order: &ReadingOrder,
    page: &Page,
    sidebar: String,
) -> Shell {
    let draft = &page.draft;
    let front = &draft.front;
    let title_heading = title_heading(draft);
    let around = Around {
        page: &draft.url,
        targets: &page.targets,
        title_heading,
        generated: generated::all(site, draft),
        anchors: true,
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
            anchor: title_heading.map(|at| draft.prose.headings[at].id.clone()),
            description: front.description.as_ref().map_or("", |d| &d.value),
            kind: front.kind.word(),
            id: front.id.as_ref().map(|id| id.value.as_str()),
            source_path: Some(&draft.path),
            markdown: true,
            owner: owner.as_deref(),
            reviewed: reviewed.as_deref(),
            review_by: review_by.as_deref(),
            tags: front.tags.iter().map(|tag| tag.value.clone()).collect(),
            toc: toc(&draft.prose),
            content: html::render(&draft.prose, &around),
            sidebar,
        },
    )
}

/// The heading that says the same as the page's title and is shown as such.
fn title_heading(draft: &PageDraft) -> Option<usize> {
    let first = draft.prose.headings.first()?;
    let stands_first = first.level == 1 || draft.opening_heading().is_some();
    (stands_first && first.text == draft.title()).then_some(0)
}

fn toc(prose: &Prose) -> Vec<TocEntry> {
    let listed = prose
        .headings
        .iter()
        .filter(|heading| matches!(heading.level, 2 | 3));
    listed
        .map(|heading| TocEntry {
            id: heading.id.clone(),
            html: escape(&heading.text),
            level: heading.level,
        })
        .collect()
}

/// The shell of the page that lists all pages by title: the search of readers without JavaScript.
pub(crate) fn titles(site: &Site, theme: &Theme, order: &ReadingOrder, sidebar: String) -> Shell {
    let pages = site
        .pages
        .iter()
        .map(|page| (page.draft.title(), &page.draft.url));
    let books = site
        .runbooks
        .iter()
        .map(|page| (page.runbook.title.value.as_str(), &page.url));
    let mut all: Vec<(&str, &PageUrl)> = pages.chain(books).collect();
    all.sort_by_cached_key(|(title, url)| (title.to_lowercase(), (*url).clone()));
    let url = PageUrl::of_titles();
    let entry = |(title, to): (&str, &PageUrl)| {
        format!(
            "<li><a href=\"{}\">{}</a></li>\n",
            escape(&href(&url, to.as_str())),
            escape(title)
        )
    };
    let list: String = all.into_iter().map(entry).collect();
    let body = Body {
        url: &url,
        title: "All pages",
        anchor: None,
        description: "Every guide and runbook by its title.",
        kind: "titles",
        id: None,
        source_path: None,
        markdown: false,
        owner: None,
        reviewed: None,
        review_by: None,
        tags: Vec::new(),
        toc: Vec::new(),
        content: format!("<ul class=\"pages\">\n{list}</ul>"),
        sidebar,
    };
    shell(site, theme, order, body)
}

/// The shell of the page that a host shows when nothing is found. It may be shown at any
/// address, so its links start at the site's base if that is known.
pub(crate) fn not_found(site: &Site, theme: &Theme, sidebar: String) -> Shell {
    let base = site.config.base.clone().unwrap_or_default();
    Shell {
        site: site_facts(site, theme, &base, |to| format!("{base}{to}")),
        page: PageFacts {
            title: "Page not found".to_owned(),
            anchor: None,
            description: String::new(),
            kind: "404",
            id: None,
            href: "404.html".to_owned(),
            markdown_href: None,
            edit_href: None,
            canonical: None,
            owner: None,
            reviewed: None,
            review_by: None,
            tags: Vec::new(),
        },
        sidebar,
        crumbs: Vec::new(),
        toc: Vec::new(),
        prev: None,
        next: None,
        used_by: Vec::new(),
        content: String::new(),
    }
}
