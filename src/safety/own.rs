//! The user's own rules: on the command as it was unwrapped and folded, never on text.

use crate::safety::ast::Span;
use crate::safety::target::Path;
use crate::safety::value::{FILLED, HOME, UNKNOWN, Value};
use crate::safety::walk::Walker;
use crate::safety::{Finding, Level};
use std::borrow::Cow;

/// What the user wants besides the built-in rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnRules {
    pub deny: Vec<Deny>,
    pub allow: Vec<Allow>,
}

/// Commands that get a level of their own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deny {
    pub id: String,
    pub command: String,
    /// The first operands: `["delete"]`.
    #[serde(default)]
    pub sub: Vec<String>,
    /// Any of these options is there; none asked for when empty.
    #[serde(default)]
    pub options_any: Vec<String>,
    /// Some operand lies in this folder.
    #[serde(default)]
    pub path_under: Option<String>,
    pub level: Level,
    pub reason: String,
}

/// Commands that are fine as they are; covers one simple command, and nothing it runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    pub command: String,
    #[serde(default)]
    pub sub: Vec<String>,
    /// No option but these is there; any when absent.
    #[serde(default)]
    pub options_only: Option<Vec<String>>,
    /// Every operand behind `sub` lies in this folder.
    #[serde(default)]
    pub path_under: Option<String>,
    /// Findings up to this level are taken back; never critical ones.
    pub max_level: Level,
    #[serde(default)]
    pub reason: String,
}

impl Walker<'_> {
    /// Adds the findings of the user's own rules.
    pub fn own_rules(&mut self, argv: &[Value], span: Span) {
        if self.facts.own.deny.is_empty() {
            return;
        }
        let facts = self.facts;
        for deny in &facts.own.deny {
            let words = words(argv);
            let options =
                deny.options_any.is_empty() || deny.options_any.iter().any(|option| has_option(&words, option));
            let path =
                deny.path_under.as_ref().is_none_or(|folder| argv[1..].iter().any(|word| self.is_under(word, folder)));
            if named(argv, &deny.command) && begins(&words, &deny.sub) && options && path {
                let span = self.place.unwrap_or(span);
                self.findings.push(Finding {
                    rule: Cow::Owned(deny.id.clone()),
                    level: deny.level,
                    span: span.start..span.end,
                    reason: deny.reason.clone(),
                    hint: None,
                    deletes: Vec::new(),
                });
            }
        }
    }

    /// Takes back the findings from `first` on that an allow entry covers.
    pub fn allow(&mut self, argv: &[Value], first: usize) {
        if self.facts.own.allow.is_empty() {
            return;
        }
        let facts = self.facts;
        let words = words(argv);
        for allow in &facts.own.allow {
            let only = |options: &Vec<String>| {
                words
                    .iter()
                    .filter(|word| word.starts_with('-'))
                    .all(|word| options.iter().any(|option| covers(word, option)))
            };
            let behind = operands(&words).skip(allow.sub.len());
            let under = |folder: &String| {
                let paths: Vec<&str> = behind.clone().collect();
                !paths.is_empty()
                    && argv[1..]
                        .iter()
                        .filter(|word| paths.contains(&word.text.as_str()))
                        .all(|word| self.is_surely_under(word, folder))
            };
            let fits = named(argv, &allow.command)
                && begins(&words, &allow.sub)
                && allow.options_only.as_ref().is_none_or(only)
                && allow.path_under.as_ref().is_none_or(under);
            if fits {
                let limit = allow.max_level.min(Level::Danger);
                let mut at = 0;
                self.findings.retain(|finding| {
                    at += 1;
                    at <= first || finding.level > limit
                });
            }
        }
    }

    /// Returns true when a word names something below a folder of this disk, as far as the word is known.
    fn is_under(&self, word: &Value, folder: &str) -> bool {
        let folder = match folder.strip_prefix('~') {
            Some(rest) => format!("{HOME}{rest}"),
            None => folder.to_string(),
        };
        let folder = Path::read(&folder, "", self.facts).placed(self.facts);
        !self.away && self.target(word).path.placed(self.facts).is_below(&folder)
    }

    /// The same, whatever the unknown parts of the word turn out to be.
    fn is_surely_under(&self, word: &Value, folder: &str) -> bool {
        !word.text.contains([UNKNOWN, FILLED]) && self.is_under(word, folder)
    }
}

fn words(argv: &[Value]) -> Vec<&str> {
    argv[1..].iter().map(|word| word.text.as_str()).collect()
}

fn named(argv: &[Value], command: &str) -> bool {
    argv[0].text == command || argv[0].text.rsplit('/').next() == Some(command)
}

