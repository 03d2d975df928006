//! Which absolute paths and which paths in a home are what: the lists behind `target`.

use crate::safety::secrets;
use crate::safety::target::{Place, may_be};
use crate::safety::value::{DEEP, has_marks};

/// Folders that are lost only together with the system, or with all that its users have.
const SYSTEM: &[&str] = &[
    "bin",
    "sbin",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "usr",
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "usr/lib32",
    "usr/lib64",
    "usr/libexec",
    "usr/share",
    "usr/include",
    "usr/local",
    "usr/local/bin",
    "etc",
    "boot",
    "boot/efi",
    "dev",
    "proc",
    "sys",
    "run",
    "var",
    "var/lib",
    "var/lib/dpkg",
    "var/lib/rpm",
    "var/lib/pacman",
    "var/lib/apt",
    "opt",
    "root",
    "home",
    "Users",
    "System",
    "System/Library",
    "Library",
    "Applications",
    "private",
    "Volumes",
    "mnt",
    "media",
    "srv",
    "lib/modules",
    "usr/lib/modules",
    "lib/systemd",
    "usr/lib/systemd",
    "etc/systemd",
    "etc/systemd/system",
    "etc/pam.d",
    "etc/ssl",
    "cores",
    "nix",
    "nix/store",
    "gnu/store",
    "bin/bash",
    "bin/sh",
    "sys/firmware/efi/efivars",
    "lost+found",
    "snap",
    "usr/bin/env",
];

/// Who may log in, and who may become root.
const ACCOUNT: &[&str] = &[
    "etc/passwd",
    "etc/shadow",
    "etc/group",
    "etc/gshadow",
    "etc/sudoers",
    "etc/master.passwd",
    "etc/pwd.db",
    "etc/spwd.db",
];

/// Read when the system starts, lets someone in, or looks for another machine; a folder stands for all in it.
const START: &[&str] = &[
    "boot",
    "etc/hosts",
    "etc/resolv.conf",
    "etc/fstab",
    "etc/crypttab",
    "etc/crontab",
    "etc/anacrontab",
    "etc/cron.d",
    "etc/cron.hourly",
    "etc/cron.daily",
    "etc/cron.weekly",
    "etc/cron.monthly",
    "etc/cron.allow",
    "etc/cron.deny",
    "etc/at.allow",
    "etc/at.deny",
    "var/spool/cron",
    "etc/profile",
    "etc/profile.d",
    "etc/bashrc",
    "etc/bash.bashrc",
    "etc/zshrc",
    "etc/zshenv",
    "etc/zprofile",
    "etc/zsh",
    "etc/fish",
    "etc/environment",
    "etc/environment.d",
    "etc/ld.so.preload",
    "etc/ld.so.conf",
    "etc/ld.so.conf.d",
    "etc/rc.local",
    "etc/rc.conf",
    "etc/rc.d",
    "etc/init",
    "etc/init.d",
    "etc/inittab",
    "etc/nsswitch.conf",
    "etc/doas.conf",
    "etc/sudoers.d",
    "etc/sudo.conf",
    "etc/pam.d",
    "etc/security",
    "etc/ssh",
    "etc/systemd",
    "lib/systemd",
    "usr/lib/systemd",
    "usr/local/lib/systemd",
    "run/systemd",
    "etc/modprobe.d",
    "etc/modules",
    "etc/modules-load.d",
    "etc/default/grub",
    "etc/default/grub.d",
    "etc/grub.d",
    "etc/grub.conf",
    "etc/selinux",
    "etc/apparmor.d",
    "etc/apparmor",
    "etc/audit",
    "etc/auditd.conf",
    "etc/nftables.conf",
    "etc/iptables",
    "etc/ufw",
    "etc/firewalld",
    "etc/pf.conf",
    "etc/pf.anchors",
    "etc/netplan",
    "etc/network",
    "etc/hosts.allow",
    "etc/hosts.deny",
    "etc/exports",
    "etc/update-motd.d",
    "etc/xdg/autostart",
    "etc/polkit-1",
    "etc/dbus-1",
    "etc/udev",
    "etc/securetty",
    "etc/shells",
    "etc/login.defs",
    "etc/machine-id",
    "etc/mkinitcpio.conf",
    "etc/initramfs-tools",
    "etc/dracut.conf",
    "etc/kernel",
    "etc/nixos",
    "etc/synthetic.conf",
    "etc/launchd.conf",
    "etc/periodic",
    "Library/LaunchDaemons",
    "Library/LaunchAgents",
    "Library/StartupItems",
    "Library/Preferences/SystemConfiguration",
    "System",
    "etc/fail2ban",
    "etc/rsyslog.conf",
    "etc/krb5.conf",
    "etc/sysconfig/iptables",
    "etc/sysconfig/selinux",
    "etc/yum.conf",
    "etc/pacman.conf",
];

/// Kernel knobs that run programs or take guards away.
const KERNEL_START: &[&str] = &[
    "proc/sys/kernel/core_pattern",
    "proc/sys/kernel/modprobe",
    "proc/sys/kernel/randomize_va_space",
    "proc/sys/kernel/hotplug",
    "proc/sys/kernel/yama/ptrace_scope",
    "proc/sys/fs/protected_symlinks",
    "proc/sys/fs/protected_hardlinks",
    "proc/sys/fs/suid_dumpable",
    "proc/sys/fs/binfmt_misc",
    "proc/kcore",
    "sys/kernel/uevent_helper",
    "sys/kernel/security",
    "sys/fs/selinux",
    "sys/firmware",
];

