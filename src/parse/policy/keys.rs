//! The keys of `roles.yaml` and `approvals.yaml`: their readers know them from here, and so do their JSON Schemas.

use super::matrix::{BARRED, NEEDS};
use crate::parse::shape::{Holds, Names, Shape, optional, required, spellings};

pub(super) static ROLES: Shape = Shape {
    name: "roles",
    what: "roles.yaml",
    own: &[
        optional(
            "roles",
            Holds::Named(Names::Free, &Holds::One(&ROLE)),
            "The roles, by their ids.",
        ),
        optional(
            "people",
            Holds::Named(Names::Free, &Holds::One(&PERSON)),
            "Who has which roles, by the names that runs are signed with.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static ROLE: Shape = Shape {
    name: "role",
    what: "a role",
    own: &[
        required("title", Holds::Text, "Its name for people."),
        optional("decides", Holds::Text, "What it decides, in a sentence."),
        optional("deputy", Holds::Text, "The role that stands in for it."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static PERSON: Shape = Shape {
    name: "person",
    what: "a person",
    own: &[
        optional(
            "os",
            TEXTS,
            "Accounts of the operating system that are this person.",
        ),
        optional("roles", TEXTS, "The person's roles."),
        optional(
            "keys",
            TEXTS,
            "SSH keys that the person signs with, as lines of an allowed signers file without the name.",
        ),
        optional(
            "mails",
            TEXTS,
            "Addresses by which commits name the person.",
        ),
        optional(
            "delegates",
            Holds::One(&DELEGATES),
            "Who approves in the person's place, and when.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static DELEGATES: Shape = Shape {
    name: "delegation",
    what: "a delegation",
    own: &[
        required("to", Holds::Text, "The person who approves instead."),
        required(
            "from",
            Holds::Text,
            "The first day, such as 2026-12-20; days begin at midnight in UTC.",
        ),
        required("until", Holds::Text, "The last day."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

const TEXTS: Holds = Holds::Either(&[Holds::Text, Holds::List(&Holds::Text)]);

pub(super) static APPROVALS: Shape = Shape {
    name: "approvals",
    what: "approvals.yaml",
    own: &[
        optional(
            "matrix",
            Holds::Named(Names::Free, &ROW),
            "Who has to approve, by the kind of release.",
        ),
        optional(
            "claimed",
            Holds::Text,
            "Why approvals count that nobody signed, although keys are listed; the report repeats it.",
        ),
        optional(
            "overrides",
            Holds::Named(Names::Free, &Holds::Text),
            "Free for your own pages.",
        ),
        optional(
            "ladders",
            Holds::Named(Names::Free, &Holds::Text),
            "Free for your own pages.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

/// The roles of a row, and what it says of all of them.
const ROW: Holds = Holds::NamedBeside(
    &[
        optional(
            "alone",
            Holds::Text,
            "The role whose holder may approve a run of their own.",
        ),
        optional(
            "expires",
            Holds::Text,
            "When silence becomes a no, such as `24 h`.",
        ),
        optional(
            "not",
            Holds::Words(&const { spellings(&BARRED) }),
            "Who may not approve, whatever their role.",
        ),
        optional(
            "requires",
            Holds::Named(Names::Lower, &TEXTS),
            "What has to be found before anybody is asked: the words that will do, by name.",
        ),
    ],
    Names::Free,
    &Holds::One(&APPROVAL),
);

pub(super) static APPROVAL: Shape = Shape {
    name: "approval",
    what: "an approval",
    own: &[
        required(
            "need",
            Holds::Word(&const { spellings(&NEEDS) }),
            "How much its word counts.",
        ),
        optional(
            "any_of",
            TEXTS,
            "Roles of which any will do; by default the role that the key names.",
        ),
        optional("count", Holds::Whole(1), "How many people."),
        optional(
            "label",
            Holds::Text,
            "It is asked only if the release has this label.",
        ),
        optional("when", Holds::Text, "When it is needed, in words."),
        optional(
            "within",
            Holds::Text,
            "How soon an answer is due, such as `4 h`.",
        ),
        optional(
            "deputy_after",
            Holds::Text,
            "When deputies may answer; by default when the answer is due.",
        ),
        optional("focus", Holds::Text, "What the role looks at."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};
