//! Files that hold the version: where it stands in them, and the same text with another one. No other
//! byte changes, whatever the file's spaces, line ends and order are.

use jsonc_parser::ast::{Object, StringLit, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::fmt;
use std::ops::Range;

/// How a file holds the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As the member `version` of its object, and in a lock file of npm that of the package itself.
    Json,
    /// Between two texts, such as `VERSION = '` and `'`.
    Text {
        /// What comes just before it.
        before: String,
        /// What comes just after it.
        after: String,
    },
}

/// A version in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// What stands there.
    pub version: String,
}

/// Why no version was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The text is no JSON: what is wrong with it, with its place.
    NotJson(String),
    /// There is no member `version` that is a text.
    NoMember,
    /// The member `version` holds something else.
    NoVersion(String),
    /// The text before and after a version is nowhere.
    NoText,
    /// It is in several places: their lines, from 1.
    Several(Vec<usize>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(why) => write!(f, "it is no JSON: {why}"),
            Self::NoMember => write!(f, "it has no member `version` with a text"),
            Self::NoVersion(text) => {
                write!(f, "its member `version` is `{text}`, which is no version")
            }
            Self::NoText => write!(f, "the text that holds the version is not in it"),
            Self::Several(lines) => {
                let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the text that holds the version is in lines {}: make it longer, so that one is left",
                    lines.join(", ")
                )
            }
        }
    }
}

/// The versions that a text holds, at least one, in their order.
///
/// # Errors
/// [`Fault`] if there is none, or nobody can tell which one is meant.
pub fn places(text: &str, form: &Form) -> Result<Vec<Place>, Fault> {
    match form {
        Form::Json => in_json(text),
        Form::Text { before, after } => in_text(text, before, after),
    }
}

/// The text with another version in these places, which are its own.
pub fn with_version(text: &str, places: &[Place], version: &str) -> String {
    let mut changed = String::with_capacity(text.len() + version.len());
    let mut from = 0;
    for place in places {
        changed.push_str(&text[from..place.range.start]);
        changed.push_str(version);
        from = place.range.end;
    }
    changed.push_str(&text[from..]);
    changed
}

fn in_json(text: &str) -> Result<Vec<Place>, Fault> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        ..ParseOptions::default()
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict)
        .map_err(|error| Fault::NotJson(error.to_string()))?;
    let Some(Value::Object(root)) = parsed.value else {
        return Err(Fault::NoMember);
    };
    let own = version_of(&root).ok_or(Fault::NoMember)?;
    // A lock file of npm tells of the package itself once more, under the empty path.
    let of_lock = root
        .get_object("packages")
        .and_then(|packages| packages.get_object(""))
        .and_then(version_of);
    let mut places: Vec<Place> = [Some(own), of_lock].into_iter().flatten().collect();
    places.sort_by_key(|place| place.range.start);
    let is_none = |place: &&Place| semver::Version::parse(&place.version).is_err();
    match places.iter().find(is_none) {
        Some(place) => Err(Fault::NoVersion(place.version.clone())),
        None => Ok(places),
    }
}

fn version_of(object: &Object<'_>) -> Option<Place> {
    let found: &StringLit<'_> = object.get_string("version")?;
    let range = found.range();
    Some(Place {
        // Without its quotes.
        range: range.start + 1..range.end - 1,
        version: found.value.to_string(),
    })
}

fn in_text(text: &str, before: &str, after: &str) -> Result<Vec<Place>, Fault> {
    let found: Vec<Place> = text
        .match_indices(before)
        .filter_map(|(at, _)| version_at(text, at + before.len(), after))
        .collect();
    match found.as_slice() {
        [] => Err(Fault::NoText),
        [_] => Ok(found),
        several => Err(Fault::Several(
            several
                .iter()
                .map(|place| text[..place.range.start].matches('\n').count() + 1)
                .collect(),
        )),
    }
}

/// The longest version that begins here and has this text behind it.
fn version_at(text: &str, start: usize, after: &str) -> Option<Place> {
    let longest = text[start..]
        .find(|c: char| !is_of_version(c))
        .unwrap_or(text.len() - start);
    // No version is longer than this.
    let ends = (start + 1..=start + longest.min(LONGEST)).rev();
    let is_version = |end: &usize| {
        text[*end..].starts_with(after) && semver::Version::parse(&text[start..*end]).is_ok()
    };
    let range = start..ends.into_iter().find(is_version)?;
    Some(Place {
        version: text[range.clone()].to_owned(),
        range,
    })
}

/// Characters of a version.
const LONGEST: usize = 256;

