//! Packages as teams have them, in a clone with a history and a remote: built by a compiler into an
//! ignored folder, guarded by hooks, with tools that come from a registry on loopback alone.
//!
//! A world begins with git only. [`World::with_registry`] and [`World::with_tools`] add what takes time.

use crate::project::{Project, Ran, files_below};
use crate::registry::{self, Helper, Npm, npmrc};
use crate::tools;
use serde_json::{Value, json};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// A package that a team has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    /// `demo` 1.4.2, of TypeScript, with hooks.
    Demo,
    /// The same; its command starts a source that is not packed.
    DemoThatStartsASource,
    /// The same as `@acme-sample/demo`.
    ScopedDemo,
    /// `sample-core`, `sample-text` and `sample-tool`, each with a version of its own.
    Workspace,
}

/// How a remote takes a push to main. A tag that is pushed alone is taken by each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remote {
    /// It takes it.
    Open,
    /// It refuses main in the words of a protected branch, and takes what comes beside it.
    Protected,
    /// It refuses main in the words of a rule set, and takes what comes beside it.
    RuleSet,
    /// It refuses main and everything that comes beside it.
    WholePush,
}

/// How the remote merges a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Merge {
    Commit,
    Squash,
    Rebase,
}

/// A clone of a sample with its remote, and a home folder of its own.
pub(crate) struct World {
    /// The commit on main that mends what was released; a feature that nobody released follows it.
    pub(crate) fix: String,
    sample: Sample,
    folder: Project,
    // The registry, and what stands before it; they end with the world.
    registry: Vec<Helper>,
}

impl World {
    /// A sample whose version is tagged, with a fix and a feature after it, all of it pushed.
    pub(crate) fn new(sample: Sample, remote: Remote) -> Self {
        let folder = Project::empty();
        // Whatever asks for another address finds nobody.
        folder
            .write("home/.npmrc", closed("registry=http://127.0.0.1:9/\nfetch-retries=0\naudit=false\nfund=false\nupdate-notifier=false\n"))
            .write("home/.gitconfig", "[user]\n  name = Ana\n  email = ana@example.org\n[init]\n  defaultBranch = main\n[advice]\n  detachedHead = false\n");
        let mut world = Self {
            fix: String::new(),
            sample,
            folder,
            registry: Vec::new(),
        };
        world.write_sample();
        world.write_history();
        world.set_hook(remote);
        world
    }

    /// Starts a registry that holds the tools and nothing else; npm asks it from now on, signed in. It is
    /// as patient as one on a desk until it is told to [behave](Self::behaves) as the public one does.
    pub(crate) fn with_registry(self) -> Self {
        fill(&self.folder.path("store"));
        self.started()
    }

    /// The same; the registry has the tagged version too, as somebody published it from the tag.
    pub(crate) fn with_registry_of_users(self) -> Self {
        let store = self.folder.path("store/packages");
        copy(&published(self.sample), &store);
        self.started()
    }

    fn started(mut self) -> Self {
        let store = self.folder.path("store");
        let mut registry = Helper::start("launch.mjs", &[store.to_str().expect("a path")]);
        let at = registry.fact();
        let text = |fact: &Value, name: &str| fact[name].as_str().expect("a text").to_owned();
        self.behaves(&json!({}));
        let behaviour = self.folder.path("behaviour.json");
        let behind = text(&at, "url");
        let mut before = Helper::start("world.mjs", &[&behind, &behaviour.to_string_lossy()]);
        self.ask(&text(&before.fact(), "url"), &text(&at, "token"));
        self.registry = vec![before, registry];
        self
    }

    /// Lets everybody in the world use this npm from now on.
    pub(crate) fn use_npm(&self, npm: Npm) {
        npm.install(&self.folder.path("bin"));
    }

    /// Tells the registry how to behave from now on; see `tests/tools/registry/world/behaviour.mjs`.
    pub(crate) fn behaves(&self, behaviour: &Value) {
        registry::tell(&self.folder, behaviour);
    }

