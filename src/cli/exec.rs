//! `runbook plan`, `exec` and `resume`: a run, from its frozen plan to its end.

use super::desk::{self, Ended};
use super::events;
use super::evidence;
use super::show;
use crate::diag::{Severity, did_you_mean};
use crate::driver::{self, Project};
use crate::exec::engine::Engine;
use crate::exec::freeze::{self, Start};
use crate::exec::operator::{Heard, Operator};
use crate::exec::params::{self, Problems};
use crate::exec::plan::{Command, Kind, Piece, Plan, Step, Text};
use crate::exec::state::End;
use crate::exec::store::Driven;
use crate::exec::{target, values};
use crate::model::runbook::{Need, Runbook};
use crate::model::site::RunbookPage;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Run a runbook, step by step
///
/// Writes down what will be done, then does it. Leave at any time: the run stays open, and
/// `runbook resume` goes on where it was, whatever happened to this process.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook exec hotfix --target ../app\n  runbook exec hotfix --target ../app --non-interactive -p base=1.4.2 -p version=1.4.3\n\nExits with 0 finished, 1 failed, 3 nothing started, 4 refused, 5 waits for somebody, 6 in doubt, 9 locked, 12 aborted."
)]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    /// Why a runbook of high risk is run although it is not committed
    #[arg(long, value_name = "REASON")]
    uncommitted: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// How a run is driven.
#[derive(clap::Args)]
struct Manner {
    /// Ask nobody; stop where a person is needed
    #[arg(long)]
    non_interactive: bool,
    /// Take the text that this step wants typed as typed
    #[arg(long, value_name = "STEP")]
    confirm: Vec<String>,
    /// Ask before each step that acts [default: for runbooks of high risk]
    #[arg(long, conflicts_with = "no_step")]
    step: bool,
    /// Do not ask before each step
    #[arg(long)]
    no_step: bool,
    /// Print each line of the journal as it is written; what people read goes to standard error
    #[arg(long)]
    events: bool,
}

impl Manner {
    /// Takes a run over in this manner.
    fn engine(&self, driven: Driven) -> Engine {
        let operator = Operator::detect(self.non_interactive);
        let each = match (self.step, self.no_step) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        Engine::new(driven, operator, desk::account(), jiff::Timestamp::now)
            .confirming(&self.confirm)
            .stepping(each)
    }

    /// Where the lines of the journal go besides the disk.
    fn echo(&self) -> Result<Option<Box<dyn Write + Send>>, Ended> {
        self.events.then(events::divert).transpose()
    }
}

/// Show what a run would do, and do nothing
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook plan hotfix --target ../app -p base=1.4.2\n  runbook plan hotfix --json"
)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    what: What,
    /// The whole plan as JSON
    #[arg(long)]
    json: bool,
}

/// A runbook with its params and target.
#[derive(clap::Args)]
struct What {
    /// The runbook's id
    id: String,
    /// The folder that steps work in
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,
    /// A param
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// A JSON file with params, as `{"name": "value"}`; -p goes before it
    #[arg(long, value_name = "FILE")]
    params_file: Option<PathBuf>,
}

/// Go on with a run
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  runbook resume\n  runbook resume 7KQ2PS --non-interactive")]
pub(super) struct ResumeArgs {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
    /// Why a run that stands at the limit of its budget goes on for as long again
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// Take back what a run did, the last first
///
/// For a run that is open, failed, refused or aborted. A version that users have is taken back by
/// the runbook `rollback` instead.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  runbook undo 7KQ2PS")]
pub(super) struct UndoArgs {
    /// The run, by the end of its id [default: the only open one]
    run: Option<String>,
}

/// `name=value`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn exec(project: &Path, args: &Args) -> Result<u8, Ended> {
    let echo = args.manner.echo()?;
    let operator = Operator::detect(args.manner.non_interactive);
    let plan = freeze(project, &args.what, operator)?;
    let plan = evidence::admit(plan, args.uncommitted.as_deref())?;
    let (title, version) = (plan.title.clone(), plan.version.clone());
    let mut driven = desk::store(project)?.begin(plan, jiff::Timestamp::now().to_string())?;
    if let Some(echo) = echo {
        driven.journal.echo(0, echo);
    }
    show::line(&format!("{title} {version}  run {}", driven.run.short()));
    Ok(args.manner.engine(driven).drive()?)
}

