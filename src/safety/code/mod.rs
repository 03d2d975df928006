//! One-liners of other languages: what their known calls would run, delete, write and send.
//!
//! This is no parser of Python or Perl. A small lexer finds names, strings and brackets; a table says which names run a command,
//! delete or write; the strings in their arguments are judged like the words of a command. Code that calls none of them only
//! computes and prints.

mod calls;
mod effects;
mod lex;
mod reader;

use std::cell::Cell;

use crate::safety::Level;
use crate::safety::rules::effects as rule;
use crate::safety::value::{Flow, Taint, UNKNOWN, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;
use calls::NETWORK;
use lex::{Token, lex};
use reader::{Reader, home, is_one_of, names};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    Perl,
    Ruby,
    Node,
    Php,
    Lua,
    Awk,
    Other,
}

impl Language {
    /// Backquotes run a command.
    fn runs_backquotes(self) -> bool {
        matches!(self, Language::Perl | Language::Ruby | Language::Php)
    }
}

impl Walker<'_> {
    /// Judges code given on the command line; gives where its output comes from.
    pub fn code(&mut self, code: &Value, language: Language) -> Flow {
        if code.taint.has(Taint::NETWORK | Taint::DECODED) {
            self.run_tainted(code.taint, code.span);
        }
        if code.text.chars().all(|c| c == UNKNOWN) && !code.text.is_empty() {
            self.run_tainted(code.taint | Taint::LOCAL, code.span);
            return Flow::local();
        }
        if !self.burn(1 + (code.text.len() / 64) as u32) {
            return Flow::local();
        }
        let tokens = lex(&code.text, language);
        let fuel = Cell::new(reader::FUEL);
        Reader::new(&tokens, language, code.span, &fuel).judge(self);
        if fuel.get() == 0 {
            self.burn(u32::MAX);
        }
        let network = names(&tokens).any(|name| is_one_of(name, NETWORK));
        let taint = if network { Taint::NETWORK } else { Taint::LOCAL };
        self.code_features(&tokens, code, language);
        Flow::of(taint | self.stdin_taint() | code.taint)
    }

    /// What the names in the code say together.
    fn code_features(&mut self, tokens: &[Token], code: &Value, language: Language) {
        let has = |wanted: &[&str]| names(tokens).any(|name| is_one_of(name, wanted));
        let text = |wanted: &[&str]| {
            tokens
                .iter()
                .any(|token| matches!(token, Token::Text(text) if wanted.iter().any(|part| text.contains(part))))
        };
        let socket =
            has(&["socket", "fsockopen", "TCPSocket", "Socket", "IO::Socket", "connect", "tcp", "net", "UDPSocket"])
                || text(&["/inet/tcp"]);
        let shell = text(&["/bin/sh", "/bin/bash", "/bin/zsh", "sh -i", "sh <&", "cmd.exe"])
            || has(&["dup2", "pty"])
            || (language == Language::Awk && text(&["/inet/tcp"]) && has(&["getline"]));
        if socket && shell {
            self.note(&rule::REVERSE_SHELL, Level::Danger, code.span, "gives a shell to another machine");
        }
        let fork = names(tokens).filter(|name| name.rsplit(['.', ':']).next() == Some("fork")).count();
        if fork > 0
            && (has(&["while", "until", "loop", "forever"])
                || code.text.contains("for(;;)")
                || code.text.contains("for (;;)"))
            && !has(&["wait", "waitpid"])
        {
            self.note(&rule::FORK_BOMB, Level::Critical, code.span, "starts processes without end: a fork bomb");
        }
        let sends = has(&["get", "request"])
            && (has(&["https", "http", "axios", "requests", "fetch"]) || text(&["https", "http"]))
            || has(&[
                "post",
                "put",
                "urlopen",
                "send",
                "sendall",
                "request",
                "fetch",
                "connect",
                "sendto",
                "fsockopen",
                "post_form",
                "curl_exec",
                "Request",
            ]);
        if sends {
            if has(&["environ", "ENV", "env", "getenv"])
                && !names(tokens).any(|name| name.contains("environ.get") || name.contains("process.env."))
            {
                self.note(
                    &rule::SEND_SECRET,
                    Level::Danger,
                    code.span,
                    "sends the environment, tokens and all, to another machine",
                );
            }
            for token in tokens {
                if let Token::Text(path) = token
                    && path.contains(['/', '.'])
                    && !path.contains(' ')
                    && !path.contains("://")
                {
                    let path = Value::new(home(path), code.span);
                    if self.target(&path).is_secret() {
                        self.note(
                            &rule::SEND_SECRET,
                            Level::Danger,
                            code.span,
                            format!("sends {} to another machine", path.shown()),
                        );
                    }
                }
            }
        }
        // Languages we know little of: a string that would be grave as a command, where something may run it.
        if language == Language::Other
            && names(tokens).any(|name| {
                ["system", "exec", "cmd", "run", "shell", "spawn", "popen", "execute", "process", "Process", "sh", "os"]
                    .iter()
                    .any(|part| name.rsplit(['.', ':']).next() == Some(part))
            })
        {
            for token in tokens {
                if let Token::Text(text) = token
                    && text.contains(' ')
                {
                    self.later(&code.with_text(text.clone()), Shell::Bash);
                }
            }
        }
    }
}
