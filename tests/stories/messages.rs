//! Messages leave a run: to a program, to a webhook, or not at all.

use crate::desk::Desk;
use crate::project::Ran;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

/// Answers the next request with this status, and gives its head and body.
fn answer(listener: &TcpListener, status: &str) -> String {
    let (mut stream, _) = listener.accept().expect("somebody calls");
    let mut reader = BufReader::new(stream.try_clone().expect("one connection, two ends"));
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a request has a head");
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a request has a body");
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .expect("an answer");
    head + &String::from_utf8(body).expect("JSON is UTF-8")
}

#[test]
fn a_message_is_posted_to_a_webhook_whose_address_nobody_sees() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!(
        "http://{}/hook/S3cr3tPath",
        listener.local_addr().expect("it has one")
    );
    let desk = Desk::with(
        "steps:\n  - { id: tell, title: Tell, notify: { channel: chat, text: \"Hello \\\"all\\\" \\\\ $HOME\\nbye\" } }\n  - { id: lose, title: Lose, notify: { channel: chat, text: Hello } }\n",
    );
    desk.project.write(
        "content/data/channels.yaml",
        "chat: { webhook: $CHAT_HOOK }\n",
    );
    let heard =
        std::thread::spawn(move || [answer(&listener, "200 OK"), answer(&listener, "500 No")]);

    let mut command = desk.command(&["exec", "work", "--target", "target"]);
    let ran = Ran::of(
        &command
            .env("CHAT_HOOK", &address)
            .output()
            .expect("the program starts"),
    )
    .exits(0);

    let [first, _] = heard.join().expect("both were heard");
    assert!(
        first.starts_with("POST /hook/S3cr3tPath HTTP/1.1\r\n"),
        "{first}"
    );
    let (_, body) = first.split_once("\r\n\r\n").expect("a head and a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({ "text": "Hello \"all\" \\ $HOME\nbye" })
    );
    assert!(desk.events().contains(&"notify.sent tell".to_owned()));
    assert!(
        desk.events().contains(&"notify.failed lose".to_owned()),
        "500 is no yes"
    );
    assert!(
        ran.stdout.contains("the webhook did not take it"),
        "{}",
        ran.stdout
    );
    for (name, bytes) in desk.project.files(".") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("S3cr3tPath"), "{name}");
    }
}

#[test]
fn a_webhook_in_a_variable_that_is_not_set_is_said_and_the_run_goes_on() {
    let desk = Desk::with(
        "steps:\n  - { id: tell, title: Tell, notify: { channel: chat, text: Hello } }\n",
    );
    desk.project.write(
        "content/data/channels.yaml",
        "chat: { webhook: $CHAT_HOOK }\n",
    );

    let ran = desk.exec(&[]).exits(0);

    assert!(
        ran.stdout.contains("$CHAT_HOOK is not set"),
        "{}",
        ran.stdout
    );
    assert!(desk.events().contains(&"notify.failed tell".to_owned()));
}

#[test]
fn an_address_that_is_none_is_refused_with_a_way_out() {
    let desk = Desk::with(
        "steps:\n  - { id: tell, title: Tell, notify: { channel: chat, text: Hello } }\n",
    );
    desk.project.write(
        "content/data/channels.yaml",
        "chat: { webhook: \"ftp://chat\" }\n",
    );

    let ran = desk.run(&["check"]).exits(1);

    assert!(
        ran.stderr.contains("channels.yaml:1:18") || ran.stdout.contains("channels.yaml:1:18"),
        "{ran:?}"
    );
}

#[test]
fn messages_reach_programs_and_one_that_is_lost_is_said() {
    let desk = Desk::with(
        "steps:\n  - { id: tell, title: Tell, notify: { channel: chat, text: \"Hello $(touch pwned)\" } }\n  - { id: lose, title: Lose, notify: { channel: gone, text: Hello } }\n",
    );
    desk.project.write(
        "content/data/channels.yaml",
        "chat: { command: [sh, -c, \"cat >> heard\"] }\ngone: { command: [\"false\"] }\n",
    );

    let ran = desk.exec(&[]).exits(0);

    assert_eq!(desk.project.read("target/heard"), "Hello $(touch pwned)\n");
    assert!(
        ran.stdout.contains("`false` did not take it"),
        "{}",
        ran.stdout
    );
    assert!(desk.events().contains(&"notify.failed lose".to_owned()));
}
