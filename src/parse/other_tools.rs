//! What people of other tools write, and what it is called here.
//!
//! A key that means nothing here is mostly one that means something in Ansible, GitHub Actions, GitLab,
//! Rundeck, MkDocs or Hugo. [`of_key`] and [`of_word`] know the ones that are written most; a message about a
//! key or a word asks them first, and the nearest spelling only then.

use super::yaml::in_flow;

/// What is written here instead of a key of another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    /// Another key with the same meaning, which stands in its place.
    Key(&'static str),
    /// Something else: the next step, as a help line.
    Way(&'static str),
}

use Instead::{Key, Way};

/// A mapping, what people write in it, and what is written here instead.
type Row = (&'static str, &'static [&'static str], Instead);

const PARALLEL: &str =
    "delete it: steps are done in the order they are written; `parallel` does several at once";
const SUDO: &str = "delete it, and write `sudo` into the command, or run the program as that user";
const LOOK: &str = "delete it; colours and templates are changed in `themes/default/`";

const KEYS: &[Row] = &[
    ("a step", &["command", "cmd", "commands", "script", "scripts", "bash", "sh", "action", "raw"], Key("run")),
    ("a step", &["name", "label", "summary", "displayName"], Key("title")),
    ("a step", &["description", "comment"], Key("doc")),
    ("a step", &["if", "condition", "only_if"], Key("when")),
    ("a step", &["uses", "include", "job", "jobref", "playbook", "import_tasks", "include_tasks"], Way("write `call: { runbook: ID }` to run another runbook as this step")),
    ("a step", &["with", "args", "arguments"], Way("write values for a command into `env`; those for another runbook go into `call: { runbook: ID, with: { … } }`")),
    ("a step", &["register", "output", "set_fact"], Way("write `outputs: { NAME: { type: string } }`; the command writes `NAME=value` to the file `$RB_OUTPUT`")),
    ("a step", &["ignore_errors", "continue-on-error", "continue_on_error", "allow_failure", "keepgoing"], Way("write `on_fail: continue`")),
    ("a step", &["become", "become_user", "sudo", "user", "run_as"], Way(SUDO)),
    ("a step", &["retries", "attempts"], Key("retry")),
    ("a step", &["until"], Way("write `retry: { max: 3, delay: 10s }`, or a step with `wait: { until: { run: … }, every: 30s, within: 10m }`")),
    ("a step", &["loop", "foreach", "with_items", "matrix"], Key("for_each")),
    ("a step", &["environment", "vars", "variables"], Key("env")),
    ("a step", &["working_directory", "working-directory", "workdir", "chdir", "dir"], Key("cwd")),
    ("a step", &["timeout-minutes", "timeout_minutes", "async"], Way("write `timeout: 10m`")),
    ("a step", &["depends_on", "dependsOn", "needs", "requires", "after"], Way(PARALLEL)),
    ("a step", &["delegate_to", "hosts", "remote", "runs-on", "nodes"], Way(HOST)),
    ("a step", &["rollback", "cleanup"], Key("undo")),
    ("a step", &["assert"], Way("write `check: { run: \"…\", assert: \"…\" }`")),
    ("a step", &["prompt", "pause", "instructions"], Key("manual")),
    ("a step", &["approval", "gate"], Key("approve")),
    ("a step", &["sleep", "delay"], Way("write `wait: { for: 10m }`")),
    ("a step", &["message", "slack"], Key("notify")),
    ("a runbook", &["tasks", "jobs", "stages", "commands", "script", "sequence", "procedure"], Key("steps")),
    ("a runbook", &["vars", "variables", "inputs", "parameters", "arguments", "options", "vars_prompt"], Key("params")),
    ("a runbook", &["name"], Key("title")),
    ("a runbook", &["description", "summary", "overview"], Key("doc")),
    ("a runbook", &["env", "environment"], Way("write `defaults: { env: { … } }` for all steps, or `env` into one step")),
    ("a runbook", &["shell", "timeout", "on_fail"], Way("write it below `defaults:`, for all steps, or into one step")),
    ("a runbook", &["author", "maintainer", "team"], Key("owner")),
    ("a runbook", &["hosts", "runs-on", "nodes"], Way(HOST)),
    ("a runbook", &["working_directory", "workdir", "cwd", "dir"], Key("target")),
    ("a runbook", &["on", "schedule", "triggers", "when"], Way("delete it: a run begins with `runbook exec`, from a shell, cron or a pipeline")),
    ("a runbook", &["handlers", "rescue", "on_error"], Key("on_failure")),
    ("a runbook", &["always", "cleanup", "post"], Key("finally")),
    ("a runbook", &["become", "become_user", "sudo"], Way(SUDO)),
    ("a param", &["required"], Way("delete it: a param is asked for unless it has a `default` or `optional: true`")),
    ("a param", &["description", "prompt", "label", "message", "question", "help"], Key("ask")),
    ("a field", &["description", "prompt", "label", "message", "question", "help"], Key("ask")),
    ("a param", &["choices", "options", "enum", "allowed"], Key("values")),
    ("a field", &["choices", "options", "enum", "allowed"], Key("values")),
    ("a param", &["regex", "validate"], Key("pattern")),
    ("a param", &["value"], Key("default")),
    ("a param", &["secret", "private", "secure", "sensitive"], Way("write `type: secret`")),
    ("a wait", &["timeout", "max", "limit", "deadline"], Key("within")),
    ("a wait", &["interval", "delay", "period"], Key("every")),
    ("a wait", &["run", "exec", "check", "probe", "command"], Way("write `until: { run: … }`, with `every` and `within` beside it")),
    ("what is asked", &["every", "within"], Way("write it beside `until`, not in it")),
    ("what is asked", &["times", "retries", "attempts", "max"], Way("delete it, and write beside `until` how long it may take: `within: 10m`")),
    ("what is asked", &["absent"], Key("not_yet")),
    ("retry", &["times", "retries", "attempts", "count"], Key("max")),
    ("retry", &["interval", "pause", "wait"], Key("delay")),
    ("an approval", &["approvers", "by", "who", "group"], Key("role")),
    ("an approval", &["timeout"], Key("expires")),
    ("a wait", &["seconds", "minutes", "duration", "time"], Key("for")),
    ("a message", &["message", "msg", "body"], Key("text")),
    ("a message", &["to"], Key("channel")),
    ("a call", &["id", "name"], Key("runbook")),
    ("a call", &["params", "vars", "inputs"], Key("with")),
    ("a role", &["name", "label"], Key("title")),
    ("a role", &["description"], Key("decides")),
    ("a role", &["backup", "delegate"], Key("deputy")),
    ("a role", &["members", "users", "people"], Way("write people below `people:` of this file, each with their `roles`")),
    ("a channel", &["slack", "teams", "http", "url", "mattermost", "discord"], Key("webhook")),
    ("a channel", &["stdout", "console", "log"], Key("terminal")),
    ("a channel", &["email", "mail", "exec", "run", "script"], Key("command")),
    ("site.yaml", &["name", "site_name", "siteName", "project"], Key("title")),
    ("site.yaml", &["docs_dir", "docs", "contentDir", "content_dir", "source", "src", "srcDir"], Way("write `roots: [{ dir: docs }]`, with the folder that your pages are in")),
    ("site.yaml", &["site_url", "baseURL", "baseUrl", "baseurl", "hostname"], Key("url")),
    ("site.yaml", &["repo_url", "repository"], Key("repo")),
    ("site.yaml", &["edit_uri", "editUrl"], Key("edit")),
    ("site.yaml", &["navigation", "sidebar", "menu", "toc"], Key("nav")),
    ("site.yaml", &["extra", "params", "variables"], Key("vars")),
    ("site.yaml", &["theme", "themes", "extra_css", "extra_javascript", "themeConfig"], Way(LOOK)),
    ("site.yaml", &["plugins", "markdown_extensions", "presets"], Way("delete it: search, tabs, alerts and code need no extension here")),
    ("site.yaml", &["site_dir", "publishDir", "destination"], Way("delete it, and write `runbook build --out DIR`")),
];

/// What to do instead of naming another machine.
pub(crate) const HOST: &str =
    "delete it: steps run on this machine; write `ssh HOST …` into the command to reach another";

/// What is written instead of a key that `what`, such as `a step`, does not have.
pub(crate) fn of_key(what: &str, key: &str) -> Option<Instead> {
    let row = KEYS
        .iter()
        .find(|(within, keys, _)| *within == what && keys.contains(&key));
    row.map(|(_, _, instead)| *instead)
}

/// What a single value probably stands for where `what` has keys; nothing where nobody can tell.
pub(crate) fn short(what: &str, written: &str) -> Option<String> {
    let value = in_flow(written);
    match (what, written) {
        ("a role", _) => Some(format!("{{ title: {value} }}")),
        ("a person", _) => Some(format!("{{ roles: [{value}] }}")),
        ("a channel", "terminal") => Some("{ terminal: {} }".to_owned()),
        ("a channel", _) if written.contains("://") || written.starts_with('$') => {
            Some(format!("{{ webhook: {value} }}"))
        }
        ("a channel", _) => Some(format!("{{ file: {value} }}")),
        ("a term", _) => Some(format!("{{ short: {value} }}")),
        _ => None,
    }
}

const WORDS: &[(&[&str], &str)] = &[
    (&["boolean", "flag", "checkbox"], "bool"),
    (&["number", "integer", "float"], "int"),
    (&["str", "textarea"], "string"),
    (&["choice", "select", "list", "options"], "enum"),
    (&["password", "secure", "sensitive"], "secret"),
    (&["ignore", "warn"], "continue"),
    (&["stop", "abort", "exit"], "fail"),
    (&["undo", "revert"], "rollback"),
    (&["critical"], "high"),
    (&["ask", "prompt", "wait"], "pause"),
    (&["info"], "off"),
];

/// The word of `choices` that another tool calls `word`.
pub(crate) fn of_word(word: &str, choices: &[&'static str]) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let fits = |(theirs, ours): &&(&[&str], &'static str)| {
        theirs.contains(&word.as_str()) && choices.contains(ours)
    };
    WORDS.iter().find(fits).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tool_calls_it_leads_to_our_word() {
        assert_eq!(of_key("a step", "command"), Some(Key("run")));
        assert_eq!(of_key("a runbook", "command"), None);
        assert_eq!(of_word("Boolean", &["int", "bool"]), Some("bool"));
        assert_eq!(of_word("boolean", &["low", "high"]), None);
    }

    #[test]
    fn no_key_stands_in_two_rows() {
        for (what, keys, instead) in KEYS {
            for key in *keys {
                assert_eq!(of_key(what, key), Some(*instead), "{what}: {key}");
            }
        }
    }
}
