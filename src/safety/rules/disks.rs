//! Disks, partitions, file systems, volumes, mounts.

use super::data::{DROP, REMOVE};
use super::effects::WRITE_DEVICE;
use super::{Rule, Utility, does, effects, verb, verb_with};
use crate::safety::Level::{self, Caution, Critical, Danger};
use crate::safety::call::Call;
use crate::safety::judge::Write;
use crate::safety::target::Place;
use crate::safety::value::{Flow, Value, has_unknown};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[
    does(
        "mkfs mke2fs mkntfs mkudffs mkdosfs mkexfatfs mkreiserfs newfs mkswap bcachefs mkhfs jfs_mkfs mkzonefs",
        "-t -L -U -b -n -F? -O -E -T -N -m -i -I -J -g -d -s -S -R -c? -l -q? --label --uuid --type --media-type \
            --label=",
        format,
    ),
    does(
        "wipefs blkdiscard nwipe scrub hdparm badblocks",
        "-n? -t -o -b -c -p -r -s? -e -X -E --offset --types --user-master --security-erase \
            --security-erase-enhanced --security-unlock --security-set-pass --security-disable --method --sector",
        wipe,
    ),
    does(
        "sgdisk gdisk cgdisk fixparts",
        "-n -t -c -d -a -b -l -u -U -R -A -e? --new --typecode --change-name --delete --backup --load-backup",
        partition,
    ),
    does("fdisk cfdisk sfdisk", "-b -C -H -S -t -u? -N -A -I -o -X -Y --part-type --label --backup-file", partition),
    does("parted gparted partx kpartx partprobe", "-a --align", partition),
    does(
        "cryptsetup veracrypt",
        "-c -h -s -d --cipher --hash --key-size --key-file --type --label --key-slot --pbkdf --iter-time --uuid \
            --header",
        crypt,
    ),
    does("mdadm", "-n -l -x -c --level --raid-devices --spare-devices --name --chunk --metadata --bitmap -e -N", raid),
    verbs!(
        "zpool",
        "-o -O -m -R -t",
        &[
            verb("destroy", Danger, &DROP, "destroys the pool {}"),
            verb("create", Critical, &WRITE_DEVICE, "writes a pool over {}"),
            verb("labelclear", Critical, &WRITE_DEVICE, "wipes {}"),
            verb(
                "remove|detach|offline|replace|split|export|clear|upgrade|add",
                Caution,
                &REMOVE,
                "changes the pool {}"
            ),
        ]
    ),
    verbs!(
        "zfs",
        "-o -O -t -V -s -S",
        &[
            verb_with("destroy", "-r -R -f", Danger, &DROP, "destroys {} with all that is in it"),
            verb("destroy *@*", Caution, &REMOVE, "destroys a snapshot"),
            verb("destroy", Danger, &DROP, "destroys {}"),
            verb_with("rollback", "-r -R", Danger, &DROP, "destroys every snapshot that came after {}"),
            verb("rollback", Caution, &REMOVE, "throws away what came after {}"),
            verb("rename|unmount|set|inherit|promote|upgrade", Caution, &REMOVE, "changes {}"),
        ]
    ),
    verbs!(
        "lvremove vgremove",
        "-S --select",
        &[
            verb_with("", "-t --test", Level::Safe, &DROP, ""),
            verb("", Danger, &DROP, "removes the volume {} with all that is in it")
        ]
    ),
    does("pvcreate pvremove vgcreate", "-u --uuid --restorefile -s --physicalextentsize", format),
    verbs!(
        "lvreduce lvresize vgreduce pvmove lvconvert lvchange vgchange vgextend lvextend lvcreate lvrename vgrename \
            pvresize vgcfgrestore resize2fs xfs_growfs e2label xfs_admin fatlabel exfatlabel btrfstune reiserfstune \
            ntfsresize growpart e2fsck xfs_repair ntfsfix debugfs swaplabel",
        "-L -l -n -s -S -r? -f? -z -C -j -b -B -p? -R",
        &[
            verb_with(
                "",
                "-L -l -r -f -y -p -a -c -U -j -O -E -w -R",
                Caution,
                &REMOVE,
                "changes a volume or a file system"
            ),
            verb("*", Caution, &REMOVE, "changes the volume or file system {}"),
        ]
    ),
    verbs!(
        "fsck",
        "-t -C -r?",
        &[
            verb_with("", "-N -n", Level::Safe, &REMOVE, ""),
            verb("*", Caution, &REMOVE, "repairs the file system {}"),
            verb_with("", "-A -y -a -p", Caution, &REMOVE, "repairs file systems"),
        ]
    ),
    verbs!(
        "tune2fs",
        "-c -C -e -g -i -I -j? -J -L -m -M -o -O -r -T -u -U -E -Q",
        &[verb_with("", "-l", Level::Safe, &REMOVE, ""), verb("*", Caution, &REMOVE, "changes the file system {}"),]
    ),
    verbs!(
        "btrfs",
        "",
        &[
            verb_with("check", "--readonly", Level::Safe, &REMOVE, ""),
            verb("subvolume|sub|su delete|del", Danger, &DROP, "deletes the subvolume {}"),
            verb("device|dev remove|delete", Danger, &DROP, "takes a disk out of {}"),
            verb("filesystem|fi resize|label|defragment", Caution, &REMOVE, "changes a file system"),
            verb("check", Caution, &REMOVE, "repairs a file system"),
            verb_with(
                "check",
                "--repair --init-csum-tree",
                Danger,
                &DROP,
                "writes over the structure of a file system"
            ),
            verb("balance|replace|rescue|quota|property", Caution, &REMOVE, "changes a file system"),
        ]
    ),
    does("nvme", "-n -s --ses --namespace-id -l -f --lbaf", nvme),
    verbs!(
        "flashrom fwupdmgr sg_format sg_sanitize sedutil-cli storcli megacli MegaCli64 hpacucli ssacli \
            blkdeactivate nvmeupdate",
        "-p -r -c",
        &[
            verb_with(
                "",
                "-w --write -E --erase --format --yesIreallywanttoERASEALLmydatausingthePSID --sanitize \
                    --initialsetup --PSIDrevert --revertTPer",
                Danger,
                &WRITE_DEVICE,
                "writes over firmware or a disk"
            ),
            verb("update|upgrade|install|downgrade|reinstall", Caution, &REMOVE, "writes firmware"),
            verb("*", Caution, &REMOVE, "changes a disk controller"),
        ]
    ),
    does(
        "mount umount unmount losetup swapon swapoff fusermount udisksctl eject pmount cryptmount udiskie \
            guestmount sshfs mount.cifs bindfs",
        "-t -o -O -L -U -T --types --options --target --source -b --block-device",
        mounts,
    ),
    does(
        "ddrescue testdisk photorec partclone dump restore fsarchiver partimage clonezilla e2image xfsdump \
            ntfsclone dd_rescue safecopy pv",
        "-s -b -o -O -i -r -n -d -L -N --source --output --overwrite",
        image,
    ),
    does(
        "balena-etcher etcher rpi-imager woeusb ventoy multibootusb bmaptool usbimager lsblk blkid findmnt smartctl \
            iostat",
        "-o -t -l -f -i -d -w",
        image,
    ),
];

