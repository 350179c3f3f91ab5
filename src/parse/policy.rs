//! `content/data/{roles,approvals,channels}.yaml` to [`Policy`].

mod keys;
mod matrix;
mod requires;

use crate::diag::{Diagnostic, Diagnostics, codes, did_you_mean};
use crate::model::policy::{self, Channel, Delegates, Person, Policy, Role, Sink};
use crate::parse::fields::{self, Fields};
use crate::parse::schema;
use crate::parse::terms;
use crate::parse::yaml::{self, Key, Node, Value};
use crate::signatures::SignerKey;
use crate::source::{SourceId, Span, Spanned};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The files that hold policy, by the names [`parse`] takes.
pub const FILES: [&str; 3] = ["roles.yaml", "approvals.yaml", "channels.yaml"];

/// The JSON Schemas of `roles.yaml` and `approvals.yaml`.
pub fn schemas() -> [serde_json::Value; 2] {
    [
        schema::json_schema(&keys::ROLES, "Roles and people"),
        schema::json_schema(&keys::APPROVALS, "Who approves"),
    ]
}

/// Reads one of [`FILES`] into `policy`; other names are left alone.
pub fn parse(
    name: &str,
    source: SourceId,
    text: &str,
    policy: &mut Policy,
    diagnostics: &mut Diagnostics,
) {
    in_another_case(name, source, diagnostics);
    let Some(root) = yaml::parse(source, text, 0..text.len(), diagnostics) else {
        return;
    };
    match name {
        "roles.yaml" => roles(&root, policy, diagnostics),
        "approvals.yaml" => matrix::read(&root, policy, diagnostics),
        "channels.yaml" => channels(&root, policy, diagnostics),
        _ => {}
    }
}

/// Reports a file whose name differs from one of ours in nothing but small and large letters: it is read as
/// values of pages alone.
fn in_another_case(name: &str, source: SourceId, diagnostics: &mut Diagnostics) {
    let ours = FILES.into_iter().chain([terms::FILE]);
    let meant = ours
        .into_iter()
        .find(|ours| *ours != name && ours.eq_ignore_ascii_case(name));
    if let Some(meant) = meant {
        let message = format!("`{name}` is not read as `{meant}`: its name is another");
        diagnostics.report(
            Diagnostic::new(codes::FILE_NOT_READ, Span::start_of(source), message)
                .help(format!("rename it to `{meant}`")),
        );
    }
}

fn roles(root: &Node, policy: &mut Policy, diagnostics: &mut Diagnostics) {
    let Some(mut fields) = Fields::shaped(root, &keys::ROLES, diagnostics) else {
        return;
    };
    if let Some(node) = fields.node("roles") {
        let entries = fields::entries(node, "roles", diagnostics);
        let read = entries
            .iter()
            .filter_map(|(key, node)| role(key, node, diagnostics));
        policy.roles = Some(read.collect());
    }
    if let Some(node) = fields.node("people") {
        let entries = fields::entries(node, "people", diagnostics);
        let read = entries
            .iter()
            .filter_map(|(key, node)| person(key, node, diagnostics));
        policy.people = read.collect();
        each_its_own(&policy.people, diagnostics);
        delegates_to_somebody(&policy.people, diagnostics);
    }
    fields.finish(diagnostics);
}

fn name_of(key: &Key) -> Spanned<String> {
    Spanned::new(key.text.clone(), key.span)
}

fn role(key: &Key, node: &Node, diagnostics: &mut Diagnostics) -> Option<Role> {
    if !fields::is_id(&key.text) {
        let message = format!("`{}` cannot name a role", key.text);
        diagnostics.report(
            Diagnostic::new(codes::ROLE_ID, key.span, message)
                .help("small letters, digits and `-`, a letter first"),
        );
        return None;
    }
    let mut fields = Fields::shaped(node, &keys::ROLE, diagnostics)?;
    let title = fields.text("title", diagnostics);
    let role = Role {
        id: name_of(key),
        title: title.map_or_else(|| key.text.clone(), |title| title.value),
        decides: fields.text("decides", diagnostics).map(|t| t.value),
        deputy: fields.text("deputy", diagnostics),
    };
    fields.finish(diagnostics);
    Some(role)
}

fn person(key: &Key, node: &Node, diagnostics: &mut Diagnostics) -> Option<Person> {
    let mut fields = Fields::shaped(node, &keys::PERSON, diagnostics)?;
    let accounts = fields.texts("os", diagnostics);
    let roles = fields.texts("roles", diagnostics);
    let keys = fields.texts("keys", diagnostics).into_iter();
    let keys = keys
        .filter_map(|written| signer_key(written, diagnostics))
        .collect();
    let mails = fields.texts("mails", diagnostics).into_iter();
    let mails = mails.map(|mail| mail.value.to_lowercase()).collect();
    let delegates = fields.node("delegates");
    let delegates = delegates.and_then(|node| delegation(node, diagnostics));
    fields.finish(diagnostics);
    Some(Person {
        delegates,
        key: key.text.clone(),
        accounts: accounts.into_iter().map(|account| account.value).collect(),
        roles,
        keys,
        mails,
    })
}

fn delegation(node: &Node, diagnostics: &mut Diagnostics) -> Option<Delegates> {
    let mut fields = Fields::shaped(node, &keys::DELEGATES, diagnostics)?;
    let to = fields.required_text("to", diagnostics);
    let mut day = |key| {
        let day: Option<Spanned<Date>> =
            fields.parsed(key, "a day such as `2026-12-20`", diagnostics);
        if day.is_none() && fields.key_span(key).is_none() {
            fields.missing(key, diagnostics);
        }
        day
    };
    let (from, until) = (day("from"), day("until"));
    fields.finish(diagnostics);
    let (to, from, until) = (to?, from?, until?);
    if until.value < from.value {
        let message = "a delegation ends before it begins";
        diagnostics.report(
            Diagnostic::new(codes::ROLE_DELEGATE, until.span, message)
                .help("`from` is the first day, and `until` the last"),
        );
        return None;
    }
    Some(Delegates {
        to,
        from: from.value,
        until: until.value,
    })
}

