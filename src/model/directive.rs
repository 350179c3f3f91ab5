//! Directives: those of the program, and the templates of a project's theme.

use crate::model::prose::Form;
use crate::source::SourceId;

/// What a project's own directive takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takes {
    /// Its template.
    pub source: SourceId,
    /// Its arguments; those with a value may be left out.
    pub arguments: Vec<(String, Option<String>)>,
}

/// A directive of the program. `::include` is not among them: parsing replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// The pages of a folder.
    Pages,
    /// The messages that the pages of a folder answer.
    Errors,
    /// The runbooks, all or those with a tag.
    Runbooks,
    /// The approval matrix.
    Approvals,
    /// The roles and who has them.
    Roles,
    /// How long the steps of a runbook take.
    Times,
    /// The text of a message.
    Message,
    /// A row of tabs.
    Tabs,
    /// The beginning of a tab.
    Tab,
    /// A text that is folded until somebody wants it.
    Details,
    /// Words that say a value of the data.
    Data,
}

/// How a directive of the program is written.
#[derive(Debug)]
pub struct Writing {
    /// Without its colons.
    pub name: &'static str,
    /// How many colons it has, and whether it has an inside.
    pub form: Form,
    /// Arguments that it needs.
    pub required: &'static [&'static str],
    /// Arguments that it may have.
    pub optional: &'static [&'static str],
}

impl BuiltIn {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 11] = [
        Self::Pages,
        Self::Errors,
        Self::Runbooks,
        Self::Approvals,
        Self::Roles,
        Self::Times,
        Self::Message,
        Self::Tabs,
        Self::Tab,
        Self::Details,
        Self::Data,
    ];

    /// The one with a name.
    pub fn of_name(name: &str) -> Option<Self> {
        let is_it = |known: &Self| known.writing().name == name;
        Self::ALL.into_iter().find(is_it)
    }

    /// How it is written.
    pub const fn writing(self) -> Writing {
        match self {
            Self::Pages => written("pages", Form::Leaf, &["under"], &[]),
            Self::Errors => written("errors", Form::Leaf, &["under"], &[]),
            Self::Runbooks => written("runbooks", Form::Leaf, &[], &["tag"]),
            Self::Approvals => written("approvals", Form::Leaf, &[], &[]),
            Self::Roles => written("roles", Form::Leaf, &[], &[]),
            Self::Times => written("times", Form::Leaf, &["runbook"], &[]),
            Self::Message => written("message", Form::Leaf, &["name"], &[]),
            Self::Tabs => written("tabs", Form::Container, &[], &["sync"]),
            Self::Tab => written("tab", Form::Leaf, &["label"], &[]),
            Self::Details => written("details", Form::Container, &["title"], &[]),
            Self::Data => written("data", Form::Inline, &["path"], &[]),
        }
    }
}

const fn written(
    name: &'static str,
    form: Form,
    required: &'static [&'static str],
    optional: &'static [&'static str],
) -> Writing {
    Writing {
        name,
        form,
        required,
        optional,
    }
}