/// Whether a version may have this character.
fn is_of_version(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-+".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::VersionFile;

    fn of_pattern(pattern: &str) -> Option<Form> {
        VersionFile::around(pattern).map(|(before, after)| Form::Text { before, after })
    }

    fn changed(text: &str, form: &Form) -> Result<String, Fault> {
        Ok(with_version(text, &places(text, form)?, "2.0.0-rc.1"))
    }

    #[test]
    fn in_json_the_version_of_the_file_itself_is_changed_and_no_other_byte() {
        for (text, wanted) in [
            (
                "{\r\n\t\"name\": \"a\",\r\n\t\"version\" :  \"1.0.0\"\r\n}",
                "{\r\n\t\"name\": \"a\",\r\n\t\"version\" :  \"2.0.0-rc.1\"\r\n}",
            ),
            (
                r#"{"config":{"version":"9"},"version":"1.0.0","x":"version"}"#,
                r#"{"config":{"version":"9"},"version":"2.0.0-rc.1","x":"version"}"#,
            ),
            (
                r#"{"version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"a","version":"1.0.0"},"node_modules/b":{"version":"1.0.0"}}}"#,
                r#"{"version":"2.0.0-rc.1","lockfileVersion":3,"packages":{"":{"name":"a","version":"2.0.0-rc.1"},"node_modules/b":{"version":"1.0.0"}}}"#,
            ),
            (
                r#"{"packages":{"":{"version":"1.0.0"}},"version":"1.0.0"}"#,
                r#"{"packages":{"":{"version":"2.0.0-rc.1"}},"version":"2.0.0-rc.1"}"#,
            ),
            (
                "{\"author\": \"\u{e4}\u{1f980}\", \"version\": \"1.0.0\"}",
                "{\"author\": \"\u{e4}\u{1f980}\", \"version\": \"2.0.0-rc.1\"}",
            ),
        ] {
            assert_eq!(changed(text, &Form::Json).as_deref(), Ok(wanted));
        }
        for text in ["[]", "{}", "{\"version\": 1}", ""] {
            assert_eq!(changed(text, &Form::Json), Err(Fault::NoMember), "{text}");
        }
        let other = changed("{\"version\": \"workspace:*\"}", &Form::Json);
        assert_eq!(other, Err(Fault::NoVersion("workspace:*".to_owned())));
        for text in ["{", "{\"version\": \"1.0.0\",}", "{version: \"1.0.0\"}"] {
            let found = changed(text, &Form::Json);
            assert!(matches!(found, Err(Fault::NotJson(_))), "{text}: {found:?}");
        }
    }

    #[test]
    fn in_a_text_the_version_is_found_between_what_is_around_it() {
        let form = of_pattern("VERSION = '{version}'").expect("a pattern");
        let text = "// VERSION = '{version}'\nexport const VERSION = '0.1.3';\n";
        assert_eq!(
            changed(text, &form).as_deref(),
            Ok("// VERSION = '{version}'\nexport const VERSION = '2.0.0-rc.1';\n")
        );
        let toml = of_pattern("\nversion = \"{version}\"").expect("a pattern");
        assert_eq!(
            changed("[package]\nversion = \"1.0.0\"\n", &toml).as_deref(),
            Ok("[package]\nversion = \"2.0.0-rc.1\"\n")
        );
        assert_eq!(changed("VERSION = ''", &form), Err(Fault::NoText));
        assert_eq!(changed("VERSION = '1.0.0 '", &form), Err(Fault::NoText));
        assert_eq!(changed("VERSION = 'dev'", &form), Err(Fault::NoText));
        for (pattern, text, wanted) in [
            (
                "Version {version}",
                "Version 1.4.2. Enjoy",
                "Version 2.0.0-rc.1. Enjoy",
            ),
            ("app-{version}.tgz", "app-1.4.2.tgz", "app-2.0.0-rc.1.tgz"),
            (
                "app:{version}-alpine",
                "FROM app:1.4.2-alpine",
                "FROM app:2.0.0-rc.1-alpine",
            ),
            ("v{version}...HEAD", "v1.4.2...HEAD", "v2.0.0-rc.1...HEAD"),
            (
                "version = \"{version}\"",
                "target-version = \"py38\"\nversion = \"1.0.0\"",
                "target-version = \"py38\"\nversion = \"2.0.0-rc.1\"",
            ),
        ] {
            let form = of_pattern(pattern).expect("a pattern");
            assert_eq!(changed(text, &form).as_deref(), Ok(wanted));
        }
        assert_eq!(
            changed("VERSION = '1.0.0'\n\nVERSION = '1.0.0'", &form),
            Err(Fault::Several(vec![1, 3]))
        );
        for pattern in [
            "",
            "VERSION",
            "{version}",
            " {version}x",
            "a {version} {version}",
        ] {
            assert_eq!(of_pattern(pattern), None, "{pattern}");
        }
    }
}
