//! The one-shot at a real terminal, with real keys.

use crate::environment::{CARO, Environment};
use crate::pty::Terminal;
use crate::stand_in::Gate;

/// Starts a one-shot whose command is always `pwd`.
fn asks_for_pwd(environment: Environment) -> Terminal {
    Terminal::start(environment, (80, 24), &["show", "the", "current", "directory"])
}

#[test]
fn enter_runs_what_only_reads_and_its_status_is_ours() {
    let terminal = asks_for_pwd(Environment::new());
    terminal.until_it_says("s skip");
    let contents = terminal.contents();
    assert!(contents.contains("  pwd\n") && contents.contains("✓ safe · only reads"), "{contents}");
    terminal.presses_until("\r", "exit 0");
    let home = terminal.environment.home().to_owned();
    let (code, contents) = terminal.ends();
    assert_eq!(code, 0, "{contents}");
    assert!(contents.contains("▶ pwd\n") && contents.contains(home.to_str().unwrap()), "{contents}");
    assert!(!contents.contains("s skip"), "the keys are still there:\n{contents}");
}

/// Starts a one-shot that suggests `command`, and waits for the keys.
fn suggesting(command: &str, environment: Environment) -> (Gate, Terminal) {
    let (gate, terminal) = gated(environment, (80, 24));
    gate.piece(command);
    gate.end();
    terminal.until_it_says("s skip");
    (gate, terminal)
}

