//! The index as a reader has it: manifest, shards and fragments, loaded when they are needed.
//!
//! A shard's content is compared with the hash in its name, so a file that was cut or mixed up
//! counts as missing and never as an answer.

use super::VERSION;
use super::codec::{Numbers, Shard};
use super::index::Impacts;
use super::sections::LabelGroup;
use super::shards::{FragmentPage, Manifest, fragment_path, manifest_path, shard_path};
use crate::files::short_hash;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Why an index cannot be used at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IndexError {
    /// No manifest.
    #[error("there is no search index: {0} is missing; build the site with `runbook build`")]
    Missing(String),
    /// The manifest cannot be read.
    #[error("{0} is damaged; build the site again with `runbook build`")]
    Damaged(String),
    /// Another version wrote it.
    #[error(
        "the search index has version {0}, this program reads version {VERSION}; build the site again with this program"
    )]
    Version(u32),
}

/// A place in the site that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The page's address below the site's root.
    pub url: String,
    /// The page's title.
    pub title: String,
    /// The page's kind.
    pub kind: String,
    /// The titles of the pages above it.
    pub crumb: String,
    /// The id of the section; empty for the top of the page.
    pub anchor: String,
    /// The section's heading.
    pub heading: String,
    /// The section's words.
    pub text: String,
}

impl Place {
    /// The address of the section.
    pub fn href(&self) -> String {
        match self.anchor.is_empty() {
            true => self.url.clone(),
            false => format!("{}#{}", self.url, self.anchor),
        }
    }
}

/// What an answer can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it says of a page.
    pub group: LabelGroup,
    /// What it is called.
    pub name: String,
    /// The numbers of the pages that have it, in order.
    pages: Vec<usize>,
}

impl Label {
    fn new((group, name, distances): (LabelGroup, String, String)) -> Option<Self> {
        let behind = starts(&distances)?.into_iter().skip(1);
        let page = |next: u32| (next as usize).checked_sub(1);
        Some(Self {
            group,
            name,
            pages: behind.map(page).collect::<Option<_>>()?,
        })
    }

    /// Whether a page has it.
    pub fn is_on(&self, page: usize) -> bool {
        self.pages.binary_search(&page).is_ok()
    }
}

/// Reads the content of a file by its path below the site's root.
pub type Load<'f> = Box<dyn Fn(&str) -> Option<String> + 'f>;

/// An index that is open.
pub struct Index<'f> {
    load: Load<'f>,
    boundaries: Vec<String>,
    hashes: Vec<String>,
    /// For each page the number of its first section, and the number of all behind the last.
    pages: Vec<u32>,
    /// The same for each fragment.
    fragments: Vec<u32>,
    small_words: Vec<String>,
    labels: Vec<Label>,
    loaded: RefCell<BTreeMap<usize, Option<Rc<Shard>>>>,
}

impl<'f> Index<'f> {
    /// Opens the index whose files `load` reads.
    ///
    /// # Errors
    /// [`IndexError`] says what to do.
    pub fn open(load: Load<'f>) -> Result<Self, IndexError> {
        let damaged = || IndexError::Damaged(manifest_path());
        let missing = || IndexError::Missing(manifest_path());
        let text = load(&manifest_path()).ok_or_else(missing)?;
        let manifest: Manifest = argument(&text, "$rbs.m(").ok_or_else(damaged)?;
        if manifest.v != VERSION {
            return Err(IndexError::Version(manifest.v));
        }
        let hashes: Vec<String> = manifest.sh.split_whitespace().map(str::to_owned).collect();
        let labels = manifest.l.into_iter().map(Label::new);
        Ok(Self {
            load,
            boundaries: manifest
                .sb
                .split(' ')
                .map(str::to_owned)
                .take(hashes.len())
                .collect(),
            hashes,
            pages: starts(&manifest.p).ok_or_else(damaged)?,
            fragments: starts(&manifest.f).ok_or_else(damaged)?,
            small_words: manifest.w.split(' ').map(str::to_owned).collect(),
            labels: labels.collect::<Option<_>>().ok_or_else(damaged)?,
            loaded: RefCell::default(),
        })
    }

