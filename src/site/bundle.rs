//! EDGE: an output plan as one zip, the same bytes for the same site.
//!
//! Entries are in the order of their paths, below one folder with the project's id, and carry no
//! time of their own (zip cannot do without one: 1 January 1980, the first it knows).

use crate::files;
use crate::site::plan::{Output, OutputPlan};
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Writes the plan into the zip `out`, below the folder `name`, and gives its length in bytes.
/// Copies are read below `project`.
///
/// # Errors
/// The operating system's reason; the old file is then untouched.
pub fn write(plan: &OutputPlan, project: &Path, name: &str, out: &Path) -> io::Result<u64> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (path, output) in &plan.files {
        zip.start_file(format!("{name}/{path}"), options)?;
        match output {
            Output::Text(text) => zip.write_all(text.as_bytes())?,
            Output::Copy(from) => zip.write_all(&fs::read(project.join(from))?)?,
        }
    }
    let bytes = zip.finish()?.into_inner();
    files::replace(out, &bytes)?;
    Ok(bytes.len() as u64)
}
