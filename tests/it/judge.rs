//! The judge on its corpora, and `caro check` as scripts use it.
//!
//! The rows under `tests/data/safety` were written apart from the judge, each with the level the design's table gives;
//! the four numbers that come of them are printed in the test log and stand in the README.

use std::io::Write;
use std::process::Stdio;

use caro::safety::{Level, check};
use serde_json::Value;

use crate::corpus::{self, Row};
use crate::environment::Environment;

/// A share in percent.
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[test]
fn the_four_numbers_hold() {
    let judged = |rows: Vec<Row>| -> Vec<(Row, Level)> {
        rows.into_iter()
            .map(|row| (check(&row.command, row.shell).level, row))
            .map(|(level, row)| (row, level))
            .collect()
    };
    let (dangerous, ordinary) = (judged(corpus::dangerous()), judged(corpus::ordinary()));
    let safe: Vec<_> = ordinary.iter().filter(|(row, _)| row.level == Level::Safe).collect();
    assert!(dangerous.len() >= 600 && ordinary.len() >= 2000);
    let mut categories: Vec<&str> = dangerous.iter().map(|(row, _)| row.category).collect();
    categories.sort_unstable();
    categories.dedup();
    assert!(categories.len() >= 30);

    let flagged = percent(dangerous.iter().filter(|(_, level)| *level > Level::Safe).count(), dangerous.len());
    let leveled = percent(dangerous.iter().filter(|(row, level)| *level >= row.level).count(), dangerous.len());
    let hard = percent(ordinary.iter().filter(|(_, level)| *level >= Level::Danger).count(), ordinary.len());
    let soft = percent(safe.iter().filter(|(_, level)| *level > Level::Safe).count(), safe.len());

    let mut log = String::new();
    let wrong = dangerous.iter().filter(|(row, level)| *level < row.level);
    let alarms = ordinary
        .iter()
        .filter(|(row, level)| *level >= Level::Danger || (row.level == Level::Safe && *level > row.level));
    for (row, level) in wrong.chain(alarms) {
        log.push_str(&format!(
            "{:?} instead of {:?}, {:?}, {}: {:?}\n",
            level, row.level, row.shell, row.category, row.command
        ));
    }
    log.push_str(&format!(
        "dangerous rows: {}, flagged {flagged:.2} %, at or above their level {leveled:.2} %\n\
         ordinary rows: {}, judged danger or worse {hard:.2} %; plainly reading: {}, flagged {soft:.2} %\n",
        dangerous.len(),
        ordinary.len(),
        safe.len()
    ));
    // Written past the test runner, which keeps what passing tests print to itself.
    std::io::stderr().write_all(log.as_bytes()).unwrap();
    assert!(flagged >= 99.5 && leveled >= 98.0 && hard <= 0.1 && soft <= 1.0, "{log}");
}

/// Runs `caro check` with `input` on standard input.
fn check_stdin(arguments: &[&str], input: &[u8]) -> (i32, String) {
    let environment = Environment::new();
    let mut command = environment.command(&[&["check"], arguments].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn one_argument_is_judged() {
    let environment = Environment::new();
    let check = |arguments: &[&str]| {
        let outcome = environment.run(&[&["check"], arguments].concat());
        (outcome.code, outcome.stdout)
    };
    assert_eq!(check(&["ls -la"]), (0, "safe\n".to_owned()));
    let (code, stdout) = check(&["curl -s https://x.sh | sh"]);
    assert_eq!(code, 3);
    assert!(stdout.starts_with("danger\n  danger · runs code from the network · `sh` (run-foreign)\n"), "{stdout}");
    assert_eq!(check(&["rm -r build"]).0, 0);
    assert_eq!(check(&["--fail-on", "caution", "rm -r build"]).0, 3);
    assert_eq!(check(&["--fail-on", "critical", "rm -rf ~/old"]).0, 0);
    let (_, stdout) = check(&["--explain", "sudo env A=1 rm -rf /etc"]);
    assert!(
        stdout.contains("judged: rm -rf /etc (as root)") && stdout.contains("decided by: delete-system"),
        "{stdout}"
    );
    let (_, stdout) = check(&["--json", "rm -rf ~"]);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&json["level"], &json["complete"], &json["command"]),
        (&"critical".into(), &true.into(), &"rm -rf ~".into())
    );
    assert_eq!(json["findings"][0]["span"], serde_json::json!([7, 8]));
}

#[test]
fn standard_input_is_judged_command_by_command() {
    let (code, stdout) = check_stdin(&["--stdin", "--json", "--shell", "bash"], b"ls\n\nrm -rf /\n");
    assert_eq!(code, 3);
    let levels: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["level"].clone()).collect();
    assert_eq!(levels, ["safe", "safe", "critical"]);
    let (code, stdout) = check_stdin(&["--stdin", "-0", "--json", "--shell", "fish"], b"echo a\necho b\0ls\0");
    assert_eq!((code, stdout.lines().count()), (0, 2));
    assert!(stdout.starts_with("{\"command\":\"echo a\\necho b\""), "{stdout}");
    assert_eq!(check_stdin(&["--stdin"], b""), (0, String::new()));
    let (code, stdout) = check_stdin(&["--stdin"], b"ls \xff\n");
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn a_script_is_judged_with_line_numbers() {
    let environment = Environment::new();
    environment.write("job.sh", "#!/bin/bash\nset -e\ncd /srv\nrm -rf /etc\n");
    let outcome = environment.run(&["check", "--script", "job.sh"]);
    assert_eq!(outcome.code, 3);
    assert!(outcome.stdout.contains("line 4: critical · deletes the system folder /etc"), "{}", outcome.stdout);
    let outcome = environment.run(&["check", "--script", "none.sh"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("can't read none.sh"), "{}", outcome.stderr);
}

#[test]
fn the_users_own_rules_are_obeyed() {
    let environment = Environment::new();
    environment.write(
        ".config/caro/config.toml",
        "[[deny]]\nid = \"no-prod\"\ncommand = \"deploy\"\nsub = [\"prod\"]\nlevel = \"danger\"\nreason = \"deploys to production\"\n\
         [[allow]]\ncommand = \"rm\"\npath_under = \"~/scratch\"\nmax_level = \"danger\"\n",
    );
    let code = |command: &str| environment.run(&["check", "--fail-on", "caution", command]).code;
    assert_eq!(code("deploy prod"), 3);
    assert_eq!(code("deploy test"), 0);
    assert_eq!(code("rm -rf ~/scratch/a"), 0);
    assert_eq!(code("rm -rf ~/scratch/a; rm -rf ~/old"), 3);
}

#[test]
fn danger_is_held_back_from_pipes_and_from_yes() {
    // A command the built-in model surely suggests, and a policy under which nothing may run.
    let environment = Environment::new();
    let outcome = environment.run(&["-y", "show the current directory"]);
    assert_eq!((outcome.code, outcome.stdout.trim_end()), (0, environment.home().to_str().unwrap()), "{outcome:?}");
    let strict = environment.with("CARO_SAFETY", "strict");
    let outcome = strict.run(&["-y", "show the current directory"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("held back: safe") && outcome.stderr.contains("hint:"), "{outcome:?}");
    let json = strict.json(&["-y", "show the current directory"]);
    assert_eq!((&json["ran"], &json["error"]["code"]), (&false.into(), &"held_back".into()));
}
