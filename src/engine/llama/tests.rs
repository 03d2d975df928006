//! The engine with a real model, the one inside the binary: what is kept, cancelled and repeated.

use super::*;
use crate::engine::Sampling;
use crate::model::ModelSpec;
use crate::prompt::{Message, Role};

fn engine() -> LlamaEngine {
    let cache = std::env::temp_dir().join("caro-engine-tests");
    let file = ModelSpec::Builtin.locate(&cache).unwrap();
    LlamaEngine::start(file, Settings { threads: 1, repack: false, context_tokens: 512, beams: 4 }).unwrap()
}

fn completion(request: &str, sampling: Sampling) -> Completion {
    Completion { messages: vec![Message::new(Role::User, request)], max_tokens: 64, sampling }
}

/// Collects the reply and what it cost.
async fn answer(engine: &LlamaEngine, completion: Completion) -> Result<(String, Usage), EngineError> {
    let mut pieces = engine.complete(completion);
    let mut reply = String::new();
    while let Some(event) = pieces.next().await {
        match event? {
            Event::Loading(_) => {}
            Event::Piece { text, log_probability } => {
                assert!(log_probability.is_some_and(|log| log <= 0.0), "{log_probability:?}");
                reply.push_str(&text);
            }
            Event::Candidate { .. } => panic!("nobody asked for several replies"),
            Event::End(usage) => return Ok((reply, usage)),
        }
    }
    panic!("the stream ended without an end");
}

#[tokio::test]
async fn what_two_prompts_share_is_read_once() {
    let engine = engine();
    let first = answer(&engine, completion("list all files in this folder", Sampling::Greedy)).await.unwrap();
    assert_eq!(first.1.cached_tokens, 0);
    assert!(first.1.reply_tokens > 0, "{first:?}");
    let second = answer(&engine, completion("list all files in this folder", Sampling::Greedy)).await.unwrap();
    // All but the last token, whose scores are needed anew.
    assert_eq!(second.1.cached_tokens, second.1.prompt_tokens - 1);
    assert_eq!(second.0, first.0);
    let other = answer(&engine, completion("list all folders", Sampling::Greedy)).await.unwrap();
    assert!((2..other.1.prompt_tokens).contains(&other.1.cached_tokens), "{other:?}");
    let fresh = answer(&self::engine(), completion("list all folders", Sampling::Greedy)).await.unwrap();
    assert_eq!(other.0, fresh.0);
}

#[tokio::test]
async fn a_prompt_nobody_waits_for_is_not_read_to_its_end() {
    let engine = engine();
    // The model is loaded before, so that the next request is taken at once.
    answer(&engine, completion("pwd", Sampling::Greedy)).await.unwrap();
    let long = "show the biggest file ".repeat(60);
    drop(engine.complete(completion(&long, Sampling::Greedy)));
    let (_, usage) = answer(&engine, completion(&long, Sampling::Greedy)).await.unwrap_or_else(|error| match error {
        EngineError::CutOff(_) => (String::new(), Usage::default()),
        other => panic!("{other}"),
    });
    // Had the first one been read, nearly all of it would be known.
    assert!(usage.cached_tokens < 100, "{usage:?}");
}

#[tokio::test]
async fn a_reply_nobody_waits_for_ends() {
    let engine = engine();
    let mut pieces = engine.complete(completion("list all files in this folder", Sampling::Greedy));
    while !matches!(pieces.next().await, Some(Ok(Event::Piece { .. }))) {}
    drop(pieces);
    let (reply, _) = answer(&engine, completion("show the current directory", Sampling::Greedy)).await.unwrap();
    assert_eq!(reply.trim(), "pwd");
}

#[tokio::test]
async fn a_seed_draws_the_same_again() {
    let engine = engine();
    let drawn = async |seed| {
        let sampling = Sampling::Temperature { temperature: 1.5, seed };
        answer(&engine, completion("find big files", sampling)).await.map(|(reply, _)| reply)
    };
    assert_eq!(drawn(1).await, drawn(1).await);
    let mut different = Vec::new();
    for seed in 0..8 {
        different.push(format!("{:?}", drawn(seed).await));
    }
    different.sort();
    different.dedup();
    assert!(different.len() > 1, "{different:?}");
}

#[tokio::test]
async fn a_prompt_without_room_for_a_reply_is_refused() {
    let error = answer(&engine(), completion(&"word ".repeat(2000), Sampling::Greedy)).await.unwrap_err();
    assert!(matches!(error, EngineError::PromptTooLong { tokens, room: 480 } if tokens > 2000), "{error}");
}

#[test]
fn characters_split_between_tokens_come_out_whole() {
    let mut text = PartialText::default();
    let mut pieces = Vec::new();
    for byte in "né ≥ 🦀".bytes() {
        text.bytes.push(byte);
        pieces.extend(text.whole_characters());
    }
    assert_eq!(pieces, ["n", "é", " ", "≥", " ", "🦀"]);
    text.bytes.extend([0xe2, 0x89]);
    assert_eq!(text.whole_characters(), None);
    assert_eq!(text.rest(), "\u{fffd}");
    text.bytes.extend(b"a\xffb");
    assert_eq!(text.whole_characters().as_deref(), Some("a\u{fffd}b"));
}

#[tokio::test]
async fn a_beam_finds_the_likeliest_replies_and_leaves_the_prompt() {
    let engine = engine();
    let request = "show the 5 largest files in this folder";
    let greedy = answer(&engine, completion(request, Sampling::Greedy)).await.unwrap();
    let mut pieces = engine.complete(completion(request, Sampling::Beam { width: 4 }));
    let mut candidates: Vec<(String, f32)> = Vec::new();
    let usage = loop {
        match pieces.next().await.unwrap().unwrap() {
            Event::Candidate { text, log_probability } => candidates.push((text, log_probability)),
            Event::End(usage) => break usage,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(candidates.len(), 4, "{candidates:?}");
    assert!(candidates.is_sorted_by(|a, b| a.1 >= b.1 && a.0 != b.0), "{candidates:?}");
    // What is written greedily is never likelier than the best of all.
    assert!(candidates.iter().any(|(text, _)| *text == greedy.0), "{candidates:?}");
    assert_eq!(usage.cached_tokens, usage.prompt_tokens - 1);
    assert_eq!(answer(&engine, completion(request, Sampling::Greedy)).await.unwrap().0, greedy.0);
}
