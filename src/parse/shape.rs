//! What a mapping may hold: one description, from which its reader knows the keys and
//! [`schema`](super::schema) makes JSON Schema.
//!
//! A reader opens a mapping by its shape. It can ask for no key that the shape does not have, and
//! leaves none unread; debug builds insist on both.

/// A kind of mapping with a closed set of keys.
pub(crate) struct Shape {
    /// Its name in a schema.
    pub(crate) name: &'static str,
    /// What it stands for, in the reader's words: `a step`.
    pub(crate) what: &'static str,
    /// The keys of its own.
    pub(crate) own: &'static [Key],
    /// Keys that it shares with other shapes.
    pub(crate) shared: &'static [&'static [Key]],
    /// Keys of which exactly one has to be there; empty if there is no such choice.
    pub(crate) one_of: &'static [&'static str],
    /// Keys that are there only with another one.
    pub(crate) with: &'static [(&'static str, &'static str)],
}

/// A key of a mapping.
pub(crate) struct Key {
    /// As it is written.
    pub(crate) name: &'static str,
    /// Whether it has to be there.
    pub(crate) required: bool,
    /// What may stand behind it.
    pub(crate) holds: Holds,
    /// What it is for, in a line.
    pub(crate) doc: &'static str,
}

/// What may stand behind a key.
pub(crate) enum Holds {
    /// A single text; numbers and truth values are texts too.
    Text,
    /// A single text without `${{ }}`.
    Constant,
    /// A single text in which only `${{ each.NAME }}` is filled.
    Items,
    /// One text or a list of them, without `${{ }}`.
    Constants,
    /// One text or a list of them, in which `${{ }}` is allowed.
    Templates,
    /// Shell text: a text that is no number, without `${{ }}`.
    Script,
    /// An expression.
    Condition,
    /// A program and its arguments.
    Program,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One or a list of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number, at least this.
    Whole(i64),
    Number,
    /// One or a list of the exit codes 1 to 255.
    ExitCodes,
    /// A time such as `10m`.
    Time,
    /// A time, or a `${{ }}` that becomes one.
    TimeTemplate,
    /// A date, `YYYY-MM-DD`.
    Date,
    /// A version by semver.org.
    Version,
    VersionRange,
    /// `[a-z][a-z0-9_]*`
    Name,
    /// `[a-z][a-z0-9-]*`
    Id,
    /// The version of the format, which is 1.
    Format,
    /// A mapping of this shape.
    One(&'static Shape),
    /// A list of mappings of this shape.
    Many(&'static Shape),
    /// One or a list of mappings of this shape.
    OneOrMany(&'static Shape),
    List(&'static Holds),
    /// Any of these.
    Either(&'static [Holds]),
    /// A mapping from the author's names to this.
    Named(Names, &'static Holds),
    /// A mapping from the author's names to this, beside keys with a meaning of their own.
    NamedBeside(&'static [Key], Names, &'static Holds),
}

/// The shape of names that an author chooses.
pub(crate) enum Names {
    /// `[a-z][a-z0-9_]*`
    Lower,
    /// Names of environment variables.
    Variables,
    /// Anything.
    Free,
}

/// A key that has to be there.
pub(crate) const fn required(name: &'static str, holds: Holds, doc: &'static str) -> Key {
    Key {
        name,
        required: true,
        holds,
        doc,
    }
}

/// A key that may be there.
pub(crate) const fn optional(name: &'static str, holds: Holds, doc: &'static str) -> Key {
    Key {
        name,
        required: false,
        holds,
        doc,
    }
}

/// The words of a table of choices.
pub(crate) const fn spellings<T, const N: usize>(
    choices: &'static [(&'static str, T); N],
) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = choices[at].0;
        at += 1;
    }
    words
}

impl Shape {
    /// All keys, those of its own first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.own
            .iter()
            .chain(self.shared.iter().flat_map(|keys| keys.iter()))
    }

    /// Whether it is that of a whole file.
    pub(crate) fn is_file(&self) -> bool {
        ["site", "runbook", "suite", "roles", "approvals"].contains(&self.name)
    }

    /// Whether it has this key.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.keys().any(|key| key.name == name)
    }
}
