//! Every kind of finding: its name, how much it weighs, what it means and what to do about it.
//!
//! A kind is declared here and nowhere else; whoever reports one names its constant. Names stay the same
//! between versions, as sites set weights and waivers by them. `docs/diagnostics.md` shows this table.

use super::{Severity, did_you_mean};
use std::fmt;

/// A kind of finding.
#[derive(PartialEq, Eq)]
pub struct Code {
    /// Stable name such as `link/missing-anchor`.
    pub name: &'static str,
    /// How much it weighs where site.yaml says nothing else.
    pub severity: Severity,
    /// What is wrong, in Markdown: sentences with their full stops.
    pub means: &'static str,
    /// The next step, in Markdown.
    pub advice: &'static str,
    /// The section of `docs/diagnostics.md` that it stands in.
    pub section: &'static str,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The kind with a name; without one, the help line for the nearest that there is.
pub fn of_name(name: &str) -> Result<&'static Code, Option<String>> {
    let found = ALL.iter().copied().find(|code| code.name == name);
    found.ok_or_else(|| did_you_mean(name, ALL.iter().map(|code| code.name)))
}

/// Makes a constant of each row, and the list of all.
macro_rules! codes {
    ($($section:literal {
        $($constant:ident = $name:literal, $severity:ident, $means:literal, $advice:literal;)*
    })*) => {
        $($(
            #[doc = $means]
            pub const $constant: &Code = &Code {
                name: $name,
                severity: Severity::$severity,
                means: $means,
                advice: $advice,
                section: $section,
            };
        )*)*

        /// All of them, in the order of the documentation.
        pub const ALL: &[&Code] = &[$($($constant,)*)*];
    };
}

