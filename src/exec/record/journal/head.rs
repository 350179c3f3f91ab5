//! What a line of a journal says besides its event, read together with it.

use super::VERSION;
use crate::exec::record::event::Event;
use crate::exec::record::event::tagged::{self, Beside, Text};
use serde::de::{IgnoredAny, MapAccess};
use serde_json::Value;
use std::borrow::Cow;

/// Which line it is, of which run, and when it was written.
pub(super) struct Head<'l> {
    pub seq: u64,
    pub run: Cow<'l, str>,
    pub at: Cow<'l, str>,
    pub letter: Option<String>,
    pub prev: Cow<'l, str>,
}

/// The members of a head, as far as they were read.
#[derive(Default)]
struct Members<'l> {
    v: Option<u64>,
    seq: Option<u64>,
    run: Option<Cow<'l, str>>,
    at: Option<Cow<'l, str>>,
    /// Nobody promised what it is in a newer version.
    letter: Option<Value>,
    prev: Option<Cow<'l, str>>,
}

impl<'l> Beside<'l> for Members<'l> {
    fn take<M: MapAccess<'l>>(&mut self, name: &str, members: &mut M) -> Result<bool, M::Error> {
        let text = |members: &mut M| members.next_value().map(|Text(text)| Some(text));
        match name {
            "v" => self.v = Some(members.next_value()?),
            "seq" => self.seq = Some(members.next_value()?),
            "run" => self.run = text(members)?,
            "at" => self.at = text(members)?,
            "letter" => self.letter = members.next_value()?,
            "prev" => self.prev = text(members)?,
            "h" => drop(members.next_value::<IgnoredAny>()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn is_known(&self) -> bool {
        self.v.is_some()
    }

    fn refuses(&self) -> Option<String> {
        let version = self.v.filter(|version| *version > u64::from(VERSION))?;
        Some(format!("it has version {version} of the format"))
    }
}

/// The head of a line, and its event or what of it only a newer program knows.
///
/// # Errors
/// What is wrong with the line.
pub(super) fn read(line: &str) -> Result<(Head<'_>, Result<Event, String>), String> {
    let (mut members, mut text) = (Members::default(), serde_json::Deserializer::from_str(line));
    let event = tagged::read(&mut text, &mut members).map_err(|error| error.to_string())?;
    text.end().map_err(|error| error.to_string())?;
    match members.v {
        Some(version) if version >= u64::from(VERSION) => {}
        Some(version) => return Err(format!("there is no version {version} of the format")),
        None => return Err(lacks("v")),
    }
    let head = Head {
        seq: members.seq.ok_or_else(|| lacks("seq"))?,
        run: members.run.ok_or_else(|| lacks("run"))?,
        at: members.at.ok_or_else(|| lacks("at"))?,
        letter: match (members.letter, &event) {
            (Some(Value::String(letter)), _) => Some(letter),
            (None | Some(Value::Null), _) | (_, Err(_)) => None,
            _ => return Err("its `letter` is no text".to_owned()),
        },
        prev: members.prev.ok_or_else(|| lacks("prev"))?,
    };
    Ok((head, event))
}

fn lacks(member: &str) -> String {
    format!("it has no `{member}`")
}
