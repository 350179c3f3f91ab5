//! The messages that entries answer, as files that a browser looks into: a table of keys, and patterns by their keys.
//!
//! Somebody who pastes a log needs the table, which is small, and the few files whose keys the log has.
//! `themes/default/search-errors.js` reads them; `docs/formats/search.md` describes them.

use super::FOLDER;
use super::codec::{Numbers, numbers};
use crate::files::short_hash;
use crate::known_errors::{Collection, Entry, Key, Message};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the files: a reader takes no other.
const VERSION: u32 = 1;
/// A file is closed behind so many bytes.
const FILE: usize = 800;

/// The table of keys.
#[derive(Serialize, Deserialize)]
struct Table {
    v: u32,
    /// The keys in order: each its distance from the one before, the first one itself.
    k: String,
    /// How many keys each file has.
    c: String,
    /// The hash of all files.
    h: String,
}

/// An entry in a file: its number, id, title, address and recovery.
type EntryRow<'c> = (usize, Option<&'c str>, &'c str, &'c str, Option<&'c str>);
type OwnedEntryRow = (usize, Option<String>, String, String, Option<String>);
type OwnedPatternRow = (u32, usize, usize, u32, String, u8);
/// A pattern: its key, its number, its entry in the file, its weight, its text, and 1 if several faults print it.
type PatternRow<'c> = (u32, usize, usize, u32, &'c str, u8);

/// All files below the site's root; none if there are no messages.
pub(super) fn files(known: &Collection) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    if known.messages.is_empty() {
        return files;
    }
    let (mut keys, mut counts, mut all) = (Vec::new(), Vec::new(), String::new());
    for (at, group) in groups(known).into_iter().enumerate() {
        let content = called(&format!("e{at}"), &group.rows(known));
        all += &content;
        files.insert(format!("{FOLDER}e{at}.js"), content);
        counts.push(group.keys.len() as u32);
        keys.extend(group.keys);
    }
    let table = Table {
        v: VERSION,
        k: numbers(distances(&keys)),
        c: numbers(counts),
        h: short_hash(all.as_bytes()),
    };
    files.insert(format!("{FOLDER}e.js"), called("e", &table));
    files
}

/// What the files of a site know, in the form that they were made from; addresses stand in the place of paths. Nothing
/// if the site has none, or a file of them is not there or not whole.
pub fn read(load: &dyn Fn(&str) -> Option<String>) -> Option<Collection> {
    let table: Table = inside(&load(&format!("{FOLDER}e.js"))?, "e")?;
    let (mut entries, mut messages) = (BTreeMap::new(), BTreeMap::new());
    for at in 0..Numbers::new(&table.c).count() {
        let file = load(&format!("{FOLDER}e{at}.js"))?;
        let (known, patterns): (Vec<OwnedEntryRow>, Vec<OwnedPatternRow>) =
            inside(&file, &format!("e{at}"))?;
        for (_, number, entry, _, text, general) in patterns {
            messages.insert(number, (known.get(entry)?.0, text, general == 1));
        }
        entries.extend(known.into_iter().map(|entry| (entry.0, entry)));
    }
    let place: BTreeMap<usize, usize> = entries
        .keys()
        .enumerate()
        .map(|(at, number)| (*number, at))
        .collect();
    let entry = |(_, id, title, url, recovery): OwnedEntryRow| Entry {
        id,
        title,
        path: url.clone(),
        url,
        recovery,
        needs: Vec::new(),
    };
    let message = |(entry, text, general)| Message {
        entry: place[&entry],
        text,
        general,
    };
    let messages = messages.into_values().map(message).collect();
    Collection::new(entries.into_values().map(entry).collect(), messages).whole()
}

/// A file: it calls the function that takes fragments, under a name that none of them has.
fn called(name: &str, argument: &impl Serialize) -> String {
    let argument = serde_json::to_string(argument).expect("plain data is JSON");
    format!("$rbs.f(\"{name}\",{argument})\n")
}

