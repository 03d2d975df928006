//! Files: deleted, overwritten, moved, copied, packed and unpacked.

use super::{Act, Utility, does, effects, posix};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::judge::{Delete, Write};
use crate::safety::target::{Place, remote};
use crate::safety::value::{FILLED, Flow, NAME, Taint, Value, has_marks};
use crate::safety::walk::Walker;
use crate::shell::Shell;

const CP: &str = "-t -S --target-directory --suffix --backup? -g -o -m --group --owner --mode";

pub const UTILITIES: &[Utility] = &[
    does("rm grm srm wipe rimraf del-cli", "--interactive? --one-file-system?", rm),
    does("unlink", "", rm),
    does("rmdir", "", rmdir),
    does("shred gshred", "-n -s --iterations --size --random-source", shred),
    does("trash trash-put gio gvfs-trash rmtrash rip", "", trash),
    does("trash-empty trash-rm", "", trash_empty),
    does("truncate gtruncate fallocate", "-s -r -o -l --size --reference --length --offset", truncate),
    does("tee gtee sponge rsponge pee", "", tee),
    does("cp gcp ditto pax", CP, cp),
    does("install ginstall", CP, cp),
    does("mv gmv", CP, mv),
    does("rename prename perl-rename mmv file-rename qmv imv brename", "-e -s", rename),
    does("ln gln link", CP, ln),
    does("touch gtouch mkfifo mknod", "-d -t -r -m --date --reference --mode", make),
    does("mkdir gmkdir mkd md", "-m --mode -Z", make),
    does("mktemp gmktemp tempfile", "-p --tmpdir? --suffix", mktemp),
    does("dd dcfldd dc3dd gdd sdd", "", dd),
    does(
        "split csplit gsplit",
        "-b -C -l -n -a --bytes --lines --number -t --filter --additional-suffix -f --prefix",
        split,
    ),
    does(
        "mogrify exiftool jpegoptim optipng pngquant convmv dos2unix unix2dos mac2unix prettier autopep8 black \
            isort gofmt rustfmt shfmt clang-format sd rpl fromdos todos recode detox id3v2 eyeD3 metaflac mid3v2 \
            patchelf strip advpng gifsicle",
        "-resize -o -quality -format -w -i? --output",
        in_place,
    ),
    does(
        "ffmpeg",
        "-i -c -f -vf -af -b -r -s -t -ss -to -map -filter_complex -codec -c:v -c:a -b:v -b:a -crf -preset -vn? -q:a",
        ffmpeg,
    ),
    does("patch", "-i -p -o -d -r --input --strip --output --directory", patch),
    does("fdupes rdfind jdupes rmlint dupeguru", "", duplicates),
    does("indent uncrustify", "-o", in_place),
    Utility { names: "unlink-all", grammar: posix(""), act: Act::Do(rm), verbs: &[] },
];

fn rm(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let tree = call.name == "rimraf" || args.has(&["-r", "-R", "--recursive"]) || call.name == "wipe";
    if args.has(&["--help", "--version"]) {
        return Flow::empty();
    }
    let how = if tree {
        Delete::Trees
    } else if args.has(&["-d", "--dir"]) {
        Delete::Empty
    } else {
        Delete::Files
    };
    for operand in &args.operands {
        walker.delete(operand, how);
    }
    Flow::empty()
}

fn rmdir(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for operand in &call.args.operands {
        walker.delete(operand, Delete::Empty);
    }
    Flow::empty()
}

fn shred(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let unlinks = call.args.has(&["-u", "--remove"]);
    for operand in &call.args.operands {
        walker.write(operand, Write::Replace, &Flow::empty());
        if unlinks {
            walker.delete(operand, Delete::Files);
        }
    }
    Flow::empty()
}

/// To the trash, from where it can be had back.
fn trash(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.args.operand(0);
    let rest = match (call.name, verb) {
        ("gio", Some("trash")) if call.args.has(&["--empty"]) => {
            walker.note(&effects::DELETE, Level::Caution, call.span, "empties the trash");
            return Flow::empty();
        }
        ("gio", Some("trash" | "remove")) => &call.args.operands[1..],
        ("gio", _) => return Flow::local(),
        _ => &call.args.operands[..],
    };
    for operand in rest {
        let target = walker.target(operand);
        match target.place {
            Place::Root | Place::System | Place::Home | Place::Account => walker.delete(operand, Delete::Trees),
            _ => walker.note(
                &effects::DELETE,
                Level::Caution,
                operand.span,
                format!("puts {} into the trash", target.path.shown(walker.facts)),
            ),
        }
    }
    Flow::empty()
}

