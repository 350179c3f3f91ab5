//! Typed reading of YAML mappings: closed keys, every fault reported, never a stop.
//!
//! [`Fields`] hands out the values of a mapping by key. What it hands out, it ticks off;
//! [`Fields::finish`] reports what is left, with the nearest key that would have been right. A
//! mapping whose keys are described is opened by its [`Shape`]; what has to be there is asked for
//! at once.

use crate::diag::{Diagnostic, Diagnostics, codes, did_you_mean, nearest};
use crate::model::item_text::holes;
use crate::model::page::Former;
use crate::parse::other_tools::{self, Instead};
use crate::parse::shape::{Holds, Shape};
use crate::parse::yaml::{self, Key, Node, Style, Value};
use crate::source::{Span, Spanned};
use std::str::FromStr;

/// A list of more keys than this helps nobody.
const MOST_OFFERED: usize = 11;

/// The fields of one mapping, being read.
pub(crate) struct Fields<'n> {
    /// What the mapping stands for, in the reader's words: `a step`.
    what: &'static str,
    span: Span,
    entries: &'n [(Key, Node)],
    asked: Vec<&'static str>,
    /// Keys that were reported as what cannot be used, so that nobody is led to them.
    refused: Vec<&'static str>,
    shape: Option<&'static Shape>,
}

impl<'n> Fields<'n> {
    /// Opens a mapping. Anything else is reported and gives `None`.
    pub(crate) fn open(
        node: &'n Node,
        what: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        if let (Value::Scalar { text, .. }, false) = (&node.value, node.is_empty())
            && let Some(whole) = other_tools::short(what, text)
        {
            let message = format!("{what} has keys, and this is a single value");
            let found = Diagnostic::new(codes::YAML_WRONG_TYPE, node.span, message);
            diagnostics.report(found.help(format!("write `{whole}`")));
            return None;
        }
        match &node.value {
            Value::Map(entries) => Some(Self {
                what,
                span: node.span,
                entries,
                asked: Vec::new(),
                refused: Vec::new(),
                shape: None,
            }),
            _ => {
                wrong_type(
                    node,
                    &format!("{what} with `key: value` lines"),
                    diagnostics,
                );
                None
            }
        }
    }