/// The argument of that call.
fn inside<T: DeserializeOwned>(file: &str, name: &str) -> Option<T> {
    let call = format!("$rbs.f(\"{name}\",");
    let argument = file.trim_end().strip_prefix(&call)?.strip_suffix(')')?;
    serde_json::from_str(argument).ok()
}

fn distances(keys: &[Key]) -> impl Iterator<Item = u32> {
    let before = std::iter::once(0).chain(keys.iter().map(|key| key.0));
    keys.iter().zip(before).map(|(key, before)| key.0 - before)
}

/// Patterns that come in one file.
#[derive(Default)]
struct Group {
    /// Their keys, in order.
    keys: Vec<Key>,
    /// The key, the number and the weight of each.
    patterns: Vec<(Key, usize, u32)>,
    bytes: usize,
}

/// The patterns in the order of their keys; those of one key stay together.
fn groups(known: &Collection) -> Vec<Group> {
    let mut by_key: BTreeMap<Key, Vec<(usize, u32)>> = BTreeMap::new();
    for (number, keyed) in known.book().keyed().enumerate() {
        by_key.entry(keyed.0).or_default().push((number, keyed.1));
    }
    let mut groups = vec![Group::default()];
    for (key, patterns) in by_key {
        if groups.last().is_some_and(|group| group.bytes >= FILE) {
            groups.push(Group::default());
        }
        let group = groups.last_mut().expect("there is one");
        group.keys.push(key);
        for (number, weight) in patterns {
            group.bytes += known.messages[number].text.len();
            group.patterns.push((key, number, weight));
        }
    }
    groups
}

impl Group {
    fn rows<'c>(&self, known: &'c Collection) -> (Vec<EntryRow<'c>>, Vec<PatternRow<'c>>) {
        let mut numbers: Vec<usize> = self
            .patterns
            .iter()
            .map(|one| known.messages[one.1].entry)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let entry = |number: &usize| {
            let entry = &known.entries[*number];
            (
                *number,
                entry.id.as_deref(),
                entry.title.as_str(),
                entry.url.as_str(),
                entry.recovery.as_deref(),
            )
        };
        let pattern = |&(key, number, weight): &(Key, usize, u32)| {
            let message = &known.messages[number];
            let entry = numbers
                .binary_search(&message.entry)
                .expect("it was collected");
            let general = u8::from(message.general);
            (key.0, number, entry, weight, message.text.as_str(), general)
        };
        (
            numbers.iter().map(entry).collect(),
            self.patterns.iter().map(pattern).collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(count: usize) -> Collection {
        let entry = |at: usize| Entry {
            id: at.is_multiple_of(2).then(|| format!("T{at}")),
            title: format!("Entry <{at}>"),
            url: format!("t{at:04}.html"),
            path: format!("t{at:04}.html"),
            recovery: at.is_multiple_of(3).then(|| "fix".to_owned()),
            needs: Vec::new(),
        };
        let message = |at: usize| Message {
            entry: at / 2,
            text: format!("error X{at}: cannot open {{file}} of part {at}"),
            general: at.is_multiple_of(5),
        };
        Collection::new(
            (0..count).map(entry).collect(),
            (0..2 * count).map(message).collect(),
        )
    }

    #[test]
    fn what_was_written_is_read_again() {
        for count in [1, 2, 40, 300] {
            let known = collection(count);
            let files = files(&known);
            assert!(
                files.len() > usize::from(count > 40) * 10,
                "{}",
                files.len()
            );
            let read = read(&|path| files.get(path).cloned());
            assert_eq!(read, Some(known));
        }
        assert!(files(&Collection::new(Vec::new(), Vec::new())).is_empty());
    }

    #[test]
    fn a_file_that_is_not_there_or_not_whole_is_no_answer() {
        let whole = files(&collection(100));
        for path in whole.keys() {
            let without = |wanted: &str| whole.get(wanted).filter(|_| wanted != path).cloned();
            assert_eq!(read(&without), None, "{path}");
            let cut = |wanted: &str| {
                let file = whole.get(wanted)?;
                Some(if wanted == path {
                    file[..file.len() / 2].to_owned()
                } else {
                    file.clone()
                })
            };
            assert_eq!(read(&cut), None, "{path}");
        }
    }
}
