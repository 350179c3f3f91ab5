//! Our judgement of an SSH signature and that of stock `ssh-keygen -Y verify`, side by side.

use runbook::signatures::{NAMESPACE, SignerKey, verify};
use std::fs;
use std::process::{Command, Stdio};

/// A folder with a key, and what is signed and judged in it.
struct Signer {
    folder: tempfile::TempDir,
}

impl Signer {
    fn new(kind: &[&str]) -> Self {
        let signer = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        let mut words = vec!["-q", "-N", "", "-C", "ana@laptop", "-f", "key"];
        words.extend(kind);
        assert!(signer.keygen(&words, b"").0, "a key of {kind:?}");
        signer
    }

    /// Whether `ssh-keygen` says yes, and what it prints.
    fn keygen(&self, words: &[&str], input: &[u8]) -> (bool, Vec<u8>) {
        let path = self.folder.path().join("input");
        fs::write(&path, input).expect("a file is written");
        let ran = Command::new("ssh-keygen")
            .args(words)
            .current_dir(self.folder.path())
            .env("TZ", "UTC")
            .stdin(fs::File::open(&path).expect("the file is there"))
            .stderr(Stdio::null())
            .output()
            .expect("ssh-keygen is installed");
        (ran.status.success(), ran.stdout)
    }

    fn public(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join("key.pub")).expect("a public key");
        text.trim().to_owned()
    }

    fn sign(&self, message: &[u8], namespace: &str, hash: &str) -> String {
        let hash = format!("hashalg={hash}");
        let words = [
            "-Y", "sign", "-q", "-f", "key", "-n", namespace, "-O", &hash,
        ];
        let (signed, text) = self.keygen(&words, message);
        assert!(signed, "{namespace} {hash}");
        String::from_utf8(text).expect("a signature is text")
    }

    /// What both say of a signature by a person with these keys, at this time.
    fn both(&self, message: &[u8], signature: &str, keys: &[String], at: &str) -> (bool, bool) {
        let lines: String = keys.iter().map(|key| format!("ana {key}\n")).collect();
        let write = |name: &str, text: &str| {
            fs::write(self.folder.path().join(name), text).expect("a file is written");
        };
        write("signers", &lines);
        write("signature", signature);
        let digits: String = at.chars().filter(char::is_ascii_digit).collect();
        let time = format!("verify-time={digits}Z");
        let words = [
            "-Y",
            "verify",
            "-q",
            "-f",
            "signers",
            "-I",
            "ana",
            "-n",
            NAMESPACE,
            "-s",
            "signature",
            "-O",
            &time,
        ];
        let (theirs, _) = self.keygen(&words, message);
        let keys: Vec<SignerKey> = keys
            .iter()
            .map(|key| SignerKey::parse(key).expect(key))
            .collect();
        let ours = verify(message, signature, &keys, at.parse().expect("a time"));
        (ours.is_ok(), theirs)
    }
}

const NOW: &str = "2026-11-30T12:00:00Z";
const MESSAGE: &[u8] = b"{\"verdict\":\"approve\"}\n";

#[test]
fn ours_and_theirs_agree_on_every_key_and_span() {
    let other = Signer::new(&["-t", "ed25519"]);
    for kind in [
        &["-t", "ed25519"][..],
        &["-t", "ecdsa", "-b", "256"],
        &["-t", "ecdsa", "-b", "384"],
        &["-t", "ecdsa", "-b", "521"],
        &["-t", "rsa", "-b", "2048"],
    ] {
        let signer = Signer::new(kind);
        let key = signer.public();
        let with = |options: &str| format!("{options} {key}");
        let lists = [
            (vec![key.clone()], true),
            (vec![other.public()], false),
            (vec![other.public(), key.clone()], true),
            (vec![], false),
            (vec![with("valid-after=\"20261130120000Z\"")], true),
            (vec![with("valid-after=\"20261130120001Z\"")], false),
            (vec![with("valid-before=\"20261130120000Z\"")], true),
            (vec![with("valid-before=\"20261130115959Z\"")], false),
            (vec![with("namespaces=\"runbook-approval\"")], true),
            (vec![with("namespaces=\"git,file\"")], false),
            (
                vec![
                    with("valid-before=\"20250101Z\""),
                    with("valid-after=\"20260101Z\""),
                ],
                true,
            ),
        ];
        for hash in ["sha256", "sha512"] {
            let signature = signer.sign(MESSAGE, NAMESPACE, hash);
            for (keys, wanted) in &lists {
                let found = signer.both(MESSAGE, &signature, keys, NOW);
                assert_eq!(found, (*wanted, *wanted), "{kind:?} {hash} {keys:?}");
            }
            let found = signer.both(
                b"{\"verdict\":\"reject\"}\n",
                &signature,
                std::slice::from_ref(&key),
                NOW,
            );
            assert_eq!(found, (false, false), "{kind:?}: other words");
        }
        for namespace in ["git", "file", "runbook-approval2"] {
            let signature = signer.sign(MESSAGE, namespace, "sha512");
            let found = signer.both(MESSAGE, &signature, std::slice::from_ref(&key), NOW);
            assert_eq!(found, (false, false), "{kind:?}: made for {namespace}");
        }
    }
}

/// A signature with one bit changed, at each of its bytes: whatever it is then, both say the same.
#[test]
fn ours_and_theirs_agree_on_every_changed_bit() {
    let signer = Signer::new(&["-t", "ed25519"]);
    let signature = signer.sign(MESSAGE, NAMESPACE, "sha512");
    let lines: Vec<&str> = signature.lines().collect();
    let body: String = lines[1..lines.len() - 1].concat();
    for at in (0..body.len()).step_by(1) {
        let mut bytes = body.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("text");
        let wrapped: Vec<&str> = changed
            .as_bytes()
            .chunks(70)
            .map(|line| std::str::from_utf8(line).expect("text"))
            .collect();
        let changed = format!(
            "{}\n{}\n{}\n",
            lines[0],
            wrapped.join("\n"),
            lines[lines.len() - 1]
        );
        let (ours, theirs) = signer.both(MESSAGE, &changed, &[signer.public()], NOW);
        assert_eq!(ours, theirs, "letter {at}: {changed}");
        // OpenSSH reads every version up to its own, and no signature is over that number.
        let is_version = (8..14).contains(&at);
        assert!(!ours || is_version, "letter {at} was changed");
    }
}
