//! Settings: plain data, each value knowing where it came from.
//!
//! Defaults, then the config file, then the environment, then flags; the later one wins. The rooms
//! own the types of their options, this file names them, and no room knows this file.

mod file;
mod keys;

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

pub use file::{set, unset};
pub use keys::{KEYS, Key, Kind};

use crate::context::Detail;
use crate::engine::Sampling;
use crate::error::Failure;
use crate::model::ModelSpec;
use crate::safety::{OwnRules, Policy};
use crate::shell::Shell;
use crate::term::EditMode;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// The config file.
    File,
    /// This environment variable.
    Variable(&'static str),
    /// This flag, without its dashes.
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File => f.write_str("file"),
            Origin::Variable(name) => f.write_str(name),
            Origin::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub value: String,
    pub origin: Origin,
}

/// Every setting, in the order of [`KEYS`]; `None` where it is absent.
#[derive(Debug, Clone)]
pub struct Config {
    settings: Vec<Option<Setting>>,
    own_rules: OwnRules,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// caro chooses.
    Auto,
    Embedded,
    Openai,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Config {
    /// Reads the settings from the file at `path` (nothing when there is none), the environment,
    /// and `flag`, which gives the value of a setting's flag.
    ///
    /// # Errors
    ///
    /// When the file can't be read or understood, or a value is not what its setting may be.
    pub fn load(
        path: &ConfigPath,
        variable: impl Fn(&str) -> Option<String>,
        flag: impl Fn(&Key) -> Option<String>,
    ) -> Result<Config, Failure> {
        let from_file = file::read(path)?;
        let setting = |key: &'static Key| -> Result<Option<Setting>, Failure> {
            if let Some((name, value)) = key.flag.zip(flag(key)) {
                return checked(key, &value, Origin::Flag(name)).map(Some);
            }
            for name in key.variables {
                if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
                    return checked(key, &value, Origin::Variable(name)).map(Some);
                }
            }
            if let Some(value) = from_file.values.get(key.name) {
                return Ok(Some(Setting { value: value.clone(), origin: Origin::File }));
            }
            Ok(key.default.map(|value| Setting { value: value.to_owned(), origin: Origin::Default }))
        };
        let settings = KEYS.iter().map(setting).collect::<Result<_, _>>()?;
        Ok(Config { settings, own_rules: from_file.own_rules.clone() })
    }

    /// Every setting that has a value, and those that have none.
    pub fn settings(&self) -> impl Iterator<Item = (&'static Key, Option<&Setting>)> {
        KEYS.iter().zip(&self.settings).map(|(key, setting)| (key, setting.as_ref()))
    }

    /// The setting called `name`, which must be in the table.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings().find(|(key, _)| key.name == name).and_then(|(_, setting)| setting)
    }

    fn value(&self, name: &str) -> Option<&str> {
        debug_assert!(Key::named(name).is_some(), "{name} is not in the table");
        self.setting(name).map(|setting| setting.value.as_str())
    }

    fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.value(name)?.parse().ok()
    }

    fn is_on(&self, name: &str) -> bool {
        self.value(name) == Some("true")
    }

    /// `backend`.
    pub fn backend(&self) -> Backend {
        match self.value("backend") {
            Some("embedded") => Backend::Embedded,
            Some("openai") => Backend::Openai,
            _ => Backend::Auto,
        }
    }

    /// `base_url`.
    pub fn base_url(&self) -> Option<&str> {
        self.value("base_url")
    }

    /// `model.path` as it stands: with a server it is a model's name.
    pub fn model_name(&self) -> Option<&str> {
        self.value("model.path")
    }

    /// The model of the engine in this process: `model.size` when it is nano, else `model.path`.
    pub fn model(&self) -> ModelSpec {
        match (self.value("model.size"), self.model_name()) {
            (Some("nano"), _) | (_, None) => ModelSpec::Builtin,
            (_, Some(path)) => ModelSpec::File(expand_home(path)),
        }
    }

    /// `model.threads`.
    pub fn threads(&self) -> Option<u32> {
        self.number("model.threads")
    }

    /// `model.repack`.
    pub fn repack(&self) -> bool {
        self.is_on("model.repack")
    }

    /// `model.context_tokens`.
    pub fn context_tokens(&self) -> u32 {
        self.number("model.context_tokens").unwrap_or(2048)
    }

    /// `reply.max_tokens`.
    pub fn max_tokens(&self) -> u32 {
        self.number("reply.max_tokens").unwrap_or(256)
    }

    /// `reply.temperature`; `seed` starts the drawing.
    pub fn sampling(&self, seed: u64) -> Sampling {
        match self.number::<f32>("reply.temperature") {
            Some(temperature) if temperature > 0.0 => Sampling::Temperature { temperature, seed },
            _ => Sampling::Greedy,
        }
    }

    /// `safety`.
    pub fn policy(&self) -> Policy {
        match self.value("safety") {
            Some("strict") => Policy::Strict,
            Some("permissive") => Policy::Permissive,
            _ => Policy::Moderate,
        }
    }

    /// The user's own rules for the judge: `[[allow]]` and `[[deny]]`.
    pub fn own_rules(&self) -> &OwnRules {
        &self.own_rules
    }

    /// `context`.
    pub fn detail(&self) -> Detail {
        self.value("context").and_then(|word| word.parse().ok()).unwrap_or_default()
    }

    /// `shell`, when it is not `auto`.
    pub fn shell(&self) -> Option<Shell> {
        self.value("shell")?.parse().ok()
    }

    /// `color`.
    pub fn color(&self) -> Color {
        match self.value("color") {
            Some("always") => Color::Always,
            Some("never") => Color::Never,
            _ => Color::Auto,
        }
    }

    /// `plain`.
    pub fn plain(&self) -> bool {
        self.is_on("plain")
    }

    /// `run_log`.
    pub fn keeps_run_log(&self) -> bool {
        self.is_on("run_log")
    }

    /// `capture_errors`.
    pub fn captures_errors(&self) -> bool {
        self.is_on("capture_errors")
    }

    /// `repl.preview`.
    pub fn preview(&self) -> bool {
        self.is_on("repl.preview")
    }

    /// `repl.edit_mode`.
    pub fn edit_mode(&self) -> EditMode {
        match self.value("repl.edit_mode") {
            Some("vi") => EditMode::Vi,
            _ => EditMode::Emacs,
        }
    }

    /// `offline`.
    pub fn offline(&self) -> bool {
        self.is_on("offline")
    }
}

