//! What one answer of the built-in model costs as a whole process: medians of 20 runs, beside the
//! start of `python3 -c pass` in the same run, so that a busy machine shows.
//!
//! cargo bench --bench start

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 20;
const CARO: &str = env!("CARGO_BIN_EXE_caro");

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    // The interpreter itself, not a version manager's shim before it.
    let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let python =
        python.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).expect("python3 is there");
    let rows: [(&str, &str, &[&str]); 5] = [
        ("python3 -c pass", &python, &["-c", "pass"]),
        ("caro --version", CARO, &["--version"]),
        ("caro --help", CARO, &["--help"]),
        ("caro --print find pdf files", CARO, &["--print", "find", "pdf", "files"]),
        (
            "caro --print, a longer answer",
            CARO,
            &["--print", "find all python files modified in the last 3 days and count their lines"],
        ),
    ];
    let run = |program: &str, arguments: &[&str]| {
        let started = Instant::now();
        let status = Command::new(program)
            .args(arguments)
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?} failed");
        started.elapsed()
    };
    let mut times = vec![Vec::new(); rows.len()];
    // The rows take turns, so that what else the machine does hits them alike; one turn warms up.
    for turn in 0..=RUNS {
        for (row, (_, program, arguments)) in rows.iter().enumerate() {
            let elapsed = run(program, arguments);
            if turn > 0 {
                times[row].push(elapsed);
            }
        }
    }
    println!("{:<32} {:>9} {:>9} {:>9}", "whole process, 20 runs", "median", "least", "most");
    for ((name, _, _), times) in rows.iter().zip(&mut times) {
        times.sort();
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        println!("{name:<32} {:>9} {:>9} {:>9}", ms(times[RUNS / 2]), ms(times[0]), ms(times[RUNS - 1]));
    }
    let size = std::fs::metadata(CARO).map_or(0, |metadata| metadata.len());
    println!("size of the binary: {:.1} MB", size as f64 / 1e6);
}
