//! Package managers: what is installed from where, and what is taken away.

use super::{Rule, Utility, does, gnu};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, Value, has_glob};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const RULES: &[&Rule] = &[&REMOVE_PACKAGE, &ESSENTIAL, &INSTALL, &PACKAGE_HOOK];

pub static REMOVE_PACKAGE: Rule = Rule {
    id: "package-remove",
    summary: "removes a package",
    hint: Some("see first what would go with it: `--dry-run`, `-s`"),
    hits: &[
        (Caution, "apt-get remove vim"),
        (Caution, "pip uninstall -y flask"),
        (Caution, "brew uninstall wget"),
        (Caution, "sudo pacman -Rns firefox"),
        (Caution, "npm uninstall lodash"),
    ],
    near: &[
        (Safe, "apt list --installed"),
        (Safe, "pip list"),
        (Safe, "pacman -Q"),
        (Safe, "apt-get remove -s vim"),
        (Safe, "npm ls"),
    ],
};

pub static ESSENTIAL: Rule = Rule {
    id: "package-essential",
    summary: "removes what the system cannot do without",
    hint: None,
    hits: &[
        (Danger, "apt-get remove --purge libc6"),
        (Danger, "sudo dnf remove -y systemd"),
        (Danger, "rpm -e --nodeps glibc"),
        (Danger, "apt purge 'lib*'"),
    ],
    near: &[(Caution, "apt-get remove libreoffice"), (Safe, "apt-cache show libc6")],
};

pub static INSTALL: Rule = Rule {
    id: "package-install",
    summary: "installs with root's rights, from elsewhere, or over the system's own",
    hint: Some("use a virtual environment, or the distribution's package"),
    hits: &[
        (Caution, "sudo apt-get install nginx"),
        (Caution, "pip install --break-system-packages numpy"),
        (Caution, "pip install git+https://github.com/x/y"),
        (Caution, "sudo dpkg -i ./pkg.deb"),
    ],
    near: &[
        (Safe, "pip install requests"),
        (Safe, "npm install"),
        (Safe, "brew install jq"),
        (Safe, "cargo install ripgrep"),
    ],
};

pub static PACKAGE_HOOK: Rule = Rule {
    id: "package-hook",
    summary: "makes a package manager run commands",
    hint: None,
    hits: &[
        (Danger, "apt-get -o APT::Update::Pre-Invoke::='/bin/sh -c id' update"),
        (Danger, "npm config set script-shell /tmp/x"),
    ],
    near: &[(Safe, "apt-get -o Debug::NoLocking=1 update"), (Safe, "npm config set fund false")],
};

const NPM: &str = "-w --workspace --prefix -C --registry --tag --otp --loglevel -F --filter --dir";

pub const UTILITIES: &[Utility] = &[
    does(
        "apk opkg xbps-install xbps-remove emerge eopkg slackpkg removepkg installpkg swupd pkg pkg_add pkg_delete \
            pkgin port nix-env guix tlmgr",
        "-C -r -R --root -X --repository -i? -e? -p",
        other,
    ),
    does("snap flatpak", "--channel --from", snap),
    does("brew", "--cask? --formula?", brew),
    does("dnf-automatic unattended-upgrade do-release-upgrade softwareupdate mas freebsd-update", "", upgrade),
];

