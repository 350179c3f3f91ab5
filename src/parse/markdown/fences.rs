//! Code blocks: what stands after a fence, and code that is taken from a file.

use super::attributes::{self, Attributes};
use super::excerpts;
use super::shield;
use super::walk::{Fence, Gather, Walk};
use crate::diag::{Code, Diagnostic, codes, did_you_mean};
use crate::model::prose::{CodeBlock, ExpandedText, Expansion, Token};
use pulldown_cmark::CodeBlockKind;
use std::ops::Range;

/// What a fence may say.
const KEYS: [&str; 5] = ["title", "hl", "from", "lines", "anchor"];

impl Walk<'_> {
    pub(super) fn open_code(&mut self, kind: CodeBlockKind<'_>, range: Range<usize>) {
        let (info, fenced) = match kind {
            CodeBlockKind::Fenced(info) => (info.to_string(), true),
            CodeBlockKind::Indented => (String::new(), false),
        };
        let language = info.split(['{', ',', ' ']).next().unwrap_or_default();
        let block = CodeBlock {
            language: language.to_owned(),
            id: None,
            title: None,
            marked: Vec::new(),
            text: String::new(),
            span: self.span_of(range.clone()),
        };
        self.gather = Gather::Code(block, Fence { range, fenced });
    }

    pub(super) fn close_code(&mut self) {
        let Gather::Code(mut block, fence) = std::mem::replace(&mut self.gather, Gather::Nothing)
        else {
            return;
        };
        let text = self.here.text.clone();
        let whole = &text[fence.range.clone()];
        block.text = shield::written_code(whole, usize::from(fence.fenced), block.text);
        if fence.fenced {
            self.is_closed(whole, fence.range.start);
            let attributes = self.fence(whole, fence.range.start);
            self.say_of_code(&mut block, &attributes, &fence);
        }
        self.push(Token::CodeBlock(self.prose.code.len()));
        self.prose.code.push(block);
    }

    /// Reports a fence that nothing closes: the rest of the page became code.
    fn is_closed(&mut self, whole: &str, start: usize) {
        let mut lines = whole
            .lines()
            .map(|line| line.trim_matches([' ', '\t', '>']));
        let first = lines.next().unwrap_or_default();
        let sign = first.chars().next().unwrap_or('`');
        let length = first.chars().take_while(|c| *c == sign).count();
        let ends = |line: &str| line.len() >= length && line.chars().all(|c| c == sign);
        if lines.next_back().is_some_and(ends) {
            return;
        }
        let fence = sign.to_string().repeat(length);
        let line = whole.lines().next().unwrap_or_default();
        let span = self.here.places.span(start..start + line.len());
        let message = "nothing closes this code block, and all that follows is code";
        self.report(
            Diagnostic::new(codes::CODE_OPEN, span, message)
                .help(format!("add a line with {fence} where the code ends")),
        );
    }

    /// What stands between braces on the first line of a block that begins at `start`.
    fn fence(&mut self, whole: &str, start: usize) -> Attributes {
        let line = whole.lines().next().unwrap_or_default().trim_end();
        self.syntax_of_fence(line, start);
        let Some(brace) = line.find('{') else {
            return Attributes::default();
        };
        if let Some(attributes) = attributes::parse(&line[brace..]) {
            let attributes = attributes.moved(start + brace);
            self.known_keys(codes::CODE_ATTRIBUTES, "a fence", &attributes, &KEYS);
            return attributes;
        }
        let span = self.here.places.span(start + brace..start + line.len());
        let message = format!("`{}` after the fence cannot be read", &line[brace..]);
        let diagnostic = Diagnostic::new(codes::CODE_ATTRIBUTES, span, message);
        self.report(diagnostic.help("write it as `{#id title=\"…\"}`"));
        Attributes::default()
    }

    fn say_of_code(&mut self, block: &mut CodeBlock, attributes: &Attributes, fence: &Fence) {
        block.title = attributes.get("title").map(|pair| pair.value.clone());
        if let Some(id) = &attributes.id {
            self.claim(&id.value, self.here.places.span(id.value_at.clone()));
            block.id = Some(id.value.clone());
        }
        match attributes.get("from") {
            Some(from) => self.code_from(from, block, attributes, fence),
            None => {
                for pair in ["lines", "anchor"]
                    .iter()
                    .filter_map(|key| attributes.get(key))
                {
                    let span = self.here.places.span(pair.key_at.clone());
                    let message = format!("`{}` without `from` means nothing", pair.key);
                    let diagnostic = Diagnostic::new(codes::CODE_ATTRIBUTES, span, message);
                    self.report(
                        diagnostic.help("name the file, `from=\"…\"`; to mark lines write `hl`"),
                    );
                }
            }
        }
        if let Some(pair) = attributes.get("hl") {
            self.mark(block, pair);
        }
    }

    fn mark(&mut self, block: &mut CodeBlock, pair: &attributes::Pair) {
        let count = block.text.lines().count();
        match excerpts::line_ranges(&pair.value) {
            Some(ranges) if ranges.last().is_some_and(|(_, last)| *last <= count) => {
                block.marked = ranges;
            }
            found => {
                let span = self.here.places.span(pair.value_at.clone());
                let message = match found {
                    Some(_) => format!("the block has {count} lines"),
                    None => format!("`{}` names no lines", pair.value),
                };
                let diagnostic = Diagnostic::new(codes::CODE_LINES, span, message);
                self.report(diagnostic.help("write `2-3` or `1,4-6`, in ascending order from 1"));
            }
        }
    }

    /// Takes the code from a file. Code that stands in the block as well, for readers on a forge,
    /// has to be the same.
    fn code_from(
        &mut self,
        from: &attributes::Pair,
        block: &mut CodeBlock,
        attributes: &Attributes,
        fence: &Fence,
    ) {
        let Some((source, path)) = self.file(from) else {
            return;
        };
        let text = self.around.sources.get(source).text();
        let code = match excerpts::range(text, attributes) {
            Ok(range) => excerpts::code(&text[range]),
            Err(fault) => return self.excerpt_fault(&fault, source),
        };
        if block.title.is_none() {
            block.title = Some(path.clone());
        }
        if block.text.trim_end() == code.trim_end() {
            return;
        }
        if !block.text.trim().is_empty() {
            let span = self.here.places.span(from.value_at.clone());
            let message = format!("the code below is not what `{path}` holds");
            let diagnostic = Diagnostic::new(codes::INCLUDE_DIFFERS, span, message);
            return self.report(diagnostic.help("empty the block; the file is shown in its place"));
        }
        let whole = &self.here.text[fence.range.clone()];
        let first = whole.find('\n').map_or(whole.len(), |at| at + 1);
        let at = fence.range.start + first;
        self.prose.expansions.push(Expansion {
            span: self.here.places.span(at..at),
            text: ExpandedText::Words(code.clone()),
        });
        block.text = code;
    }

    /// Reports keys that mean nothing here.
    pub(super) fn known_keys(
        &mut self,
        code: &'static Code,
        what: &str,
        attributes: &Attributes,
        known: &[&str],
    ) {
        for pair in &attributes.pairs {
            if known.contains(&pair.key.as_str()) {
                continue;
            }
            let span = self.here.places.span(pair.key_at.clone());
            let message = format!("{what} has no `{}`", pair.key);
            let help = did_you_mean(&pair.key, known.iter().copied())
                .unwrap_or_else(|| format!("it takes: {}", known.join(", ")));
            self.report(Diagnostic::new(code, span, message).help(help));
        }
    }
}
