//! What Tab completes in a session: caro's own commands, settings, and paths.

use std::fs;
use std::path::{Path, PathBuf};

use super::meta::METAS;
use crate::term::line::Completion;

/// More than this is no choice.
const MOST: usize = 200;

/// Completes the text before the cursor. `keys` are the names of the settings.
pub fn complete(before: &str, keys: &[&'static str], home: Option<&Path>) -> Vec<Completion> {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &before[start..];
    if start == 0
        && let Some(name) = word.strip_prefix('/')
    {
        let metas = METAS.iter().filter(|meta| meta.name.starts_with(name));
        let completion = |meta: &super::meta::Meta| Completion {
            text: format!("/{}", meta.name),
            help: Some(meta.help.to_owned()),
            start: 0,
            ends_word: !meta.argument.is_empty(),
        };
        let found: Vec<Completion> = metas.map(completion).collect();
        if !found.is_empty() {
            return found;
        }
    }
    if before.starts_with("/set ") && before[..start].split_whitespace().count() == 1 {
        let keys = keys.iter().filter(|key| key.starts_with(word));
        return keys.map(|key| Completion { text: (*key).to_owned(), help: None, start, ends_word: true }).collect();
    }
    let start = if start == 0 && word.starts_with('!') { 1 } else { start };
    paths(&before[start..], start, home)
}

fn paths(word: &str, start: usize, home: Option<&Path>) -> Vec<Completion> {
    let (folder, prefix) =
        word.rsplit_once('/').map_or(("", word), |(folder, prefix)| (&word[..folder.len() + 1], prefix));
    if word.is_empty() {
        return Vec::new();
    }
    let place = match (folder.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if folder.is_empty() => PathBuf::from("."),
        _ => PathBuf::from(folder),
    };
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let mut found: Vec<Completion> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let wanted = name.starts_with(prefix) && (!name.starts_with('.') || prefix.starts_with('.'));
            let is_folder = entry.path().is_dir();
            let end = if is_folder { "/" } else { "" };
            wanted.then(|| Completion {
                text: format!("{folder}{name}{end}"),
                help: None,
                start,
                ends_word: !is_folder,
            })
        })
        .take(MOST)
        .collect();
    found.sort_by(|a, b| a.text.cmp(&b.text));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(before: &str, home: &Path) -> Vec<String> {
        complete(before, &["safety", "shell"], Some(home)).into_iter().map(|completion| completion.text).collect()
    }

    #[test]
    fn commands_settings_and_paths() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("docs")).unwrap();
        fs::write(home.path().join("data.csv"), "").unwrap();
        fs::write(home.path().join(".hidden"), "").unwrap();
        let home = home.path();
        assert_eq!(texts("/he", home), ["/help"]);
        assert_eq!(texts("/set s", home), ["safety", "shell"]);
        assert_eq!(texts("count lines of ~/d", home), ["~/data.csv", "~/docs/"]);
        assert_eq!(texts("!cat ~/da", home), ["~/data.csv"]);
        assert_eq!(texts("show ~/.h", home), ["~/.hidden"]);
        assert!(texts("show ", home).is_empty());
    }
}