/// Packages without which a system does not start, log in, or run a shell.
fn is_essential(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let stem = name.split([':', '=', '@']).next().unwrap_or(name);
    const NAMES: &[&str] = &[
        "libc6",
        "glibc",
        "musl",
        "libc-bin",
        "libc",
        "bash",
        "dash",
        "zsh-base",
        "coreutils",
        "util-linux",
        "systemd",
        "systemd-sysv",
        "init",
        "sysvinit",
        "openrc",
        "udev",
        "eudev",
        "dpkg",
        "apt",
        "rpm",
        "dnf",
        "yum",
        "pacman",
        "apk-tools",
        "libssl3",
        "openssl-libs",
        "openssl",
        "base-files",
        "base-system",
        "base-passwd",
        "filesystem",
        "grep",
        "sed",
        "tar",
        "gzip",
        "findutils",
        "login",
        "passwd",
        "sudo",
        "pam",
        "libpam-modules",
        "libpam0g",
        "kernel",
        "kernel-core",
        "linux",
        "linux-image-generic",
        "linux-image-amd64",
        "grub",
        "grub-pc",
        "grub2",
        "grub-efi-amd64",
        "grub2-common",
        "e2fsprogs",
        "mount",
        "procps",
        "libsystemd0",
        "shadow",
        "shadow-utils",
        "initramfs-tools",
        "dracut",
        "mkinitcpio",
        "dbus",
        "busybox",
        "alpine-base",
        "debianutils",
        "perl-base",
        "hostname",
        "ncurses-base",
        "libgcc-s1",
        "gcc-libs",
        "libstdc++6",
        "zlib1g",
        "essential",
        "python3",
        "python3-minimal",
        "perl",
        "base",
        "network-manager",
        "networkmanager",
        "openssh-server",
        "glibc-common",
        "setup",
        "basesystem",
        "ubuntu-minimal",
        "libselinux",
        "selinux-policy",
        "sys-libs/glibc",
        "baselayout",
        "openssl-libs-base",
        "libcrypt1",
        "iproute2",
    ];
    NAMES.contains(&stem) || (stem.starts_with("linux-image-") && !stem.chars().any(|c| c.is_ascii_digit()))
}

/// Package managers that also run what they install.
const RUNNERS: &str = "npm pnpm yarn bun poetry pipenv uv pdm conda mamba micromamba asdf mise rye bundle vagrant rvm pyenv rbenv \
    nix npx pixi op doppler";