fn trash_empty(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    walker.note(&effects::DELETE, Level::Caution, call.span, "deletes what is in the trash");
    Flow::empty()
}

fn truncate(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let grows = call.name == "fallocate"
        && !call.args.has(&["-p", "-c", "-z", "--punch-hole", "--zero-range", "--collapse-range"]);
    let adds = call.args.value(&["-s", "--size"]).is_some_and(|size| size.starts_with(['+', '>']));
    for operand in &call.args.operands {
        walker.write(operand, if grows || adds { Write::Append } else { Write::Replace }, &Flow::empty());
    }
    Flow::empty()
}

fn tee(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let append = call.args.has(&["-a", "--append"]);
    let flow = walker.stdin.clone().unwrap_or_else(Flow::local);
    if call.name == "pee" {
        for operand in &call.args.operands {
            walker.run_text(operand, Shell::Bash);
        }
        return flow;
    }
    for operand in &call.args.operands {
        walker.write(operand, if append { Write::Append } else { Write::Replace }, &flow);
        let target = walker.target(operand);
        walker.start_file(&target, &flow, operand.span);
        if target.place != Place::Stream {
            walker.remember(operand, flow.clone(), false);
        }
    }
    flow
}

/// Returns the sources and the destination, as the options and the operands name them.
fn from_to(call: &Call<'_>) -> Option<(Vec<Value>, Value, bool)> {
    let mut operands: Vec<Value> = call.args.operands.iter().map(|value| (*value).clone()).collect();
    if let Some(to) = call.args.values(&["-t", "--target-directory"]).pop() {
        return Some((operands, to, true));
    }
    if operands.len() < 2 {
        return None;
    }
    let to = operands.pop()?;
    let folder = operands.len() > 1
        || to.text.ends_with('/')
        || operands.first().is_some_and(|value| has_marks(&value.text)) && !has_marks(&to.text);
    Some((operands, to, folder))
}

/// Returns where a source ends up: in a folder under its own name.
fn landing(source: &Value, to: &Value, folder: bool) -> Value {
    if !folder {
        return to.clone();
    }
    let name = source.text.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let name = if name.is_empty() || name == "." || name == ".." { return to.clone() } else { name };
    Value { text: format!("{}/{name}", to.text.trim_end_matches('/')), taint: to.taint, span: to.span }
}

/// Returns true for folders one knows to be folders by their name.
fn is_folder(walker: &Walker<'_>, to: &Value) -> bool {
    let target = walker.target(to);
    matches!(target.place, Place::System | Place::Root | Place::Home | Place::Here | Place::Parent | Place::Mount)
        || target.path.name().is_some_and(|name| {
            name.ends_with(".d")
                || matches!(
                    name,
                    "autostart"
                        | "system"
                        | ".ssh"
                        | "cron.hourly"
                        | "cron.daily"
                        | "cron.weekly"
                        | "cron.monthly"
                        | "tmp"
                        | "LaunchAgents"
                        | "LaunchDaemons"
                )
        })
}

