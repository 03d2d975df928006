//! Requests that go on from the one before: "now only the ones from last week".
//!
//! A chat model is given the earlier turns and understands by itself. The built-in model knows one request at a time, so
//! a follow-up is put behind the words it follows, without what only joins the two.

use super::Turn;

/// Words that a follow-up begins with and that say nothing else.
const JOINTS: [&str; 16] = [
    "now", "but", "and", "also", "then", "ok", "okay", "please", "just", "no,", "well", "so", "instead", "again",
    "yes,", "rather",
];

/// Words that speak of what was found before.
const POINTERS: [&str; 14] = [
    "only",
    "them",
    "those",
    "these",
    "they",
    "that",
    "it",
    "its",
    "same",
    "without",
    "not",
    "except",
    "excluding",
    "including",
];

/// Phrases that stand for what was found before, and what is left of them.
const REFERENCES: [(&str, &str); 9] = [
    ("only the ones", ""),
    ("the ones", ""),
    ("only those", ""),
    ("only these", ""),
    ("those", ""),
    ("these", ""),
    ("only", ""),
    ("instead", ""),
    ("of them", ""),
];

/// Whether `request` goes on from the request before it.
pub fn is_follow_up(request: &str) -> bool {
    let words: Vec<String> = request.split_whitespace().map(str::to_lowercase).collect();
    let joints = words.iter().take_while(|word| JOINTS.contains(&word.as_str())).count();
    let next = words.get(joints).map(String::as_str).unwrap_or_default();
    let points = POINTERS.contains(&next) || words[joints..].starts_with(&["the".to_owned(), "ones".to_owned()]);
    // "now" and "but" alone join; "please" and "just" begin requests of their own too.
    let joins = words[..joints]
        .iter()
        .any(|word| ["now", "but", "and", "also", "instead", "no,", "rather"].contains(&word.as_str()));
    !next.is_empty() && (points || (joins && words.len() - joints <= 12))
}

/// Returns `request` with what it follows, as one request that stands alone.
pub fn whole_request(turns: &[Turn], request: &str) -> String {
    if is_follow_up(request) { continued(turns, request) } else { request.to_owned() }
}

/// The same for a request that goes on for certain, such as one that revises a command.
pub fn continued(turns: &[Turn], request: &str) -> String {
    match turns.split_last() {
        Some((last, before)) => {
            format!("{} {}", whole_request(before, &last.request), addition(request)).trim().to_owned()
        }
        None => request.to_owned(),
    }
}

/// What a follow-up adds.
fn addition(request: &str) -> String {
    let mut words: Vec<&str> = request.split_whitespace().collect();
    while words.first().is_some_and(|word| JOINTS.contains(&word.to_lowercase().as_str())) {
        words.remove(0);
    }
    let rest = words.join(" ");
    let lower = rest.to_lowercase();
    for (reference, left) in REFERENCES {
        if let Some(end) = lower.strip_prefix(reference)
            && (end.is_empty() || end.starts_with(' '))
        {
            return format!("{left}{}", &rest[reference.len()..]).trim().to_owned();
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(request: &str) -> Turn {
        Turn { request: request.to_owned(), command: String::new() }
    }

    #[test]
    fn a_follow_up_is_told_from_a_request_of_its_own() {
        for request in [
            "now only the ones from last week",
            "only pdfs",
            "but not in backup",
            "and bigger than 1 GB",
            "the ones in src",
            "without hidden files",
            "also sort them by size",
        ] {
            assert!(is_follow_up(request), "{request}");
        }
        for request in [
            "find big pdfs",
            "please list the files",
            "the biggest file",
            "show me only python files",
            "just kill it",
            "",
            "now",
        ] {
            assert!(!is_follow_up(request), "{request}");
        }
    }

    #[test]
    fn a_follow_up_is_put_behind_what_it_follows() {
        let turns = [turn("list files"), turn("find big pdfs"), turn("now only the ones from last week")];
        assert_eq!(whole_request(&turns, "but not in backup"), "find big pdfs from last week not in backup");
        assert_eq!(whole_request(&turns, "show the date"), "show the date");
        assert_eq!(whole_request(&[], "only pdfs"), "only pdfs");
    }
}
