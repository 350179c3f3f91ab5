//! Paths below the project, as authors write them: with `/`, relative to the file they stand in.

/// The files that can be the first page of their folder, in the order in which they are. Spellings that
/// count since later stand last, so that no folder got another first page than it had.
pub const FIRST_PAGES: [&str; 5] = [
    "index.md",
    "README.md",
    "_index.md",
    "Readme.md",
    "readme.md",
];

/// The file that the runbook with this id is read from.
pub fn runbook(id: &str) -> String {
    format!("runbooks/{id}.yaml")
}

/// The folder of a file, without a `/` at its end.
pub fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

/// The path below the project that `path` means in `file`; `None` if it leaves the project.
pub fn join(file: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder(file)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The name of a file or folder in words: `Code-Style-Guide` is `Code Style Guide`, and
/// `ch06-02-match` or `02_match` is `Match`. Dates and names without a gap stay as they are.
pub fn readable(name: &str) -> String {
    let name = without_number(name);
    let mut words = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let digit_at = |at: usize| name[..at].ends_with(|c: char| c.is_ascii_digit());
        let in_date =
            c == '-' && digit_at(at) && name[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        words.push(match c {
            '-' | '_' if !in_date => ' ',
            _ => c,
        });
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) if !words.contains(char::is_uppercase) => {
            first.to_uppercase().chain(letters).collect()
        }
        Some(_) => words,
        None => name.to_owned(),
    }
}

/// A name without the number that puts it in order: `ch` with numbers, or one of two digits and more
/// that is no year.
fn without_number(name: &str) -> &str {
    let after_ch = name.strip_prefix("ch").unwrap_or(name);
    let chapter = after_ch.len() < name.len();
    let is_number = |c: char| c.is_ascii_digit() || "-_.".contains(c);
    let rest = after_ch.trim_start_matches(is_number);
    let number = &after_ch[..after_ch.len() - rest.len()];
    let first = number.split(['-', '_', '.']).next().map_or(0, str::len);
    let set_off = number.ends_with(['-', '_', '.']);
    let fits = if chapter { 1..=3 } else { 2..=3 };
    match set_off && fits.contains(&first) && rest.starts_with(char::is_alphabetic) {
        true => rest,
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_words() {
        for (name, expected) in [
            ("Code-Style-Guide", "Code Style Guide"),
            ("ch06-02-match", "Match"),
            ("ch1-intro", "Intro"),
            ("01_getting_started", "Getting started"),
            ("2024-01-15-outage", "2024-01-15 outage"), // a date
            ("3-way-merge", "3 way merge"),             // no order
            ("KubeNodeDown", "KubeNodeDown"),
            ("checks", "Checks"),
            ("chmod", "Chmod"),
            ("404", "404"),
            ("a", "A"),
            ("über-uns", "Über uns"),
            ("---", "---"),
            ("v1.2-notes", "V1.2 notes"),
        ] {
            assert_eq!(readable(name), expected, "{name}");
        }
    }

    #[test]
    fn paths_are_relative_to_their_file_and_stay_in_the_project() {
        for (file, path, expected) in [
            ("content/a.md", "b.md", Some("content/b.md")),
            ("content/a.md", "../parts/./b.md", Some("parts/b.md")),
            ("a.md", "../b.md", None), // climbs out
            ("a.md", "/etc/passwd", None),
        ] {
            assert_eq!(join(file, path).as_deref(), expected, "{file} {path}");
        }
    }
}
