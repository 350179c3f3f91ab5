//! Every grammar, on text that is unfinished, mutated or made of its own words: it ends within its
//! steps, and not a letter of the text is lost.

use super::*;
use crate::site::escape;
use std::collections::BTreeSet;

/// What opens something in many languages, and is not closed here.
const OPENERS: [&str; 40] = [
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "```",
    "/*",
    "//",
    "#",
    "--",
    "{-",
    "(*",
    "<!--",
    "<![CDATA[",
    "<<EOF",
    "<<~'E'",
    "%q(",
    "q{",
    "@\"",
    "r#\"",
    "{",
    "(",
    "[",
    "<",
    "{{",
    "{%",
    "${",
    "$(",
    "<?php",
    "<script>",
    "\\",
    "\\begin{",
    "=begin",
    "=pod",
    "x /*",
    "a ? (l) : ([i + 1]",
    "f(x,",
    "if ",
    ":",
    "@",
];

/// A text with something of everything, to be cut off and mixed.
const MIXED: &str = "import a from \"b\" // c\nfn main(x: &str) -> u8 { let y = 'z'; /* w\n */ y }\n\
    <a href=\"/x\">t &amp; u</a> <!-- v -->\nif [ -n \"$A\" ]; then echo \"${B:-c}\" <<EOF\nd\nEOF\nfi\n\
    key: [1, 0x2f, \"s\\n\"] # comment\nSELECT * FROM t WHERE a = 'b'; -- c\n@media (x) { .y { z: #fff; } }\n\
    def f(a, *b): return \"\"\"doc\n\"\"\" % (a)\n| a | b |\n|---|---|\n\\frac{a}{b} $x$ %% y\n";

/// Numbers that nobody chose, the same for one grammar on every machine.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn of(syntax: &SyntaxReference) -> Self {
        let seed = blake3::hash(syntax.name.as_bytes());
        let seed = seed.as_bytes().first_chunk().copied().unwrap_or_default();
        Self(u64::from_le_bytes(seed) | 1)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Texts without end of one kind, for one grammar: `count` of them, always the same.
struct Snippets {
    words: Vec<String>,
    random: Random,
}

impl Snippets {
    fn of(syntax: &SyntaxReference, words: Vec<String>) -> Self {
        let random = Random::of(syntax);
        Self { words, random }
    }

    fn word(&mut self) -> String {
        match self.random.below(3) {
            0 => OPENERS[self.random.below(OPENERS.len())].to_owned(),
            _ => {
                let at = self.random.below(self.words.len());
                self.words.get(at).cloned().unwrap_or_default()
            }
        }
    }

    fn next(&mut self) -> String {
        let mut text = String::new();
        if self.random.below(3) == 0 {
            let (from, to) = (
                self.random.below(MIXED.len()),
                self.random.below(MIXED.len()),
            );
            text.push_str(&MIXED[from.min(to)..from.max(to)]);
        }
        for _ in 0..=self.random.below(12) {
            let word = self.word();
            let times = [1, 1, 1, 1, 40][self.random.below(5)];
            let between = ["", " ", "\n", " x "][self.random.below(4)];
            for _ in 0..times {
                text.push_str(&word);
                text.push_str(between);
            }
        }
        text
    }
}

/// The pieces of plain text in the patterns of each grammar, in the order of the grammars.
fn literals() -> Vec<Vec<String>> {
    let builder = SYNTAXES.clone().into_builder();
    let of = |definition: &syntect::parsing::SyntaxDefinition| {
        let mut found = BTreeSet::new();
        let contexts = definition.contexts.values();
        for pattern in contexts.flat_map(|context| &context.patterns) {
            if let syntect::parsing::syntax_definition::Pattern::Match(pattern) = pattern {
                pieces(pattern.regex.regex_str(), &mut found);
            }
        }
        found.into_iter().collect()
    };
    builder.syntaxes().iter().map(of).collect()
}

fn pieces(pattern: &str, found: &mut BTreeSet<String>) {
    let mut piece = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let literal = match letter {
            '\\' => letters.next().filter(char::is_ascii_punctuation),
            '(' | ')' | '[' | ']' | '{' | '}' | '?' | '*' | '+' | '|' | '^' | '$' | '.' => None,
            plain => Some(plain),
        };
        match literal {
            Some(literal) => piece.push(literal),
            None => found.extend(Some(std::mem::take(&mut piece))),
        }
    }
    found.insert(piece);
    found.remove("");
}

/// Whether a text was given up; what is shown of it is the text in either case.
pub(super) fn given_up(syntax: &SyntaxReference, code: &str) -> bool {
    let name = &*syntax.name;
    let colours = coloured(name, code, Layout::Whole, Some(syntax));
    match &colours {
        Ok(pieces) => assert_eq!(text(&pieces.concat()), escape::escape(code), "{name}"),
        Err(Plain::LongLine(bytes)) => assert!(*bytes > LONGEST_LINE, "{name}"),
        Err(why) => assert_eq!(*why, Plain::Steps(steps(code.len())), "{name}: {code}"),
    }
    colours.is_err()
}

/// What was painted without its elements.
fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for (at, piece) in html.split('<').enumerate() {
        let shown = match at {
            0 => Some(piece),
            _ => piece.split_once('>').map(|(_, shown)| shown),
        };
        out.push_str(shown.unwrap_or_default());
    }
    out
}

/// Every grammar on all openers, on cut texts and on `random` texts; how many were given up.
fn all(random: usize, cuts: usize, pairs: bool) -> (usize, usize) {
    let (mut tried, mut up) = (0, 0);
    for (syntax, words) in SYNTAXES.syntaxes().iter().zip(literals()) {
        let mut codes: Vec<String> = OPENERS.map(|opener| format!("x {opener}")).to_vec();
        codes.extend((0..=cuts).map(|cut| MIXED[..MIXED.len() * cut / cuts].to_owned()));
        if pairs {
            let pair = |first: &str| OPENERS.map(|second| format!("{first}a\n b {second}"));
            codes.extend(OPENERS.iter().flat_map(|first| pair(first)));
        }
        let mut snippets = Snippets::of(syntax, words);
        codes.extend((0..random).map(|_| snippets.next()));
        let before = up;
        for code in &codes {
            up += usize::from(given_up(syntax, code));
        }
        if pairs && up > before {
            println!(
                "{}: {} of {} given up",
                syntax.name,
                up - before,
                codes.len()
            );
        }
        tried += codes.len();
    }
    (tried, up)
}

#[test]
fn every_grammar_ends_on_unfinished_text() {
    let (tried, up) = all(4, 4, false);
    assert!(tried > 5_000, "{tried}");
    assert!(up > 0 && up < tried / 20, "{up} of {tried} were given up");
}

#[test]
#[ignore = "long: thousands of unfinished texts for each of some 200 grammars"]
fn every_grammar_ends_on_thousands_of_unfinished_texts() {
    let (tried, up) = all(2_000, MIXED.len(), true);
    println!("{up} of {tried} texts were given up");
    assert!(tried > 500_000, "{tried}");
    assert!(up < tried / 20, "{up} of {tried} were given up");
}