codes! {
    "YAML" {
        YAML_SYNTAX = "yaml/syntax", Error,
            "The file is no YAML from here on; nothing after it was read.",
            "Fix this place first.";
        YAML_REFUSED = "yaml/refused", Error,
            "A tag, anchor, alias, merge key or second document.",
            "Write the value out.";
        YAML_DUPLICATE_KEY = "yaml/duplicate-key", Error,
            "A key stands twice.",
            "Keep one.";
        YAML_AMBIGUOUS = "yaml/ambiguous", Error,
            "Other YAML tools read this plain word as something else: `no`, `12:30`, `0755`. Not where only fixed words may stand, as the levels under `rules`.",
            "Put quotes around it.";
        YAML_UNKNOWN_KEY = "yaml/unknown-key", Error,
            "The key means nothing here. Keys that begin with `x-` are free; one of front matter is told once for all pages, and `frontmatter: { allow: […] }` in site.yaml names those that other tools read.",
            "Take the nearest name offered.";
        YAML_MISSING_KEY = "yaml/missing-key", Error,
            "A key that has to be there is not.",
            "Add it.";
        YAML_WRONG_TYPE = "yaml/wrong-type", Error,
            "A list where a mapping belongs, or the like.",
            "Look at the indentation.";
        YAML_BAD_VALUE = "yaml/bad-value", Error,
            "The value is not one that fits.",
            "Write what the help line says.";
    }
    "Files, pages and settings" {
        FILE_NOT_UTF8 = "file/not-utf8", Error,
            "The file is not UTF-8 text.",
            "Save it as UTF-8.";
        FILE_TOO_LARGE = "file/too-large", Error,
            "The file is to be read, and has more than 64 MiB. It is left out.",
            "Split it, or move it out of the folders that are read.";
        FILE_NAME = "file/name", Error,
            "The name of the file is not UTF-8, or has a control character or one that changes the direction of text in it. The file is left out.",
            "Rename it.";
        FILE_NOT_PORTABLE = "file/not-portable", Warning,
            "Windows refuses the name, or Windows and macOS take it for that of another file.",
            "Rename the file or its folder.";
        FILE_NOT_READ = "file/not-read", Warning,
            "The file looks like a runbook, data or a page, and its name or folder keeps it from being read: `.yml`, `.mdx`, `.yaml.txt`, a folder below `runbooks/`, a folder `Runbooks/`.",
            "Rename it as the help line says.";
        FRONT_MATTER_OPEN = "front-matter/open", Error,
            "Front matter begins and does not end.",
            "Add a line `---`.";
        PAGE_COLLISION = "page/collision", Error,
            "Two files have the same address, or one has that of a file which the program makes.",
            "Rename one.";
        PAGE_NO_HOME = "page/no-home", Error,
            "No `index.md`, `README.md`, `_index.md` or `readme.md` in the first root, so the site has no first page.",
            "Write one.";
        PAGE_ORPHAN = "page/orphan", Warning,
            "Nothing leads to the page.",
            "Link to it, or write `orphan: true`.";
        PAGE_REVIEW_OVERDUE = "page/review-overdue", Warning,
            "`review_by` has passed (only `check`).",
            "Read it, then set both dates.";
        ERRORS_PATTERN = "errors/pattern", Error,
            "A message of `errors` cannot be looked for: its braces are no placeholder, or it says so little that nearly every message would match.",
            "`{version}` stands for what differs each time; double a brace that is meant. Sentences of people belong into `symptoms`.";
        ERRORS_CLAIMED = "errors/claimed", Warning,
            "Two entries claim one message, so a person who pastes it may be sent to the wrong one.",
            "Leave the message to the one that helps, or write what tells them apart.";
        ERRORS_EXAMPLE = "errors/example", Warning,
            "No example line matches a message with placeholders.",
            "Add `example` with a line that the tool printed, and write the message as it is there.";
        TAG_NAME = "tag/name", Error,
            "The tag has no letter and no digit.",
            "Write a word.";
        TAG_SPELLING = "tag/spelling", Warning,
            "The same tag is written in two ways.",
            "Choose one.";
        REDIRECT_ADDRESS = "redirect/address", Error,
            "A former address cannot be read.",
            "`release/old.html`, `release/old/` or `#old-heading`.";
        REDIRECT_TARGET = "redirect/target", Error,
            "It leads to no heading of the page.",
            "Take the nearest one offered.";
        REDIRECT_SHADOWED = "redirect/shadowed", Error,
            "Something has the address now, so nobody is led away from it.",
            "Delete the line.";
        REDIRECT_DUPLICATE = "redirect/duplicate", Error,
            "Two lines lead away from one address.",
            "Keep one.";
        REDIRECT_CHAIN = "redirect/chain", Error,
            "It leads to another former address.",
            "Write where that one ends; the help line says it.";
        REDIRECT_LOOP = "redirect/loop", Error,
            "Former addresses lead round in a circle.",
            "Lead one to a page that is there.";
        CONFIG_NO_ROOT = "config/no-root", Error,
            "A folder of `roots` is not there.",
            "Make it.";
        CONFIG_OUTSIDE = "config/outside", Error,
            "A folder leaves the project, or a symbolic link leads out of it.",
            "Name one below it, or copy the folder into the project.";
        CONFIG_NOT_YET = "config/not-yet", Error,
            "The key has no effect yet.",
            "Delete it.";
        CONFIG_UNKNOWN_CODE = "config/unknown-code", Error,
            "`rules` or `waivers` name a finding that there is not.",
            "Take the nearest code offered; `runbook check --explain CODE` says what one means.";
        CONFIG_UNUSED_WAIVER = "config/unused-waiver", Warning,
            "The waiver waives nothing.",
            "Delete it.";
        NAV_MISSING_PAGE = "nav/missing-page", Error,
            "`nav` names a file that is not there.",
            "Take the nearest name offered.";
        THEME_WORDS = "theme/words", Error,
            "Your `strings.yaml` names a word that the theme does not have, or a text loses a `{place}` that is filled in it.",
            "Take the name that is offered, or put the place back.";
        THEME_TEMPLATE = "theme/template", Error,
            "One of your own templates cannot be read or rendered, or takes more than 20 million steps, or makes more than 64 MiB of text.",
            "Fix it, or delete it to get the built-in one.";
        ROLE_UNKNOWN = "role/unknown", Error,
            "No such role in `data/roles.yaml`.",
            "Take the nearest name offered.";
        ROLE_KEY = "role/key", Error,
            "A key of a person cannot be read, is a private key, or is listed for somebody else, too.",
            "List the line of the file that ends with `.pub`, for one person.";
        ROLE_DELEGATE = "role/delegate", Error,
            "A person delegates to somebody who is not listed, or the days are in the wrong order.",
            "Name another person of `people`, and put the first day into `from`.";
        ROLE_ID = "role/id", Error,
            "A role's id has the wrong shape.",
            "Small letters, digits and `-`.";
        POLICY_ROW = "policy/row", Error,
            "A row of the approval matrix requires nobody.",
            "Require a role in it.";
        POLICY_NO_ROW = "policy/no-row", Error,
            "No such row in the matrix of `data/approvals.yaml`.",
            "Take the nearest name offered.";
        POLICY_TIME = "policy/time", Warning,
            "A time of the approval matrix cannot be counted.",
            "Write it as in `30 min`, `4 h` or `2 d`.";
        POLICY_REQUIRES = "policy/requires", Error,
            "What a row of the approval matrix requires can never be found: its name has another shape, or it lists no word.",
            "Write it as in `ci: passed` or `review: [approved, not-needed]`.";
        POLICY_EVIDENCE = "policy/evidence", Error,
            "A row of the approval matrix requires evidence that a step by it does not give.",
            "Add it to `evidence` of the step, from an output of an earlier step.";
        TERM_ID = "term/id", Error,
            "A term's id has the wrong shape.",
            "Small letters, digits and `-`.";
        TERM_UNKNOWN = "term/unknown", Error,
            "No such term in `data/terms.yaml`.",
            "Take the nearest name offered.";
        TERM_COLLISION = "term/collision", Error,
            "Two terms explain the same word.",
            "Keep one.";
        CHANNEL_FILE = "channel/file", Error,
            "The file of a channel has `..` in its path, lies in a target, or is reached through a symbolic link.",
            "Write a name without `/` in front, which is kept with the runs, or the real path of a file outside every target.";
        CHANNEL_NO_FILE = "channel/no-file", Warning,
            "A message goes to a channel, and the project has no `data/channels.yaml`: it is printed where the run goes on, and goes nowhere else.",
            "Write the file, with the channel in it.";
        CHANNEL_UNKNOWN = "channel/unknown", Error,
            "No such channel in `data/channels.yaml`.",
            "Take the nearest name offered.";
    }
    "Markdown and links" {
        LINK_EMPTY = "link/empty", Error,
            "`[text]()`: nothing says where it leads.",
            "Write the target.";
        LINK_MISSING_PAGE = "link/missing-page", Error,
            "No file at this path.",
            "Take the nearest path offered.";
        LINK_MISSING_ANCHOR = "link/missing-anchor", Error,
            "The page has no such heading.",
            "Take the nearest one offered.";
        LINK_MISSING_STEP = "link/missing-step", Error,
            "The runbook has no such step.",
            "Take the nearest one offered.";
        LINK_MISSING_IMAGE = "link/missing-image", Error,
            "No image at this path.",
            "Take the nearest path offered.";
        LINK_ABSOLUTE = "link/absolute", Error,
            "The path starts with `/`, which is the root of a host.",
            "Write it relative to the file.";
        LINK_OUTSIDE = "link/outside", Error,
            "The path leaves the project.",
            "Link to a file of the project, or to a full address.";
        LINK_NOT_IN_SITE = "link/not-in-site", Error,
            "A file of the project that is no page.",
            "Write `repo:` into `site.yaml`, or link to a page.";
        LINK_SCHEME = "link/scheme", Error,
            "`javascript:` and the like are not let through.",
            "Use `https`.";
        LINK_ADDRESS = "link/address", Warning,
            "The address names no host, such as `https:///path`.",
            "Write `https://`, the host and the path.";
        LINK_UNDEFINED_REFERENCE = "link/undefined-reference", Error,
            "`[text][name]` without `[name]: …`. What stands behind a word, as in `x[i][j]`, is text.",
            "Define it.";
        LINK_UNDEFINED_FOOTNOTE = "link/undefined-footnote", Error,
            "`[^name]` without its text.",
            "Write the text.";
        LINK_UNUSED_FOOTNOTE = "link/unused-footnote", Warning,
            "A footnote that nothing refers to.",
            "Refer to it, or delete it.";
        LINK_VAGUE_TEXT = "link/vague-text", Warning,
            "The text of a link is `here`, `this page` or the like.",
            "Name what is there.";
        IMAGE_ALT = "image/alt", Warning,
            "An image without a text for readers who cannot see it.",
            "Write what it shows.";
        HEADING_EMPTY = "heading/empty", Warning,
            "A heading without a text; nothing can lead to it.",
            "Write its text, or delete it.";
        HEADING_DUPLICATE_ID = "heading/duplicate-id", Error,
            "Two headings or code blocks claim the same `{#id}`.",
            "Choose another.";
        CODE_ATTRIBUTES = "code/attributes", Error,
            "What stands after the fence cannot be read, or means nothing.",
            "Write `{#id title=\"…\"}`.";
        CODE_LINES = "code/lines", Error,
            "`hl` names lines that the block does not have.",
            "Count from 1.";
        CODE_OPEN = "code/open", Warning,
            "A code block begins and does not end, so the rest of the page is code.",
            "Add its last line.";
        CODE_UNCOLOURED = "code/uncoloured", Warning,
            "A block is shown without colours: a line of it has more than 8 KiB, or the grammar of its language does not come to an end with it.",
            "Break the line, finish what is open in the code, or write `text` as its language.";
        MARKDOWN_HTML = "markdown/html", Warning,
            "HTML is shown as text; told once for each block of it, and once for each paragraph.",
            "Use Markdown.";
        MARKDOWN_OTHER_TOOL = "markdown/other-tool", Warning,
            "Syntax of MkDocs, Hugo, Jekyll or Docusaurus is shown as text; told once for each kind and page.",
            "Write what the help line says, or put it between backticks if readers should see it.";
        MARKDOWN_NESTED = "markdown/nested", Error,
            "More than 100 lists, quotations, directives and the like stand in each other; the page shows the text of what is deeper.",
            "Take some of them out.";
        MATH_SYNTAX = "math/syntax", Error,
            "A formula cannot be read from here on.",
            "Fix it, or write `\\$` for a dollar sign.";
        VAR_UNKNOWN = "var/unknown", Error,
            "`${{ vars.NAME }}`, with a name in small letters, that site.yaml does not have.",
            "Take the nearest name offered.";
        VAR_NAME = "var/name", Error,
            "A variable with a name or a value that cannot be used.",
            "Small letters and `_`, one line of text.";
        DATA_UNKNOWN = "data/unknown", Error,
            "No value at the path of `:data[…]` or `${{ data.… }}`.",
            "Take the nearest path offered.";
        DATA_DIFFERS = "data/differs", Error,
            "The words of `:data[…]` are not what the data say.",
            "Make both say the same.";
    }
    "Directives and includes" {
        DIRECTIVE_UNKNOWN = "directive/unknown", Error,
            "No such directive.",
            "Take the nearest name offered.";
        DIRECTIVE_SYNTAX = "directive/syntax", Error,
            "Its arguments cannot be read.",
            "Write `{key=\"value\"}`.";
        DIRECTIVE_ARGUMENT = "directive/argument", Error,
            "It has no such argument, or lacks one.",
            "Take the nearest name offered.";
        DIRECTIVE_FORM = "directive/form", Error,
            "`::name` where `:::name` or `:name[…]` is meant.",
            "Write it as the help says.";
        DIRECTIVE_OPEN = "directive/open", Error,
            "`:::name` without `:::`, or the other way round.",
            "Close it in the same list or quotation.";
        DIRECTIVE_MISPLACED = "directive/misplaced", Error,
            "A tab outside of tabs, or words before the first tab.",
            "Move it.";
        DIRECTIVE_EMPTY = "directive/empty", Error,
            "It would show nothing.",
            "Name a folder with pages, or write the data.";
        DIRECTIVE_NOT_ALONE = "directive/not-alone", Error,
            "It does not stand at the start of a line.",
            "Put it on a line of its own.";
        DIRECTIVE_TEMPLATE = "directive/template", Error,
            "The template does not say what it takes.",
            "Begin it with `{# name, other=\"default\" #}`.";
        INCLUDE_MISSING = "include/missing", Error,
            "No file at the path of `from`.",
            "Paths are relative to the file they stand in.";
        INCLUDE_OUTSIDE = "include/outside", Error,
            "`from` leads out of the project.",
            "Name a file below site.yaml.";
        INCLUDE_CYCLE = "include/cycle", Error,
            "A file takes itself in, or more than 16 files take each other in.",
            "Take one include out.";
        INCLUDE_TOO_MUCH = "include/too-much", Error,
            "A page includes more than 1,000 parts or 16 MiB.",
            "Take includes out, or make several pages.";
        INCLUDE_LINES = "include/lines", Error,
            "The file does not have these lines.",
            "Better name an anchor.";
        INCLUDE_ANCHOR = "include/anchor", Error,
            "The file has no such anchor, or no end of it.",
            "Take the nearest name offered.";
        INCLUDE_DIFFERS = "include/differs", Error,
            "The code in the block is not what the file holds.",
            "Empty the block.";
    }
    "Runbooks: what is wrong" {
        RUNBOOK_FORMAT = "runbook/format", Error,
            "A version of the language that is not known.",
            "Write `runbook: 1`.";
        RUNBOOK_ID = "runbook/id", Error,
            "The id has the wrong shape, or is not the file's name.",
            "Make them the same.";
        RUNBOOK_COLLISION = "runbook/collision", Error,
            "Two runbooks have one id.",
            "Rename one.";
        RUNBOOK_NAME = "runbook/name", Error,
            "A name has the wrong shape.",
            "Small letters, digits and `_`.";
        RUNBOOK_DUPLICATE_STEP = "runbook/duplicate-step", Error,
            "Two steps have one id.",
            "Rename one.";
        RUNBOOK_NESTED = "runbook/nested", Error,
            "More than 8 parallel blocks stand in each other, or more than 20 runbooks call each other in a row.",
            "Make a runbook of the inner ones, and `call` it.";
        RUNBOOK_TOO_LONG = "runbook/too-long", Error,
            "More than 10,000 steps, also with those of the runbooks that it calls; those behind are not read.",
            "Make several runbooks, and `call` them.";
        RUNBOOK_KIND = "runbook/kind", Error,
            "A step does nothing, or two things.",
            "One of `run exec check manual approve decide wait call notify parallel steps`.";
        RUNBOOK_NOT_YET = "runbook/not-yet", Error,
            "A key that is kept for later.",
            "Delete it.";
        RUNBOOK_LIMITS = "runbook/limits", Error,
            "A key that means nothing for this type or this kind of step.",
            "Delete it.";
        RUNBOOK_PATTERN = "runbook/pattern", Error,
            "Not a regular expression.",
            "Fix it.";
        RUNBOOK_DEFAULT = "runbook/default", Error,
            "The param would refuse its own default.",
            "Change one of the two.";
        RUNBOOK_BUDGET = "runbook/budget", Error,
            "`expect`, `warn`, `limit` do not grow.",
            "Put them in order.";
        RUNBOOK_EXIT_CODE = "runbook/exit-code", Error,
            "Not an exit code of a failure.",
            "1 to 255.";
        RUNBOOK_CWD = "runbook/cwd", Error,
            "The folder leaves the target.",
            "Name one below it.";
        RUNBOOK_ENV_NAME = "runbook/env-name", Error,
            "Not the name of a variable.",
            "Letters, digits and `_`.";
        RUNBOOK_UNDO = "runbook/undo", Error,
            "`undo` is not one thing.",
            "A command, `none: REASON` or `instead: RUNBOOK`.";
        RUNBOOK_EXPRESSION = "runbook/expression", Error,
            "The text stops being an expression here.",
            "See [the language](formats/runbook.md#expressions).";
        RUNBOOK_TYPE = "runbook/type", Error,
            "The parts of a condition do not fit each other.",
            "Compare a value with one of its own type.";
        RUNBOOK_TEMPLATE = "runbook/template", Error,
            "The hole does not name a value, or nothing fills it at this place.",
            "Write `${{ params.name }}`; [where](formats/runbook.md#expressions).";
        RUNBOOK_UNKNOWN = "runbook/unknown", Error,
            "No such runbook.",
            "Take the nearest name offered.";
        RUNBOOK_UNKNOWN_STEP = "runbook/unknown-step", Error,
            "No such step.",
            "Take the nearest name offered.";
        RUNBOOK_UNKNOWN_PARAM = "runbook/unknown-param", Error,
            "No such param, or no such place of a message.",
            "Take the nearest name offered.";
        RUNBOOK_UNKNOWN_OPTION = "runbook/unknown-option", Error,
            "No such option, or none of the values that a param can have.",
            "Take the nearest name offered.";
        RUNBOOK_UNKNOWN_VALUE = "runbook/unknown-value", Error,
            "The step has no such output.",
            "Take one of those offered.";
        RUNBOOK_MISSING_PARAM = "runbook/missing-param", Error,
            "A call does not give a param, or a step a place of its message, that is needed.",
            "Give it under `with:`.";
        RUNBOOK_VERSION = "runbook/version", Error,
            "The called runbook has another version.",
            "Read what changed, then widen the range.";
        RUNBOOK_NO_FAKE = "runbook/no-fake", Error,
            "A test case leaves a command without a fake, or a fake sets fewer outputs than its step declares.",
            "Add it to `fakes` or `succeed`.";
        RUNBOOK_CYCLE = "runbook/cycle", Error,
            "Runbooks call each other in a circle.",
            "Take one call out.";
    }
    "Runbooks: rules" {
        RB101 = "RB101", Error,
            "A template where a shell or an interpreter would read the value as code.",
            "Pass it by `env`.";
        RB102 = "RB102", Warning,
            "A value that begins with `-` would be taken as an option.",
            "Put `--` before it.";
        RB103 = "RB103", Error,
            "A secret in an argument or another text, where it would be kept and seen.",
            "Read the file `$RB_SECRET_NAME`.";
        RB104 = "RB104", Error,
            "A variable that changes how programs run.",
            "Choose another name.";
        RB105 = "RB105", Error,
            "A secret with a default.",
            "Say where it comes from.";
        RB106 = "RB106", Error,
            "`$RB_SECRET_NAME` in shell text, and no secret of that name.",
            "Add the param, or fix the name.";
        RB107 = "RB107", Warning,
            "The contents of a secret's file become an argument, which every user of the machine can see.",
            "Let the program read the file.";
        RB108 = "RB108", Warning,
            "`$NAME` is a param that no `env` passes on, so it is empty.",
            "Add it to `env`.";
        RB109 = "RB109", Warning,
            "A secret in the environment, where other programs of the same user can read it.",
            "Write `expose: file`.";
        RB110 = "RB110", Error,
            "Shell text or a condition without quotes, of which YAML drops a part, or whose lines it joins.",
            "Write `run: \\|`.";
        RB111 = "RB111", Warning,
            "A param between the signs of another tool, such as `{{ version }}`, which nothing fills.",
            "Write `${{ params.version }}` into `env`, and `\"$VERSION\"` into shell text.";
        RB112 = "RB112", Error,
            "A name in `inherit` that looks like a secret: what is inherited is neither masked nor asked for.",
            "Declare a param of `type: secret`.";
        RB201 = "RB201", Warning,
            "No steps.",
            "Add one.";
        RB202 = "RB202", Error,
            "A value of a step that has not run yet at this place, or runs beside it in `parallel`.",
            "Use an earlier one.";
        RB203 = "RB203", Error,
            "A `goto` backwards without an end.",
            "Add `max`.";
        RB204 = "RB204", Warning,
            "An approval that never expires.",
            "Add `expires`.";
        RB205 = "RB205", Error,
            "A person is waited for where nobody may be (`finally`, `on_failure`), while others run (`parallel`), or once for each item.",
            "Move the step.";
        RB206 = "RB206", Warning,
            "A step that no path leads to.",
            "Add an option that goes on, or fix its `when`.";
        RB207 = "RB207", Warning,
            "Shell text writes to `$RB_OUTPUT`, and the step declares no outputs.",
            "Add `outputs`.";
        RB208 = "RB208", Error,
            "A `goto` leads forward, or out of the list of steps.",
            "Name an earlier step of `steps`.";
        RB209 = "RB209", Warning,
            "A wait whose probe may never succeed, and that counts as done all the same.",
            "Write `until` with `within` if it has to succeed.";
        RB301 = "RB301", Warning,
            "After a crash nobody can tell whether the step happened.",
            "Add `verify`, `undo`, or `effect: idempotent`.";
        RB302 = "RB302", Error,
            "An interactive step without `verify`.",
            "Add it: there is no log.";
        RB303 = "RB303", Warning,
            "High risk, and nobody approves.",
            "Add `approve`.";
        RB304 = "RB304", Warning,
            "Two people may run it at once.",
            "Add `lock`.";
        RB305 = "RB305", Warning,
            "One step with two effects: a crash between them leaves half of it.",
            "Make two steps.";
        RB306 = "RB306", Warning,
            "`verify` looks only whether something of a name is there.",
            "Compare what is there with what it has to be.";
        RB307 = "RB307", Warning,
            "`retry` repeats a step that must happen once, and nothing tells whether it did.",
            "Add `verify`.";
        RB401 = "RB401", Warning,
            "No owner.",
            "Name a role.";
        RB402 = "RB402", Warning,
            "A step without a title.",
            "Add one.";
        RB403 = "RB403", Warning,
            "Nothing says what the runbook is for.",
            "Add `fixes` or `doc`.";
        RB404 = "RB404", Warning,
            "Nobody has read the runbook for 180 days (only `check`).",
            "Read it, then set `reviewed`.";
    }
}
