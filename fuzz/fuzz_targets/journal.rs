//! A journal's bytes are read without a panic, and what is taken as true are whole lines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbook::exec::journal::read;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(contents) = read(bytes, "plan") {
        let lines = bytes[..contents.whole].iter().filter(|byte| **byte == b'\n');
        assert_eq!(lines.count(), contents.entries.len());
        assert_eq!(contents.torn, contents.whole < bytes.len());
    }
});
