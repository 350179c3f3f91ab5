//! Calls: the steps of a called runbook become steps of the run, with paths such as `ship/tag`.
//!
//! A call is resolved when the plan is frozen, so that a run knows all its steps before the first.
//! The called runbook's params are replaced by what `with` gives, and its outputs by the values of
//! its own steps.

use crate::exec::plan::{Command, Kind, Piece, RoleRule, Step, Text, Undo};
use std::collections::BTreeMap;

/// Where a runbook's texts are used: at the top, or inside a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// What step ids begin with: empty, or the path of the call and `/`.
    pub(super) prefix: String,
    /// What the params stand for; nothing at the top, where they have values.
    pub(super) params: Option<BTreeMap<String, Text>>,
    /// The outputs of calls made so far, by the call's id.
    pub(super) calls: BTreeMap<String, BTreeMap<String, Text>>,
}

impl Frame {
    /// A text as it is to be used in the run.
    pub(super) fn text(&self, text: &Text) -> Text {
        Text(text.0.iter().flat_map(|piece| self.piece(piece)).collect())
    }

    fn piece(&self, piece: &Piece) -> Vec<Piece> {
        let Piece::Value(path) = piece else {
            return vec![piece.clone()];
        };
        let parts: Vec<&str> = path.splitn(3, '.').collect();
        match (parts.as_slice(), &self.params) {
            (["params", name], Some(params)) => params
                .get(*name)
                .map_or_else(Vec::new, |text| text.0.clone()),
            (["steps", id, rest], _) => match self.calls.get(*id) {
                Some(outputs) => rest
                    .strip_prefix("outputs.")
                    .and_then(|name| outputs.get(name))
                    .map_or_else(Vec::new, |text| text.0.clone()),
                None => vec![Piece::Value(format!("steps.{}{id}.{rest}", self.prefix))],
            },
            _ => vec![piece.clone()],
        }
    }

    fn texts(&self, texts: &mut BTreeMap<String, Text>) {
        texts.values_mut().for_each(|text| *text = self.text(text));
    }

    fn command(&self, command: &mut Command) {
        if let Command::Program(items) = command {
            items.iter_mut().for_each(|item| *item = self.text(item));
        }
    }

    /// Puts a step into its place in the run.
    pub(super) fn place(&self, mut step: Step) -> Step {
        step.id = format!("{}{}", self.prefix, step.id);
        self.texts(&mut step.env);
        step.role = step.role.as_ref().map(|role| self.role(role));
        step.confirm = step.confirm.as_ref().map(|confirm| self.text(confirm));
        match &mut step.kind {
            Kind::Command(command) | Kind::Check(command) => self.command(command),
            Kind::Approve { role, text, .. } => {
                *role = self.role(role);
                *text = self.text(text);
            }
            Kind::Notify { text, .. } => *text = self.text(text),
            Kind::Manual { .. } | Kind::Decide { .. } => {}
        }
        if let Some(verify) = &mut step.verify {
            self.command(&mut verify.command);
            self.texts(&mut verify.env);
        }
        if let Some(Undo::Command { command, env, .. }) = &mut step.undo {
            self.command(command);
            self.texts(env);
        }
        step
    }

    /// The name of a role rule in the run.
    pub(super) fn role(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The role rules of a runbook under their names in the run.
    pub(super) fn roles(&self, rules: BTreeMap<String, RoleRule>) -> BTreeMap<String, RoleRule> {
        rules
            .into_iter()
            .map(|(name, rule)| (self.role(&name), rule))
            .collect()
    }
}
