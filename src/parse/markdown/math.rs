//! Formulas in LaTeX's notation to MathML.
//!
//! The site works without inline style, so what the converter says by `style` is dropped, but
//! for the alignment of cells, which becomes a class.

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use std::ops::Range;
use std::sync::LazyLock;

static CONVERTER: LazyLock<LatexToMathML> = LazyLock::new(|| {
    LatexToMathML::new(MathCoreConfig::default()).expect("no macros are defined, so none is wrong")
});

/// Why a formula cannot be shown.
pub(super) struct Fault {
    /// Where in the formula.
    pub(super) place: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// The next step.
    pub(super) help: &'static str,
}

/// How deep a formula may lead.
const DEEPEST: usize = 4_000;
/// How deep any stack reaches.
const SHALLOW: usize = 50;
/// What a level may take of the stack, in bytes: more than twice what it takes without optimisation.
const LEVEL: usize = 16 << 10;

/// A formula as MathML.
pub(super) fn mathml(source: &str, block: bool) -> Result<String, Fault> {
    let display = match block {
        true => MathDisplay::Block,
        false => MathDisplay::Inline,
    };
    if let Some(place) = stray_script(source) {
        return Err(Fault {
            message: format!(
                "nothing stands before `{}` in its cell",
                &source[place.clone()]
            ),
            place,
            help: "write `{}` before it, or what it belongs to",
        });
    }
    match depth(source) {
        Ok(..=SHALLOW) => convert(source, display),
        Ok(depth) => std::thread::scope(|scope| {
            let stack = std::thread::Builder::new().stack_size((depth + SHALLOW) * LEVEL);
            let deep = stack.spawn_scoped(scope, || convert(source, display));
            let converted = deep.ok().and_then(|deep| deep.join().ok());
            converted.unwrap_or_else(|| Err(too_deep(0..source.len())))
        }),
        Err(place) => Err(too_deep(place)),
    }
}

/// A command, such as `\frac` or `\\`, or a character by itself, with where it begins.
fn pieces(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &source[at..];
        let first = rest.chars().next()?;
        let length = match first {
            '\\' => {
                let name = &rest[1..];
                let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
                let sign = name.chars().next().map_or(0, char::len_utf8);
                1 + if letters > 0 { letters } else { sign }
            }
            letter => letter.len_utf8(),
        };
        at += length;
        Some((at - length, &rest[..length]))
    })
}

/// The first script or prime that would belong to what parts two cells or rows. The converter takes it so,
/// and loses the cell.
fn stray_script(source: &str) -> Option<Range<usize>> {
    let mut parted = false;
    for (at, piece) in pieces(source) {
        match piece {
            "&" | "\\\\" | "\\cr" => parted = true,
            "'" | "^" | "_" if parted => return Some(at..at + 1),
            piece if piece.trim().is_empty() => {}
            _ => parted = false,
        }
    }
    None
}

/// Whether the markup has fewer cells than the formula: one more than it has `&` in each row. The converter
/// takes an `&` as what a command needs, and leaves it out.
fn loses_a_cell(source: &str, markup: &str) -> bool {
    let marks = pieces(source).filter(|(_, piece)| *piece == "&").count();
    let count = |tag| markup.matches(tag).count();
    marks > 0 && count("<mtd") < marks + count("<mtr")
}

fn too_deep(place: Range<usize>) -> Fault {
    Fault {
        place,
        message: format!("more than {DEEPEST} parts of the formula stand in each other"),
        help: "write several formulas, or put braces around parts of it",
    }
}

/// How deep a formula may lead at most, or the place where that is too deep. A command or a script
/// may hold all that follows it in its group, so each of them counts until the group ends; a row
/// or a line of a table ends what they hold.
fn depth(source: &str) -> Result<usize, Range<usize>> {
    let mut open = vec![0];
    let (mut now, mut deepest) = (0, 0);
    for (at, piece) in pieces(source) {
        let holds = piece.starts_with('\\') || matches!(piece, "^" | "_" | "{");
        if piece == "{" {
            open.push(0);
        }
        if piece == "}" && open.len() > 1 {
            now -= open.pop().unwrap_or_default();
        }
        if let Some(group) = open.last_mut() {
            *group += usize::from(holds);
        }
        now += usize::from(holds);
        deepest = deepest.max(now);
        if now > DEEPEST {
            return Err(at..at + piece.len());
        }
    }
    Ok(deepest)
}

fn convert(source: &str, display: MathDisplay) -> Result<String, Fault> {
    match CONVERTER.convert_with_local_state(source, display) {
        Ok(markup) if loses_a_cell(source, &markup.mathml) => Err(Fault {
            place: 0..source.len(),
            message: "a command takes the `&` behind it, so a cell of the table is lost".to_owned(),
            help: "write what each command of the table needs before the next `&`",
        }),
        Ok(markup) => Ok(without_style(&markup.mathml)),
        Err(fault) => Err(Fault {
            message: message(&fault.error_message()),
            place: fault.0,
            help: "write `\\$` if a dollar sign is meant",
        }),
    }
}

