//! `runbook approve` and `reject`: the answer to a gate, here or from another machine, signed or not.

use super::answer::{deliver, person};
use super::context;
use super::error::CliError;
use super::request::put;
use super::show;
use crate::exec::engine::operator::Operator;
use crate::exec::record::inbox::Message;
use crate::exec::record::request::Request;
use crate::exec::record::statement::{LINE, Signed, Statement, Verdict, Why};
use crate::exec::state::exit::ExitCode;
use crate::exec::store::short;
use crate::exec::tell::question;
use crate::runs::{self, Gate, signing};
use jiff::Timestamp;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Approve a step that waits for approval
///
/// With --request, on any machine: it shows what is asked, and prints the signed answer for `runbook answer --import`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook approve\n  runbook approve 7KQ2PS publish --sign\n  runbook approve --request request.json --sign --out answer.txt\n  runbook approve 7KQ2PS publish --if 'the notes name the migration'\n\nIf you do not name the step, a terminal shows what you would approve, and asks first."
)]
pub(super) struct ApproveArgs {
    /// The run, by the end of its id [default: the only one that waits for your approval]
    run: Option<String>,
    /// The step that waits [default: the one that the run waits at]
    step: Option<String>,
    /// Let the approval count only once this is true; then you approve again, without it
    ///
    /// Until the step has passed, it also withdraws your earlier approval.
    #[arg(long = "if", value_name = "TEXT")]
    conditions: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// Reject a step that waits for approval; the run ends
///
/// A review that is owed after an approval is refused in the same way; that ends and undoes nothing.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  runbook reject 7KQ2PS publish --reason 'not before Monday'\n  runbook reject --request request.json --sign --reason 'the notes are missing'"
)]
pub(super) struct RejectArgs {
    /// The run, by the end of its id
    #[arg(required_unless_present = "request")]
    run: Option<String>,
    /// The step that waits
    #[arg(required_unless_present = "request")]
    step: Option<String>,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    how: How,
}

/// Who answers, and how that is proved.
#[derive(clap::Args)]
struct How {
    /// Answer for this person; unless signed, recorded as a claim, not as proof [default: you]
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
    /// Sign the answer with this SSH key [default: the first of your agent and of ~/.ssh that is listed]
    #[arg(long, value_name = "KEY", num_args = 0..=1)]
    #[expect(
        clippy::option_option,
        reason = "the flag may stand there without a value"
    )]
    sign: Option<Option<PathBuf>>,
    /// The request to answer, as `runbook request` made it; - for standard input
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Write the signed answer into this file
    #[arg(
        long,
        value_name = "FILE",
        requires = "request",
        conflicts_with = "line"
    )]
    out: Option<PathBuf>,
    /// Print the signed answer as one line, for a chat or a mail
    #[arg(long, requires = "request")]
    line: bool,
}

pub(super) fn approve(project: &Path, args: &ApproveArgs) -> Result<ExitCode, CliError> {
    let why = Why {
        reason: None,
        conditions: conditions(&args.conditions)?,
    };
    let (run, step) = (args.run.as_deref(), args.step.as_deref());
    if let Some(file) = &args.how.request {
        return from_anywhere(file, (run, step), &args.how, (Verdict::Approve, why));
    }
    let by = person(&args.how.person);
    let store = context::store(project)?;
    let gate = match (run, step) {
        (Some(run), Some(step)) => {
            let gate = runs::gate_of(&store, run, step)?;
            // Nobody signs what they did not see.
            if let Some(asked) = gate
                .as_ref()
                .and_then(Gate::asked)
                .filter(|asked| args.how.sign.is_some() || asked.request.signed)
            {
                show_asked(&asked.request, gate.as_ref());
            }
            gate
        }
        (run, _) => {
            let gate = runs::gate(&store, run, &by)?;
            if !is_meant(&gate)? {
                return Ok(ExitCode::Suspended);
            }
            Some(gate)
        }
    };
    let asked = gate.as_ref().and_then(Gate::asked);
    let signed = match asked {
        Some(asked) if args.how.sign.is_some() || asked.request.signed => Some(signed(
            &args.how,
            gate.as_ref().map(Gate::me).as_deref(),
            &asked.request,
            &asked.text,
            (Verdict::Approve, why.clone()),
        )?),
        _ => None,
    };
    let (run, step) = match gate {
        Some(gate) => (gate.run.run.id.clone(), gate.step.id),
        None => (
            run.unwrap_or_default().to_owned(),
            step.unwrap_or_default().to_owned(),
        ),
    };
    let (by, account) = said_by(&args.how, signed.as_ref());
    let message = Message::Approve {
        step,
        by,
        account,
        conditions: why.conditions,
        signed: signed.map(|(signed, _)| signed),
    };
    deliver(project, &run, message)
}