fn checked(key: &'static Key, value: &str, origin: Origin) -> Result<Setting, Failure> {
    let value = key.validate(value).map_err(|reason| Failure::usage(format!("{origin} {reason}")))?;
    Ok(Setting { value, origin })
}

/// The config file and whether somebody named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPath {
    pub path: Option<PathBuf>,
    /// A file that was named must be there.
    pub named: bool,
}

impl ConfigPath {
    /// Finds the config file: `named`, else `~/.config/caro/config.toml` (or below
    /// `XDG_CONFIG_HOME`).
    pub fn find(named: Option<PathBuf>) -> ConfigPath {
        match named.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => ConfigPath { path: Some(path), named: true },
            None => {
                let path = folders().map(|folders| folders.config_dir().join("caro/config.toml"));
                ConfigPath { path, named: false }
            }
        }
    }
}

/// Where caro keeps what it can make again: `~/.cache/caro`, or below the temporary folder when
/// there is no home.
pub fn cache_folder() -> PathBuf {
    match folders() {
        Some(folders) => folders.cache_dir().join("caro"),
        None => std::env::temp_dir().join(format!("caro-{}", nix::unistd::getuid())),
    }
}

/// Where caro keeps what it can't make again and nobody sets: `~/.local/state/caro`; none without a home.
pub fn state_folder() -> Option<PathBuf> {
    folders().and_then(|folders| folders.state_dir().map(|folder| folder.join("caro")))
}

/// The user's home, when there is one.
pub fn home_folder() -> Option<PathBuf> {
    folders().map(|folders| folders.home_dir().to_path_buf())
}

/// The XDG folders, on macOS too; none without an absolute home.
fn folders() -> Option<impl BaseStrategy> {
    etcetera::base_strategy::Xdg::new().ok().filter(|folders| folders.home_dir().is_absolute())
}

fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), folders()) {
        (Some(rest), Some(folders)) => folders.home_dir().join(rest),
        _ => Path::new(path).to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, file).unwrap();
        let find = |pairs: &[(&str, &str)], name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Config::load(
            &ConfigPath { path: Some(path), named: true },
            |name| find(variables, name),
            |key| find(flags, key.name),
        )
    }

    #[test]
    fn the_later_origin_wins() {
        let origin = |config: &Config| config.setting("context").unwrap().origin.clone();
        let value = |config: &Config| config.value("context").unwrap().to_owned();
        let file = "context = \"none\"\n";
        let config = load("", &[], &[]).unwrap();
        assert_eq!((value(&config), origin(&config)), ("full".into(), Origin::Default));
        let config = load(file, &[], &[]).unwrap();
        assert_eq!((value(&config), origin(&config)), ("none".into(), Origin::File));
        let config = load(file, &[("CARO_CONTEXT", "minimal")], &[]).unwrap();
        assert_eq!((value(&config), origin(&config)), ("minimal".into(), Origin::Variable("CARO_CONTEXT")));
        let config = load(file, &[("CARO_CONTEXT", "minimal")], &[("context", "full")]).unwrap();
        assert_eq!((value(&config), origin(&config)), ("full".into(), Origin::Flag("context")));
    }

    #[test]
    fn our_variable_beats_the_common_one() {
        let config = load("", &[("INFERENCE_BACKEND", "openai"), ("CARO_BACKEND", "embedded")], &[]).unwrap();
        assert_eq!(config.backend(), Backend::Embedded);
        let config = load("", &[("INFERENCE_BACKEND", "openai"), ("CARO_BACKEND", "")], &[]).unwrap();
        assert_eq!(config.backend(), Backend::Openai);
    }

    #[test]
    fn a_wrong_value_names_its_origin() {
        let failure = load("", &[("CARO_THREADS", "many")], &[]).unwrap_err();
        assert_eq!(failure.message, "CARO_THREADS is `many`, but must be a whole number from 1 to 512");
        let failure = load("", &[], &[("backend", "x")]).unwrap_err();
        assert!(failure.message.starts_with("--backend is `x`"), "{failure}");
    }

    #[test]
    fn the_model_is_nano_unless_another_is_named() {
        assert_eq!(load("", &[], &[]).unwrap().model(), ModelSpec::Builtin);
        let file = "[model]\npath = \"/m.gguf\"\n";
        assert_eq!(load(file, &[], &[]).unwrap().model(), ModelSpec::File("/m.gguf".into()));
        assert_eq!(load(file, &[], &[("model.size", "nano")]).unwrap().model(), ModelSpec::Builtin);
    }

    #[test]
    fn greedy_unless_a_temperature_is_set() {
        assert_eq!(load("", &[], &[]).unwrap().sampling(1), Sampling::Greedy);
        let config = load("[reply]\ntemperature = 0.5\n", &[], &[]).unwrap();
        assert_eq!(config.sampling(1), Sampling::Temperature { temperature: 0.5, seed: 1 });
    }
}