/// Reports who delegates to somebody who is not there, or to themselves.
fn delegates_to_somebody(people: &[Person], diagnostics: &mut Diagnostics) {
    for person in people {
        let Some(Delegates { to, .. }) = &person.delegates else {
            continue;
        };
        let others = people.iter().filter(|other| other.key != person.key);
        let others: Vec<&str> = others.map(|other| other.key.as_str()).collect();
        if others.contains(&to.value.as_str()) {
            continue;
        }
        let message = match to.value == person.key {
            true => format!("{} delegates to nobody else", to.value),
            false => format!("`people` lists nobody called `{}`", to.value),
        };
        let help = did_you_mean(&to.value, others.iter().copied())
            .unwrap_or_else(|| format!("it lists: {}", others.join(", ")));
        diagnostics.report(Diagnostic::new(codes::ROLE_DELEGATE, to.span, message).help(help));
    }
}

fn signer_key(
    written: Spanned<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<SignerKey>> {
    match SignerKey::parse(&written.value) {
        Ok(key) => Some(Spanned::new(key, written.span)),
        Err(why) => {
            let message = format!("this cannot be a key of a person: {why}");
            diagnostics.report(Diagnostic::new(codes::ROLE_KEY, written.span, message));
            None
        }
    }
}

/// Reports a key of two people: what is signed by it would be the word of either.
fn each_its_own(people: &[Person], diagnostics: &mut Diagnostics) {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for person in people {
        for key in &person.keys {
            let owner = owners.entry(key.value.fingerprint()).or_insert(&person.key);
            if *owner != person.key {
                let message = format!(
                    "this key is listed for `{owner}` already: nobody could tell whose word it signs"
                );
                diagnostics.report(
                    Diagnostic::new(codes::ROLE_KEY, key.span, message)
                        .help("list each key for one person"),
                );
            }
        }
    }
}

/// The keys of a channel.
const SINKS: [&str; 4] = ["terminal", "file", "command", "webhook"];

fn channels(root: &Node, policy: &mut Policy, diagnostics: &mut Diagnostics) {
    let entries = fields::entries(root, "channels.yaml", diagnostics);
    // A channel may have this name.
    let is_sink = |(key, _): &(Key, Node)| SINKS.contains(&key.text.as_str());
    if let [(key, node)] = entries
        && key.text == "channels"
        && let Value::Map(below) = &node.value
        && !below.iter().any(is_sink)
    {
        let message = "channels.yaml has no key `channels`";
        diagnostics.report(
            Diagnostic::new(codes::YAML_UNKNOWN_KEY, key.span, message)
                .help("write the channels at the top of the file: `NAME: { terminal: {} }`"),
        );
        return;
    }
    let read = entries.iter().filter_map(|(key, node)| {
        Some(Channel {
            name: name_of(key),
            sink: sink(node, diagnostics)?,
        })
    });
    policy.channels = Some(read.collect());
}

/// Where a message is posted: an address, or the variable that holds it.
fn address(written: Spanned<String>, diagnostics: &mut Diagnostics) -> Option<Sink> {
    let text = &written.value;
    let variable = |name: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(inner)
    };
    let web = ["https://", "http://"].into_iter();
    let fits = web
        .filter_map(|scheme| text.strip_prefix(scheme))
        .any(|host| !host.is_empty() && !text.contains(char::is_whitespace))
        || text.strip_prefix('$').is_some_and(variable);
    if fits {
        return Some(Sink::Webhook(written.value));
    }
    diagnostics.report(
        Diagnostic::new(codes::YAML_BAD_VALUE, written.span, format!("`{text}` is no address of a webhook"))
            .help("write `https://…`, or `$NAME` for an address that is a secret and stands in the operator's environment"),
    );
    None
}

/// The file that messages are added to. One that cannot be is a finding, and a channel all the same:
/// a run refuses it again.
fn file(path: Spanned<String>, diagnostics: &mut Diagnostics) -> Sink {
    if let Some(fault) = policy::file_fault(&path.value) {
        let message = format!("`{}` cannot take messages: {fault}", path.value);
        diagnostics.report(Diagnostic::new(codes::CHANNEL_FILE, path.span, message).help(
            "write a name such as `messages.txt`, which is kept with the runs, or an absolute path outside every target",
        ));
    }
    Sink::File(path)
}

fn sink(node: &Node, diagnostics: &mut Diagnostics) -> Option<Sink> {
    let mut fields = Fields::open(node, "a channel", diagnostics)?;
    let terminal = fields.key_span("terminal").is_some();
    fields.node("terminal");
    let file = fields.text("file", diagnostics);
    let command = fields.texts("command", diagnostics);
    let webhook = fields.text("webhook", diagnostics);
    let sink = match (terminal, file, command.is_empty(), webhook) {
        (true, None, true, None) => Some(Sink::Terminal),
        (false, Some(file), true, None) => Some(self::file(file, diagnostics)),
        (false, None, false, None) => Some(Sink::Command(
            command.into_iter().map(|c| c.value).collect(),
        )),
        (false, None, true, Some(webhook)) => address(webhook, diagnostics),
        // A key that is none is the cause.
        _ if fields.has_unknown() => None,
        _ => {
            fields::wrong_type(
                node,
                "a channel with one of `terminal`, `file`, `command`, `webhook`",
                diagnostics,
            );
            None
        }
    };
    fields.finish(diagnostics);
    sink
}
