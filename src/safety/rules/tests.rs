//! Every rule proves itself.

use super::all;
use crate::safety::{Level, check};
use crate::shell::Shell;

#[test]
fn rules_hit_and_miss_as_they_say() {
    let mut wrong = Vec::new();
    for rule in all() {
        for (level, command) in rule.hits {
            let report = check(command, Shell::Bash);
            if report.level < *level {
                wrong.push(format!("{}: {command:?} is {:?}, not {level:?}", rule.id, report.level));
            }
            if !report.findings.iter().any(|finding| finding.rule == rule.id) {
                let found: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_ref()).collect();
                wrong.push(format!("{}: {command:?} found {found:?}", rule.id));
            }
        }
        for (most, command) in rule.near {
            let report = check(command, Shell::Bash);
            if report.level > *most {
                wrong.push(format!("{}: {command:?} is {:?}: {:?}", rule.id, report.level, report.findings));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique() {
    let mut ids: Vec<&str> = all().map(|rule| rule.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn reports_are_sorted() {
    let report = check("rm x; rm -rf /; rm -rf ~/a", Shell::Bash);
    let levels: Vec<Level> = report.findings.iter().map(|finding| finding.level).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    assert_eq!(levels, sorted);
    assert_eq!(report.level, Level::Critical);
}

#[test]
fn every_name_stands_in_one_table() {
    let mut names: Vec<&str> =
        super::TABLES.iter().flat_map(|t| t.iter()).flat_map(|u| u.names.split_ascii_whitespace()).collect();
    names.sort_unstable();
    let twice: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
