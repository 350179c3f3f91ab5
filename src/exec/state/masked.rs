//! Whether a text that was written down with its secrets masked can be this one.

use crate::exec::plan::Plan;
use crate::exec::record::event::MASK;

/// Whether `written` is `text`, or is it with parts masked, where the plan has secrets at all.
pub(super) fn is_masked(plan: &Plan, written: &str, text: &str) -> bool {
    written == text || (!plan.secrets.is_empty() && written.contains(MASK) && fits(written, text))
}

/// Whether a text is another one with parts masked.
fn fits(written: &str, text: &str) -> bool {
    let mut parts = written.split(MASK);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some(at) = rest.find(before) else {
                return false;
            };
            rest = &rest[at + before.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_text_is_one_with_something_in_the_place_of_each_mask() {
        for (written, text, is_it) in [
            ("Ship (secret) now", "Ship it now", true),
            ("(secret)", "", true),
            ("a(secret)b(secret)c", "a1b2b3c", true),
            ("a(secret)b(secret)c", "a1c", false),
            ("Ship (secret) now", "Ship it", false),
            ("Ship", "Ship it", false),
        ] {
            assert_eq!(fits(written, text), is_it, "{written} {text}");
        }
    }
}