fn operands<'a>(words: &'a [&'a str]) -> impl Iterator<Item = &'a str> + Clone {
    words.iter().copied().filter(|word| !word.starts_with('-'))
}

fn begins(words: &[&str], sub: &[String]) -> bool {
    sub.is_empty() || operands(words).take(sub.len()).eq(sub.iter().map(String::as_str))
}

fn has_option(words: &[&str], option: &str) -> bool {
    words.iter().any(|word| covers(word, option) || in_cluster(word, option))
}

/// Returns true when `word` is `option`, perhaps with a value joined to it.
fn covers(word: &str, option: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty() && !letters.starts_with('-'));
    word == option
        || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
        || (option.len() == 2 && letters.is_some_and(|letters| letters.chars().all(|c| option.ends_with(c))))
}

fn in_cluster(word: &str, option: &str) -> bool {
    let letter = option.strip_prefix('-').filter(|rest| rest.chars().count() == 1);
    letter.is_some_and(|letter| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::{Facts, check_with};
    use crate::shell::Shell;

    fn facts() -> Facts {
        let deny = Deny {
            id: "no-prod".into(),
            command: "deploy".into(),
            sub: vec!["prod".into()],
            options_any: vec!["-f".into()],
            path_under: None,
            level: Level::Danger,
            reason: "deploys to production".into(),
        };
        let allow = Allow {
            command: "rm".into(),
            sub: Vec::new(),
            options_only: None,
            path_under: Some("~/scratch".into()),
            max_level: Level::Critical,
            reason: String::new(),
        };
        Facts { own: OwnRules { deny: vec![deny], allow: vec![allow] }, ..Facts::default() }
    }

    fn level(command: &str) -> Level {
        check_with(command, Shell::Bash, &facts()).level
    }

    #[test]
    fn a_deny_entry_matches_the_folded_command() {
        assert_eq!(level("deploy prod -f"), Level::Danger);
        assert_eq!(level("d=deploy; sudo $d -vf 'prod'"), Level::Danger);
        assert_eq!(level("deploy prod"), Level::Safe);
        assert_eq!(level("deploy prod ff é"), Level::Safe);
        assert_eq!(level("echo deploy prod -f"), Level::Safe);
    }

    #[test]
    fn an_allow_entry_covers_one_command_only() {
        assert_eq!(level("rm -rf ~/scratch/a"), Level::Safe);
        assert_eq!(level("rm -rf ~/scratch/../old"), Level::Danger);
        assert_eq!(level("rm -rf ~/scratch/a; rm -rf ~/old"), Level::Danger);
        assert_eq!(level("rm -rf ~/scratch/a ~/old"), Level::Danger);
        assert_eq!(level("rm -rf ~"), Level::Critical);
        assert_eq!(level("rm -rf ~/scratch/a > ~/.bashrc"), Level::Danger);
        assert_eq!(level("rm -rf ~/scratch/a/*"), Level::Safe);
        assert_ne!(level("rm -rf ~/scratch/\"$x\""), Level::Safe);
        assert_ne!(level("rm -rf ~/scratch/\"$x\"/../a"), Level::Safe);
        assert_eq!(level("ssh host 'rm -rf ~/scratch/a'"), Level::Danger);
    }

    #[test]
    fn a_folder_is_that_of_one_home() {
        for home in [None, Some("/home/ana".to_string())] {
            let facts = Facts { home: home.clone(), ..facts() };
            let level = |command: &str| check_with(command, Shell::Bash, &facts).level;
            assert_eq!(level("rm -rf ~/scratch/a"), Level::Safe, "{home:?}");
            assert_eq!(level("rm -rf /home/bob/scratch/a"), Level::Danger, "{home:?}");
            assert_eq!(level("rm -rf ~bob/scratch/a"), Level::Danger, "{home:?}");
            assert_eq!(level("cd ~/scratch && rm -rf a"), Level::Safe, "{home:?}");
            let own = if home.is_some() { Level::Safe } else { Level::Danger };
            assert_eq!(level("rm -rf /home/ana/scratch/a"), own, "{home:?}");
        }
        let cwd = |cwd: &str| Facts { home: Some("/home/ana".into()), cwd: Some(cwd.into()), ..facts() };
        let level = |command: &str, facts: Facts| check_with(command, Shell::Bash, &facts).level;
        assert_eq!(level("rm -rf a", cwd("/home/ana/scratch")), Level::Safe);
        assert_eq!(level("rm -rf ../a", cwd("/home/ana/scratch/b")), Level::Safe);
        assert_eq!(level("rm -rf ../a", cwd("/home/ana/scratch")), Level::Caution);
        assert_eq!(level("rm -rf a", cwd("/home/bob/scratch")), Level::Caution);
    }
}