/// The conditions of an approval, each a line that says something.
fn conditions(given: &[String]) -> Result<Vec<String>, CliError> {
    let texts: Vec<String> = given.iter().map(|text| text.trim().to_owned()).collect();
    match texts.iter().any(String::is_empty) {
        true => Err(CliError::usage(
            "--if is empty: say what has to be true before the approval counts".to_owned(),
        )),
        false => Ok(texts),
    }
}

pub(super) fn reject(project: &Path, args: &RejectArgs) -> Result<ExitCode, CliError> {
    let why = Why {
        reason: Some(args.reason.clone()),
        conditions: Vec::new(),
    };
    if let Some(file) = &args.how.request {
        let named = (args.run.as_deref(), args.step.as_deref());
        return from_anywhere(file, named, &args.how, (Verdict::Reject, why));
    }
    let (run, step) = (
        args.run.clone().unwrap_or_default(),
        args.step.clone().unwrap_or_default(),
    );
    let signed = match &args.how.sign {
        None => None,
        Some(_) => {
            let store = context::store(project)?;
            let gate = runs::gate_of(&store, &run, &step)?;
            let asked = gate.as_ref().and_then(Gate::asked);
            let asked = asked.ok_or_else(|| {
                CliError::usage(format!(
                    "`{step}` does not wait for an answer that could be signed"
                ))
            })?;
            let me = gate.as_ref().map(Gate::me);
            Some(signed(
                &args.how,
                me.as_deref(),
                &asked.request,
                &asked.text,
                (Verdict::Reject, why),
            )?)
        }
    };
    let (by, account) = said_by(&args.how, signed.as_ref());
    let message = Message::Reject {
        step,
        by,
        reason: args.reason.clone(),
        account,
        signed: signed.map(|(signed, _)| signed),
    };
    deliver(project, &run, message)
}

/// Who answers, and the account that says so in another's name.
fn said_by(how: &How, signed: Option<&(Signed, String)>) -> (String, Option<String>) {
    match signed {
        Some((_, by)) => (by.clone(), None),
        None => (
            person(&how.person),
            how.person.as_ref().map(|_| runs::account()),
        ),
    }
}

/// Signs an answer to a request; gives it with the person whose key did. `me` is who has this account, if that is known.
fn signed(
    how: &How,
    me: Option<&str>,
    request: &Request,
    text: &str,
    (verdict, why): (Verdict, Why),
) -> Result<(Signed, String), CliError> {
    let wanted = how.sign.as_ref().and_then(Option::as_deref);
    let key = signing::key(request, wanted, how.person.as_deref(), me)?;
    let now = Timestamp::now().to_string();
    let statement = Statement::on(request, text, verdict, &key.person, now, why);
    Ok((signing::sign(&key, &statement)?, key.person))
}

