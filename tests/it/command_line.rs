//! Options, settings, exit codes: what the command line promises.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::environment::Environment;

#[test]
fn a_request_prints_one_command_and_nothing_else() {
    let outcome = Environment::new().run(&["--print", "find all python files modified in the last 3 days"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    // What the built-in model is not sure enough of is called a guess, on standard error alone.
    assert!(outcome.stderr.is_empty() || outcome.stderr.starts_with("caro: a guess"), "{outcome:?}");
    let quiet = Environment::new().run(&["-q", "--print", "find all python files modified in the last 3 days"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), (outcome.stdout.as_str(), ""));
    let command = outcome.stdout.strip_suffix('\n').unwrap();
    assert!(!command.contains('\n'), "{command}");
    for part in ["find", "*.py", "-mtime -3"] {
        assert!(command.contains(part), "{command}");
    }
}

#[test]
fn words_and_the_quoted_form_are_the_same() {
    let environment = Environment::new();
    let words = environment.run(&["list", "big", "files", "--print"]);
    assert_eq!(words.code, 0);
    assert_eq!(words.stdout, environment.run(&["--print", "list big files"]).stdout);
}

#[test]
fn a_bare_pipe_prints() {
    let outcome = Environment::new().run(&["show the current directory"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "pwd\n"));
}

#[test]
fn json_carries_every_field() {
    let json = Environment::new().json(&["show the current directory"]);
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["request"], "show the current directory");
    assert_eq!(json["command"], "pwd");
    assert_eq!(json["shell"], "bash");
    assert_eq!(json["report"], serde_json::json!({"level": "safe", "complete": true, "findings": []}));
    assert_eq!(json["alternatives"], Value::Array(Vec::new()));
    assert_eq!(json["engine"], serde_json::json!({"backend": "embedded", "model": "nano"}));
    for part in ["load", "first_token", "total"] {
        assert!(json["timing_ms"][part].as_f64().unwrap() >= 0.0);
    }
    let confidence = json["confidence"].as_f64().unwrap();
    assert!(confidence > 0.0 && confidence <= 1.0, "{confidence}");
    assert_eq!((&json["ran"], &json["exit_code"], &json["error"]), (&false.into(), &Value::Null, &Value::Null));
}

#[test]
fn a_failure_is_json_too() {
    let environment = Environment::new();
    let outcome = environment.run(&["--json", "--model", "/no/such.gguf", "list files"]);
    assert_eq!(outcome.code, 6);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["error"]["code"], "model");
    assert!(json["error"]["message"].as_str().unwrap().contains("/no/such.gguf"));
    assert!(json["error"]["hint"].is_string() && json["command"].is_null());
}

/// Runs caro and checks its exit code, that standard output is empty, and what standard error says.
fn fails(arguments: &[&str], code: i32, says: &[&str]) {
    let outcome = Environment::new().run(arguments);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{arguments:?}: {}", outcome.stderr);
    for words in says {
        assert!(outcome.stderr.contains(words), "{arguments:?} does not say `{words}`: {}", outcome.stderr);
    }
}

#[test]
fn bad_input_is_told_and_has_its_code() {
    fails(&[], 2, &["what should the command do?", "hint:"]);
    fails(&["  "], 2, &["what should the command do?"]);
    fails(&["--no-such-option", "x"], 2, &["--no-such-option"]);
    fails(&["--backend", "ollma", "list files"], 2, &["ollma", "embedded"]);
    fails(&["--model", "/no/such.gguf", "list files"], 6, &["no model file at /no/such.gguf", "hint:"]);
    fails(&["--backend", "openai", "list files"], 2, &["needs the address", "--base-url"]);
    fails(&["--config", "/no/such.toml", "list files"], 2, &["/no/such.toml"]);
    fails(&["--offline", "--backend", "openai", "--base-url", "https://example.com", "list files"], 5, &["offline"]);
}

#[test]
fn a_request_that_begins_like_a_command_is_told_how_to_ask() {
    fails(&["config", "file", "of", "nginx"], 2, &["caro -- config file of nginx"]);
    fails(&["completions", "for", "kubectl"], 2, &["caro -- completions for kubectl"]);
    fails(&["check", "disk", "space"], 2, &["one argument", "caro check 'disk space'", "caro -- check disk space"]);
    fails(&["check", "rm", "-rf", "/"], 2, &["caro check 'rm -rf /'"]);
    fails(&["serve", "this", "folder"], 2, &["`serve` is kept", "caro -- serve this folder"]);
    fails(&["what", "does", "ls", "-Z", "do"], 2, &["caro -- what does ls -Z do"]);
    let outcome = Environment::new().run(&["--print", "--", "check", "disk", "space"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["config", "--help"]] {
        let outcome = Environment::new().run(arguments);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!outcome.stdout.is_empty());
    }
}

