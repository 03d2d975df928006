//! The config file: reading it with the place of every mistake, and changing one value without
//! touching the rest, comments included.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use toml_edit::{Document, DocumentMut, Item, Table, TableLike, Value};

use super::{ConfigPath, KEYS, Key, Kind};
use crate::error::{Exit, Failure, nearest};
use crate::safety::OwnRules;

/// What a config file says.
#[derive(Debug, Default)]
pub struct Content {
    /// The values, by the names of their settings.
    pub values: BTreeMap<&'static str, String>,
    pub own_rules: OwnRules,
}

/// Reads the file; nothing when there is none.
pub fn read(path: &ConfigPath) -> Result<Content, Failure> {
    let Some(file) = &path.path else { return Ok(Content::default()) };
    match fs::read_to_string(file) {
        Ok(text) => parse(file, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && !path.named => Ok(Content::default()),
        Err(error) => Err(Failure::usage(format!("can't read the config file {}: {error}", file.display()))
            .hint("check the path given by `--config` or CARO_CONFIG")),
    }
}

/// Sets `key` to `value` in the file, which is made when it is absent.
///
/// # Errors
///
/// When the value is not what the setting may be, or the file can't be understood or written.
pub fn set(path: &ConfigPath, key: &Key, value: &str) -> Result<PathBuf, Failure> {
    let value = key.validate(value).map_err(|reason| Failure::usage(format!("`{}` {reason}", key.name)))?;
    change(path, |document| {
        let (table, name) = table_of(document, key)?;
        let mut value = as_toml(key, &value);
        match table.get_mut(name).and_then(Item::as_value_mut) {
            Some(old) => {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            None => {
                table.insert(name, Item::Value(value));
            }
        }
        Some(())
    })
}

/// Removes `key` from the file, so that its default holds again.
///
/// # Errors
///
/// When the file can't be understood or written.
pub fn unset(path: &ConfigPath, key: &Key) -> Result<PathBuf, Failure> {
    change(path, |document| {
        let (table, name) = table_of(document, key)?;
        table.remove(name);
        Some(())
    })
}

fn change(path: &ConfigPath, edit: impl Fn(&mut DocumentMut) -> Option<()>) -> Result<PathBuf, Failure> {
    let Some(file) = &path.path else {
        return Err(
            Failure::usage("there is no home folder to keep a config file in").hint("name one with `--config FILE`")
        );
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::usage(format!("can't read the config file {}: {error}", file.display()))),
    };
    // A file with a mistake in it is not written to: the change could bury the mistake.
    parse(file, &text)?;
    let unusable =
        || Failure::usage(format!("can't change the config file {}: it is laid out in another way", file.display()));
    let mut document: DocumentMut = text.parse().map_err(|_| unusable())?;
    edit(&mut document).ok_or_else(unusable)?;
    write(file, &document.to_string()).map_err(|error| {
        Failure::new(Exit::Failure, format!("can't write the config file {}: {error}", file.display()))
    })?;
    Ok(file.clone())
}

/// Replaces the file as a whole or not at all; a link to it stays a link.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    if let Ok(metadata) = fs::metadata(&file) {
        new.as_file().set_permissions(metadata.permissions())?;
    }
    new.as_file().sync_all()?;
    new.persist(&file).map_err(|error| error.error)?;
    Ok(())
}

/// Finds or makes the table that `key` lies in, and its name there.
fn table_of<'a>(document: &'a mut DocumentMut, key: &'a Key) -> Option<(&'a mut dyn TableLike, &'a str)> {
    match key.name.split_once('.') {
        None => Some((document.as_table_mut(), key.name)),
        Some((table, name)) => {
            let item = document.entry(table).or_insert_with(|| Item::Table(Table::new()));
            Some((item.as_table_like_mut()?, name))
        }
    }
}

fn as_toml(key: &Key, value: &str) -> Value {
    match key.kind {
        Kind::Text | Kind::Choice(_) => Value::from(value),
        Kind::Switch => Value::from(value == "true"),
        Kind::Number(..) => value.parse::<i64>().map_or_else(|_| Value::from(value), Value::from),
        Kind::Decimal(..) => value.parse::<f64>().map_or_else(|_| Value::from(value), Value::from),
    }
}

fn parse(file: &Path, text: &str) -> Result<Content, Failure> {
    let document = Document::parse(text).map_err(|error| {
        let reason = error.message().lines().next().unwrap_or_default().to_owned();
        mistake(file, text, error.span(), &reason)
    })?;
    let mut content = Content::default();
    collect(file, text, "", document.as_table(), &mut content)?;
    Ok(content)
}

