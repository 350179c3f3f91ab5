//! The section of a version in a changelog: written as the sections that are there, put before them, and
//! nothing else of the text changes.
//!
//! A new file has the form of Keep a Changelog (<https://keepachangelog.com/en/1.1.0/>). What people wrote
//! under `Unreleased` becomes the section as it is: they knew better than their commits.

use super::commits::{Bump, Change};
use crate::model::changelog::Heading;
use crate::printable::is_harmful;
use regex::Regex;
use semver::Version;
use std::fmt;
use std::sync::LazyLock;

/// What a new changelog begins with.
const BEGINNING: &str = "# Changelog\n";

/// A section to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release<'a> {
    /// The version that it is about.
    pub version: &'a Version,
    /// Its day, as `2026-11-30`.
    pub date: &'a str,
    /// What changed, in the order in which it is to stand.
    pub changes: &'a [Change],
}

/// A changelog with one section more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The whole text.
    pub text: String,
    /// What is new in it.
    pub section: String,
    /// All that it says about the version: what is new, and the words that people had written.
    pub whole: String,
    /// Whether people had written what the section says, under `Unreleased`.
    pub by_people: bool,
}

/// Why a changelog gets no section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It has one: its line, from 1.
    There(usize),
    /// There is nothing to say.
    Nothing,
    /// The headings of its versions are of another form: the line of the first, from 1.
    OtherForm(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::There(line) => write!(
                f,
                "it has a section of this version already, in line {line}"
            ),
            Self::OtherForm(line) => write!(
                f,
                "the heading in line {line} tells of a version, and does not begin with it as `## 1.4.2` does: nobody can tell where a section belongs"
            ),
            Self::Nothing => write!(
                f,
                "no commit changes anything for users, and nobody wrote anything under Unreleased"
            ),
        }
    }
}

/// The text of a changelog with the section of a release. `headings` are those of the text.
///
/// # Errors
/// [`Fault`] if the section is there, or would be empty.
pub fn write(text: &str, headings: &[Heading], release: &Release<'_>) -> Result<Written, Fault> {
    let version = release.version.to_string();
    let sections: Vec<(&Heading, &str)> = headings
        .iter()
        .filter_map(|heading| Some((heading, version_of(heading)?)))
        .collect();
    if let Some((heading, _)) = sections.iter().find(|(_, of)| *of == version) {
        return Err(Fault::There(line_of(text, heading.range.start)));
    }
    let first = sections.first().map(|(heading, _)| heading.range.start);
    let end = first.unwrap_or(text.len());
    if let Some(other) = of_other_form(headings, end, sections.is_empty()) {
        return Err(Fault::OtherForm(line_of(text, other.range.start)));
    }
    let style = Style::of_text(text, headings, &sections);
    let unreleased = headings
        .iter()
        .take_while(|heading| heading.range.start < end)
        .find(|heading| is_unreleased(heading));
    if let Some(unreleased) = unreleased
        && has_words(&text[unreleased.range.end..end])
    {
        let at = unreleased.range.end;
        let section = format!("{0}{0}{1}", style.line_end, style.heading(release));
        let words = &text[at..end];
        return Ok(put(text, at, section, words));
    }
    if release
        .changes
        .iter()
        .all(|change| change.bump == Bump::Nothing)
    {
        return Err(Fault::Nothing);
    }
    let section = style.section(release);
    let line_end = style.line_end;
    Ok(match first {
        Some(at) => put(text, at, format!("{section}{line_end}{line_end}"), ""),
        None => {
            let text = if text.trim().is_empty() {
                BEGINNING
            } else {
                text
            };
            let kept = text.trim_end().len();
            let section = format!("{line_end}{line_end}{section}");
            let mut written = put(text, kept, section, "");
            if !written.text.ends_with('\n') {
                written.text.push_str(line_end);
            }
            written
        }
    })
}

/// The text with a section, before the `words` of people that belong to it.
fn put(text: &str, at: usize, section: String, words: &str) -> Written {
    let (before, after) = text.split_at(at);
    Written {
        text: [before, &section, after].concat(),
        whole: section.clone() + words,
        section,
        by_people: !words.is_empty(),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// What a heading of a version looks like: words before it, the version, and what comes after.
static OF_VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?P<before>\**\[?(?i:version |release )?v?)(?P<version>\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)(?P<after>(?:[^0-9A-Za-z.].*)?)$")
        .expect("a pattern")
});

