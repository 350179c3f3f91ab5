//! Values: what people give, what steps hand on, and where texts use them.

use crate::exec::plan::paths;
use crate::exec::plan::{Command, Condition, Each, Field, Piece, Plan, Step, Text};
use crate::exec::state::condition;
use crate::exec::state::outline;
use crate::exec::state::{Progress, RunState, StepState};
use crate::model::runbook::ValueKind;
use crate::model::value_path::{RunValue, StepValue, ValuePath};
use std::collections::BTreeMap;

/// The values that texts of a run can use.
pub struct Values<'r> {
    /// As it is by now, if a person changed it.
    pub plan: &'r Plan,
    /// What happened so far.
    pub state: &'r RunState,
    /// The run's id; empty before there is a run.
    pub run: &'r str,
    /// The hash of the journal's last line.
    pub head: &'r str,
    /// The path of the step that uses them, or nothing for the run as a whole.
    pub at: &'r str,
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

    /// A text with what is known filled in; the other holes stay as their author wrote them.
    pub fn so_far(&self, text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(path) => self
                .get(path)
                .unwrap_or_else(|| format!("${{{{ {path} }}}}")),
        };
        text.0.iter().map(piece).collect()
    }

    /// A command with what is known filled in, on as many lines as it was written.
    pub fn command_text(&self, command: &Command) -> String {
        match command {
            Command::Shell { script, .. } => script.clone(),
            Command::Program(items) => {
                let items: Vec<String> = items.iter().map(|item| self.so_far(item)).collect();
                items.join(" ")
            }
        }
    }

    /// The values of a text that are not known.
    pub fn unknown<'t>(&self, text: &'t Text) -> Vec<&'t ValuePath> {
        let value = |piece: &'t Piece| match piece {
            Piece::Value(path) => Some(path),
            Piece::Text(_) => None,
        };
        let paths = text.0.iter().filter_map(value);
        paths.filter(|path| self.get(path).is_none()).collect()
    }

    /// What a loop goes through, each once.
    pub fn items(&self, each: &Each) -> Vec<String> {
        let all: Vec<String> = match each.items.as_slice() {
            [list] if is_list(list) => {
                let text = self.fill(list);
                let items = text.split(SEPARATORS).map(str::trim);
                items
                    .filter(|item| !item.is_empty())
                    .map(str::to_owned)
                    .collect()
            }
            texts => texts.iter().map(|text| self.fill(text)).collect(),
        };
        let mut items: Vec<String> = Vec::new();
        for item in all {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        items
    }

    /// Whether a condition holds; `json` is what a command said.
    pub fn holds(&self, condition: &Condition, json: Option<&serde_json::Value>) -> bool {
        let value = |text: &Text| match text.0.as_slice() {
            // A value that is not there is no empty text.
            [Piece::Value(path)] => self.get(path),
            _ => Some(self.fill(text)),
        };
        condition::holds(condition, &value, json)
    }

    fn get(&self, path: &ValuePath) -> Option<String> {
        match path {
            ValuePath::Param(name) => self.plan.params.text(name).map(str::to_owned),
            ValuePath::Step { id, value } => self.of_step(id, value),
            ValuePath::Run(value) => self.of_run(*value),
            // Items are filled in before a step begins; the rest is in no plan.
            ValuePath::Each(_)
            | ValuePath::Json(_)
            | ValuePath::UnknownOfParam { .. }
            | ValuePath::UnknownOfRun(_)
            | ValuePath::Data(_)
            | ValuePath::Unknown(_) => None,
        }
    }

    fn of_run(&self, value: RunValue) -> Option<String> {
        // Before there is a run there is no id.
        let begun = |text: String| (!self.run.is_empty()).then_some(text);
        match value {
            RunValue::Id => begun(self.run.to_owned()),
            RunValue::Head => begun(self.head.to_owned()),
            RunValue::Report => begun(format!("runbook report {}", self.run)),
            RunValue::Initiator => Some(self.plan.initiator.clone()),
            RunValue::Target => Some(self.plan.target.clone()),
            RunValue::Project => Some(self.plan.project.clone()),
            RunValue::Incident => self.plan.incident.clone(),
            RunValue::Ticket => self.plan.ticket.clone(),
            RunValue::FailedStep => self.state.failed_step.clone(),
        }
    }

    fn of_step(&self, id: &str, value: &StepValue) -> Option<String> {
        let found = self.same(id);
        let all = |is: fn(&Progress) -> bool| found.iter().all(|step| is(&step.progress));
        let any = |is: fn(&Progress) -> bool| found.iter().any(|step| is(&step.progress));
        if let StepValue::Begun = value {
            return Some(any(|progress| *progress != Progress::Skipped).to_string());
        }
        let last = found.last()?;
        match value {
            StepValue::Ok => {
                let ok = all(|progress| {
                    matches!(
                        progress,
                        Progress::Done | Progress::NotNeeded | Progress::Skipped
                    )
                });
                let left_out = all(|progress| *progress == Progress::Skipped);
                Some((ok && !left_out).to_string())
            }
            StepValue::Warned => Some(any(|progress| *progress == Progress::Warned).to_string()),
            StepValue::Skipped => Some(all(|progress| *progress == Progress::Skipped).to_string()),
            StepValue::Output(name) => last.outputs.get(name).cloned(),
            StepValue::Field(name) => last.fields.get(name).cloned(),
            StepValue::Choice => last.choice.clone(),
            StepValue::Exit => last.exit.map(|code| code.to_string()),
            StepValue::Begun | StepValue::Unknown(_) => None,
        }
    }

    /// What is known of a step, seen from where the values are used: of the step itself this
    /// round, of others the last one; inside a loop, for the same item. Of a call, a parallel
    /// block or a whole loop it is what is known of each step inside. In the order of happening.
    fn same(&self, id: &str) -> Vec<&StepState> {
        if paths::base(self.at) == id {
            return self.state.steps.get(self.at).into_iter().collect();
        }
        let shared = self.shared_loops(id);
        let here = paths::items(self.at);
        let mut last: BTreeMap<(String, Vec<String>), &StepState> = BTreeMap::new();
        for (path, found) in &self.state.steps {
            let base = paths::base(path);
            let items = paths::items(path);
            let meant = self.is_in(&base, id) && found.progress != Progress::Open;
            let same_items = here.iter().zip(&items).take(shared).all(|(a, b)| a == b);
            if !meant || !same_items {
                continue;
            }
            let known = last.entry((base, items)).or_insert(found);
            if known.touched < found.touched {
                *known = found;
            }
        }
        let mut found: Vec<&StepState> = last.into_values().collect();
        found.sort_by_key(|step| step.touched);
        found
    }

    /// Whether a step is another one, or stands inside it.
    fn is_in(&self, id: &str, outer: &str) -> bool {
        fn inside(step: &Step, id: &str) -> bool {
            step.id == id || step.children().iter().any(|child| inside(child, id))
        }
        id == outer || self.plan.step(outer).is_some_and(|step| inside(step, id))
    }

    /// How many loops stand around both a step and the place where the values are used.
    fn shared_loops(&self, id: &str) -> usize {
        let here = outline::loops(self.plan, &paths::base(self.at));
        let there = outline::loops(self.plan, id);
        here.iter().zip(&there).take_while(|(a, b)| a == b).count()
    }
}