fn collect(file: &Path, text: &str, prefix: &str, table: &dyn TableLike, content: &mut Content) -> Result<(), Failure> {
    for (name, item) in table.iter() {
        let span = table.key(name).and_then(toml_edit::Key::span);
        let path = format!("{prefix}{name}");
        if let Some(key) = Key::named(&path) {
            let value =
                text_of(item).ok_or_else(|| "is not a single value".to_owned()).and_then(|value| key.validate(&value));
            let value =
                value.map_err(|reason| mistake(file, text, item.span().or(span), &format!("`{path}` {reason}")))?;
            content.values.insert(key.name, value);
        } else if path == "allow" {
            content.own_rules.allow = rules(file, text, &path, item)?;
        } else if path == "deny" {
            content.own_rules.deny = rules(file, text, &path, item)?;
        } else if let Some(inner) = item.as_table_like().filter(|_| is_table(&path)) {
            collect(file, text, &format!("{path}."), inner, content)?;
        } else {
            let failure = mistake(file, text, span, &format!("`{path}` is not a setting"));
            return Err(match nearest(&path, KEYS.iter().map(|key| key.name)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("`caro config list` shows every setting"),
            });
        }
    }
    Ok(())
}

/// Reads the user's own rules: a table each, `[[allow]]` or `[[deny]]`.
fn rules<T: serde::de::DeserializeOwned>(file: &Path, text: &str, name: &str, item: &Item) -> Result<Vec<T>, Failure> {
    let tables = item.as_array_of_tables().ok_or_else(|| {
        mistake(file, text, item.span(), &format!("`{name}` is not a list of tables: write `[[{name}]]`"))
    })?;
    let rule = |table: &Table| {
        toml_edit::de::from_str(&table.to_string()).map_err(|error| {
            let reason = error.message().lines().next().unwrap_or_default().to_owned();
            mistake(file, text, table.span(), &format!("in this `[[{name}]]`: {reason}"))
        })
    };
    tables.iter().map(rule).collect()
}

fn is_table(path: &str) -> bool {
    KEYS.iter().any(|key| key.name.split_once('.').is_some_and(|(table, _)| table == path))
}

fn text_of(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        Value::Boolean(switch) => Some(switch.value().to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// Says where in the file a mistake is, as `FILE:LINE:COLUMN`.
fn mistake(file: &Path, text: &str, span: Option<Range<usize>>, reason: &str) -> Failure {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Failure::usage(format!("{}:{line}:{column}: {reason}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> (String, Option<String>) {
        let failure = parse(Path::new("c.toml"), text).unwrap_err();
        (failure.message, failure.hint)
    }

    #[test]
    fn mistakes_have_a_place() {
        assert_eq!(failure("a = \n").0, "c.toml:1:5: string values must be quoted, expected literal string");
        assert_eq!(
            failure("# x\n[model]\n  pth = \"m\"\n"),
            ("c.toml:3:3: `model.pth` is not a setting".into(), Some("did you mean `model.path`?".into()))
        );
        assert_eq!(failure("plain = 3\n").0, "c.toml:1:9: `plain` is `3`, but must be true or false");
        assert_eq!(failure("backend = [1]\n").0, "c.toml:1:11: `backend` is not a single value");
        assert_eq!(failure("[colours]\n").0, "c.toml:1:2: `colours` is not a setting");
    }

    #[test]
    fn tables_are_read_in_both_forms() {
        let values = parse(Path::new("c"), "model.path = \"~/m.gguf\"\n[reply]\nmax_tokens = 64\n").unwrap().values;
        assert_eq!(values["model.path"], "~/m.gguf");
        assert_eq!(values["reply.max_tokens"], "64");
    }

    #[test]
    fn own_rules_are_read_and_their_mistakes_have_a_place() {
        let text = "plain = true\n[[deny]]\nid = \"no-prod\"\ncommand = \"deploy\"\nlevel = \"danger\"\nreason = \"deploys\"\n\
                    [[allow]]\ncommand = \"rm\"\npath_under = \"~/scratch\"\nmax_level = \"danger\"\n";
        let own = parse(Path::new("c"), text).unwrap().own_rules;
        assert_eq!((own.deny[0].command.as_str(), own.allow[0].path_under.as_deref()), ("deploy", Some("~/scratch")));
        let (message, _) = failure("plain = true\n[[allow]]\ncommand = \"rm\"\nmax_level = \"huge\"\n");
        assert!(message.starts_with("c.toml:2:1: in this `[[allow]]`: unknown variant `huge`"), "{message}");
        assert!(failure("[[deny]]\ncomand = \"x\"\n").0.contains("in this `[[deny]]`"));
        assert!(failure("allow = 3\n").0.contains("write `[[allow]]`"));
    }

    #[test]
    fn a_change_keeps_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = ConfigPath { path: Some(folder.path().join("deep/config.toml")), named: false };
        let key = |name| Key::named(name).unwrap();
        set(&path, key("model.threads"), "2").unwrap();
        let file = path.path.clone().unwrap();
        fs::write(&file, "# mine\ncontext = \"none\" # little\n\n[model]\n# few\nthreads = 2\n").unwrap();
        set(&path, key("context"), "full").unwrap();
        set(&path, key("model.path"), "/m.gguf").unwrap();
        set(&path, key("plain"), "yes").unwrap();
        unset(&path, key("model.threads")).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text, "# mine\ncontext = \"full\" # little\nplain = true\n\n[model]\npath = \"/m.gguf\"\n");
    }

    #[test]
    fn a_broken_file_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "contxt = \"none\"\n").unwrap();
        let path = ConfigPath { path: Some(file.clone()), named: false };
        assert!(set(&path, Key::named("context").unwrap(), "full").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "contxt = \"none\"\n");
    }
}
