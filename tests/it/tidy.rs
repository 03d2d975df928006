//! The house rules that a compiler does not know.

use std::path::{Path, PathBuf};

/// The rooms, row by row; a room may use the rows above its own and the rooms to its left.
const ROWS: [&[&str]; 6] = [
    &["shell", "error"],
    &["context", "safety", "prompt"],
    &["model", "engine", "serve", "exec", "manual"],
    &["assistant"],
    &["term", "repl", "eval"],
    &["config", "cli"],
];

/// Outside crates that may be named in one file or room only.
const DOORS: [(&str, &str); 11] = [
    ("llama_cpp_2", "src/engine/llama/native.rs"),
    ("llama_cpp_sys_2", "src/engine/llama/native.rs"),
    ("minijinja", "src/engine/llama/template.rs"),
    ("reqwest", "src/engine/remote.rs"),
    ("reedline", "src/term/line"),
    ("crossterm", "src/term/"),
    ("clap", "src/cli/"),
    ("clap_complete", "src/cli/completions.rs"),
    ("clap_mangen", "src/cli/man.rs"),
    ("toml_edit", "src/config/file.rs"),
    ("etcetera", "src/config.rs"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The name of a source file from the root of the project, and its text.
fn named_sources() -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    sources(&root().join("src")).iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The room a source file belongs to; none for `main.rs` and `lib.rs`.
fn room_of(name: &str) -> Option<&str> {
    let room = name.strip_prefix("src/")?.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    (!matches!(room, "main" | "lib")).then_some(room)
}

fn place_of(room: &str) -> (usize, usize) {
    ROWS.iter()
        .enumerate()
        .find_map(|(row, rooms)| rooms.iter().position(|name| *name == room).map(|column| (row, column)))
        .unwrap_or_else(|| panic!("the room `{room}` has no place in the house"))
}

/// The code of a file before its tests, without comments.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms named as `crate::room`.
fn rooms_used(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let names = rest.strip_prefix('{').map_or_else(
            || rest.split(|c: char| !is_name(c)).take(1).collect::<Vec<_>>(),
            |list| {
                list.split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .map(|item| item.trim().split("::").next().unwrap_or_default())
                    .collect()
            },
        );
        rooms.extend(names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned));
    }
    rooms
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn rooms_import_in_one_direction() {
    let mut seen = 0;
    for (name, text) in named_sources() {
        let Some(room) = room_of(&name) else { continue };
        let (row, column) = place_of(room);
        for used in rooms_used(&code_of(&text)).iter().filter(|used| *used != room) {
            let (used_row, used_column) = place_of(used);
            assert!(used_row < row || (used_row == row && used_column < column), "{name} must not use `{used}`");
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} imports were read: is the reader broken?");
}

#[test]
fn outside_crates_come_through_one_door() {
    for (name, text) in named_sources() {
        let code = code_of(&text);
        for (outside, door) in DOORS {
            let used = code.match_indices(&format!("{outside}::")).any(|(at, _)| !code[..at].ends_with(is_name));
            assert!(!used || name.starts_with(door), "{name} names `{outside}`, which belongs in {door}");
        }
    }
    for (outside, door) in DOORS {
        let found = named_sources().into_iter().any(|(name, text)| name.starts_with(door) && text.contains(outside));
        assert!(found, "nothing in {door} names `{outside}`");
    }
}

#[test]
fn only_term_and_cli_write_to_the_terminal() {
    for (name, text) in named_sources() {
        let code = code_of(&text);
        let allowed =
            name.starts_with("src/term/") || name.starts_with("src/cli/") || name == "src/engine/llama/native.rs";
        let prints =
            ["print!(", "println!(", "eprint!(", "eprintln!(", "dbg!("].iter().any(|print| code.contains(print));
        assert!(allowed || !prints, "{name} writes to the terminal");
    }
}

#[test]
fn files_are_read_in_one_sitting() {
    for (name, text) in named_sources() {
        let lines = text.lines().count();
        assert!(lines <= 500, "{name} has {lines} lines: look for a second idea inside");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (name, text) in named_sources() {
        assert!(text.starts_with("//! ") || name == "src/main.rs", "{name} has no module documentation");
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for (name, text) in named_sources() {
        for mark in ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "#[ignore"] {
            assert!(!text.contains(mark), "{name} holds `{mark}`");
        }
    }
}
