//! Finds texts in a stream of bytes, each byte looked at once, and knows how much of what came may
//! be the beginning of one.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::noncontiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

/// Looks for texts.
pub(super) struct Matcher {
    automaton: NFA,
    start: StateID,
    /// For each state: how many of the last bytes begin a text that is longer than they are.
    begun: Vec<u32>,
}

/// Where a matcher is in a stream.
pub(super) type At = StateID;

impl Matcher {
    pub(super) fn new(texts: &[String]) -> Self {
        let automaton = Builder::new()
            .match_kind(MatchKind::Standard)
            .build(texts)
            .expect("secrets are far shorter than what an automaton can hold");
        let start = automaton
            .start_state(Anchored::No)
            .expect("an automaton has a beginning");
        let mut matcher = Self {
            automaton,
            start,
            begun: Vec::new(),
        };
        matcher.learn(texts);
        matcher
    }

    /// Each state stands for the beginning of a text, as long as it is deep. The last state of a text
    /// that begins no other one stands for what of it, without its first byte, begins one.
    fn learn(&mut self, texts: &[String]) {
        let mut ends = Vec::new();
        for text in texts {
            let mut at = self.start;
            for (depth, byte) in text.bytes().enumerate() {
                let depth = u32::try_from(depth).unwrap_or(u32::MAX);
                self.set(at, depth);
                at = self.next(at, byte);
            }
            ends.push((text.len(), at, text));
        }
        ends.sort_unstable_by_key(|(length, ..)| *length);
        for (_, at, text) in ends {
            if self.begun(at) == 0 {
                let rest = text.bytes().skip(1);
                let suffix = rest.fold(self.start, |at, byte| self.next(at, byte));
                let begun = u32::try_from(self.begun(suffix)).unwrap_or(u32::MAX);
                self.set(at, begun);
            }
        }
    }

    fn set(&mut self, at: At, begun: u32) {
        if self.begun.len() <= at.as_usize() {
            self.begun.resize(at.as_usize() + 1, 0);
        }
        self.begun[at.as_usize()] = begun;
    }

    pub(super) fn start(&self) -> At {
        self.start
    }

    /// Where it is after another byte.
    pub(super) fn next(&self, at: At, byte: u8) -> At {
        self.automaton.next_state(Anchored::No, at, byte)
    }

    /// The length of the longest text that ends here, 0 if none does.
    pub(super) fn ended(&self, at: At) -> usize {
        // The automaton lists the longest first.
        match self.automaton.is_match(at) {
            true => {
                let pattern = self.automaton.match_pattern(at, 0);
                self.automaton.pattern_len(pattern)
            }
            false => 0,
        }
    }

    /// How many of the last bytes begin a text that is not here as a whole.
    pub(super) fn begun(&self, at: At) -> usize {
        self.begun
            .get(at.as_usize())
            .map_or(0, |begun| *begun as usize)
    }
}