impl Walker<'_> {
    /// Packages are taken away.
    pub fn remove_packages(&mut self, call: &Call<'_>, packages: &[&Value], force: bool) {
        let named = packages.iter().take(4).map(|package| package.shown()).collect::<Vec<_>>().join(" ");
        let wide = |text: &str| {
            matches!(text, "*" | "lib*" | ".*" | "^lib" | "@core")
                || (has_glob(text) && crate::safety::pattern::matches(text, "libc6"))
        };
        let essential = packages.iter().any(|package| is_essential(&package.text) || wide(&package.text));
        let every = packages.iter().any(|package| package.taint.has(Taint::LOCAL) && has_glob(&package.text));
        if essential || every {
            self.note(
                &ESSENTIAL,
                Level::Danger,
                call.span,
                format!("removes {named}, which the system cannot do without"),
            );
        } else if force {
            self.note(&ESSENTIAL, Level::Danger, call.span, format!("removes {named} although other packages need it"));
        } else {
            self.note(&REMOVE_PACKAGE, Level::Caution, call.span, format!("removes {named}"));
        }
    }

    /// Packages are installed; each is looked at for where it comes from.
    pub fn install_packages(&mut self, call: &Call<'_>, packages: &[&Value]) {
        let named = packages.iter().take(4).map(|package| package.shown()).collect::<Vec<_>>().join(" ");
        let elsewhere = packages.iter().any(|package| {
            let text = package.text.as_str();
            text.contains("://")
                || text.starts_with("git+")
                || text.starts_with("github:")
                || text.ends_with(".deb")
                || text.ends_with(".rpm")
                || text.ends_with(".tgz")
                || text.starts_with("git@")
        });
        let foreign = packages.iter().any(|package| {
            self.env.file(&self.target(package).path.text()).is_some_and(|file| file.content.taint.has(Taint::NETWORK))
        });
        if foreign && self.root {
            self.note(&INSTALL, Level::Danger, call.span, format!("installs {named}, fetched in this line, as root"));
        } else if elsewhere || foreign {
            self.note(&INSTALL, Level::Caution, call.span, format!("installs {named} from elsewhere than usual"));
        } else if self.root {
            self.note(&INSTALL, Level::Caution, call.span, format!("installs {named} with root's rights"));
        }
    }

    /// The verbs of package runners that also run commands: npm, yarn, conda, poetry.
    pub fn package_verbs(&mut self, call: &Call<'_>) {
        let args = crate::safety::options::Args::read(call.words(), gnu(NPM));
        let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
        let verb = args.operand(0).unwrap_or("");
        if !RUNNERS.split_ascii_whitespace().any(|name| name == call.name) || call.asks_about_verb() {
            return;
        }
        let second = rest.first().map_or("", |value| value.text.as_str());
        match (call.name, verb) {
            ("vagrant", "destroy") => {
                self.note(&super::data::REMOVE, Level::Caution, call.span, "destroys a virtual machine")
            }
            ("op" | "doppler", "read" | "item" | "secrets") => {}
            ("nix", "profile") if second == "remove" => {
                self.note(&REMOVE_PACKAGE, Level::Caution, call.span, "removes a package")
            }
            (_, "uninstall" | "remove" | "rm" | "un" | "unlink" | "r") => self.remove_packages(call, &rest, false),
            ("conda" | "mamba" | "micromamba", "env") if matches!(second, "remove") => {
                self.note(&REMOVE_PACKAGE, Level::Caution, call.span, "removes an environment")
            }
            ("conda" | "mamba", "clean") | ("npm" | "yarn" | "pnpm", "prune") | ("uv", "cache") if second != "dir" => {
                self.note(&REMOVE_PACKAGE, Level::Caution, call.span, "deletes packages kept here");
            }
            ("npm" | "yarn" | "pnpm" | "bun", "cache") if matches!(second, "clean" | "clear") => {
                self.note(&REMOVE_PACKAGE, Level::Caution, call.span, "deletes packages kept here")
            }
            ("npm" | "pnpm" | "yarn", "unpublish") if !args.has(&["--dry-run"]) => {
                self.note(&ESSENTIAL, Level::Danger, call.span, "takes a published package away from everybody")
            }
            ("npm" | "pnpm" | "yarn", "config" | "c" | "set")
                if rest.iter().any(|value| {
                    value.text.starts_with("script-shell")
                        || value.text.starts_with("shell=")
                        || value.text == "node-options"
                }) =>
            {
                self.note(&PACKAGE_HOOK, Level::Danger, call.span, "makes every script run through another program");
            }
            ("npm" | "pnpm" | "yarn", "config")
                if second != "get"
                    && rest.iter().any(|value| value.text == "registry" || value.text.starts_with("registry=")) =>
            {
                self.note(&INSTALL, Level::Caution, call.span, "takes packages from another source");
            }
            ("npm" | "pnpm", "pkg") if second == "set" => {
                for value in rest.iter().skip(1) {
                    if let Some((name, text)) = value.text.split_once('=')
                        && name.starts_with("scripts.")
                    {
                        self.run_text(&value.with_text(text), Shell::Bash);
                    }
                }
            }
            (
                "npm" | "pnpm" | "yarn" | "bun" | "poetry" | "pipenv" | "uv" | "pdm" | "bundle",
                "install" | "i" | "add" | "in",
            ) => {
                self.install_packages(call, &rest);
            }
            ("uv", "pip") => {
                let words: Vec<Value> = call.words().iter().skip_while(|word| word.text != "pip").cloned().collect();
                if !words.is_empty() {
                    self.call(&words, call.span);
                }
            }
            ("uv", "tool") if matches!(second, "uninstall") => self.remove_packages(call, &rest[1..], false),
            ("npm", "publish") | ("yarn", "publish") | ("poetry", "publish") | ("pnpm", "publish")
                if !args.has(&["--dry-run", "-n"]) =>
            {
                self.note(&INSTALL, Level::Caution, call.span, "publishes a package to everybody")
            }
            _ => {}
        }
    }
}