    /// Opens a mapping of this shape, and reports the keys that it has to have and has not.
    pub(crate) fn shaped(
        node: &'n Node,
        shape: &'static Shape,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        if let (Value::Scalar { .. }, false) = (&node.value, node.is_empty()) {
            single_for_mapping(node, shape, diagnostics);
            return None;
        }
        if let Value::List(items) = &node.value
            && list_for_mapping(node, items, shape, diagnostics)
        {
            return None;
        }
        let mut fields = Self::open(node, shape.what, diagnostics)?;
        fields.shape = Some(shape);
        for key in shape.keys().filter(|key| key.required) {
            if fields.written(key.name).is_none() {
                fields.missing(key.name, diagnostics);
            }
        }
        Some(fields)
    }

    /// The key that somebody meant who wrote this one, which nothing here has; nothing if nobody can tell.
    pub(crate) fn likely_key(&self, key: &Key) -> Option<&'static str> {
        match other_tools::of_key(self.what, &key.text) {
            Some(Instead::Key(ours)) => Some(ours),
            Some(Instead::Way(_)) => None,
            None => {
                let of_shape = self.shape.into_iter().flat_map(Shape::keys);
                let known = of_shape.map(|key| key.name).chain(self.asked.clone());
                let offered = known.filter(|known| !self.refused.contains(known));
                nearest(&key.text, offered)
            }
        }
    }

    /// Whether a key stands there under another name, which is reported as what it is.
    pub(crate) fn is_misnamed(&self, wanted: &'static str) -> bool {
        let is_strange = |key: &&Key| match self.shape {
            Some(shape) => !shape.has(&key.text),
            None => !self.asked.contains(&key.text.as_str()),
        };
        let mut strange = self.keys().filter(is_strange);
        strange.any(|key| match self.shape {
            Some(_) => self.likely_key(key) == Some(wanted),
            None => {
                other_tools::of_key(self.what, &key.text) == Some(Instead::Key(wanted))
                    || nearest(&key.text, [wanted]).is_some()
            }
        })
    }

    /// The place of the whole mapping.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// The value behind a key; a key with nothing after it counts as absent.
    pub(crate) fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        debug_assert!(
            self.shape.is_none_or(|shape| shape.has(key)),
            "the shape of {} does not know `{key}`",
            self.what
        );
        self.asked.push(key);
        self.written(key)
    }

    fn written(&self, key: &str) -> Option<&'n Node> {
        let (_, node) = self.entries.iter().find(|(k, _)| k.text == key)?;
        (!node.is_empty()).then_some(node)
    }

    /// Ticks keys off that are dealt with elsewhere.
    pub(crate) fn acknowledge(&mut self, keys: &[&'static str]) {
        self.asked.extend(keys);
    }

    /// Ticks off keys that were reported as what cannot be used; they are never offered.
    pub(crate) fn refuse(&mut self, keys: &[&'static str]) {
        self.acknowledge(keys);
        self.refused.extend(keys);
    }

    /// The place of a key that was written.
    pub(crate) fn key_span(&self, key: &str) -> Option<Span> {
        let (key, _) = self.entries.iter().find(|(k, _)| k.text == key)?;
        Some(key.span)
    }

    /// The keys that were written, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'n Key> + use<'n> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// A text value.
    pub(crate) fn text(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Spanned<String>> {
        let written = text(self.node(key)?, diagnostics)?;
        self.unfilled(key, &written, diagnostics);
        Some(written)
    }

    /// Reports a template in a text that nothing fills.
    fn unfilled(&self, key: &str, text: &Spanned<String>, diagnostics: &mut Diagnostics) {
        let key_of = |shape: &'static Shape| shape.keys().find(|known| known.name == key);
        let help = match self.shape.and_then(key_of).map(|known| &known.holds) {
            Some(Holds::Constant) if text.value.contains("${{") => {
                "write the value itself; `env`, items of `exec`, `confirm` and the texts of `approve` and `notify` are filled"
            }
            Some(Holds::Items) if has_more_than_items(&text.value) => {
                "write the value itself; only the item of a loop is filled here: `${{ each.NAME }}`"
            }
            _ => return,
        };
        let message = format!("nothing fills `${{{{ }}}}` in `{key}`");
        let found = Diagnostic::new(codes::RUNBOOK_TEMPLATE, text.span, message);
        diagnostics.report(found.help(help));
    }

    /// A text value that has to be there.
    pub(crate) fn required_text(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Spanned<String>> {
        if self.node(key).is_none() {
            self.missing(key, diagnostics);
            return None;
        }
        self.text(key, diagnostics)
    }

    /// Reports that a key has to be there and is not. One that stands there under another name is
    /// reported by [`finish`](Self::finish).
    pub(crate) fn missing(&self, key: &'static str, diagnostics: &mut Diagnostics) {
        if self.is_misnamed(key) {
            return;
        }
        let first = self.entries.first().map_or(self.span, |(key, _)| key.span);
        diagnostics.report(
            Diagnostic::new(
                codes::YAML_MISSING_KEY,
                first,
                format!("{} has no `{key}`", self.what),
            )
            .help(match self.is_format(key) {
                true => format!("add a line `{key}: 1` here, the version of the language"),
                false => format!("add a line `{key}: …` here"),
            }),
        );
    }

    fn is_format(&self, key: &str) -> bool {
        let mut keys = self.shape.into_iter().flat_map(Shape::keys);
        keys.any(|known| known.name == key && matches!(known.holds, Holds::Format))
    }

    /// `true` or `false`; absent means `false`.
    pub(crate) fn flag(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> bool {
        self.parsed(key, "`true` or `false`", diagnostics)
            .is_some_and(|flag: Spanned<bool>| flag.value)
    }

    /// A plain value that `T` can read; `expected` completes the sentence "this has to be …".
    pub(crate) fn parsed<T: FromStr>(
        &mut self,
        key: &'static str,
        expected: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Spanned<T>> {
        parsed(self.node(key)?, expected, diagnostics)
    }

    /// One of a closed set of words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        diagnostics: &mut Diagnostics,
    ) -> Option<Spanned<T>> {
        choice(self.node(key)?, choices, diagnostics)
    }

    /// A list of texts; a single text stands for a list of one. Absent is empty.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Spanned<String>> {
        self.node(key)
            .map_or_else(Vec::new, |node| texts(node, diagnostics))
    }

    /// Reports each key that nobody asked for. Keys that begin with `x-` are free.
    pub(crate) fn finish(self, diagnostics: &mut Diagnostics) {
        if let Some(shape) = self.shape {
            let unread = shape.keys().find(|key| !self.asked.contains(&key.name));
            debug_assert!(
                unread.is_none(),
                "the reader of {} leaves `{}` unread",
                self.what,
                unread.map_or("", |key| key.name)
            );
        }
        for (_, found) in self.unknown_keys() {
            diagnostics.report(found);
        }
    }

    /// The keys that nobody asked for, but for those that begin with `x-`, each with its finding. Of what a
    /// comma cut off a value the first stands for all: a value with two commas is one mistake.
    pub(crate) fn unknown_keys(&self) -> Vec<(&'n Key, Diagnostic)> {
        let mut found = Vec::new();
        let (mut whole, mut is_told) = (None, false);
        for (at, (key, _)) in self.entries.iter().enumerate() {
            if !key.bare {
                (whole, is_told) = (Some(at), false);
            }
            if !self.is_unknown(key) {
                continue;
            }
            let cut = whole.filter(|_| key.bare && !is_told);
            match cut.and_then(|of| self.cut_by_comma(of, key)) {
                Some(cut) => {
                    is_told = true;
                    found.push((key, cut));
                }
                None if key.bare && is_told => {}
                None => found.push((key, self.unknown_key(key))),
            }
        }
        found
    }

    /// Whether there is a key that nobody asked for.
    pub(crate) fn has_unknown(&self) -> bool {
        self.keys().any(|key| self.is_unknown(key))
    }

    fn is_unknown(&self, key: &Key) -> bool {
        !key.text.starts_with("x-") && !self.asked.contains(&key.text.as_str())
    }

    /// The finding about a key that nobody asked for.
    fn unknown_key(&self, key: &Key) -> Diagnostic {
        Diagnostic::new(
            codes::YAML_UNKNOWN_KEY,
            key.span,
            format!("{} has no key `{}`", self.what, key.text),
        )
        .help(self.instead_of(key))
    }

    /// The finding about `key`, which is what a comma cut off the value of the entry at `of`; nothing if
    /// that is no value that a comma cuts.
    fn cut_by_comma(&self, of: usize, key: &Key) -> Option<Diagnostic> {
        let (owner, Node { value, .. }) = &self.entries[of];
        let Value::Scalar {
            text,
            style: Style::Plain,
        } = value
        else {
            return None;
        };
        if text.is_empty() {
            return None;
        }
        let rest = self.entries[of + 1..].iter().map(|(key, _)| key);
        let rest = rest.take_while(|key| key.bare);
        let rest: String = rest.map(|key| format!(", {}", key.text)).collect();
        let (owner, whole) = (&owner.text, yaml::quoted(&format!("{text}{rest}")));
        let message = format!(
            "the value of `{owner}` ends at the comma before `{}`",
            key.text
        );
        let found = Diagnostic::new(codes::YAML_UNKNOWN_KEY, key.span, message);
        Some(found.help(format!("put quotes around it: `{owner}: {whole}`")))
    }

    /// The next step for somebody who wrote a key that is none.
    fn instead_of(&self, key: &Key) -> String {
        if let Some(Instead::Way(way)) = other_tools::of_key(self.what, &key.text) {
            return way.to_owned();
        }
        if let Some(meant) = self.likely_key(key) {
            return format!("did you mean `{meant}`?");
        }
        let mut known = self.asked.clone();
        known.retain(|known| !self.refused.contains(known));
        known.sort_unstable();
        known.dedup();
        match known.len() <= MOST_OFFERED {
            true => format!("{} may have: {}", self.what, known.join(", ")),
            false => "delete it, or let it begin with `x-` if another program reads it; `runbook schema` prints every key".to_owned(),
        }
    }

    /// Whether a key that nobody asked for is near to one that was.
    pub(crate) fn is_near(&self, key: &Key) -> bool {
        nearest(&key.text, self.asked.iter().copied()).is_some()
    }
}

/// Reports a single value where a mapping of this shape belongs, with the mapping that was probably meant.
fn single_for_mapping(node: &Node, shape: &'static Shape, diagnostics: &mut Diagnostics) {
    let Some(written) = text(node, diagnostics) else {
        return;
    };
    if shape.is_file() {
        let message = format!(
            "{} has `key: value` lines, and this is a single text",
            shape.what
        );
        let first = written.value.lines().next().unwrap_or_default();
        let help = match first.split_once(':') {
            Some((key, value)) if !key.contains(' ') => {
                format!("put a space after each colon: `{key}: {}`", value.trim())
            }
            _ => "write `key: value` in each line".to_owned(),
        };
        diagnostics.report(Diagnostic::new(codes::YAML_WRONG_TYPE, node.span, message).help(help));
        return;
    }
    let required = shape.keys().filter(|key| key.required);
    let required: Vec<&str> = required.map(|key| key.name).collect();
    let first = required.first().or(shape.one_of.first()).copied();
    let first = first.or_else(|| shape.keys().next().map(|key| key.name));
    let others = required.iter().skip(1).map(|key| format!(", {key}: …"));
    let value = yaml::in_flow(&written.value);
    let help = format!(
        "write `{{ {}: {value}{} }}`",
        first.unwrap_or_default(),
        others.collect::<String>()
    );
    diagnostics.report(
        Diagnostic::new(
            codes::YAML_WRONG_TYPE,
            node.span,
            format!("{} has keys, and this is a single value", shape.what),
        )
        .help(help),
    );
}

/// Reports a list where a mapping with that list belongs; gives whether it is one.
fn list_for_mapping(
    node: &Node,
    items: &[Node],
    shape: &'static Shape,
    diagnostics: &mut Diagnostics,
) -> bool {
    let mut required = shape.keys().filter(|key| key.required);
    let holder = required
        .next()
        .filter(|key| matches!(key.holds, Holds::Constants | Holds::Templates));
    let Some(holder) = holder else { return false };
    let items: Vec<String> = items
        .iter()
        .map(|item| match &item.value {
            Value::Scalar { text, .. } => yaml::in_flow(text),
            _ => "…".to_owned(),
        })
        .collect();
    let others: String = required.map(|key| format!(", {}: …", key.name)).collect();
    let help = format!(
        "write `{{ {}: [{}]{others} }}`",
        holder.name,
        items.join(", ")
    );
    let message = format!("{} has keys, and this is a list", shape.what);
    diagnostics.report(Diagnostic::new(codes::YAML_WRONG_TYPE, node.span, message).help(help));
    true
}

/// Reports a node of the wrong type.
pub(crate) fn wrong_type(node: &Node, expected: &str, diagnostics: &mut Diagnostics) {
    diagnostics.report(
        Diagnostic::new(
            codes::YAML_WRONG_TYPE,
            node.span,
            format!("this has to be {expected}, not {}", node.kind()),
        )
        .help("look at the indentation of this line and the one above it"),
    );
}

/// The text of a scalar. Anything else is reported.
pub(crate) fn text(node: &Node, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    match &node.value {
        Value::Scalar { text, .. } => Some(Spanned::new(text.clone(), node.span)),
        _ => {
            wrong_type(node, "a single text", diagnostics);
            None
        }
    }
}

/// The texts of a list, or of a single scalar as a list of one.
pub(crate) fn texts(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    match &node.value {
        Value::Scalar { .. } => text(node, diagnostics).into_iter().collect(),
        Value::List(items) => items
            .iter()
            .filter_map(|item| text(item, diagnostics))
            .collect(),
        Value::Map(_) => {
            wrong_type(node, "a list of texts", diagnostics);
            Vec::new()
        }
    }
}

/// A scalar that `T` can read.
pub(crate) fn parsed<T: FromStr>(
    node: &Node,
    expected: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<T>> {
    let written = text(node, diagnostics)?;
    match written.value.parse() {
        Ok(value) => Some(Spanned::new(value, node.span)),
        Err(_) => {
            diagnostics.report(
                Diagnostic::new(
                    codes::YAML_BAD_VALUE,
                    node.span,
                    format!("`{}` does not fit here", written.value),
                )
                .help(format!("this has to be {expected}")),
            );
            None
        }
    }
}

/// One of a closed set of words.
pub(crate) fn choice<T: Copy>(
    node: &Node,
    choices: &[(&'static str, T)],
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<T>> {
    let written = text(node, diagnostics)?;
    let found = choices.iter().find(|(word, _)| *word == written.value);
    if let Some((_, value)) = found {
        return Some(Spanned::new(*value, node.span));
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let help = match other_tools::of_word(&written.value, &words) {
        Some(ours) => format!("did you mean `{ours}`?"),
        None => did_you_mean(&written.value, words.iter().copied())
            .unwrap_or_else(|| format!("write one of: {}", words.join(", "))),
    };
    diagnostics.report(
        Diagnostic::new(
            codes::YAML_BAD_VALUE,
            node.span,
            format!("`{}` is not known here", written.value),
        )
        .help(help),
    );
    None
}

/// Whether a text can name a role, a term or a runbook: `[a-z][a-z0-9-]*`.
pub(crate) fn is_id(text: &str) -> bool {
    let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(shape)
}

/// Whether a text can name a step, a param or an output: `[a-z][a-z0-9_]*`.
pub(crate) fn is_name(text: &str) -> bool {
    let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(shape)
}

/// Whether a value was written in plain style, which shells and other YAML tools may read
/// in another way than we do.
pub(crate) fn is_plain(node: &Node) -> bool {
    matches!(
        &node.value,
        Value::Scalar {
            style: Style::Plain,
            ..
        }
    )
}

/// The entries of a mapping whose keys are the author's own names, such as `params`.
pub(crate) fn entries<'n>(
    node: &'n Node,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> &'n [(Key, Node)] {
    match &node.value {
        Value::Map(entries) => entries,
        Value::List(items) => {
            let names = items.iter().filter_map(|item| match &item.value {
                Value::Scalar { text, .. } => Some(format!("{}: …", yaml::in_flow(text))),
                _ => None,
            });
            let names: Vec<String> = names.collect();
            let help = match names.is_empty() {
                true => "write each name as a key, without `- ` before it".to_owned(),
                false => format!("write each name as a key: `{{ {} }}`", names.join(", ")),
            };
            let message = format!("this has to be {what} as `name: …` lines, not a list");
            diagnostics
                .report(Diagnostic::new(codes::YAML_WRONG_TYPE, node.span, message).help(help));
            &[]
        }
        Value::Scalar { .. } => {
            wrong_type(node, &format!("{what} as `name: …` lines"), diagnostics);
            &[]
        }
    }
}

/// The entries of a mapping from an address that was to the one that is.
pub(crate) fn moves(node: &Node, what: &str, diagnostics: &mut Diagnostics) -> Vec<Former> {
    let entries = entries(node, what, diagnostics).iter();
    let read = entries.filter_map(|(key, value)| {
        Some(Former {
            from: Spanned::new(key.text.clone(), key.span),
            to: Some(text(value, diagnostics)?),
        })
    });
    read.collect()
}

/// Whether something in a text begins like a value and is not the item of a loop.
fn has_more_than_items(text: &str) -> bool {
    let items = holes(text).filter(|(_, item)| item.is_some());
    text.matches("${{").count() > items.count()
}
