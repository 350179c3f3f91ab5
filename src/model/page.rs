//! A page of Markdown: what its author says about it, and what it holds.

use crate::model::known_message::KnownMessage;
use crate::model::paths::{FIRST_PAGES, readable};
use crate::model::prose::{Element, Heading, Prose, Token};
use crate::source::{SourceId, Span, Spanned};
use std::collections::BTreeMap;

/// Front matter: the block between `---` lines at the top of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontMatter {
    /// The page's name.
    pub title: Option<Spanned<String>>,
    /// One line for lists and search engines.
    pub description: Option<Spanned<String>>,
    /// A short name that stays when the file moves, such as `T14`.
    pub id: Option<Spanned<String>>,
    /// What sort of page it is.
    pub kind: PageKind,
    /// The role that answers for it.
    pub owner: Option<Spanned<String>>,
    /// When somebody last read it through, `YYYY-MM-DD`.
    pub reviewed: Option<Spanned<String>>,
    /// When somebody has to read it again, `YYYY-MM-DD`.
    pub review_by: Option<Spanned<String>>,
    /// Labels.
    pub tags: Vec<Spanned<String>>,
    /// Other names people use for it.
    pub aliases: Vec<Spanned<String>>,
    /// Addresses that it, or a place on it, had before.
    pub redirect_from: Vec<Former>,
    /// What people see when they need it.
    pub symptoms: Vec<Spanned<String>>,
    /// Messages that lead here.
    pub errors: Vec<KnownMessage>,
    /// The runbook that fixes what the page is about.
    pub recovery: Option<Spanned<String>>,
    /// Alert names that lead here.
    pub alerts: Vec<Spanned<String>>,
    /// Its place among its neighbours; pages without one come last, by title.
    pub order: Option<i64>,
    /// Whether no link has to lead to it.
    pub orphan: bool,
    /// Whether it is left out of the site.
    pub draft: bool,
    /// Whether it is left out of the search.
    pub unsearchable: bool,
}

/// An address that was, as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// `release/urgent.html`, `release/urgent.html#publish`, or `#publish` on the same page.
    pub from: Spanned<String>,
    /// Where it leads now; nothing stands for the top of the page that says so.
    pub to: Option<Spanned<String>>,
}

/// What sort of page it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PageKind {
    /// Explains how something is done.
    #[default]
    Guide,
    /// Leads from a symptom to its cure.
    Troubleshooting,
    /// Is looked things up in.
    Reference,
    /// Is where readers start.
    Home,
}

impl PageKind {
    /// The word of front matter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guide => "guide",
            Self::Troubleshooting => "troubleshooting",
            Self::Reference => "reference",
            Self::Home => "home",
        }
    }
}

/// A page as it was read, before its links mean anything.
#[derive(Debug, Clone, PartialEq)]
pub struct PageDraft {
    /// Its file.
    pub source: SourceId,
    /// Its path below the project: `content/release/hotfix.md`.
    pub path: String,
    /// Its address in the site.
    pub url: PageUrl,
    /// What it is called if nothing in it says so.
    pub name: String,
    /// What its author says about it.
    pub front: FrontMatter,
    /// Where the first words of the body stand.
    pub body: Span,
    /// What it holds.
    pub prose: Prose,
}

impl PageDraft {
    /// Its name in lists, in the search and of its window: from front matter, else the heading that
    /// opens it, else from its file or folder.
    pub fn title(&self) -> &str {
        if let Some(title) = &self.front.title {
            return &title.value;
        }
        self.opening()
            .map_or(&self.name, |(_, heading)| &heading.text)
    }

    /// The heading that is shown as that of the whole page, by index: the one that opens the text,
    /// if it is of the first level or says the page's name.
    pub fn title_heading(&self) -> Option<usize> {
        let (index, heading) = self.opening()?;
        (heading.level == 1 || heading.text == self.title()).then_some(index)
    }

