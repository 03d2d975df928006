//! The session at a real terminal, with real keys: what is typed, what is shown, what is never lost.

use std::fs;

use crate::environment::Environment;
use crate::pty::Terminal;
use crate::stand_in::Gate;

/// A session whose model is fed by the test, without previews.
fn session(environment: Environment) -> (Gate, Terminal) {
    let gate = Gate::open();
    let environment =
        environment.with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url()).with("CARO_PREVIEW", "false");
    let terminal = Terminal::start(environment, (90, 30), &["repl"]);
    terminal.until_prompt("");
    (gate, terminal)
}

impl Terminal {
    /// Types a line at the prompt, over whatever stands there.
    fn line(&self, text: &str) {
        self.press(&format!("\x15{text}\r"));
    }

    /// Waits for the prompt on the last row, with `text` in it.
    fn until_prompt(&self, text: &str) {
        let end = format!("❯ {text}");
        self.until("the prompt", |contents| contents.trim_end().ends_with(end.trim_end()));
    }

    /// Asks, and waits for the keys below the suggestion.
    fn asks(&self, gate: &Gate, request: &str, command: &str) -> Vec<String> {
        self.line(request);
        let messages = gate.was_asked();
        gate.reply(command);
        self.until("the keys", |contents| contents.ends_with("s skip"));
        messages
    }

    /// Leaves the command under review; Ctrl-C counts at any time.
    fn skips(&self) {
        self.until("the keys", |contents| contents.ends_with("s skip"));
        self.press("\x03");
        self.until_prompt("");
    }

    fn leaves(self) -> String {
        let at_prompt = |contents: &str| contents.lines().last().is_some_and(|line| line.starts_with("caro ~"));
        self.until("the prompt", at_prompt);
        self.press("\x15\x04");
        let (code, contents) = self.ends();
        assert_eq!(code, 0, "{contents}");
        contents
    }
}

#[test]
fn a_request_is_answered_run_and_the_session_goes_on() {
    let (gate, terminal) = session(Environment::new());
    terminal.asks(&gate, "say hello", "printf 'hello\\tworld\\n'");
    terminal.presses_until("\r", "✓ exit 0 ·");
    terminal.until_prompt("");
    let contents = terminal.contents();
    assert!(contents.contains("\nhello   world\n"), "{contents}");
    assert!(!contents.contains("s skip"), "{contents}");
    terminal.leaves();
}

#[test]
fn a_follow_up_knows_what_came_before() {
    let (gate, terminal) = session(Environment::new());
    terminal.asks(&gate, "find big pdfs", "find . -name '*.pdf' -size +10M");
    terminal.skips();
    let messages =
        terminal.asks(&gate, "now only the ones from last week", "find . -name '*.pdf' -size +10M -mtime -7");
    assert_eq!(messages[1..], ["find big pdfs", "find . -name '*.pdf' -size +10M", "now only the ones from last week"]);
    let contents = terminal.contents();
    assert!(contents.contains("↳ follows \"find big pdfs\""), "{contents}");
    // What changed is underlined.
    let screen = terminal.screen();
    let row = contents.lines().position(|line| line.contains("-mtime")).unwrap() as u16;
    let underlined = |column| screen.cell(row, column).is_some_and(|cell| cell.underline());
    let marked: String = (0..90)
        .filter(|column| underlined(*column))
        .map(|column| screen.cell(row, column).unwrap().contents())
        .collect();
    assert_eq!(marked, "-mtime-7");
    terminal.skips();
    terminal.line("/undo");
    terminal.until_it_says("took back \"now only the ones");
    let messages = terminal.asks(&gate, "but not in backup", "ls");
    assert_eq!(messages.len(), 4, "{messages:?}");
    terminal.skips();
    terminal.line("/new");
    terminal.until_it_says("a new talk");
    assert_eq!(terminal.asks(&gate, "list files", "ls").len(), 2);
    terminal.skips();
    terminal.leaves();
}

#[test]
fn what_was_stopped_comes_back_for_editing() {
    let (gate, terminal) = session(Environment::new());
    for key in ["\x03", "\x1b"] {
        terminal.line("find big pdfs");
        gate.was_asked();
        gate.piece("find . -na");
        terminal.until_it_says("  find . -na");
        terminal.press(key);
        terminal.until_prompt("find big pdfs");
        assert!(terminal.contents().contains("stopped"), "{}", terminal.contents());
        assert!(gate.was_hung_up());
        terminal.press("\x0c");
    }
    terminal.leaves();
}

