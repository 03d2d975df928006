//! The cases of `tests/data/replies.txt`, fed whole, piece by piece and cut anywhere.

use super::*;

/// A reply of `tests/data/replies.txt` and what it gives.
struct Case {
    title: &'static str,
    reply: String,
    expected: Result<String, NoCommand>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../../tests/data/replies.txt");
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (_, cases) = text.split_once("\n== ").expect("a case");
    cases.split("\n== ").map(case).collect()
}

fn case(block: &'static str) -> Case {
    let (title, block) = block.split_once('\n').expect("a title");
    let block = format!("\n{block}");
    let (reply, outcome) = block.rsplit_once("\n=> ").expect("an outcome");
    let (verdict, text) = outcome.split_once('\n').unwrap_or((outcome, ""));
    let reply = reply.strip_prefix('\n').unwrap_or_default();
    let text = unmask(text.strip_suffix('\n').unwrap_or(text));
    let expected = match verdict {
        "command" => Ok(text),
        "refused" => Err(NoCommand::Refused(text)),
        "empty" => Err(NoCommand::Empty),
        _ => panic!("{title}: no outcome is called {verdict}"),
    };
    Case { title, reply: unmask(reply), expected }
}

fn unmask(text: &str) -> String {
    text.replace('␠', " ").replace('␉', "\t").replace('␍', "\r").replace('␛', "\u{1b}")
}

fn read(pieces: &[&str]) -> Result<String, NoCommand> {
    let mut reader = ReplyReader::new();
    for piece in pieces {
        reader.push(piece);
    }
    reader.finish()
}

#[test]
fn every_case_gives_the_same_however_it_is_split() {
    let cases = cases();
    assert!(cases.len() > 120);
    for Case { title, reply, expected } in cases {
        assert_eq!(read(&[&reply]), expected, "{title}, whole");
        for (middle, _) in reply.char_indices() {
            let (start, end) = reply.split_at(middle);
            assert_eq!(read(&[start, end]), expected, "{title}, split behind {start:?}");
        }
    }
}

#[test]
fn what_is_painted_is_the_command_and_never_the_wrapping() {
    for Case { title, reply, expected } in cases() {
        let last = expected.as_deref().unwrap_or_default();
        let mut reader = ReplyReader::new();
        let mut complete = None;
        for character in reply.chars() {
            reader.push(character.encode_utf8(&mut [0; 4]));
            let command = reader.command().to_owned();
            assert!(last.starts_with(&command), "{title}: {command:?} was painted");
            for wrapping in ["```", "<think", "\"cmd\"", "<|"] {
                let is_wrapping = command.contains(wrapping) && !last.contains(wrapping);
                assert!(!is_wrapping, "{title}: {command:?} was painted");
            }
            if reader.is_complete() {
                let complete = complete.get_or_insert(command.clone());
                assert_eq!(command, *complete, "{title}: changed after it was complete");
            }
        }
        assert_eq!(reader.finish(), expected, "{title}");
    }
}

#[test]
fn a_plain_command_appears_word_by_word() {
    let mut reader = ReplyReader::new();
    let mut painted = Vec::new();
    for piece in ["find", " .", " -na", "me", " '*.rs'", "\n"] {
        reader.push(piece);
        painted.push(reader.command().to_owned());
    }
    assert_eq!(painted, ["", "find .", "find . -na", "find . -name", "find . -name '*.rs'", "find . -name '*.rs'"]);
    assert!(reader.is_complete());
}

#[test]
fn a_reply_is_complete_as_soon_as_nothing_can_follow() {
    let check = |reply: &str, expected: bool| {
        let mut reader = ReplyReader::new();
        reader.push(reply);
        assert_eq!(reader.is_complete(), expected, "{reply:?}");
    };
    check("ls", false);
    check("ls\n", true);
    check("ls \\\n", false);
    check("ls |\n", false);
    check("cat <<A\n\n", false);
    check("cat <<A\nA\n", true);
    check("```bash\nls\n", false);
    check("```bash\nls\n``", false);
    check("```bash\nls\n```", true);
    check("```bash\nls```\n", true);
    check("```bash\n```", false);
    check("{\"cmd\": \"ls", false);
    check("{\"cmd\": \"ls\"", true);
    check("{\"cmd\": \"\"", false);
    check("{\"cmd\": \"\"}", true);
    check("`ls`", false);
    check("`ls`\n", true);
    check("You can use `ls -la`.\n", true);
    check("You can use `ls`.\n", false);
    check("<think>ls</think>\n", false);
    check("I cannot do that.\n", false);
    check("ls<|im_end|>", false);
    check("ls<|im_end|>\n", true);
}

#[test]
fn a_long_reply_is_cut() {
    let mut reader = ReplyReader::new();
    reader.push("echo '");
    while !reader.is_complete() {
        reader.push("éa");
    }
    let command = reader.finish().expect("a command");
    assert!((LONGEST_REPLY - 3..=LONGEST_REPLY).contains(&command.len()));
}

#[test]
fn a_refusal_is_cut() {
    let refusal = "I cannot do that. ".repeat(100);
    let expected = NoCommand::Refused(refusal[..LONGEST_REFUSAL].to_owned());
    assert_eq!(read(&[&refusal]), Err(expected));
}

#[test]
fn any_text_is_read_the_same_however_it_is_split() {
    let parts = [
        "```",
        "`",
        "~~~",
        "\n",
        "\r",
        " ",
        "\t",
        "ls",
        "cat <<E",
        "E",
        "'",
        "\"",
        "\\",
        "$ ",
        "> ",
        "(",
        "$((",
        "))",
        "{",
        "}",
        "${",
        "{\"cmd\":",
        "\\u",
        "d83d",
        "<think>",
        "</think>",
        "</s>",
        "<|im_end|>",
        "I cannot",
        "Here",
        ": ",
        "é",
        "# ",
        "if ",
        "fi",
        "|",
        "&&",
        "me@box",
        "Command:",
        "none",
        ".",
        "1. ",
        "[",
        ",",
        "日",
    ];
    let mut state: u32 = 1;
    let mut next = move |limit: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % limit
    };
    for _ in 0..3_000 {
        let pieces: Vec<&str> = (0..next(24)).map(|_| parts[next(parts.len())]).collect();
        let reply = pieces.concat();
        let characters: Vec<&str> = reply.split("").collect();
        assert_eq!(read(&[&reply]), read(&pieces), "{reply:?}");
        assert_eq!(read(&[&reply]), read(&characters), "{reply:?}");
        if let Ok(last) = read(&[&reply]) {
            let mut reader = ReplyReader::new();
            for character in characters {
                reader.push(character);
                assert!(last.starts_with(reader.command()), "{reply:?}: {:?} was painted, {last:?}", reader.command());
            }
        }
    }
}

/// Found by fuzzing.
#[test]
fn a_lone_prompt_sign_is_read_to_its_end() {
    for reply in [">", "> ", "$", "%", "{\"cmd"] {
        let mut reader = ReplyReader::new();
        reader.push(reply);
        // Whatever it gives, it gives something.
        let _ = (reader.command().len(), reader.is_complete(), reader.finish());
    }
}
