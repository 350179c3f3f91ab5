//! The files that come with what people say: none is kept that holds a secret of the run, or is called
//! so, and none with an answer that does not count.

use super::known_secrets::KnownSecrets;
use super::masking;
use super::run_record::RunRecord;
use super::session::Session;
use crate::exec::process::masks::SHORTEST;
use crate::exec::record::event::{Attached, Vouched};
use crate::exec::record::evidence;
use crate::files::regular;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl KnownSecrets {
    /// Looks whether one of these files, or the name of one, holds a secret.
    ///
    /// # Errors
    /// Why they are not kept, with the next step.
    pub(super) fn without_secret_files(
        &mut self,
        files: &[Attached],
        run: &RunRecord,
        operator: &Session,
    ) -> Result<(), String> {
        for file in files {
            if self.are_in_name(&file.name, run, operator) {
                return Err(format!(
                    "a file cannot be attached because of its name: {}; give it another name, then try again",
                    masking::KEPT
                ));
            }
            let name = &file.name;
            let found = run
                .place(file)
                .ok_or_else(|| format!("`{name}` is no name of an attached file"))?;
            let holds = regular::open(&found).and_then(|file| self.masks().finds(file));
            match holds {
                Ok(false) => {}
                Ok(true) => {
                    return Err(format!(
                        "the file kept as `{name}` cannot be attached: {}; take the secret out of it, then try again",
                        masking::KEPT
                    ));
                }
                Err(error) => {
                    return Err(format!(
                        "the file kept as `{name}` cannot be read, so nobody can tell whether it holds a secret: {error}; attach it again"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether a secret, or a line of one, is in a name. The signs that a name may not have are
    /// replaced in it.
    fn are_in_name(&mut self, name: &str, run: &RunRecord, operator: &Session) -> bool {
        if self.are_in(name, run, operator) {
            return true;
        }
        self.values().any(|value| {
            let mut lines = value.lines().map(str::trim);
            evidence::is_in_name(value.trim(), name, SHORTEST)
                || lines.any(|line| {
                    self.masks().finds(line.as_bytes()).unwrap_or(true)
                        && evidence::is_in_name(line, name, SHORTEST)
                })
        })
    }
}

impl RunRecord {
    /// Removes these files, apart from those that something in the journal came with.
    ///
    /// # Errors
    /// The operating system's reason.
    pub(super) fn forget_attached(&self, files: &[Attached]) -> io::Result<()> {
        let entries = self.entries();
        let vouched = || entries.iter().flat_map(|entry| entry.event.vouches_for());
        for file in files {
            let is_kept = vouched().any(|found| match found {
                Vouched::Evidence(kept) => kept.name == file.name,
                _ => false,
            });
            let Some(path) = self.place(file).filter(|_| !is_kept) else {
                continue;
            };
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Where such a file lies. None if its name leads elsewhere, as only that of a letter can that
    /// this program did not write.
    fn place(&self, file: &Attached) -> Option<PathBuf> {
        let name = Path::new(&file.name);
        let is_plain = name.file_name().is_some_and(|own| own == name.as_os_str());
        is_plain.then(|| self.evidence().join(name))
    }
}