#[test]
fn ctrl_c_stops_each_stage_and_never_caro() {
    let (gate, terminal) = session(Environment::new());
    terminal.press("half a requ");
    terminal.until_prompt("half a requ");
    terminal.press("\x03");
    terminal.until_prompt("");
    terminal.press("\x03");
    terminal.until_it_says("Ctrl-D leaves\n");
    terminal.until_prompt("");
    let prompts = |contents: &str| contents.matches('❯').count();
    let before = prompts(&terminal.contents());
    for _ in 0..10 {
        terminal.press("\x03");
    }
    // Some of them come between two lines, where they mean nothing; none ends the session.
    terminal.until("one more prompt", |contents| prompts(contents) > before);
    terminal.line("/new");
    terminal.until_it_says("a new talk");
    terminal.until_prompt("");
    // At the verdict it skips.
    terminal.asks(&gate, "list", "ls");
    terminal.skips();
    // In the editor it leads back to the keys, and the command is as it was.
    terminal.asks(&gate, "list", "ls -l");
    terminal.presses_until("e", "edit ❯ ls -l");
    terminal.press("zz\x03");
    terminal.until("the keys", |contents| contents.ends_with("s skip"));
    // While the command runs it is the command's.
    terminal.press("\x03");
    terminal.until_prompt("");
    terminal.asks(&gate, "wait", "echo ls");
    terminal.presses_until("e", "edit ❯ echo ls");
    terminal.press("\x15sh -c 'echo begun; exec sleep 100'\r");
    terminal.until("the edited command", |contents| contents.contains("  sh -c") && contents.ends_with("s skip"));
    terminal.presses_until("\r", "\nbegun");
    terminal.press("\x03");
    terminal.until_it_says("✗ exit 130 · stopped");
    terminal.until_prompt("");
    terminal.leaves();
}

#[test]
fn edits_are_judged_and_are_no_requests() {
    let (gate, terminal) = session(Environment::new());
    terminal.asks(&gate, "remove x", "rm x");
    terminal.presses_until("e", "edit ❯ rm x");
    terminal.press("\x15rm -rf /\r");
    terminal.until_it_says("critical · deletes the whole system");
    terminal.press("y\r");
    terminal.skips();
    terminal.press("\x15\x1b[A");
    terminal.until_prompt("remove x");
    let contents = terminal.contents();
    assert!(!contents.contains('▶'), "{contents}");
    let history = terminal.environment.home().join(".local/state/caro/requests");
    assert_eq!(fs::read_to_string(&history).unwrap().trim(), "remove x");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
    terminal.leaves();
}

#[test]
fn a_revision_and_another_command_are_asked_for() {
    let (gate, terminal) = session(Environment::new());
    terminal.asks(&gate, "list files", "ls");
    terminal.presses_until("r", "revise ❯");
    terminal.press("with their sizes\r");
    assert_eq!(gate.was_asked()[1..], ["list files", "ls", "with their sizes"]);
    gate.reply("ls -s");
    terminal.until("the keys", |contents| contents.contains("  ls -s\n") && contents.ends_with("s skip"));
    terminal.presses_until("n", "…");
    gate.was_asked();
    gate.reply("ls -lS");
    terminal.until("the other", |contents| contents.contains("(2/2)") && contents.ends_with("s skip"));
    assert!(terminal.contents().contains("  ls -lS\n"), "{}", terminal.contents());
    terminal.presses_until("N", "(1/2)");
    terminal.skips();
    terminal.leaves();
}

#[test]
fn commands_of_ones_own_meet_the_same_judge() {
    let environment = Environment::new();
    environment.write("docs/notes.txt", "");
    let (_gate, terminal) = session(environment);
    terminal.line("!ls docs");
    terminal.until_it_says("notes.txt\n✓ exit 0");
    terminal.line("!cd docs");
    terminal.until("the folder", |contents| contents.trim_end().ends_with("caro ~/docs ❯"));
    terminal.line("!cd .. && export CARO_TEST=kept");
    terminal.until_it_says("now in ");
    terminal.line("!echo \"it is $CARO_TEST\"");
    terminal.until_it_says("\nit is kept\n");
    terminal.line("!cd no/such/folder");
    terminal.until_it_says("can't go to no/such/folder");
    terminal.line("!rm -rf ~");
    terminal.until_it_says("critical · deletes the whole home");
    terminal.press("y\r");
    terminal.skips();
    assert!(terminal.environment.home().join("docs/notes.txt").exists());
    terminal.leaves();
}

