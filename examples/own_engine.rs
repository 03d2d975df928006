//! Gives caro an engine of your own: here one that always says the same, wrapped as models do.
//!
//! cargo run --release --example own_engine

use caro::assistant::{Assistant, Settings, Step};
use caro::context::{Context, Detail};
use caro::engine::{Completion, Engine, Event, Identity, Pieces, Sampling, Usage};
use caro::prompt::{Ask, Style};
use caro::safety::Facts;
use caro::shell::Shell;

struct Parrot;

impl Engine for Parrot {
    fn identity(&self) -> Identity {
        Identity { backend: "embedded", model: "parrot".to_owned(), style: Style::Chat }
    }

    fn complete(&self, completion: Completion) -> Pieces {
        eprintln!("asked: {:?}", completion.messages.last().map(|message| &message.content));
        // The events may come from any thread or task, at any time.
        let (events, pieces, _cancelled) = Pieces::channel();
        std::thread::spawn(move || {
            for text in ["Sure! ", "Here it is:\n```sh\n", "ls -l ", "| head\n", "```\nIt lists files."] {
                let piece = Event::Piece { text: text.to_owned(), log_probability: None };
                if events.blocking_send(Ok(piece)).is_err() {
                    return; // The answer was dropped: nobody listens any more.
                }
            }
            let _ = events.blocking_send(Ok(Event::End(Usage::default())));
        });
        pieces
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let context = Context::gather(Shell::Bash, Detail::Full);
    let settings = Settings { max_tokens: 64, sampling: Sampling::Greedy, gate: None };
    let assistant = Assistant::new(Box::new(Parrot), context, Facts::default(), settings);
    let mut answer = assistant.ask(Ask { request: "list a few files".to_owned(), ..Ask::default() });
    loop {
        match answer.next().await.map_err(caro::error::Failure::from)? {
            Step::Loading(_) => {}
            Step::Growing(command) => println!("growing: {command}"),
            Step::Done(suggestion) => {
                println!("command: {}", suggestion.best.command);
                return Ok(());
            }
        }
    }
}
