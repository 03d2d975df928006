//! Ctrl-G in real shells: the line rewritten in place, or left exactly as it was.

use std::fs;

use crate::environment::{CARO, Environment};
use crate::pty::Terminal;
use crate::stand_in::Gate;

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// A shell with the integration, at a prompt that nothing else prints.
fn shell(name: &str, environment: Environment, size: (u16, u16), init: &str) -> Terminal {
    let folder = std::path::Path::new(CARO).parent().unwrap().to_str().unwrap();
    let environment = environment
        .with("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
        .with("SHELL", format!("/usr/bin/{name}"));
    // A first fish in a fresh home starts a generator of completions; a folder that is there keeps it quiet.
    environment.write(".local/share/fish/generated_completions/x", "");
    let arguments: Vec<String> = match name {
        "bash" => {
            let file = environment.write(".caro-test.bash", format!("PS1='<B> '\nset -o history\n{init}\n"));
            ["--noprofile", "--rcfile", file.to_str().unwrap(), "-i"].map(str::to_owned).to_vec()
        }
        "zsh" => {
            environment.write(".zshrc", format!("PS1='<Z> '\nunsetopt prompt_sp\nHISTSIZE=100\n{init}\n"));
            vec!["-i".to_owned()]
        }
        _ => {
            let prompt = "function fish_prompt; printf '<F> '; end\nfunction fish_greeting; end\n";
            environment.write(".config/fish/config.fish", format!("{prompt}{init}\n"));
            vec!["-i".to_owned()]
        }
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let terminal = Terminal::start_program(environment, size, name, &arguments);
    terminal.until("the shell's prompt", |contents| contents.trim_end().ends_with(prompt_of(name).trim_end()));
    terminal
}

fn prompt_of(name: &str) -> &'static str {
    match name {
        "bash" => "<B> ",
        "zsh" => "<Z> ",
        _ => "<F> ",
    }
}

fn init_of(name: &str) -> String {
    match name {
        "fish" => "caro init fish | source".to_owned(),
        name => format!("eval \"$(caro init {name})\""),
    }
}

/// A shell whose model is fed by the test.
fn fed(name: &str) -> (Gate, Terminal) {
    let gate = Gate::open();
    let environment = Environment::new().with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url());
    let terminal = shell(name, environment, (80, 12), &init_of(name));
    (gate, terminal)
}

fn shows_line(name: &str, text: &str) -> impl Fn(&str) -> bool {
    let line = format!("{}{text}", prompt_of(name));
    move |contents| contents.lines().any(|shown| shown.trim_end() == line.trim_end())
}

impl Terminal {
    /// Waits until the shell's line shows exactly `text`; a message may stand below it.
    fn until_line(&self, name: &str, text: &str) {
        self.until("the line", shows_line(name, text));
    }

    /// Waits until the shell itself has its line back, with `text` in it and the cursor at its end: what caro drew looks the
    /// same, and what is typed until then is dropped.
    fn settles(&self, name: &str, text: &str) {
        self.until_line(name, text);
        let end = (prompt_of(name).len() + text.chars().count()) as u16;
        let column = || self.screen().cursor_position().1;
        self.presses_until_shown("\x1b[D", |_| column() + 1 == end);
        self.presses_until_shown("\x05", |_| column() == end);
        self.until_line(name, text);
    }

    /// Presses `key` until `text` is gone.
    fn until_gone(&self, key: &str, text: &str) {
        self.presses_until_shown(key, |contents| !contents.contains(text));
    }

    /// Waits for the words and presses the key until the model is asked: in about one of thirty runs on a busy machine a
    /// single control byte does not reach a program through the test's terminal.
    fn asks_by_key(&self, gate: &Gate, words: &str) {
        self.until("the words", |contents| contents.contains(words));
        for _ in 0..4 {
            self.press("\x07");
            if gate.was_asked_within(std::time::Duration::from_secs(7)).is_some() {
                return;
            }
        }
        panic!("the model is not asked:\n{}", self.contents());
    }

    /// Empties the line.
    fn clears(&self, name: &str) {
        self.press("\x15\x0b");
        self.until_line(name, "");
    }

    /// Types words and presses the key.
    fn words_and_key(&self, name: &str, words: &str) {
        self.press(words);
        self.until_line(name, words);
        self.press("\x07");
    }
}

