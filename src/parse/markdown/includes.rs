//! Which files a text takes in, before it is parsed: the edge has to read them first.

use crate::model::paths;

/// The paths below the project that `from="…"` of fences and of `::include` name in the text of
/// the file at `path`. Paths that leave the project are left out; parsing reports them.
pub(crate) fn wanted(path: &str, text: &str) -> Vec<String> {
    if !text.contains("from=\"") {
        return Vec::new();
    }
    let named = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']);
        let opens = ["```", "~~~", "::include"]
            .iter()
            .any(|open| line.starts_with(open));
        let (_, rest) = line.split_once("from=\"").filter(|_| opens)?;
        paths::join(path, rest.split('"').next()?)
    };
    text.lines().filter_map(named).collect()
}

/// Where the Markdown of a file begins: after its front matter.
pub(crate) fn body_of(text: &str) -> usize {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut lines = text[start..].split_inclusive('\n');
    let mut offset = start;
    match lines.next() {
        Some(first) if first.trim_end() == "---" => offset += first.len(),
        _ => return start,
    }
    for line in lines {
        offset += line.len();
        if line.trim_end() == "---" {
            return offset;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_before_the_text_is_parsed() {
        let text = "see from=\"no.md\"\n\n```sh {from=\"../s.sh\"}\n```\n\n  ::include{from=\"p/a.md\"}\n::include{from=\"/etc/passwd\"}\n";
        assert_eq!(wanted("content/x.md", text), ["s.sh", "content/p/a.md"]);
    }

    #[test]
    fn front_matter_is_left_out() {
        for (text, expected) in [
            ("---\na: b\n---\nbody", "body"),
            ("body", "body"),
            ("---\nopen", "---\nopen"),
        ] {
            assert_eq!(&text[body_of(text)..], expected);
        }
    }
}
