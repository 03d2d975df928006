//! What the calls in the code do, as effects of a command.

use super::Language;
use super::calls::Does;
use super::lex::lex;
use super::reader::{Arg, Reader, home};
use crate::safety::judge::{Delete, Write};
use crate::safety::value::{Flow, HOME, Taint, UNKNOWN, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

impl Reader<'_> {
    /// Judges one call with its arguments.
    pub(super) fn effect(
        &mut self,
        does: Does,
        name: &str,
        args: &[Arg],
        network: bool,
        decoded: bool,
        walker: &mut Walker<'_>,
    ) {
        let span = self.span;
        let taint = args.iter().fold(Taint::NONE, |taint, arg| taint | arg.taint);
        let network = network || taint.has(Taint::NETWORK);
        let decoded = decoded || taint.has(Taint::DECODED);
        let value = |arg: &Arg| Value { text: home(&arg.text), taint: arg.taint, span };
        match does {
            Does::Runs | Does::Evals if network => walker.run_tainted(Taint::NETWORK, span),
            Does::Runs | Does::Evals if decoded => walker.run_tainted(Taint::DECODED, span),
            Does::Runs => {
                let args: Vec<&Arg> = args.iter().filter(|arg| !arg.text.is_empty()).collect();
                match args.as_slice() {
                    [] => {}
                    [one] => {
                        drop(walker.run_text(&Value { text: one.text.clone(), taint: one.taint, span }, Shell::Bash))
                    }
                    [first, ..] if first.text.contains(' ') => {
                        walker.run_text(&Value { text: first.text.clone(), taint: first.taint, span }, Shell::Bash);
                    }
                    all => {
                        let argv: Vec<Value> =
                            all.iter().map(|arg| Value { text: arg.text.clone(), taint: arg.taint, span }).collect();
                        walker.call(&argv, span);
                    }
                }
            }
            Does::Evals => {
                let Some(first) = args.first() else { return };
                if first.text.contains(UNKNOWN) {
                    walker.run_tainted(Taint::LOCAL, span);
                } else if self.nested < 4 {
                    let tokens = lex(&first.text, self.language);
                    let mut reader = Reader::new(&tokens, self.language, span, self.fuel);
                    reader.nested = self.nested + 1;
                    reader.judge(walker);
                }
            }
            Does::DeletesTree => args.iter().for_each(|arg| walker.delete(&value(arg), Delete::Trees)),
            Does::Deletes => args.iter().for_each(|arg| walker.delete(&value(arg), Delete::Files)),
            Does::Rights => {
                for arg in args.iter().filter(|arg| arg.text.contains(['/', '.', HOME, UNKNOWN]) || arg.text.len() > 5)
                {
                    walker.rights(&value(arg), name.ends_with("_R"), false, "the rights");
                }
            }
            Does::Moves => {
                if let [from, to, ..] = args {
                    walker.move_away(&value(from), &value(to));
                }
            }
            Does::Writes => {
                let Some(first) = args.first() else { return };
                let opens = name.ends_with("open") || name.ends_with("openSync");
                let mode = args.get(1).map_or("", |arg| arg.text.as_str());
                let perl = args
                    .iter()
                    .find(|arg| arg.text.trim_start().starts_with('>') || arg.text.trim_start().starts_with("+>"));
                if let (Language::Perl, true, Some(target)) = (self.language, opens, perl) {
                    let text = target.text.trim_start().trim_start_matches(['>', '+']).trim().to_string();
                    let path = if text.is_empty() || text.starts_with(':') {
                        args.last().map_or(String::new(), |arg| arg.text.clone())
                    } else {
                        text
                    };
                    if !path.starts_with('&') {
                        let append = target.text.trim_start().starts_with(">>");
                        walker.write(
                            &Value::new(home(&path), span),
                            if append { Write::Append } else { Write::Replace },
                            &Flow::local(),
                        );
                    }
                    return;
                }
                if opens && self.language == Language::Perl {
                    // `open(F, "cmd |")` runs it.
                    for arg in args {
                        if let Some(command) =
                            arg.text.trim().strip_suffix('|').or_else(|| arg.text.trim().strip_prefix('|'))
                        {
                            walker.run_text(&Value::new(command.to_string(), span), Shell::Bash);
                        }
                    }
                    return;
                }
                if opens && !mode.starts_with(['w', 'a', 'x']) && !mode.contains('+') {
                    if let (Language::Ruby, Some(command)) = (self.language, first.text.strip_prefix('|')) {
                        walker.run_text(&Value::new(command.to_string(), span), Shell::Bash);
                    }
                    return;
                }
                let append = mode.starts_with('a') && opens || name.contains("append");
                let written = if name.contains("copy") { args.get(1).unwrap_or(first) } else { first };
                walker.write(&value(written), if append { Write::Append } else { Write::Replace }, &Flow::local());
            }
        }
    }
}