/// Answers a request that came from another machine: shows it, asks, signs, and gives the answer out.
fn from_anywhere(
    file: &Path,
    (run, step): (Option<&str>, Option<&str>),
    how: &How,
    said: (Verdict, Why),
) -> Result<ExitCode, CliError> {
    let (request, text) = Request::read(&written(file)?)
        .map_err(|why| CliError::usage(format!("{}: {why}", file.display())))?;
    let refused =
        |why: String| CliError::usage(format!("{} is not answered: {why}", file.display()));
    request
        .fault(Timestamp::now())
        .map_or(Ok(()), |why| Err(refused(why)))?;
    if let Some(name) = run.filter(|name| !request.run.ends_with(*name)) {
        return Err(refused(format!(
            "it is of run {}, and you named {name}",
            short(&request.run)
        )));
    }
    if let Some(name) = step.filter(|name| request.step != *name) {
        return Err(refused(format!(
            "it is of step `{}`, and you named `{name}`",
            request.step
        )));
    }
    let is_named = run.is_some() && step.is_some();
    let (question, verb) = match said.0 {
        Verdict::Approve => ("approve and sign this?", "approve"),
        Verdict::Reject => ("reject and sign this?", "reject"),
    };
    for line in question::lines(&request) {
        eprintln!("{}", crate::printable::printable(&line));
    }
    let again = format!(
        "name what you answer: runbook {verb} {} {} --request …",
        short(&request.run),
        request.step
    );
    if !is_named && !agrees(question, (verb, &again))? {
        return Ok(ExitCode::Suspended);
    }
    let (signed, by) = signed(how, None, &request, &text, said)?;
    put(
        &signed.to_text(),
        how.line.then_some(LINE),
        how.out.as_deref(),
    )?;
    if let Some(out) = &how.out {
        show::line(&format!(
            "wrote {}, signed by {by}; whoever started the run runs: runbook answer --import FILE",
            out.display()
        ));
    }
    Ok(ExitCode::Finished)
}

/// The text of a file that somebody sent.
pub(super) fn written(file: &Path) -> Result<String, CliError> {
    let text = match file.to_str() {
        Some("-") => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => std::fs::read_to_string(file),
    };
    text.map_err(|error| CliError::usage(format!("cannot read {}: {error}", file.display())))
}

/// Shows what would be approved, and asks. Where nobody can be asked, the step has to be named.
fn is_meant(gate: &Gate) -> Result<bool, CliError> {
    match gate.asked() {
        Some(asked) => show_asked(&asked.request, Some(gate)),
        None => show_early(gate),
    }
    let again = format!("approve it with: {}", gate.command());
    agrees("approve this?", ("approve", &again))
}

/// What is asked, and who approved it by now.
fn show_asked(request: &Request, gate: Option<&Gate>) {
    let lines = question::lines(request);
    let state = gate.and_then(|gate| gate.run.state.steps.get(&gate.step.id));
    let approvals = state.map(|state| state.gate.counted()).unwrap_or_default();
    let approvals = question::approvals(&approvals);
    let lines = lines.iter().chain(&approvals);
    lines.for_each(|line| show::line(line));
}

/// What is known of a gate that an early version opened.
fn show_early(gate: &Gate) {
    let (run, state) = (&gate.run.run, &gate.run.state);
    let text = state.steps.get(&gate.step.id);
    let text = text.and_then(|step| step.gate.text.as_deref());
    let (short, plan) = (run.short(), &run.plan);
    show::line(&format!(
        "{} {}  run {short}  {}",
        plan.title, plan.version, gate.step.title
    ));
    for line in text.unwrap_or_default().lines() {
        show::line(&format!("  {line}"));
    }
}

/// Asks; `verb` is what is asked about, and `again` how it is done without a terminal.
fn agrees(question: &str, (verb, again): (&str, &str)) -> Result<bool, CliError> {
    let nothing = match verb {
        "reject" => "nothing was rejected",
        _ => "nothing was approved",
    };
    let operator = Operator::detect(false);
    if operator == Operator::Absent {
        let what = format!("{nothing}; without a terminal, name the run and the step");
        return Err(CliError::usage(what).help(again.to_owned()));
    }
    let agrees = operator.agrees(question);
    if !agrees {
        show::line(nothing);
    }
    Ok(agrees)
}
