//! caro turns a request in plain words into one shell command with a language model on the user's
//! own machine, shows it as it grows, says how dangerous it is, and lets the user edit, confirm and
//! run it.
//!
//! # The map
//!
//! Rooms in reading order; each uses the rows above its own and the rooms to its left, nothing else
//! (`tests/it/tidy.rs` holds them to it):
//!
//! | row | rooms | |
//! |---|---|---|
//! | words | [`shell`], [`error`] | the user's shell; failures, hints, exit codes |
//! | pure core | [`context`], [`safety`], [`prompt`] | facts for the model; the judge; messages out, command in |
//! | doers | [`model`], [`engine`], [`exec`], [`manual`] | model files; what completes a prompt; running a command; manual pages |
//! | join | [`assistant`] | request → prompt → engine → command → report |
//! | faces | [`term`], [`repl`] | painting, keys, review, one round; the session |
//! | wiring | [`config`], [`cli`] | settings and their origins; the command line |
//!
//! # What holds everywhere
//!
//! - Only `term` and `cli` write to a terminal.
//! - An outside crate is named in one file or one room: llama.cpp in `engine/llama/native.rs`,
//!   reqwest in `engine/remote.rs`, reedline in `term`, clap in `cli`.
//! - `safety::check` is pure; `safety::look`, which faces call, looks at the file system and can only raise the level;
//!   `exec::run` takes only an [`safety::Approved`] command.
//! - A reply is untrusted text: it is never shown without its control characters made visible.
//! - An engine knows no shell, no context and no safety. Dropping its stream cancels its work.
//! - Rooms own their option types; `config` names them and they never name `config`.

pub mod assistant;
pub mod cli;
pub mod config;
pub mod context;
pub mod engine;
pub mod error;
pub mod exec;
pub mod manual;
pub mod model;
pub mod prompt;
pub mod repl;
pub mod safety;
pub mod shell;
pub mod term;