fn cp(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-d", "--directory"]) && call.name.ends_with("install") {
        return Flow::empty();
    }
    if let Some(mode) = call.args.value(&["-m", "--mode"]).filter(|_| call.name.ends_with("install")) {
        let setuid = mode.len() == 4 && mode.starts_with(['4', '6', '2', '7']) || mode.contains('s');
        if setuid {
            walker.note(
                &effects::SETUID,
                Level::Danger,
                call.span,
                "installs a program that runs with its owner's rights for everybody",
            );
        }
    }
    let Some((sources, to, folder)) = from_to(call) else { return Flow::empty() };
    let contents = call.args.has(&["-r", "-R", "-a", "--recursive", "--archive"])
        && sources.iter().any(|source| {
            source.text.ends_with("/.")
                || source.text == "."
                || source.text.ends_with('/')
                || source.text.ends_with("/*")
        });
    let folder = folder || is_folder(walker, &to);
    let force = call.args.has(&["-f", "--force", "--remove-destination"]);
    for source in &sources {
        let content = walker.content(source);
        if remote(&to.text) {
            walker.send(&content, source.span, &to.shown());
            continue;
        }
        let landing = landing(source, &to, folder && !contents);
        let nothing = walker.target(source).path.text() == "/dev/null";
        let how = match () {
            () if nothing => Write::Replace,
            () if contents => Write::Fill,
            () if force && !call.args.has(&["-r", "-R", "-a", "--recursive"]) => Write::Force,
            () => Write::Place,
        };
        let content = if nothing { Flow::empty() } else { content };
        if (how == Write::Force || contents && force || answered(walker, call))
            && matches!(walker.target(&landing).place, Place::Scoped | Place::Here)
        {
            walker.note(&effects::WRITE, Level::Caution, landing.span, format!("overwrites {}", landing.shown()));
        } else {
            walker.write(&landing, how, &content);
        }
        // A hard or symbolic link, or a copy, of what the line wrote is the same text.
        if walker.env.file(&walker.target(source).path.text()).is_some() {
            walker.remember(&landing, content, false);
        }
    }
    Flow::empty()
}

fn mv(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((sources, to, folder)) = from_to(call) else { return Flow::empty() };
    let folder = folder || is_folder(walker, &to);
    let force = call.args.has(&["-f", "--force"]);
    for source in &sources {
        let content = walker.content(source);
        let landing = landing(source, &to, folder && walker.target(&to).place != Place::Stream);
        walker.move_away(source, &landing);
        let how = if force && walker.target(&landing).place != Place::Scoped { Write::Force } else { Write::Place };
        if (force || answered(walker, call)) && walker.target(&landing).place == Place::Scoped {
            walker.note(&effects::WRITE, Level::Caution, landing.span, format!("overwrites {}", landing.shown()));
        }
        walker.write(&landing, how, &content);
        let from = walker.target(source).path.text();
        if let Some(file) = walker.env.file(&from).cloned() {
            walker.remember(&landing, file.content, file.scratch);
        }
    }
    Flow::empty()
}

/// Returns true when the questions of `-i` are answered by a pipe.
fn answered(walker: &Walker<'_>, call: &Call<'_>) -> bool {
    call.args.has(&["-i", "--interactive"])
        && walker.stdin.as_ref().and_then(|flow| flow.text.as_deref()).is_some_and(|text| text.starts_with('y'))
}

fn rename(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let tries = call.args.has(&["-n", "--no-act", "--nono", "--dry-run"]);
    if !tries && call.args.has(&["-f", "--force"]) {
        walker.note(&effects::WRITE, Level::Caution, call.span, "renames over files that are there");
    }
    Flow::empty()
}

fn ln(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((sources, to, folder)) = from_to(call) else { return Flow::empty() };
    let force = call.args.has(&["-f", "--force"]);
    for source in &sources {
        let landing = landing(source, &to, folder);
        let content = walker.content(source);
        if force
            && walker.target(source).path.text() == "/dev/null"
            && !matches!(walker.target(&landing).place, Place::Account | Place::SystemStart | Place::HomeStart)
        {
            walker.note(
                &effects::WRITE,
                Level::Caution,
                landing.span,
                format!("puts nothing in the place of {}", landing.shown()),
            );
        }
        if walker.target(&landing).place == Place::Account && force {
            walker.write(&landing, Write::Replace, &content);
        } else {
            walker.write(&landing, Write::Place, &content);
        }
        if walker.env.file(&walker.target(source).path.text()).is_some() {
            walker.remember(&landing, content, false);
        }
    }
    Flow::empty()
}

/// New files and folders: what the line makes, it may take away again.
fn make(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let parents = call.args.has(&["-p", "--parents"]);
    let folder = !call.name.contains("touch") && !call.name.starts_with("mkf") && call.name != "mknod";
    for operand in &call.args.operands {
        // `mkdir -p` and `touch` say nothing about what was there before.
        if folder && !parents {
            walker.remember_folder(operand, Flow::empty(), true);
        }
    }
    if call.name == "mknod" && call.args.operand(1) == Some("b") {
        walker.note(&effects::WRITE, Level::Caution, call.span, "makes a device file");
    }
    Flow::empty()
}

