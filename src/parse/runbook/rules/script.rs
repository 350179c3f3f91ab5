//! Shell text, seen from afar: its simple commands, and the variables it names.
//!
//! No shell is parsed here. What these functions say is good enough for advice, and for nothing else.

use std::ops::Range;

/// The simple commands of a shell text, each with single spaces: cut at line ends, `;`, `&&`, `||`
/// and `|`, without comments and without words such as `if` and `!` at their front.
pub(super) fn commands(script: &str) -> Vec<String> {
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    let parts = lines
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split([';', '|', '&']));
    let found = parts.map(|part| {
        let mut words = part.split_whitespace().peekable();
        while words.next_if(|word| FRONT.contains(word)).is_some() {}
        words.collect::<Vec<_>>().join(" ")
    });
    found.filter(|command| !command.is_empty()).collect()
}

/// Words of the shell's own that may stand before a command.
const FRONT: [&str; 11] = [
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "(", "time",
];

/// The variables that a shell text uses, with the place of each name: what follows `$` or `${`.
pub(super) fn variables(script: &str) -> Vec<(Range<usize>, &str)> {
    let starts = script.match_indices('$').map(|(at, _)| {
        let braced = script[at + 1..].starts_with('{');
        at + 1 + usize::from(braced)
    });
    let names = starts.map(|start| {
        let rest = &script[start..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        (start..start + name.len(), name)
    });
    names
        .filter(|(_, name)| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .collect()
}

/// Whether a shell text uses a variable.
pub(super) fn uses(script: &str, name: &str) -> bool {
    variables(script).iter().any(|(_, used)| *used == name)
}

/// Whether a shell text gives a variable a value itself.
pub(super) fn assigns(script: &str, name: &str) -> bool {
    let assigned = script.match_indices(name).any(|(at, _)| {
        let before = script[..at].chars().next_back();
        let after = script[at + name.len()..].chars().next();
        let whole = before.is_none_or(|c| !c.is_ascii_alphanumeric() && !"_$-{".contains(c));
        whole && matches!(after, Some('=' | '+'))
    });
    let read =
        |words: &[&str]| ["for", "read", "mapfile"].contains(&words[0]) && words.contains(&name);
    let by_word = script.lines().any(|line| {
        let words: Vec<&str> = line
            .split([' ', ';', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        (0..words.len()).any(|at| read(&words[at..]))
    });
    assigned || by_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_cut_where_the_shell_would_begin_a_new_one() {
        for (script, expected) in [
            ("git push origin  main", vec!["git push origin main"]),
            ("a && b || c; d | e", vec!["a", "b", "c", "d", "e"]),
            (
                "if ! npm view x; then\n  exit 1\nfi",
                vec!["npm view x", "exit 1", "fi"],
            ),
            ("# git push\na \\\n  b", vec!["a b"]),
        ] {
            assert_eq!(commands(script), expected, "{script}");
        }
    }

    #[test]
    fn variables_are_what_follows_a_dollar() {
        let found = variables("x \"$A\" ${B:-c} $1 $$ $(date)");
        assert_eq!(found, [(4..5, "A"), (9..10, "B")]);
    }

    #[test]
    fn a_variable_can_come_from_the_text_itself() {
        for (script, name, expected) in [
            ("A=1; echo $A", "A", true),
            ("for region in eu us; do echo $region; done", "region", true),
            ("while read -r name; do echo $name; done", "name", true),
            ("git log --A=1 $A", "A", false), // an option, not a variable
            ("echo \"$A=1\"", "A", false),
        ] {
            assert_eq!(assigns(script, name), expected, "{script}");
        }
    }
}