    /// What came to the registry that changes a package, in order: lines such as `publish demo@1.5.0 201`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let written = fs::read_to_string(self.folder.path("writes.txt")).unwrap_or_default();
        written.lines().map(str::to_owned).collect()
    }

    /// The folder in which all of the world is.
    pub(crate) fn folder(&self) -> &Project {
        &self.folder
    }

    /// Lets npm ask a registry, such as a proxy before the world's own.
    pub(crate) fn ask(&self, url: &str, token: &str) {
        self.folder.write("home/.npmrc", closed(&npmrc(url, token)));
    }

    /// Installs the tools as `npm ci` leaves them, without its time; also the hooks.
    pub(crate) fn with_tools(self) -> Self {
        copy_tree(&installed(self.sample), &self.clone_folder());
        self.in_clone("npm run --if-present --silent prepare");
        self
    }

    /// The clone that people work in.
    pub(crate) fn clone_folder(&self) -> PathBuf {
        self.folder.path("work")
    }

    /// The bare repository.
    pub(crate) fn remote_folder(&self) -> PathBuf {
        self.folder.path("remote.git")
    }

    /// The name of the package, or of a workspace's root.
    pub(crate) fn package(&self) -> &'static str {
        match self.sample {
            Sample::Demo | Sample::DemoThatStartsASource => "demo",
            Sample::ScopedDemo => "@acme-sample/demo",
            Sample::Workspace => "sample-workspace",
        }
    }

    /// Writes a file of the clone.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        self.folder.write(&format!("work/{name}"), text);
    }

    /// Replaces a text that has to be in a file of the clone.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        self.folder.edit(&format!("work/{name}"), from, to);
    }

    /// Gives a command the world's environment: its home, and no settings of who runs the tests.
    pub(crate) fn environment(&self, command: &mut Command) {
        self.folder.gives_home(command);
        let bin = self.folder.path("bin");
        if bin.exists() {
            let path = std::env::var("PATH").expect("there are programs");
            command.env("PATH", format!("{}:{path}", bin.display()));
        }
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
    }

    /// What a shell command does in the clone.
    pub(crate) fn shell(&self, command: &str) -> Ran {
        let mut shell = Command::new("bash");
        shell
            .args(["-euo", "pipefail", "-c", command])
            .current_dir(self.clone_folder())
            .stdin(Stdio::null());
        self.environment(&mut shell);
        Ran::of(&shell.output().expect("bash starts"))
    }

    /// What a shell command in the clone prints; it has to succeed.
    pub(crate) fn in_clone(&self, command: &str) -> String {
        let ran = self.shell(command);
        assert_eq!(
            ran.code,
            Some(0),
            "{command}\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
        ran.stdout.trim().to_owned()
    }

    /// What git says in the remote.
    pub(crate) fn in_remote(&self, arguments: &str) -> String {
        self.in_clone(&format!("git --git-dir ../remote.git {arguments}"))
    }

    /// Whether the remote has got a ref such as `tags/v1.5.0`; asked often, so that no git is started for it.
    pub(crate) fn has_ref(&self, name: &str) -> bool {
        self.remote_folder().join("refs").join(name).exists()
    }

    /// Merges a pushed branch into another one on the remote, where no hook refuses it; gives its new commit.
    pub(crate) fn merge_request(
        &self,
        branch: &str,
        into: &str,
        how: Merge,
        title: &str,
    ) -> String {
        let how = match how {
            Merge::Commit => "merge",
            Merge::Squash => "squash",
            Merge::Rebase => "rebase",
        };
        let mut script = Command::new(fixtures().join("remote/merge-request"));
        script
            .arg(self.remote_folder())
            .args([branch, how, title, into]);
        self.environment(&mut script);
        let output = script.output().expect("the script starts");
        Ran::of(&output).exits(0).stdout.trim().to_owned()
    }

    fn write_sample(&self) {
        let packages = fixtures().join("packages");
        let work = self.clone_folder();
        match self.sample {
            Sample::Workspace => copy(&packages.join("workspace"), &work),
            _ => copy(&packages.join("demo"), &work),
        }
        if self.sample == Sample::DemoThatStartsASource {
            copy(&packages.join("demo-that-starts-a-source"), &work);
        }
        if self.sample == Sample::ScopedDemo {
            for name in ["package.json", "package-lock.json"] {
                let text = fs::read_to_string(work.join(name)).expect("it can be read");
                let scoped = text.replace("\"name\": \"demo\"", "\"name\": \"@acme-sample/demo\"");
                assert_ne!(scoped, text, "{name} names the package");
                fs::write(work.join(name), scoped).expect("it can be written");
            }
        }
    }

    fn write_history(&mut self) {
        self.in_clone("git init --quiet && git init --quiet --bare ../remote.git && git remote add origin \"$(realpath ../remote.git)\"");
        match self.sample {
            Sample::Workspace => self.write_history_of_workspace(),
            _ => self.write_history_of_demo(),
        }
        self.in_clone("git push --quiet --set-upstream --tags origin main");
    }

    fn write_history_of_demo(&mut self) {
        self.in_clone("git add . && git reset --quiet CHANGELOG.md src/shout.ts && git commit --quiet -m 'feat: greet by name'");
        self.in_clone("git add src/shout.ts && git commit --quiet -m 'feat: shout'");
        self.in_clone("git add . && git commit --quiet -m 'chore: release 1.4.2'");
        self.in_clone("git tag --annotate v1.4.2 -m 'Release 1.4.2'");
        self.edit("src/index.ts", "${name}", "${name.trim()}");
        self.edit("test/greet.test.ts", "/^Hello, Ana/", "/^Hello, Ana!$/");
        self.fix = self.commit("fix: take the spaces around a name away");
        self.write("src/whisper.ts", "/** The same words, softer. */\nexport function whisper(text: string): string {\n  return text.toLowerCase();\n}\n");
        self.edit(
            "src/index.ts",
            "/** A greeting",
            "export { whisper } from \"./whisper.js\";\n\n/** A greeting",
        );
        self.commit("feat: whisper");
    }

    fn write_history_of_workspace(&mut self) {
        self.commit("feat: three packages that need each other");
        self.in_clone("for tag in sample-core@1.0.3 sample-text@1.1.0 sample-tool@2.0.0; do git tag --annotate \"$tag\" -m \"$tag\"; done");
        self.edit(
            "packages/core/src/index.ts",
            "word.trim()",
            "word.trim().normalize()",
        );
        self.fix = self.commit("fix(core): write letters in one way");
        self.edit("packages/text/src/index.ts", "Hello, ", "Good day, ");
        self.edit("packages/text/test/text.test.mjs", "Hello, ", "Good day, ");
        self.commit("feat(text): greet more politely");
    }

    /// Commits everything; gives the commit.
    fn commit(&self, message: &str) -> String {
        self.in_clone(&format!(
            "git add . && git commit --quiet -m '{message}' && git rev-parse HEAD"
        ))
    }

    fn set_hook(&self, remote: Remote) {
        let (script, hook) = match remote {
            Remote::Open => return,
            Remote::Protected => ("gh006", "update"),
            Remote::RuleSet => ("gh013", "update"),
            Remote::WholePush => ("whole-push", "pre-receive"),
        };
        let from = fixtures().join("remote").join(script);
        let to = self.remote_folder().join("hooks").join(hook);
        fs::copy(from, to).expect("the hook can be written");
    }
}