const PROGRAMS: &[&str] =
    &["bin", "sbin", "lib", "lib32", "lib64", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "usr/libexec", "System"];

/// What a shell, a session or a tool of the user runs by itself; a folder stands for all in it.
const HOME_START: &[&str] = &[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".kshrc",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".logout",
    ".inputrc",
    ".xinitrc",
    ".xsession",
    ".xsessionrc",
    ".xprofile",
    ".Xclients",
    ".pam_environment",
    ".config/fish",
    ".config/autostart",
    ".config/systemd",
    ".config/environment.d",
    ".config/zsh",
    ".ssh/rc",
    ".ssh/environment",
    ".config/plasma-workspace",
    ".config/sway/config",
    ".config/i3/config",
    ".config/hypr",
    ".xmonad",
    ".forward",
    ".procmailrc",
    "Library/LaunchAgents",
    "Library/LaunchDaemons",
    ".oh-my-zsh",
    ".bash_completion",
    ".config/nushell",
    ".config/powershell",
    ".gdbinit",
    ".pythonrc.py",
];

/// Returns true when `parts` name `path`, as far as a pattern can.
fn same(parts: &[String], path: &str) -> bool {
    let mut names = path.split('/');
    for (at, part) in parts.iter().enumerate() {
        if part.chars().all(|c| c == DEEP) && !part.is_empty() {
            // Any depth: the rest of the pattern has to fit the end of the path.
            let rest = &parts[at + 1..];
            let names: Vec<&str> = names.collect();
            return rest.len() <= names.len()
                && rest.iter().zip(&names[names.len() - rest.len()..]).all(|(part, name)| may_be(part, name));
        }
        match names.next() {
            Some(name) if may_be(part, name) => {}
            _ => return false,
        }
    }
    names.next().is_none()
}

/// Returns true when `parts` name `path` or something in it.
pub fn within(parts: &[String], path: &str) -> bool {
    let depth = path.bytes().filter(|byte| *byte == b'/').count() + 1;
    parts.len() >= depth && !parts[..depth].iter().any(|part| part.contains(DEEP)) && same(&parts[..depth], path)
}

/// Tells what an absolute path is; patterns for a folder's whole content are gone already.
pub fn absolute(parts: &[String]) -> Place {
    let Some(first) = parts.first() else { return Place::Root };
    if first == "dev" && parts.len() > 1 {
        return device(&parts[1..]);
    }
    if first == "tmp" || within(parts, "var/tmp") || within(parts, "var/folders") {
        return Place::Tmp;
    }
    let marked = parts.iter().any(|part| has_marks(part));
    if SYSTEM.iter().any(|path| same(parts, path)) {
        return Place::System;
    }
    if ACCOUNT.iter().any(|path| same(parts, path)) {
        return Place::Account;
    }
    if marked && first.contains(DEEP) {
        return Place::SystemPart;
    }
    match first.as_str() {
        "proc" | "sys" if KERNEL_START.iter().any(|path| within(parts, path)) => Place::SystemStart,
        "proc" | "sys" => Place::Kernel,
        "mnt" | "media" | "Volumes" if parts.len() <= 1 + usize::from(first == "media") => Place::Mount,
        _ if START.iter().any(|path| within(parts, path)) => Place::SystemStart,
        _ if PROGRAMS.iter().any(|path| within(parts, path)) && !within(parts, "lib/modules") => Place::SystemProgram,
        "root" => Place::HomePart,
        "etc" | "usr" | "var" | "opt" | "run" | "Library" | "Applications" | "private" | "nix" | "snap" => {
            Place::SystemPart
        }
        _ => Place::Absolute,
    }
}

fn device(parts: &[String]) -> Place {
    let name = parts[0].as_str();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    match name {
        "null" | "zero" | "full" | "stdin" | "stdout" | "stderr" | "tty" | "fd" | "pts" | "ptmx" | "random"
        | "urandom" | "console" => Place::Stream,
        "tcp" | "udp" => Place::Network,
        "shm" | "mqueue" => Place::Tmp,
        _ if begins(&[
            "tty", "pty", "fd0", "rfd0", "st0", "nst", "rmt", "sr0", "cdrom", "tape", "lp", "usb", "snd", "video",
            "input", "dsp", "audio", "cu.", "cua", "i2c", "spidev", "gpio", "uinput", "kmsg", "log", "rtc", "watchdog",
            "dri", "kvm",
        ]) =>
        {
            Place::Line
        }
        _ => Place::Device,
    }
}

/// Tells what a path in a home is; `whole` says that a pattern for everything in it has been taken away.
pub fn home(parts: &[String], whole: bool) -> Place {
    let Some(last) = parts.last() else { return Place::Home };
    if parts[0] == ".ssh" && parts.len() == 2 {
        let known = |name: &str| may_be(last, name);
        if known("authorized_keys") || known("authorized_keys2") {
            return Place::HomeAccess;
        }
        if last.ends_with(".pub") || last.starts_with("known_hosts") {
            return Place::HomePart;
        }
    }
    if parts.len() == 1 && last == ".ssh" && !whole {
        return Place::HomeKey;
    }
    let lazy = parts.len() > 3 && parts[1] == "fish" && matches!(parts[2].as_str(), "completions" | "themes");
    if !lazy && HOME_START.iter().any(|path| within(parts, path)) {
        return Place::HomeStart;
    }
    if secrets::KEYS.iter().any(|path| within(parts, path)) {
        return Place::HomeKey;
    }
    if last == ".git" { Place::Vcs } else { Place::HomePart }
}
