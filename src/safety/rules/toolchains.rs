//! Package managers of programming languages, and their tool chains.

use super::packages::{ESSENTIAL, INSTALL, REMOVE_PACKAGE};
use super::{Act, Utility, does, effects, gnu};
use crate::safety::Level::{self};
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    does(
        "pip pipx easy_install",
        "-r -c -e -i -t -d -f --requirement --constraint --index-url --extra-index-url --target --prefix --root \
            --find-links --python --proxy --trusted-host",
        pip,
    ),
    does("uvx", "--from --with -p --python", uvx),
    does("corepack nvm fnm n volta", "", tool_versions),
    Utility {
        names: "gem cpan cpanm composer luarocks cabal stack opam hex mix pub",
        grammar: gnu("-v --version -i --install-dir -s --source --clear-sources? -d --working-dir"),
        act: Act::Do(gem),
        verbs: &[],
    },
    does(
        "cargo rustup go dotnet nuget",
        "-p --package -F --features --target --manifest-path --root --git --branch --tag --rev --path --version -j \
            --jobs --example --bin --test --bench --profile --toolchain -C",
        cargo,
    ),
    does("makepkg debuild dpkg-buildpackage rpmbuild alien checkinstall ebuild abuild", "-p", builds),
];

fn pip(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    if args.has(&["--dry-run"]) {
        return Flow::local();
    }
    match args.operand(0) {
        Some("completion") => return Flow::of(Taint::PROGRAM),
        Some("uninstall" | "uninstall-all") => {
            let named = rest.iter().take(4).map(|package| package.shown()).collect::<Vec<_>>().join(" ");
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, format!("removes {named}"));
        }
        Some("install" | "download" | "wheel") => {
            if args.has(&["--break-system-packages"]) {
                walker.note(&INSTALL, Level::Caution, call.span, "installs over the system's own packages");
            }
            if args.has(&["-i", "--index-url", "--extra-index-url", "--trusted-host", "-f", "--find-links"]) {
                walker.note(&INSTALL, Level::Caution, call.span, "installs from another source");
            }
            if args.values(&["-e", "-r", "--requirement"]).iter().any(|value| value.text.contains("://")) {
                walker.note(&INSTALL, Level::Caution, call.span, "installs from elsewhere than usual");
            }
            walker.install_packages(call, &rest);
        }
        Some("config") if args.operand(1) == Some("set") => {
            walker.note(&INSTALL, Level::Caution, call.span, "changes how packages are installed")
        }
        Some("cache") if matches!(args.operand(1), Some("purge" | "remove")) => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "deletes packages kept here")
        }
        Some("freeze") => return Flow::local(),
        _ => {}
    }
    Flow::local()
}

fn uvx(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let from = call.args.values(&["--from", "--with"]);
    if from.iter().any(|value| value.text.contains("://")) {
        walker.note(&INSTALL, Level::Caution, call.span, "runs a tool from elsewhere than usual");
    }
    Flow::local()
}

fn tool_versions(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.args.operand(0) {
        Some("uninstall" | "remove" | "rm") => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "removes a version")
        }
        Some("env") => return Flow::of(Taint::PROGRAM),
        _ => {}
    }
    Flow::local()
}

fn gem(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    match args.operand(0) {
        Some("uninstall" | "remove" | "cleanup" | "delete") => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "removes packages");
        }
        Some("yank") => {
            walker.note(&ESSENTIAL, Level::Danger, call.span, "takes a published package away from everybody")
        }
        Some("install" | "require" | "add") => walker.install_packages(call, &rest),
        Some("env" | "path") => return Flow::of(Taint::PROGRAM),
        Some("ecto.drop" | "ecto.reset") => {
            walker.note(&super::data::DROP, Level::Danger, call.span, "drops the application's database")
        }
        _ if matches!(call.name, "cpan" | "cpanm") => walker.install_packages(call, &args.operands.clone()),
        _ => {}
    }
    Flow::local()
}

fn cargo(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let verb = args.operands.iter().map(|operand| operand.text.as_str()).find(|text| !text.starts_with('+'));
    match (call.name, verb) {
        ("cargo", Some("uninstall" | "remove" | "rm"))
        | ("rustup", Some("uninstall" | "self"))
        | ("dotnet", Some("remove")) => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "removes a package");
        }
        ("rustup", Some("completions")) => return Flow::of(Taint::PROGRAM),
        ("rustup", Some("toolchain" | "target" | "component"))
            if matches!(args.operand(1), Some("uninstall" | "remove")) =>
        {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "removes a toolchain or a part of one")
        }
        ("cargo", Some("clean")) | ("go", Some("clean")) | ("dotnet", Some("clean")) => {
            let caches = args.has(&["-modcache", "--modcache"])
                || call.words().iter().any(|word| word.text == "-modcache" || word.text == "-cache");
            walker.note(
                &effects::DELETE,
                Level::Caution,
                call.span,
                if caches { "deletes packages kept here" } else { "deletes what was built" },
            );
        }
        ("cargo", Some("publish")) if args.has(&["--dry-run", "-n"]) => {}
        ("cargo", Some("yank" | "publish" | "owner")) => {
            walker.note(&INSTALL, Level::Caution, call.span, "changes what is published");
        }
        ("cargo", Some("install")) => {
            if args.has(&["--git", "--path"]) && args.value(&["--git"]).is_some() {
                walker.note(&INSTALL, Level::Caution, call.span, "installs from a repository");
            } else if walker.root {
                walker.note(&INSTALL, Level::Caution, call.span, "installs with root's rights");
            }
        }
        ("cargo", Some("fix")) if args.has(&["--allow-dirty", "--broken-code"]) => {
            walker.note(&effects::WRITE, Level::Caution, call.span, "changes source files")
        }
        ("cargo", Some("fmt")) | ("go", Some("fmt")) if !args.has(&["--check"]) => {
            walker.note(&effects::WRITE, Level::Safe, call.span, "");
        }
        ("go", Some("run" | "install")) => {
            let remote = args.operands.iter().any(|operand| operand.text.contains('@') && operand.text.contains('/'));
            if remote && verb == Some("run") {
                walker.note(&INSTALL, Level::Caution, call.span, "runs a program fetched now");
            }
            for exec in args.values(&["-exec", "-toolexec"]) {
                walker.run_text(&exec, Shell::Bash);
            }
        }
        ("go", Some("env")) if call.words().iter().any(|word| word.text == "-w") => {
            walker.note(&INSTALL, Level::Caution, call.span, "changes how go works from now on")
        }
        _ => {}
    }
    Flow::local()
}

fn builds(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    // makepkg runs the PKGBUILD and its install script; judge them when the line wrote them.
    for file in walker.env.files.clone() {
        if (file.path.ends_with(".install") || file.path.ends_with("PKGBUILD"))
            && let Some(text) = file.content.text
        {
            let body = text.replace("() {", "\n{").replace("(){", "\n{");
            let body =
                body.lines().filter(|line| !line.trim_end().ends_with("_install")).collect::<Vec<_>>().join("\n");
            walker.run_text(&Value::new(body, call.span), Shell::Bash);
        }
    }
    if call.args.has(&["-i", "--install"]) {
        walker.note(&INSTALL, Level::Caution, call.span, "builds and installs a package");
    }
    Flow::local()
}
