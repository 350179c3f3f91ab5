//! Impacts and sections to the files that readers load: manifest, term shards, fragments.
//!
//! `docs/formats/search.md` describes them. Every file is one call of a function, so that a page
//! opened from disk can load it as a script.

use super::codec::{DictionaryWriter, STEPS, numbers};
use super::index::Impacts;
use super::sections::{Entry, LabelGroup, LabelName, Section};
use super::{FOLDER, VERSION};
use crate::files::short_hash;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A shard is cut behind this many characters.
const SHARD: usize = 5_000;
/// The words of one stem stay together until a shard is this long.
const SHARD_LIMIT: usize = 6_250;
/// A fragment has no more bytes than this, unless it is a single section.
const FRAGMENT: usize = 3_000;

/// The first file that a reader loads. Names are short because every reader loads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of format and tokenizer, [`VERSION`].
    pub(super) v: u32,
    /// The number of impact steps.
    pub(super) q: u32,
    /// How many sections each page has.
    pub(super) p: String,
    /// Where each shard begins, with a space between: words from there on are in it.
    pub(super) sb: String,
    /// The hashes in the shards' names, with a space between.
    pub(super) sh: String,
    /// How many sections each fragment has.
    pub(super) f: String,
    /// The hash of all fragments.
    pub(super) fv: String,
    /// Words that need not be on a page, with a space between.
    pub(super) w: String,
    /// Labels that some pages have and others do not: group, name, and the distance of each page
    /// from the one before; of the first from the page before page 0.
    pub(super) l: Vec<(LabelGroup, String, String)>,
}

/// A page in a fragment: address, title, kind, crumb, and some of its sections as anchor, level,
/// heading and text.
pub(super) type FragmentPage = (
    String,
    String,
    String,
    String,
    Vec<(String, u8, String, String)>,
);

/// All files below the site's root.
pub(super) fn files(entries: &[Entry], impacts: &Impacts) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let (mut boundaries, mut hashes) = (Vec::new(), Vec::new());
    for (at, shard) in shards(impacts).into_iter().enumerate() {
        let content = call("s", at, &shard.text);
        let hash = short_hash(content.as_bytes());
        files.insert(shard_path(at, &hash), content);
        boundaries.push(shard.boundary);
        hashes.push(hash);
    }
    let fragments = fragments(entries);
    let contents: Vec<String> = fragments
        .par_iter()
        .enumerate()
        .map(|(at, fragment)| call("f", at, &fragment.parts))
        .collect();
    let manifest = Manifest {
        v: VERSION,
        q: STEPS,
        p: numbers(entries.iter().map(|entry| entry.sections.len() as u32)),
        sb: boundaries.join(" "),
        sh: hashes.join(" "),
        f: numbers(fragments.iter().map(|fragment| fragment.sections)),
        fv: short_hash(hashes_of(&contents).as_bytes()),
        w: super::words::SMALL_WORDS.to_owned(),
        l: labels(entries),
    };
    for (at, content) in contents.into_iter().enumerate() {
        files.insert(fragment_path(at), content);
    }
    files.insert(manifest_path(), format!("$rbs.m({})\n", json(&manifest)));
    files
}

/// The labels that tell pages apart, in order.
fn labels(entries: &[Entry]) -> Vec<(LabelGroup, String, String)> {
    let mut pages: BTreeMap<&LabelName, Vec<u32>> = BTreeMap::new();
    for (page, entry) in (0..).zip(entries) {
        for label in &entry.labels {
            let pages = pages.entry(label).or_default();
            if pages.last() != Some(&page) {
                pages.push(page);
            }
        }
    }
    pages.retain(|_, pages| pages.len() < entries.len());
    let written = |(LabelName(group, name), pages): (&LabelName, Vec<u32>)| {
        let mut before = 0;
        let distance = |page| page + 1 - std::mem::replace(&mut before, page + 1);
        (
            *group,
            name.clone(),
            numbers(pages.into_iter().map(distance)),
        )
    };
    pages.into_iter().map(written).collect()
}

fn hashes_of(contents: &[String]) -> String {
    let hash = |content: &String| short_hash(content.as_bytes());
    contents.par_iter().map(hash).collect()
}

/// The address of the manifest.
pub(super) fn manifest_path() -> String {
    format!("{FOLDER}m.js")
}

