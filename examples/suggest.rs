//! Turns a request into a command with the model inside caro, and judges it.
//!
//! cargo run --release --example suggest -- find pdfs bigger than 10 MB

use caro::assistant::{Assistant, Settings, Step};
use caro::context::{Context, Detail};
use caro::engine::{Sampling, llama};
use caro::model::ModelSpec;
use caro::prompt::Ask;
use caro::safety::Facts;
use caro::shell::Shell;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = std::env::args().skip(1).collect::<Vec<_>>().join(" ");

    // The model is unpacked where we say; its thread begins to load at once.
    let file = ModelSpec::Builtin.locate(&std::env::temp_dir().join("caro-example"))?;
    let settings = llama::Settings { threads: 1, repack: false, context_tokens: 256, beams: 1 };
    let engine = llama::LlamaEngine::start(file, settings)?;

    let context = Context::gather(Shell::Bash, Detail::None);
    let assistant = Assistant::new(
        Box::new(engine),
        context,
        Facts::default(),
        Settings { max_tokens: 128, sampling: Sampling::Greedy, gate: None },
    );

    // Steps come as the command grows; dropping the answer would cancel it.
    let mut answer = assistant.ask(Ask { request, ..Ask::default() });
    loop {
        match answer.next().await.map_err(caro::error::Failure::from)? {
            Step::Loading(_) => {}
            Step::Growing(command) => eprint!("\r{command}"),
            Step::Done(suggestion) => {
                eprintln!();
                println!("{}", suggestion.best.command);
                println!("level {}, confidence {:?}", suggestion.best.report.level.word(), suggestion.best.confidence);
                return Ok(());
            }
        }
    }
}
