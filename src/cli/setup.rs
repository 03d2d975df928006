//! Chooses and starts the engine that the settings ask for.

use std::path::PathBuf;

use crate::assistant::{self, Assistant, Gate};
use crate::config::{Backend, Config, cache_folder, home_folder, state_folder};
use crate::context::Context;
use crate::engine::llama::{LlamaEngine, Settings};
use crate::engine::remote::{ApiKey, RemoteEngine};
use crate::engine::{Engine, Sampling};
use crate::error::{Exit, Failure};
use crate::exec::Errors;
use crate::exec::run_log::RunLog;
use crate::model::ModelSpec;
use crate::model::builtin::GATE;
use crate::safety::Facts;
use crate::shell::UserShell;

/// Makes the assistant. The model begins to load at once.
///
/// # Errors
///
/// When the engine can't even be started.
pub fn assistant(config: &Config, shell: &UserShell) -> Result<Assistant, Failure> {
    let engine = engine(config)?;
    let gate = (config.backend() != Backend::Openai && config.model() == ModelSpec::Builtin)
        .then(|| Gate::parse(GATE).ok())
        .flatten();
    let settings = assistant::Settings { max_tokens: config.max_tokens(), sampling: config.sampling(seed()), gate };
    Ok(Assistant::new(engine, Context::gather(shell.shell, config.detail()), facts(config), settings))
}

/// Makes an assistant that asks the built-in model, whatever else answers.
///
/// # Errors
///
/// When it can't be started.
pub fn preview(config: &Config, shell: &UserShell) -> Result<Assistant, Failure> {
    let settings = assistant::Settings {
        max_tokens: config.max_tokens(),
        sampling: Sampling::Greedy,
        gate: Gate::parse(GATE).ok(),
    };
    let engine = Box::new(LlamaEngine::start(ModelSpec::Builtin.locate(&cache_folder())?, BUILTIN)?);
    Ok(Assistant::new(engine, Context::gather(shell.shell, config.detail()), facts(config), settings))
}

/// The log of what is run, unless it is switched off.
pub fn run_log(config: &Config) -> Option<RunLog> {
    state_folder().filter(|_| config.keeps_run_log()).map(|folder| RunLog::at(folder.join("runs.jsonl")))
}

/// What happens to the errors of what is run.
pub fn errors(config: &Config) -> Errors {
    if config.captures_errors() { Errors::Kept } else { Errors::Shown }
}

/// What the judge may know about the place where commands run.
pub fn facts(config: &Config) -> Facts {
    let text = |path: PathBuf| path.into_os_string().into_string().ok();
    Facts {
        home: home_folder().and_then(text),
        cwd: std::env::current_dir().ok().and_then(text),
        user: std::env::var("USER").ok().filter(|user| !user.is_empty()),
        own: config.own_rules().clone(),
    }
}

/// The shell commands are written for and run by.
pub fn shell(config: &Config) -> UserShell {
    UserShell::find(config.shell(), std::env::var_os("SHELL").as_deref().map(std::path::Path::new))
}

fn engine(config: &Config) -> Result<Box<dyn Engine>, Failure> {
    match config.backend() {
        Backend::Openai => server(config),
        Backend::Auto | Backend::Embedded => embedded(config),
    }
}

fn embedded(config: &Config) -> Result<Box<dyn Engine>, Failure> {
    let file = config.model().locate(&cache_folder())?;
    let settings = if file.builtin {
        BUILTIN
    } else {
        Settings {
            threads: config.threads().unwrap_or_else(physical_cores),
            repack: config.repack(),
            context_tokens: config.context_tokens(),
            beams: 1,
        }
    };
    Ok(Box::new(LlamaEngine::start(file, settings)?))
}

fn server(config: &Config) -> Result<Box<dyn Engine>, Failure> {
    let url = config.base_url().ok_or_else(|| {
        Failure::usage("the backend `openai` needs the address of a server")
            .hint("name it: `--base-url http://127.0.0.1:8080`")
    })?;
    let key = std::env::var("CARO_API_KEY").ok().and_then(|key| ApiKey::new(&key));
    let engine = RemoteEngine::new(url, key, config.model_name().map(str::to_owned))?;
    if config.offline() && !engine.is_local() {
        return Err(Failure::new(Exit::NoEngine, format!("caro is offline, so {url} is not asked"))
            .hint("leave `--offline` (CARO_OFFLINE, HF_HUB_OFFLINE) out, or use the built-in model"));
    }
    Ok(Box::new(engine))
}

/// How the built-in model is run: so small that a second thread would only wait for the first; a few replies side by side
/// when it is unsure.
const BUILTIN: Settings = Settings { threads: 1, repack: false, context_tokens: 256, beams: 4 };

/// Cores that this process may use; hyperthreads add nothing to a job that waits for memory.
fn physical_cores() -> u32 {
    num_cpus::get_physical().min(num_cpus::get()).max(1) as u32
}

/// A seed that differs from run to run.
fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |elapsed| elapsed.as_nanos() as u64) ^ u64::from(std::process::id())
}
