//! Whatever the text, the judge answers, and its report fits the text.
//!
//! cargo +nightly fuzz run check
//!
//! The first byte chooses the shell, the rest is the command. The rows of the corpora are a good start:
//!
//! mkdir -p fuzz/corpus/check && awk -F'\t' '!/^#/ { file = "fuzz/corpus/check/" NR; close(last); last = file;
//! printf "%c%s", index("bzf", substr($2, 1, 1)) + 2, $4 > file }' tests/data/safety/*.tsv

#![no_main]

use caro_fuzz::safety::{Level, check};
use caro_fuzz::shell::Shell;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, command)) = data.split_first() else { return };
    let shell = Shell::ALL[usize::from(*choice) % Shell::ALL.len()];
    let command = String::from_utf8_lossy(command);
    let report = check(&command, shell);
    let gravest = report.findings.iter().map(|finding| finding.level).max();
    assert_eq!(report.level, gravest.unwrap_or(Level::Safe));
    assert!(report.findings.is_sorted_by(|a, b| a.level >= b.level), "{:?}", report.findings);
    for finding in &report.findings {
        assert!(command.get(finding.span.clone()).is_some(), "{finding:?} lies outside the text");
    }
});