/// Judges every operand that is a device; image files are files.
fn devices(walker: &mut Walker<'_>, operands: &[Value], verb: &str, rule: &'static Rule) -> bool {
    let mut any = false;
    for operand in operands {
        let target = walker.target(operand);
        let shown = target.path.shown(walker.facts);
        match target.place {
            Place::Device | Place::System | Place::Root => {
                any = true;
                walker.note(rule, Level::Critical, operand.span, format!("{verb} {shown}"));
            }
            _ if has_unknown(&operand.text) => {
                any = true;
                walker.note(rule, Level::Danger, operand.span, format!("{verb} {shown}"));
            }
            _ => {}
        }
    }
    any
}

fn owned(call: &Call<'_>) -> Vec<Value> {
    call.args.operands.iter().map(|value| (*value).clone()).collect()
}

fn format(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.words().iter().any(|word| word.text == "-n") && call.name.starts_with("mke2fs")
        || call.args.has(&["--help", "-V", "--dry-run", "--test", "-t"]) && call.name.starts_with("pv")
    {
        return Flow::local();
    }
    let operands = owned(call);
    if !devices(walker, &operands, "makes a new file system or volume over", &WRITE_DEVICE) {
        for operand in operands.iter().filter(|operand| operand.text.contains(['/', '.'])) {
            walker.note(
                &effects::WRITE,
                Level::Caution,
                operand.span,
                format!("makes a new file system in {}", operand.shown()),
            );
        }
        // A drive letter or a bare disk name.
        if operands.iter().any(|operand| {
            !operand.text.contains('.') && (operand.text.starts_with("disk") || operand.text.starts_with("sd"))
        }) {
            walker.note(&WRITE_DEVICE, Level::Critical, call.span, "makes a new file system over a disk");
        }
    }
    Flow::local()
}

