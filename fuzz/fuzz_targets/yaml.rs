//! The readers of small YAML files: see `readers/authors.rs` for what they promise.

#![no_main]

#[path = "../readers/mod.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::hold("yaml", bytes));