/// The address of a shard.
pub(super) fn shard_path(at: usize, hash: &str) -> String {
    format!("{FOLDER}s{at}-{hash}.js")
}

/// The address of a fragment.
pub(super) fn fragment_path(at: usize) -> String {
    format!("{FOLDER}f{at}.js")
}

fn call(function: &str, at: usize, argument: &impl Serialize) -> String {
    format!("$rbs.{function}({at},{})\n", json(argument))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers have a form in JSON")
}

struct Written {
    boundary: String,
    text: String,
}

/// Cuts the words into shards.
fn shards(impacts: &Impacts) -> Vec<Written> {
    let postings: Vec<String> = impacts
        .stems
        .iter()
        .map(|list| {
            let mut text = String::new();
            list.encode(&mut text);
            text
        })
        .collect();
    let mut done = Vec::new();
    let mut open = Open::default();
    let mut before = "";
    for (word, stem) in &impacts.words {
        if open.is_full(*stem) {
            done.push(open.close(&postings));
            open = Open {
                boundary: boundary(before, word),
                ..Open::default()
            };
        }
        open.add(word, *stem, &postings[*stem]);
        before = word;
    }
    if !before.is_empty() {
        done.push(open.close(&postings));
    }
    done
}

/// A shard that is being filled.
#[derive(Default)]
struct Open {
    boundary: String,
    dictionary: DictionaryWriter,
    postings: usize,
    last: Option<usize>,
}

impl Open {
    /// Whether the word with this stem belongs to the next shard.
    fn is_full(&self, stem: usize) -> bool {
        let length = self.dictionary.text.len() + self.postings;
        length > SHARD_LIMIT || (length > SHARD && self.last != Some(stem))
    }

    fn add(&mut self, word: &str, stem: usize, postings: &str) {
        if self.dictionary.add(word, stem) {
            self.postings += postings.len();
        }
        self.last = Some(stem);
    }

    fn close(&self, postings: &[String]) -> Written {
        let lists: String = self
            .dictionary
            .stems()
            .iter()
            .map(|stem| postings[*stem].as_str())
            .collect();
        Written {
            boundary: self.boundary.clone(),
            text: format!("{} {lists}", self.dictionary.text),
        }
    }
}

/// The shortest beginning of `word` that is greater than the word before it.
fn boundary(before: &str, word: &str) -> String {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let mut starts = ends.map(|end| &word[..end]);
    let found = starts.find(|start| start.encode_utf16().gt(before.encode_utf16()));
    found.unwrap_or(word).to_owned()
}

#[derive(Default)]
struct Fragment {
    parts: Vec<FragmentPage>,
    sections: u32,
    bytes: usize,
}

impl Fragment {
    fn begin(&mut self, entry: &Entry) {
        let (url, title, kind, crumb) = (&entry.url, &entry.title, &entry.kind, &entry.crumb);
        self.bytes += url.len() + title.len() + kind.len() + crumb.len();
        self.parts.push((
            url.clone(),
            title.clone(),
            kind.clone(),
            crumb.clone(),
            Vec::new(),
        ));
    }

    fn add(&mut self, section: &Section, text: String) {
        let (anchor, heading) = (section.anchor.clone(), section.heading.clone());
        self.sections += 1;
        self.bytes += anchor.len() + heading.len() + text.len();
        if let Some(part) = self.parts.last_mut() {
            part.4.push((anchor, section.level, heading, text));
        }
    }
}

/// Cuts the sections into fragments: small pages share one, a long page begins anew in the next.
fn fragments(entries: &[Entry]) -> Vec<Fragment> {
    let mut done: Vec<Fragment> = Vec::new();
    let mut open = Fragment::default();
    for entry in entries {
        for (at, section) in entry.sections.iter().enumerate() {
            let text = shown_text(entry, at);
            let full = open.sections > 0 && open.bytes + text.len() > FRAGMENT;
            if full {
                done.push(std::mem::take(&mut open));
            }
            if full || at == 0 {
                open.begin(entry);
            }
            open.add(section, text);
        }
    }
    if open.sections > 0 {
        done.push(open);
    }
    done
}

/// What readers see of a section: the first one shows what people search the page by, too.
fn shown_text(entry: &Entry, at: usize) -> String {
    let text = entry.sections[at].text.as_str();
    let signs = entry.signs.iter().map(String::as_str);
    let lines = std::iter::once(text).chain(signs.take(if at == 0 { usize::MAX } else { 0 }));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}
