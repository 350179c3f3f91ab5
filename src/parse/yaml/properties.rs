//! Whatever text a file holds, it is read without a panic, nothing of it is lost in silence, and
//! what is said about it has a place in it.

use super::*;
use crate::parse::runbook;
use crate::properties::config;
use crate::source::Sources;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A value to be written and read.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// How a file is laid out.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Flow,
    Block,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[a-zäß✓ :#'\"\\\\\t\n-]{0,12}",
        "([a-z:#'\"{}\\[\\]!&*%@-][a-z :#'\"{}-]{0,9}\n){1,3}",
        select(vec![
            "no", "1.10", "- x", "<<", "---", "&a", "${{ x }}", "", "\u{2028}", "| x"
        ])
        .prop_map(str::to_owned),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    text()
        .prop_map(Tree::Text)
        .prop_recursive(4, 24, 4, |inner| {
            let keys =
                prop::collection::btree_map("[a-z][a-z_]{0,5}|[ -~]{1,6}", inner.clone(), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Tree::List),
                keys.prop_map(|map| Tree::Map(map.into_iter().collect())),
            ]
        })
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written")
}

/// Writes a value behind what stands before it on its line.
fn write(tree: &Tree, layout: Layout, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match (tree, layout) {
        (Tree::Text(text), Layout::Block) if is_block(text) => {
            out.push_str("|\n");
            text.lines()
                .for_each(|line| out.push_str(&format!("{indent}  {line}\n")));
        }
        (Tree::Text(text), _) if text.is_ascii() && !text.contains(char::is_control) => {
            out.push_str(&format!("'{}'", text.replace('\'', "''")));
        }
        (Tree::Text(text), _) => out.push_str(&quoted(text)),
        (Tree::List(items), Layout::Block) if !items.is_empty() => {
            for item in items {
                out.push_str(&format!("\n{indent}- "));
                write(item, layout, depth + 1, out);
            }
        }
        (Tree::Map(entries), Layout::Block) if !entries.is_empty() => {
            for (key, value) in entries {
                out.push_str(&format!("\n{indent}{}: ", quoted(key)));
                write(value, layout, depth + 1, out);
            }
        }
        (Tree::List(items), _) => {
            out.push('[');
            for item in items {
                write(item, Layout::Flow, depth, out);
                out.push_str(", ");
            }
            out.push(']');
        }
        (Tree::Map(entries), _) => {
            out.push('{');
            for (key, value) in entries {
                out.push_str(&format!("{}: ", quoted(key)));
                write(value, Layout::Flow, depth, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// Whether a text can stand as lines after `|`.
fn is_block(text: &str) -> bool {
    let plain = |line: &str| line.starts_with(|c: char| c.is_ascii_graphic());
    text.ends_with('\n') && text.lines().all(plain) && !text.contains(['\t', '\r', '\u{2028}'])
}

fn tree_of(node: &Node) -> Tree {
    match &node.value {
        Value::Scalar { text, .. } => Tree::Text(text.clone()),
        Value::List(items) => Tree::List(items.iter().map(tree_of).collect()),
        Value::Map(entries) => {
            let entry = |(key, node): &(Key, Node)| (key.text.clone(), tree_of(node));
            Tree::Map(entries.iter().map(entry).collect())
        }
    }
}

struct Read {
    node: Option<Node>,
    sources: Sources,
    diagnostics: Diagnostics,
}

fn read(text: &str) -> Read {
    let mut sources = Sources::default();
    let id = sources.add("t.yaml", text.to_owned());
    let mut diagnostics = Diagnostics::default();
    let node = parse(id, text, 0..text.len(), &mut diagnostics);
    Read {
        node,
        sources,
        diagnostics,
    }
}

/// Whether a place is one in the text.
fn is_in(text: &str, span: Span) -> bool {
    let range = span.range();
    range.start <= range.end
        && text.is_char_boundary(range.start)
        && text.is_char_boundary(range.end)
}

fn diagnostics_are_placed(text: &str, diagnostics: &Diagnostics) -> Result<(), TestCaseError> {
    for found in diagnostics.iter() {
        prop_assert!(is_in(text, found.span), "{found:?}");
        for (span, words) in &found.related {
            prop_assert!(is_in(text, *span), "{words}: {span:?}");
        }
    }
    Ok(())
}

/// A node stands inside the one around it, and behind the one before it.
fn nodes_are_placed(text: &str, node: &Node, within: Range<usize>) -> Result<(), TestCaseError> {
    let range = node.span.range();
    prop_assert!(is_in(text, node.span), "{node:?}");
    // A text after `|` has the end of its last line, and what is around it has not. Nothing may stand
    // behind it all.
    let written = text[range.clone()].trim_end();
    let is_within = within.start <= range.start && range.start + written.len() <= within.end;
    prop_assert!(is_within || written.is_empty(), "{within:?} {node:?}");
    let mut from = range.start;
    let parts: Vec<(Span, Option<&Node>)> = match &node.value {
        Value::Scalar { text: value, style } => {
            let written = &text[range];
            let fits = match style {
                Style::Plain => written == value || written.contains(['\n', '\r']),
                Style::Quoted => {
                    written.len() > 1 && (written.starts_with('"') || written.starts_with('\''))
                }
                Style::Block => true,
            };
            prop_assert!(fits, "{value:?} is written {written:?}");
            return Ok(());
        }
        Value::List(items) => items.iter().map(|item| (item.span, Some(item))).collect(),
        Value::Map(entries) => entries
            .iter()
            .flat_map(|(key, node)| [(key.span, None), (node.span, Some(node))])
            .collect(),
    };
    for (span, node) in parts {
        prop_assert!(
            is_in(text, span) && span.start as usize >= from,
            "{from} {span:?}"
        );
        if let Some(node) = node {
            nodes_are_placed(text, node, range.clone())?;
        }
        from = span.end as usize;
    }
    Ok(())
}

/// What stands in no key and no value, without comments.
fn rest(text: &str, node: &Node) -> String {
    fn blank(bytes: &mut [u8], node: &Node) {
        match &node.value {
            Value::Scalar { .. } => bytes[node.span.range()].fill(b' '),
            Value::List(items) => items.iter().for_each(|item| blank(bytes, item)),
            Value::Map(entries) => entries.iter().for_each(|(key, node)| {
                bytes[key.span.range()].fill(b' ');
                blank(bytes, node);
            }),
        }
    }
    let mut bytes = text.as_bytes().to_vec();
    blank(&mut bytes, node);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let before_comment = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    text.lines()
        .map(before_comment)
        .collect::<Vec<_>>()
        .join("\n")
}

/// What a mutation puts into a file.
const PIECES: [&str; 24] = [
    "---\n",
    "${{",
    "}}",
    "[",
    "]",
    "{",
    "}",
    "|\n",
    ">-\n",
    "\t",
    "&a ",
    "*a",
    "!!x ",
    "\"",
    "'",
    ": ",
    "- ",
    "#",
    "\u{feff}",
    "é\u{301}",
    "\r",
    "\\L",
    "\n\n",
    "%YAML 1.1\n",
];

/// A shipped runbook, with a few places cut out, repeated or filled with something else.
fn mutated() -> impl Strategy<Value = String> {
    let shipped = vec![
        include_str!("../../../runbooks/hotfix.yaml"),
        include_str!("../../../runbooks/rollback.yaml"),
        include_str!("../../../starter/runbooks/disk-space.yaml"),
    ];
    let mutation = (
        any::<Index>(),
        0..40_usize,
        0..3_u8,
        select(PIECES.as_slice()),
    );
    (select(shipped), prop::collection::vec(mutation, 1..5)).prop_map(|(shipped, mutations)| {
        let mut chars: Vec<char> = shipped.chars().collect();
        for (at, length, kind, piece) in mutations {
            let at = at.index(chars.len() + 1);
            let end = (at + length).min(chars.len());
            match kind {
                0 => drop(chars.drain(at..end)),
                1 => drop(chars.splice(at..at, piece.chars())),
                _ => {
                    let part = chars[at..end].to_vec();
                    drop(chars.splice(at..at, part));
                }
            }
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(config("tests/regressions/yaml.txt", 512))]

    #[test]
    fn what_is_written_is_read_again(tree in tree(), layout in select(vec![Layout::Flow, Layout::Block])) {
        let mut text = String::new();
        write(&tree, layout, 0, &mut text);
        let read = read(&text);
        prop_assert!(read.diagnostics.is_empty(), "{text}\n{:?}", read.diagnostics);
        let node = read.node.expect("there is a value");
        prop_assert_eq!(tree_of(&node), tree, "{}", text);
        nodes_are_placed(&text, &node, 0..text.len())?;
    }

    #[test]
    fn any_text_is_answered(text in prop_oneof![
        ".{0,60}",
        "[a-c \n\t:#'\"{}\\[\\],&*!|>%@`?-]{0,40}",
        prop::collection::vec(prop_oneof![select(PIECES.as_slice()).prop_map(str::to_owned), "[a-z]{1,3}", Just("\n  ".to_owned())], 0..20)
            .prop_map(|parts| parts.concat()),
    ]) {
        let read = read(&text);
        diagnostics_are_placed(&text, &read.diagnostics)?;
        if let Some(node) = &read.node {
            nodes_are_placed(&text, node, 0..text.len())?;
        }
        let sorted = read.diagnostics.sorted(&read.sources);
        for found in sorted.iter() {
            // What is shown of it does not panic either.
            read.sources.get(found.span.source).position(found.span.start as usize);
        }
    }
}

proptest! {
    #![proptest_config(config("tests/regressions/runbooks.txt", 256))]

    #[test]
    fn a_mutated_runbook_is_answered_and_nothing_of_it_is_passed_over(text in mutated()) {
        let read = read(&text);
        diagnostics_are_placed(&text, &read.diagnostics)?;
        if let (Some(node), true) = (&read.node, read.diagnostics.is_empty()) {
            nodes_are_placed(&text, node, 0..text.len())?;
            let rest = rest(&text, node);
            let punctuation = |c: char| c.is_whitespace() || "-:?,[]{}|>+\u{feff}".contains(c) || c.is_ascii_digit();
            prop_assert!(rest.chars().all(punctuation), "passed over: {}", rest.trim());
        }

        let mut sources = Sources::default();
        let id = sources.add("runbooks/hotfix.yaml", text.clone());
        let mut diagnostics = Diagnostics::default();
        let runbook = runbook::parse(id, "hotfix", &text, &mut diagnostics);
        diagnostics_are_placed(&text, &diagnostics)?;
        let accepted = runbook.is_some() && !diagnostics.has_errors();
        prop_assert!(!accepted || read.diagnostics.is_empty(), "{:?}", read.diagnostics);
        prop_assert!(runbook.is_some() || !diagnostics.is_empty());
    }
}