/// A version or a day anywhere in a heading.
static VERSION_OR_DAY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d+\.\d+|\b\d{4}-\d{2}-\d{2}\b").expect("a pattern"));

/// A heading before the first section that tells of a version in another way; where there is no section,
/// any that is neither the title nor that of what is not released.
fn of_other_form(headings: &[Heading], end: usize, is_without: bool) -> Option<&Heading> {
    let before = headings
        .iter()
        .take_while(|heading| heading.range.start < end);
    let mut others = before.filter(|heading| !is_unreleased(heading));
    let tells = |heading: &&Heading| {
        VERSION_OR_DAY.is_match(&heading.text) || (is_without && heading.level == 2)
    };
    others.find(tells)
}

/// Whether people wrote something: headings, comments and addresses of links are none.
fn has_words(text: &str) -> bool {
    static COMMENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)<!--.*?-->").expect("a pattern"));
    let text = COMMENT.replace_all(text, "");
    text.lines().map(str::trim).any(|line| {
        let is_link = line.starts_with('[') && line.contains("]:");
        !line.is_empty() && !line.starts_with('#') && !is_link
    })
}

fn version_of(heading: &Heading) -> Option<&str> {
    let found = OF_VERSION.captures(&heading.text)?;
    let version = found.name("version").map(|version| version.as_str());
    version.filter(|version| Version::parse(version).is_ok())
}

fn is_unreleased(heading: &Heading) -> bool {
    let words = heading.text.trim_start_matches(|c: char| "[*".contains(c));
    let words = words.to_lowercase();
    ["unreleased", "upcoming"].iter().any(|word| {
        let rest = words.strip_prefix(word);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// What groups of changes are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Groups {
    /// As in Keep a Changelog.
    Keep,
    /// As the tools of Conventional Commits write them.
    Conventional,
    /// Not at all: one list.
    None,
}

/// How the sections of a changelog are written.
struct Style {
    level: usize,
    underline: Option<char>,
    /// What stands before the version, such as `v` or `[`.
    before: String,
    /// What stands after it: what is around the date, or what closes the words before.
    after: After,
    groups: Groups,
    bullet: char,
    line_end: &'static str,
}

/// How lines end where the new section comes: an old part of the file may have others.
fn line_end(text: &str, near: Option<&Heading>) -> &'static str {
    let from = near.map_or(0, |heading| heading.range.start);
    let line = text[from..].split_inclusive('\n').next();
    let line = line
        .filter(|line| line.ends_with('\n'))
        .or(text.split_inclusive('\n').next());
    match line.is_some_and(|line| line.ends_with("\r\n")) {
        true => "\r\n",
        false => "\n",
    }
}

/// What follows the version in a heading.
enum After {
    /// The day, between these texts.
    Date(String, String),
    /// This text alone.
    Closing(String),
}

/// A date, as headings have it.
static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d{2}-\d{2}").expect("a pattern"));

impl Style {
    fn of_text(text: &str, headings: &[Heading], sections: &[(&Heading, &str)]) -> Self {
        let newest = sections.first().map(|(heading, _)| *heading);
        let line_end = line_end(text, newest.or(headings.first()));
        let (before, after) = newest
            .and_then(around)
            .unwrap_or_else(|| ("[".to_owned(), "] - 2026-01-01".to_owned()));
        let (before, after) = match newest.is_some_and(|heading| is_linked(text, heading)) {
            true => (before.replace('[', ""), unlinked(&after)),
            false => (before, after),
        };
        Self {
            level: newest.map_or(2, |heading| heading.level),
            underline: newest.and_then(|heading| heading.underline),
            before,
            after: After::of_words(&after),
            groups: groups(headings, newest),
            bullet: bullet(text, newest),
            line_end,
        }
    }

    fn heading(&self, release: &Release<'_>) -> String {
        let after = match &self.after {
            After::Date(before, after) => format!("{before}{}{after}", release.date),
            After::Closing(closing) => closing.clone(),
        };
        let words = format!("{}{}{after}", self.before, release.version);
        match self.underline {
            Some(line) => format!(
                "{words}{}{}",
                self.line_end,
                line.to_string().repeat(words.chars().count())
            ),
            None => format!("{} {words}", "#".repeat(self.level)),
        }
    }

    /// The heading and what is under it, without a line end after it.
    fn section(&self, release: &Release<'_>) -> String {
        let mut parts = vec![self.heading(release)];
        let mut listed: Vec<String> = Vec::new();
        for group in [
            Group::Breaking,
            Group::Features,
            Group::Fixes,
            Group::Others,
        ] {
            let lines: Vec<String> = release
                .changes
                .iter()
                .filter(|change| Group::of_change(change) == Some(group))
                .map(|change| self.line(change))
                .collect();
            match group.name(self.groups) {
                _ if lines.is_empty() => {}
                None => listed.extend(lines),
                Some(name) => {
                    let level = "#".repeat(self.level.max(2) + 1);
                    parts.push(format!("{level} {name}"));
                    parts.push(lines.join(self.line_end));
                }
            }
        }
        if !listed.is_empty() {
            parts.push(listed.join(self.line_end));
        }
        parts.join(&self.line_end.repeat(2))
    }

    fn line(&self, change: &Change) -> String {
        let hash: String = change.hash.chars().take(7).collect();
        let scope = change
            .scope
            .as_ref()
            .map(|scope| format!("**{}:** ", plain(scope)));
        let breaks = match &change.breaking {
            Some(words) if *words != change.subject => format!(": {}", plain(words)),
            _ => String::new(),
        };
        format!(
            "{} {}{}{breaks} ({hash})",
            self.bullet,
            scope.unwrap_or_default(),
            plain(&change.subject)
        )
    }
}

/// A text of a commit on one line, so that it is neither HTML nor the beginning of a block.
fn plain(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ").replace(is_harmful, "");
    // Code keeps its characters.
    match line.contains('`') {
        true => line,
        false => line.replace('<', "\\<"),
    }
}

/// What stands before and after the version of a heading.
fn around(heading: &Heading) -> Option<(String, String)> {
    let found = OF_VERSION.captures(&heading.text)?;
    Some((found["before"].to_owned(), found["after"].to_owned()))
}

/// Whether a heading leads somewhere: the link is that of its version, and another version has another.
fn is_linked(text: &str, heading: &Heading) -> bool {
    let Some(version) = version_of(heading) else {
        return false;
    };
    let defined = format!("[{version}]:");
    heading.text.contains("](") || text.lines().any(|line| line.starts_with(&defined))
}

/// What follows a version, without the bracket and the address of its link.
fn unlinked(after: &str) -> String {
    let rest = after.strip_prefix(']').unwrap_or(after);
    match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((_, rest)) => rest.to_owned(),
        None => rest.to_owned(),
    }
}

