//! Files that are whole or not there, and names that tell their content.

pub mod regular;

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file beside its place and renames it, so that readers and crashes see the old
/// content or the new one.
///
/// # Errors
/// The operating system's reason; the old file is then untouched.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    let partial = path.with_file_name(name);
    write_new(&partial, content)?;
    fs::rename(&partial, path).inspect_err(|_| {
        let _ = fs::remove_file(&partial);
    })
}

/// Writes a file that was not there. What a crash, or somebody else, left under its name goes: it is not
/// written through a link.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let make = || OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match make() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            make()?
        }
        made => made?,
    };
    file.write_all(content)
}

/// The first 50 bits of a BLAKE3 hash in lower-case base32 (RFC 4648 alphabet), 10 characters.
pub fn short_hash(bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes);
    let head = hash
        .as_bytes()
        .iter()
        .take(7)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    (0..10)
        .map(|digit| {
            char::from(
                b"abcdefghijklmnopqrstuvwxyz234567"[(head >> (51 - 5 * digit)) as usize & 31],
            )
        })
        .collect()
}
