//! Model files that are absent, broken or of the wrong kind: an error and a hint, never a crash.

use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::environment::{Environment, Outcome};

const NANO: &[u8] = include_bytes!("../../nano/caro-nano.gguf");

/// Asks with this file as the model; a run of over a minute is a hang.
fn ask(environment: &Environment, content: &[u8]) -> Outcome {
    let path = environment.write("model.gguf", content);
    let mut command =
        environment.command(&["--print", "--model", path.to_str().unwrap(), "show the current directory"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it hangs on a file of {} bytes", content.len());
        }
        std::thread::yield_now();
    };
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
    Outcome { code: status.code().unwrap_or(-1), stdout, stderr }
}

fn is_refused(environment: &Environment, content: &[u8], case: &str) {
    let outcome = ask(environment, content);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{case}: {outcome:?}");
    assert!(outcome.stderr.contains("model.gguf") && outcome.stderr.contains("hint:"), "{case}: {outcome:?}");
}

#[test]
fn a_named_file_answers_as_the_built_in_one_does() {
    let outcome = ask(&Environment::new(), NANO);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "pwd\n"), "{outcome:?}");
}

#[test]
fn truncated_files_are_refused() {
    let environment = Environment::new();
    is_refused(&environment, b"", "empty");
    for part in 1..=20 {
        // Three of four cuts fall into the head, which is a fiftieth of the file.
        let length = if part % 4 == 0 { NANO.len() / 21 * part } else { 160_000 / 21 * part + part };
        is_refused(&environment, &NANO[..length], &format!("{length} bytes"));
    }
    is_refused(&environment, &NANO[..NANO.len() - 1], "all but the last byte");
}

#[test]
fn files_of_another_kind_are_refused() {
    let environment = Environment::new();
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(100_000)
    .collect();
    is_refused(&environment, &noise, "random bytes");
    is_refused(&environment, &[b"GGUF".as_slice(), &noise].concat(), "random bytes behind the right magic");
    is_refused(&environment, &[b"GGML".as_slice(), &NANO[4..]].concat(), "wrong magic");
    let mut other_version = NANO.to_vec();
    other_version[4] = 99;
    is_refused(&environment, &other_version, "unknown version");
}

#[test]
fn damaged_heads_are_refused_or_answered_but_never_crash() {
    let environment = Environment::new();
    for place in (8..3000).step_by(97) {
        let mut damaged = NANO.to_vec();
        damaged[place] ^= 0xff;
        let outcome = ask(&environment, &damaged);
        assert!(matches!(outcome.code, 0 | 5 | 6 | 7), "byte {place}: {outcome:?}");
        assert!(outcome.code == 0 || outcome.stderr.contains("hint:"), "byte {place}: {outcome:?}");
    }
}

#[test]
fn an_unknown_architecture_is_named() {
    let name = b"general.architecture";
    let at = NANO.windows(name.len()).position(|window| window == name).unwrap() + name.len() + 4 + 8;
    assert_eq!(&NANO[at..at + 5], b"llama");
    let mut renamed = NANO.to_vec();
    renamed[at..at + 5].copy_from_slice(b"lambo");
    let outcome = ask(&Environment::new(), &renamed);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.stderr.contains("lambo"), "{outcome:?}");
}

#[test]
fn a_model_without_a_chat_template_is_told() {
    let name = b"tokenizer.chat_template";
    let at = NANO.windows(name.len()).position(|window| window == name).unwrap();
    let mut renamed = NANO.to_vec();
    renamed[at + name.len() - 1] = b'_';
    let outcome = ask(&Environment::new(), &renamed);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.stderr.contains("no chat template"), "{outcome:?}");
}

#[test]
fn a_folder_is_no_model() {
    let environment = Environment::new();
    let outcome = environment.run(&["--print", "--model", "/tmp", "list files"]);
    assert_eq!(outcome.code, 6);
    assert!(outcome.stderr.contains("/tmp") && outcome.stderr.contains("not a file"), "{outcome:?}");
}

#[test]
fn a_request_longer_than_the_context_is_told() {
    let environment = Environment::new();
    let request = "list files and ".repeat(200);
    let outcome = environment.run(&["--print", &request]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("too long for this model"), "{outcome:?}");
}