pub(super) fn resume(project: &Path, args: &ResumeArgs) -> Result<u8, Ended> {
    let echo = args.manner.echo()?;
    let store = desk::store(project)?;
    let run = desk::find(&store, args.run.as_deref())?;
    show::line(&format!(
        "{} {}  run {}",
        run.plan.title,
        run.plan.version,
        run.short()
    ));
    let mut driven = store.drive(run, jiff::Timestamp::now().to_string())?;
    if let Some(echo) = echo {
        driven.journal.echo(driven.journal.found(), echo);
    }
    let mut engine = args.manner.engine(driven);
    if let Some(reason) = &args.reason {
        engine.lift_limit(reason)?;
    }
    Ok(engine.drive()?)
}

pub(super) fn undo(project: &Path, args: &UndoArgs) -> Result<u8, Ended> {
    let store = desk::store(project)?;
    let run = desk::find(&store, args.run.as_deref())?;
    if run.state()?.end == Some(End::Finished) {
        return Err(Ended::usage(
            "the run is finished; take a released version back with: runbook exec rollback",
        ));
    }
    let driven = store.drive(run, jiff::Timestamp::now().to_string())?;
    Ok(Engine::new(
        driven,
        Operator::detect(false),
        desk::account(),
        jiff::Timestamp::now,
    )
    .undo()?)
}

pub(super) fn plan(project: &Path, args: &PlanArgs) -> Result<u8, Ended> {
    let plan = freeze(project, &args.what, Operator::Absent)?;
    match args.json {
        true => show::text(&(String::from_utf8_lossy(&plan.to_bytes()).into_owned() + "\n")),
        false => describe(&plan),
    }
    Ok(0)
}

/// Everything that has to be right before a run exists.
fn freeze(folder: &Path, what: &What, operator: Operator) -> Result<Plan, Ended> {
    let project = driver::open(folder)?;
    let page = find(&project, &what.id)?;
    refuse_errors(&project, page)?;
    let book = &page.runbook;
    let target = target_of(folder, &project, book, what)?;
    let given = given(what)?;
    let params = match params::complete(book, &given) {
        Ok(params) => params,
        Err(problems) => ask(book, given, problems, operator)?,
    };
    let start = Start {
        project: project.site.config.id.clone(),
        target: target.to_string_lossy().into_owned(),
        source: evidence::source(folder, &project, page),
        initiator: desk::account(),
        params,
    };
    let books = project.site.books();
    let target_commit = target::commit(&target);
    let plan = freeze::freeze(book, &books, &project.site.policy, start)
        .map_err(|missing| Ended::invalid(missing.iter().map(ToString::to_string).collect()))?;
    Ok(Plan {
        called: evidence::called(folder, &project, book),
        target_commit,
        ..plan
    })
}

/// The params of the command line, over those of the file.
fn given(what: &What) -> Result<BTreeMap<String, String>, Ended> {
    let mut given = BTreeMap::new();
    if let Some(path) = &what.params_file {
        let wrong = |why: String| {
            Ended::invalid(vec![format!(
                "{}: {why}; write it as {{\"name\": \"value\"}}",
                path.display()
            )])
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        given = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    }
    given.extend(what.params.iter().cloned());
    Ok(given)
}

pub(super) fn find<'p>(project: &'p Project, id: &str) -> Result<&'p RunbookPage, Ended> {
    let found = project
        .site
        .runbooks
        .iter()
        .find(|page| page.runbook.id.value == id);
    found.ok_or_else(|| {
        let ids: Vec<&str> = project
            .site
            .runbooks
            .iter()
            .map(|page| page.runbook.id.value.as_str())
            .collect();
        let help = did_you_mean(id, ids.iter().copied())
            .unwrap_or_else(|| format!("there are: {}", ids.join(", ")));
        Ended::usage(format!("no runbook `{id}`; {help}"))
    })
}

/// A runbook with an error in its file is not run.
fn refuse_errors(project: &Project, page: &RunbookPage) -> Result<(), Ended> {
    let source = page.runbook.source;
    let mut errors = crate::diag::Diagnostics::default();
    for found in project
        .diagnostics
        .iter()
        .filter(|d| d.span.source == source && d.severity == Severity::Error)
    {
        errors.report(found.clone());
    }
    if errors.is_empty() {
        return Ok(());
    }
    show::findings(&errors, &project.sources);
    Err(Ended::invalid(vec![format!(
        "{} has errors; nothing was started",
        page.path
    )]))
}

