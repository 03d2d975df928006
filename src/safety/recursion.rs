//! Functions that call themselves: followed while their words change, then with words that stand for all that may come.

use crate::safety::Level;
use crate::safety::ast::{Command, Span};
use crate::safety::env::Var;
use crate::safety::rules::{effects, text};
use crate::safety::value::{DEEP, NAME, UNKNOWN, Value};
use crate::safety::walk::Walker;

/// A function being walked.
pub struct Frame {
    body: *const Command,
    /// Forks around it when it was entered.
    forks: u32,
    /// What it was called with; nothing when that is unknown.
    args: Args,
    /// The variables it saw when it was entered.
    vars: Vars,
}

type Args = Option<Vec<Value>>;
type Vars = Vec<(String, Var)>;

/// Functions inside of each other.
const FRAMES: usize = 16;
/// How often a function that calls itself is followed as it is called; then its words are generalised, and then all that changes.
const FOLLOWED: usize = 3;
const GENERALISED: usize = FOLLOWED + 1;

impl Walker<'_> {
    /// Remembers that a function is being walked, and gives the words to walk it with; nothing where that would show nothing new.
    pub fn entered(&mut self, name: &str, body: &Command, args: &[Value], span: Span) -> Option<Args> {
        // Without arguments it may still be meant for some: then they are unknown.
        let mut args = (!args.is_empty()).then(|| args.to_vec());
        let mut vars = self.env.variables();
        let frames: Vec<&Frame> = self.active.iter().filter(|frame| std::ptr::eq(frame.body, body)).collect();
        if let [first, ..] = frames[..] {
            if self.forks > first.forks {
                let reason = format!("`{name}` starts itself over and over: a fork bomb");
                self.note(&effects::FORK_BOMB, Level::Critical, span, reason);
                return None;
            }
            let mut walked = frames.iter().filter(|frame| covers(frame.args.as_deref(), args.as_deref()));
            if walked.clone().any(|frame| frame.vars == vars) {
                return None;
            }
            match frames.len() {
                ..FOLLOWED => {}
                FOLLOWED => args = generalised(first.args.as_deref(), args.as_deref()),
                GENERALISED => {
                    args = walked.next().and_then(|frame| frame.args.clone());
                    let unknown = Var::scalar(Value::new(UNKNOWN.to_string(), span));
                    let changed = changed(&first.vars, &vars);
                    changed.iter().for_each(|name| self.env.set(name, unknown.clone()));
                    vars = self.env.variables();
                }
                count => {
                    if !changed(&frames[count - 1].vars, &vars).is_empty() {
                        let reason = format!("`{name}` calls itself with ever other variables, which are not followed");
                        self.note(&effects::RUN_UNKNOWN, Level::Caution, span, reason);
                    }
                    return None;
                }
            }
        }
        if self.active.len() >= FRAMES {
            self.note(&text::TOO_MUCH, Level::Caution, span, "too many functions inside of each other to follow");
            self.complete = false;
            return None;
        }
        self.active.push(Frame { body: std::ptr::from_ref(body), forks: self.forks, args: args.clone(), vars });
        Some(args)
    }
}

/// Returns true when a call with `args` can do nothing that one with `walked` did not.
fn covers(walked: Option<&[Value]>, args: Option<&[Value]>) -> bool {
    match (walked, args) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(walked), Some(args)) => {
            walked.len() == args.len() && walked.iter().zip(args).all(|(one, other)| stands_for(&one.text, &other.text))
        }
    }
}

/// Returns true when the text with marks `general` may be `text`.
fn stands_for(general: &str, text: &str) -> bool {
    let below = general.strip_suffix(DEEP).is_some_and(|folder| folder.ends_with('/') && text.starts_with(folder));
    general == text || below || (general.chars().eq([NAME]) && is_number(text)) || general.chars().eq([UNKNOWN])
}

