//! Every setting, once: its name in the file, its variable, its flag, what it may be, what it does.
//!
//! Loading, validation, `--help`, the man page, `caro config` and its error messages all come from
//! this table. A new setting is a new row, and a getter in `config.rs` where it is used.

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// The name in the config file; a dot stands for a table.
    pub name: &'static str,
    pub kind: Kind,
    /// What holds when nobody says otherwise; without one, the setting is absent.
    pub default: Option<&'static str>,
    /// Environment variables that set it, ours first; the first one that is set wins.
    pub variables: &'static [&'static str],
    /// The long flag, without its dashes.
    pub flag: Option<&'static str>,
    /// What the value is called in the help.
    pub value_name: &'static str,
    /// One line for people, without a full stop.
    pub help: &'static str,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text that is not empty.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// True or false.
    Switch,
    /// A whole number from the first to the second.
    Number(u32, u32),
    /// A decimal number from the first to the second.
    Decimal(f32, f32),
}

/// The table, in the order in which it is shown.
pub static KEYS: &[Key] = &[
    Key {
        name: "backend",
        kind: Kind::Choice(&["auto", "embedded", "openai"]),
        default: Some("auto"),
        variables: &["CARO_BACKEND", "INFERENCE_BACKEND"],
        flag: Some("backend"),
        value_name: "BACKEND",
        help: "Who answers: a model in this process, or a server that speaks the OpenAI protocol",
    },
    Key {
        name: "base_url",
        kind: Kind::Text,
        default: None,
        variables: &["CARO_BASE_URL"],
        flag: Some("base-url"),
        value_name: "URL",
        help: "Address of that server, with or without `/v1`; its key comes from CARO_API_KEY",
    },
    Key {
        name: "model.path",
        kind: Kind::Text,
        default: None,
        variables: &["CARO_MODEL"],
        flag: Some("model"),
        value_name: "PATH",
        help: "A GGUF file with a chat template; with a server, the name of one of its models",
    },
    Key {
        name: "model.size",
        kind: Kind::Choice(&["auto", "nano"]),
        default: Some("auto"),
        variables: &["CARO_MODEL_SIZE"],
        flag: Some("model-size"),
        value_name: "SIZE",
        help: "`nano` is the model inside caro; `auto` is the one named by `model.path`, else nano",
    },
    Key {
        name: "model.threads",
        kind: Kind::Number(1, 512),
        default: None,
        variables: &["CARO_THREADS"],
        flag: None,
        value_name: "N",
        help: "CPU threads for a model named by `model.path`; the physical cores when not set",
    },
    Key {
        name: "model.repack",
        kind: Kind::Switch,
        default: Some("false"),
        variables: &["CARO_REPACK"],
        flag: None,
        value_name: "BOOL",
        help: "Repack weights while loading: slower to load, a fifth faster to write; pays beyond 70 tokens",
    },
    Key {
        name: "model.context_tokens",
        kind: Kind::Number(256, 131_072),
        default: Some("2048"),
        variables: &["CARO_CONTEXT_TOKENS"],
        flag: None,
        value_name: "N",
        help: "Tokens of prompt and reply together that a model named by `model.path` can hold",
    },
    Key {
        name: "reply.max_tokens",
        kind: Kind::Number(16, 4096),
        default: Some("256"),
        variables: &["CARO_MAX_TOKENS"],
        flag: None,
        value_name: "N",
        help: "The most tokens a reply may have",
    },
    Key {
        name: "reply.temperature",
        kind: Kind::Decimal(0.0, 2.0),
        default: Some("0"),
        variables: &["CARO_TEMPERATURE"],
        flag: None,
        value_name: "NUMBER",
        help: "0 always takes the likeliest token; higher draws more freely",
    },
    Key {
        name: "safety",
        kind: Kind::Choice(&["strict", "moderate", "permissive"]),
        default: Some("moderate"),
        variables: &["CARO_SAFETY"],
        flag: Some("safety"),
        value_name: "POLICY",
        help: "How much a command of each level needs before it runs; `caro check --help` tells the levels",
    },
    Key {
        name: "context",
        kind: Kind::Choice(&["full", "minimal", "none"]),
        default: Some("full"),
        variables: &["CARO_CONTEXT"],
        flag: Some("context"),
        value_name: "DETAIL",
        help: "What the model is told: shell, system and folder; shell and system; the shell alone",
    },
    Key {
        name: "shell",
        kind: Kind::Choice(&["auto", "bash", "zsh", "fish"]),
        default: Some("auto"),
        variables: &["CARO_SHELL"],
        flag: Some("shell"),
        value_name: "SHELL",
        help: "The shell that commands are written for and run by; `auto` is $SHELL",
    },
    Key {
        name: "run_log",
        kind: Kind::Switch,
        default: Some("true"),
        variables: &["CARO_RUN_LOG"],
        flag: None,
        value_name: "BOOL",
        help: "Keep a private log of the commands caro ran, in ~/.local/state/caro/runs.jsonl",
    },
    Key {
        name: "capture_errors",
        kind: Kind::Switch,
        default: Some("false"),
        variables: &["CARO_CAPTURE_ERRORS"],
        flag: None,
        value_name: "BOOL",
        help: "Keep the last lines of a command's errors for `fix`; the command then sees no terminal there",
    },
    Key {
        name: "repl.preview",
        kind: Kind::Switch,
        default: Some("true"),
        variables: &["CARO_PREVIEW"],
        flag: None,
        value_name: "BOOL",
        help: "Show what the built-in model would suggest while a request is being typed",
    },
    Key {
        name: "repl.edit_mode",
        kind: Kind::Choice(&["emacs", "vi"]),
        default: Some("emacs"),
        variables: &["CARO_EDIT_MODE"],
        flag: None,
        value_name: "MODE",
        help: "The keys of the line editor",
    },
    Key {
        name: "color",
        kind: Kind::Choice(&["auto", "always", "never"]),
        default: Some("auto"),
        variables: &["CARO_COLOR"],
        flag: Some("color"),
        value_name: "WHEN",
        help: "Colours; `auto` looks at NO_COLOR, CLICOLOR_FORCE, TERM and whether it is a terminal",
    },
    Key {
        name: "plain",
        kind: Kind::Switch,
        default: Some("false"),
        variables: &["CARO_PLAIN"],
        flag: Some("plain"),
        value_name: "BOOL",
        help: "Whole sentences and typed words: no cursor moves, no single keys, no colours",
    },
    Key {
        name: "offline",
        kind: Kind::Switch,
        default: Some("false"),
        variables: &["CARO_OFFLINE", "HF_HUB_OFFLINE"],
        flag: Some("offline"),
        value_name: "BOOL",
        help: "Open no connection to any other machine",
    },
];