fn target_of(
    folder: &Path,
    project: &Project,
    book: &Runbook,
    what: &What,
) -> Result<PathBuf, Ended> {
    let written = book
        .target
        .as_ref()
        .map(|target| target.value.as_str())
        .or(project.site.config.target.as_deref());
    let chosen = what
        .target
        .clone()
        .or_else(|| written.map(|target| folder.join(target)));
    let chosen = chosen.ok_or_else(|| {
        Ended::invalid(vec![
            "no target: say where the steps work with --target DIR".to_owned(),
        ])
    })?;
    let target = target::folder(&chosen).map_err(|why| Ended::invalid(vec![why]))?;
    if book.needs.iter().any(|need| need.value == Need::Git) {
        target::is_git_top(&target).map_err(|why| Ended::invalid(vec![why]))?;
    }
    Ok(target)
}

/// Asks for what is missing, if somebody is there and nothing else is wrong.
fn ask(
    book: &Runbook,
    mut given: BTreeMap<String, String>,
    problems: Problems,
    operator: Operator,
) -> Result<BTreeMap<String, String>, Ended> {
    let can_ask =
        operator == Operator::Present && problems.unknown.is_empty() && problems.wrong.is_empty();
    if !can_ask {
        return Err(Ended::invalid(problems.lines()));
    }
    for field in &problems.missing {
        let question = field.ask.clone().unwrap_or_else(|| field.name.clone());
        let value = loop {
            let Heard::Line(line) = operator.ask(&question, || false) else {
                return Err(Ended::invalid(problems.lines()));
            };
            match values::fits(field, &line) {
                Ok(()) => break line,
                Err(expected) => operator.say(&format!("this has to be {expected}")),
            }
        };
        given.insert(field.name.clone(), value);
    }
    params::complete(book, &given).map_err(|problems| Ended::invalid(problems.lines()))
}

fn describe(plan: &Plan) {
    show::line(&format!(
        "{} {}  in {}",
        plan.title, plan.version, plan.target
    ));
    for (name, value) in &plan.params {
        show::line(&format!("  {name} = {}", values::printable(value)));
    }
    for (at, step) in plan.leaves().into_iter().enumerate() {
        describe_step(&format!("{:>3}", at + 1), step);
    }
    for (words, steps) in [
        ("after a failure:", &plan.on_failure),
        ("at the end in every case:", &plan.finally),
    ] {
        if !steps.is_empty() {
            show::line(words);
            steps.iter().for_each(|step| describe_step("  +", step));
        }
    }
    if let Some(doubt) = evidence::doubt(plan) {
        show::line(&format!("to be settled first: {doubt}"));
    }
    show::line("nothing was started");
}

fn describe_step(number: &str, step: &Step) {
    show::line(&format!("{number}  {}", step.title));
    let note = |words: String| show::line(&format!("     {words}"));
    if let Some(when) = &step.when {
        note(format!("only when {}", when.text));
    }
    if let Some(each) = &step.each {
        let items: Vec<String> = each.items.iter().map(holes).collect();
        note(format!("once for each of: {}", items.join(", ")));
    }
    match &step.kind {
        Kind::Command(command) | Kind::Check(command) => {
            words(command)
                .lines()
                .for_each(|line| note(line.to_owned()));
        }
        Kind::Approve { role, .. } => note(format!("waits for: {role}")),
        Kind::Manual { .. } => note("done by hand".to_owned()),
        Kind::Decide { options, .. } => {
            let options: Vec<&str> = options.keys().map(String::as_str).collect();
            note(format!("choose: {}", options.join(", ")));
        }
        Kind::Notify { channel, .. } => note(format!("tells: {channel}")),
        Kind::Wait { time, until } => {
            if let Some(time) = time {
                note(format!("waits {}", holes(time)));
            }
            if let Some(until) = until {
                note(format!("until: {}", words(&until.command)));
            }
        }
        Kind::Call(steps) | Kind::Parallel { steps, .. } => {
            steps.iter().for_each(|step| describe_step(number, step));
        }
    }
}

/// A text with its holes as the author wrote them.
fn holes(text: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(path) => format!("${{{{ {path} }}}}"),
    };
    text.0.iter().map(piece).collect()
}

fn words(command: &Command) -> String {
    match command {
        Command::Shell { script, .. } => script.clone(),
        Command::Program(items) => items.iter().map(holes).collect::<Vec<_>>().join(" "),
    }
}