#[test]
fn the_command_grows_in_the_line_and_stands_there_alone() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        terminal.words_and_key(name, "find big pdfs");
        assert_eq!(gate.was_asked().last().unwrap(), "find big pdfs");
        gate.piece("find . -na");
        terminal.until_line(name, "find . -na");
        gate.piece("me '*.pdf'");
        gate.end();
        terminal.until_line(name, "find . -name '*.pdf'");
        // The cursor is at its end, nothing ran, and nothing else was written.
        terminal.settles(name, "find . -name '*.pdf'");
        assert_eq!(terminal.contents().trim_end().lines().count(), 1, "{name}:\n{}", terminal.contents());
    }
}

#[test]
fn one_undo_brings_the_words_back_and_history_keeps_them() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        terminal.words_and_key(name, "say hello");
        gate.was_asked();
        gate.reply("echo hello");
        terminal.until_line(name, "echo hello");
        terminal.settles(name, "echo hello");
        terminal.press("\x1f");
        terminal.until_line(name, "say hello");
        terminal.press("\x07");
        gate.was_asked();
        gate.reply("echo hello");
        terminal.settles(name, "echo hello");
        terminal.press("\r");
        terminal.until("the output", |contents| contents.contains("\nhello\n"));
        terminal.press("\x1b[A\x1b[A");
        let words = if name == "zsh" { ": 'say hello'" } else { "# say hello" };
        terminal.until_line(name, words);
    }
}

#[test]
fn a_cancelled_line_is_as_it_was_and_type_ahead_does_nothing() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        for key in ["\x1b", "\x03", "\x07"] {
            terminal.press("find big pdfs");
            terminal.until_line(name, "find big pdfs");
            // The cursor stands in the middle.
            terminal.press("\x1b[D\x1b[D\x07");
            gate.was_asked();
            gate.piece("find . -na");
            terminal.until_line(name, "find . -na");
            terminal.press("zz\r");
            terminal.press("\x1b[200~touch x\ntouch y\n\x1b[201~");
            terminal.press(key);
            assert!(gate.was_hung_up());
            // The cursor is where it was.
            terminal.presses_until("_", &format!("{}find big pd_", prompt_of(name)));
            assert!(terminal.contents().contains("_fs"), "{name}: {}", terminal.contents());
            assert!(!terminal.environment.home().join("x").exists(), "{name}");
            terminal.clears(name);
        }
    }
}

#[test]
fn any_failure_leaves_the_line() {
    for name in SHELLS {
        let terminal = shell(
            name,
            Environment::new().with("CARO_BACKEND", "openai").with("CARO_BASE_URL", "http://127.0.0.1:9"),
            (80, 12),
            &init_of(name),
        );
        terminal.words_and_key(name, "find big pdfs");
        terminal.until_it_says("can't reach");
        terminal.settles(name, "find big pdfs");
        terminal.clears(name);
        // The terminal is as the shell needs it: what is typed runs.
        terminal.press("expr 6 '*' 7\r");
        terminal.until_it_says("\n42\n");
    }
}

#[test]
fn without_caro_there_is_one_friendly_message() {
    for name in SHELLS {
        let clear = if name == "fish" { "set -gx PATH /usr/bin /bin" } else { "PATH=/usr/bin:/bin" };
        let terminal = shell(name, Environment::new(), (80, 12), &format!("{}\n{clear}", init_of(name)));
        terminal.words_and_key(name, "find big pdfs");
        terminal.until_it_says("caro: command not found; the line was left as it was");
        terminal.until("the line", |contents| contents.contains(&format!("{}find big pdfs", prompt_of(name))));
    }
}

#[test]
fn odd_characters_reach_the_model_and_run_nothing() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        let words = "say 'it' \"is\" $(touch X) `touch X` a\\b 100% é日";
        terminal.press(words);
        terminal.until("the words", |contents| contents.contains("100% é日"));
        terminal.press("\x07");
        assert_eq!(gate.was_asked().last().unwrap(), words, "{name}");
        gate.reply("echo done");
        terminal.until_line(name, "echo done");
        assert!(!terminal.environment.home().join("X").exists(), "{name}");
    }
}

#[test]
fn the_verdict_decides_what_goes_on_the_line() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        // Caution comes with a note.
        terminal.press("remove x");
        terminal.asks_by_key(&gate, "remove x");
        gate.reply("rm x");
        terminal.until_it_says("caution: deletes x");
        terminal.settles(name, "rm x");
        terminal.clears(name);
        // Danger asks first.
        terminal.press("remove all");
        terminal.asks_by_key(&gate, "remove all");
        gate.reply("rm -rf ~/old");
        terminal.until_it_says("puts it on the line");
        terminal.press("\x1b");
        terminal.until("the words", |contents| {
            contents.contains(&format!("{}remove all", prompt_of(name))) && !contents.contains("puts it")
        });
        terminal.asks_by_key(&gate, "remove all");
        gate.reply("rm -rf ~/old");
        terminal.until_it_says("puts it on the line");
        // Once the panel could be read, Enter places it; nothing runs.
        terminal.until_gone("\r", "puts it on the line");
        terminal.settles(name, "rm -rf ~/old");
        terminal.clears(name);
        // Critical is never placed.
        terminal.press("wipe it");
        terminal.asks_by_key(&gate, "wipe it");
        gate.reply("rm -rf /");
        terminal.until_it_says("not put on the line: rm -rf /");
        terminal.settles(name, "wipe it");
    }
}

