//! What a person at a session waits for: the preview after a pause, and the first token of a stream.
//!
//! `cargo bench --bench session` types into the real program on a real terminal and watches the screen. The pause itself
//! (70 ms without a key) is part of the preview's figure; the second figure is from the server's write to the screen.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/environment.rs"]
mod environment;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/pty.rs"]
mod pty;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/stand_in.rs"]
mod stand_in;

use std::time::{Duration, Instant};

use environment::Environment;
use pty::Terminal;
use stand_in::Gate;

const ROUNDS: usize = 15;

fn main() {
    let mut previews = Vec::new();
    let terminal = Terminal::start(Environment::new(), (90, 24), &["repl"]);
    terminal.until_it_says("❯");
    for _ in 0..ROUNDS {
        terminal.press("show the current director");
        terminal.until_it_says("director");
        std::thread::sleep(Duration::from_millis(400));
        let started = Instant::now();
        terminal.press("y");
        terminal.until("the preview", |contents| contents.contains("✓ pwd") && contents.contains("ctrl-g"));
        previews.push(started.elapsed());
        terminal.press("\x15");
        terminal.until("an empty line", |contents| !contents.contains("current"));
    }
    let mut first_tokens = Vec::new();
    for _ in 0..ROUNDS {
        let gate = Gate::open();
        let environment = Environment::new().with("CARO_BACKEND", "openai").with("CARO_BASE_URL", gate.url());
        let terminal = Terminal::start(environment, (90, 24), &["find", "big", "pdfs"]);
        gate.was_asked();
        // The sign of waiting stands there before: the stream is being watched.
        terminal.until_it_says("…");
        std::thread::sleep(Duration::from_millis(100));
        let started = Instant::now();
        gate.piece("find . -type f");
        terminal.until_it_says("  find . -type f");
        first_tokens.push(started.elapsed());
    }
    report("last key to preview, pause of 70 ms included", previews);
    report("a token written by the server to the screen", first_tokens);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{what}: median {:.0} ms, least {:.0} ms, most {:.0} ms",
        milliseconds(times[times.len() / 2]),
        milliseconds(times[0]),
        milliseconds(times[times.len() - 1])
    );
}
