//! Two accounts on one machine: whatever one of them runs, the other can neither read, nor change,
//! nor foresee. The accounts are real, made and removed by the test, which only root can do.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use crate::root::is_root;
use crate::secret_folders::waiting;
use nix::unistd::{Gid, Uid, User, chown};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const VALUE: &str = "correct horse battery";

/// What the second step does with its secret, and makes for the run to keep.
const KEEPS: &str = r#"      cat "$RB_SECRET_TOKEN"
      echo "kept=7" >> "$RB_OUTPUT"
      cp effects "$RB_OUTPUT_DIR/kept"
"#;
const COMPARES: &str = r#"      cmp "$RB_SECRET_TOKEN" ../hidden
    outputs: { kept: { type: int } }
"#;

/// An account of the machine, removed with the test.
struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    fn made(kind: &str) -> Self {
        let name = format!("rbtest-{kind}-{}", std::process::id());
        let mut make = Command::new("useradd");
        make.args([
            "--no-create-home",
            "--user-group",
            "--shell",
            "/bin/sh",
            &name,
        ]);
        Ran::of(&make.output().expect("useradd starts")).exits(0);
        let user = User::from_name(&name).expect("accounts can be read");
        let user = user.expect("it was made");
        Self {
            name,
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        }
    }

    /// What this account says to a script of a shell, in which `$1` and so on are arguments.
    fn says(&self, script: &str, arguments: &[&Path]) -> String {
        let mut shell = Command::new("bash");
        shell.args(["-c", script, "bash"]).args(arguments);
        shell.uid(self.uid).gid(self.gid).current_dir("/");
        let output = shell.stdin(Stdio::null()).output().expect("bash starts");
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // A test that failed leaves processes of it, and an account that has some is kept.
        let _ = Command::new("pkill")
            .args(["-KILL", "-u", &self.name])
            .output();
        let _ = Command::new("userdel")
            .args(["--force", &self.name])
            .output();
    }
}

/// A desk of an account, with a program that every account can start.
struct Theirs {
    desk: Desk,
    program: PathBuf,
    _bin: tempfile::TempDir,
}

impl Theirs {
    fn of(account: &Account) -> Self {
        let desk = Desk::with(&waiting(KEEPS, COMPARES));
        desk.project.write("hidden", VALUE);
        let bin = tempfile::tempdir().expect("a folder can be made");
        let program = bin.path().join("runbook");
        fs::copy(env!("CARGO_BIN_EXE_runbook"), &program).expect("the program can be copied");
        open(bin.path(), 0o755);
        // The project is open to all, its secret is not: only what the program makes is looked at.
        open(&desk.project.path(""), 0o755);
        open(&desk.project.path("hidden"), 0o600);
        for entry in walkdir::WalkDir::new(desk.project.path("")) {
            let path = entry.expect("it can be read").into_path();
            let owner = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
            chown(&path, Some(owner.0), Some(owner.1)).expect("root may give it away");
        }
        Self {
            desk,
            program,
            _bin: bin,
        }
    }

    /// The run, begun by the account with the least careful mask of modes.
    fn begin(&self, account: &Account) -> Child {
        let said = fs::File::create(self.desk.project.path("said")).expect("it can be made");
        Command::new("sh")
            .args(["-c", "umask 0; exec \"$0\" exec work --target target"])
            .arg(&self.program)
            .current_dir(self.desk.project.path(""))
            .env("RUNBOOK_STATE_DIR", self.state())
            .env("HOME", self.desk.project.path(""))
            .env_remove("XDG_RUNTIME_DIR")
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("it can be shared"))
            .stderr(said)
            .uid(account.uid)
            .gid(account.gid)
            .spawn()
            .expect("the program starts")
    }

    /// The folder of the only run. The program shows root no runs of somebody else.
    fn folder(&self) -> PathBuf {
        let runs = self.state().join("desk/runs");
        let found = fs::read_dir(runs).expect("there are runs");
        let paths = found.map(|entry| entry.expect("it can be read").path());
        let mut folders = paths.filter(|path| path.join("journal.jsonl").is_file());
        folders.next().expect("there is a run")
    }

    fn state(&self) -> PathBuf {
        self.desk.project.path("state")
    }
}

