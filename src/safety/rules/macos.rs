//! macOS.

use super::data::{DROP, REMOVE};
use super::services::{GUARD, POWER, STOP, STOP_ALL, is_guard};
use super::{Utility, does, effects, verb, verb_with};
use crate::safety::Level::{self, Caution, Critical, Danger};
use crate::safety::call::Call;
use crate::safety::judge::Delete;
use crate::safety::value::{Flow, HOME, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    verbs!(
        "diskutil",
        "",
        &[
            verb(
                "eraseDisk|eraseVolume|zeroDisk|randomDisk|secureErase|partitionDisk|reformat|eraseCD|eraseOptical|erasedisk|erasevolume|zerodisk|partitiondisk|secureerase|randomdisk",
                Critical,
                &effects::WRITE_DEVICE,
                "erases {}"
            ),
            verb(
                "apfs|ap deleteContainer|deleteVolume|eraseVolume|deletecontainer|deletevolume",
                Critical,
                &effects::WRITE_DEVICE,
                "erases {}"
            ),
            verb(
                "apfs|cs|coreStorage|appleRAID|ar delete*|create*|encrypt*|decrypt*|resize*",
                Danger,
                &DROP,
                "changes the disk {}"
            ),
            verb(
                "mergePartitions|splitPartition|resizeVolume|addPartition",
                Danger,
                &DROP,
                "changes the partitions of {}"
            ),
            verb(
                "unmount|unmountDisk|mount|mountDisk|eject|repairVolume|repairDisk|rename|renameVolume|enableJournal|disableJournal|umount|enableOwnership",
                Caution,
                &REMOVE,
                "changes the disk {}"
            ),
        ]
    ),
    verbs!(
        "asr",
        "--source --target",
        &[
            verb_with("restore", "--erase", Critical, &effects::WRITE_DEVICE, "writes over a disk"),
            verb("restore", Danger, &DROP, "writes over a disk")
        ]
    ),
    verbs!(
        "csrutil",
        "",
        &[
            verb("disable", Danger, &GUARD, "turns the protection of the system off"),
            verb("authenticated-root|clear|enable|netboot", Caution, &GUARD, "changes the protection of the system"),
            verb("authenticated-root disable", Danger, &GUARD, "turns the protection of the system off")
        ]
    ),
    verbs!(
        "spctl",
        "-t --type",
        &[
            verb_with("", "--master-disable --global-disable", Danger, &GUARD, "turns Gatekeeper off"),
            verb_with(
                "",
                "--add --remove --disable --enable --master-enable",
                Caution,
                &GUARD,
                "changes what Gatekeeper lets run"
            ),
            verb("kext-consent", Caution, &GUARD, "changes what the kernel lets in"),
        ]
    ),
    verbs!("tccutil", "", &[verb("reset", Caution, &GUARD, "forgets what programs may see")]),
    verbs!(
        "fdesetup",
        "-user -inputplist",
        &[
            verb("disable", Danger, &GUARD, "turns the encryption of the disk off"),
            verb(
                "add|remove|sync|changerecovery|removerecovery|authrestart|enable",
                Caution,
                &GUARD,
                "changes the encryption of the disk"
            )
        ]
    ),
    does("launchctl", "", launchctl),
    does("security", "-s -a -l -D -k -p -t -r -P -T -C -c -n", security),
    does(
        "defaults plutil PlistBuddy plistbuddy scutil systemsetup networksetup nvram bless kextload kextunload \
            kextutil kmutil profiles dscl dseditgroup dsenableroot createhomedir airport",
        "-c -o -host",
        settings,
    ),
    verbs!(
        "tmutil",
        "-d -p -i",
        &[
            verb(
                "deletelocalsnapshots|thinlocalsnapshots|deleteinprogress",
                Caution,
                &REMOVE,
                "deletes a snapshot of this machine"
            ),
            verb("deletelocalsnapshots /", Danger, &DROP, "deletes every snapshot of this machine"),
            verb("delete|removedestination", Danger, &DROP, "deletes backups: {}"),
            verb("disable|disablelocal", Danger, &GUARD, "turns backups off"),
            verb(
                "restore|stopbackup|setdestination|addexclusion|removeexclusion|inheritbackup|associatedisk",
                Caution,
                &REMOVE,
                "changes backups"
            ),
        ]
    ),
    does("osascript", "-e -l -s -i?", osascript),
    verbs!(
        "hdiutil",
        "-fs -size -volname -format -o -srcfolder -type -encryption",
        &[verb("eject|detach|unmount|burn|compact|resize|erasekeys", Caution, &REMOVE, "changes a disk image")]
    ),
    verbs!("open", "-a -b --args -e? -n? --env -W?", &[]),
    verbs!(
        "pbcopy pbpaste wl-copy wl-paste xclip xsel clip.exe clip fish_clipboard_copy fish_clipboard_paste say \
            afplay sw_vers system_profiler mdls screencapture sips textutil otool codesign lipo dyldinfo ioreg \
            vm_stat dscacheutil log mdimport qlmanage sysdiagnose xcode-select xcodebuild xcrun swiftc agvtool \
            notarytool",
        "",
        &[
            verb("erase", Caution, &REMOVE, "erases the log"),
            verb_with("", "-flushcache --remove-signature", Caution, &REMOVE, "changes it"),
        ]
    ),
    verbs!(
        "xattr",
        "",
        &[verb_with("", "-d -c -w -cr -rc -dr -rd", Caution, &effects::RIGHTS, "changes the attributes of {}")]
    ),
    verbs!("mdutil", "-i", &[verb_with("", "-E -i -d -X", Caution, &REMOVE, "changes the search index")]),
    verbs!(
        "installer",
        "-pkg -target",
        &[verb_with("", "-pkg", Caution, &super::packages::INSTALL, "installs a package")]
    ),
    verbs!(
        "pkgutil",
        "--volume",
        &[verb_with("", "--forget", Caution, &super::packages::REMOVE_PACKAGE, "forgets a package")]
    ),
    verbs!(
        "startosinstall",
        "",
        &[
            verb_with("", "--eraseinstall", Critical, &effects::WRITE_DEVICE, "erases the whole disk"),
            verb("", Caution, &POWER, "installs the system anew")
        ]
    ),
];