#[test]
fn help_lists_every_command_and_a_wrong_one_has_a_neighbour() {
    let (_gate, terminal) = session(Environment::new());
    terminal.line("/help");
    terminal.until_it_says("searches");
    let contents = terminal.contents();
    for meta in &caro::repl::meta::METAS {
        assert!(contents.contains(&format!("  /{} ", meta.name)), "{}: {contents}", meta.name);
    }
    terminal.line("/hsitory");
    terminal.until_it_says("did you mean `/history`?");
    terminal.line("/safety rm -rf ~/x");
    terminal.until_it_says("✗ danger · deletes everything in");
    terminal.line("/set safety strict");
    terminal.until_it_says("safety = strict for this session");
    terminal.line("/set safty strict");
    terminal.until_it_says("did you mean `safety`?");
    terminal.line("/context");
    terminal.until_it_says("(your request)");
    terminal.leaves();
}

#[test]
fn a_failure_offers_to_mend_it() {
    let environment = Environment::new().with("CARO_CAPTURE_ERRORS", "true");
    let (gate, terminal) = session(environment);
    terminal.asks(&gate, "list x", "ls no-such-thing");
    terminal.presses_until("\r", "✗ exit 2");
    terminal.presses_until("f", "…");
    let messages = gate.was_asked();
    let last = messages.last().unwrap();
    assert!(last.contains("exit status 2") && last.contains("cannot access 'no-such-thing'"), "{last}");
    gate.reply("ls .");
    terminal.until("the keys", |contents| contents.contains("  ls .\n") && contents.ends_with("s skip"));
    terminal.presses_until("\r", "✓ exit 0 ·");
    terminal.until_prompt("");
    terminal.line("/history");
    terminal.until_it_says("exit 2   ls no-such-thing  # list x");
    terminal.leaves();
}

#[test]
fn a_pager_has_the_terminal_to_itself() {
    let environment = Environment::new();
    environment.write("notes.txt", (1..=200).map(|line| format!("line {line}\n")).collect::<String>());
    let (_gate, terminal) = session(environment.with("LESS", ""));
    terminal.line("!less notes.txt");
    terminal.until_it_says("line 20\n");
    terminal.press("G");
    terminal.until_it_says("line 200\n");
    terminal.press("q");
    terminal.until_it_says("✓ exit 0");
    terminal.line("!stty -a | grep -o ' icanon\\| echo '");
    terminal.until_it_says("icanon\n");
    terminal.leaves();
}

#[test]
fn the_built_in_model_shows_what_it_would_suggest() {
    let terminal = Terminal::start(Environment::new(), (90, 24), &["repl"]);
    terminal.until_prompt("");
    terminal.press("show the current directory");
    terminal.until_it_says("✓ pwd");
    assert!(terminal.contents().contains("ctrl-g takes it"), "{}", terminal.contents());
    terminal.press("\x07");
    terminal.until("the keys", |contents| contents.ends_with("s skip"));
    assert!(terminal.contents().contains("❯ show the current directory\n  pwd\n"), "{}", terminal.contents());
    // It is not sure enough of anything to call it an answer.
    assert!(terminal.contents().contains("? a guess"), "{}", terminal.contents());
    terminal.presses_until("\r", "✓ exit 0");
    terminal.until_prompt("");
    // The hint of the history stands in the line, and is taken by its own key.
    terminal.press("\x15show the");
    terminal.until_it_says("❯ show the current directory");
    terminal.press("\x1b[C");
    terminal.until_it_says("✓ pwd");
    // What is no request has no preview.
    terminal.press("\x15!rm -rf x");
    terminal.until("the line", |contents| contents.contains("❯ !rm -rf x") && !contents.contains("ctrl-g"));
    terminal.leaves();
}

#[test]
fn tab_completes_commands_and_paths() {
    let environment = Environment::new();
    environment.write("documents/report.txt", "");
    let (_gate, terminal) = session(environment);
    terminal.press("/hel\t");
    terminal.until_prompt("/help");
    terminal.press("\x15count the lines of docu\t");
    terminal.until_prompt("count the lines of documents/");
    terminal.press("\t");
    terminal.until_prompt("count the lines of documents/report.txt");
    terminal.leaves();
}

#[test]
fn a_paste_of_several_lines_is_one_request() {
    let (gate, terminal) = session(Environment::new());
    terminal.press("\x1b[200~list files\nand folders\x1b[201~");
    terminal.until_it_says("and folders");
    terminal.press("\r");
    assert_eq!(gate.was_asked().last().unwrap(), "list files\nand folders");
    gate.reply("ls");
    terminal.until("the keys", |contents| contents.ends_with("s skip"));
    terminal.skips();
    terminal.leaves();
}