fn open(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// Makes, as the other account, all that was once known beforehand of the second step's secret: from
/// what the list of processes says of the first.
fn trap(other: &Account, run: &Path) -> PathBuf {
    let folder = run.join("steps/second.1");
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let trap = Path::new("/dev/shm").join(format!("runbook-{}", &hex[..24]));
    let said = other.says(
        "mkdir -m 777 \"$1\" && : > \"$1/token\" && chmod 666 \"$1/token\"",
        &[&trap],
    );
    assert_eq!(said, "", "the trap is laid");
    trap
}

/// What the other account can read or write of what the first owns in these folders.
const REACHABLE: &str = r#"find "$1" "$2" /dev/shm /tmp /var/tmp -user "${3#/}" \( -readable -o -writable \) 2> /dev/null"#;

/// What it sees of every process of the first.
const PROCESSES: &str = r#"ps ww -u "${1#/}" -o pid,args
for pid in $(pgrep -u "${1#/}"); do
  cat "/proc/$pid/cmdline" 2> /dev/null | tr '\0' ' '
  for file in environ mem maps stack io auxv; do
    head -c 1 "/proc/$pid/$file" > /dev/null 2>&1 && echo "OPEN: /proc/$pid/$file"
  done
  for link in cwd exe root fd/0 fd/1 fd/3; do
    readlink "/proc/$pid/$link" > /dev/null 2>&1 && echo "OPEN: /proc/$pid/$link"
  done
  ls "/proc/$pid/fd/" > /dev/null 2>&1 && echo "OPEN: /proc/$pid/fd"
  kill -0 "$pid" 2> /dev/null && echo "OPEN: signals to $pid"
done
echo seen"#;

/// What it tries to do to the folder of the secret, and to the run.
const ATTACKS: &str = r#"cat "$1"; ls "$(dirname "$1")"; : > "$(dirname "$1")/more"; mv "$(dirname "$1")" "$(dirname "$1").moved"
rm -rf "$(dirname "$1")"; ln -s /etc/passwd "$1"; chmod 777 "$(dirname "$1")"
cat "$2/journal.jsonl"; echo '{}' > "$2/inbox/letter.json"; echo >> "$2/journal.jsonl"; rm -rf "$2"; mv "$2" "$2.moved"
cat "$2/steps/second.1/log"; exec 3< "$2/lock""#;

#[test]
fn nothing_of_a_run_can_be_read_changed_or_foreseen_by_another_account() {
    if !is_root("make two accounts") {
        return;
    }
    let (first, other) = (Account::made("one"), Account::made("two"));
    let theirs = Theirs::of(&first);
    let desk = &theirs.desk;
    let mut program = theirs.begin(&first);
    desk.wait_for_effects(1);
    let (run, state, name) = (
        theirs.folder(),
        theirs.state(),
        Path::new("/").join(&first.name),
    );
    let trap = trap(&other, &run);

    desk.project.write("target/go-first", "");
    desk.wait_for_effects(2);
    let file = PathBuf::from(desk.effects()[1].clone());
    assert_eq!(fs::metadata(&file).expect("it is there").uid(), first.uid);

    let seen = other.says(PROCESSES, &[&name]);
    assert!(seen.contains("__shim"), "the shim is seen: {seen}");
    assert!(seen.ends_with("seen\n"), "{seen}");
    assert!(!seen.contains("OPEN"), "{seen}");
    let folder = file.parent().expect("it is in a folder");
    for hidden in [VALUE, &folder.to_string_lossy()] {
        assert!(!seen.contains(hidden), "{hidden} is seen: {seen}");
    }
    let project = desk.project.path("");
    // What the test itself made is open.
    let ours = |path: &&str| {
        let path = Path::new(path);
        !path.starts_with(&project) || path.starts_with(&state)
    };
    let reached = other.says(REACHABLE, &[&state, folder, &name]);
    assert_eq!(
        reached.lines().filter(ours).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );

    let before = fs::read(run.join("journal.jsonl")).expect("there is a journal");
    let said = other.says(ATTACKS, &[&file, &run]);
    assert!(
        !said.contains(VALUE) && !said.contains("run.created"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&file).expect("it is there"), VALUE);
    assert_eq!(
        fs::read(run.join("journal.jsonl")).expect("it is there"),
        before
    );
    let names = |path: &Path| fs::read_dir(path).expect("it can be read").count();
    assert_eq!(names(folder), 1, "nothing was added");
    assert_eq!(names(&run.join("inbox")), 0, "no letter was put there");

    desk.project.write("target/go", "");
    let ended = ends(&mut program);
    assert_eq!(ended.code(), Some(0), "{}", desk.project.read("said"));
    let caught = fs::read_to_string(trap.join("token")).expect("the trap is there");
    fs::remove_dir_all(&trap).expect("it can be removed");
    assert_eq!(caught, "", "the trap caught nothing");
    until("the secret to be gone", || !folder.exists());
    let reached = other.says(REACHABLE, &[&state, &state, &name]);
    assert_eq!(
        reached.lines().filter(ours).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
}
