//! `data/*.yaml` to [`Data`]: every single value, whatever the file is about.

use crate::diag::Diagnostics;
use crate::model::data::Data;
use crate::parse::yaml::{self, Node, Value};
use crate::source::{SourceId, Spanned};

/// Adds the values of a data file to `data`. What is wrong with its YAML is said by
/// [`policy::parse`](crate::parse::policy::parse), which reads the same files.
pub fn parse(name: &str, source: SourceId, text: &str, data: &mut Data) {
    let stem = name.trim_end_matches(".yaml");
    if let Some(root) = yaml::parse(source, text, 0..text.len(), &mut Diagnostics::default()) {
        add(stem.to_owned(), &root, data);
    }
}

fn add(path: String, node: &Node, data: &mut Data) {
    match &node.value {
        Value::Scalar { text, .. } => data.set(path, Spanned::new(text.clone(), node.span)),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                add(format!("{path}.{index}"), item, data);
            }
        }
        Value::Map(entries) => {
            for (key, value) in entries {
                add(format!("{path}.{}", key.text), value, data);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn values_keep_the_form_they_were_written_in() {
        let text = "coverage: 90\nnode:\n  from: 1.10\nteams: [a, b]\n";
        let mut sources = Sources::default();
        let id = sources.add("data/metrics.yaml", text.to_owned());
        let mut data = Data::default();
        parse("metrics.yaml", id, text, &mut data);
        for (path, expected) in [
            ("metrics.coverage", Some("90")),
            ("metrics.node.from", Some("1.10")), // no number: it keeps its zero
            ("metrics.teams.1", Some("b")),
            ("metrics.node", None), // no single value
        ] {
            let found = data.get(path);
            assert_eq!(found.map(|value| value.value.as_str()), expected, "{path}");
            if let Some(value) = found {
                assert_eq!(sources.slice(value.span), value.value);
            }
        }
    }
}
