//! Which patterns a browser may judge: those that it ends within a time that grows with the text alone.
//!
//! The terminal's regexes always do; a browser goes back and tries again, and `(a+)+b` takes longer
//! than anybody waits. So a pattern goes to the page only where one look at the next character says
//! how to go on, or where the few other choices do not stand in a repetition without an end. What
//! a browser might read in another way than we do is left to the terminal too.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem,
    GroupKind, LiteralKind, Repetition, RepetitionKind, RepetitionRange,
};

/// The longest pattern that is looked at, in bytes, and how deep its groups may stand in each other.
const LONGEST: usize = 1_000;
const DEEPEST: u32 = 20;
/// How many ways to match a text a pattern may offer.
const MOST_WAYS: u64 = 64;

/// Whether a browser ends a match of the pattern in linear time.
pub(crate) fn is_linear(pattern: &str) -> bool {
    let mut parser = ParserBuilder::new().nest_limit(DEEPEST).build();
    let ast = match pattern.len() <= LONGEST {
        true => parser.parse(pattern),
        false => return false,
    };
    let ways = ast.ok().and_then(|ast| ways(&ast, Set::default()));
    ways.is_some_and(|ways| ways <= MOST_WAYS)
}

/// Some characters: which of ASCII, and whether any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Set {
    ascii: u128,
    other: bool,
}

impl Set {
    fn of(range: std::ops::RangeInclusive<char>) -> Self {
        let inside = |byte: &u8| range.contains(&char::from(*byte));
        Self {
            ascii: (0..128).filter(inside).fold(0, |set, byte| set | 1 << byte),
            other: !range.end().is_ascii(),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            ascii: self.ascii | other.ascii,
            other: self.other | other.other,
        }
    }

    /// All that is not in it. Of the characters behind ASCII some always may be.
    fn not(self) -> Self {
        Self {
            ascii: !self.ascii,
            other: true,
        }
    }

    fn meets(self, other: Self) -> bool {
        self.ascii & other.ascii != 0 || (self.other && other.other)
    }
}

/// How a part of a pattern may begin, and whether it may be empty.
#[derive(Clone, Copy)]
struct Start {
    first: Set,
    empty: bool,
}

impl Start {
    const EMPTY: Self = Self {
        first: Set {
            ascii: 0,
            other: false,
        },
        empty: true,
    };

    fn letter(first: Set) -> Self {
        Self {
            first,
            empty: false,
        }
    }

    /// What may come where this part begins, if `behind` may come behind it.
    fn with(self, behind: Set) -> Set {
        match self.empty {
            true => self.first.or(behind),
            false => self.first,
        }
    }
}

/// How a part may begin; `None` for what is left to the terminal.
fn start(ast: &Ast) -> Option<Start> {
    match ast {
        Ast::Empty(_) => Some(Start::EMPTY),
        Ast::Assertion(assertion) => {
            use AssertionKind::{EndLine, NotWordBoundary, StartLine, WordBoundary};
            let known = [StartLine, EndLine, WordBoundary, NotWordBoundary];
            known.contains(&assertion.kind).then_some(Start::EMPTY)
        }
        Ast::Literal(literal) => {
            let octal = matches!(literal.kind, LiteralKind::Octal);
            (!octal).then(|| Start::letter(Set::of(literal.c..=literal.c)))
        }
        Ast::Dot(_) => {
            let breaks = Set::of('\n'..='\n').or(Set::of('\r'..='\r'));
            Some(Start::letter(breaks.not()))
        }
        Ast::ClassPerl(class) => Some(Start::letter(perl(class))),
        Ast::ClassBracketed(class) => bracketed(class).map(Start::letter),
        Ast::Group(group) => match &group.kind {
            GroupKind::NonCapturing(flags) if !flags.items.is_empty() => None,
            _ => start(&group.ast),
        },
        Ast::Repetition(repetition) => {
            let (least, most) = range(&repetition.op.kind);
            let body = start(&repetition.ast)?;
            Some(match most {
                Some(0) => Start::EMPTY,
                _ => Start {
                    first: body.first,
                    empty: body.empty || least == 0,
                },
            })
        }
        Ast::Alternation(alternation) => {
            let none = Start::letter(Set::default());
            alternation.asts.iter().try_fold(none, |all, ast| {
                let next = start(ast)?;
                Some(Start {
                    first: all.first.or(next.first),
                    empty: all.empty || next.empty,
                })
            })
        }
        Ast::Concat(concat) => concat
            .asts
            .iter()
            .rev()
            .try_fold(Start::EMPTY, |rest, ast| {
                let next = start(ast)?;
                Some(Start {
                    first: next.with(rest.first),
                    empty: next.empty && rest.empty,
                })
            }),
        Ast::Flags(_) | Ast::ClassUnicode(_) => None,
    }
}

/// How many ways a part offers to match a text, if `behind` may come behind it; `None` if they grow
/// with the text, or if it is left to the terminal.
fn ways(ast: &Ast, behind: Set) -> Option<u64> {
    match ast {
        Ast::Group(group) => start(ast).and_then(|_| ways(&group.ast, behind)),
        Ast::Concat(concat) => {
            let mut behind = behind;
            concat.asts.iter().rev().try_fold(1, |all: u64, ast| {
                let own = ways(ast, behind)?;
                behind = start(ast)?.with(behind);
                Some(all.saturating_mul(own))
            })
        }
        Ast::Alternation(alternation) => either(&alternation.asts, behind),
        Ast::Repetition(repetition) => repeated(repetition, behind),
        _ => start(ast).map(|_| 1),
    }
}