/// npm's settings with a proxy that is not there, for every address but loopback. Tarballs of tools are
/// kept by their integrity for all worlds, as on the machine of somebody who installs every day.
fn closed(npmrc: &str) -> String {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm-cache");
    format!(
        "{npmrc}proxy=http://127.0.0.1:9/\nhttps-proxy=http://127.0.0.1:9/\nnoproxy=127.0.0.1\ncache={}\n",
        cache.display()
    )
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Copies the files of a folder with their modes.
fn copy(from: &Path, to: &Path) {
    for (name, _) in files_below(from) {
        let path = to.join(&name);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        fs::copy(from.join(&name), path).expect("files can be copied");
    }
}

/// Puts the tools into the store of a registry that is not started yet.
pub(crate) fn fill(store: &Path) {
    copy(&seeded(), &store.join("packages"));
}

/// The packages of a registry into which the tools were published once.
fn seeded() -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let tool = tools::installed("packages");
    let pins = [tool.join("package-lock.json"), tool.join("seed.mjs")];
    let made = made_once(&ONE_AT_A_TIME, "tools-in-a-registry", &pins, |folder| {
        let mut registry = Helper::start("launch.mjs", &[folder.to_str().expect("a path")]);
        let at = registry.fact();
        let seed = Command::new("node")
            .arg(tool.join("seed.mjs"))
            .args(["url", "token"].map(|name| at[name].as_str().expect("a text")))
            .arg(folder.join("tarballs"))
            .output();
        Ran::of(&seed.expect("node starts")).exits(0);
    });
    made.join("packages")
}

