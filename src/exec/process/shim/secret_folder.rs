//! The folder for the secret files of a try: in memory, never on a disk, and nobody else's.
//!
//! It lies in `$XDG_RUNTIME_DIR` if that is ours alone, else in `/dev/shm`, and has a name that
//! nobody can guess. That name is on disk, in the try's own folder, before the folder is made: so
//! whoever comes after a kill finds it and removes it. It is made, never taken over; and nothing is
//! removed that is not such a folder.

use super::{Attempt, control_files};
use crate::exec::machine::{self, Life, Machine};
use crate::exec::record::private;
use crate::files::regular;
use nix::unistd::Uid;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The file in a try's folder that names the folder.
const RECORD: &str = "secret-folder";
/// What the name of each folder begins with.
const PREFIX: &str = "runbook-";
/// No record is longer, in bytes: Linux takes no longer path.
const LONGEST: u64 = 4096;
/// Where every account of a Linux machine can make folders in memory.
const SHARED: &str = "/dev/shm";

/// What is said where there is no memory that files can lie in.
pub(crate) const NO_PLACE: &str = "secrets are given as files in memory, never on a disk, and neither $XDG_RUNTIME_DIR (private to you) nor /dev/shm is in memory here; mount a tmpfs there, or write `expose: stdin` at the secret";

/// The folder in which folders for secret files can be made; nothing if none is in memory.
pub(crate) fn place() -> Option<PathBuf> {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let own = own.filter(|own| own.is_absolute() && is_private(own));
    own.into_iter()
        .chain([PathBuf::from(SHARED)])
        .find(|place| place.is_dir() && machine::is_in_memory(place))
}

/// Whether this is a folder, no link to one, that nobody else can enter.
fn is_private(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| {
        found.is_dir() && found.uid() == Uid::effective().as_raw() && found.mode() & 0o777 == 0o700
    })
}

/// Makes the folder for the secret files of the try in `folder`.
pub(super) fn make(folder: &Path) -> io::Result<PathBuf> {
    let place = place().ok_or_else(|| io::Error::other(NO_PLACE))?;
    let made = place.join(format!("{PREFIX}{}", unguessable()?));
    let mut record = private::new_file(&folder.join(RECORD))?;
    record.write_all(made.as_os_str().as_encoded_bytes())?;
    record.sync_all()?;
    File::open(folder)?.sync_all()?;
    private::new_folder(&made)?;
    match is_private(&made) {
        true => Ok(made),
        false => Err(io::Error::other(format!(
            "{} is not private; the secret was not written",
            made.display()
        ))),
    }
}

/// 128 bits of the system's randomness, in hexadecimal.
fn unguessable() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Removes the secret files of the try in `folder`, if it has any. Nothing of the try may run.
pub(super) fn remove(folder: &Path) {
    let Some(made) = recorded(folder) else {
        return;
    };
    // What lies in the memory of another machine cannot be removed from here.
    if control_files::shim(folder)
        .is_some_and(|shim| Machine::here().life(&shim) == Life::Elsewhere)
    {
        return;
    }
    if is_ours(&made) {
        let _ = fs::remove_dir_all(&made);
    }
    // What is there still, somebody else has to remove: its owner, or one who can.
    if fs::symlink_metadata(&made).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let _ = fs::remove_file(folder.join(RECORD));
    }
}

/// The folder that the record of a try names.
fn recorded(folder: &Path) -> Option<PathBuf> {
    let mut name = String::new();
    regular::open(&folder.join(RECORD))
        .ok()?
        .take(LONGEST)
        .read_to_string(&mut name)
        .ok()?;
    Some(PathBuf::from(name))
}

/// Whether a folder that a record names is one that [`make`] made: a record is a file of the run,
/// and may have been tampered with.
fn is_ours(made: &Path) -> bool {
    let name = made.file_name().and_then(|name| name.to_str());
    let is_named = name
        .and_then(|name| name.strip_prefix(PREFIX))
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_named && made.is_absolute() && is_private(made) && machine::is_in_memory(made)
}

/// Removes the secret files that killed tries of a run left, whoever looks at the run. Nothing else
/// of it is changed, and a try of which something runs keeps its files.
pub(crate) fn forget_left(run: &Path) {
    let Ok(tries) = fs::read_dir(run.join("steps")) else {
        return;
    };
    for folder in tries.flatten().map(|entry| entry.path()) {
        let is_left =
            recorded(&folder).is_some() && Attempt::at(&folder).follow().is_over().unwrap_or(false);
        if is_left {
            remove(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn try_folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder can be made")
    }

    #[test]
    fn a_folder_is_private_unguessable_recorded_and_removed() {
        let (one, other) = (try_folder(), try_folder());
        let made = make(one.path()).expect("it can be made");
        let next = make(other.path()).expect("it can be made");
        assert_ne!(made, next);
        assert!(is_ours(&made) && is_ours(&next));
        assert_eq!(recorded(one.path()), Some(made.clone()));
        make(one.path()).expect_err("a try has one folder");

        private::new_file(&made.join("token")).expect("a file can be made");
        private::new_file(&made.join("token")).expect_err("and never taken over");
        for folder in [&one, &other] {
            remove(folder.path());
            assert_eq!(recorded(folder.path()), None);
        }
        assert!(!made.exists() && !next.exists());
    }

    #[test]
    fn a_record_that_was_tampered_with_removes_nothing_else() {
        let folder = try_folder();
        let disk = tempfile::tempdir_in("/var/tmp").expect("a folder can be made");
        let memory = make(folder.path()).expect("it can be made");
        let inside = memory.join(format!("{PREFIX}{}", "0".repeat(32)));
        private::new_folder(&inside).expect("it can be made");
        fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let link = memory.join(format!("{PREFIX}{}", "1".repeat(32)));
        std::os::unix::fs::symlink(&memory, &link).expect("it can be made");
        let named = disk.path().join(format!("{PREFIX}{}", "2".repeat(32)));
        private::new_folder(&named).expect("it can be made");
        let strange = memory.join("runbook-strange");
        private::new_folder(&strange).expect("it can be made");
        for (path, why) in [
            (&inside, "it is open to others"),
            (&link, "it is a link"),
            (&named, "it is on a disk"),
            (&strange, "it has another name"),
        ] {
            let other = try_folder();
            fs::write(
                other.path().join(RECORD),
                path.as_os_str().as_encoded_bytes(),
            )
            .expect("it can be written");
            remove(other.path());
            assert!(path.exists() && recorded(other.path()).is_some(), "{why}");
        }
        remove(folder.path());
        assert!(!memory.exists());
    }
}
