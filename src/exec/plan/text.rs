//! Texts of a plan: constant, or with holes that only the run can fill.

use crate::model::item_text::stand_in;
use crate::model::value_path::{StepValue, ValuePath};
use serde::{Deserialize, Serialize};

/// Text with holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text(pub Vec<Piece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Text that stands for itself.
    Text(String),
    /// A value of the run, such as `steps.pack.outputs.tarball`.
    Value(ValuePath),
}

impl Text {
    /// A text without holes.
    pub fn of(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// The text with `‹name›` for each item of a loop that is not known. Other values have no words.
    pub(super) fn without_items(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(ValuePath::Each(name)) => {
                stand_in(name.rsplit('/').next().unwrap_or_default())
            }
            Piece::Value(_) => String::new(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Whether it uses an output, a field, a choice or the exit code of this step.
    pub fn uses(&self, step: &str) -> bool {
        let handed_on = |path: &ValuePath| match path {
            ValuePath::Step { id, value } if id == step => matches!(
                value,
                StepValue::Output(_) | StepValue::Field(_) | StepValue::Choice | StepValue::Exit
            ),
            _ => false,
        };
        let mut pieces = self.0.iter();
        pieces.any(|piece| matches!(piece, Piece::Value(path) if handed_on(path)))
    }
}

/// The texts of a step that name the item of a loop; nothing for those that name none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemTexts {
    /// For people, in place of [`title`](super::Step::title).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What a person does or decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// What to do when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_text: Option<Text>,
}
