//! What users do with the built program, told as stories. A file is a story, a test a sentence.
//!
//! One binary for all of them. Each test works in a folder of its own and starts the real
//! program; nothing is imitated.

mod accepted;
mod answers;
mod any_bytes;
mod attended_runs;
mod bad_input;
mod beginning_runs;
mod broken_records;
mod called_runs;
mod cut_off_ends;
mod desk;
mod evidence;
mod first_mistakes;
mod flowing_runs;
mod foreign_files;
mod foreign_folders;
mod foreign_pages;
mod hostile;
mod hostile_git;
mod hostile_titles;
mod hotfix;
mod kept_output;
mod killed_runs;
mod kills;
mod lost_outputs;
mod lost_words;
mod manual;
mod message_files;
mod messages;
mod moved_folders;
mod newcomers;
mod notes;
mod numbering;
mod open_folders;
mod orphans;
mod overview;
mod own_words;
mod parts;
mod plans;
mod previews;
mod project;
mod races;
mod readme;
mod records;
mod refusing_disks;
mod rehearsals;
mod reports;
mod resumed_runs;
mod root;
mod runbook_language;
// A table: a row is a line.
#[rustfmt::skip]
mod runbook_mistakes;
mod same_bytes;
mod sandbox;
mod schemas;
mod searching;
mod secret_folders;
mod secret_forms;
mod secret_runs;
mod side_by_side_runs;
mod small_projects;
mod stopped_runs;
mod structure;
mod taken_up_runs;
mod terminal;
mod tools;
mod two_accounts;
mod unattended_runs;
mod undone_runs;
mod vast_input;
mod watching;
mod weighed_findings;
mod writing;
