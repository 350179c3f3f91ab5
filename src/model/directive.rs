//! Directives of a project: templates of its theme, and what they take.

use crate::source::SourceId;

/// What a project's own directive takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takes {
    /// Its template.
    pub source: SourceId,
    /// Its arguments; those with a value may be left out.
    pub arguments: Vec<(String, Option<String>)>,
}
