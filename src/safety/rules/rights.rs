//! Rights, owners, attributes, capabilities.

use super::{Utility, does, effects};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::target::Place;
use crate::safety::value::{Flow, Value};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[
    does("chmod gchmod", "--reference", chmod),
    does("chown gchown chgrp gchgrp lchown", "--from --reference", chown),
    does("chattr chflags", "-v -p", chattr),
    does("setfacl", "-m -x -M -X --modify --remove --set --set-file --restore", setfacl),
    does("setcap", "-n", setcap),
    does("chcon restorecon setfattr setfsid chacl icacls", "-u -r -t -l -n -v -x --reference --name --value", labels),
];

fn recursive(call: &Call<'_>) -> bool {
    call.args.has(&["-R", "--recursive"])
        || call
            .words()
            .iter()
            .any(|word| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains('R'))
}

/// Returns true for words like `u+x`, `-w`, `go-rwx`.
fn is_mode(text: &str) -> bool {
    let symbolic = text.split(',').all(|clause| {
        let rest = clause.trim_start_matches(['u', 'g', 'o', 'a']);
        rest.starts_with(['+', '-', '=']) && rest.chars().all(|c| "+-=rwxXstugo".contains(c))
    });
    let octal = !text.is_empty() && text.len() <= 5 && text.chars().all(|c| ('0'..='7').contains(&c));
    symbolic || octal
}

fn chmod(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let tree = recursive(call);
    let words: Vec<&Value> = call
        .words()
        .iter()
        .filter(|word| !word.text.starts_with("--") && (!word.text.starts_with('-') || is_mode(&word.text)))
        .collect();
    let at = if call.args.has(&["--reference"]) {
        None
    } else {
        words.iter().position(|word| is_mode(&word.text) || !word.text.starts_with('-'))
    };
    let mode = at.map_or("", |at| words[at].text.as_str());
    let files: Vec<&Value> = words
        .iter()
        .enumerate()
        .filter(|(place, word)| Some(*place) != at && !word.text.starts_with('-'))
        .map(|(_, word)| *word)
        .collect();
    if sets_id(mode) {
        // A folder whose new files belong to its group is an everyday thing.
        let group = octal(mode).map_or(
            mode.starts_with("g+s")
                || mode.starts_with("g=")
                || mode.starts_with("g+rws")
                || mode.starts_with("g+rwxs"),
            |bits| bits & 0o4000 == 0,
        ) || mode.contains("-s");
        let level = if group { Level::Caution } else { Level::Danger };
        for file in &files {
            walker.note(
                &effects::SETUID,
                level,
                file.span,
                format!("lets anybody run {} with its owner's or group's rights", file.shown()),
            );
        }
    }
    for file in &files {
        walker.rights(file, tree, opens(mode), "the rights");
        // A key that others may read is no key any more.
        let target = walker.target(file);
        if target.is_secret() && reads_open(mode) && !tree && target.path.base != crate::safety::target::Base::Root {
            walker.note(&effects::RIGHTS, Level::Caution, file.span, format!("lets others read {}", file.shown()));
        }
    }
    Flow::empty()
}

fn octal(mode: &str) -> Option<u32> {
    (!mode.is_empty()).then(|| u32::from_str_radix(mode.trim_start_matches('='), 8).ok()).flatten()
}

fn sets_id(mode: &str) -> bool {
    match octal(mode) {
        Some(bits) => bits & 0o6000 != 0,
        None => mode.split(',').any(|clause| clause.contains('s') && clause.contains(['+', '='])),
    }
}

/// Returns true when everybody may write afterwards.
fn opens(mode: &str) -> bool {
    match octal(mode) {
        Some(bits) => bits & 0o002 != 0 && bits & 0o1000 == 0,
        None => mode.split(',').any(|clause| {
            let (who, what) = clause.split_at(clause.find(['+', '=']).unwrap_or(clause.len()));
            what.contains('w') && (who.contains(['o', 'a']))
        }),
    }
}

fn reads_open(mode: &str) -> bool {
    match octal(mode) {
        Some(bits) => bits & 0o044 != 0,
        None => mode.contains('+') && mode.contains('r') && mode.contains(['o', 'a', 'g']),
    }
}

fn chown(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let skip = usize::from(!call.args.has(&["--reference"]));
    let tree = recursive(call);
    for file in call.args.operands.iter().skip(skip) {
        walker.rights(file, tree, false, "the owner");
        let target = walker.target(file);
        if matches!(target.place, Place::Scoped | Place::Here | Place::Tmp | Place::Unknown | Place::HomePart) && !tree
        {
            walker.note(
                &effects::RIGHTS,
                Level::Caution,
                file.span,
                format!("changes the owner of {}", target.path.shown(walker.facts)),
            );
        }
    }
    Flow::empty()
}

fn chattr(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let tree = recursive(call);
    let files = call.words().iter().filter(|word| {
        !word.text.starts_with(['-', '+', '='])
            && !matches!(word.text.as_str(), "nouchg" | "uchg" | "schg" | "noschg" | "hidden" | "nohidden")
    });
    let mild = call.words().iter().any(|word| matches!(word.text.as_str(), "hidden" | "nohidden"));
    for file in files.cloned().collect::<Vec<_>>() {
        walker.rights(&file, tree, false, "the attributes");
        if mild {
            continue;
        }
        walker.note(&effects::RIGHTS, Level::Caution, file.span, format!("changes the attributes of {}", file.shown()));
    }
    Flow::empty()
}

fn setfacl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let tree = recursive(call);
    for file in &call.args.operands {
        walker.rights(file, tree, true, "the access list");
    }
    Flow::empty()
}

fn setcap(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if !call.args.has(&["-r", "-v"]) {
        let file = call.args.operands.last().map_or_else(String::new, |file| file.shown());
        let caps = call.args.operand(0).unwrap_or("");
        let narrow = caps.contains("cap_net_bind_service") && !caps.contains(',');
        let level = if narrow { Level::Caution } else { Level::Danger };
        walker.note(&effects::SETUID, level, call.span, format!("gives {file} rights of root"));
    }
    Flow::empty()
}

fn labels(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if !call.args.has(&["-n"]) {
        walker.note(&effects::RIGHTS, Level::Caution, call.span, "changes security labels");
    }
    Flow::empty()
}
