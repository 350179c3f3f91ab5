//! Messages on their way: into a file below the target, to a program's standard input, or by curl
//! to a webhook.

use crate::exec::plan::Channel;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A program has this long to take a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Gives a message to a channel. Programs and files are found from the folder `target`.
///
/// # Errors
/// What went wrong, for people.
pub(super) fn send(channel: &Channel, target: &Path, text: &str) -> Result<(), String> {
    match channel {
        Channel::Terminal => Ok(()),
        Channel::File(file) => {
            let path = target.join(file);
            append(&path, text).map_err(|error| format!("cannot write to {file}: {error}"))
        }
        Channel::Command(words) => {
            let name = words.first().cloned().unwrap_or_default();
            give(words, target, text).map_err(|why| format!("`{name}` did not take it: {why}"))
        }
        Channel::Webhook(address) => post(address, target, text),
    }
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_data()
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
    give(&curl.map(str::to_owned), target, &config)
        .map_err(|why| format!("the webhook did not take it: curl: {why}"))
}

/// It runs as the person who drives the run, with their whole environment.
fn give(words: &[String], target: &Path, text: &str) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("it names no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(target)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input is no fault, if it ends well.
        let _ = writeln!(stdin, "{text}");
    }
    wait(child)
}

fn wait(mut child: Child) -> Result<(), String> {
    let began = Instant::now();
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(status.to_string()),
            None if began.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took longer than {} s", PATIENCE.as_secs()));
            }
            None => thread::sleep(LOOK),
        }
    }
}