fn wipe(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let grave = match call.name {
        "wipefs" => args.has(&["-a", "--all", "-o", "--offset"]) && !args.has(&["-n", "--no-act"]),
        "hdparm" => call.words().iter().any(|word| {
            [
                "--security-erase",
                "--security-erase-enhanced",
                "--write-sector",
                "--repair-sector",
                "--make-bad-sector",
                "--trim-sector",
                "--dco-restore",
                "--fwdownload",
                "--security-set-pass",
                "--sanitize-",
            ]
            .iter()
            .any(|name| word.text.starts_with(name))
        }),
        "badblocks" => args.has(&["-w"]),
        "blkdiscard" | "nwipe" | "scrub" => true,
        _ => false,
    };
    let operands = owned(call);
    if grave {
        if !devices(walker, &operands, "wipes", &WRITE_DEVICE) {
            for operand in &operands {
                walker.write(operand, Write::Replace, &Flow::empty());
            }
        }
    } else if call.name == "badblocks" && args.has(&["-n"])
        || call.name == "hdparm" && !args.has(&["-I", "-i", "-t", "-T", "-g", "-C", "-r"]) && !args.options.is_empty()
    {
        walker.note(&REMOVE, Level::Caution, call.span, "changes how a disk works, or writes to it");
    }
    Flow::local()
}

fn partition(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let words: Vec<&str> = args.operands.iter().map(|operand| operand.text.as_str()).collect();
    let changes = match call.name {
        "sgdisk" => args.options.iter().any(|option| {
            !matches!(
                option.name,
                crate::safety::options::Name::Short('p' | 'i' | 'v' | 'V' | 'b' | 'P' | 'F' | 'f' | 'E' | 'D' | 'L')
                    | crate::safety::options::Name::Long(
                        "print"
                            | "info"
                            | "verify"
                            | "version"
                            | "backup"
                            | "pretend"
                            | "first-in-largest"
                            | "end-of-largest"
                            | "list-types"
                    )
            )
        }),
        "sfdisk" => {
            walker.stdin.is_some() && !args.has(&["-d", "-l", "--dump", "--list"])
                || args.has(&[
                    "--delete",
                    "-A",
                    "--activate",
                    "--part-type",
                    "--part-label",
                    "-N",
                    "--wipe",
                    "--move-data",
                    "--relocate",
                ])
                || !args.has(&[
                    "-l",
                    "-d",
                    "-s",
                    "-F",
                    "-V",
                    "-J",
                    "--list",
                    "--dump",
                    "--json",
                    "--show-size",
                    "--list-free",
                    "--verify",
                    "--show-geometry",
                    "-g",
                    "-T",
                ]) && !words.is_empty()
                    && walker.stdin.is_some()
        }
        "fdisk" | "gdisk" | "cfdisk" | "cgdisk" => {
            walker.stdin.as_ref().is_some_and(|flow| {
                flow.text
                    .as_deref()
                    .is_none_or(|text| text.lines().any(|line| matches!(line.trim(), "w" | "o" | "g" | "d" | "n")))
            }) && !args.has(&["-l", "--list"])
        }
        "parted" => words.iter().skip(1).any(|word| {
            matches!(
                *word,
                "mklabel"
                    | "mktable"
                    | "mkpart"
                    | "rm"
                    | "resizepart"
                    | "set"
                    | "name"
                    | "toggle"
                    | "move"
                    | "rescue"
                    | "mkfs"
                    | "resize"
                    | "disk_set"
            )
        }),
        _ => false,
    };
    if changes {
        let operands: Vec<Value> = owned(call)
            .into_iter()
            .filter(|operand| operand.text.contains('/') || operand.text.contains(crate::safety::value::UNKNOWN))
            .collect();
        if !devices(walker, &operands, "changes the partitions of", &WRITE_DEVICE) {
            walker.note(&effects::WRITE, Level::Caution, call.span, "changes the partitions of an image");
        }
    } else if matches!(call.name, "fdisk" | "gdisk" | "cfdisk" | "cgdisk" | "parted" | "gparted")
        && !args.has(&["-l", "--list", "-s", "-m"])
        && !words.is_empty()
        && !words.contains(&"print")
    {
        walker.note(&REMOVE, Level::Caution, call.span, "opens the partition table for changes");
    }
    Flow::local()
}

fn crypt(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands = owned(call);
    match call.args.operand(0) {
        Some("luksFormat" | "erase" | "luksErase" | "reencrypt" | "luksHeaderRestore")
            if !devices(walker, &operands[1..], "wipes or encrypts anew", &WRITE_DEVICE) =>
        {
            walker.note(&effects::WRITE, Level::Caution, call.span, "makes a new encrypted container");
        }
        Some("luksKillSlot" | "luksRemoveKey") => {
            walker.note(&DROP, Level::Danger, call.span, "takes a key away: without one the data is lost")
        }
        Some("luksAddKey" | "luksChangeKey" | "close" | "luksClose" | "remove" | "resize" | "config") => {
            walker.note(&REMOVE, Level::Caution, call.span, "changes an encrypted disk")
        }
        _ => {}
    }
    Flow::local()
}

