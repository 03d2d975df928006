//! The OpenAI-compatible client against a server whose every byte the test decides.

use std::net::TcpListener;

use serde_json::Value;

use crate::environment::{Environment, Outcome};
use crate::stand_in::{finish, frame, send, serve};

/// Runs caro against a server that streams `body` with `status`.
fn ask(status: &'static str, body: String) -> Outcome {
    let (url, _received) = serve(move |request, stream| {
        if request.line.starts_with("GET /v1/models") {
            send(stream, "200 OK", "application/json", r#"{"data":[{"id":"qwen"}]}"#);
        } else {
            send(stream, status, "text/event-stream", &body);
        }
    });
    Environment::new().run(&["--print", "--backend", "openai", "--base-url", &url, "list files"])
}

#[test]
fn the_command_is_taken_out_of_the_stream() {
    let body = format!(
        ": ping\n\n{}{}{}{}data: [DONE]\n\n",
        frame("```sh\nls"),
        frame(" -l \"é\""),
        frame("\n```"),
        finish("stop")
    );
    let outcome = ask("200 OK", body);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "ls -l \"é\"\n"), "{outcome:?}");
}

#[test]
fn the_server_gets_the_model_the_rules_and_the_key() {
    let reply = format!("{}{}", frame("ls"), finish("stop"));
    let (url, received) = serve(move |request, stream| {
        if request.line.starts_with("GET /v1/models") {
            send(stream, "200 OK", "application/json", r#"{"data":[{"id":"qwen"}]}"#);
        } else {
            send(stream, "200 OK", "text/event-stream", &reply);
        }
    });
    let environment = Environment::new().with("CARO_API_KEY", "secret-key").with("CARO_BASE_URL", format!("{url}/v1/"));
    let environment = environment.with("INFERENCE_BACKEND", "openai").with("http_proxy", "http://127.0.0.1:9");
    let json = environment.json(&["list files"]);
    assert_eq!((&json["command"], &json["engine"]["backend"]), (&"ls".into(), &"openai".into()), "{json}");
    assert!(received.recv().unwrap().line.starts_with("GET /v1/models"));
    let request = received.recv().unwrap();
    assert!(request.line.starts_with("POST /v1/chat/completions "), "{request:?}");
    assert!(request.headers.to_lowercase().contains("authorization: bearer secret-key"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&body["model"], &body["stream"], &body["temperature"]), (&"qwen".into(), &true.into(), &0.into()));
    assert_eq!(body["messages"][0]["role"], "system");
    assert_eq!(body["messages"][1], serde_json::json!({"role": "user", "content": "list files"}));
}

#[test]
fn a_named_model_is_asked_for_and_piped_text_goes_along() {
    let reply = format!("{}{}", frame("ls"), finish("stop"));
    let (url, received) = serve(move |_, stream| send(stream, "200 OK", "text/event-stream", &reply));
    let environment = Environment::new();
    environment.write("diff", "+ added line\n");
    let file = std::fs::File::open(environment.home().join("diff")).unwrap();
    let arguments = ["--print", "--backend", "openai", "--base-url", &url, "--model", "big", "write a commit command"];
    let outcome = crate::environment::outcome_of(environment.command(&arguments).stdin(file));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let body: Value = serde_json::from_str(&received.recv().unwrap().body).unwrap();
    assert_eq!(body["model"], "big");
    assert!(body["messages"][1]["content"].as_str().unwrap().ends_with("+ added line"));
}

#[test]
fn a_reply_without_a_finish_reason_is_no_reply() {
    let outcome = ask("200 OK", format!("{}data: [DONE]\n\n", frame("rm -rf build")));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (5, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("broke off") && outcome.stderr.contains("finish_reason"), "{outcome:?}");
}

#[test]
fn every_other_ending_has_its_own_words() {
    let check = |status: &'static str, body: String, code: i32, words: &str| {
        let outcome = ask(status, body);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{outcome:?}");
        assert!(outcome.stderr.contains(words) && outcome.stderr.contains("hint:"), "{words}: {outcome:?}");
    };
    check("200 OK", frame("ls") + &finish("length"), 7, "cut off");
    check("200 OK", finish("content_filter"), 7, "content filter");
    check("200 OK", frame("ls") + "data: {\"error\":{\"message\":\"slot died\"}}\n\ndata: [DONE]\n\n", 5, "slot died");
    check("200 OK", "<html>hello</html>".to_owned(), 5, "does not speak the OpenAI protocol");
    check("200 OK", "{\"error\":\"Unexpected endpoint\"}".to_owned(), 5, "Unexpected endpoint");
    check("200 OK", String::new(), 5, "empty answer");
    check("401 Unauthorized", "{\"error\":{\"message\":\"bad key\"}}".to_owned(), 5, "answered 401: bad key");
    check("302 Found", String::new(), 5, "answered 302");
    check("500 Internal Server Error", "{\"detail\":\"no\"}".to_owned(), 5, "answered 500: no");
    check("200 OK", frame("Sorry, I can't do that.") + &finish("stop"), 7, "knows no command");
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let outcome = Environment::new().run(&["--print", "--backend", "openai", "--base-url", &url, "list files"]);
    assert_eq!(outcome.code, 5, "{outcome:?}");
    assert!(
        outcome.stderr.contains(&format!("can't reach {url}")) && outcome.stderr.contains("refused"),
        "{outcome:?}"
    );
}
