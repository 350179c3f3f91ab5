//! Where the secret files of a step lie: in memory, nobody else's, and gone when nobody needs them.

use crate::desk::{Desk, until};
use crate::project::{Ran, ends};
use crate::root::is_root;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const VALUE: &str = "correct horse battery";

/// A first step that waits, and a second one with a secret that does this, says where its secret is,
/// and waits; `further` ends its script, and what follows that.
pub(crate) fn waiting(second: &str, further: &str) -> String {
    format!(
        r#"params:
  token: {{ type: secret, from: {{ command: [cat, hidden] }} }}
steps:
  - id: first
    title: First
    run: |
      echo first >> effects
      until test -e go-first; do sleep 0.02; done
    effect: idempotent
  - id: second
    title: Second
    run: |
{second}      echo "$RB_SECRET_TOKEN" >> effects
      until test -e go; do sleep 0.02; done
{further}    effect: idempotent
"#
    )
}

fn desk() -> Desk {
    let desk = Desk::with(&waiting("", ""));
    desk.project.write("hidden", VALUE);
    desk
}

/// A folder in memory that only we can enter, removed with the test.
fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").expect("a folder can be made in memory")
}

/// Where the second step of a run finds its secret.
fn secret_file(desk: &Desk) -> PathBuf {
    desk.project.write("target/go-first", "");
    desk.wait_for_effects(2);
    PathBuf::from(desk.effects()[1].clone())
}

fn end(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it runs");
}

/// The folder whose name followed from that of a try, and so was known beforehand.
fn guessed(desk: &Desk) -> PathBuf {
    let folder = desk.folder().join("steps/second.1");
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Path::new("/dev/shm").join(format!("runbook-{}", &hex[..24]))
}

#[test]
fn a_folder_or_link_that_somebody_made_beforehand_gets_nothing() {
    let desk = desk();
    let mut program = desk.start();
    desk.wait_for_effects(1);
    let trap = guessed(&desk);
    fs::DirBuilder::new()
        .mode(0o777)
        .create(&trap)
        .expect("anybody can make a folder there");
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o777)).expect("it is ours");
    desk.project.write("profile", "mine\n");
    symlink(desk.project.path("profile"), trap.join("token")).expect("a link can be made");

    let file = secret_file(&desk);
    desk.project.write("target/go", "");
    let ended = ends(&mut program);

    let profile = desk.project.read("profile");
    let _ = fs::remove_dir_all(&trap);
    assert_eq!(profile, "mine\n", "nothing is written through the link");
    assert!(!file.starts_with(&trap), "{}", file.display());
    assert_eq!(ended.code(), Some(0));
}

#[test]
fn the_folder_is_ours_alone_and_the_try_knows_its_name() {
    let desk = desk();
    let mut program = desk.start();
    let file = secret_file(&desk);
    let folder = file.parent().expect("it is in a folder");

    for (path, mode) in [(folder, 0o700), (&file, 0o600)] {
        let found = fs::symlink_metadata(path).expect("it is there");
        assert_eq!(found.mode() & 0o777, mode, "{}", path.display());
        assert_eq!(found.uid(), Uid::effective().as_raw());
    }
    let name = folder.file_name().expect("a name").to_string_lossy();
    assert_eq!(name.len(), "runbook-".len() + 32, "{name}");
    let record = desk.folder().join("steps/second.1/secret-folder");
    assert_eq!(
        fs::read_to_string(&record).expect("it is recorded"),
        folder.to_string_lossy()
    );
    assert!(
        !desk.folder().join("steps/first.1/secret-folder").exists(),
        "a step without secrets has none"
    );

    desk.project.write("target/go", "");
    assert_eq!(ends(&mut program).code(), Some(0));
    assert!(!folder.exists() && !record.exists());
}

#[test]
fn whoever_looks_at_a_run_removes_what_a_kill_left() {
    for verb in [
        "status ID",
        "runs",
        "status",
        "report ID",
        "verify ID",
        "logs ID second",
    ] {
        let desk = desk();
        let mut program = desk.start();
        let file = secret_file(&desk);
        let (id, shim) = (desk.id(), desk.shim("second.1"));
        program.kill().expect("it runs");
        ends(&mut program);
        end(shim);
        let verb: Vec<&str> = verb
            .split(' ')
            .map(|word| if word == "ID" { &id } else { word })
            .collect();

        desk.run(&verb).exits(0);
        assert!(file.exists(), "{verb:?}: the command lives and may need it");

        desk.project.write("target/go", "");
        until("the command to end and the file to be gone", || {
            desk.run(&verb).exits(0);
            !file.exists()
        });
        let before = fs::read(desk.folder().join("journal.jsonl")).expect("there is a journal");
        desk.run(&verb).exits(0);
        let after = fs::read(desk.folder().join("journal.jsonl")).expect("there is a journal");
        assert_eq!(before, after, "{verb:?}: nothing else is changed");
        assert!(!file.parent().expect("a folder").exists());
        desk.run(&["resume"]).exits(0);
    }
}

#[test]
fn the_runtime_folder_is_used_if_it_is_in_memory_and_ours_alone() {
    let (ours, open) = (memory(), memory());
    let disk = tempfile::tempdir_in("/var/tmp").expect("a folder can be made on the disk");
    for (folder, mode) in [(&ours, 0o700), (&open, 0o750), (&disk, 0o700)] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("it is ours");
    }
    let linked = open.path().join("link");
    symlink(ours.path(), &linked).expect("a link can be made");
    let shared = Path::new("/dev/shm");
    for (runtime, place, why) in [
        (ours.path(), ours.path(), "it is as it should be"),
        (open.path(), shared, "others can enter it"),
        (&linked, shared, "it is a link"),
        (disk.path(), shared, "it is on a disk"),
        (
            Path::new("run"),
            shared,
            "nobody knows from where it counts",
        ),
        (Path::new("/nowhere"), shared, "it is not there"),
    ] {
        let desk = desk();
        desk.project
            .write("target/go-first", "")
            .write("target/go", "");
        let mut command = desk.command(&["exec", "work", "--target", "target"]);
        let ran = command.env("XDG_RUNTIME_DIR", runtime).output();
        assert!(ran.expect("the program starts").status.success());

        let file = PathBuf::from(desk.effects()[1].clone());
        let folder = file.parent().expect("it is in a folder");
        assert_eq!(folder.parent(), Some(place), "{why}");
        assert!(!folder.exists());
    }
}

#[test]
fn without_memory_for_files_a_step_that_needs_a_secret_file_is_not_begun() {
    if !is_root("put a disk in the place of /dev/shm") {
        return;
    }
    let desk = desk();
    desk.project.write("target/go-first", "");
    let disk = tempfile::tempdir_in("/var/tmp").expect("a folder can be made on the disk");
    let program = desk.command(&["exec", "work", "--target", "target"]);
    let mut apart = Command::new("unshare");
    apart
        .args(["--mount", "sh", "-c"])
        .arg("mount --bind \"$1\" /dev/shm && shift && exec \"$@\"")
        .arg("sh")
        .arg(disk.path())
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(desk.project.path(""))
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env_remove("XDG_RUNTIME_DIR");
    let ran = Ran::of(&apart.output().expect("unshare starts")).exits(5);

    assert!(ran.stdout.contains("never on a disk"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`expose: stdin`"), "{}", ran.stdout);
    assert_eq!(desk.effects(), ["first"]);
    let left = fs::read_dir(disk.path()).expect("it can be read").count();
    assert_eq!(left, 0, "nothing is on the disk");

    desk.project.write("target/go", "");
    desk.run(&["resume"]).exits(0);
}