/// A message in our form: small at the start, no full stop at the end, backticks.
fn message(text: &str) -> String {
    let text = text.trim_end_matches('.').replace('"', "`");
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// Takes `style="…"` out of the tags of some markup. Text between tags has no `<`, and values
/// have no `"`, so both ends of each attribute are plain to see.
fn without_style(markup: &str) -> String {
    const STYLE: &str = " style=\"";
    let mut out = String::with_capacity(markup.len());
    for piece in markup.split_inclusive('>') {
        let tag = piece.rfind('<').unwrap_or(piece.len());
        let (text, tag) = piece.split_at(tag);
        out.push_str(text);
        let cut = tag.split_once(STYLE).and_then(|(before, rest)| {
            let (style, after) = rest.split_once('"')?;
            Some((before, style, after))
        });
        let Some((before, style, after)) = cut else {
            out.push_str(tag);
            continue;
        };
        out.push_str(before);
        for (declaration, class) in [("text-align: left", "left"), ("text-align: right", "right")] {
            if style.contains(declaration) {
                out.push_str(&format!(" class=\"{class}\""));
            }
        }
        out.push_str(after);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_markup_without_style() {
        for (source, expected) in [
            ("\\frac{a}{b}", "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
            ("\\text{<script>}", "&lt;script&gt;"), // text stays text
            ("\\begin{aligned} a &= b \\end{aligned}", "class=\"right\""),
            ("\\color{red} x", "<mi>x</mi>"), // the reader's colours are the site's
        ] {
            let found = mathml(source, true).unwrap_or_else(|fault| panic!("{}", fault.message));
            assert!(found.contains(expected), "{source}: {found}");
            assert!(!found.contains(" style="), "{source}: {found}");
        }
    }

    #[test]
    fn no_formula_leads_deeper_than_its_stack() {
        let kinds = [
            ("\\frac{", "a", "}{b}"),
            ("\\frac", "", ""),
            ("\\sqrt[", "a", "]{b}"),
            ("\\left(", "a", "\\right)"),
            ("a {", "a", "}"),
            ("a^{", "a", "}"),
            ("\\begin{matrix}", "a", "\\end{matrix}"),
            ("\\hat", " a", ""),
            ("\\color{red}", " a", ""),
            ("\\underbrace{a}_{", "a", "}"),
            ("a {\\displaystyle ", "a", "}"),
        ];
        let nest = move || {
            for (open, inside, close) in kinds {
                for depth in [1, 100, 700, 1_300, 3_900, 100_000] {
                    let source = open.repeat(depth) + inside + &close.repeat(depth);
                    let fault = mathml(&source, true).err();
                    let deep = fault.is_some_and(|fault| fault.message.contains("in each other"));
                    assert!(deep || depth < 4_000, "{depth} of {open}");
                    assert!(!deep || depth > 1_000, "{depth} of {open}");
                }
            }
        };
        let small = std::thread::Builder::new().stack_size(1 << 20);
        small
            .spawn(nest)
            .expect("a thread")
            .join()
            .expect("no fault");
    }

    #[test]
    fn tables_are_shown_in_each_of_their_forms() {
        for source in [
            "\\begin{aligned} a &= b \\\\ &= c \\\\ \\end{aligned}",
            "\\begin{align} a &= b' & c &= d_1 \\\\ e &= f \\end{align}",
            "\\begin{cases} 1 & \\text{if } x \\& y \\\\ 2 & \\text{else} \\end{cases}",
            "\\begin{array}{c|c} a & b \\\\ \\hline & d \\end{array}",
            "\\begin{pmatrix} \\begin{matrix} 1 & 2 \\end{matrix} & {}^2 \\\\ 3 \\end{pmatrix}",
            "\\begin{vmatrix} \\frac12 & \\sqrt2 \\end{vmatrix}",
        ] {
            let made = mathml(source, true);
            assert!(
                made.is_ok(),
                "{source}: {:?}",
                made.err().map(|fault| fault.message)
            );
        }
    }

    #[test]
    fn no_formula_loses_a_cell_in_silence() {
        let after = [
            "'",
            "^2",
            "_2",
            " '",
            " ^{2}",
            "''",
            "_1^2",
            "\\limits_a",
            "\\prime",
            "!",
            "\\hat",
        ];
        let before = [
            "\\sqrt",
            "\\frac",
            "\\frac{1}",
            "x^",
            "x_",
            "\\hat",
            "\\left",
            "\\big",
            "\\text",
            "{",
            "\\mathbf",
            "\\operatorname",
            "\\color",
            "\\not",
            "\\overset",
            "\\sqrt[",
            "\\left(",
            "\\middle",
        ];
        for table in ["matrix", "aligned", "cases", "pmatrix"] {
            for mark in ["&", "\\\\", "\\cr", "\\hline"] {
                let inside = after.map(|after| format!("1 {mark}{after} 2"));
                let held = before.map(|before| format!("1 {before}{mark} 2"));
                for inside in inside.iter().chain(&held) {
                    let source = format!("\\begin{{{table}}} {inside} \\end{{{table}}}");
                    let made = mathml(&source, true);
                    let cells = made.as_ref().map_or(2, |made| made.matches("<mtd").count());
                    assert!(mark != "&" || cells == 2, "{source} loses a cell");
                }
            }
        }
    }

    #[test]
    fn faults_have_a_place() {
        for (source, place) in [("a \\frob b", 2..7), ("\\frac{a}{", 9..9), ("a & b", 2..3)] {
            let fault = mathml(source, false)
                .err()
                .unwrap_or_else(|| panic!("{source}"));
            assert_eq!(fault.place, place, "{source}: {}", fault.message);
        }
    }
}
