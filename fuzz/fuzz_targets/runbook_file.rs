//! The reader of runbooks: see `readers/authors.rs` for what it promises.

#![no_main]

#[path = "../readers/mod.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::hold("runbook_file", bytes));
