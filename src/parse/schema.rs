//! JSON Schema (draft 2020-12) of a [`Shape`], for editors.
//!
//! A schema never refuses what the reader accepts. What needs the whole file, such as the name of an
//! earlier step, is left to `check`.

use crate::parse::shape::{Holds, Key, Names, Shape};
use serde_json::{Map, Value, json};

/// The schema of a file that holds one mapping of this shape.
pub(crate) fn json_schema(shape: &'static Shape, title: &str) -> Value {
    let mut definitions = Map::new();
    define(shape, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$ref": format!("#/$defs/{}", shape.name),
        "$defs": definitions,
    })
}

/// Adds a shape and all that it can hold.
fn define(shape: &'static Shape, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(shape.name) {
        return;
    }
    // The place is taken first: shapes can hold themselves.
    definitions.insert(shape.name.to_owned(), Value::Null);
    let needed = shape.keys().filter(|key| key.required);
    let needed: Vec<&str> = needed.map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties(shape.keys(), definitions),
        "patternProperties": { "^x-": true },
        "additionalProperties": false,
    });
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    if !shape.one_of.is_empty() {
        let choice = |key: &&str| {
            let mut choice = json!({ "required": [key] });
            // A key that another one brings along is no choice of its own beside that.
            if let Some((with, _)) = shape.with.iter().find(|(_, brought)| brought == key) {
                choice["not"] = json!({ "required": [with] });
            }
            choice
        };
        schema["oneOf"] = shape.one_of.iter().map(choice).collect();
    }
    for (key, _) in shape.with {
        let others = shape.with.iter().filter(|(with, _)| with == key);
        let others: Vec<&str> = others.map(|(_, other)| *other).collect();
        schema["dependentRequired"][key] = json!(others);
    }
    definitions.insert(shape.name.to_owned(), schema);
}

/// What may stand behind each of these keys.
fn properties<'k>(
    keys: impl Iterator<Item = &'k Key>,
    definitions: &mut Map<String, Value>,
) -> Map<String, Value> {
    let property = |key: &Key| {
        let mut held = holds(&key.holds, definitions);
        held["description"] = json!(key.doc);
        (key.name.to_owned(), held)
    };
    keys.map(property).collect()
}

/// What may stand behind a key.
fn holds(holds: &Holds, definitions: &mut Map<String, Value>) -> Value {
    match holds {
        Holds::Text => text(),
        Holds::Constant => constant(),
        Holds::Items => {
            json!({ "type": ["string", "number", "boolean"], "not": { "type": "string", "pattern": NO_ITEM } })
        }
        Holds::Constants => one_or_many(constant()),
        Holds::Templates => one_or_many(text()),
        Holds::Script => json!({ "type": "string", "not": { "pattern": HOLE } }),
        Holds::Condition => json!({ "type": ["string", "boolean"] }),
        Holds::Program => json!({ "type": "array", "items": text(), "minItems": 1 }),
        Holds::Word(words) => json!({ "enum": words }),
        Holds::Words(words) => one_or_many(json!({ "enum": words })),
        Holds::Flag => json!({ "enum": [true, false, "true", "false"] }),
        Holds::Whole(i64::MIN) => {
            json!({ "type": ["integer", "string"], "pattern": "^[+-]?[0-9]+$" })
        }
        Holds::Whole(least) => {
            json!({ "type": ["integer", "string"], "minimum": least, "pattern": "^[0-9]+$" })
        }
        Holds::Number => json!({ "type": ["number", "string"], "pattern": "^[0-9.]+$" }),
        Holds::ExitCodes => one_or_many(
            json!({ "type": ["integer", "string"], "minimum": 1, "maximum": 255, "pattern": "^[0-9]+$" }),
        ),
        Holds::Time => matching(TIME),
        Holds::TimeTemplate => json!({ "anyOf": [matching(TIME), matching(HOLE)] }),
        Holds::Date => matching(DATE),
        Holds::Version => matching(r"^[0-9]+\.[0-9]+\.[0-9]+([-+].+)?$"),
        Holds::VersionRange => json!({ "type": ["string", "number"], "pattern": "[0-9*]" }),
        Holds::Name => matching("^[a-z][a-z0-9_]*$"),
        Holds::Id => matching("^[a-z][a-z0-9-]*$"),
        Holds::Format => json!({ "enum": [1, "1"] }),
        Holds::One(shape) => reference(shape, definitions),
        Holds::Many(shape) => json!({ "type": "array", "items": reference(shape, definitions) }),
        Holds::OneOrMany(shape) => one_or_many(reference(shape, definitions)),
        Holds::List(inner) => json!({ "type": "array", "items": self::holds(inner, definitions) }),
        Holds::Either(choices) => {
            let choices = choices.iter().map(|inner| self::holds(inner, definitions));
            json!({ "anyOf": choices.collect::<Vec<_>>() })
        }
        Holds::Named(names, inner) => json!({
            "type": "object",
            "propertyNames": { "pattern": pattern(names) },
            "additionalProperties": self::holds(inner, definitions),
        }),
        Holds::NamedBeside(keys, names, inner) => json!({
            "type": "object",
            "properties": properties(keys.iter(), definitions),
            "propertyNames": { "pattern": pattern(names) },
            "additionalProperties": self::holds(inner, definitions),
        }),
    }
}

/// `${{`, where nothing fills it.
const HOLE: &str = r"\$\{\{";
/// `${{` that begins something else than `${{ each.NAME }}`.
const NO_ITEM: &str = r"\$\{\{(?!\s*each\.[A-Za-z0-9_]+\s*\}\})";
/// A time as jiff reads it: `1h 30m`, `90 minutes`, `1:30:00`, `PT90M`; not below nothing. What
/// follows the first part is left to the reader.
const TIME: &str = r"^\s*\+?(PT?[0-9]|[0-9]+:[0-9]|[0-9][0-9.,]*\s*(h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|msecs?|milli[a-z]*|us|µs|usecs?|micro[a-z]*|ns|nsecs?|nano[a-z]*)(?![A-Za-zµ]))";
const DATE: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// YAML's own types do not count: `1.10` is a text where a text is wanted.
fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn constant() -> Value {
    json!({ "type": ["string", "number", "boolean"], "not": { "type": "string", "pattern": HOLE } })
}

fn matching(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn one_or_many(one: Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one }] })
}

fn pattern(names: &Names) -> &'static str {
    match names {
        Names::Lower => "^[a-z][a-z0-9_]*$",
        Names::Variables => "^[A-Za-z_][A-Za-z0-9_]*$",
        Names::Free => ".",
    }
}

fn reference(shape: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    define(shape, definitions);
    json!({ "$ref": format!("#/$defs/{}", shape.name) })
}
