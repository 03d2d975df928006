//! The rooms that are fuzzed, compiled from their own files: they are pure, and the rest of caro brings a C++ build.

#[path = "../../src/safety/mod.rs"]
pub mod safety;
#[path = "../../src/shell.rs"]
pub mod shell;

#[path = "../../src/prompt"]
pub mod prompt {
    pub mod reply;
}
