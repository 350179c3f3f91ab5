//! Fail points: each operation on each part of the record has a name, such as `journal.sync`.
//!
//! [`POINTS`] lists them all, and a test says that each of them was hit. In builds with debug
//! assertions the built program fails at one of them: see `fail_points` in the module above.

/// What a file or folder is to the record of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// The folder of all runs, and those above it.
    Store,
    /// The folder of one run, and those in it.
    Run,
    /// `plan.json`.
    Plan,
    /// `journal.jsonl`.
    Journal,
    /// What was cut off a journal.
    Torn,
    /// An answer in the inbox.
    Letter,
    /// Why an answer did not count.
    Refusal,
    /// The folder of a try, and those above and below it.
    Try,
    /// `command.json` of a try.
    Job,
    /// `pid` of a try.
    Pid,
    /// `outputs` of a try.
    Outputs,
    /// `log` of a try.
    Log,
    /// `exit.json` of a try.
    Exit,
    /// `revoked` of a try.
    Revoked,
}

/// What is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Its bytes are read.
    Read,
    /// It is looked for.
    Look,
    /// Its names are read.
    List,
    /// It is made, a folder.
    MakeFolder,
    /// It is made, a file.
    Create,
    /// It is opened to be written.
    Open,
    /// Bytes are written.
    Write,
    /// Its end is cut off.
    Cut,
    /// Its bytes are synced.
    Sync,
    /// It gets its name.
    Rename,
    /// It is removed.
    Remove,
    /// The names in its folder are synced.
    SyncFolder,
}

/// Every fail point.
pub const POINTS: [&str; 72] = [
    "store.look",
    "store.list",
    "store.make-folder",
    "store.sync-folder",
    "run.list",
    "run.make-folder",
    "run.rename",
    "run.remove",
    "run.sync-folder",
    "plan.read",
    "plan.create",
    "plan.write",
    "plan.sync",
    "journal.read",
    "journal.create",
    "journal.open",
    "journal.write",
    "journal.cut",
    "journal.sync",
    "torn.look",
    "torn.create",
    "torn.write",
    "torn.sync",
    "torn.rename",
    "torn.remove",
    "torn.sync-folder",
    "letter.look",
    "letter.list",
    "letter.read",
    "letter.create",
    "letter.write",
    "letter.sync",
    "letter.rename",
    "letter.remove",
    "letter.sync-folder",
    "refusal.look",
    "refusal.create",
    "refusal.write",
    "refusal.sync",
    "refusal.rename",
    "refusal.remove",
    "refusal.sync-folder",
    "try.look",
    "try.make-folder",
    "try.sync-folder",
    "job.create",
    "job.read",
    "job.write",
    "job.sync",
    "pid.look",
    "pid.create",
    "pid.write",
    "pid.sync",
    "outputs.look",
    "outputs.read",
    "outputs.create",
    "outputs.open",
    "outputs.write",
    "outputs.sync",
    "log.look",
    "log.create",
    "log.open",
    "log.sync",
    "exit.look",
    "exit.read",
    "exit.create",
    "exit.write",
    "exit.sync",
    "exit.rename",
    "exit.sync-folder",
    "revoked.look",
    "revoked.create",
];

/// The name of a fail point.
pub fn name(part: FileKind, op: Op) -> String {
    let part = match part {
        FileKind::Store => "store",
        FileKind::Run => "run",
        FileKind::Plan => "plan",
        FileKind::Journal => "journal",
        FileKind::Torn => "torn",
        FileKind::Letter => "letter",
        FileKind::Refusal => "refusal",
        FileKind::Try => "try",
        FileKind::Job => "job",
        FileKind::Pid => "pid",
        FileKind::Outputs => "outputs",
        FileKind::Log => "log",
        FileKind::Exit => "exit",
        FileKind::Revoked => "revoked",
    };
    let op = match op {
        Op::Read => "read",
        Op::Look => "look",
        Op::List => "list",
        Op::MakeFolder => "make-folder",
        Op::Create => "create",
        Op::Open => "open",
        Op::Write => "write",
        Op::Cut => "cut",
        Op::Sync => "sync",
        Op::Rename => "rename",
        Op::Remove => "remove",
        Op::SyncFolder => "sync-folder",
    };
    format!("{part}.{op}")
}
