//! Time of the judge: each command of the corpora alone, and long nested input.
//!
//! cargo bench --bench check

use std::time::{Duration, Instant};

use caro::safety::check;
use caro::shell::Shell;

fn main() {
    let corpora =
        [include_str!("../tests/data/safety/dangerous.tsv"), include_str!("../tests/data/safety/ordinary.tsv")];
    let rows: Vec<(Shell, &str)> = corpora
        .iter()
        .flat_map(|corpus| corpus.lines())
        .filter_map(|line| {
            let mut fields = line.splitn(4, '\t').skip(1);
            let shell = fields.next()?.parse().ok()?;
            Some((shell, fields.nth(1)?))
        })
        .collect();
    // Each row's median of nine, so that a hiccup of the machine is no row's time.
    let mut times: Vec<(Duration, &str)> =
        rows.iter().map(|(shell, command)| (median_of_nine(command, *shell), *command)).collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].0;
    println!("{} commands: median {:?}, 99 % {:?}, 99.9 % {:?}", times.len(), at(0.5), at(0.99), at(0.999));
    let (worst, command) = times[times.len() - 1];
    println!("worst {worst:?}: {}", command.chars().take(70).collect::<String>());

    for (name, unit) in [
        ("$(", "$("),
        ("{ ", "{ "),
        ("sh -c '", "sh -c '"),
        ("`", "`"),
        ("rm -rf /; ", "rm -rf /; "),
        ("a|", "a|"),
        ("\\", "\\"),
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        let started = Instant::now();
        let report = check(&text, Shell::Bash);
        println!("1 MB of `{name}`: {:?}, {}, complete {}", started.elapsed(), report.level.word(), report.complete);
    }
}

fn median_of_nine(command: &str, shell: Shell) -> Duration {
    let mut times = [Duration::ZERO; 9];
    for time in &mut times {
        let started = Instant::now();
        std::hint::black_box(check(std::hint::black_box(command), shell));
        *time = started.elapsed();
    }
    times.sort();
    times[4]
}
