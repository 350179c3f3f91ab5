//! What the operator may do around a step before it is tried: change the values of its environment,
//! and look around in it.

use super::{Engine, EngineError, masking};
use crate::exec::engine::operator::Heard;
use crate::exec::plan::Step;
use crate::exec::process::command;
use crate::exec::process::shim::inherited;
use crate::exec::process::signals;
use crate::exec::record::event::{Edited, Event};
use crate::exec::state::outline;
use std::process::Command;

impl Engine {
    /// Lets the operator change values of a step's own environment, never its names. Secrets are not
    /// among them: they do not come by values.
    pub(super) fn edit_env(&mut self, step: &Step) -> Result<(), EngineError> {
        let gate = outline::passed_before(self.run.plan(), self.run.state(), &step.id);
        if let Some(gate) = gate {
            self.operator.say(&format!(
                "  `{gate}` was approved with these values: to change them, change the runbook or its params"
            ));
            return Ok(());
        }
        let before = command::own(&self.run.values(&step.id), step);
        if before.is_empty() {
            self.operator
                .say("  this step has no environment of its own");
            return Ok(());
        }
        let mut after = before.clone();
        for (name, value) in &before {
            self.operator.say(&format!("    {name}={value}"));
        }
        loop {
            let heard = self.ask("  NAME=value (empty: no more changes)", || false);
            // Ctrl-C takes back what was typed so far.
            let Heard::Line(line) = heard else {
                return Ok(());
            };
            if line.is_empty() {
                break;
            }
            match line.split_once('=') {
                Some((name, _)) if !before.contains_key(name) => {
                    let names: Vec<&str> = before.keys().map(String::as_str).collect();
                    let names = names.join(", ");
                    self.operator
                        .say(&format!("  there is no `{name}`; there are: {names}"));
                }
                Some((_, value)) if self.holds_secret(value) => {
                    self.operator
                        .say(&format!("  not taken: {}", masking::KEPT));
                }
                Some((name, value)) => {
                    after.insert(name.to_owned(), value.to_owned());
                }
                None => self.operator.say("  write it as NAME=value"),
            }
        }
        let changes = before.into_iter().filter_map(|(name, old)| {
            let new = after.remove(&name)?;
            (new != old).then_some(Edited { name, old, new })
        });
        let changes: Vec<Edited> = changes.collect();
        for Edited { name, old, new } in &changes {
            self.operator.say(&format!("  - {name}={old}"));
            self.operator.say(&format!("  + {name}={new}"));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let by = self.person();
        self.record(Event::StepEnvEdited {
            step: step.id.clone(),
            by,
            changes,
        })
    }

    /// Opens a shell in the environment and the folder of a step, without secrets.
    pub(super) fn shell(&mut self, step: &Step) -> Result<(), EngineError> {
        let by = self.person();
        self.record(Event::ShellOpened {
            step: step.id.clone(),
            by,
        })?;
        self.operator
            .say("  a shell with the environment of the step, without secrets; type `exit` to return to the run");
        let values = self.run.values(&step.id);
        let shell = std::env::var_os("SHELL").unwrap_or_else(|| "sh".into());
        let mut shell = Command::new(shell);
        shell
            .env_clear()
            .envs(inherited(&values.plan.inherit))
            .envs(command::environment(&values, step))
            .env("RB_RUN", values.run)
            .env("RUNBOOK_STATE_DIR", self.run.state_root())
            .current_dir(command::folder(&values, step));
        if let Some(term) = std::env::var_os("TERM") {
            shell.env("TERM", term);
        }
        let ended = self.time.of_people(|| shell.status());
        // Its Ctrl-C was not meant for us.
        signals::take_interrupt();
        if let Err(error) = &ended {
            self.operator
                .say(&format!("  it could not be started: {error}"));
        }
        self.record(Event::ShellClosed {
            step: step.id.clone(),
            exit: ended.ok().and_then(|status| status.code()),
        })
    }
}
