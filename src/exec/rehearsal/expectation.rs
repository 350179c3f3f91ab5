//! What was to happen against what happened.

use crate::model::rehearsal::{Expected, Stretch};

/// What came of a case.
pub(super) struct Happened {
    /// The exit code.
    pub(super) exit: i32,
    /// What happened, in order.
    pub(super) path: Vec<String>,
    /// The steps whose effect remains, sorted.
    pub(super) effects: Vec<String>,
    /// Outputs as `STEP.NAME`, in order.
    pub(super) outputs: Vec<(String, String)>,
}

/// What differs, a line each.
pub(super) fn problems(expected: &Expected, happened: &Happened) -> Vec<String> {
    let mut problems = Vec::new();
    if happened.exit != expected.exit.value {
        problems.push(format!(
            "exit: expected {}, got {}",
            expected.exit.value, happened.exit
        ));
    }
    if let Some(path) = &expected.path {
        problems.extend(compare(path, &happened.path));
    }
    if let Some(effects) = &expected.effects {
        let mut wanted: Vec<&str> = effects.iter().map(|step| step.value.as_str()).collect();
        wanted.sort_unstable();
        if wanted != happened.effects {
            problems.push(format!(
                "effects: expected {}, remaining are {}",
                listed(&wanted),
                listed(&happened.effects)
            ));
        }
    }
    for (name, wanted) in &expected.outputs {
        let found = happened
            .outputs
            .iter()
            .rev()
            .find(|(output, _)| output == name);
        match found {
            Some((_, value)) if *value == wanted.value => {}
            Some((_, value)) => problems.push(format!(
                "output {name}: expected `{}`, got `{value}`",
                wanted.value
            )),
            None => problems.push(format!("output {name}: it was not set")),
        }
    }
    problems
}

fn listed(words: &[impl AsRef<str>]) -> String {
    match words.is_empty() {
        true => "none".to_owned(),
        false => words
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Where the path leaves the expected one; nothing if it does not.
fn compare(path: &[Stretch], happened: &[String]) -> Vec<String> {
    let mut furthest = (0, 0);
    if follows(path, happened, (0, 0), &mut furthest) {
        return Vec::new();
    }
    let (at, reached) = furthest;
    let wanted = match path.get(reached) {
        Some(Stretch::Entry(entry)) => format!("`{}`", entry.value),
        Some(Stretch::AnyOrder(entries)) => {
            let words: Vec<&str> = entries.iter().map(|entry| entry.value.as_str()).collect();
            format!("in any order: {}", words.join(", "))
        }
        Some(Stretch::Anything) | None => "nothing more".to_owned(),
    };
    let found = match happened.get(at) {
        Some(entry) => format!("`{entry}`"),
        None => "nothing more".to_owned(),
    };
    let before = match at.checked_sub(1).and_then(|before| happened.get(before)) {
        Some(entry) => format!("after `{entry}`"),
        None => "at the start".to_owned(),
    };
    vec![
        format!("path: {before} expected {wanted}, and {found} happened"),
        format!("what happened: {}", listed(happened)),
    ]
}

/// Whether what happened follows the path. `furthest` is the place of the first difference of the
/// attempt that came furthest: in what happened, and in the path.
fn follows(
    path: &[Stretch],
    happened: &[String],
    (at, reached): (usize, usize),
    furthest: &mut (usize, usize),
) -> bool {
    let rest = &happened[at..];
    let next = path.get(reached);
    if !matches!(next, Some(Stretch::Anything)) {
        *furthest = (*furthest).max((at, reached));
    }
    match next {
        None => rest.is_empty(),
        Some(Stretch::Entry(entry)) => {
            rest.first() == Some(&entry.value)
                && follows(path, happened, (at + 1, reached + 1), furthest)
        }
        Some(Stretch::AnyOrder(entries)) => {
            let mut wanted: Vec<&String> = entries.iter().map(|entry| &entry.value).collect();
            let mut found: Vec<&String> = rest.iter().take(wanted.len()).collect();
            wanted.sort_unstable();
            found.sort_unstable();
            wanted == found && follows(path, happened, (at + entries.len(), reached + 1), furthest)
        }
        Some(Stretch::Anything) => {
            (at..=happened.len()).any(|at| follows(path, happened, (at, reached + 1), furthest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span, Spanned};

    #[test]
    fn a_path_is_compared_up_to_its_first_difference() {
        let mut sources = Sources::default();
        let place = Span::start_of(sources.add("t", String::new()));
        let stretch = |word: &&str| match *word {
            "..." => Stretch::Anything,
            word if word.contains('|') => Stretch::AnyOrder(
                word.split('|')
                    .map(|word| Spanned::new(word.to_owned(), place))
                    .collect(),
            ),
            word => Stretch::Entry(Spanned::new(word.to_owned(), place)),
        };
        for (path, happened, problem) in [
            (&["a", "b"][..], "a b", ""),
            (&["a", "b"], "a c", "after `a` expected `b`, and `c`"),
            (&["a"], "a b", "after `a` expected nothing more, and `b`"),
            (&["a", "b"], "a", "after `a` expected `b`, and nothing more"),
            (&["b"], "a", "at the start expected `b`, and `a`"),
            (&["...", "c", "..."], "a b c d", ""),
            (&["a", "..."], "a", ""),
            (&["...", "c"], "a b", "expected `c`, and nothing more"),
            (&["b|a", "c"], "a b c", ""),
            (
                &["b|a", "c"],
                "a c b",
                "at the start expected in any order: b, a, and `a`",
            ),
        ] {
            let path: Vec<Stretch> = path.iter().map(stretch).collect();
            let happened: Vec<String> = happened.split(' ').map(str::to_owned).collect();
            let found = compare(&path, &happened);
            assert_eq!(
                found.is_empty(),
                problem.is_empty(),
                "{happened:?}: {found:?}"
            );
            assert!(
                found.first().is_none_or(|line| line.contains(problem)),
                "{found:?}"
            );
        }
    }
}
