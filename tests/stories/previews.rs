//! The preview and those who have no business with it: other sites, other machines, and connections that
//! ask nothing.

use crate::desk::until;
use crate::project::Project;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

const SECRET: &str = "The launch is on Thursday";

/// A preview that listens, with at most so many descriptors open.
struct Preview {
    process: Child,
    port: u16,
    _project: Project,
}

impl Preview {
    fn with_descriptors(most: u32) -> Self {
        let project = Project::empty();
        project
            .write("site.yaml", "title: Preview\n")
            .write("content/index.md", format!("# Start\n\n{SECRET}.\n"));
        let mut process = Command::new("bash")
            .arg("-c")
            .arg(format!("ulimit -n {most}; exec \"$0\" serve --port 0"))
            .arg(env!("CARGO_BIN_EXE_runbook"))
            .current_dir(project.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the preview starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let port = lines.find_map(|line| {
            let line = line.expect("it is text");
            let (_, rest) = line.split_once("http://127.0.0.1:")?;
            rest.split_once('/')?.0.parse().ok()
        });
        // What it says later is of no interest, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            port: port.expect("it says where it listens"),
            _project: project,
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).expect("it takes connections")
    }

    /// What it answers to these lines, to which an own host and an end are added.
    fn asks(&self, lines: &str) -> String {
        self.asks_raw(&format!(
            "{lines}\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        ))
    }

    fn asks_raw(&self, request: &str) -> String {
        let mut connection = self.connect();
        connection
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("it can be set");
        connection.write_all(request.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).expect("it answers");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

/// Every place that says something of the site or of the project.
const PLACES: [&str; 7] = [
    "/",
    "/index.html",
    "/search/m.js",
    "/search/f0.js",
    "/-/news",
    "/-/preview.js",
    "/not-there",
];

#[test]
fn another_site_reads_nothing() {
    let preview = Preview::with_descriptors(1024);
    let own = preview.port;
    let strangers = [
        "Sec-Fetch-Site: cross-site".to_owned(),
        "Sec-Fetch-Site: same-site".to_owned(),
        "sec-fetch-site: CROSS-SITE".to_owned(),
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script"
            .to_owned(),
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe"
            .to_owned(),
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site".to_owned(),
        "Origin: https://evil.example".to_owned(),
        "Origin: null".to_owned(),
        format!("Origin: http://127.0.0.1:{}", own.wrapping_add(1)),
        format!("Origin: https://127.0.0.1:{own}"),
        format!("Origin: http://127.0.0.1:{own}\r\nOrigin: https://evil.example"),
    ];
    for place in PLACES {
        for stranger in &strangers {
            let answer = preview.asks(&format!("GET {place} HTTP/1.1\r\n{stranger}"));
            assert_eq!(status(&answer), "403", "{place} with {stranger}: {answer}");
            assert!(!answer.contains(SECRET), "{answer}");
        }
    }
}

#[test]
fn a_reader_and_a_link_from_elsewhere_are_answered() {
    let preview = Preview::with_descriptors(1024);
    let own = preview.port;
    for reader in [
        "Accept: */*".to_owned(),
        "Sec-Fetch-Site: none".to_owned(),
        "Sec-Fetch-Site: same-origin".to_owned(),
        format!("Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:{own}"),
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document"
            .to_owned(),
    ] {
        let answer = preview.asks(&format!("GET / HTTP/1.1\r\n{reader}"));
        assert_eq!(status(&answer), "200", "{reader}: {answer}");
        assert!(answer.contains(SECRET), "{answer}");
    }
}

#[test]
fn only_names_of_this_machine_are_answered() {
    let preview = Preview::with_descriptors(1024);
    for host in [
        "Host: evil.example",
        "Host: evil.example:8000",
        "Host: localhost.evil.example",
        "Host: localhost:evil.example",
        "Host: 127.0.0.1:8000:8000",
        "Host: 127.0.0.1@evil.example",
        "Host: 127.0.0.1:999999",
        "Host: 0.0.0.0",
        "Host: ",
        "X-None: 1",
        "Host: localhost\r\nHost: evil.example",
    ] {
        for place in PLACES {
            let answer = preview.asks_raw(&format!(
                "GET {place} HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n"
            ));
            assert!(
                ["400", "403"].contains(&status(&answer)),
                "{place} of {host}: {answer}"
            );
            assert!(!answer.contains(SECRET), "{answer}");
        }
    }
    for host in ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1"] {
        let answer = preview.asks_raw(&format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(status(&answer), "200", "{host}: {answer}");
    }
}

#[test]
fn whatever_is_answered_is_for_its_own_pages_alone() {
    let preview = Preview::with_descriptors(1024);
    for (request, expected) in [
        ("GET / HTTP/1.1", "200"),
        ("HEAD / HTTP/1.1", "200"),
        ("GET /search/m.js HTTP/1.1", "200"),
        ("GET /-/preview.js HTTP/1.1", "200"),
        ("GET /not-there HTTP/1.1", "404"),
        ("GET /search/not-there.js HTTP/1.1", "404"),
        ("GET /%ff HTTP/1.1", "400"),
        ("POST / HTTP/1.1", "405"),
        ("DELETE /-/news HTTP/1.1", "405"),
        ("GET / HTTP/1.1\r\nOrigin: https://evil.example", "403"),
    ] {
        let answer = preview.asks(request);
        assert_eq!(status(&answer), expected, "{request}: {answer}");
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let head = head.to_ascii_lowercase();
        for line in [
            "cross-origin-resource-policy: same-origin",
            "cross-origin-opener-policy: same-origin",
            "x-content-type-options: nosniff",
            "x-frame-options: sameorigin",
        ] {
            assert!(head.contains(line), "{request} without {line}: {head}");
        }
    }
}

/// Two thousand connections with half a request each, held until this is dropped.
struct HalfOpen {
    process: Child,
    _held: ChildStdin,
}

impl HalfOpen {
    fn to(preview: &Preview, request: &str) -> Self {
        let script = format!(
            "ulimit -n 4096; trap '' PIPE; for i in {{1..2000}}; do exec {{fd}}<>/dev/tcp/127.0.0.1/{} \
             && printf '{request}' >&$fd; done 2>/dev/null; echo all; read",
            preview.port
        );
        let mut process = Command::new("bash")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("bash starts");
        let held = process.stdin.take().expect("piped");
        let mut said = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("piped"));
        stdout.read_line(&mut said).expect("it is text");
        assert_eq!(said, "all\n", "all connections are tried");
        Self {
            process,
            _held: held,
        }
    }
}

impl Drop for HalfOpen {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn connections_that_ask_nothing_do_not_stop_an_answer() {
    for request in [
        "",
        "GET / HTTP/1.1\\r\\nHost: 12",
        "GET /-/news HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n",
    ] {
        let preview = Preview::with_descriptors(1024);
        assert_eq!(status(&preview.asks("GET / HTTP/1.1")), "200");
        let _held = HalfOpen::to(&preview, request);
        for _ in 0..20 {
            let answer = preview.asks("GET / HTTP/1.1");
            assert_eq!(status(&answer), "200", "beside {request}: {answer}");
        }
    }
}

#[test]
fn a_request_that_is_never_ended_is_given_up() {
    let preview = Preview::with_descriptors(1024);
    let mut slow = preview.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        .expect("it reads");
    slow.set_nonblocking(true).expect("it can be set");
    let mut piece = [0; 512];
    until("the end of the connection", || {
        match slow.read(&mut piece) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    });
}