#[test]
fn pressed_again_the_key_asks_for_another() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        terminal.words_and_key(name, "list files");
        gate.was_asked();
        gate.reply("ls");
        terminal.settles(name, "ls");
        terminal.press("\x07");
        assert_eq!(gate.was_asked().last().unwrap(), "list files", "{name}");
        gate.reply("ls -l");
        terminal.until_line(name, "ls -l");
    }
}

#[test]
fn a_line_that_is_a_command_is_explained_and_stays() {
    for name in SHELLS {
        let terminal = shell(name, Environment::new(), (80, 20), &init_of(name));
        terminal.words_and_key(name, "ls -l /tmp | head -n 3");
        terminal.until_it_says("its output goes into");
        terminal.until_it_says("Esc leaves it");
        terminal.press("\x1b");
        terminal.settles(name, "ls -l /tmp | head -n 3");
        assert_eq!(terminal.contents().trim_end().lines().count(), 1, "{name}:\n{}", terminal.contents());
    }
}

#[test]
fn an_empty_line_starts_nothing() {
    for name in SHELLS {
        let terminal = shell(name, Environment::new().with("CARO_BACKEND", "nonsense"), (80, 12), &init_of(name));
        terminal.press("   \x07#");
        terminal.until_line(name, "   #");
        assert!(!terminal.contents().contains("caro"), "{}", terminal.contents());
    }
}

#[test]
fn another_key_and_none() {
    for name in SHELLS {
        let key = match name {
            "bash" => "\\C-t",
            "zsh" => "^T",
            _ => "\\ct",
        };
        let init = init_of(name).replace(&format!("init {name}"), &format!("init {name} --key '{key}'"));
        let terminal = shell(name, Environment::new(), (80, 12), &init);
        terminal.press("show the current directory");
        terminal.until_line(name, "show the current directory");
        terminal.press("\x14");
        terminal.until("the command", |contents| contents.contains(&format!("{}pwd", prompt_of(name))));
    }
}

#[test]
fn a_chosen_command_stands_on_the_next_prompt() {
    for name in SHELLS {
        let (gate, terminal) = fed(name);
        terminal.press("caro say hello\r");
        gate.was_asked();
        gate.reply("echo hello");
        terminal.until_it_says("i insert");
        terminal.presses_until("i", &format!("{}echo hello", prompt_of(name)));
        assert!(!terminal.contents().contains("\nhello"), "{}", terminal.contents());
        terminal.press("\r");
        terminal.until("the output", |contents| contents.contains("\nhello\n"));
    }
}

#[test]
fn the_integration_is_silent_whatever_the_shell_is_set_to() {
    for (name, script) in [
        ("bash", "set -eu; IFS=x; eval \"$(caro init bash)\"; eval \"$(caro init bash)\"; echo fine"),
        (
            "zsh",
            "setopt err_exit no_unset ksh_arrays null_glob; eval \"$(caro init zsh)\"; eval \"$(caro init zsh)\"; echo fine",
        ),
        ("fish", "caro init fish | source; caro init fish | source; echo fine"),
    ] {
        let environment = Environment::new();
        let folder = std::path::Path::new(CARO).parent().unwrap().to_str().unwrap();
        let mut command = std::process::Command::new(name);
        command.args(["-c", script]).env_clear().envs(environment.variables());
        command.env("PATH", format!("{folder}:/usr/bin:/bin"));
        let outcome = crate::environment::outcome_of(&mut command);
        assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "fine\n", ""), "{name}");
    }
}

#[test]
fn the_scripts_are_what_the_shells_read() {
    for (name, arguments) in [("bash", vec!["-n"]), ("zsh", vec!["-n"]), ("fish", vec!["-n"])] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("shell/caro.{name}"));
        let mut command = std::process::Command::new(name);
        let outcome = crate::environment::outcome_of(command.args(arguments).arg(&path));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{name}");
        let script = fs::read_to_string(&path).unwrap();
        let printed = Environment::new().run(&["init", name]);
        assert!(printed.code == 0 && printed.stdout.ends_with(&script), "{name}");
    }
}
