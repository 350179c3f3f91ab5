//! The keys of `site.yaml`: its reader knows them from here, and so does its JSON Schema.

use crate::model::config::Level;
use crate::parse::shape::{Holds, Names, Shape, optional, required, spellings};

/// The weights of rules.
pub(super) const LEVELS: [(&str, Level); 3] = [
    ("error", Level::Error),
    ("warning", Level::Warning),
    ("off", Level::Off),
];

const LEVEL: Holds = Holds::Word(&const { spellings(&LEVELS) });

pub(super) static SITE: Shape = Shape {
    name: "site",
    what: "site.yaml",
    own: &[
        required("title", Holds::Text, "The site's name."),
        optional(
            "id",
            Holds::Text,
            "The project's id, the same for all clones; by default made of the title.",
        ),
        optional(
            "url",
            Holds::Text,
            "The address the site will have; for the sitemap, the feed and canonical links.",
        ),
        optional(
            "base",
            Holds::Text,
            "The path it is served under, if `url` does not say so.",
        ),
        optional(
            "repo",
            Holds::Text,
            "The address of the source repository, for links to files that are no pages.",
        ),
        optional(
            "edit",
            Holds::Text,
            "The address that a file's path is put behind to edit it.",
        ),
        optional(
            "roots",
            Holds::Many(&ROOT),
            "Folders of pages; by default `content`.",
        ),
        optional(
            "nav",
            Holds::Many(&GROUP),
            "The sidebar, if you order it by hand.",
        ),
        optional(
            "redirects",
            Holds::Named(Names::Free, &Holds::Text),
            "Addresses that were, and where they lead.",
        ),
        optional(
            "frontmatter",
            Holds::One(&FRONT_MATTER),
            "What front matter may hold besides its own keys.",
        ),
        optional(
            "vars",
            Holds::Named(Names::Free, &Holds::Text),
            "What `vars.NAME` stands for in pages.",
        ),
        optional(
            "rules",
            Holds::Named(Names::Free, &LEVEL),
            "Findings with another weight.",
        ),
        optional(
            "waivers",
            Holds::Many(&WAIVER),
            "Findings that are accepted, each with a reason.",
        ),
        optional(
            "target",
            Holds::Text,
            "Where runbooks work unless they or the operator say otherwise.",
        ),
        optional(
            "inherit",
            Holds::Constants,
            "Variables that the steps of all runbooks take over from whoever drives, by name.",
        ),
        optional(
            "changelog",
            Holds::Text,
            "The changelog of the repository; by default CHANGELOG.md.",
        ),
        optional(
            "versions",
            Holds::Many(&VERSION_FILE),
            "Files of the repository that hold its version; by default package.json and its lock file.",
        ),
        optional(
            "search",
            Holds::One(&SEARCH),
            "Which pages come first in what the search answers.",
        ),
        optional(
            "state_dir",
            Holds::Text,
            "Where runs are kept, instead of your own state folder.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static ROOT: Shape = Shape {
    name: "root",
    what: "a root",
    own: &[
        required("dir", Holds::Text, "A folder of the project."),
        optional(
            "at",
            Holds::Text,
            "Where its pages appear, such as `docs/`; by default at the top.",
        ),
        optional(
            "title",
            Holds::Text,
            "What its group in the sidebar is called.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static SEARCH: Shape = Shape {
    name: "search",
    what: "search",
    own: &[
        optional(
            "roots",
            Holds::Constants,
            "The folders of the roots whose pages come first; by default all.",
        ),
        optional(
            "kinds",
            Holds::Constants,
            "The kinds of pages that come first: guide, troubleshooting, reference, home, runbook; by default all.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static VERSION_FILE: Shape = Shape {
    name: "version_file",
    what: "a file with a version",
    own: &[
        required("file", Holds::Text, "Its path below the repository."),
        optional(
            "text",
            Holds::Text,
            "What is around the version, which is written as {version}; without it the file is JSON with a member `version`.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static GROUP: Shape = Shape {
    name: "group",
    what: "a navigation group",
    own: &[
        required("title", Holds::Text, "Its heading."),
        optional(
            "items",
            Holds::Constants,
            "Files below the project, in order.",
        ),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static FRONT_MATTER: Shape = Shape {
    name: "frontmatter",
    what: "frontmatter",
    own: &[optional(
        "allow",
        Holds::Constants,
        "Keys that other tools read; what stands behind them is not looked at.",
    )],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static WAIVER: Shape = Shape {
    name: "waiver",
    what: "a waiver",
    own: &[
        required("code", Holds::Text, "The finding's code."),
        required(
            "path",
            Holds::Text,
            "The file it is about, below the project.",
        ),
        required("reason", Holds::Text, "Why it is accepted."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};
