//! The keys of the runbook language: every mapping that a runbook can hold, once.
//!
//! The readers beside this file open mappings by these shapes, and the JSON Schema is made of them.
//! The meaning of a key for people is in `docs/formats/runbook.md`.

use crate::model::runbook::{Effect, Excluded, Expose, Need, OnFail, Risk, StepKind, ValueKind};
use crate::parse::known_messages;
use crate::parse::shape::{Holds, Key, Names, Shape, optional, required, spellings};

pub(super) const RISKS: [(&str, Risk); 3] = [
    ("low", Risk::Low),
    ("medium", Risk::Medium),
    ("high", Risk::High),
];
pub(super) const NEEDS: [(&str, Need); 1] = [("git", Need::Git)];
pub(super) const EXCLUDED: [(&str, Excluded); 1] = [("initiator", Excluded::Initiator)];
pub(super) const ON_FAIL: [(&str, OnFail); 4] = [
    ("pause", OnFail::Pause),
    ("fail", OnFail::Fail),
    ("rollback", OnFail::Rollback),
    ("continue", OnFail::Continue),
];
pub(super) const EFFECTS: [(&str, Effect); 3] = [
    ("read", Effect::Read),
    ("idempotent", Effect::Idempotent),
    ("once", Effect::Once),
];
pub(super) const TYPES: [(&str, ValueKind); 9] = ValueKind::WORDS;
pub(super) const EXPOSES: [(&str, Expose); 3] = Expose::WORDS;
/// Whether a failure in `parallel` lets the others finish.
pub(super) const PARALLEL_FAILURES: [(&str, bool); 2] = [("wait_all", true), ("stop", false)];
/// Whether a skip needs a reason.
pub(super) const SKIP_REASONS: [(&str, bool); 2] = [("required", true), ("optional", false)];

/// The keys that say what a step does.
pub(super) const KINDS: [&str; 11] = StepKind::KEYS;

/// Keys of a step that the language keeps for later.
pub(super) const LATER: [&str; 6] = ["host", "pty", "sign", "escalation", "export", "lock"];

/// Keys of a step that do something for these kinds only.
pub(super) const MEANT_FOR: [(&str, &[&str]); 13] = [
    ("shell", &["run"]),
    ("steps", &["parallel", "steps"]),
    ("effect", &["run", "exec"]),
    ("confirm", &["run", "exec"]),
    ("interactive", &["run", "exec"]),
    ("undo", &["run", "exec"]),
    ("verify", &["run", "exec", "manual"]),
    ("outputs", &["run", "exec", "check"]),
    ("retry", &["run", "exec", "check", "wait"]),
    ("warn_only", &["check"]),
    ("env", &["run", "exec", "check", "wait"]),
    ("cwd", &["run", "exec", "check", "wait"]),
    ("timeout", &["run", "exec", "check", "wait", "call"]),
];

const COMMAND: &[Key] = &[
    optional("run", Holds::Script, "Constant text for a shell; values reach it by `env`."),
    optional("exec", Holds::Program, "A program and its arguments; one template is one argument."),
    optional("shell", Holds::Constants, "The interpreter of `run` and its first arguments."),
];

const VALUE: &[Key] = &[
    required("type", Holds::Word(&const { spellings(&TYPES) }), "What the value is."),
    optional("ask", Holds::Text, "The question; for a secret also `at_step`."),
    optional("pattern", Holds::Constant, "A regular expression that the whole value matches."),
    optional("min", Holds::Whole(i64::MIN), "Smallest number, for `type: int`."),
    optional("max", Holds::Whole(i64::MIN), "Largest number, for `type: int`."),
    optional("values", Holds::Constants, "What can be chosen, for `type: enum`."),
    optional("unit", Holds::Constant, "What a number counts, such as `percent`."),
];

const ENV: Holds = Holds::Named(Names::Variables, &Holds::Text);

