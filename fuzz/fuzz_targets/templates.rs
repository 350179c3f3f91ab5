//! A project's own templates: see `readers/authors.rs` for what is promised.

#![no_main]

#[path = "../readers/mod.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::hold("templates", bytes));
