//! What is wrong with an author's files, collected and not thrown.
//!
//! `parse`, `resolve` and `check` record a [`Diagnostic`] for each fault and go on, so that
//! one run shows them all. Recording an error hands out a [`Reported`] token; types that
//! stand for something broken demand one, so nothing wrong enters the model unsaid.

pub mod codes;

pub use codes::Code;

use crate::source::{Sources, Span};
use std::collections::HashMap;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The site or the run would be wrong: `build` writes nothing.
    Error,
    /// Works, but somebody will be sorry; fails only with `--deny warnings`.
    Warning,
}

impl Severity {
    /// The word shown to people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: &'static Code,
    /// How much it weighs: what its kind does, or what the project wants.
    pub severity: Severity,
    /// One line that starts small, quotes what was written, and ends without a full stop.
    pub message: String,
    /// Where it was written.
    pub span: Span,
    /// Further places with a few words each, such as the first of two equal keys.
    pub related: Vec<(Span, String)>,
    /// The next step for the author.
    pub help: Option<String>,
    /// What a program can write instead, where only one thing can have been meant.
    pub edit: Option<Edit>,
    /// Whether all findings that say the same are told as one, at the first of their places.
    pub once: bool,
    /// Files that it says something about, by their paths below the project or the ends of these: while
    /// one of them cannot be read as it was meant, that is the finding, and this one follows from it.
    pub follows: Vec<String>,
}

/// What [`Diagnostic::follows`] has for a finding that may follow from any file.
pub const ANY_FILE: &str = "*";

/// A text to be written in the place of another, where the finding points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The text that is to go: where something else stands, such as the same with quotes, nothing is to be written.
    pub old: String,
    /// What comes in its place.
    pub new: String,
}

/// How many further places of a finding that is told once are named.
const FURTHER_PLACES: usize = 2;

impl Diagnostic {
    /// A finding that weighs what its kind does.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            span,
            related: Vec::new(),
            help: None,
            edit: None,
            once: false,
            follows: Vec::new(),
        }
    }

    /// Says that it is about a file too, or about [`ANY_FILE`]: what is wrong in that comes first.
    #[must_use]
    pub fn follows_from(mut self, path: impl Into<String>) -> Self {
        self.follows.push(path.into());
        self
    }

    /// Lets all findings that say the same be told as one.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the next step when there is one to offer.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Adds the text to be written in the place of `old`, which stands where the finding points. Only for
    /// what is certain: programs write it without asking.
    #[must_use]
    pub fn edit(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        self.edit = Some(Edit {
            old: old.into(),
            new: new.into(),
        });
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }
}

/// Proof that a fault was recorded; only [`Diagnostics::report`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// The findings of a stage, in the order in which they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    waived: Vec<Waived>,
}

/// A finding that the project accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    /// As it was found, with its own severity.
    pub finding: Diagnostic,
    /// Why it is accepted.
    pub reason: String,
}

impl Diagnostics {
    /// Records a finding.
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        self.list.push(diagnostic);
        Reported(())
    }

    /// Takes over the findings of another stage.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
        self.waived.append(&mut other.waived);
    }

    /// Keeps a finding that the project accepts: it counts as none, and is not forgotten.
    pub fn waive(&mut self, finding: Diagnostic, reason: &str) {
        let reason = reason.to_owned();
        self.waived.push(Waived { finding, reason });
    }

    /// The findings that the project accepts, in the order in which they are listed.
    pub fn waived(&self) -> &[Waived] {
        &self.waived
    }

    /// Whether anything was found that the project does not accept.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether anything was found that stops `build`.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many findings weigh as much as `severity`.
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|d| d.severity == severity).count()
    }

    /// Leaves findings out; those that the project accepts stay.
    #[must_use]
    pub fn without(mut self, left_out: impl Fn(&Diagnostic) -> bool) -> Self {
        self.list.retain(|found| !left_out(found));
        self
    }

    /// The findings in the order in which they are listed.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Tells findings that say the same once, if they want to be told so: at the first place, with
    /// their number and the next places.
    #[must_use]
    pub fn told_once(mut self) -> Self {
        let mut seen: HashMap<(&'static str, String), (usize, usize)> = HashMap::new();
        let mut told: Vec<Diagnostic> = Vec::with_capacity(self.list.len());
        for diagnostic in std::mem::take(&mut self.list) {
            if !diagnostic.once {
                told.push(diagnostic);
                continue;
            }
            let key = (diagnostic.code.name, diagnostic.message.clone());
            let (first, count) = seen.entry(key).or_insert((told.len(), 0));
            *count += 1;
            match *count {
                1 => told.push(diagnostic),
                count if count <= 1 + FURTHER_PLACES => {
                    told[*first]
                        .related
                        .push((diagnostic.span, "and here".to_owned()));
                }
                _ => {}
            }
        }
        for (first, count) in seen.into_values().filter(|(_, count)| *count > 1) {
            told[first]
                .message
                .push_str(&format!(" (in {count} places)"));
        }
        Self { list: told, ..self }
    }

    /// Puts the findings in reading order, by path and place, and drops exact repeats, and edits of what
    /// does not stand there.
    #[must_use]
    pub fn sorted(mut self, sources: &Sources) -> Self {
        let order = |a: &Diagnostic, b: &Diagnostic| {
            let place = |d: &Diagnostic| (d.span.start, d.code.name);
            let path = |span: Span| sources.get(span.source).path();
            (path(a.span), place(a), &a.message).cmp(&(path(b.span), place(b), &b.message))
        };
        for found in &mut self.list {
            let written = sources.slice(found.span);
            let fits = |edit: &Edit| written == edit.old;
            found.edit = found.edit.take().filter(fits);
        }
        self.list.sort_by(order);
        self.list.dedup();
        self.waived.sort_by(|a, b| order(&a.finding, &b.finding));
        self.waived.dedup();
        self
    }
}