/// What separates the items of a list in one text.
const SEPARATORS: [char; 2] = [',', '\n'];

/// Whether a text is a list: a value or a text that stands alone, or several values with nothing but
/// separators between them.
fn is_list(text: &Text) -> bool {
    let is_between = |piece: &Piece| match piece {
        Piece::Value(_) => true,
        Piece::Text(text) => text.split(SEPARATORS).all(|part| part.trim().is_empty()),
    };
    text.0.len() == 1 || text.0.iter().all(is_between)
}

/// Whether a value fits its field; otherwise what it has to be.
///
/// # Errors
/// The end of the sentence "this has to be …".
pub fn fits(field: &Field, value: &str) -> Result<(), String> {
    if value.contains('\0') {
        return Err("a text without zero bytes".to_owned());
    }
    if field.kind != ValueKind::Text && value.contains('\n') {
        return Err("a single line".to_owned());
    }
    let typed = match field.kind {
        ValueKind::Int => fits_number(field, value),
        ValueKind::Bool => ["true", "false"]
            .contains(&value)
            .then_some(())
            .ok_or("`true` or `false`".to_owned()),
        ValueKind::Semver => semver::Version::parse(value)
            .map(drop)
            .map_err(|_| "a version such as `1.2.3`".to_owned()),
        ValueKind::Duration => value
            .parse::<jiff::SignedDuration>()
            .map(drop)
            .map_err(|_| "a time such as `10m`".to_owned()),
        ValueKind::Date => value
            .parse::<jiff::civil::Date>()
            .map(drop)
            .map_err(|_| "a date such as `2026-11-20`".to_owned()),
        ValueKind::Enum => field
            .values
            .iter()
            .any(|known| known == value)
            .then_some(())
            .ok_or_else(|| format!("one of: {}", field.values.join(", "))),
        ValueKind::String | ValueKind::Text | ValueKind::Secret => Ok(()),
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
    let found = output_lines(text)
        .map(|line| output(fields, line))
        .collect::<Result<BTreeMap<_, _>, _>>()?;
    match fields.iter().find(|field| !found.contains_key(&field.name)) {
        Some(missing) => Err(format!(
            "the output `{}` was not written to $RB_OUTPUT",
            missing.name
        )),
        None => Ok(found),
    }
}

/// The outputs that can be taken from a step that did not end well: it may have made something whose
/// name its undo needs.
pub fn outputs_so_far(fields: &[Field], text: &str) -> BTreeMap<String, String> {
    let lines = output_lines(text);
    lines.filter_map(|line| output(fields, line).ok()).collect()
}

fn output_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty())
}

fn output(fields: &[Field], line: &str) -> Result<(String, String), String> {
    let (name, value) = line
        .split_once('=')
        .ok_or_else(|| format!("the output line `{line}` is not `name=value`"))?;
    let field = fields
        .iter()
        .find(|field| field.name == name)
        .ok_or_else(|| format!("the output `{name}` is not declared"))?;
    fits(field, value).map_err(|expected| format!("the output `{name}` has to be {expected}"))?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: &str) -> Field {
        Field {
            name: "x".to_owned(),
            kind: ValueKind::from_word(kind).expect("a type"),
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
