//! Files of channels: outside every target that is written down, and behind no symbolic link.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::model::policy::{Sink, file_fault};
use crate::model::site::Site;
use crate::source::Spanned;
use std::path::{Path, PathBuf};

/// What the file system has at a path that may start at the project.
pub struct Place {
    /// The path with links followed, as far as it is there.
    pub real: PathBuf,
    /// The first link on the way.
    pub link: Option<PathBuf>,
}

/// Looks at the channels whose files have an absolute path; the others lie with the runs.
pub fn check(site: &Site, place: &dyn Fn(&str) -> Place, diagnostics: &mut Diagnostics) {
    for channel in site.policy.channels.iter().flatten() {
        if let Sink::File(file) = &channel.sink
            && Path::new(&file.value).is_absolute()
            && file_fault(&file.value).is_none()
        {
            check_file(site, file, place, diagnostics);
        }
    }
}

fn check_file(
    site: &Site,
    file: &Spanned<String>,
    place: &dyn Fn(&str) -> Place,
    diagnostics: &mut Diagnostics,
) {
    let mut refuse = |why: String, help: String| {
        let message = format!("`{}` cannot take messages: {why}", file.value);
        diagnostics.report(Diagnostic::new(codes::CHANNEL_FILE, file.span, message).help(help));
    };
    let found = place(&file.value);
    if let Some(target) = targets(site).find(|target| found.real.starts_with(place(target).real)) {
        refuse(
            format!("it is in the target `{target}`"),
            "name a file outside every target, or one without `/` in front, which is kept with the runs".to_owned(),
        );
    } else if let Some(link) = found.link {
        refuse(
            format!("{} is a symbolic link", link.display()),
            format!("name the file itself: `{}`", found.real.display()),
        );
    }
}

/// The targets that settings and runbooks name.
fn targets(site: &Site) -> impl Iterator<Item = &str> {
    let of_books = site.runbooks.iter();
    let of_books = of_books.filter_map(|page| page.runbook.target.as_ref());
    let of_books = of_books.map(|target| target.value.as_str());
    site.config.target.as_deref().into_iter().chain(of_books)
}