fn either(asts: &[Ast], behind: Set) -> Option<u64> {
    let (mut before, mut apart, mut inner) = (Set::default(), true, 1_u64);
    for ast in asts {
        let next = start(ast)?.with(behind);
        apart &= !before.meets(next);
        before = before.or(next);
        inner = inner.saturating_mul(ways(ast, behind)?);
    }
    // Two that may be empty are two ways also where nothing comes behind.
    let empty = asts.iter().filter_map(start).filter(|start| start.empty);
    apart &= empty.count() < 2;
    Some(match apart {
        true => inner,
        false => inner.saturating_mul(asts.len() as u64),
    })
}

fn repeated(repetition: &Repetition, behind: Set) -> Option<u64> {
    let (least, most) = range(&repetition.op.kind);
    let body = start(&repetition.ast)?;
    let apart = !body.empty && !body.first.meets(behind);
    let again = match most {
        Some(..=1) => behind,
        _ => behind.or(body.first),
    };
    let inner = ways(&repetition.ast, again)?;
    match most {
        None => (apart && inner == 1).then_some(1),
        Some(most) => {
            let ends = if apart {
                1
            } else {
                u64::from(most.saturating_sub(least)) + 1
            };
            Some(inner.saturating_pow(most).saturating_mul(ends))
        }
    }
}

/// The least and the most of a repetition.
fn range(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(times)) => (*times, Some(*times)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
    }
}

/// `\d`, `\s`, `\w` as a browser reads them.
fn perl(class: &ClassPerl) -> Set {
    let set = match class.kind {
        ClassPerlKind::Digit => Set::of('0'..='9'),
        ClassPerlKind::Space => {
            let ascii = Set::of('\t'..='\r').or(Set::of(' '..=' '));
            Set {
                other: true,
                ..ascii
            }
        }
        ClassPerlKind::Word => {
            let letters = Set::of('a'..='z').or(Set::of('A'..='Z'));
            letters.or(Set::of('0'..='9')).or(Set::of('_'..='_'))
        }
    };
    if class.negated { set.not() } else { set }
}

fn bracketed(class: &ClassBracketed) -> Option<Set> {
    let ClassSet::Item(item) = &class.kind else {
        return None;
    };
    let set = item_of(item)?;
    Some(if class.negated { set.not() } else { set })
}

fn item_of(item: &ClassSetItem) -> Option<Set> {
    match item {
        ClassSetItem::Empty(_) => Some(Set::default()),
        ClassSetItem::Literal(literal) => Some(Set::of(literal.c..=literal.c)),
        ClassSetItem::Range(range) => Some(Set::of(range.start.c..=range.end.c)),
        ClassSetItem::Perl(class) => Some(perl(class)),
        ClassSetItem::Union(union) => union
            .items
            .iter()
            .try_fold(Set::default(), |all, item| Some(all.or(item_of(item)?))),
        // A browser reads these in another way.
        ClassSetItem::Ascii(_) | ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_say_how_to_go_on_are_for_browsers() {
        for pattern in [
            "[0-9a-f]{40}",
            "[a-z][a-z0-9/-]*",
            "[a-z' $()]+",
            r"v?\d+\.\d+\.\d+(-[a-z0-9]+(\.[a-z0-9]+)*)?",
            "[a-z]+(-[a-z]+)*",
            "(feature|fix|x)/[a-z-]+",
            "(eu|us)-(east|west)-[12]",
            r"[^@\s]+@[a-z.]+",
            "[a-z]+|x1",
            "(a|ab)(c|bcd)?",
            "[a-z]{0,20}[a-z0-9]",
            r"\w+\s\w+",
            r"\S+( \S+)*",
            "",
            "^a*$",
            "ä+-ö",
        ] {
            assert!(is_linear(pattern), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_a_browser_may_not_end_are_for_the_terminal() {
        for pattern in [
            "(a+)+b",
            "(a*)*b",
            "(a|a)*b",
            "(a|aa)+b",
            "(ab|a[bc])*d",
            "(a?){30}b",
            "(a|b|ab)*c",
            ".*.*=x",
            ".*a",
            r"\d+\d+x",
            r"(\w+\s?)*!",
            "([a-z]+)*",
            "((a{1,9}){1,9}){1,9}b",
            "(|a)+b",
            "(a*|b)*c",
            r"(\s|\u{feff})*x",
            "ä+ö", // all behind ASCII count as one
            "[[:alpha:]]+",
            "[a-z&&[^b]]+",
            r"\p{L}+",
            "(?i)a+",
            "(?i:a)+",
            "(?x) a+ ",
            r"\Aa\z",
            r"(a\b|a\B)*x",
        ] {
            assert!(!is_linear(pattern), "{pattern}");
        }
        assert!(!is_linear(&"a".repeat(2_000)));
        assert!(!is_linear(&format!(
            "{}a{}",
            "(".repeat(500),
            ")*".repeat(500)
        )));
    }
}