/// The same packages, and the version of the sample that is tagged.
fn published(sample: Sample) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let (kind, send) = match sample {
        Sample::Workspace => (
            "workspace",
            "git switch --quiet --detach sample-core@1.0.3 && npm run --silent build && npm publish --silent --workspaces",
        ),
        _ => (
            "demo",
            "git switch --quiet --detach v1.4.2 && npm publish --silent --access public > /dev/null",
        ),
    };
    let files = files_below(&fixtures().join("packages").join(kind));
    let mut pins: Vec<PathBuf> = files
        .iter()
        .map(|(name, _)| fixtures().join("packages").join(kind).join(name))
        .collect();
    pins.push(tools::installed("packages").join("package-lock.json"));
    let name = format!("published-{sample:?}");
    let made = made_once(&ONE_AT_A_TIME, &name, &pins, |folder| {
        let world = World::new(sample, Remote::Open)
            .with_registry()
            .with_tools();
        world.in_clone(send);
        copy_tree(&world.folder.path("store/packages"), folder);
    });
    made.join("packages")
}

/// What `npm ci` installs in a sample, from a registry that holds the tools.
fn installed(sample: Sample) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let (kind, name) = match sample {
        Sample::Workspace => ("workspace", "tools-of-the-workspace"),
        _ => ("demo", "tools-of-the-demo"),
    };
    let lock = fixtures().join(format!("packages/{kind}/package-lock.json"));
    let made = made_once(&ONE_AT_A_TIME, name, &[lock], |folder| {
        let world = World::new(sample, Remote::Open).with_registry();
        world.in_clone("npm ci --ignore-scripts --loglevel=error");
        copy_tree(&world.clone_folder().join("node_modules"), folder);
    });
    made.join("node_modules")
}

/// Copies a folder into another one, with its modes and links.
fn copy_tree(from: &Path, into: &Path) {
    let mut copy = Command::new("cp");
    let copied = copy.arg("--archive").arg(from).arg(into).status();
    assert!(
        copied.expect("cp starts").success(),
        "{} is copied",
        from.display()
    );
}

/// A folder below `target/` that is made once for the content of some files, also when several
/// processes want it.
fn made_once(
    one_at_a_time: &Mutex<()>,
    name: &str,
    pins: &[PathBuf],
    make: impl FnOnce(&Path),
) -> PathBuf {
    // A test that failed while it made it left nothing behind.
    let _turn = one_at_a_time
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut content = DefaultHasher::new();
    for pin in pins {
        fs::read(pin)
            .unwrap_or_else(|error| panic!("{}: {error}", pin.display()))
            .hash(&mut content);
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let made = kept.join(format!("{name}-{:016x}", content.finish()));
    if !made.exists() {
        fs::create_dir_all(kept).expect("folders can be made");
        let folder = tempfile::tempdir_in(kept).expect("a folder can be made");
        make(folder.path());
        if let Err(error) = fs::rename(folder.path(), &made) {
            // Another process was faster.
            assert!(made.exists(), "{}: {error}", made.display());
        }
    }
    made
}