impl After {
    /// What follows the version in a heading that is like one with these words behind it.
    fn of_words(words: &str) -> Self {
        match DATE.find(words) {
            Some(date) => Self::Date(
                words[..date.start()].trim_end_matches('[').to_owned(),
                // What comes behind is about that version.
                words[date.end()..]
                    .chars()
                    .take_while(|c| ")*".contains(*c))
                    .collect(),
            ),
            // Other words are about that version.
            None => Self::Closing(words.chars().take_while(|c| "]*".contains(*c)).collect()),
        }
    }
}

fn groups(headings: &[Heading], newest: Option<&Heading>) -> Groups {
    let has = |names: &[&str]| {
        headings.iter().any(|heading| {
            let words = heading
                .text
                .trim_start_matches(|c: char| !c.is_ascii_alphabetic());
            names.iter().any(|name| words.eq_ignore_ascii_case(name))
        })
    };
    match newest {
        _ if has(&["Features", "Bug Fixes"]) => Groups::Conventional,
        _ if has(&["Added", "Fixed", "Changed", "Removed"]) => Groups::Keep,
        None => Groups::Keep,
        Some(_) => Groups::None,
    }
}

/// The character that the lines of the newest section begin with.
fn bullet(text: &str, newest: Option<&Heading>) -> char {
    let below = newest.map_or("", |heading| &text[heading.range.end..]);
    let first = below.lines().find_map(|line| {
        let mut chars = line.trim_start().chars();
        let bullet = chars.next().filter(|c| "-*+".contains(*c))?;
        (chars.next() == Some(' ')).then_some(bullet)
    });
    first.unwrap_or('-')
}

/// A group of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Breaking,
    Features,
    Fixes,
    Others,
}

