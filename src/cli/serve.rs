//! `runbook serve`: the site while it is being written.

use super::error::{CliError, Fault};
use super::show;
use crate::diag::Severity;
use crate::exec::state::exit::ExitCode;
use crate::serve::{self, News};
use std::path::Path;

/// Preview the site while you write
///
/// Answers on this machine only, builds again after each change, and reloads the pages that changed.
/// Errors are shown above the page, which stays as it was. Nothing is written. Stop it with Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook serve\n  runbook -C ../handbook serve --port 9000")]
pub(super) struct Args {
    /// Answer on this port; 0 takes any [default: the first free one from 8000 on]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

pub(super) fn run(project: &Path, args: &Args) -> Result<ExitCode, CliError> {
    // A folder without a project is a mistake at the start; later it may be an editor's doing.
    crate::driver::config(project)?;
    let served = serve::serve(project, args.port, tell);
    let help = "another program may have the port: name another one with --port";
    served
        .map(|()| ExitCode::Finished)
        .map_err(|error| CliError::usage(error.to_string()).help(help.to_owned()))
}

fn tell(news: News<'_>) {
    match news {
        News::Listening(address) => show::line(&format!("{address}  (Ctrl-C ends it)")),
        News::Built(preview) => {
            show::findings(&preview.findings, &preview.project.sources);
            let (pages, books) = (&preview.project.site.pages, &preview.project.site.runbooks);
            show::line(&format!(
                "{} and {}, {}, {}",
                show::count(pages.len(), "page"),
                show::count(books.len(), "runbook"),
                show::count(preview.findings.count(Severity::Error), "error"),
                show::count(preview.findings.count(Severity::Warning), "warning"),
            ));
        }
        News::Failed(error) => show::complain(&[Fault::from(error)]),
        News::Blind(why) => show::complain(&[Fault::new(format!("changes cannot be seen: {why}"))
            .help(Some(
                "the pages stay as they are; start again to see what you wrote".to_owned(),
            ))]),
    }
}