    /// What answers can be narrowed by, in the order in which it is shown.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Whether a page need not have this word.
    pub(super) fn is_small(&self, word: &str) -> bool {
        self.small_words.iter().any(|small| small == word)
    }

    /// The number of the shard that a word is in, if it is in any.
    pub(super) fn shard_of(&self, word: &str) -> Option<usize> {
        let behind = |boundary: &String| boundary.encode_utf16().le(word.encode_utf16());
        self.boundaries.partition_point(behind).checked_sub(1)
    }

    /// Whether a shard may begin with words that begin like this.
    pub(super) fn goes_on_in(&self, shard: usize, prefix: &str) -> bool {
        self.boundaries
            .get(shard)
            .is_some_and(|boundary| boundary.starts_with(prefix))
    }

    /// A shard; `None` if it is missing or damaged.
    pub(super) fn shard(&self, at: usize) -> Option<Rc<Shard>> {
        let mut loaded = self.loaded.borrow_mut();
        loaded
            .entry(at)
            .or_insert_with(|| self.read_shard(at).map(Rc::new))
            .clone()
    }

    fn read_shard(&self, at: usize) -> Option<Shard> {
        let hash = self.hashes.get(at)?;
        let text = (self.load)(&shard_path(at, hash))?;
        if short_hash(text.as_bytes()) != *hash {
            return None;
        }
        let body: String = argument(&text, &format!("$rbs.s({at},"))?;
        Shard::parse(&body)
    }

    /// The page of a section.
    pub(super) fn page_of(&self, section: u32) -> usize {
        self.pages
            .partition_point(|start| *start <= section)
            .saturating_sub(1)
    }

    /// What a section is; `None` if its fragment is missing or damaged.
    pub fn place(&self, section: u32) -> Option<Place> {
        let at = self
            .fragments
            .partition_point(|start| *start <= section)
            .checked_sub(1)?;
        let text = (self.load)(&fragment_path(at))?;
        let parts: Vec<FragmentPage> = argument(&text, &format!("$rbs.f({at},"))?;
        let count: usize = parts.iter().map(|part| part.4.len()).sum();
        let expected = self
            .fragments
            .get(at + 1)?
            .checked_sub(self.fragments[at])?;
        if count != expected as usize {
            return None;
        }
        let mut left = (section - self.fragments[at]) as usize;
        for (url, title, kind, crumb, sections) in parts {
            if let Some((anchor, _, heading, text)) = sections.get(left).cloned() {
                return Some(Place {
                    url,
                    title,
                    kind,
                    crumb,
                    anchor,
                    heading,
                    text,
                });
            }
            left -= sections.len();
        }
        None
    }
}

/// The numbers of the first sections, from how many there are; `None` if there are more than can be
/// counted.
fn starts(counts: &str) -> Option<Vec<u32>> {
    let mut sum = 0_u32;
    let ends = Numbers::new(counts).map(|count| {
        sum = sum.checked_add(count)?;
        Some(sum)
    });
    std::iter::once(Some(0)).chain(ends).collect()
}

/// What a file calls its function with; `None` if it is not such a call.
fn argument<T: DeserializeOwned>(text: &str, call: &str) -> Option<T> {
    let body = text.strip_prefix(call)?.trim_end().strip_suffix(')')?;
    serde_json::from_str(body).ok()
}

/// The first word of `impacts` that a reader of `files` would not find with its sections: the
/// build's check of its own work.
pub(super) fn unreadable(files: &BTreeMap<String, String>, impacts: &Impacts) -> Option<String> {
    let Ok(index) = Index::open(Box::new(|path| files.get(path).cloned())) else {
        return Some(manifest_path());
    };
    let wrong = |(word, stem): &&(String, usize)| {
        let shard = index.shard_of(word).and_then(|at| index.shard(at));
        let reads_back = shard.and_then(|shard| {
            let at = shard.find(word).ok()?;
            Some(*shard.postings.get(shard.words[at].1)? == impacts.stems[*stem])
        });
        reads_back != Some(true)
    };
    impacts
        .words
        .iter()
        .find(wrong)
        .map(|(word, _)| word.clone())
}