/// Returns words that stand for those of the first call, of this one, and of those that would come after it.
fn generalised(first: Option<&[Value]>, args: Option<&[Value]>) -> Option<Vec<Value>> {
    let (first, args) = (first?, args?);
    let word = |(one, other): (&Value, &Value)| {
        let below = other.text.strip_prefix(one.text.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let text = if one.text == other.text {
            one.text.clone()
        } else if is_number(&one.text) && is_number(&other.text) {
            NAME.to_string()
        } else if below {
            format!("{}/{DEEP}", one.text)
        } else {
            UNKNOWN.to_string()
        };
        Value { text, taint: one.taint | other.taint, span: other.span }
    };
    (first.len() == args.len()).then(|| first.iter().zip(args).map(word).collect())
}

/// Returns the variables that are something else now, or new; a number stays one.
fn changed(before: &[(String, Var)], now: &[(String, Var)]) -> Vec<String> {
    let same = |old: &Var, var: &Var| {
        let numeric = |var: &Var| var.values.iter().all(|value| is_number(value));
        let unknown = matches!(old.values.as_slice(), [value] if stands_for(value, UNKNOWN.encode_utf8(&mut [0; 4])));
        old == var || unknown || (numeric(old) && numeric(var))
    };
    let changed = now.iter().filter(|(name, var)| !before.iter().any(|(known, old)| known == name && same(old, var)));
    changed.map(|(name, _)| name.clone()).collect()
}

fn is_number(text: &str) -> bool {
    text.chars().eq([NAME]) || text.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use crate::safety::{Level, check};
    use crate::shell::Shell;

    fn level(command: &str) -> Level {
        check(command, Shell::Bash).level
    }

    #[test]
    fn words_given_to_itself_are_followed() {
        assert_eq!(level("f() { $1; f 'rm -rf /'; }; f true"), Level::Critical);
        assert_eq!(level("f() { $1; g; }; g() { f 'rm -rf /'; }; f true"), Level::Critical);
        assert_eq!(level("f() { $x; x='rm -rf /'; f; }; x=true; f"), Level::Critical);
        assert_eq!(level("f() { $1; shift; f \"$@\"; }; f true true true true true true 'rm -rf /'"), Level::Caution);
        let chain = "f() { $a; a=$b; b=$c; c=$d; d=$e; e=$g; g='rm -rf /'; f; }; a=: b=: c=: d=: e=: g=:; f";
        assert_eq!(level(chain), Level::Caution);
    }

    #[test]
    fn recursion_is_no_alarm_by_itself() {
        for command in [
            "fact() { (( $1 < 2 )) && echo 1 || echo $(( $1 * $(fact $(( $1 - 1 ))) )); }; fact 6",
            "h() { [ $1 -eq 0 ] || { h $(($1-1)) $2 $4 $3; echo $2 $3; h $(($1-1)) $4 $3 $2; }; }; h 3 a b c",
            "walk() { local e; for e in \"$1\"/*; do [ -d \"$e\" ] && walk \"$e\" || wc -l \"$e\"; done; }; walk src",
            "n=0; f() { n=$((n+1)); echo $n; f; }; f",
        ] {
            assert_eq!(level(command), Level::Safe, "{command}");
        }
        assert_eq!(level("w() { for e in \"$1\"/*; do w \"$e\" || rm \"$e\"; done; }; w src"), Level::Caution);
    }

    #[test]
    fn what_one_turn_of_a_loop_changes_the_next_one_sees() {
        for command in [
            "x=true; while :; do $x; x='rm -rf /'; done",
            "x=true; for ((;;)); do $x; x='rm -rf /'; done",
            "x=true; for i in *; do $x; x='rm -rf /'; done",
            "x=true; for i in 1 2 3 4 5 6 7 8; do $x; x='rm -rf /'; done",
        ] {
            assert_eq!(level(command), Level::Critical, "{command}");
        }
        assert_eq!(level("i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done"), Level::Safe);
    }
}
