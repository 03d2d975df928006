//! Builders and task runners: a project's own tasks are the user's own programs.

use super::{Act, Utility, effects, gnu};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::judge::Delete;
use crate::safety::value::{Flow, Taint};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[Utility {
    names: "make gmake bmake ninja just task mage scons waf bazel buck meson cmake ant mvn gradle gradlew mvnw sbt \
        lein tup redo earthly dagger xmake premake conan vcpkg doit invoke",
    grammar: gnu(
        "-f -C -j -l -o -W -I -E -S -B -G -D? --file --directory --eval --build --target --preset -p -P? -t --justfile",
    ),
    act: Act::Do(make),
    verbs: &[],
}];

fn make(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    for file in args.values(&["-f", "--file"]) {
        if file.text == "-" || file.text == "/dev/stdin" {
            if walker.stdin_taint() != Taint::NONE {
                walker.run_tainted(walker.stdin_taint(), file.span);
            }
            if let Some(Flow { text: Some(text), taint }) = walker.stdin.clone() {
                recipes(walker, &file.with_text(text), taint);
            }
        } else if walker.content(&file).taint.has(Taint::NETWORK) {
            walker.run_tainted(Taint::NETWORK, file.span);
        }
    }
    for text in args.values(&["--eval"]) {
        let taint = text.taint;
        recipes(walker, &text, taint);
    }
    for operand in &args.operands {
        // `make SHELL=…`, `make CC='rm -rf ~ #'`.
        if let Some((name, text)) = operand.text.split_once('=')
            && matches!(name, "SHELL" | "CC" | "MAKE" | "RM")
            && text.contains(' ')
        {
            walker.run_text(&operand.with_text(text), Shell::Bash);
        }
    }
    if args.has(&["-n", "--dry-run", "--just-print"]) && call.name.ends_with("make") {
        return Flow::local();
    }
    let target = |names: &[&str]| args.operands.iter().any(|operand| names.contains(&operand.text.as_str()));
    if target(&["clean", "distclean", "mrproper", "maintainer-clean", "realclean", "clobber", "cleanall", "clean-all"])
    {
        walker.note(&effects::DELETE, Level::Caution, call.span, "deletes what was built");
    }
    if walker.root && target(&["install", "uninstall"]) {
        walker.note(&super::packages::INSTALL, Level::Caution, call.span, "installs files with root's rights");
    }
    if call.name == "cmake" {
        cmake(walker, call);
    }
    Flow::local()
}

/// `cmake -E rm -rf x` and its kin.
fn cmake(walker: &mut Walker<'_>, call: &Call<'_>) {
    let words = call.words();
    if let [flag, verb, rest @ ..] = words
        && flag.text == "-E"
    {
        match verb.text.as_str() {
            "rm" | "remove" | "remove_directory" => {
                for path in rest.iter().filter(|word| !word.text.starts_with('-')) {
                    walker.delete(path, Delete::Trees);
                }
            }
            "env" | "time" => {
                let rest: Vec<_> =
                    rest.iter().skip_while(|word| word.text.contains('=') || word.text == "--").cloned().collect();
                walker.call(&rest, call.span);
            }
            _ => {}
        }
    }
}

/// The commands of a makefile given as text.
fn recipes(walker: &mut Walker<'_>, text: &crate::safety::value::Value, taint: Taint) {
    for line in text.text.split('\n') {
        let command = match (line.strip_prefix('\t'), line.split_once(';')) {
            (Some(recipe), _) => recipe,
            (None, Some((_, recipe))) => recipe,
            _ => {
                for piece in line.split("$(shell ").skip(1) {
                    let command = piece.split(')').next().unwrap_or("");
                    walker.run_text(&text.with_text(command), Shell::Bash);
                }
                continue;
            }
        };
        let command = command.trim().trim_start_matches(['@', '-', '+']).replace("$$", "$");
        let mut value = text.with_text(command);
        value.taint = taint.without(Taint::LOCAL);
        walker.run_text(&value, Shell::Bash);
    }
}
