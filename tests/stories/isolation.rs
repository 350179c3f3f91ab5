//! A command that is isolated reaches no other machine, and says how well that holds; a run in it calls
//! nobody.

use crate::desk::Desk;
use crate::project::{Project, Ran};
use crate::root::is_root;
use std::net::TcpListener;
use std::process::{Command, Stdio};

/// Starts a server on its own loopback and asks it.
const OWN_SERVER: &str = "
    const server = require('http').createServer((_, answer) => answer.end('mine'));
    server.listen(0, '127.0.0.1', async () => {
      const answer = await fetch('http://127.0.0.1:' + server.address().port);
      console.log(await answer.text());
      server.close();
    });
";

/// What a command says that is started in isolation.
fn isolated(command: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["isolate", "--"].iter().chain(command).copied().collect();
    Project::empty().run(&arguments)
}

/// A shell command that asks a port of this machine for a connection.
fn connect(port: u16) -> String {
    format!("exec 3<> /dev/tcp/127.0.0.1/{port}")
}

#[test]
fn a_command_reaches_itself_and_no_server_of_the_machine() {
    if !is_root("leave the network of any machine") {
        return;
    }
    let server = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = server.local_addr().expect("it has one").port();
    let open = Command::new("bash").args(["-c", &connect(port)]).status();
    assert!(open.expect("bash starts").success(), "the server is there");

    let ran = isolated(&["bash", "-c", &connect(port)]).exits(1);
    assert!(ran.stderr.contains("a network of its own"), "{ran:?}");
    assert!(ran.stderr.contains("refused"), "{ran:?}");
    let ran = isolated(&["node", "-e", OWN_SERVER]).exits(0);
    assert_eq!(ran.stdout, "mine\n");
    // An address that no machine of the world has: without a route there is no wait either.
    let ran = isolated(&["bash", "-c", "exec 3<> /dev/tcp/192.0.2.1/80"]).exits(1);
    assert!(ran.stderr.contains("unreachable"), "{ran:?}");
}

#[test]
fn the_command_ends_as_it_ends_alone() {
    isolated(&["bash", "-c", "exit 7"]).exits(7);
    let ran = isolated(&["/no/such/program"]).exits(2);
    assert!(
        ran.stderr.contains("cannot start /no/such/program"),
        "{ran:?}"
    );
    let ran = isolated(&["bash", "-c", "echo \"$RUNBOOK_ISOLATED\""]).exits(0);
    assert!(ran.stdout == "network\n" || ran.stdout == "settings\n");
}

#[test]
fn where_the_system_allows_no_network_of_its_own_settings_are_given_and_that_is_said() {
    if !is_root("take the right to networks away from a process") {
        return;
    }
    let project = Project::empty();
    let program = project.command(&[]).get_program().to_owned();
    let script = "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$1\" isolate -- bash -c 'env; git ls-remote https://192.0.2.1/x.git; curl --silent --max-time 20 http://192.0.2.1/ || echo curl ended with $?'";
    let ran = Command::new("unshare")
        .args(["--user", "--map-root-user", "bash", "-ec", script, "-"])
        .arg(program)
        .stdin(Stdio::null())
        .output();
    let ran = Ran::of(&ran.expect("unshare starts")).exits(0);
    for said in [
        "isolated by settings alone",
        "a program that ignores them can reach other machines",
        "transport 'https' not allowed",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    for said in [
        "RUNBOOK_ISOLATED=settings\n",
        "npm_config_https_proxy=http://127.0.0.1:9\n",
        // The proxy refuses at once; the address alone would not answer.
        "curl ended with 7\n",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {ran:?}");
    }
}

#[test]
fn a_run_that_is_isolated_calls_nobody() {
    let desk = Desk::with(
        "steps:\n  - { id: tell, title: Tell them, notify: { channel: chat, text: It is done } }\n",
    );
    desk.project.write(
        "content/data/channels.yaml",
        "chat: { command: [tee, called.txt] }\n",
    );
    let exec = ["exec", "work", "--target", "target", "--non-interactive"];
    let isolated = ["isolate", "--", env!("CARGO_BIN_EXE_runbook")];
    let words: Vec<&str> = isolated.iter().chain(&exec).copied().collect();
    desk.run(&words).exits(0);
    let called = desk.project.path("target/called.txt");
    assert!(!called.exists(), "nobody is called");
    let kept = desk.project.read("state/desk/messages/isolated.txt");
    assert_eq!(kept, "It is done\n");

    desk.run(&exec).exits(0);
    assert!(called.exists(), "and otherwise somebody is");
}
