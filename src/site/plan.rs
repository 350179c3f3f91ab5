//! What the site will consist of, known before a byte is written.

use crate::diag::Diagnostics;
use crate::model::page::PageUrl;
use crate::model::site::Site;
use crate::site::generated_page::GeneratedPage;
use crate::site::order::ReadingOrder;
use crate::site::page::{self, Body};
use crate::site::sidebar::Sidebars;
use crate::site::theme::Theme;
use crate::site::{copy, feeds, freshness, generated_pages, moved, runbook};
use crate::source::{SourceId, Sources, Span};
use rayon::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Its content.
    Text(String),
    /// A copy of a file, by its path below the project.
    Copy(String),
}

/// The files of the site by their paths below its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputPlan {
    /// The keys have `/` between folders, and none at the beginning.
    pub files: BTreeMap<String, Output>,
    /// Where findings about the files of authors stand.
    pub(crate) authors: BTreeMap<String, Span>,
}

impl OutputPlan {
    /// Adds files that another stage made.
    pub fn add(&mut self, files: BTreeMap<String, String>, diagnostics: &mut Diagnostics) {
        for (path, text) in files {
            self.add_made(
                path,
                Output::Text(text),
                "a file of the search",
                diagnostics,
            );
        }
    }
}

/// Plans the whole site. Faults in the project's own templates are reported.
pub fn plan(
    site: &Site,
    own_theme: BTreeMap<String, SourceId>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> OutputPlan {
    let theme = Theme::new(own_theme, &site.words, sources, diagnostics);
    if diagnostics.has_errors() {
        return OutputPlan::default();
    }
    let mut made = generated_pages::all(site, diagnostics);
    made.push(freshness::page(site));
    let planner = Planner {
        site,
        sources,
        order: ReadingOrder::new(site),
        sidebars: Sidebars::render(site, &made, &theme, diagnostics),
        made,
        theme,
    };
    planner.files(diagnostics)
}

struct Planner<'s> {
    site: &'s Site,
    sources: &'s Sources,
    theme: Theme,
    order: ReadingOrder,
    sidebars: Sidebars<'s>,
    /// The pages that no author wrote.
    made: Vec<GeneratedPage>,
}

/// One page's files, and what went wrong while they were rendered.
type Rendered = (Vec<(String, Output)>, Diagnostics);

impl Planner<'_> {
    fn files(&self, diagnostics: &mut Diagnostics) -> OutputPlan {
        let pages: Vec<Rendered> = self
            .site
            .pages
            .par_iter()
            .map(|page| self.markdown_page(page))
            .collect();
        let books: Vec<Rendered> = self
            .site
            .runbooks
            .par_iter()
            .map(|page| self.runbook(page))
            .collect();
        let made: Vec<Rendered> = self.made.par_iter().map(|made| self.made(made)).collect();
        let mut plan = OutputPlan::default();
        for ((outputs, found), page) in pages.into_iter().zip(&self.site.pages) {
            diagnostics.append(found);
            for (path, output) in outputs {
                plan.add_of_author(path, output, Span::start_of(page.draft.source));
            }
        }
        for asset in &self.site.assets {
            let copy = Output::Copy(asset.path.clone());
            plan.add_of_author(asset.url.clone(), copy, Span::start_of(asset.source));
        }
        for ((outputs, found), page) in books.into_iter().zip(&self.site.runbooks) {
            diagnostics.append(found);
            let what = format!("a file of the runbook `{}`", page.runbook.id.value);
            for (path, output) in outputs {
                plan.add_made(path, output, &what, diagnostics);
            }
        }
        for ((outputs, found), made) in made.into_iter().zip(&self.made) {
            diagnostics.append(found);
            for (path, output) in outputs {
                plan.add_made(path, output, made.what(), diagnostics);
            }
        }
        self.rest(&mut plan, diagnostics);
        plan.tell_unportable(diagnostics);
        plan
    }

    /// Adds what is no page of its own.
    fn rest(&self, plan: &mut OutputPlan, diagnostics: &mut Diagnostics) {
        for (url, shown) in moved::pages(self.site, &self.theme) {
            let html = self.theme.render("moved.html", &shown, diagnostics);
            let path = url.as_str().to_owned();
            plan.add_made(path, Output::Text(html), "a former address", diagnostics);
        }
        let lost = self.not_found(diagnostics);
        let what = "the page that is shown when nothing is found";
        plan.add_made("404.html".to_owned(), lost, what, diagnostics);
        let made: Vec<PageUrl> = self.made.iter().map(|made| made.url.clone()).collect();
        for (path, text) in feeds::files(self.site, &made) {
            let what = "what machines read of the site";
            plan.add_made(path, Output::Text(text), what, diagnostics);
        }
        for asset in self.theme.assets() {
            let content = Output::Text(asset.content.clone());
            plan.add_made(
                asset.url.clone(),
                content,
                "a file of the theme",
                diagnostics,
            );
        }
    }

    fn sidebar(&self, url: &PageUrl) -> String {
        self.sidebars.render_for(url)
    }

    fn markdown_page(&self, page: &crate::model::site::Page) -> Rendered {
        let found = RefCell::new(Diagnostics::default());
        let url = &page.draft.url;
        let sidebar = self.sidebar(url);
        let shell = page::markdown_page(self.site, &self.theme, &self.order, page, sidebar, &found);
        let mut found = found.into_inner();
        let html = self.theme.render("page.html", &shell, &mut found);
        let copy = copy::markdown(self.site, page, self.sources);
        let outputs = vec![
            (url.as_str().to_owned(), Output::Text(html)),
            (url.markdown(), Output::Text(copy)),
        ];
        (outputs, found)
    }

    fn runbook(&self, page: &crate::model::site::RunbookPage) -> Rendered {
        let mut found = Diagnostics::default();
        let sidebar = self.sidebar(&page.url);
        let rendered = runbook::render(
            self.site,
            &self.theme,
            &self.order,
            page,
            sidebar,
            &mut found,
        );
        let source = self.sources.get(page.runbook.source).text().to_owned();
        let outputs = vec![
            (page.url.as_str().to_owned(), Output::Text(rendered.html)),
            (runbook::script_url(page), Output::Text(rendered.script)),
            (
                format!("runbooks/{}.yaml", page.runbook.id.value),
                Output::Text(source),
            ),
        ];
        (outputs, found)
    }

    fn made(&self, made: &GeneratedPage) -> Rendered {
        let mut found = Diagnostics::default();
        let body = Body::made(made, self.sidebar(&made.url));
        let shell = page::shell(self.site, &self.theme, &self.order, body);
        let html = if made.url == PageUrl::of_freshness() {
            let shown = freshness::shown(self.site, shell);
            self.theme.render("freshness.html", &shown, &mut found)
        } else {
            self.theme.render("page.html", &shell, &mut found)
        };
        let outputs = vec![(made.url.as_str().to_owned(), Output::Text(html))];
        (outputs, found)
    }

    fn not_found(&self, diagnostics: &mut Diagnostics) -> Output {
        let base = self.site.config.base.clone().unwrap_or_default();
        let sidebar = Sidebars::unplaced(self.site, &self.theme, &base, diagnostics);
        let shell = page::not_found(self.site, &self.theme, sidebar);
        Output::Text(self.theme.render("404.html", &shell, diagnostics))
    }
}
