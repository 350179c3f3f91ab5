//! Names of environment variables: which a runbook may set, and which its steps may take over from
//! whoever drives.
//!
//! What changes how programs run is neither set nor taken over, and no secret is taken over: a param of
//! `type: secret` is never kept and is masked in logs, an inherited value is not.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::parse::fields::Fields;
use crate::source::{Span, Spanned};

/// What a name may not be, at its place; `None` if a runbook may set it.
pub(crate) fn not_settable(name: &str, span: Span) -> Option<Diagnostic> {
    let (code, message, help) = if !is_name(name) {
        (
            codes::RUNBOOK_ENV_NAME,
            format!("`{name}` cannot be the name of a variable"),
            "use letters, digits and `_`, a letter first",
        )
    } else if changes_programs(name) {
        (
            codes::RB104,
            format!("`{name}` changes how programs run and cannot be set here"),
            "choose another name and let the command use it by that name",
        )
    } else if name.starts_with("RB_") {
        (
            codes::RB104,
            format!("`{name}` is one of the program's own names"),
            "choose a name that does not begin with `RB_`",
        )
    } else {
        return None;
    };
    Some(Diagnostic::new(code, span, message).help(help))
}

/// Reads `inherit`: the names that steps may take over. Each that they may not is a finding.
pub(crate) fn inherited(fields: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut names = Vec::new();
    for name in fields.texts("inherit", diagnostics) {
        match not_inherited(&name) {
            Some(found) => {
                diagnostics.report(found);
            }
            None => names.push(name.value),
        }
    }
    names
}

fn not_inherited(name: &Spanned<String>) -> Option<Diagnostic> {
    let (text, found) = (name.value.as_str(), |code, message: String| {
        Diagnostic::new(code, name.span, message)
    });
    if !is_name(text) {
        let message = format!("`{text}` cannot be the name of a variable");
        return Some(found(codes::RUNBOOK_ENV_NAME, message).help(right_name_for(text)));
    }
    if text.starts_with("RB_") {
        let message = format!("`{text}` is one of the program's own names");
        let help = "take it out: every step gets those that are its own";
        return Some(found(codes::RB104, message).help(help));
    }
    if changes_programs(text) && !IN_ANY_CASE.contains(&text) && !names_settings_of_npm(text) {
        let message = format!("`{text}` changes how programs run and cannot be inherited");
        let help = "take it out, and write what the step needs into its command";
        return Some(found(codes::RB104, message).help(help));
    }
    looks_like_a_secret(text).then(|| {
        let message = format!("`{text}` looks like a secret, and what is inherited is not masked");
        let help = format!(
            "declare a param of `type: secret` with `from: {{ command: [printenv, {text}] }}`"
        );
        found(codes::RB112, message).help(help)
    })
}

/// The next step for somebody whose name is none.
fn right_name_for(text: &str) -> String {
    let inner = text
        .trim_start_matches('$')
        .trim_start_matches('{')
        .trim_end_matches('}');
    match text.split_once('=') {
        Some((name, _)) if is_name(name) => {
            format!("write `{name}` alone; a fixed value stands in `env`")
        }
        _ if text.contains('*') => "name each variable".to_owned(),
        _ if is_name(inner) => format!("write `{inner}`"),
        _ => "use letters, digits and `_`, a letter first".to_owned(),
    }
}

fn is_name(name: &str) -> bool {
    let shape = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(shape)
}

/// What every step has from whoever drives it, although a runbook may not set it.
const IN_ANY_CASE: [&str; 1] = ["PATH"];

/// Where npm's own settings stand: a path. Its other variables are settings themselves.
fn names_settings_of_npm(name: &str) -> bool {
    name.eq_ignore_ascii_case("npm_config_userconfig")
}

/// Variables that make an interpreter, linker or tool do something else than the step says.
fn changes_programs(name: &str) -> bool {
    let beginnings = ["LD_", "DYLD_", "GIT_", "PYTHON", "PERL5", "BASH_FUNC_"];
    let names = [
        "PATH",
        "BASH_ENV",
        "ENV",
        "IFS",
        "NODE_OPTIONS",
        "RUBYOPT",
        "JAVA_TOOL_OPTIONS",
        "SHELLOPTS",
        "PS4",
        "PROMPT_COMMAND",
        "EDITOR",
        "PAGER",
    ];
    let npm = name.to_ascii_lowercase().starts_with("npm_config_");
    npm || names.contains(&name)
        || beginnings
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

/// Whether a variable of this name holds a secret itself, by the words that people name those with.
/// One that says where a secret lies, as `AWS_SHARED_CREDENTIALS_FILE` does, holds none.
fn looks_like_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let places = ["FILE", "PATH", "DIR", "SOCK", "HOME"];
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let is_place = parts.last().is_some_and(|last| {
        places.contains(last) || ["PASSFILE", "TOKENFILE", "KEYFILE"].contains(last)
    });
    if is_place || name == "GOOGLE_APPLICATION_CREDENTIALS" {
        return false;
    }
    let whole = [
        "KEY", "KEYS", "APIKEY", "PASS", "PAT", "PIN", "AUTH", "SSHPASS", "COOKIE",
    ];
    let endings = [
        "TOKEN",
        "TOKENS",
        "PASSWORD",
        "PASSWORDS",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "SECRETS",
        "CREDENTIAL",
        "CREDENTIALS",
    ];
    let says_so = |part: &&str| {
        whole.contains(part)
            || endings.iter().any(|ending| part.ends_with(ending))
            // Alone it is the folder that a shell is in.
            || (*part == "PWD" && parts.len() > 1)
    };
    parts.iter().any(says_so)
}
