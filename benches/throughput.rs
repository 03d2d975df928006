//! Tokens per second through caro's engine, beside `llama-bench` on the same file in the same run.
//!
//! CARO_BENCH_MODEL=model.gguf LLAMA_BENCH=/path/to/llama-bench cargo bench --bench throughput
//!
//! Also CARO_BENCH_THREADS (2), CARO_BENCH_ROUNDS (5), CARO_BENCH_REPACK (0). One round reads a
//! prompt of 512 tokens and writes 128 behind a short one, first here, then there; the medians of the rounds'
//! ratios are what to quote. Without LLAMA_BENCH only caro's own figures are printed.

use std::process::Command;
use std::time::Instant;

use caro::engine::llama::{LlamaEngine, Settings};
use caro::engine::{Completion, Engine, EngineError, Event, Sampling};
use caro::model::ModelSpec;
use caro::prompt::{Message, Role};

const PROMPT_TOKENS: u32 = 512;
const REPLY_TOKENS: u32 = 128;

/// Tokens per second: reading a prompt, writing a reply.
#[derive(Clone, Copy)]
struct Speed {
    read: f64,
    write: f64,
}

fn main() {
    let Ok(model) = std::env::var("CARO_BENCH_MODEL") else {
        println!("name a model in CARO_BENCH_MODEL to measure it");
        return;
    };
    let number =
        |name: &str, default: u32| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    let threads = number("CARO_BENCH_THREADS", 2);
    let repack = number("CARO_BENCH_REPACK", 0) == 1;
    let rounds = number("CARO_BENCH_ROUNDS", 5);

    let settings = Settings { threads, repack, context_tokens: 1024, beams: 1 };
    let file = ModelSpec::File(model.clone().into()).locate(&std::env::temp_dir()).expect("a path needs no unpacking");
    let engine = LlamaEngine::start(file, settings).expect("the model can be loaded");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let words = runtime.block_on(words_for_prompt(&engine));
    // The first answer pays for what is left of the load.
    runtime.block_on(speed_of(&engine, 0, words));

    let mut ratios = Vec::new();
    println!("{:>5} {:>17} {:>17} {:>15}", "round", "caro read, write", "llama-bench", "ratio");
    for round in 1..=rounds {
        let ours = runtime.block_on(speed_of(&engine, round, words));
        let Some(theirs) = llama_bench(&model, threads, repack) else {
            println!("{round:>5} {:>8.1} {:>8.2}", ours.read, ours.write);
            continue;
        };
        let ratio = Speed { read: ours.read / theirs.read, write: ours.write / theirs.write };
        println!(
            "{round:>5} {:>8.1} {:>8.2} {:>8.1} {:>8.2} {:>7.3} {:>7.3}",
            ours.read, ours.write, theirs.read, theirs.write, ratio.read, ratio.write
        );
        ratios.push(ratio);
    }
    if !ratios.is_empty() {
        let median = |of: fn(&Speed) -> f64| {
            let mut values: Vec<f64> = ratios.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        println!("median ratio: read {:.3}, write {:.3}", median(|ratio| ratio.read), median(|ratio| ratio.write));
    }
}

fn completion(round: u32, words: usize, max_tokens: u32) -> Completion {
    // The prompt begins with the round, so nothing of it is in the KV cache.
    let prompt = format!("{round}{}", " a".repeat(words));
    let messages = vec![Message::new(Role::System, prompt)];
    Completion { messages, max_tokens, sampling: Sampling::Greedy }
}

/// Finds how many words make a prompt of [`PROMPT_TOKENS`]: one that is too long is told its tokens.
async fn words_for_prompt(engine: &LlamaEngine) -> usize {
    const TOO_MANY: usize = 2000;
    let mut pieces = engine.complete(completion(0, TOO_MANY, 1));
    while let Some(event) = pieces.next().await {
        match event {
            Ok(_) => {}
            Err(EngineError::PromptTooLong { tokens, .. }) => return PROMPT_TOKENS as usize - (tokens - TOO_MANY),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{TOO_MANY} words are not too long");
}

/// Reads a whole prompt, then writes a reply to a short one, as `llama-bench` does.
async fn speed_of(engine: &LlamaEngine, round: u32, words: usize) -> Speed {
    let (started, first, _) = times_of(engine, completion(round, words, 1)).await;
    let read = f64::from(PROMPT_TOKENS) / (first - started).as_secs_f64();
    let (_, first, ended) = times_of(engine, completion(round, 1, REPLY_TOKENS + 1)).await;
    Speed { read, write: f64::from(REPLY_TOKENS) / (ended - first).as_secs_f64() }
}

/// When it was asked, when the first token came, when the last one. Random weights hardly ever end a reply themselves.
async fn times_of(engine: &LlamaEngine, completion: Completion) -> (Instant, Instant, Instant) {
    let started = Instant::now();
    let mut pieces = engine.complete(completion);
    let mut first = None;
    let mut ended = None;
    while let Some(event) = pieces.next().await {
        match event {
            // The first token is chosen as soon as the prompt is read.
            Ok(Event::Piece { .. }) => {
                first.get_or_insert_with(Instant::now);
            }
            Err(EngineError::CutOff(_)) | Ok(Event::End(_)) => ended = Some(Instant::now()),
            Ok(Event::Loading(_) | Event::Candidate { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let ended = ended.expect("the reply ends");
    (started, first.unwrap_or(ended), ended)
}

fn llama_bench(model: &str, threads: u32, repack: bool) -> Option<Speed> {
    let program = std::env::var("LLAMA_BENCH").ok()?;
    let repack = if repack { "1" } else { "0" };
    let [threads, prompt, reply] = [threads, PROMPT_TOKENS, REPLY_TOKENS].map(|number| number.to_string());
    let arguments = [
        "-m", model, "-t", &threads, "-p", &prompt, "-n", &reply, "-fa", "on", "--repack", repack, "-r", "1", "-o",
        "json",
    ];
    let output = Command::new(program).args(arguments).output().expect("llama-bench can be started");
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("llama-bench prints JSON");
    let speed = |row: usize| rows[row]["avg_ts"].as_f64().expect("llama-bench prints speeds");
    Some(Speed { read: speed(0), write: speed(1) })
}
