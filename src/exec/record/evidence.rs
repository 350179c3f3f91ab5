//! Files that people attach to a run: copied into its folder, whole or not there, and named by
//! their content.

use crate::exec::record::event::Attached;
use crate::exec::record::private;
use crate::files::regular;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How long the name of a kept file may be, in bytes, without the digest before it: with its 64 digits it stays far
/// below the 255 bytes that file systems take.
const LONGEST_NAME: usize = 80;

/// Copies a file into the folder for evidence, and syncs it. A file that is there already, by
/// content and name, is kept as it is. `begin` is told the name before there is a file of it.
///
/// # Errors
/// The operating system's reason, or that of `begin`.
pub fn keep(
    folder: &Path,
    file: &Path,
    begin: impl FnOnce(&str) -> io::Result<()>,
) -> io::Result<Attached> {
    private::folder(folder)?;
    let partial = folder.join(format!(".{}.partial", ulid::Ulid::generate()));
    let copied = copy(file, &partial).and_then(|(bytes, sha256)| {
        let name = format!("{}-{}", &sha256[..12], plain_name(file));
        begin(&name)?;
        fs::rename(&partial, folder.join(&name))?;
        // The folder may be new as well.
        for names in [Some(folder), folder.parent()].into_iter().flatten() {
            File::open(names)?.sync_all()?;
        }
        Ok(Attached {
            name,
            sha256,
            bytes,
        })
    });
    copied.inspect_err(|_| {
        let _ = fs::remove_file(&partial);
    })
}

fn copy(from: &Path, to: &Path) -> io::Result<(u64, String)> {
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    io::copy(&mut regular::open_named(from)?, &mut out)?;
    out.sync_all()?;
    digest(to)
}

/// Length and SHA-256, in hexadecimal, of a file; read piece by piece.
///
/// # Errors
/// What it is, if it is no file; or the operating system's reason.
pub fn digest(file: &Path) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let length = io::copy(&mut regular::open(file)?, &mut hasher)?;
    let digest = hasher.finalize();
    Ok((
        length,
        digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

/// The file's own name in letters that every file system and every report can take.
fn plain_name(file: &Path) -> String {
    let name = plain(&file.file_name().unwrap_or_default().to_string_lossy());
    let from = name.len().saturating_sub(LONGEST_NAME);
    name[from..].to_owned()
}

/// A text in the letters of a kept file's name: ASCII alone.
fn plain(text: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() || ".-_".contains(c) {
        true => c,
        false => '_',
    };
    text.chars().map(plain).collect()
}

/// Whether the name of a kept file has this text in it, or the end of it where a long name was cut.
/// `least` is how many letters of it are enough.
pub fn is_in_name(text: &str, name: &str, least: usize) -> bool {
    let (text, own) = (
        plain(text),
        name.split_once('-').map_or(name, |(_, own)| own),
    );
    let ends = || (1..text.len()).filter(|from| text.len() - from >= least);
    let is_cut = own.len() == LONGEST_NAME;
    text.len() >= least
        && (own.contains(&text) || (is_cut && ends().any(|from| own.starts_with(&text[from..]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_file_is_named_by_its_content_and_a_plain_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a b\u{202e}.png");
        fs::write(&file, "abc").expect("it can be written");
        let kept =
            keep(&folder.path().join("evidence"), &file, |_| Ok(())).expect("it can be kept");
        assert_eq!(kept.name, "ba7816bf8f01-a_b_.png");
        assert_eq!(kept.bytes, 3);
        let again =
            keep(&folder.path().join("evidence"), &file, |_| Ok(())).expect("twice is fine");
        assert_eq!(again, kept);
        let kept = folder.path().join("evidence").join(kept.name);
        assert_eq!(fs::read_to_string(kept).expect("it is there"), "abc");
    }

    #[test]
    fn a_text_is_found_in_the_name_of_a_kept_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let long = format!("a p@ss word-{}", "b".repeat(LONGEST_NAME - 9));
        for (name, is_there) in [
            ("n-a p@ss word.txt", true),
            ("n-a_p_ss_word.txt", true),
            (&long, true),
            ("n-a p@ss.txt", false),
            (&long[7..], false),
        ] {
            let file = folder.path().join(name);
            fs::write(&file, "").expect("it can be written");
            let kept =
                keep(&folder.path().join("evidence"), &file, |_| Ok(())).expect("it can be kept");
            assert_eq!(is_in_name("a p@ss word", &kept.name, 6), is_there, "{name}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let evidence = folder.path().join("evidence");
        keep(&evidence, &folder.path().join("nothing"), |_| Ok(())).expect_err("it is not there");
        let left = fs::read_dir(&evidence).expect("it can be read").count();
        assert_eq!(left, 0);
    }
}
