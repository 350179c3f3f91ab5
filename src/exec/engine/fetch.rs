//! The command that a secret comes from, run as the person who drives the run, with their whole
//! environment. It may take its time, as it may ask a person; a signal that ends the program ends it too.

use crate::exec::process::signals;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What the command prints, without the line break at its end.
///
/// # Errors
/// Why there is nothing, for people. Of what it said nothing is told, as that may be the secret.
pub(super) fn printed(command: &[String]) -> Result<String, String> {
    let (program, arguments) = command.split_first().ok_or("it names no program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("`{program}`: {error}"))?;
    let said = child.stdout.take().map(listen);
    let status = wait(&mut child).map_err(|error| error.to_string())?;
    let status = status.ok_or("it was stopped, as the program was told to end")?;
    if !status.success() {
        return Err(format!("{status}; try it by hand"));
    }
    let said = said.and_then(|said| said.join().ok());
    let said = said.unwrap_or_else(|| Ok(Vec::new()));
    let said = said.map_err(|error| error.to_string())?;
    let text = String::from_utf8(said).map_err(|_| "what it prints is no text in UTF-8")?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// Takes in what it prints while its end is waited for.
fn listen(mut pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut said = Vec::new();
        pipe.read_to_end(&mut said)?;
        Ok(said)
    })
}

/// How it ended; nothing if it was killed because the program is to end.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if signals::ending().is_some() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}
