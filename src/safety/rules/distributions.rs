//! The package managers of Linux distributions: Debian's, Fedora's, SUSE's, Arch's.

use super::packages::{INSTALL, PACKAGE_HOOK, REMOVE_PACKAGE};
use super::{Utility, does};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    does(
        "apt apt-get aptitude nala apt-fast",
        "-o -t -c -a --option --target-release --config-file --host-architecture",
        apt,
    ),
    does("apt-key apt-mark add-apt-repository apt-add-repository dpkg-reconfigure", "--keyring --keyserver", sources),
    does("dpkg dpkg-deb", "--root --admindir -D", dpkg),
    does(
        "dnf yum microdnf zypper rpm-ostree urpmi",
        "-c -R --releasever --enablerepo --disablerepo --setopt --installroot -x --exclude --repo --from --root",
        dnf,
    ),
    does("rpm", "--root --dbpath -E --define -D --import?", rpm),
    does("pacman yay paru pamac trizen pikaur", "-b -r --root --dbpath --config --cachedir --ignore", pacman),
];

fn apt(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    for option in args.values(&["-o", "--option"]) {
        let (name, text) = option.text.split_once('=').unwrap_or((&option.text, ""));
        if name.contains("Invoke")
            || name.contains("Post-")
            || name.contains("Pre-")
            || name.contains("::Script")
            || name.contains("ProxyAutoDetect")
            || name.contains("Proxy-Auto-Detect")
        {
            walker.note(&PACKAGE_HOOK, Level::Danger, option.span, "makes apt run a command");
            walker.run_text(&option.with_text(text.trim_start_matches(['=', '"'])), Shell::Bash);
        }
    }
    if args.has(&["-s", "--simulate", "--just-print", "--dry-run", "--no-act", "--recon", "-d", "--download-only"]) {
        return Flow::local();
    }
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    let force = args.has(&["--allow-remove-essential", "--force-yes"]);
    match args.operand(0) {
        Some("remove" | "purge" | "autopurge" | "--purge") => walker.remove_packages(call, &rest, force),
        Some("autoremove" | "clean" | "autoclean") => walker.note(
            &REMOVE_PACKAGE,
            if args.operand(0) == Some("autoremove") || walker.root { Level::Caution } else { Level::Safe },
            call.span,
            "removes packages that nothing needs",
        ),
        Some("install" | "reinstall" | "build-dep") => {
            let removed: Vec<&Value> = rest.iter().copied().filter(|package| package.text.ends_with('-')).collect();
            if args.has(&["--purge", "--remove"]) && !removed.is_empty() {
                walker.remove_packages(call, &removed, force);
            }
            if args.has(&[
                "--allow-unauthenticated",
                "--allow-downgrades",
                "--force-yes",
                "--allow-insecure-repositories",
            ]) {
                walker.note(&INSTALL, Level::Caution, call.span, "installs packages nobody has signed, or older ones");
            }
            walker.install_packages(call, &rest);
        }
        Some("upgrade" | "full-upgrade" | "dist-upgrade" | "safe-upgrade" | "update")
            if walker.root && args.operand(0) != Some("update") =>
        {
            walker.note(&INSTALL, Level::Caution, call.span, "brings every package up to date");
        }
        _ => {}
    }
    Flow::local()
}

fn sources(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let verb = call.args.operand(0).unwrap_or("");
    let looks = matches!(
        verb,
        "list" | "showhold" | "showmanual" | "showauto" | "export" | "finger" | "hold" | "unhold" | "manual" | "auto"
    ) || call.args.has(&["-L", "--list"]);
    if !looks {
        walker.note(&INSTALL, Level::Caution, call.span, "trusts another source of packages, or sets one up anew");
    }
    Flow::local()
}

