//! What a kind of finding means, for somebody at a terminal who saw its code.

use crate::diag::Code;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// What the kind means, what to do about it, and how to weigh or accept it. Ends with a line feed.
pub fn explain(code: &Code) -> String {
    let name = code.name;
    format!(
        "{name} ({})\n\n{}\nWhat to do: {}\n\
         To give it another weight, write into site.yaml:\n\n  rules:\n    {name}: warning   # error, warning or off\n\n\
         To accept it in one file:\n\n  waivers:\n    - {{ code: {name}, path: FILE, reason: WHY }}\n",
        code.severity.as_str(),
        plain(code.means),
        plain(code.advice),
    )
}

/// Markdown as plain text: code keeps its marks, and a link shows where it leads below `docs/`.
fn plain(markdown: &str) -> String {
    let (mut text, mut target) = (String::new(), String::new());
    for event in Parser::new(markdown) {
        match event {
            Event::Text(words) => text.push_str(&words),
            Event::Code(code) => text.push_str(&format!("`{code}`")),
            Event::Start(Tag::Link { dest_url, .. }) => target = dest_url.into_string(),
            Event::End(TagEnd::Link) => text.push_str(&format!(" (docs/{target})")),
            _ => {}
        }
    }
    text + "\n"
}