#[test]
fn caution_needs_y() {
    let environment = Environment::new();
    environment.write("build/x", "");
    let (_gate, terminal) = suggesting("rm -r build", environment);
    assert!(terminal.contents().contains("! caution · deletes build"), "{}", terminal.contents());
    terminal.press("\r\r\r");
    terminal.presses_until("y", "exit 0");
    assert!(!terminal.environment.home().join("build").exists());
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn the_verdict_says_how_much_is_deleted() {
    let environment = Environment::new();
    for name in ["build/a", "build/b/c", "build/b/d"] {
        environment.write(name, "12");
    }
    let (_gate, terminal) = suggesting("rm -r build", environment);
    assert!(terminal.contents().contains("! caution · deletes build (3 files, 6 B)"), "{}", terminal.contents());
    terminal.presses_until("e", "edit ❯ rm -r build");
    terminal.press("/b\r");
    terminal.until_it_says("deletes build/b (2 files, 4 B)");
    terminal.ends_after_key("s");
}

#[test]
fn the_verdict_sees_through_links() {
    let environment = Environment::new();
    std::os::unix::fs::symlink("/etc", environment.home().join("link")).unwrap();
    let (_gate, terminal) = suggesting("rm -r link/", environment);
    let contents = terminal.contents();
    assert!(contents.contains("■ critical") && contents.contains("is a link to /etc"), "{contents}");
    terminal.ends_after_key("s");
}

#[test]
fn danger_needs_a_word_typed_whole() {
    let environment = Environment::new();
    environment.write("old/x", "");
    let (_gate, terminal) = suggesting("rm -rf ~/old", environment);
    assert!(terminal.contents().contains("✗ danger · deletes everything in"), "{}", terminal.contents());
    assert!(terminal.contents().contains("type yes to run"), "{}", terminal.contents());
    terminal.press("\r\r");
    terminal.presses_until("y", "run? y");
    // A wrong word leads back to the keys, and so does Ctrl-C.
    terminal.press("x\r");
    terminal.until("the keys again", |contents| contents.ends_with("s skip"));
    terminal.press("ye");
    terminal.until_it_says("run? ye");
    terminal.press("\x03");
    terminal.until("the keys again", |contents| contents.ends_with("s skip"));
    assert!(terminal.environment.home().join("old").exists());
    terminal.press("yes\r");
    terminal.until_it_says("exit 0");
    assert!(!terminal.environment.home().join("old").exists());
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn no_key_runs_what_is_critical() {
    let (_gate, terminal) = suggesting("rm -rf /", Environment::new());
    let contents = terminal.contents();
    assert!(
        contents.contains("■ critical · deletes the whole system") && contents.contains("caro does not run this"),
        "{contents}"
    );
    for key in ["\r", "y", "yes\r", "\r"] {
        terminal.press(key);
    }
    let (code, contents) = terminal.ends_after_key("s");
    assert_eq!(code, 0);
    assert!(!contents.contains('▶'), "{contents}");
}

#[test]
fn a_stricter_policy_asks_for_more() {
    let (_gate, terminal) = suggesting("ls", Environment::new().with("CARO_SAFETY", "strict"));
    terminal.press("\r\r");
    terminal.presses_until("y", "exit 0");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn an_edit_into_something_worse_is_judged_anew() {
    let (_gate, terminal) = suggesting("rm x", Environment::new());
    terminal.presses_until("e", "edit ❯ rm x");
    terminal.press("\x15rm -rf /\r");
    terminal.until_it_says("critical · deletes the whole system");
    terminal.press("yy\r");
    let (_, contents) = terminal.ends_after_key("s");
    assert!(!contents.contains('▶'), "{contents}");
}

#[test]
fn what_a_finding_is_about_is_underlined_also_without_colours() {
    let (_gate, terminal) = suggesting("ls; rm -rf /", Environment::new().with("NO_COLOR", "1"));
    assert!(terminal.bytes().contains("ls; rm -rf \x1b[4m/\x1b[0m"), "{:?}", terminal.bytes());
    terminal.ends_after_key("s");
}

#[test]
fn an_edited_command_is_the_one_that_runs() {
    let terminal = asks_for_pwd(Environment::new());
    terminal.until_it_says("s skip");
    terminal.presses_until("e", "edit ❯ pwd");
    terminal.press("\x15exit 7\r");
    terminal.until("the edited command", |contents| contents.contains("  exit 7\n") && contents.ends_with("s skip"));
    terminal.presses_until("\r", "exit 7 ·");
    terminal.until_it_says("f fix  x explain  ⏎ go on");
    let (code, contents) = terminal.ends_after_key("\r");
    assert_eq!(code, 7, "{contents}");
    assert!(contents.contains("▶ exit 7") && contents.contains("✗ exit 7"), "{contents}");
}

#[test]
fn ctrl_c_in_the_editor_leads_back_to_the_keys() {
    let terminal = asks_for_pwd(Environment::new());
    terminal.until_it_says("s skip");
    terminal.presses_until("e", "edit ❯ pwd");
    terminal.press("zz\x03");
    terminal.until("the keys", |contents| contents.ends_with("s skip"));
    let (code, contents) = terminal.ends_after_key("s");
    assert_eq!(code, 0);
    assert!(!contents.contains("▶"), "{contents}");
}

#[test]
fn copy_asks_the_terminal() {
    let terminal = asks_for_pwd(Environment::new().with("SSH_CONNECTION", "x"));
    terminal.until_it_says("s skip");
    terminal.presses_until("c", "copied (by the terminal, OSC 52)");
    // The screen model hands the text over as it came: in base64.
    assert_eq!(terminal.copied().as_deref(), Some("cHdk"));
    assert_eq!(terminal.ends().0, 0);
}

/// Starts a one-shot whose model is fed by the test.
fn gated(environment: Environment, size: (u16, u16)) -> (Gate, Terminal) {
    let gate = Gate::open();
    let environment = environment.with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url());
    let terminal = Terminal::start(environment, size, &["find", "big", "pdfs"]);
    (gate, terminal)
}

#[test]
fn the_command_is_seen_while_it_grows() {
    let (gate, terminal) = gated(Environment::new(), (80, 24));
    gate.piece("```sh\nfind . -na");
    terminal.until_it_says("  find . -na");
    assert!(!terminal.contents().contains("```"));
    gate.piece("me '*.pdf'\n```");
    gate.end();
    terminal.until_it_says("s skip");
    assert!(terminal.contents().starts_with("  find . -name '*.pdf'\n"), "{}", terminal.contents());
    let (code, _) = terminal.ends_after_key("s");
    assert_eq!(code, 0);
}

#[test]
fn esc_and_ctrl_c_stop_the_stream() {
    for key in ["\x1b", "\x03"] {
        let (gate, terminal) = gated(Environment::new(), (80, 24));
        gate.piece("find . -na");
        terminal.until_it_says("find . -na");
        terminal.press(key);
        let (code, contents) = terminal.ends();
        assert_eq!(code, 130, "{contents}");
        assert!(contents.contains("find . -na") && contents.contains("stopped"), "{contents}");
        assert!(gate.was_hung_up());
    }
}

#[test]
fn keys_typed_before_the_verdict_run_nothing() {
    let (gate, terminal) = gated(Environment::new(), (80, 24));
    gate.piece("printf se");
    terminal.until_it_says("  printf se");
    terminal.press("yyyy\r\r");
    gate.piece("en");
    gate.end();
    terminal.until_it_says("s skip");
    terminal.press("\r\r");
    let (code, contents) = terminal.ends_after_key("s");
    assert_eq!(code, 0);
    assert!(!contents.contains("▶"), "{contents}");
}

#[test]
fn hostile_text_moves_nothing() {
    let (gate, terminal) = gated(Environment::new(), (80, 24));
    gate.piece("echo \x1b[2J\x1b]0;owned\x07\u{202e}x");
    gate.end();
    terminal.until_it_says("s skip");
    let contents = terminal.contents();
    assert!(contents.starts_with("  echo \\e[2J\\e]0;owned\\x07\\u{202e}x\n"), "{contents}");
    assert!(!contents.contains("safe"), "{contents}");
    assert!(!terminal.bytes().contains("\x1b]0;"));
    terminal.ends_after_key("s");
}

#[test]
fn forty_columns_are_enough() {
    let (gate, terminal) = gated(Environment::new(), (40, 12));
    let command = "find . -type f -name '*.pdf' -size +10M -mtime -7 -print0";
    for piece in command.split_inclusive(' ') {
        gate.piece(piece);
    }
    gate.end();
    terminal.until_it_says("s skip");
    let contents = terminal.contents();
    assert!(contents.replace('\n', "").contains(command), "{contents}");
    assert_eq!(contents.matches("find .").count(), 1, "{contents}");
    assert!(contents.contains("✓ safe · only reads"), "{contents}");
    terminal.ends_after_key("s");
}

#[test]
fn without_colours_none_are_written() {
    let environment = Environment::new().with("NO_COLOR", "1");
    let terminal = asks_for_pwd(environment);
    terminal.until_it_says("s skip");
    terminal.presses_until("\r", "exit 0");
    let bytes = terminal.bytes();
    let coloured = bytes.split("\x1b[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(rest.len());
        rest[end..].starts_with('m') && !matches!(&rest[..end], "" | "0")
    });
    assert!(!coloured, "{bytes:?}");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn a_dumb_terminal_is_asked_in_words() {
    for environment in [Environment::new().with("TERM", "dumb"), Environment::new().with("CARO_PLAIN", "1")] {
        let terminal = asks_for_pwd(environment);
        terminal.until_it_says("Type run, edit, explain, revise, next, copy or skip:");
        assert!(terminal.contents().contains("Command: pwd\nVerdict: safe, only reads"), "{}", terminal.contents());
        terminal.press("dance\r");
        terminal.until_it_says("That is none of the words.");
        terminal.press("edit\r");
        terminal.until_it_says("New command:");
        terminal.press("echo plain\r");
        terminal.until_it_says("Command: echo plain");
        terminal.press("run\r");
        let (code, contents) = terminal.ends();
        assert_eq!(code, 0);
        assert!(contents.contains("\nplain\n"), "{contents}");
    }
}

#[test]
fn the_terminal_is_as_it_was_afterwards() {
    let script =
        format!("stty -a >before; {CARO} show the current directory; stty -a >after; cmp before after && echo same");
    let pty = Terminal::start_program(Environment::new(), (80, 24), "/bin/bash", &["-c", &script]);
    pty.until_it_says("s skip");
    pty.presses_until("\r", "exit 0");
    let (_, contents) = pty.ends();
    assert!(contents.contains("\nsame"), "{contents}");
}

#[test]
fn ctrl_c_reaches_the_command_and_not_caro() {
    let terminal = asks_for_pwd(Environment::new());
    terminal.until_it_says("s skip");
    terminal.presses_until("e", "edit ❯ pwd");
    terminal.press("\x15sh -c 'echo begun; exec sleep 100'\r");
    terminal.until("the edited command", |contents| contents.ends_with("s skip"));
    terminal.presses_until("\r", "\nbegun");
    terminal.press("\x03");
    let (code, contents) = terminal.ends();
    assert_eq!(code, 130, "{contents}");
    assert!(contents.contains("exit 130"), "{contents}");
}

#[test]
fn keys_come_from_the_terminal_when_text_is_piped_in() {
    let gate = Gate::open();
    let script = format!("printf 'some text' | {CARO} --backend openai --base-url {} print it", gate.url());
    let terminal = Terminal::start_program(Environment::new(), (80, 24), "/bin/bash", &["-c", &script]);
    gate.piece("read -r line && echo \"got $line\"");
    gate.end();
    terminal.until_it_says("s skip");
    // The command reads from the terminal too.
    terminal.presses_until("\r", "▶ read");
    terminal.press("typed\r");
    terminal.until_it_says("got ");
    let (code, contents) = terminal.ends();
    assert_eq!(code, 0, "{contents}");
    assert!(contents.contains("typed"), "{contents}");
}