fn dpkg(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let packages = args.operands.clone();
    let force = call.words().iter().any(|word| word.text.starts_with("--force-"));
    if args.has(&["-r", "--remove", "-P", "--purge"]) {
        walker.remove_packages(call, &packages, force);
    } else if args.has(&["-i", "--install", "--unpack"]) {
        walker.note(&INSTALL, Level::Caution, call.span, "installs a package from a file");
        walker.install_packages(call, &packages);
    } else if args.has(&["-x", "--extract", "-X"]) {
        if let Some(folder) = packages.get(1) {
            walker.write(folder, crate::safety::judge::Write::Fill, &Flow::local());
        }
    } else if args.has(&["--configure", "--clear-avail", "--set-selections"]) {
        walker.note(&INSTALL, Level::Caution, call.span, "changes what is installed");
    }
    Flow::local()
}

fn dnf(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    match args.operand(0) {
        Some("remove" | "erase" | "rm" | "autoremove" | "groupremove" | "uninstall" | "se-remove") => {
            walker.remove_packages(call, &rest, false)
        }
        Some("install" | "in" | "localinstall" | "reinstall" | "groupinstall" | "downgrade" | "rebase") => {
            if args.has(&["--nogpgcheck", "--no-gpg-checks", "--allow-unsigned-rpm"]) {
                walker.note(&INSTALL, Level::Caution, call.span, "installs packages nobody has signed");
            }
            walker.install_packages(call, &rest);
        }
        Some("upgrade" | "update" | "up" | "dup" | "distro-sync" | "dist-upgrade" | "system-upgrade")
            if walker.root =>
        {
            walker.note(&INSTALL, Level::Caution, call.span, "brings packages up to date")
        }
        Some("addrepo" | "ar" | "config-manager" | "copr" | "removerepo" | "rr") => {
            walker.note(&INSTALL, Level::Caution, call.span, "changes where packages come from")
        }
        Some("clean" | "history") if walker.root => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "changes what is installed or kept")
        }
        _ => {}
    }
    Flow::local()
}

fn rpm(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["-q", "-V", "--query", "--verify", "-K", "--checksig", "--eval", "--test"]) {
        if args.has(&["-a", "--all"]) {
            return Flow { text: Some(format!("{}\n", crate::safety::value::ANY)), taint: Taint::LOCAL };
        }
        return Flow::local();
    }
    let packages = args.operands.clone();
    if args.has(&["-e", "--erase"]) {
        walker.remove_packages(call, &packages, args.has(&["--nodeps"]));
    } else if args.has(&["-i", "-U", "-F", "--install", "--upgrade", "--freshen", "--reinstall"]) {
        walker.note(&INSTALL, Level::Caution, call.span, "installs a package from a file or an address");
    } else if args.has(&["--import", "--rebuilddb", "--initdb", "--setperms", "--setugids"]) {
        walker.note(&INSTALL, Level::Caution, call.span, "changes what the package manager trusts or knows");
    }
    Flow::local()
}

fn pacman(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let packages = args.operands.clone();
    if args.has(&["-p", "--print"]) {
        return Flow::local();
    }
    if args.has(&["-R", "--remove"]) || args.operand(0) == Some("remove") {
        // `-Rdd` takes no notice of what needs it.
        let blind = call.words().iter().any(|word| word.text.starts_with("-R") && word.text.matches('d').count() > 1)
            || args.has(&["--nodeps"]) && args.has(&["-c", "--cascade"]);
        walker.remove_packages(call, &packages, blind);
    } else if args.has(&["-S", "--sync", "-U", "--upgrade"]) {
        if args.has(&["-c", "--clean"]) {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "deletes packages kept here");
        } else if !args.has(&["-s", "--search", "-i", "--info", "-l", "--list", "-g"]) {
            let over = call.words().iter().any(|word| word.text.starts_with("--overwrite"));
            if over || args.has(&["-U", "--upgrade"]) {
                walker.note(&INSTALL, Level::Caution, call.span, "installs from a file, or over files that are there");
            }
            walker.install_packages(call, &packages);
        }
    }
    Flow::local()
}