impl Group {
    /// The group of a change; none if it changes nothing for users.
    fn of_change(change: &Change) -> Option<Self> {
        match (change.breaking.is_some(), change.kind.as_str(), change.bump) {
            (true, ..) => Some(Self::Breaking),
            (_, _, Bump::Nothing) => None,
            (_, "feat", _) => Some(Self::Features),
            (_, "fix", _) => Some(Self::Fixes),
            _ => Some(Self::Others),
        }
    }

    fn name(self, groups: Groups) -> Option<&'static str> {
        match (groups, self) {
            (Groups::None, _) => None,
            (Groups::Keep, Self::Features) => Some("Added"),
            (Groups::Keep, Self::Fixes) => Some("Fixed"),
            (Groups::Keep, Self::Others) => Some("Changed"),
            (Groups::Keep, Self::Breaking) => Some("Breaking changes"),
            (Groups::Conventional, Self::Features) => Some("Features"),
            (Groups::Conventional, Self::Fixes) => Some("Bug Fixes"),
            (Groups::Conventional, Self::Others) => Some("Other changes"),
            (Groups::Conventional, Self::Breaking) => Some("BREAKING CHANGES"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::commits::{Commit, changes};

    /// What stands in `text` before its first heading, and the headings, each of one line.
    fn headings(text: &str) -> Vec<Heading> {
        let mut at = 0;
        let mut found = Vec::new();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (number, line) in lines.iter().enumerate() {
            let below = lines.get(number + 1).map_or("", |line| line.trim());
            let is_underlined = below.len() > 2 && below.chars().all(|c| c == '=');
            let words = line.trim_end();
            if words.starts_with('#') {
                found.push(Heading {
                    range: at..at + words.len(),
                    level: words.chars().take_while(|c| *c == '#').count(),
                    text: words.trim_start_matches('#').trim().to_owned(),
                    underline: None,
                });
            } else if is_underlined {
                found.push(Heading {
                    range: at..at + line.len() + below.len(),
                    level: 1,
                    text: words.to_owned(),
                    underline: Some('='),
                });
            }
            at += line.len();
        }
        found
    }

    fn history() -> Vec<Change> {
        let commit = |hash: &str, message: &str| Commit {
            hash: format!("{hash:0<40}"),
            parents: Vec::new(),
            message: message.to_owned(),
        };
        changes(&[
            commit("d4", "docs: nobody has to know"),
            commit("c3", "perf: read <script> once"),
            commit("b2", "fix(cli): end with 0"),
            commit(
                "a1",
                "feat!: ask first\n\nBREAKING CHANGE: the flag -y is gone",
            ),
            commit("91", "feat: whisper"),
        ])
    }

    /// The new section of a changelog, and the text around it, which must be the old one.
    fn section(text: &str) -> Result<String, Fault> {
        let version = Version::new(2, 0, 0);
        let release = Release {
            version: &version,
            date: "2026-11-30",
            changes: &history(),
        };
        let written = write(text, &headings(text), &release)?;
        assert_eq!(
            written.text.replacen(&written.section, "", 1),
            text,
            "{}",
            written.text
        );
        Ok(written.section)
    }

    #[test]
    fn a_section_is_written_as_the_others_are() {
        for (text, wanted) in [
            (
                "# Changelog\n\n## [1.4.2] - 2026-01-02\n\n### Added\n\n* a\n",
                "## [2.0.0] - 2026-11-30\n\n### Breaking changes\n\n* ask first: the flag -y is gone (a100000)\n\n### Added\n\n* whisper (9100000)\n\n### Fixed\n\n* **cli:** end with 0 (b200000)\n\n### Changed\n\n* read \\<script> once (c300000)\n\n",
            ),
            (
                "## 1.4.2 (2026-01-02)\n\n- a\n",
                "## 2.0.0 (2026-11-30)\n\n- ask first: the flag -y is gone (a100000)\n- whisper (9100000)\n- **cli:** end with 0 (b200000)\n- read \\<script> once (c300000)\n\n",
            ),
        ] {
            assert_eq!(section(text).as_deref(), Ok(wanted));
        }
        for (text, wanted) in [
            ("# v1.4.2\n", "# v2.0.0\n"),
            ("# v1.4.2 - the big one\n", "# v2.0.0\n"),
            (
                "## [1.4.2](https://example.org/a...b) (2026-01-02)\n",
                "## 2.0.0 (2026-11-30)\n",
            ),
            (
                "## [1.4.2] - 2026-01-02\n\n[1.4.2]: https://example.org/\n",
                "## 2.0.0 - 2026-11-30\n",
            ),
            (
                "1.4.2 / 2026-01-02\n==================\n",
                "2.0.0 / 2026-11-30\n==================\n",
            ),
            ("## Version 1.4.2\n", "## Version 2.0.0\n"),
            (
                "## [1.4.2] - 2026-01-02 [YANKED]\n",
                "## [2.0.0] - 2026-11-30\n",
            ),
            (
                "## 1.4.2 (2026-01-02) - The big one\n",
                "## 2.0.0 (2026-11-30)\n",
            ),
            ("## 1.4.2\r\n\r\n- a\r\n", "## 2.0.0\r\n"),
        ] {
            let found = section(text).expect("a section");
            assert!(found.starts_with(wanted), "{text:?}: {found:?}");
            assert_eq!(found.contains("\r\n"), text.contains("\r\n"), "{found:?}");
        }
    }

    #[test]
    fn lines_end_as_those_around_the_new_section_do() {
        let newest =
            "# Changelog\n\n## [Unreleased]\n\n- by hand\n\n## [1.4.2] - 2026-01-02\n\n- a\n";
        let found = section(&format!("{newest}\n## [1.4.1] - 2025-01-02\r\n\r\n- b\r\n"));
        assert_eq!(found.as_deref(), Ok("\n\n## [2.0.0] - 2026-11-30"));
        let other = format!(
            "{}## [1.4.1] - 2025-01-02\n\n- b\n",
            newest.replace('\n', "\r\n")
        );
        let found = section(&other);
        assert_eq!(found.as_deref(), Ok("\r\n\r\n## [2.0.0] - 2026-11-30"));
    }

    #[test]
    fn what_people_wrote_under_unreleased_becomes_the_section() {
        let text =
            "# Changelog\n\n## [Unreleased]\n\n- by hand\n\n## [1.4.2] - 2026-01-02\n\n- a\n";
        assert_eq!(section(text).as_deref(), Ok("\n\n## [2.0.0] - 2026-11-30"));
        for other in [
            "## Unreleased (2026-11-01)",
            "## Unreleased:",
            "## Upcoming",
        ] {
            let found = section(&text.replace("## [Unreleased]", other));
            assert_eq!(
                found.as_deref(),
                Ok("\n\n## [2.0.0] - 2026-11-30"),
                "{other}"
            );
        }
        // A skeleton that nobody filled in.
        for nothing in [
            "",
            "### Added\n\n### Fixed\n\n",
            "<!-- write\nhere -->\n\n",
            "[Unreleased]: https://example.org/\n\n",
        ] {
            let empty = text.replace("- by hand\n\n", nothing);
            let found = section(&empty).expect("a section");
            assert!(found.starts_with("## [2.0.0] - 2026-11-30\n\n"), "{found}");
            assert!(found.contains("ask first"), "{found}");
        }
    }

    #[test]
    fn a_section_that_is_there_or_would_be_empty_is_not_written() {
        assert_eq!(section("# A\n\n## 2.0.0\n"), Err(Fault::There(3)));
        for other in [
            "# A\n\n## 2026-01-02, Version 1.4.2 (Current)\n",
            "# A\n\n## 1.4\n\n## 1.3\n",
            "# A\n\n## App 1.4.2\n\n## 1.4.1\n",
            "# A\n\n## 01.04.2026\n",
            "# A\n\n## 1.4.2.1\n",
            "# A\n\n## Notes\n",
        ] {
            assert_eq!(section(other), Err(Fault::OtherForm(3)), "{other}");
        }
        let version = Version::new(1, 0, 0);
        let release = Release {
            version: &version,
            date: "2026-11-30",
            changes: &[],
        };
        assert_eq!(write("", &[], &release), Err(Fault::Nothing));
    }

    #[test]
    fn a_new_file_has_the_usual_form() {
        let version = Version::new(1, 0, 0);
        let changes = history();
        let release = Release {
            version: &version,
            date: "2026-11-30",
            changes: &changes[..1],
        };
        let written = write("", &[], &release).expect("a section");
        assert_eq!(
            written.text,
            "# Changelog\n\n## [1.0.0] - 2026-11-30\n\n### Added\n\n- whisper (9100000)\n"
        );
    }
}