#[test]
fn a_dumb_terminal_is_talked_to_in_words() {
    let gate = Gate::open();
    let environment =
        Environment::new().with("TERM", "dumb").with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url());
    let terminal = Terminal::start(environment, (80, 30), &["repl"]);
    terminal.until("the prompt", |contents| contents.trim_end().ends_with("caro ~ >"));
    terminal.press("say hello\r");
    gate.was_asked();
    gate.reply("echo hello");
    terminal.until_it_says("Type run, edit, explain, revise, next, copy or skip:");
    terminal.press("explain\r");
    terminal.until_it_says("  echo");
    gate.was_asked();
    gate.reply("It says hello.");
    terminal.until_it_says("It says hello.");
    terminal.press("revise\r");
    terminal.until_it_says("Change it how:");
    terminal.press("louder\r");
    gate.was_asked();
    gate.reply("echo HELLO");
    terminal.until_it_says("Command: echo HELLO");
    terminal.press("run\r");
    terminal.until_it_says("\nHELLO\n");
    terminal.press("/quit\r");
    let bytes = terminal.bytes();
    assert_eq!(terminal.ends().0, 0);
    assert!(!bytes.contains("\x1b["), "{bytes:?}");
}

#[test]
fn a_terminal_that_hides_its_cursor_is_talked_to_in_words() {
    let terminal = Terminal::start_mute(Environment::new(), (80, 24), &["repl"]);
    terminal.until_it_says("does not say where its cursor is");
    terminal.until("the prompt", |contents| contents.trim_end().ends_with("caro ~ >"));
    terminal.press("show the current directory\r");
    terminal.until_it_says("Type run,");
    terminal.press("run\r");
    terminal.until_it_says("exit 0");
    terminal.press("\x04");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn told_to_end_it_leaves_the_terminal_as_it_was() {
    let caro = crate::environment::CARO;
    let script = format!(
        "stty -a >before; sh -c 'echo $$ >pid; exec {caro} repl'; echo \"ended $?\"; stty -a >after; cmp before after && echo same"
    );
    let terminal = Terminal::start_program(Environment::new(), (90, 24), "/bin/bash", &["-c", &script]);
    terminal.until_prompt("");
    terminal.press("half a request");
    terminal.until_it_says("half a request");
    let id = fs::read_to_string(terminal.environment.home().join("pid")).unwrap().trim().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM).unwrap();
    let (_, contents) = terminal.ends();
    assert!(contents.contains("ended 0") && contents.contains("\nsame"), "{contents}");
}

#[test]
fn without_a_terminal_there_is_no_session() {
    let outcome = Environment::new().run(&["repl"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("needs a terminal") && outcome.stderr.contains("hint:"), "{outcome:?}");
}

#[test]
fn a_resize_in_the_middle_of_the_stream_leaves_one_whole_command() {
    let gate = Gate::open();
    let environment = Environment::new().with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url());
    let terminal = Terminal::start(environment, (80, 20), &["find", "big", "pdfs"]);
    let command = "find . -type f -name '*.pdf' -size +10M -mtime -7 -not -path './backup/*' -print0";
    let mut sent = 0;
    for (columns, until) in [(40, 30), (80, 60), (80, command.len())] {
        gate.piece(&command[sent..until]);
        sent = until;
        let shown = command[..until].trim_end().to_owned();
        terminal.until("the beginning", |contents| contents.replace('\n', "").contains(&shown));
        terminal.resize(columns, 20);
    }
    gate.end();
    terminal.until("the keys", |contents| contents.ends_with('?') || contents.ends_with("s skip"));
    let contents = terminal.contents();
    assert!(contents.replace('\n', "").contains(command), "{contents}");
    terminal.ends_after_key("s");
}

#[test]
fn a_small_window_shows_what_can_be_pressed() {
    let gate = Gate::open();
    let environment = Environment::new().with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url());
    let terminal = Terminal::start(environment, (40, 20), &["clean", "up"]);
    gate.reply("chmod -R 755 ~/site ~/pages");
    terminal.until("the keys", |contents| contents.ends_with("s skip  ?"));
    let contents = terminal.contents();
    assert!(contents.contains("  y run  e edit  x why  s skip  ?"), "{contents}");
    assert!(contents.lines().all(|line| line.chars().count() <= 40), "{contents}");
    terminal.presses_until("?", "changes it by words");
    terminal.ends_after_key("s");
}
