//! `caro man`: the manual, made from the command line's definition.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_mangen::Man;

use super::print;
use crate::error::{Exit, Failure};

/// The subcommand's arguments.
pub fn command() -> Command {
    Command::new("man").about("Print the manual page (`caro man | man -l -`)").arg(
        Arg::new("out")
            .long("out")
            .value_name("FOLDER")
            .value_parser(value_parser!(PathBuf))
            .help("Write caro.1 and one page for each command into this folder"),
    )
}

/// Prints the page of caro, or writes all of them.
pub fn run(matches: &ArgMatches) -> Result<u8, Failure> {
    match matches.get_one::<PathBuf>("out") {
        Some(folder) => {
            std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(super::command(), folder)).map_err(
                |error| Failure::new(Exit::Failure, format!("can't write the manual to {}: {error}", folder.display())),
            )?;
        }
        None => {
            let mut page = Vec::new();
            Man::new(super::command())
                .render(&mut page)
                .map_err(|error| Failure::new(Exit::Failure, format!("can't make the manual: {error}")))?;
            print(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(Exit::Success.code())
}