fn other(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    let verb = args.operand(0).unwrap_or("");
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    let by_name = matches!(call.name, "xbps-remove" | "removepkg" | "pkg_delete");
    let by_option = call.name == "emerge" && args.has(&["-C", "--unmerge", "-c", "--depclean"])
        || call.name == "nix-env" && args.has(&["-e", "--uninstall"])
        || call.name == "guix" && args.has(&["-r", "--remove"]);
    if by_name || by_option {
        walker.remove_packages(call, &args.operands.clone(), args.has(&["-F", "--force"]) && by_name);
    } else if matches!(
        verb,
        "del" | "remove" | "delete" | "uninstall" | "rm" | "erase" | "autoremove" | "clean" | "bundle-remove"
    ) {
        walker.remove_packages(call, &rest, false);
    } else if matches!(verb, "add" | "install" | "in" | "upgrade" | "bundle-add")
        || matches!(call.name, "xbps-install" | "installpkg" | "pkg_add")
    {
        if args.has(&["--allow-untrusted"]) {
            walker.note(&INSTALL, Level::Caution, call.span, "installs packages nobody has signed");
        }
        walker.install_packages(call, &rest);
    }
    Flow::local()
}

fn snap(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    match args.operand(0) {
        Some("remove" | "uninstall" | "remote-delete" | "forget") => walker.remove_packages(call, &rest, false),
        Some("install" | "refresh" | "update") => {
            if args.has(&["--dangerous", "--classic", "--devmode"]) {
                walker.note(
                    &INSTALL,
                    Level::Caution,
                    call.span,
                    "installs a package outside of its sandbox, or unsigned",
                );
            }
            walker.install_packages(call, &rest);
        }
        Some("remote-add" | "connect" | "override") => {
            walker.note(&INSTALL, Level::Caution, call.span, "gives packages more rights, or another source")
        }
        Some("run") => {}
        _ => {}
    }
    Flow::local()
}

fn brew(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    let rest: Vec<&Value> = args.operands.iter().skip(1).copied().collect();
    if args.has(&["-n", "--dry-run"]) {
        return Flow::local();
    }
    match args.operand(0) {
        Some("uninstall" | "remove" | "rm" | "zap") => walker.remove_packages(call, &rest, false),
        Some("cleanup" | "autoremove") => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "deletes old versions and packages nothing needs")
        }
        Some("untap" | "unlink") => {
            walker.note(&REMOVE_PACKAGE, Level::Caution, call.span, "takes a source or a link away")
        }
        Some("services") if matches!(args.operand(1), Some("stop" | "restart" | "kill")) => {
            let named = args.operand(2).unwrap_or("services").to_string();
            walker.note(
                &super::services::STOP,
                Level::Caution,
                call.span,
                format!("stops or restarts {}", crate::safety::value::shown(&named)),
            );
        }
        Some("install" | "reinstall" | "upgrade") if rest.iter().any(|package| package.text.contains("://")) => {
            walker.install_packages(call, &rest);
        }
        Some("shellenv") => return Flow::of(Taint::PROGRAM),
        Some("list" | "ls" | "leaves") if rest.is_empty() => {
            return Flow { text: Some(format!("{}\n", crate::safety::value::ANY)), taint: Taint::LOCAL };
        }
        Some("--prefix" | "--cellar" | "--repository") => {
            return Flow { text: Some("/usr/local\n".into()), taint: Taint::NONE };
        }
        _ => {}
    }
    Flow::local()
}

fn upgrade(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-l", "--list", "--dry-run", "-c", "--history", "--schedule"])
        || matches!(call.args.operand(0), Some("list" | "search" | "info" | "outdated" | "account"))
    {
        return Flow::local();
    }
    walker.note(&INSTALL, Level::Caution, call.span, "installs or upgrades parts of the system");
    Flow::local()
}
