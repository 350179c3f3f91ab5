//! Which file of the site is whose. What the program makes lies where it always lies; a file of an
//! author that would have the very same address is a finding at that file.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::site::plan::{Output, OutputPlan};
use crate::source::Span;

impl OutputPlan {
    /// Adds what a file of an author becomes; `span` is where a finding about it stands.
    pub(crate) fn add_of_author(&mut self, path: String, output: Output, span: Span) {
        self.authors.insert(path.clone(), span);
        self.files.insert(path, output);
    }

    /// Whether a script of an author lies in a folder of the site, which ends in `/`.
    pub(crate) fn has_scripts_of_authors(&self, folder: &str) -> bool {
        let scripts = |path: &String| path.starts_with(folder) && path.ends_with(".js");
        self.authors.keys().any(scripts)
    }

    /// Adds a file that the program makes; `what` says what it is. It wins over an author's.
    pub(crate) fn add_made(
        &mut self,
        path: String,
        output: Output,
        what: &str,
        diagnostics: &mut Diagnostics,
    ) {
        if let Some(span) = self.authors.get(&path) {
            let message = format!("`{path}` is {what}");
            diagnostics.report(
                Diagnostic::new(codes::PAGE_COLLISION, *span, message)
                    .help("rename this file, or move it to another folder"),
            );
        }
        self.files.insert(path, output);
    }
}