pub(super) static RUNBOOK: Shape = Shape {
    name: "runbook",
    what: "a runbook",
    own: &[
        required("runbook", Holds::Format, "Version of the language."),
        required("id", Holds::Id, "The file's name without `.yaml`."),
        required("version", Holds::Version, "Version of this procedure."),
        required("title", Holds::Constant, "Its name for people."),
        required("steps", Holds::Many(&STEP), "What is done, in order."),
        optional("owner", Holds::Constant, "The role that answers for it."),
        optional("reviewed", Holds::Date, "When somebody last read it through."),
        optional("review_by", Holds::Date, "When somebody has to read it again."),
        optional("risk", Holds::Word(&const { spellings(&RISKS) }), "How much harm it can do."),
        optional("severity", Holds::Text, "How bad things are when it is needed."),
        optional("needs", Holds::Words(&const { spellings(&NEEDS) }), "What the target folder has to be."),
        optional("fixes", Holds::Text, "What it fixes, in a sentence."),
        optional("symptoms", Holds::Constants, "What people see when they need it."),
        optional("errors", known_messages::HOLDS, "Messages that lead here; `{name}` stands for what differs each time."),
        optional("alerts", Holds::Constants, "Alert names that lead here."),
        optional("aliases", Holds::Constants, "Other names for it."),
        optional("tags", Holds::Constants, "Labels for lists."),
        optional("stop_if", Holds::Text, "When to stop and do something else."),
        optional("escalate", Holds::Constant, "The role to call when stuck."),
        optional("links", Holds::Constants, "Further reading: relative file links."),
        optional("doc", Holds::Text, "What it is about, in Markdown."),
        optional("budget", Holds::One(&BUDGET), "Expected and allowed times."),
        optional("lock", Holds::One(&LOCK), "What may not run twice at once."),
        optional("target", Holds::Constant, "The folder that steps work in, relative to the project."),
        optional("inherit", Holds::Constants, "Variables that steps take over from whoever drives, by name."),
        optional("outputs", Holds::Named(Names::Lower, &Holds::Text), "What a caller gets."),
        optional("params", Holds::Named(Names::Lower, &Holds::One(&PARAM)), "What is asked before the first step."),
        optional("roles", Holds::Named(Names::Free, &Holds::One(&ROLE)), "Who may take which part."),
        optional("defaults", Holds::One(&DEFAULTS), "What steps have unless they say otherwise."),
        optional("undo", Holds::One(&UNDO_OF_RUN), "How a finished run is undone."),
        optional("on_failure", Holds::Many(&STEP), "What is done after a failure."),
        optional("finally", Holds::Many(&STEP), "What is done at the end in every case."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static BUDGET: Shape = Shape {
    name: "budget",
    what: "a budget",
    own: &[
        optional("expect", Holds::Time, "How long it usually takes."),
        optional("warn", Holds::Time, "When to look up."),
        optional("limit", Holds::Time, "When it has to stop."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static LOCK: Shape = Shape {
    name: "lock",
    what: "a lock",
    own: &[
        required("key", Holds::Text, "Two runs with the same key exclude each other."),
        optional("wait", Holds::Time, "How long to wait for the other run."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static UNDO_OF_RUN: Shape = Shape {
    name: "undo_of_run",
    what: "the undo of a runbook",
    own: &[required("instead", Holds::Id, "The runbook that takes a finished run back.")],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static PARAM: Shape = Shape {
    name: "param",
    what: "a param",
    own: &[
        optional("default", Holds::Text, "What is taken when nobody answers."),
        optional("optional", Holds::Flag, "Whether the run may start without it."),
        optional("expose", Holds::Word(&const { spellings(&EXPOSES) }), "How a step receives the secret."),
        optional("from", Holds::One(&SECRET_SOURCE), "Where the secret comes from."),
    ],
    shared: &[VALUE],
    one_of: &[],
    with: &[],
};

pub(super) static SECRET_SOURCE: Shape = Shape {
    name: "secret_source",
    what: "the source of a secret",
    own: &[required("command", Holds::Constants, "A command whose output is the secret.")],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static VALUE_FIELD: Shape = Shape {
    name: "field",
    what: "a field",
    own: &[],
    shared: &[VALUE],
    one_of: &[],
    with: &[],
};

pub(super) static OUTPUT: Shape = Shape {
    name: "output",
    what: "an output",
    own: &[],
    shared: &[VALUE],
    one_of: &[],
    with: &[],
};

pub(super) static ROLE: Shape = Shape {
    name: "role",
    what: "a role rule",
    own: &[
        required("any_of", Holds::Constants, "Roles, any of which will do."),
        optional("not", Holds::Words(&const { spellings(&EXCLUDED) }), "Who may not, although the role fits."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static DEFAULTS: Shape = Shape {
    name: "defaults",
    what: "defaults",
    own: &[
        optional("shell", Holds::Constants, "The interpreter of `run` and its first arguments."),
        optional("env", ENV, "Environment of every step."),
        optional("timeout", Holds::Time, "How long a step may take."),
        optional("on_fail", Holds::Word(&const { spellings(&ON_FAIL) }), "What happens when a step fails."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static STEP: Shape = Shape {
    name: "step",
    what: "a step",
    own: &[
        required("id", Holds::Name, "Its name, unique in the file."),
        optional("title", Holds::Items, "What is done, for people; `${{ each.NAME }}` is filled."),
        optional("doc", Holds::Text, "Why and how, in Markdown."),
        optional("fail_text", Holds::Text, "What to do when it fails, in Markdown."),
        optional("check", Holds::One(&CHECK), "Execute something that only looks."),
        optional("manual", Holds::One(&MANUAL), "A person does it."),
        optional("approve", Holds::One(&APPROVE), "A person allows it."),
        optional("decide", Holds::One(&DECIDE), "A person chooses."),
        optional("wait", Holds::One(&WAIT), "Time passes."),
        optional("call", Holds::One(&CALL), "Another runbook."),
        optional("notify", Holds::One(&NOTIFY), "A message."),
        optional("parallel", Holds::One(&PARALLEL), "The `steps` beside it, several at once."),
        optional("steps", Holds::Many(&STEP), "The steps inside it: of `parallel` at once, else one after the other."),
        optional("role", Holds::Constant, "Who does it."),
        optional("effect", Holds::Word(&const { spellings(&EFFECTS) }), "What a crash in the middle means."),
        optional("verify", Holds::One(&VERIFY), "Is it already so?"),
        optional("undo", Holds::One(&UNDO), "How it is undone."),
        optional("confirm", Holds::Text, "What the operator types first."),
        optional("interactive", Holds::Either(&[Holds::Flag, Holds::One(&REFUSAL)]), "Whether it owns the terminal, or when it is given it."),
        optional("when", Holds::Condition, "The condition under which it is done."),
        optional("for_each", Holds::One(&FOR_EACH), "Once for each of a list."),
        optional("env", ENV, "Its environment."),
        optional("cwd", Holds::Constant, "Its folder below the target."),
        optional("expect", Holds::Time, "How long it usually takes."),
        optional("timeout", Holds::Time, "How long it may take."),
        optional("retry", Holds::One(&RETRY), "How often it is tried again."),
        optional("skip", Holds::One(&SKIP), "Who may skip it."),
        optional("on_fail", Holds::Word(&const { spellings(&ON_FAIL) }), "What happens when it fails."),
        optional("warn_only", Holds::Flag, "Whether a failure only warns."),
        optional("outputs", Holds::Named(Names::Lower, &Holds::One(&OUTPUT)), "What it hands to later steps."),
    ],
    shared: &[COMMAND],
    one_of: &KINDS,
    with: &[("parallel", "steps")],
};

pub(super) static CHECK: Shape = Shape {
    name: "check",
    what: "a check",
    own: &[optional("assert", Holds::Condition, "What has to hold of its output, read as JSON.")],
    shared: &[COMMAND],
    one_of: &["run", "exec"],
    with: &[],
};

pub(super) static VERIFY: Shape = Shape {
    name: "verify",
    what: "verify",
    own: &[
        optional("absent", Holds::ExitCodes, "The exit codes that mean no; 0 is yes, others are unknown."),
        optional("interactive", Holds::One(&REFUSAL), "When it is given the terminal."),
        optional("env", ENV, "Further environment."),
    ],
    shared: &[COMMAND],
    one_of: &["run", "exec"],
    with: &[],
};

pub(super) static UNDO: Shape = Shape {
    name: "undo",
    what: "undo",
    own: &[
        optional("none", Holds::Text, "Why it cannot be undone."),
        optional("instead", Holds::Id, "The runbook that takes it back."),
        optional("effect", Holds::Word(&const { spellings(&EFFECTS) }), "Whether it can be repeated."),
        optional("verify", Holds::One(&VERIFY), "Is it undone already?"),
        optional("interactive", Holds::One(&REFUSAL), "When it is given the terminal."),
        optional("env", ENV, "Further environment."),
    ],
    shared: &[COMMAND],
    one_of: &["run", "exec", "none", "instead"],
    with: &[],
};

pub(super) static REFUSAL: Shape = Shape {
    name: "refusal",
    what: "`interactive`",
    own: &[
        required("says", Holds::Constants, "Texts of which its output has one, if it did nothing and needs a person."),
        optional("exit", Holds::ExitCodes, "The exit codes with which it says so; all but 0 if there is none."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static MANUAL: Shape = Shape {
    name: "manual",
    what: "a manual step",
    own: &[
        required("text", Holds::Items, "What to do, in Markdown."),
        optional("fields", Holds::Named(Names::Lower, &Holds::One(&VALUE_FIELD)), "What to write down."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static APPROVE: Shape = Shape {
    name: "approve",
    what: "an approval",
    own: &[
        optional("role", Holds::Constant, "Who may approve."),
        optional("matrix", Holds::Text, "The row of the approval matrix that says who has to approve."),
        required("text", Holds::Text, "What is allowed."),
        optional("count", Holds::Whole(1), "How many people with the role."),
        optional("expires", Holds::Time, "When silence becomes a no."),
        optional("commit", Holds::Text, "The commit that is approved."),
        optional("since", Holds::Text, "The commit or tag behind which the authors begin."),
        optional("artefact", Holds::Text, "What is approved beside the commit, such as the integrity of a tarball."),
        optional("labels", Holds::Text, "Words by which rows of the matrix ask more roles."),
        optional("evidence", Holds::Named(Names::Lower, &Holds::Text), "What earlier steps found of it, by name."),
    ],
    shared: &[],
    one_of: &["role", "matrix"],
    with: &[],
};

pub(super) static DECIDE: Shape = Shape {
    name: "decide",
    what: "a decision",
    own: &[
        required("text", Holds::Items, "What the choice is about, in Markdown."),
        required("options", Holds::Named(Names::Lower, &Holds::One(&CHOICE)), "What can be chosen."),
        optional("auto", Holds::One(&AUTO), "When the choice makes itself."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static CHOICE: Shape = Shape {
    name: "option",
    what: "an option",
    own: &[
        optional("label", Holds::Text, "What it is called for people."),
        optional("goto", Holds::Name, "Back to a step; needs `max`."),
        optional("max", Holds::Whole(1), "How many times at most."),
        optional("rollback", Holds::Flag, "Take everything back."),
        optional("stop", Holds::Flag, "End the run."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static AUTO: Shape = Shape {
    name: "auto",
    what: "an automatic choice",
    own: &[
        required("when", Holds::Condition, "The condition under which it is made."),
        required("choose", Holds::Name, "The option."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static WAIT: Shape = Shape {
    name: "wait",
    what: "a wait",
    own: &[
        optional("for", Holds::TimeTemplate, "How long."),
        optional("or_until", Holds::One(&UNTIL), "A probe that ends it sooner."),
        optional("until", Holds::One(&POLL), "A probe that has to say yes, or the step fails."),
        optional("every", Holds::Time, "How long between two questions of `until`."),
        optional("within", Holds::TimeTemplate, "The time in which `until` has to say yes."),
    ],
    shared: &[],
    one_of: &[],
    with: &[("until", "every"), ("until", "within"), ("every", "until"), ("within", "until")],
};

pub(super) static UNTIL: Shape = Shape {
    name: "until",
    what: "a probe",
    own: &[
        required("every", Holds::Time, "How long between two probes."),
        required("times", Holds::Whole(1), "How often at most."),
    ],
    shared: &[COMMAND],
    one_of: &["run", "exec"],
    with: &[],
};

pub(super) static POLL: Shape = Shape {
    name: "poll",
    what: "what is asked",
    own: &[
        optional("not_yet", Holds::ExitCodes, "The exit codes that mean not yet; 1 unless it says so. Others cannot tell."),
        optional("never", Holds::ExitCodes, "The exit codes after which it will never say yes."),
        optional("env", ENV, "Further environment."),
    ],
    shared: &[COMMAND],
    one_of: &["run", "exec"],
    with: &[],
};

pub(super) static CALL: Shape = Shape {
    name: "call",
    what: "a call",
    own: &[
        required("runbook", Holds::Id, "Its id."),
        optional("version", Holds::VersionRange, "The versions that will do."),
        optional("with", Holds::Named(Names::Lower, &Holds::Text), "Its params."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static NOTIFY: Shape = Shape {
    name: "notify",
    what: "a message",
    own: &[
        required("channel", Holds::Constant, "A name of data/channels.yaml."),
        optional("text", Holds::Text, "What is said."),
        optional("message", Holds::Constant, "A name of data/messages.yaml, whose text is said."),
        optional("with", Holds::Named(Names::Free, &Holds::Text), "Values for the `{name}` places of the message."),
    ],
    shared: &[],
    one_of: &["text", "message"],
    with: &[],
};

pub(super) static PARALLEL: Shape = Shape {
    name: "parallel",
    what: "parallel",
    own: &[
        optional("max", Holds::Whole(1), "How many at a time."),
        optional("on_fail", Holds::Word(&const { spellings(&PARALLEL_FAILURES) }), "Whether a failure lets the others finish."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static FOR_EACH: Shape = Shape {
    name: "for_each",
    what: "for_each",
    own: &[
        required("in", Holds::Templates, "The items."),
        required("as", Holds::Name, "The name of the item: `each.NAME`."),
        optional("max", Holds::Whole(1), "How many at a time."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static RETRY: Shape = Shape {
    name: "retry",
    what: "retry",
    own: &[
        required("max", Holds::Whole(1), "How many further times."),
        optional("delay", Holds::Time, "The first pause."),
        optional("factor", Holds::Number, "What each further pause is multiplied with."),
        optional("jitter", Holds::Number, "The part of a pause that is left to chance, 0 to 1."),
        optional("on_exit", Holds::ExitCodes, "The exit codes worth another try."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};

pub(super) static SKIP: Shape = Shape {
    name: "skip",
    what: "skip",
    own: &[
        optional("role", Holds::Constant, "The role."),
        optional("reason", Holds::Word(&const { spellings(&SKIP_REASONS) }), "Whether a reason has to be given."),
    ],
    shared: &[],
    one_of: &[],
    with: &[],
};