fn mktemp(_: &mut Walker<'_>, _: &Call<'_>) -> Flow {
    Flow { text: Some(format!("/tmp/{NAME}\n")), taint: Taint::SCRATCH }
}

fn dd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut content = walker.stdin.clone().unwrap_or_else(Flow::local);
    for operand in &call.args.operands {
        if let Some(from) = operand.text.strip_prefix("if=") {
            content = walker.content(&operand.with_text(from));
        }
    }
    let mut to_file = false;
    for operand in &call.args.operands {
        let Some(to) = operand.text.strip_prefix("of=").or_else(|| operand.text.strip_prefix("hof=")) else { continue };
        to_file = true;
        let value = operand.with_text(to);
        walker.write(&value, Write::Replace, &content);
        walker.remember(&value, content.clone(), false);
    }
    if to_file { Flow::empty() } else { content }
}

fn split(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for filter in call.args.values(&["--filter"]) {
        walker.run_text(&filter, Shell::Bash);
    }
    if let Some(prefix) = call.args.operands.get(1).filter(|prefix| walker.target(prefix).place == Place::Device) {
        walker.write(prefix, Write::Replace, &Flow::local());
    }
    Flow::empty()
}

/// Programs that change the files they are given.
fn in_place(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let edits = match call.name {
        "gofmt" | "shfmt" | "prettier" => call.args.has(&["-w", "--write"]),
        "clang-format" | "autopep8" => call.args.has(&["-i", "--in-place"]),
        "dos2unix" | "unix2dos" | "mac2unix" | "fromdos" | "todos" => {
            !call.args.has(&["-n", "--newfile", "-i", "--info"])
        }
        "optipng" | "jpegoptim" => {
            !call.args.has(&["-simulate", "-n", "--noaction", "-s"])
                && !call.words().iter().any(|word| word.text == "-simulate")
        }
        "pngquant" => call.args.has(&["-f", "--force"]),
        "exiftool" => {
            call.args.has(&["-overwrite_original"])
                || call.words().iter().any(|word| word.text.starts_with('-') && word.text.contains('='))
        }
        "black" | "isort" | "rustfmt" => !call.args.has(&["--check", "--diff", "-c"]),
        "sd" => call.args.operands.len() > 2,
        "indent" | "strip" => !call.args.has(&["-o"]),
        _ => true,
    };
    if edits {
        let skip = usize::from(call.name == "sd") * 2;
        for operand in call.args.operands.iter().skip(skip) {
            if operand.text.contains(['.', '/']) || has_marks(&operand.text) {
                let target = walker.target(operand);
                if target.place == Place::Here {
                    walker.note(
                        &effects::WRITE,
                        Level::Caution,
                        operand.span,
                        "changes files in the current directory",
                    );
                } else {
                    walker.write(operand, Write::Edit, &Flow::local());
                }
            }
        }
    }
    Flow::local()
}

fn ffmpeg(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let over = call.words().iter().any(|word| word.text == "-y");
    if over && let Some(out) = call.words().last() {
        walker.write(out, Write::Replace, &Flow::local());
    }
    Flow::local()
}

fn patch(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if !call.args.has(&["--dry-run", "-C", "--check"]) {
        walker.note(&effects::WRITE, Level::Caution, call.span, "changes files as the patch says");
        if let Some(file) = call.args.operands.first() {
            walker.write(file, Write::Edit, &Flow::local());
        }
    }
    Flow::local()
}

fn duplicates(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let deletes = call.args.has(&["-d", "--delete", "-deleteduplicates"])
        || call.words().iter().any(|word| word.text == "-deleteduplicates");
    if deletes {
        let silent = call.args.has(&["-N", "--noprompt"]);
        for operand in &call.args.operands {
            if silent && walker.target(operand).path.base != crate::safety::target::Base::Here {
                walker.note(
                    &effects::DELETE_TREE,
                    Level::Danger,
                    operand.span,
                    format!("deletes files in {} without asking", operand.shown()),
                );
            } else {
                walker.note(
                    &effects::DELETE,
                    Level::Caution,
                    operand.span,
                    format!("deletes files in {} that are there twice", operand.shown()),
                );
            }
        }
    }
    Flow { text: Some(format!("{FILLED}\n")), taint: Taint::LOCAL }
}
