//! A process that reaches no other machine, with all that it starts.
//!
//! Where the system allows it, the process gets a network of its own (a network namespace of Linux) in
//! which there is loopback and nothing else: no program gets out of it by accident, whatever its settings
//! are. A program of root that means to can enter another network. Root may make one; others can where
//! the system lets them have a user namespace. Elsewhere only settings can be given: proxies at which
//! nobody answers, and git that takes nothing but folders. A program may ignore those, so whoever is
//! isolated is told which of the two it is.

use super::own_program;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The hidden verb that finds out whether a process can leave the network: `runbook __isolate`.
pub const VERB: &str = "__isolate";

/// The variable that says so to what is started; its value is [`Isolation::name`].
const VARIABLE: &str = "RUNBOOK_ISOLATED";

/// Settings for programs that ask for them. Nobody answers at port 9, and none is needed for loopback.
const SETTINGS: [(&str, &str); 12] = [
    ("HTTP_PROXY", NOBODY),
    ("HTTPS_PROXY", NOBODY),
    ("ALL_PROXY", NOBODY),
    ("NO_PROXY", LOOPBACK),
    ("http_proxy", NOBODY),
    ("https_proxy", NOBODY),
    ("all_proxy", NOBODY),
    ("no_proxy", LOOPBACK),
    // What npm reads from its own files wins over the names above.
    ("npm_config_proxy", NOBODY),
    ("npm_config_https_proxy", NOBODY),
    ("npm_config_noproxy", LOOPBACK),
    ("GIT_ALLOW_PROTOCOL", "file"),
];
const NOBODY: &str = "http://127.0.0.1:9";
const LOOPBACK: &str = "127.0.0.1,localhost,::1";

/// How well a process is isolated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Isolation {
    /// There is no way to another machine, unless a program of root enters another network.
    Network,
    /// Programs are told not to; the reason why it is not more.
    Settings(String),
}

impl Isolation {
    /// What [`VARIABLE`] says: `network` or `settings`.
    fn name(&self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Settings(_) => "settings",
        }
    }

    /// Becomes this command: signals, the terminal and the exit code are its own. It learns how well it
    /// is isolated. What comes back is why it could not be started.
    pub fn become_command(&self, words: &[OsString]) -> String {
        let [program, arguments @ ..] = words else {
            return "no command was given".to_owned();
        };
        let mut command = Command::new(program);
        command.args(arguments).env(VARIABLE, self.name());
        if let Self::Settings(_) = self {
            command.envs(SETTINGS);
        }
        let error = command.exec();
        format!("cannot start {}: {error}", program.display())
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => write!(
                f,
                "isolated by a network of its own: no other machine can be reached"
            ),
            Self::Settings(why) => write!(
                f,
                "isolated by settings alone (proxies at which nobody answers): a program that ignores them can reach other machines. A network of its own was not possible: {why}"
            ),
        }
    }
}

/// Whether this process was started by one that isolated it.
pub fn is_isolated() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Isolates this process and what it starts from here on. It must have no other thread yet.
pub fn isolate() -> Isolation {
    // A process that left its network cannot go back, so another one tries it first.
    match tried().and_then(|()| leave_network()) {
        Ok(()) => Isolation::Network,
        Err(why) => Isolation::Settings(why),
    }
}

/// Whether a process of this program can leave the network; the reason if not.
fn tried() -> Result<(), String> {
    let program = own_program::path().map_err(|error| error.to_string())?;
    let mut probe = Command::new(program);
    probe.arg(VERB).stdin(Stdio::null());
    let ended = probe.output().map_err(|error| error.to_string())?;
    match ended.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&ended.stderr).trim().to_owned()),
    }
}

/// Leaves the network: from here on there is loopback alone.
///
/// # Errors
/// Why it is not possible, for people. The process may have left it all the same.
#[cfg(target_os = "linux")]
pub fn leave_network() -> Result<(), String> {
    linux::unshare_network()?;
    linux::start_loopback().map_err(|error| format!("loopback cannot be started: {error}"))
}

/// Other systems have no such thing.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn leave_network() -> Result<(), String> {
    Err("only Linux has network namespaces".to_owned())
}

#[cfg(target_os = "linux")]
mod linux {
    use netlink_packet_core::{NLM_F_ACK, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload};
    use netlink_packet_route::RouteNetlinkMessage;
    use netlink_packet_route::link::{LinkFlags, LinkMessage};
    use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
    use nix::sched::{CloneFlags, unshare};
    use nix::unistd::{getegid, geteuid};
    use std::fs;
    use std::io;

    /// Loopback is the first device of each network (network_namespaces(7)).
    const LOOPBACK: u32 = 1;

    /// Takes this process out of the network of the machine (unshare(2)).
    pub(super) fn unshare_network() -> Result<(), String> {
        let (user, group) = (geteuid(), getegid());
        if user.is_root() && unshare(CloneFlags::CLONE_NEWNET).is_ok() {
            return Ok(());
        }
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
            .map_err(|errno| format!("the system does not allow it: {}", io::Error::from(errno)))?;
        // The process stays who it was (user_namespaces(7)).
        for (file, text) in [
            ("setgroups", "deny".to_owned()),
            ("uid_map", format!("{user} {user} 1")),
            ("gid_map", format!("{group} {group} 1")),
        ] {
            fs::write(format!("/proc/self/{file}"), text)
                .map_err(|error| format!("/proc/self/{file}: {error}"))?;
        }
        Ok(())
    }

    /// Asks the kernel to start loopback (rtnetlink(7)).
    pub(super) fn start_loopback() -> io::Result<()> {
        let mut link = LinkMessage::default();
        link.header.index = LOOPBACK;
        link.header.flags = LinkFlags::Up;
        link.header.change_mask = LinkFlags::Up;
        let mut message = NetlinkMessage::from(RouteNetlinkMessage::SetLink(link));
        message.header.flags = NLM_F_REQUEST | NLM_F_ACK;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);

        let socket = Socket::new(NETLINK_ROUTE)?;
        socket.connect(&SocketAddr::new(0, 0))?;
        socket.send(&bytes, 0)?;
        let (answer, _) = socket.recv_from_full()?;
        let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&answer)
            .map_err(|error| io::Error::other(error.to_string()))?;
        match answer.payload {
            NetlinkPayload::Error(error) if error.code.is_some() => Err(error.to_io()),
            _ => Ok(()),
        }
    }
}