fn launchctl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let named = args.operands.iter().skip(1).map(|operand| operand.shown()).collect::<Vec<_>>().join(" ");
    let guard = args
        .operands
        .iter()
        .any(|operand| is_guard(&operand.text) || operand.text.rsplit('/').next().is_some_and(is_guard));
    match args.operand(0) {
        Some("unload" | "bootout" | "disable" | "remove" | "stop" | "kill") if guard => {
            walker.note(&GUARD, Level::Danger, call.span, format!("stops {named}, which guards the system"))
        }
        Some("reboot") => walker.note(&POWER, Level::Caution, call.span, "starts the machine or a session anew"),
        Some("bootout") if args.operands.len() == 2 && args.operands[1].text == "system" => {
            walker.note(&STOP_ALL, Level::Danger, call.span, "stops everything")
        }
        Some("unload" | "bootout" | "disable" | "remove" | "stop" | "kill" | "kickstart") => {
            walker.note(&STOP, Level::Caution, call.span, format!("stops or restarts {named}"))
        }
        Some("load" | "bootstrap" | "enable" | "submit" | "setenv" | "config") => {
            walker.note(&STOP, Level::Caution, call.span, format!("makes {named} run by itself"))
        }
        _ => {}
    }
    Flow::local()
}

fn security(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.args.operand(0) {
        Some("delete-keychain") => {
            walker.note(&effects::DELETE_KEYS, Level::Danger, call.span, "deletes a keychain with all its passwords")
        }
        Some(verb) if verb.starts_with("delete-") => {
            walker.note(&effects::DELETE_KEYS, Level::Caution, call.span, "deletes a saved password or certificate")
        }
        Some("add-trusted-cert" | "authorizationdb" | "trust-settings-import" | "set-key-partition-list") => {
            walker.note(&GUARD, Level::Danger, call.span, "changes whom this machine trusts")
        }
        Some("find-generic-password" | "find-internet-password" | "dump-keychain" | "export" | "find-identity") => {
            return Flow::of(Taint::SECRET);
        }
        Some("unlock-keychain" | "set-keychain-settings" | "import" | "default-keychain") => {
            walker.note(&GUARD, Level::Caution, call.span, "changes a keychain")
        }
        _ => {}
    }
    Flow::local()
}

