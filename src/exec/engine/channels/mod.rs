//! Messages on their way: into a file, to a program's standard input, or by curl to a webhook.
//!
//! A message is given to its channel before the journal says so, hence at least once: whoever is
//! killed in between gives it again.

mod file;
mod program;

use crate::exec::plan::Channel;
use crate::exec::process::isolation;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// A program has this long to take a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// The file of all messages of a process that is isolated.
const KEPT: &str = "isolated.txt";

/// The folders that channels know.
pub(in crate::exec) struct Places<'p> {
    /// The state folder of the project, where files of messages lie.
    pub(in crate::exec) state: &'p Path,
    /// The folder that the run works in; programs are found from here.
    pub(in crate::exec) target: &'p Path,
}

/// Gives a message to a channel.
///
/// # Errors
/// What went wrong, for people.
pub(in crate::exec) fn send(
    channel: &Channel,
    places: &Places<'_>,
    text: &str,
) -> Result<(), String> {
    let kept = Channel::File(KEPT.to_owned());
    // A dry run must not call people, and some programs do so without a network.
    let channel = match isolation::is_isolated() {
        true => &kept,
        false => channel,
    };
    match channel {
        Channel::Terminal => Ok(()),
        Channel::File(file) => {
            file::append(file, places, text).map_err(|why| format!("cannot write to {file}: {why}"))
        }
        Channel::Command(words) => {
            let name = words.first().cloned().unwrap_or_default();
            program::give(words, places.target, text, PATIENCE)
                .map_err(|why| format!("`{name}` did not take it: {why}"))
        }
        Channel::Webhook(address) => post(address, places.target, text),
    }
}

/// Posts a message as JSON, in the form that chats take. curl reads address and message from its
/// standard input, so that neither is seen in the list of processes.
fn post(address: &str, target: &Path, text: &str) -> Result<(), String> {
    let url = match address.strip_prefix('$') {
        Some(name) => std::env::var(name).map_err(|_| {
            format!("not sent: {address} is not set; put the webhook's address into it")
        })?,
        None => address.to_owned(),
    };
    let quoted = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    };
    let message = json!({ "text": text }).to_string();
    let config = format!(
        "url = \"{}\"\nheader = \"Content-Type: application/json\"\ndata-raw = \"{}\"",
        quoted(&url),
        quoted(&message)
    );
    let curl = [
        "curl",
        "--disable",
        "--fail",
        "--silent",
        "--proto",
        "=http,https",
        "--max-time",
        "25",
        "--config",
        "-",
    ];
    program::give(&curl.map(str::to_owned), target, &config, PATIENCE)
        .map_err(|why| format!("the webhook did not take it: curl: {why}"))
}
