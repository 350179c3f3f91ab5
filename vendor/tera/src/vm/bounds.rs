//! What a rendering may make and go through at once.
use std::io::{self, Write};

use crate::errors::{Error, TeraResult};
use crate::value::{Key, Value, ValueInner};

/// How many lists and maps may be in each other, where a template stores them
const MAX_VALUE_DEPTH: usize = 200;

/// The error of a text or a list that is too long
pub(crate) fn too_long(limit: u64) -> Error {
    let limit = limit >> 20;
    Error::message(format!(
        "This template makes too much: a text or a list of more than {limit} MiB."
    ))
}

/// Writes at most so many bytes; who writes more gets an error, and nothing of that is written.
pub(crate) struct Bounded<'a, W: Write + ?Sized> {
    to: &'a mut W,
    pub(crate) left: u64,
    pub(crate) full: bool,
}

impl<'a, W: Write + ?Sized> Bounded<'a, W> {
    pub(crate) fn new(to: &'a mut W, left: u64) -> Self {
        let full = false;
        Self { to, left, full }
    }
}

impl<W: Write + ?Sized> Write for Bounded<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.left.checked_sub(bytes.len() as u64) {
            Some(left) => self.left = left,
            None => {
                self.full = true;
                return Err(io::Error::other("too long"));
            }
        }
        self.to.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A value as text, of at most so many bytes
pub(crate) fn text(value: &Value, limit: u64) -> TeraResult<String> {
    let mut text = Vec::new();
    let mut out = Bounded::new(&mut text, limit);
    match value.format(&mut out) {
        Err(_) if out.full => Err(too_long(limit)),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(String::from_utf8(text)?),
    }
}

/// What going through a value in all its depth costs, up to a limit: one for each value that is in it, and
/// one for every 64 bytes of text; what is there twice counts twice. `None` if more are in each other than
/// may be.
pub(crate) fn values_in(value: &Value, limit: u64) -> Option<u64> {
    count(value, limit, MAX_VALUE_DEPTH)
}

fn count(value: &Value, limit: u64, depth: usize) -> Option<u64> {
    match &value.inner {
        ValueInner::String(text) => Some(text.as_str().len() as u64 / 64),
        ValueInner::Bytes(bytes) => Some(bytes.len() as u64 / 64),
        ValueInner::Array(items) => count_all(items.iter(), limit, depth),
        ValueInner::Map(entries) => count_all(entries.values(), limit, depth),
        _ => Some(0),
    }
}

fn count_all<'v>(values: impl Iterator<Item = &'v Value>, limit: u64, depth: usize) -> Option<u64> {
    let depth = depth.checked_sub(1)?;
    let mut all = 0_u64;
    for value in values {
        let inner = count(value, limit.saturating_sub(all), depth)?;
        all = all.saturating_add(1).saturating_add(inner);
        if all > limit {
            break;
        }
    }
    Some(all)
}

/// The bytes that a list of so many values takes
pub(crate) fn size_of_list(values: usize) -> usize {
    values.saturating_mul(size_of::<Value>())
}

/// The bytes that a map of so many entries takes
pub(crate) fn size_of_map(entries: usize) -> usize {
    entries.saturating_mul(size_of::<Value>() + size_of::<Key>())
}