#[test]
fn verbose_tells_who_answered_and_quiet_says_nothing() {
    let environment = Environment::new();
    let outcome = environment.run(&["-v", "--print", "list files"]);
    assert!(outcome.stderr.contains("nano (embedded): load"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("prompt tokens"), "{}", outcome.stderr);
    assert_eq!(environment.run(&["-q", "--print", "list files"]).stderr, "");
    let log = environment.run(&["-vv", "--print", "list files"]);
    assert!(log.stderr.contains("llama"), "{}", log.stderr);
}

#[test]
fn piped_text_is_not_swallowed_by_a_model_that_can_not_use_it() {
    let environment = Environment::new();
    let script = format!(
        "printf 'one\\ntwo\\n' | while read -r line; do {} --print list files; echo \"$line\"; done",
        crate::environment::CARO
    );
    let mut command = std::process::Command::new("bash");
    let output = command.args(["-c", &script]).env_clear().envs(environment.variables()).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("one\n") && stdout.contains("two\n"), "{stdout}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not read piped text"));
}

#[test]
fn a_reader_that_goes_away_is_a_good_end() {
    let mut child =
        Environment::new().command(&["--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_answer_needs_no_home_and_no_writable_cache() {
    let environment = Environment::new().with("HOME", "");
    let outcome = environment.run(&["--print", "show the current directory"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "pwd\n"), "{}", outcome.stderr);

    let environment = Environment::new();
    environment.write("not-a-folder", "");
    let environment = {
        let path = environment.home().join("not-a-folder");
        environment.with("XDG_CACHE_HOME", path.to_str().unwrap())
    };
    let outcome = environment.run(&["--print", "show the current directory"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "pwd\n"), "{}", outcome.stderr);
}

#[test]
fn settings_come_from_file_environment_and_flags() {
    let environment = Environment::new();
    let list = |environment: &Environment, arguments: &[&str]| {
        environment.run(&[&["config", "list"], arguments].concat()).stdout
    };
    assert!(list(&environment, &[]).contains("(default)"));
    assert_eq!(environment.run(&["config", "set", "model.threads", "2"]).code, 0);
    assert_eq!(environment.run(&["config", "get", "model.threads"]).stdout, "2\n");
    let path = environment.run(&["config", "path"]).stdout;
    assert_eq!(path.trim_end(), environment.home().join(".config/caro/config.toml").to_str().unwrap());
    assert!(std::fs::read_to_string(path.trim_end()).unwrap().contains("threads = 2"));
    let environment = environment.with("CARO_THREADS", "3");
    let line = list(&environment, &[]);
    assert!(
        line.lines()
            .any(|line| line.starts_with("model.threads") && line.contains("3 ") && line.contains("(CARO_THREADS)")),
        "{line}"
    );
    let environment = environment.with("CARO_THREADS", "");
    assert_eq!(environment.run(&["config", "unset", "model.threads"]).code, 0);
    let outcome = environment.run(&["config", "get", "model.threads"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("`model.threads` is not set"));
    let json: Value = serde_json::from_str(&list(&environment, &["--json"])).unwrap();
    assert_eq!(json["context"]["value"], "full");
}

#[test]
fn a_broken_config_file_is_told_with_its_place() {
    let environment = Environment::new();
    environment.write(".config/caro/config.toml", "# mine\nbackand = \"auto\"\n");
    let outcome = environment.run(&["--print", "list files"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("config.toml:2:1: `backand` is not a setting"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("did you mean `backend`?"), "{}", outcome.stderr);
    assert_eq!(environment.run(&["config", "path"]).code, 0);
    let outcome = environment.run(&["config", "set", "colour", "never"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("did you mean `color`?"), "{}", outcome.stderr);
}

#[test]
fn licenses_completions_and_manual_are_printed() {
    let environment = Environment::new();
    let licenses = environment.run(&["licenses"]).stdout;
    for name in ["NL2Bash", "tldr-pages", "CC BY 4.0", "llama.cpp"] {
        assert!(licenses.contains(name), "{name}");
    }
    assert!(environment.run(&["completions", "zsh"]).stdout.starts_with("#compdef caro"));
    assert!(environment.run(&["man"]).stdout.contains(".TH caro 1"));
    assert_eq!(environment.run(&["man", "--out", "pages"]).code, 0);
    assert!(environment.home().join("pages/caro-config.1").exists());
}

#[test]
fn no_colour_is_written_to_a_pipe_unless_forced() {
    let environment = Environment::new();
    assert!(!environment.run(&["--no-such"]).stderr.contains('\u{1b}'));
    let forced = environment.with("CLICOLOR_FORCE", "1");
    assert!(forced.run(&["--no-such"]).stderr.contains('\u{1b}'));
    let mut child = forced
        .with("NO_COLOR", "1")
        .command(&["--no-such"])
        .stderr(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains('\u{1b}'));
}
