//! Values: what people give, what steps hand on, and where texts use them.

use crate::exec::plan::{Field, Piece, Plan, Text};
use crate::exec::state::RunState;
use std::collections::BTreeMap;

/// An output may be this long, in bytes.
const LONGEST_OUTPUT: u64 = 64 * 1024;

/// The values that texts of a run can use.
pub struct Values<'r> {
    /// The plan.
    pub plan: &'r Plan,
    /// What happened so far.
    pub state: &'r RunState,
    /// The run's id.
    pub run: &'r str,
    /// The hash of the journal's last line.
    pub head: &'r str,
}

impl Values<'_> {
    /// A text with its holes filled; a value that is not there is empty.
    pub fn fill(&self, text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(path) => self.get(path).unwrap_or_default(),
        };
        text.0.iter().map(piece).collect()
    }

    /// The values of an environment.
    pub fn env(&self, env: &BTreeMap<String, Text>) -> BTreeMap<String, String> {
        env.iter()
            .map(|(name, text)| (name.clone(), self.fill(text)))
            .collect()
    }

    fn get(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            ["params", name] => self.plan.params.get(*name).cloned(),
            ["steps", id, rest @ ..] => self.of_step(id, rest),
            ["run", "id"] => Some(self.run.to_owned()),
            ["run", "head"] => Some(self.head.to_owned()),
            ["run", "initiator"] => Some(self.plan.initiator.clone()),
            ["run", "target"] => Some(self.plan.target.clone()),
            ["run", "project"] => Some(self.plan.project.clone()),
            _ => None,
        }
    }

    fn of_step(&self, id: &str, rest: &[&str]) -> Option<String> {
        let step = self.state.steps.get(id)?;
        match rest {
            ["outputs", name] => step.outputs.get(*name).cloned(),
            ["fields", name] => step.fields.get(*name).cloned(),
            ["choice"] => step.choice.clone(),
            ["exit"] => step.exit.map(|code| code.to_string()),
            _ => None,
        }
    }
}

/// Whether a value fits its field; otherwise what it has to be.
///
/// # Errors
/// The end of the sentence "this has to be …".
pub fn fits(field: &Field, value: &str) -> Result<(), String> {
    if value.contains('\0') {
        return Err("a text without zero bytes".to_owned());
    }
    if field.kind != "text" && value.contains('\n') {
        return Err("a single line".to_owned());
    }
    let typed = match field.kind.as_str() {
        "int" => fits_number(field, value),
        "bool" => ["true", "false"]
            .contains(&value)
            .then_some(())
            .ok_or("`true` or `false`".to_owned()),
        "semver" => semver::Version::parse(value)
            .map(drop)
            .map_err(|_| "a version such as `1.2.3`".to_owned()),
        "duration" => value
            .parse::<jiff::SignedDuration>()
            .map(drop)
            .map_err(|_| "a time such as `10m`".to_owned()),
        "date" => value
            .parse::<jiff::civil::Date>()
            .map(drop)
            .map_err(|_| "a date such as `2026-11-20`".to_owned()),
        "enum" => field
            .values
            .iter()
            .any(|known| known == value)
            .then_some(())
            .ok_or_else(|| format!("one of: {}", field.values.join(", "))),
        _ => Ok(()),
    };
    typed?;
    match &field.pattern {
        Some(pattern) if !matches(pattern, value) => {
            Err(format!("a text that `{pattern}` matches as a whole"))
        }
        _ => Ok(()),
    }
}

fn fits_number(field: &Field, value: &str) -> Result<(), String> {
    let number: i64 = value.parse().map_err(|_| "a whole number".to_owned())?;
    match (field.min, field.max) {
        (Some(min), _) if number < min => Err(format!("a number from {min} on")),
        (_, Some(max)) if number > max => Err(format!("a number up to {max}")),
        _ => Ok(()),
    }
}

fn matches(pattern: &str, value: &str) -> bool {
    regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(value))
}

/// Reads the outputs that a step wrote as `name=value` lines.
///
/// # Errors
/// Why the step's word cannot be taken.
pub fn outputs(fields: &[Field], text: &str) -> Result<BTreeMap<String, String>, String> {
    if text.len() as u64 > LONGEST_OUTPUT {
        return Err(format!(
            "the outputs are longer than {LONGEST_OUTPUT} bytes"
        ));
    }
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| format!("the output line `{line}` is not `name=value`"))?;
        let field = fields
            .iter()
            .find(|field| field.name == name)
            .ok_or_else(|| format!("the output `{name}` is not declared"))?;
        fits(field, value)
            .map_err(|expected| format!("the output `{name}` has to be {expected}"))?;
        found.insert(name.to_owned(), value.to_owned());
    }
    match fields.iter().find(|field| !found.contains_key(&field.name)) {
        Some(missing) => Err(format!(
            "the output `{}` was not written to $RB_OUTPUT",
            missing.name
        )),
        None => Ok(found),
    }
}

/// A text for a terminal: control characters, which could move the cursor or change the title,
/// are shown as a sign.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: &str) -> Field {
        Field {
            name: "x".to_owned(),
            kind: kind.to_owned(),
            ask: None,
            pattern: None,
            min: Some(1),
            max: Some(9),
            values: vec!["a".to_owned()],
        }
    }

    #[test]
    fn values_are_judged_by_their_type() {
        for (kind, good, bad) in [
            ("int", "5", "10"),
            ("int", "1", "one"),
            ("bool", "true", "yes"),
            ("semver", "1.2.3", "1.2"),
            ("duration", "10m", "soon"),
            ("date", "2026-11-20", "20.11."),
            ("enum", "a", "b"),
            ("string", "one line", "two\nlines"),
            ("text", "two\nlines", "zero\0byte"),
        ] {
            assert!(fits(&field(kind), good).is_ok(), "{kind} {good}");
            assert!(fits(&field(kind), bad).is_err(), "{kind} {bad}");
        }
    }

    #[test]
    fn a_pattern_matches_the_whole_value() {
        let field = Field {
            pattern: Some("[a-z]+|x1".to_owned()),
            ..field("string")
        };
        assert!(fits(&field, "abc").is_ok());
        assert!(fits(&field, "abc; rm").is_err());
        assert!(fits(&field, "x1y").is_err());
    }

    #[test]
    fn outputs_are_declared_and_complete() {
        let fields = [field("int")];
        assert_eq!(outputs(&fields, "x=5\n").expect("it fits")["x"], "5");
        for text in ["", "y=5\n", "x=50\n", "x\n"] {
            assert!(outputs(&fields, text).is_err(), "{text:?}");
        }
    }
}
