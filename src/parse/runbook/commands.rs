//! Commands: `run` and `exec`, and what is made of them (`check`, `verify`, `undo`).
//!
//! Shell text is constant, and YAML may take nothing of it away; values reach it through the
//! environment. A program's arguments may be templates, one template one argument, but never
//! where an interpreter would read them as code.

use super::{Reader, keys, plain_text};
use crate::diag::codes;
use crate::model::expression::Template;
use crate::model::runbook::{Check, Command, CommandText, Effect, Undo, Verify};
use crate::parse::fields::{self, Fields};
use crate::parse::other_tools::HOST;
use crate::parse::yaml::{self, Key, Node, Value};
use crate::source::{Span, Spanned};

impl Reader<'_, '_> {
    /// The command of a mapping that has `run` or `exec`. `None` if it has neither.
    pub(super) fn command(&mut self, fields: &mut Fields<'_>) -> Option<Command> {
        let run = fields.node("run");
        let exec = fields.node("exec");
        if let (Some(_), Some(exec)) = (run, exec) {
            self.error(
                codes::RUNBOOK_KIND,
                exec.span,
                "`run` and `exec` stand side by side",
                "keep `run` for shell text or `exec` for a program",
            );
        }
        let shell = self.shell(fields);
        match (run, exec) {
            (Some(node), _) => self.shell_text(node, shell),
            (None, Some(node)) => self.program(node),
            (None, None) => None,
        }
    }

    pub(super) fn shell(&mut self, fields: &mut Fields<'_>) -> Vec<Spanned<String>> {
        let shell = fields.texts("shell", self.diagnostics);
        for word in &shell {
            if word.value.contains("${{") {
                self.error(
                    codes::RB101,
                    word.span,
                    "a template cannot stand in `shell`",
                    "write the value itself",
                );
            }
        }
        shell
    }

    fn shell_text(&mut self, node: &Node, shell: Vec<Spanned<String>>) -> Option<Command> {
        let script = fields::text(node, self.diagnostics)?;
        self.unambiguous(node, "run");
        if let Some(at) = script.value.find("${{") {
            let places = self.places(&script);
            let end = script.value[at..]
                .find("}}")
                .map_or(script.value.len(), |length| at + length + 2);
            let inner = script.value[at + 3..end].trim_end_matches('}').trim();
            let name = inner.rsplit('.').next().unwrap_or("value").to_uppercase();
            let help = format!(
                "pass it by the environment: `env: {{ {name}: \"${{{{ {inner} }}}}\" }}`, and write `\"${name}\"` here"
            );
            self.error(
                codes::RB101,
                places.span(at..end),
                "a template cannot stand in shell text",
                help,
            );
        }
        Some(Command {
            text: CommandText::Shell {
                script: script.value,
                shell,
            },
            span: node.span,
        })
    }

    /// Shell text and conditions without quotes have to come through YAML as they were written.
    pub(super) fn unambiguous(&mut self, node: &Node, key: &str) {
        let Value::Scalar { text, .. } = &node.value else {
            return;
        };
        if !fields::is_plain(node) {
            return;
        }
        if let Some(damage) = plain_text::damage(self.text, node.span, text) {
            let help = match key {
                "run" => "write `run: |` and the text on the next line, indented".to_owned(),
                _ => format!("put the text of `{key}` between double quotes"),
            };
            let message = format!("`{key}` without quotes {damage}");
            self.error(codes::RB110, node.span, message, help);
        }
    }

    fn program(&mut self, node: &Node) -> Option<Command> {
        let Value::List(items) = &node.value else {
            self.no_list(node);
            return None;
        };
        let items: Vec<Template> = items
            .iter()
            .filter_map(|item| self.template(item))
            .collect();
        if items.is_empty() {
            self.error(
                codes::RUNBOOK_KIND,
                node.span,
                "`exec` names no program",
                "write `exec: [program, argument]`",
            );
            return None;
        }
        self.arguments(&items);
        Some(Command {
            text: CommandText::Program(items),
            span: node.span,
        })
    }

    /// Reports a program that is no list, with the list that was probably meant.
    fn no_list(&mut self, node: &Node) {
        let words = match &node.value {
            Value::Scalar { text, .. }
                if !text.contains(['"', '\'', '$', '|', '&', ';', '<', '>', '*']) =>
            {
                text.split_whitespace().map(yaml::in_flow).collect()
            }
            _ => Vec::new(),
        };
        let help = match words.is_empty() {
            true => "write `exec: [program, argument]`, or `run: |` for shell text".to_owned(),
            false => format!(
                "write `exec: [{}]`, or `run: |` for shell text",
                words.join(", ")
            ),
        };
        let message = "this has to be a list: the program and its arguments";
        self.error(codes::YAML_WRONG_TYPE, node.span, message, help);
    }

    fn arguments(&mut self, items: &[Template]) {
        if items[0].holes().next().is_some() {
            self.error(
                codes::RB101,
                items[0].span,
                "a template cannot choose the program",
                "name the program, and pass the value as an argument",
            );
        }
        let program = items[0].text.rsplit('/').next().unwrap_or_default();
        for pair in items[1..].windows(2) {
            if runs_code(program, &pair[0].text) && pair[1].holes().next().is_some() {
                self.error(
                    codes::RB101,
                    pair[1].span,
                    format!("`{program}` would run this value as code"),
                    "write the code as a constant, then `--`, then the value",
                );
            }
        }
    }