    /// The heading that the text begins with. HTML, pictures, notes and quotations may stand before
    /// it, but no words.
    fn opening(&self) -> Option<(usize, &Heading)> {
        let mut aside = 0_usize;
        for token in &self.prose.tokens {
            match token {
                Token::Open(Element::Quote | Element::Alert(_)) => aside += 1,
                Token::Open(_) if aside > 0 => aside += 1,
                Token::Close => aside = aside.saturating_sub(1),
                _ if aside > 0 => {}
                Token::Open(Element::Heading(index)) => {
                    let heading = &self.prose.headings[*index];
                    if !heading.text.trim().is_empty() {
                        return Some((*index, heading));
                    }
                }
                Token::Open(Element::Paragraph | Element::Link(_))
                | Token::Image(..)
                | Token::SoftBreak
                | Token::HardBreak
                | Token::Rule => {}
                Token::Text(text) if is_html(text.trim()) => {}
                _ => return None,
            }
        }
        None
    }
}

/// Whether a text is HTML that is shown as text, or nothing.
fn is_html(text: &str) -> bool {
    text.is_empty() || (text.starts_with('<') && text.ends_with('>'))
}

/// The address of a page below the site's root: a flat `.html` file, `/` between its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageUrl(String);

impl PageUrl {
    /// The address of a Markdown file; `None` for anything else and for paths that climb.
    pub fn from_content_path(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".md")?;
        let climbs = stem
            .split('/')
            .any(|part| part.is_empty() || part == "." || part == "..");
        (!climbs).then(|| Self(format!("{stem}.html")))
    }

    /// The addresses of the Markdown files of a site, by their paths below its root: the first
    /// page of a folder is the first of [`FIRST_PAGES`] that it has.
    pub fn of_files<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<Option<Self>> {
        let split = |path: &'p str| path.split_at(path.rfind('/').map_or(0, |at| at + 1));
        let rank = |name: &str| FIRST_PAGES.iter().position(|first| *first == name);
        let paths: Vec<&str> = paths.collect();
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (folder, name) in paths.iter().map(|path| split(path)) {
            if let Some(rank) = rank(name) {
                let best = first.entry(folder).or_insert(rank);
                *best = rank.min(*best);
            }
        }
        let address = |path: &&'p str| {
            let (folder, name) = split(path);
            let is_first = rank(name).is_some_and(|rank| first.get(folder) == Some(&rank));
            match is_first {
                true => Self::from_content_path(&format!("{folder}index.md")),
                false => Self::from_content_path(path),
            }
        };
        paths.iter().map(address).collect()
    }

    /// The address of a runbook's page.
    pub fn of_runbook(id: &str) -> Self {
        Self(format!("runbooks/{id}.html"))
    }

    /// The address of the list of all runbooks.
    pub fn of_runbooks() -> Self {
        Self("runbooks/index.html".to_owned())
    }

    /// The address of the page that lists all pages by title.
    pub fn of_titles() -> Self {
        Self("search/index.html".to_owned())
    }

    /// The address of the list of all folders.
    pub fn of_folders() -> Self {
        Self("search/in.html".to_owned())
    }

    /// The address of the page that lists what is in a folder, which ends in `/`.
    pub fn of_folder(folder: &str) -> Self {
        Self(format!("search/in/{}.html", folder.trim_end_matches('/')))
    }

    /// The address of a role's page.
    pub fn of_role(id: &str) -> Self {
        Self(format!("roles/{id}.html"))
    }

    /// The address of the list of all roles.
    pub fn of_roles() -> Self {
        Self("roles/index.html".to_owned())
    }

    /// The address of the page of a tag: letters and digits of any script, small, with hyphens
    /// between. Tags that differ only in case or punctuation have the same page; `None` for a
    /// tag without a letter or digit.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let lower = tag.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        match words.is_empty() {
            true => None,
            false => Some(Self(format!("tags/{}.html", words.join("-")))),
        }
    }

    /// The address of the list of all tags.
    pub fn of_tags() -> Self {
        Self("tags/index.html".to_owned())
    }

    /// The address of the page that explains words.
    pub fn of_glossary() -> Self {
        Self("glossary.html".to_owned())
    }

    /// The address of the page that says what is due for review.
    pub fn of_freshness() -> Self {
        Self("freshness.html".to_owned())
    }

    /// An address that was: below the site's root, `.html`, and not climbing.
    pub fn former(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".html")?;
        Self::from_content_path(&format!("{stem}.md"))
    }

    /// The address of the site's first page.
    pub fn of_root() -> Self {
        Self("index.html".to_owned())
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder, empty or ending in `/`.
    pub fn folder(&self) -> &str {
        &self.0[..self.0.rfind('/').map_or(0, |at| at + 1)]
    }

    /// The last part without `.html`.
    pub fn stem(&self) -> &str {
        self.0[self.folder().len()..].trim_end_matches(".html")
    }

    /// What a page here is called if nothing in it says so: after its file, or after its folder if
    /// it is the first page there. Empty for the first page of the site.
    pub fn name(&self) -> String {
        let folder = self.folder().trim_end_matches('/');
        match self.is_index() {
            true => readable(folder.rsplit('/').next().unwrap_or_default()),
            false => readable(self.stem()),
        }
    }

    /// Whether this is the first page of its folder.
    pub fn is_index(&self) -> bool {
        self.stem() == "index"
    }

    /// The way from this page back to the site's root: empty or `../` repeated.
    pub fn to_root(&self) -> String {
        "../".repeat(self.0.matches('/').count())
    }

    /// The address of the page's Markdown copy.
    pub fn markdown(&self) -> String {
        format!("{}.md", self.0.trim_end_matches(".html"))
    }

    /// The relative address from this page to `to`, another path below the site's root.
    pub fn relative(&self, to: &str) -> String {
        let mut here = self.folder();
        let mut there = to;
        while let (Some((a, rest_here)), Some((b, rest_there))) =
            (here.split_once('/'), there.split_once('/'))
        {
            if a != b {
                break;
            }
            (here, there) = (rest_here, rest_there);
        }
        format!("{}{there}", "../".repeat(here.matches('/').count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_flat_and_never_leave_the_site() {
        for (path, expected) in [
            ("index.md", Some("index.html")),
            ("release/hotfix.md", Some("release/hotfix.html")),
            ("../secret.md", None),       // never leaves the output folder
            ("release//hotfix.md", None), // two names for one page
            ("release/logo.png", None),   // an asset, not a page
        ] {
            let url = PageUrl::from_content_path(path);
            assert_eq!(url.as_ref().map(PageUrl::as_str), expected, "{path}");
        }
    }

    #[test]
    fn a_folder_has_one_first_page() {
        let paths = [
            "README.md",
            "a/README.md",
            "a/_index.md",
            "a/index.md",
            "b/README.md",
            "b/_index.md",
            "c/_index.md",
            "c/readme.md",
        ];
        let urls = PageUrl::of_files(paths.into_iter());
        let found: Vec<&str> = urls.iter().flatten().map(PageUrl::as_str).collect();
        let expected = [
            "index.html",
            "a/README.html",
            "a/_index.html",
            "a/index.html",
            "b/index.html",
            "b/_index.html",
            "c/index.html",
            "c/readme.html",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn relative_addresses_work_on_disk_and_on_a_host() {
        for (from, to, expected) in [
            ("index.md", "release/a.html", "release/a.html"),
            ("release/a.md", "index.html", "../index.html"),
            ("release/a.md", "release/b.html", "b.html"),
            ("release/x/a.md", "release/b.html", "../b.html"),
            ("release/x/a.md", "runbooks/r.html", "../../runbooks/r.html"),
        ] {
            let from = PageUrl::from_content_path(from).expect("a page");
            assert_eq!(from.relative(to), expected, "{from:?}");
        }
    }
}