/// The candidate that `word` was most likely meant to be, if any is near.
///
/// A different case alone always counts as near; otherwise a third of the letters may differ.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let near = candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(word, candidate)?, candidate)));
    near.min().map(|(_, candidate)| candidate)
}

/// How many letters of two near words differ; `None` for words that are not near.
fn distance(word: &str, candidate: &str) -> Option<usize> {
    if word == candidate {
        return Some(0);
    }
    let (one, other) = (word.chars().count(), candidate.chars().count());
    let most = one.max(other).div_ceil(3);
    if one.abs_diff(other) > most {
        return None;
    }
    let distance = strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase());
    (distance <= most).then_some(distance)
}

/// The candidate that `path` was most likely meant to be: one that ends with it, else one that is
/// near in each of its parts. What files of a kind share, their folder and their extension, makes
/// no two of them near.
pub fn nearest_path<'c>(
    path: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let parts: Vec<&str> = path.split('/').collect();
    let stem = |part: &'_ str| part.rfind('.').map_or(part.len(), |at| at.max(1));
    let apart = |candidate: &str| {
        if candidate
            .strip_suffix(path)
            .is_some_and(|above| above.ends_with('/'))
        {
            return Some(0);
        }
        let others: Vec<&str> = candidate.split('/').collect();
        if others.len() != parts.len() {
            return None;
        }
        let mut sum = 0;
        for (part, other) in parts.iter().zip(others) {
            let (stem, of_other) = (&part[..stem(part)], &other[..stem(other)]);
            sum += distance(stem, of_other)?
                + usize::from(part[stem.len()..] != other[of_other.len()..]);
        }
        Some(sum)
    };
    let near = candidates
        .into_iter()
        .filter_map(|candidate| Some((apart(candidate)?, candidate)));
    near.min().map(|(_, candidate)| candidate)
}

/// The help line ``did you mean `x`?`` for the [`nearest`] candidate.
pub fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(word, candidates).map(|found| format!("did you mean `{found}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        for (word, expected) in [
            ("hotfx", Some("hotfix")),  // a letter lost
            ("HOTFIX", Some("hotfix")), // wrong case
            ("ohtfix", Some("hotfix")), // letters swapped
            ("calendar", None),         // another word
        ] {
            assert_eq!(nearest(word, ["release", "hotfix"]), expected, "{word}");
        }
    }

    #[test]
    fn a_path_is_near_in_each_of_its_parts() {
        let known = ["content/guide/orphan.md", "content/img/unused.png"];
        for (path, expected) in [
            ("content/guide/orphn.md", Some(known[0])),
            ("content/giude/orphan.md", Some(known[0])),
            ("content/Guide/orphan.txt", Some(known[0])),
            ("guide/orphan.md", Some(known[0])), // the root is missing
            ("content/guide/missing.md", None),  // the same folder and kind, another page
            ("content/img/none.png", None),
            ("content/guide", None),
            ("content/other/orphan.md", None),
        ] {
            assert_eq!(nearest_path(path, known), expected, "{path}");
        }
    }
}
