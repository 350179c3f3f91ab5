//! Calls: the steps of a called runbook become steps of the run, with paths such as `ship/tag`.
//!
//! A call is resolved when the plan is frozen, so that a run knows all its steps before the first.
//! The called runbook's params are replaced by what `with` gives, and its outputs by the values of
//! its own steps.

use crate::exec::plan::{Choice, Kind, Piece, RoleRule, Step, Term, Text};
use crate::model::data::Data;
use crate::model::runbook::ValueKind;
use crate::model::value_path::{StepValue, ValuePath};
use std::collections::BTreeMap;

/// Where a runbook's texts are used: at the top, or inside a call.
#[derive(Debug, Clone)]
pub(in crate::exec) struct Frame<'d> {
    /// The values of the project's data.
    pub(in crate::exec) data: &'d Data,
    /// What step ids begin with: empty, or the path of the call and `/`.
    pub(in crate::exec) prefix: String,
    /// What the params stand for; nothing at the top, where they have values.
    pub(in crate::exec) params: Option<BTreeMap<String, Text>>,
    /// The outputs of calls made so far, by the call's id.
    pub(in crate::exec) calls: BTreeMap<String, BTreeMap<String, Text>>,
}

impl<'d> Frame<'d> {
    /// The frame of the runbook that is started.
    pub(in crate::exec) fn top(data: &'d Data) -> Self {
        Self {
            data,
            prefix: String::new(),
            params: None,
            calls: BTreeMap::new(),
        }
    }

    /// The frame of a call with this id, whose params stand for these texts.
    pub(in crate::exec) fn inside(&self, id: &str, params: BTreeMap<String, Text>) -> Self {
        Self {
            data: self.data,
            prefix: format!("{}{id}/", self.prefix),
            params: Some(params),
            calls: BTreeMap::new(),
        }
    }

    /// The path of a step.
    pub(in crate::exec) fn path(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// Notes what a call hands back.
    pub(in crate::exec) fn called(&mut self, id: &str, outputs: BTreeMap<String, Text>) {
        self.calls.insert(id.to_owned(), outputs);
    }

    /// Whether the call was begun; nothing at the top.
    pub(in crate::exec) fn begun(&self) -> Option<Term> {
        let call = self.prefix.strip_suffix('/')?;
        Some(Term::Value {
            text: Text(vec![Piece::Value(ValuePath::of_step(
                call,
                StepValue::Begun,
            ))]),
            kind: ValueKind::Bool,
        })
    }

    /// A text as it is to be used in the run.
    pub(in crate::exec) fn text(&self, text: &Text) -> Text {
        Text(text.0.iter().flat_map(|piece| self.piece(piece)).collect())
    }

    fn piece(&self, piece: &Piece) -> Vec<Piece> {
        let Piece::Value(path) = piece else {
            return vec![piece.clone()];
        };
        match (path, &self.params) {
            (ValuePath::Param(name), Some(params)) => stands_for(params, name),
            (ValuePath::Step { id, value }, _) => match (self.calls.get(id), value) {
                (Some(outputs), StepValue::Output(name)) => stands_for(outputs, name),
                _ => {
                    let path = ValuePath::of_step(self.path(id), value.clone());
                    vec![Piece::Value(path)]
                }
            },
            (ValuePath::Data(path), _) => {
                let value = self.data.get(path).map(|value| value.value.clone());
                value.map(Piece::Text).into_iter().collect()
            }
            // A loop around the call may use the same name for its item.
            (ValuePath::Each(name), Some(_)) => {
                vec![Piece::Value(ValuePath::Each(self.path(name)))]
            }
            _ => vec![piece.clone()],
        }
    }

    /// Puts a step into its place in the run. Steps inside it are in theirs already.
    pub(in crate::exec) fn place(&self, mut step: Step) -> Step {
        step.id = self.path(&step.id);
        step.each_text(&mut |text| *text = self.text(text));
        if let Some(each) = &mut step.each
            && self.params.is_some()
        {
            each.name = self.path(&each.name);
        }
        step.role = step.role.as_ref().map(|role| self.role(role));
        if let Some(role) = step.skip.as_mut().and_then(|skip| skip.role.as_mut()) {
            *role = self.role(role);
        }
        match &mut step.kind {
            Kind::Approve { role, .. } if !role.is_empty() => *role = self.role(role),
            Kind::Decide { options, .. } => {
                for option in options.values_mut() {
                    if let Choice::Goto { to, .. } = option {
                        *to = self.path(to);
                    }
                }
            }
            _ => {}
        }
        step
    }

    /// The name of a role rule in the run.
    pub(in crate::exec) fn role(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The role rules of a runbook under their names in the run.
    pub(in crate::exec) fn roles(
        &self,
        rules: BTreeMap<String, RoleRule>,
    ) -> BTreeMap<String, RoleRule> {
        rules
            .into_iter()
            .map(|(name, rule)| (self.role(&name), rule))
            .collect()
    }
}

/// The pieces that a name stands for; none if it stands for nothing.
fn stands_for(texts: &BTreeMap<String, Text>, name: &str) -> Vec<Piece> {
    texts.get(name).map_or_else(Vec::new, |text| text.0.clone())
}
