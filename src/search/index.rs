//! Sections to impacts, by tantivy: what each stem is worth in each section.
//!
//! An impact is the sum over the fields of boost × BM25 (k1 1.2, b 0.75), times the section's
//! prior. A field is one tantivy field, so lengths and frequencies are its own. Everything stays
//! in memory, in one segment; a section's number is the order in which it was added.

use super::codec::Postings;
use super::sections::{Entry, Section};
use super::words::{Seen, Stems};
use crate::model::config::Config;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tantivy::directory::RamDirectory;
use tantivy::postings::Postings as _;
use tantivy::query::Bm25Weight;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{DocSet, Index, SegmentReader, TERMINATED, TantivyDocument};

/// The fields and what a word in each is worth.
const FIELDS: [(&str, f32); 5] = [
    ("above", 1.0),
    ("heading", 2.0),
    ("text", 1.0),
    ("path", 2.0),
    ("signs", 3.0),
];
/// The name under which tantivy knows our tokenizer.
const STEMS: &str = "stems";
/// What a section is worth that holds little more than links.
const LINKS_ONLY: f32 = 0.5;
/// What a page says is worth where the project puts others first, and the fields that keep their worth all the same:
/// who asks for the page by its name finds it.
const LATER: f32 = 0.25;
const NAMES: [&str; 2] = ["heading", "signs"];
/// The sections that are kept of a stem that stands nearly everywhere.
const POSTINGS_LIMIT: usize = 2_048;
/// How much memory tantivy plans for, in bytes; it takes more if it has to.
const MEMORY: usize = 50_000_000;

/// What was counted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Impacts {
    /// Every word as written, in the order of its UTF-16 code units, with the number of its stem.
    pub(super) words: Vec<(String, usize)>,
    /// For each stem, sections in order with what it is worth there, in steps.
    pub(super) stems: Vec<Postings>,
}

/// Indexes all sections of all entries.
///
/// # Errors
/// tantivy's own; with everything in memory they are faults of the program.
pub(super) fn impacts(entries: &[Entry], config: &Config) -> tantivy::Result<Impacts> {
    let sections: usize = entries.iter().map(|entry| entry.sections.len()).sum();
    if sections == 0 {
        return Ok(Impacts::default());
    }
    let schema = schema();
    let seen = Seen::default();
    let index = fill(&schema, entries, &seen)?;
    let reader = index.reader()?;
    let searcher = reader.searcher();
    let segment = &searcher.segment_readers()[0];
    let all = entries.iter().flat_map(|entry| &entry.sections);
    let priors: Vec<f32> = all.map(prior).collect();
    let order = |entry: &Entry| match config.comes_first(&entry.url, &entry.kind) {
        true => 1.0,
        false => LATER,
    };
    let orders = entries
        .iter()
        .flat_map(|entry| std::iter::repeat_n(order(entry), entry.sections.len()));
    let orders: Vec<f32> = orders.collect();
    let mut stems: FxHashMap<Vec<u8>, Vec<(u32, f32)>> = FxHashMap::default();
    for (name, boost) in FIELDS {
        let orders = (!NAMES.contains(&name)).then_some(orders.as_slice());
        add_field(segment, schema.get_field(name)?, boost, orders, &mut stems)?;
    }
    Ok(joined(seen.words(), stems, &priors))
}

fn prior(section: &Section) -> f32 {
    match section.links_only {
        true => LINKS_ONLY,
        false => 1.0,
    }
}

fn schema() -> Schema {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(STEMS)
        .set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    for (name, _) in FIELDS {
        builder.add_text_field(name, options.clone());
    }
    builder.build()
}

fn fill(schema: &Schema, entries: &[Entry], seen: &Seen) -> tantivy::Result<Index> {
    let tokenizers = TokenizerManager::new();
    tokenizers.register(STEMS, TextAnalyzer::from(Stems::new(seen)));
    let mut writer = Index::builder()
        .schema(schema.clone())
        .tokenizers(tokenizers)
        .single_segment_index_writer(RamDirectory::create(), MEMORY)?;
    let fields: Vec<Field> = FIELDS
        .iter()
        .map(|(name, _)| schema.get_field(name))
        .collect::<tantivy::Result<_>>()?;
    for entry in entries {
        let path = path_words(&entry.url);
        for (at, section) in entry.sections.iter().enumerate() {
            let (above, signs) = (section.above.join("\n"), signs(entry, at));
            let texts = [&above, &section.heading, &section.text, &path, &signs];
            let mut document = TantivyDocument::new();
            for (field, text) in fields.iter().zip(texts) {
                document.add_text(*field, text);
            }
            writer.add_document(document)?;
        }
    }
    writer.finalize()
}

/// What people search the page by stands in its first section.
fn signs(entry: &Entry, section: usize) -> String {
    match section {
        0 => entry.signs.join("\n"),
        _ => String::new(),
    }
}

/// The words of an address that say something: without the extension and `index`.
fn path_words(url: &str) -> String {
    let stem = url.trim_end_matches(".html");
    stem.strip_suffix("index").unwrap_or(stem).replace('/', " ")
}

fn add_field(
    segment: &SegmentReader,
    field: Field,
    boost: f32,
    orders: Option<&[f32]>,
    stems: &mut FxHashMap<Vec<u8>, Vec<(u32, f32)>>,
) -> tantivy::Result<()> {
    let inverted = segment.inverted_index(field)?;
    let lengths = segment.get_fieldnorms_reader(field)?;
    let sections = u64::from(segment.max_doc());
    let average = inverted.total_num_tokens() as f32 / sections as f32;
    let mut terms = inverted.terms().stream()?;
    while terms.advance() {
        let info = terms.value();
        let weight =
            Bm25Weight::for_one_term_without_explain(u64::from(info.doc_freq), sections, average)
                .boost_by(boost);
        let mut postings =
            inverted.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        let list = match stems.get_mut(terms.key()) {
            Some(list) => list,
            None => stems.entry(terms.key().to_vec()).or_default(),
        };
        while postings.doc() != TERMINATED {
            let section = postings.doc();
            let score = weight.score(lengths.fieldnorm_id(section), postings.term_freq());
            let order = orders.map_or(1.0, |all| all[section as usize]);
            list.push((section, score * order));
            postings.advance();
        }
    }
    Ok(())
}

fn joined(
    surface: Vec<(String, Arc<str>)>,
    mut stems: FxHashMap<Vec<u8>, Vec<(u32, f32)>>,
    priors: &[f32],
) -> Impacts {
    let mut found = Impacts::default();
    let mut numbers: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    for (word, stem) in surface {
        let number = *numbers.entry(stem).or_insert_with_key(|stem| {
            let list = stems.remove(stem.as_bytes()).unwrap_or_default();
            let sums = summed(list, priors);
            found.stems.push(Postings::new(&sums, POSTINGS_LIMIT));
            found.stems.len() - 1
        });
        found.words.push((word, number));
    }
    found
}

/// The impacts of several fields put together: one for a section.
fn summed(mut list: Vec<(u32, f32)>, priors: &[f32]) -> Vec<(u32, f32)> {
    list.sort_by_key(|(section, _)| *section);
    let mut sums: Vec<(u32, f32)> = Vec::with_capacity(list.len());
    for (section, score) in list {
        match sums.last_mut() {
            Some((last, sum)) if *last == section => *sum += score,
            _ => sums.push((section, score)),
        }
    }
    for (section, sum) in &mut sums {
        *sum *= priors[*section as usize];
    }
    sums
}