fn raid(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let operands = owned(call);
    let wipes = args.has(&["--create", "-C", "--zero-superblock", "--build", "-B"]);
    if wipes {
        devices(walker, &operands, "writes a new array over", &WRITE_DEVICE);
        for value in args.values(&["--create", "--zero-superblock", "-C"]) {
            devices(walker, &[value], "writes a new array over", &WRITE_DEVICE);
        }
    } else if args.has(&["--remove", "-r", "--stop", "-S", "--fail", "-f"]) {
        walker.note(&DROP, Level::Danger, call.span, "takes an array, or a disk of one, away");
    } else if args.has(&["--grow", "-G", "--add", "-a", "--assemble"]) {
        walker.note(&REMOVE, Level::Caution, call.span, "changes an array");
    }
    Flow::local()
}

fn nvme(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands = owned(call);
    if let Some(
        "format" | "sanitize" | "delete-ns" | "write" | "write-zeroes" | "write-uncor" | "dsm" | "fw-download"
        | "fw-activate" | "fw-commit" | "security-send" | "reset" | "subsystem-reset",
    ) = call.args.operand(0)
    {
        devices(walker, &operands[1..], "wipes or writes over", &WRITE_DEVICE);
    }
    Flow::local()
}

fn mounts(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let all = args.has(&["-a", "--all", "-D", "--detach-all"]);
    let looks = match call.name {
        "mount" => args.operands.is_empty() && !all,
        "losetup" => args.operands.is_empty() && !args.has(&["-d", "--detach", "-D", "--detach-all"]),
        "swapon" => args.has(&["-s", "--show", "--summary"]),
        "udisksctl" => matches!(args.operand(0), Some("status" | "info" | "dump" | "monitor" | "mount")),
        "sshfs" | "pmount" | "bindfs" => true,
        _ => false,
    };
    if !looks {
        walker.note(&REMOVE, Level::Caution, call.span, "mounts, unmounts or changes what is mounted");
    }
    if call.name == "mount" && args.operands.len() > 1 {
        let over = walker.target(args.operands[args.operands.len() - 1]);
        let hides = matches!(
            over.place,
            Place::Root | Place::System | Place::Account | Place::SystemStart | Place::SystemProgram | Place::Home
        );
        let usual = matches!(
            over.path.text().as_str(),
            "/mnt"
                | "/media"
                | "/boot"
                | "/boot/efi"
                | "/home"
                | "/opt"
                | "/srv"
                | "/proc"
                | "/sys"
                | "/dev"
                | "/run"
                | "/var"
                | "/usr/local"
                | "/Volumes"
                | "/snap"
                | "/nix"
        ) || over.path.text().starts_with("/proc/");
        let again = args.values(&["-o", "--options"]).iter().any(|options| options.text.contains("remount"));
        if hides && !usual && !again {
            walker.note(
                &effects::WRITE_SYSTEM,
                Level::Danger,
                call.span,
                format!("hides {} behind something else", over.path.shown(walker.facts)),
            );
        }
    }
    if call.name == "mount" && looks {
        return Flow {
            text: Some(format!("/{}\n", crate::safety::value::ANY)),
            taint: crate::safety::value::Taint::NONE,
        };
    }
    if call.name == "mount"
        && args
            .values(&["-o", "--options"])
            .iter()
            .any(|options| options.text.contains("remount") && options.text.contains("rw"))
    {
        walker.note(&REMOVE, Level::Caution, call.span, "makes a file system writable");
    }
    Flow::local()
}

fn image(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.name {
        "pv" => {
            let output = call.args.values(&["-o", "--output"]);
            for file in &output {
                walker.write(file, Write::Replace, &Flow::local());
            }
            return walker.filter(call, 0);
        }
        "lsblk" | "blkid" | "findmnt" | "smartctl" | "iostat" | "dump" | "xfsdump" | "e2image" | "photorec"
        | "testdisk" => return Flow::local(),
        _ => {}
    }
    let operands = owned(call);
    let written: Vec<Value> = match call.name {
        "ddrescue" | "dd_rescue" | "safecopy" => operands.iter().skip(1).take(1).cloned().collect(),
        "fsarchiver" | "ventoy" | "bmaptool" | "woeusb" => operands
            .iter()
            .filter(|operand| operand.text.starts_with("/dev") || operand.text.starts_with("dest="))
            .cloned()
            .collect(),
        _ => operands.iter().filter(|operand| operand.text.starts_with("/dev")).cloned().collect(),
    };
    devices(walker, &written, "writes over", &WRITE_DEVICE);
    for file in call.args.values(&["-o", "-O", "--output", "--overwrite"]) {
        if walker.target(&file).place == Place::Device {
            devices(walker, &[file], "writes over", &WRITE_DEVICE);
        }
    }
    Flow::local()
}
