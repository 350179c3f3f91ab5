//! SHA-256, by which a record says what else it vouches for.

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.into_iter().flat_map(hex).map(char::from).collect()
}

/// Whether `stated` is what [`sha256`] gives for these bytes, without a text of its own for it.
pub fn is_sha256(stated: &str, bytes: &[u8]) -> bool {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.into_iter().flat_map(hex).eq(stated.bytes())
}

/// The two digits of a byte.
fn hex(byte: u8) -> [u8; 2] {
    let digits = b"0123456789abcdef";
    [byte >> 4, byte & 15].map(|half| digits[usize::from(half)])
}
