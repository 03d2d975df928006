//! `caro licenses`: whose work is inside, and under which terms.

use clap::Command;

use super::print;
use crate::error::{Exit, Failure};

/// The subcommand's arguments.
pub fn command() -> Command {
    Command::new("licenses").about("Show the licences of caro, of its model and of what the model learnt from")
}

/// Prints the notices.
pub fn run() -> Result<u8, Failure> {
    print(include_str!("../../NOTICE"))?;
    Ok(Exit::Success.code())
}
