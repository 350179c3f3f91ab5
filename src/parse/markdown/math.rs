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
}

/// A formula as MathML.
pub(super) fn mathml(source: &str, block: bool) -> Result<String, Fault> {
    let display = match block {
        true => MathDisplay::Block,
        false => MathDisplay::Inline,
    };
    match CONVERTER.convert_with_local_state(source, display) {
        Ok(markup) => Ok(without_style(&markup.mathml)),
        Err(fault) => Err(Fault {
            message: message(&fault.error_message()),
            place: fault.0,
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
    fn faults_have_a_place() {
        for (source, place) in [("a \\frob b", 2..7), ("\\frac{a}{", 9..9), ("a & b", 2..3)] {
            let fault = mathml(source, false)
                .err()
                .unwrap_or_else(|| panic!("{source}"));
            assert_eq!(fault.place, place, "{source}: {}", fault.message);
        }
    }
}
