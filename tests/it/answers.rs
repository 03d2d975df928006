//! What the built-in model answers to sixty everyday requests. No mark is set here: the table in
//! the log is for reading.

use std::io::Write;

use crate::environment::Environment;

const REQUESTS: &str = include_str!("../data/everyday.txt");

#[test]
fn sixty_everyday_requests_are_answered() {
    let environment = Environment::new();
    let requests: Vec<&str> = REQUESTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(requests.len(), 60);
    let mut answered = 0;
    let mut table = format!("{:>4}  {:<46}  answer\n", "sure", "request");
    for request in requests {
        let json = environment.json(&[request]);
        let confidence = json["confidence"].as_f64().unwrap_or_default();
        let command = json["command"].as_str();
        answered += usize::from(command.is_some());
        let answer = command.or_else(|| json["error"]["message"].as_str()).unwrap_or_default();
        table.push_str(&format!("{confidence:>4.2}  {request:<46}  {answer}\n"));
        // Whatever it answers, it is one command of one engine, or a reason with a code.
        assert!(
            command.is_some_and(|command| !command.trim().is_empty()) || json["error"]["code"] == "no_command",
            "{json}"
        );
    }
    // Written past the test runner, which keeps what passing tests print to itself.
    std::io::stderr().write_all(table.as_bytes()).unwrap();
    assert!(answered >= 55, "only {answered} of 60 requests have an answer at all");
}
