//! Names of files that other systems do not take: a site is unpacked, and a project is checked out, elsewhere.
//!
//! What Windows refuses is listed in Microsoft's "Naming Files, Paths, and Namespaces". It and macOS take names
//! for the same that differ in case alone, and macOS those that differ in their Unicode form alone.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::site::plan::OutputPlan;
use crate::source::{SourceId, Span};
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// Names that Windows keeps for devices, whatever extension follows.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// Those of them that have a number from 1 to 9.
const NUMBERED: [&str; 2] = ["com", "lpt"];

impl OutputPlan {
    /// Tells of each file of an author whose name does not hold elsewhere, once.
    pub(crate) fn tell_unportable(&self, diagnostics: &mut Diagnostics) {
        let mut told: BTreeSet<SourceId> = BTreeSet::new();
        let mut tell = |span: Span, message: String, first: Option<Span>| {
            if told.insert(span.source) {
                let finding = Diagnostic::new(codes::FILE_NOT_PORTABLE, span, message);
                let finding = finding.help("rename the file or its folder");
                diagnostics.report(match first {
                    Some(first) => finding.related(first, "the other is here"),
                    None => finding,
                });
            }
        };
        let mut by_name: BTreeMap<String, &str> = BTreeMap::new();
        for path in self.files.keys() {
            let author = self.authors.get(path);
            if let (Some(span), Some(why)) = (author, path.split('/').find_map(refused)) {
                tell(*span, why, None);
            }
            let Some(other) = by_name.insert(path.nfc().collect::<String>().to_lowercase(), path)
            else {
                continue;
            };
            let authors = [author, self.authors.get(other)];
            let mut known = authors.into_iter().flatten();
            if let Some(span) = known.next() {
                tell(*span, same(path, other), known.next().copied());
            }
        }
    }
}

fn same(path: &str, other: &str) -> String {
    let differ = match path.nfc().eq(other.nfc()) {
        true => "in their Unicode form alone",
        false => "in upper and lower case alone",
    };
    format!(
        "`{path}` and `{other}` differ {differ}: macOS and Windows take them for the same name, and keep one"
    )
}

/// Why Windows refuses a name.
fn refused(name: &str) -> Option<String> {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let is_device = DEVICES.contains(&stem.as_str())
        || NUMBERED.iter().any(|device| {
            let number = stem.strip_prefix(device).unwrap_or_default();
            number.len() == 1 && number != "0" && number.bytes().all(|byte| byte.is_ascii_digit())
        });
    if is_device {
        return Some(format!("Windows keeps the name `{name}` for a device"));
    }
    if let Some(c) = name.chars().find(|c| "<>:\"|?*\\".contains(*c)) {
        return Some(format!("Windows takes no `{c}` in a name, as in `{name}`"));
    }
    name.ends_with([' ', '.'])
        .then(|| format!("Windows takes no name that ends with a dot or a space, as `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_refuses_is_refused_and_nothing_else() {
        for name in [
            "CON.html",
            "nul",
            "Com1.tar.gz",
            "lpt9.md",
            "a:b",
            "a?",
            "x.",
            "x ",
        ] {
            assert!(refused(name).is_some(), "{name}");
        }
        for name in [
            "console.html",
            "com.html",
            "com0",
            "com10",
            "lpt.md",
            "a'b&c (1).html",
            ".x",
        ] {
            assert_eq!(refused(name), None, "{name}");
        }
    }
}
