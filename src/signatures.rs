//! SSH signatures: which keys may sign as whom, and whether a signature is theirs.
//!
//! The forms are those of OpenSSH, so that stock `ssh-keygen -Y sign` makes what is read here, and stock
//! `ssh-keygen -Y verify` comes to the same answer: keys as lines of an allowed signers file
//! (`ssh-keygen(1)`, ALLOWED SIGNERS) without the principal, signatures as SSHSIG
//! (`PROTOCOL.sshsig` of OpenSSH). The cryptography is that of the crate `ssh-key`.

mod signer_key;

pub use signer_key::SignerKey;

use jiff::Timestamp;
use ssh_key::{HashAlg, PublicKey, SshSig};
use std::fmt;

/// The namespace of approvals: a signature that was made for anything else, such as a commit, is none.
pub const NAMESPACE: &str = "runbook-approval";

/// The first line of a signature.
pub const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read.
    Unreadable(String),
    /// It was made for something else.
    Namespace(String),
    /// The key that made it is not among those given; its fingerprint.
    NotListed(String),
    /// The key may sign from this time on.
    NotYet(Timestamp),
    /// The key could sign up to this time.
    Expired(Timestamp),
    /// The key is listed for other purposes only.
    NotForApprovals,
    /// It is over other bytes, or it was changed.
    OtherBytes,
}

impl Refusal {
    /// It in words, with times as `time` says them: it gets them as RFC 3339.
    pub fn words(&self, time: impl Fn(&str) -> String) -> String {
        let time = |at: &Timestamp| time(&at.to_string());
        match self {
            Self::Unreadable(why) => format!("the signature cannot be read: {why}"),
            Self::Namespace(found) => {
                format!("the signature was made for `{found}`, not for `{NAMESPACE}`")
            }
            Self::NotListed(fingerprint) => format!("the key {fingerprint} is not listed"),
            Self::NotYet(from) => format!("the key is valid from {} on", time(from)),
            Self::Expired(until) => format!("the key was valid until {}", time(until)),
            Self::NotForApprovals => format!("the key is not listed for `{NAMESPACE}`"),
            Self::OtherBytes => "the signature is not over these words".to_owned(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(str::to_owned))
    }
}

/// The fingerprint of the key, of those given, that signed the message in our namespace and was valid
/// `at` that time.
///
/// # Errors
/// Why it does not count. The key is judged before the bytes: a signature of a key that nobody listed says
/// nothing, whatever it is over.
pub fn verify(
    message: &[u8],
    signature: &str,
    keys: &[SignerKey],
    at: Timestamp,
) -> Result<String, Refusal> {
    let signature = read(signature)?;
    let fingerprint = fingerprint(&PublicKey::from(signature.public_key().clone()));
    if signature.namespace() != NAMESPACE {
        return Err(Refusal::Namespace(signature.namespace().to_owned()));
    }
    let listed = keys.iter().filter(|key| key.is(signature.public_key()));
    let judged: Vec<_> = listed.map(|key| key.may_sign(at).map(|()| key)).collect();
    let Some(first) = judged.first() else {
        return Err(Refusal::NotListed(fingerprint));
    };
    // A key may be listed twice, as for two spans of time.
    let key = judged.iter().find(|key| key.is_ok()).unwrap_or(first);
    let key = key.as_ref().map_err(Clone::clone)?;
    let over = key.public().verify(NAMESPACE, message, &signature);
    over.map_err(|_| Refusal::OtherBytes)?;
    Ok(fingerprint)
}

/// The fingerprint of the key that made a signature, whoever that is.
///
/// # Errors
/// [`Refusal::Unreadable`].
pub fn signer(signature: &str) -> Result<String, Refusal> {
    let signature = read(signature)?;
    Ok(fingerprint(&PublicKey::from(
        signature.public_key().clone(),
    )))
}

fn read(signature: &str) -> Result<SshSig, Refusal> {
    let unreadable = |why: String| Refusal::Unreadable(why);
    let read = SshSig::from_pem(signature).map_err(|error| unreadable(error.to_string()))?;
    // The library reads past a wrong length inside, which OpenSSH does not: what we did read has to be all
    // that is written.
    let again = read.to_pem(ssh_key::LineEnding::LF);
    let again = again.map_err(|error| unreadable(error.to_string()))?;
    match without_space(signature) == without_space(&again) {
        true => Ok(read),
        false => Err(unreadable("its parts have wrong lengths".to_owned())),
    }
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// `SHA256:…`, as `ssh-keygen -l` prints it.
fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}
