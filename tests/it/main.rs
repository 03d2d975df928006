//! The whole program, from outside: the real binary in a sealed environment, at a real terminal,
//! against real files and real sockets.

mod answers;
mod chat_model;
mod command_line;
mod corpus;
mod environment;
mod judge;
mod judge_properties;
mod model_files;
mod pty;
mod quoting;
mod server;
mod session;
mod stand_in;
mod terminal;
mod tidy;
mod widget;
