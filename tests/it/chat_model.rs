//! A model that is asked as chat models are: the built-in weights behind another chat template.
//!
//! What it says is noise; the way there is that of any GGUF: template, system prompt, reply reader.

use crate::environment::Environment;

const NANO: &[u8] = include_bytes!("../../nano/caro-nano.gguf");

/// A template as Qwen2.5-Coder has it.
const CHATML: &str = "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n";

/// Reads a GGUF's head, entry by entry.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let taken = &self.bytes[self.at..self.at + length];
        self.at += length;
        taken
    }

    fn number(&mut self, length: usize) -> u64 {
        self.take(length).iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn string(&mut self) -> &'a [u8] {
        let length = self.number(8) as usize;
        self.take(length)
    }

    fn skip_value(&mut self, kind: u64) {
        match kind {
            0 | 1 | 7 => _ = self.take(1),
            2 | 3 => _ = self.take(2),
            4..=6 => _ = self.take(4),
            8 => _ = self.string(),
            9 => {
                let kind = self.number(4);
                for _ in 0..self.number(8) {
                    self.skip_value(kind);
                }
            }
            _ => _ = self.take(8),
        }
    }
}

/// The built-in model with another chat template, and asked like any other model.
fn with_template(template: &str) -> Vec<u8> {
    let mut cursor = Cursor { bytes: NANO, at: 0 };
    let mut made = cursor.take(8).to_vec();
    let (tensors, values) = (cursor.number(8), cursor.number(8));
    let mut entries = Vec::new();
    let mut kept = 0u64;
    for _ in 0..values {
        let start = cursor.at;
        let key = cursor.string();
        let kind = cursor.number(4);
        let value = cursor.at;
        cursor.skip_value(kind);
        match key {
            b"caro.prompt.style" => continue,
            b"tokenizer.chat_template" => {
                entries.extend(&NANO[start..value]);
                entries.extend((template.len() as u64).to_le_bytes());
                entries.extend(template.as_bytes());
            }
            _ => entries.extend(&NANO[start..cursor.at]),
        }
        kept += 1;
    }
    made.extend(tensors.to_le_bytes());
    made.extend(kept.to_le_bytes());
    made.extend(entries);
    let start = cursor.at;
    for _ in 0..tensors {
        cursor.string();
        let dimensions = cursor.number(4) as usize;
        cursor.take(dimensions * 8 + 4 + 8);
    }
    made.extend(&NANO[start..cursor.at]);
    // Tensor data begins at a multiple of 32 (`general.alignment`).
    made.resize(made.len().next_multiple_of(32), 0);
    made.extend(&NANO[cursor.at.next_multiple_of(32)..]);
    made
}

#[test]
fn a_chat_template_is_read_from_the_file_and_followed() {
    let environment = Environment::new();
    let path = environment.write("chat.gguf", with_template(CHATML));
    let outcome = environment.run(&["-v", "--print", "--model", path.to_str().unwrap(), "list files"]);
    // Noise may hold a command or none; it must be told which, and the system prompt must have been read.
    assert!(matches!(outcome.code, 0 | 7), "{outcome:?}");
    if outcome.code == 0 {
        let tokens = outcome.stderr.split("; ").nth(1).and_then(|words| words.split(' ').next()).unwrap();
        assert!(tokens.parse::<u32>().unwrap() > 150, "{outcome:?}");
        assert!(outcome.stderr.starts_with("chat (embedded)"), "{outcome:?}");
    } else {
        assert!(outcome.stderr.contains("hint:"), "{outcome:?}");
    }
}

#[test]
fn the_bare_request_in_another_template_is_answered_like_ours() {
    let environment = Environment::new();
    let bare = "{{ '<|q|>' ~ messages[-1].content ~ '<|c|>' }}";
    let path = environment.write("bare.gguf", with_template(bare));
    let outcome = environment.run(&["--print", "--model", path.to_str().unwrap(), "show the current directory"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "pwd\n"), "{outcome:?}");
}

#[test]
fn a_broken_template_is_told() {
    let environment = Environment::new();
    for template in ["{% for %}", "{{ raise_exception('no roles at all') }}"] {
        let path = environment.write("broken.gguf", with_template(template));
        let outcome = environment.run(&["--print", "--model", path.to_str().unwrap(), "list files"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""), "{outcome:?}");
        assert!(outcome.stderr.contains("chat template of") && outcome.stderr.contains("hint:"), "{outcome:?}");
    }
}