    pub(super) fn check(&mut self, node: &Node) -> Option<Check> {
        let mut fields = Fields::shaped(node, &keys::CHECK, self.diagnostics)?;
        let command = self.command(&mut fields);
        let assert = fields.node("assert").and_then(|node| {
            self.unambiguous(node, "assert");
            self.expression(node)
        });
        fields.finish(self.diagnostics);
        self.has_command(command.as_ref(), node.span);
        Some(Check {
            command: command?,
            assert,
        })
    }

    pub(super) fn has_command(&mut self, command: Option<&Command>, span: Span) {
        if command.is_none() {
            self.error(
                codes::RUNBOOK_KIND,
                span,
                "there is nothing to execute here",
                "add `run: |` with shell text, or `exec: [program, argument]`",
            );
        }
    }

    pub(super) fn verify(&mut self, node: &Node) -> Option<Verify> {
        let mut fields = Fields::shaped(node, &keys::VERIFY, self.diagnostics)?;
        let command = self.command(&mut fields);
        let absent = self.exit_codes(&mut fields, "absent");
        let refusal = self.refusal(&mut fields);
        let env = self.env(&mut fields);
        fields.finish(self.diagnostics);
        self.has_command(command.as_ref(), node.span);
        Some(Verify {
            command: command?,
            absent,
            refusal,
            env,
        })
    }

    pub(super) fn exit_codes(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Vec<i32> {
        let mut codes = Vec::new();
        for text in fields.texts(key, self.diagnostics) {
            match text.value.parse::<i32>() {
                Ok(code @ 1..=255) => codes.push(code),
                _ => self.error(
                    codes::RUNBOOK_EXIT_CODE,
                    text.span,
                    format!("`{}` is no exit code of a failure", text.value),
                    "write numbers from 1 to 255",
                ),
            }
        }
        codes
    }

    pub(super) fn undo(&mut self, node: &Node) -> Option<Undo> {
        let mut fields = Fields::shaped(node, &keys::UNDO, self.diagnostics)?;
        let none = fields.text("none", self.diagnostics);
        let instead = fields.text("instead", self.diagnostics);
        let command = self.command(&mut fields);
        let effect = fields.choice("effect", &keys::EFFECTS, self.diagnostics);
        let verify = fields.node("verify").and_then(|node| self.verify(node));
        let asks = fields.key_span("interactive");
        let refusal = self.refusal(&mut fields);
        let env = self.env(&mut fields);
        fields.finish(self.diagnostics);
        if let (Some(span), None) = (asks, &command) {
            let message = "`interactive` means nothing without a command";
            let help = "delete it; it is for an undo with `run` or `exec`";
            self.error(codes::RUNBOOK_LIMITS, span, message, help);
        }
        match (none, instead, command) {
            (Some(reason), None, None) => Some(Undo::None(reason)),
            (None, Some(runbook), None) => Some(Undo::Instead(runbook)),
            (None, None, Some(command)) => Some(Undo::Command {
                command,
                effect: effect.map_or(Effect::Once, |effect| effect.value),
                verify: verify.map(Box::new),
                refusal,
                env,
            }),
            _ => {
                self.error(
                    codes::RUNBOOK_UNDO,
                    node.span,
                    "`undo` has to be one thing",
                    "write a command, or `none: REASON`, or `instead: RUNBOOK`",
                );
                None
            }
        }
    }

    pub(super) fn effect(&mut self, fields: &mut Fields<'_>) -> Option<Spanned<Effect>> {
        fields.choice("effect", &keys::EFFECTS, self.diagnostics)
    }

    /// Keys of later work are named as such, not as unknown.
    pub(super) fn not_yet(&mut self, key: &Key) {
        let message = format!("`{}` cannot be used yet", key.text);
        let instead = match key.text.as_str() {
            "host" => HOST,
            "pty" => "delete it; `interactive: true` gives the step the operator's terminal",
            "sign" => "delete it; an approval is recorded with the account that gave it",
            "escalation" => {
                "delete it; `escalate: ROLE` at the top of the runbook says whom to call"
            }
            "export" => "delete it; `outputs` hands values to later steps",
            _ => {
                "delete it here; `lock: { key: … }` at the top of the runbook is for the whole run"
            }
        };
        self.error(codes::RUNBOOK_NOT_YET, key.span, message, instead);
    }
}

/// Whether a program reads the argument after this one as code.
fn runs_code(program: &str, argument: &str) -> bool {
    let interpreters = [
        "sh",
        "bash",
        "dash",
        "zsh",
        "ksh",
        "fish",
        "node",
        "deno",
        "bun",
        "python",
        "python3",
        "perl",
        "ruby",
        "php",
        "lua",
        "awk",
        "osascript",
        "pwsh",
        "env",
        "ssh",
        "su",
        "xargs",
    ];
    let flags = [
        "-c",
        "-e",
        "-E",
        "--eval",
        "-p",
        "--print",
        "-r",
        "-lc",
        "-ec",
        "-Command",
        "--command",
    ];
    let known = interpreters.contains(&program) || program.starts_with("python");
    known && flags.contains(&argument)
}