fn settings(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let words: Vec<&str> = call.words().iter().map(|word| word.text.as_str()).collect();
    let has = |name: &str| words.contains(&name);
    match call.name {
        "defaults" => match args.operand(0) {
            Some("delete")
                if args.operands.len() == 1
                    || args.operands.len() == 2 && matches!(args.operand(1), Some("NSGlobalDomain" | "-g")) =>
            {
                walker.note(&effects::DELETE_TREE, Level::Danger, call.span, "deletes every setting");
            }
            Some("delete") => walker.note(&effects::DELETE, Level::Caution, call.span, "deletes a setting"),
            Some("write" | "import" | "rename") => {
                let guard = words.iter().any(|word| {
                    word.contains("com.apple.alf")
                        || word.contains("loginwindow")
                        || word.contains("LSQuarantine")
                        || word.contains("com.apple.security")
                        || word.contains("SoftwareUpdate")
                });
                let level = if guard
                    && words.iter().any(|word| {
                        word.contains("LoginHook")
                            || word.contains("LogoutHook")
                            || *word == "globalstate"
                            || *word == "LSQuarantine"
                    }) {
                    Level::Danger
                } else {
                    Level::Caution
                };
                walker.note(&GUARD, level, call.span, "changes a setting");
            }
            _ => {}
        },
        "nvram" => {
            if has("-c") {
                walker.note(&super::system::BOOT, Level::Danger, call.span, "empties what the machine starts by");
            } else if words.iter().any(|word| word.contains('=')) || has("-d") {
                let grave =
                    words.iter().any(|word| word.starts_with("boot-args") || word.starts_with("csr-active-config"));
                walker.note(
                    &super::system::BOOT,
                    if grave { Level::Danger } else { Level::Caution },
                    call.span,
                    "changes how the machine starts",
                );
            }
        }
        "bless" if words.iter().any(|word| word.starts_with("--") || word.starts_with("-f")) && !has("--info") => {
            walker.note(&super::system::BOOT, Level::Danger, call.span, "changes what the machine starts from")
        }
        "dscl"
            if words.iter().any(|word| {
                matches!(
                    *word,
                    "-create"
                        | "-append"
                        | "-delete"
                        | "-passwd"
                        | "-change"
                        | "-merge"
                        | "create"
                        | "append"
                        | "delete"
                        | "passwd"
                        | "change"
                        | "merge"
                )
            }) =>
        {
            walker.note(&super::access::USERS, Level::Danger, call.span, "makes, changes or deletes accounts");
        }
        "dseditgroup"
            if has("edit")
                || has("delete")
                || has("create")
                || words.contains(&"-o") && (has("edit") || has("delete")) =>
        {
            walker.note(&super::access::USERS, Level::Danger, call.span, "changes a group")
        }
        "dsenableroot" => walker.note(&super::access::USERS, Level::Danger, call.span, "lets root log in"),
        "systemsetup" if words.iter().any(|word| word.starts_with("-set")) => {
            let remote = words.iter().any(|word| word.eq_ignore_ascii_case("-setremotelogin")) && has("on");
            walker.note(
                &effects::OPEN_ACCESS,
                if remote { Level::Danger } else { Level::Caution },
                call.span,
                "changes a setting of the machine",
            );
        }
        "networksetup"
            if words
                .iter()
                .any(|word| word.starts_with("-set") || word.starts_with("-remove") || word.starts_with("-create")) =>
        {
            walker.note(&super::system::NETWORK, Level::Caution, call.span, "changes the network")
        }
        "kextload" | "kextunload" | "kmutil" | "kextutil" => {
            walker.note(&super::system::KERNEL, Level::Caution, call.span, "changes the running kernel")
        }
        "profiles" if words.iter().any(|word| matches!(*word, "remove" | "install" | "-R" | "-I" | "-D")) => {
            let all = has("-D") || has("-all");
            walker.note(
                &GUARD,
                if all { Level::Danger } else { Level::Caution },
                call.span,
                "changes how this machine is managed",
            );
        }
        "plutil" | "PlistBuddy" | "plistbuddy" | "scutil" => {
            let changes = words.iter().any(|word| {
                matches!(*word, "-replace" | "-insert" | "-remove" | "-convert" | "--set")
                    || word.starts_with("Set ")
                    || word.starts_with("Delete ")
                    || word.starts_with("Add ")
            });
            if changes && !words.contains(&"-") {
                walker.note(&effects::WRITE, Level::Caution, call.span, "changes a setting");
            }
        }
        _ => {}
    }
    Flow::local()
}