impl Key {
    /// Finds a setting by its name in the file.
    pub fn named(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Returns `value` in the form in which it is kept, or what is wrong with it.
    ///
    /// # Errors
    ///
    /// What the setting may be instead.
    pub fn validate(&self, value: &str) -> Result<String, String> {
        let value = value.trim();
        match self.kind {
            Kind::Text if value.is_empty() => Err("is empty".to_owned()),
            Kind::Text => Ok(value.to_owned()),
            Kind::Choice(words) if words.contains(&value) => Ok(value.to_owned()),
            Kind::Choice(words) => Err(format!("is `{value}`, but must be one of {}", words.join(", "))),
            Kind::Switch => match value.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Ok("true".to_owned()),
                "" | "0" | "false" | "no" | "off" => Ok("false".to_owned()),
                _ => Err(format!("is `{value}`, but must be true or false")),
            },
            Kind::Number(least, most) => match value.parse::<u32>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                _ => Err(format!("is `{value}`, but must be a whole number from {least} to {most}")),
            },
            Kind::Decimal(least, most) => match value.parse::<f32>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                _ => Err(format!("is `{value}`, but must be a number from {least} to {most}")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_flags_and_variables_are_unique_and_defaults_are_valid() {
        for (index, key) in KEYS.iter().enumerate() {
            if let Some(default) = key.default {
                assert_eq!(key.validate(default).as_deref(), Ok(default), "{}", key.name);
            }
            assert!(key.variables[0].starts_with("CARO_"), "{}", key.name);
            assert!(!key.help.ends_with('.') && key.help.len() <= 100, "{}: {}", key.name, key.help.len());
            for other in &KEYS[index + 1..] {
                assert_ne!(key.name, other.name);
                assert!(key.flag.is_none() || key.flag != other.flag, "{}", key.name);
                assert!(!other.variables.iter().any(|variable| key.variables.contains(variable)), "{}", key.name);
            }
        }
    }

    #[test]
    fn values_are_checked() {
        let check = |name, value: &str| Key::named(name).unwrap().validate(value);
        assert_eq!(check("plain", "Yes").as_deref(), Ok("true"));
        assert_eq!(check("offline", "").as_deref(), Ok("false"));
        assert!(check("plain", "maybe").unwrap_err().contains("true or false"));
        assert!(check("reply.max_tokens", "3").unwrap_err().contains("16 to 4096"));
        assert!(check("backend", "ollma").unwrap_err().contains("embedded"));
        assert_eq!(check("reply.temperature", "0.70").as_deref(), Ok("0.7"));
        assert!(check("reply.temperature", "NaN").is_err());
        assert!(check("base_url", " ").is_err());
    }
}