fn osascript(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut texts = call.args.values(&["-e"]);
    if texts.is_empty() {
        match call.args.operands.first() {
            Some(file) if file.text != "-" => {
                walker.run_file(file, Shell::Bash, &[]);
            }
            _ => match walker.stdin.clone() {
                Some(Flow { text: Some(text), taint }) => texts.push(Value { text, taint, span: call.span }),
                Some(flow) => walker.run_tainted(flow.taint, call.span),
                None => {}
            },
        }
    }
    for text in &texts {
        if text.taint.has(Taint::NETWORK | Taint::DECODED) {
            walker.run_tainted(text.taint, text.span);
        }
        for piece in text.text.split("do shell script").skip(1) {
            let command = string(piece);
            let root = piece.contains("administrator privileges");
            walker.as_root(walker.root || root, |walker| walker.run_text(&text.with_text(command), Shell::Bash));
        }
        if let Some((_, rest)) = text.text.split_once("do script") {
            walker.run_text(&text.with_text(string(rest)), Shell::Bash);
        }
        if let Some((_, rest)) = text.text.split_once("doShellScript(") {
            walker.run_text(&text.with_text(string(rest)), Shell::Bash);
        }
        let lower = text.text.to_ascii_lowercase();
        if lower.contains("empty trash") || lower.contains("empty the trash") {
            walker.note(&effects::DELETE, Level::Caution, text.span, "empties the trash");
        } else if lower.contains("delete ") && lower.contains("finder") {
            let home = lower.contains("home folder")
                || lower.contains("every item of home")
                || lower.contains("(path to home");
            if home && !lower.contains("folder \"") {
                walker.delete(&text.with_text(HOME.to_string()), Delete::Trees);
            } else {
                walker.note(&effects::DELETE, Level::Caution, text.span, "puts files into the trash");
            }
        }
        if ["to restart", "to shut down", "to sleep", "to log out"].iter().any(|part| lower.contains(part)) {
            walker.note(&POWER, Level::Caution, text.span, "turns the machine off, or starts it anew");
        }
    }
    Flow::local()
}

/// Returns the first string in AppleScript text.
fn string(text: &str) -> String {
    let mut out = String::new();
    let Some(start) = text.find(['"', '\'']) else { return out };
    let quote = text.as_bytes()[start] as char;
    let mut escaped = false;
    for character in text[start + 1..].chars() {
        if escaped {
            out.push(character);
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            break;
        } else {
            out.push(character);
        }
    }
    out
}
