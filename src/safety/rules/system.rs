//! The running system: network, kernel, boot, mandatory access control.

use super::firewalls::FIREWALL;
use super::services::{GUARD, POWER, STOP};
use super::{Rule, Utility, does, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint};
use crate::safety::walk::Walker;

pub const RULES: &[&Rule] = &[&NETWORK, &BOOT, &KERNEL];

pub static NETWORK: Rule = Rule {
    id: "network",
    summary: "changes how this machine is connected",
    hint: Some("over `ssh`, this may lock you out"),
    hits: &[
        (Caution, "ip link set eth0 down"),
        (Caution, "ip route del default"),
        (Caution, "sudo ifconfig wlan0 down"),
        (Caution, "nmcli connection delete home"),
    ],
    near: &[
        (Safe, "ip addr show"),
        (Safe, "ip a"),
        (Safe, "ifconfig"),
        (Safe, "nmcli device status"),
        (Safe, "ip route"),
    ],
};

pub static BOOT: Rule = Rule {
    id: "boot",
    summary: "changes how the machine starts",
    hint: None,
    hits: &[
        (Danger, "grub-install /dev/sda"),
        (Danger, "efibootmgr -b 0000 -B"),
        (Danger, "sudo bootctl remove"),
        (Caution, "sudo update-grub"),
    ],
    near: &[(Safe, "efibootmgr"), (Safe, "bootctl status"), (Safe, "ls /boot")],
};

pub static KERNEL: Rule = Rule {
    id: "kernel",
    summary: "changes the running kernel",
    hint: None,
    hits: &[
        (Caution, "sudo sysctl -w net.ipv4.ip_forward=1"),
        (Caution, "sudo modprobe -r snd_hda_intel"),
        (Danger, "sysctl -w kernel.core_pattern='|/tmp/x %p'"),
        (Caution, "sudo insmod ./driver.ko"),
    ],
    near: &[(Safe, "sysctl -a"), (Safe, "lsmod"), (Safe, "sysctl net.ipv4.ip_forward"), (Safe, "modinfo ext4")],
};

pub const UTILITIES: &[Utility] = &[
    verbs!(
        "ip",
        "-n -netns -f -family -c?",
        &[
            verb("l|link|li d|del|delete|set|se|add", Caution, &NETWORK, "changes a network interface"),
            verb(
                "a|addr|ad|address d|del|delete|flush|fl|add|change|replace|f|a",
                Caution,
                &NETWORK,
                "changes an address of this machine"
            ),
            verb(
                "r|route|ro|rule|ru d|del|delete|flush|fl|f|add|change|replace|append|a",
                Caution,
                &NETWORK,
                "changes where packets go"
            ),
            verb(
                "neigh|neighbour|n|tunnel|tuntap|maddress|xfrm del|delete|flush|add|change|replace",
                Caution,
                &NETWORK,
                "changes the network"
            ),
            verb("netns del|delete|add", Caution, &NETWORK, "changes the network"),
        ]
    ),
    verbs!(
        "ifconfig",
        "",
        &[
            verb(
                "* down|up|delete|-alias|alias|hw|ether|mtu|netmask|add|del|promisc|-promisc|inet|inet6|destroy|*.*.*.*",
                Caution,
                &NETWORK,
                "changes a network interface"
            ),
            verb("* *.*", Caution, &NETWORK, "changes a network interface")
        ]
    ),
    verbs!(
        "ifup ifdown ifreload",
        "",
        &[
            verb("*", Caution, &NETWORK, "changes a network interface"),
            verb_with("", "-a", Caution, &NETWORK, "changes every network interface")
        ]
    ),
    verbs!("route", "-A -n?", &[verb("del|delete|add|flush|change", Caution, &NETWORK, "changes where packets go")]),
    verbs!(
        "ethtool",
        "",
        &[verb_with(
            "",
            "-s -K -G -A -C -L -X -E -f --change --features --set-ring --flash",
            Caution,
            &NETWORK,
            "changes a network interface"
        )]
    ),
    verbs!(
        "macchanger",
        "-m",
        &[verb_with("", "-r -m -e -a -p --random --mac", Caution, &NETWORK, "changes a network interface")]
    ),
    verbs!(
        "dhclient",
        "-cf -lf -pf",
        &[verb_with("", "-r -x", Caution, &NETWORK, "gives the address of this machine back")]
    ),
    verbs!("arp", "-i", &[verb_with("", "-d -s", Caution, &NETWORK, "changes the network")]),
    verbs!(
        "nmcli",
        "-f -t? -m -g -c -w --fields",
        &[
            verb(
                "c|con|conn|connection d|del|delete|down|modify|mod|edit|add|up|reload|import|clone",
                Caution,
                &NETWORK,
                "changes a connection"
            ),
            verb(
                "d|dev|device disconnect|delete|down|set|modify|connect|reapply",
                Caution,
                &NETWORK,
                "changes a connection"
            ),
            verb("n|net|networking off|on", Caution, &NETWORK, "turns the network off or on"),
            verb("r|radio *|wifi off|on", Caution, &NETWORK, "turns the radio off or on"),
        ]
    ),
    verbs!(
        "iwconfig iw wpa_cli rfkill wg wg-quick openvpn netplan dhcpcd tc brctl bridge ovs-vsctl vconfig \
            hostnamectl timedatectl localectl resolvconf netsh nslcd tailscale zerotier-cli teamd",
        "",
        &[
            verb(
                "block|unblock|set|disconnect|remove_network|reconfigure|up|down|apply|del-br|delbr|delif|del-port|add-br|addbr|logout|leave|join|serve|funnel|set-hostname|set-time|set-timezone|set-ntp|set-locale|hostname|try",
                Caution,
                &NETWORK,
                "changes a setting of this machine"
            ),
            verb(
                "qdisc|filter|class add|del|delete|change|replace|link",
                Caution,
                &NETWORK,
                "changes a setting of this machine"
            ),
            verb(
                "* essid|mode|key|txpower|power|channel|set|del|delete|add|down",
                Caution,
                &NETWORK,
                "changes a setting of this machine"
            ),
        ]
    ),
    verbs!(
        "socketfilterfw",
        "--setglobalstate --add --remove --setblockall --setstealthmode --unblockapp --blockapp",
        &[
            verb_with("", "--setglobalstate=off", Danger, &GUARD, "turns the firewall off"),
            verb_with(
                "",
                "--setglobalstate --add --remove --setblockall --setstealthmode --unblockapp",
                Caution,
                &FIREWALL,
                "changes the firewall"
            ),
        ]
    ),
    does("hostname domainname", "-F --file", hostname),
    does("sysctl", "-p? -r -f", sysctl),
    verbs!(
        "modprobe",
        "-C -d -S",
        &[
            verb_with("", "-r --remove", Caution, &KERNEL, "takes {} out of the kernel"),
            verb_with("", "-n -c -D -R --show-depends --dry-run --showconfig", Safe, &KERNEL, ""),
            verb("*", Caution, &KERNEL, "loads {} into the kernel"),
        ]
    ),
    does("insmod kldload", "", insmod),
    verbs!("rmmod kldunload kmod", "", &[verb("unload|load|*", Caution, &KERNEL, "takes {} out of the kernel")]),
    verbs!(
        "kexec",
        "-l -p --initrd --command-line --append",
        &[verb_with("", "-e -l -p --exec --load", Caution, &POWER, "starts another kernel")]
    ),
    verbs!(
        "setenforce",
        "",
        &[
            verb("0|Permissive|permissive", Danger, &GUARD, "turns SELinux off"),
            verb("*", Caution, &GUARD, "changes SELinux")
        ]
    ),
    verbs!(
        "setsebool semodule semanage",
        "-i -r -p -t -a",
        &[
            verb_with("", "-l --list", Safe, &GUARD, ""),
            verb("export", Safe, &GUARD, ""),
            verb("permissive", Danger, &GUARD, "weakens SELinux"),
            verb("*", Caution, &GUARD, "changes SELinux"),
            verb_with("", "-i -r -d -D -X", Caution, &GUARD, "changes SELinux"),
            verb_with("", "-DB", Danger, &GUARD, "weakens SELinux")
        ]
    ),
    verbs!(
        "aa-teardown aa-remove-unknown",
        "",
        &[verb_with("", "-n -h", Safe, &GUARD, ""), verb("", Danger, &GUARD, "turns AppArmor off")]
    ),
    verbs!(
        "aa-disable aa-complain apparmor_parser",
        "",
        &[
            verb_with("", "-R --remove", Danger, &GUARD, "takes an AppArmor profile away"),
            verb("*", Caution, &GUARD, "weakens AppArmor for {}")
        ]
    ),
    verbs!(
        "auditctl",
        "-a -w -p -k -e -f -r -b -A -d -W -F -S",
        &[
            verb_with("", "-e=0 -D", Danger, &GUARD, "turns the record of what happens off"),
            verb_with("", "-a -w -A -d -W -f -r -e", Caution, &GUARD, "changes what is recorded"),
        ]
    ),
    verbs!(
        "grub-install grub2-install lilo extlinux syslinux installkernel refind-install",
        "--target --boot-directory --efi-directory --bootloader-id --root-directory",
        &[verb_with("", "--version -V", Safe, &BOOT, ""), verb("", Danger, &BOOT, "writes a boot loader: {}")]
    ),
    does(
        "grub-mkconfig grub2-mkconfig update-grub update-initramfs mkinitcpio dracut grubby grub-set-default \
            grub-reboot grub-editenv kernel-install kernelstub",
        "-o -p -k -u --output",
        boot_files,
    ),
    verbs!(
        "efibootmgr",
        "-b -o -n -c? -d -p -l -L -u -t -e",
        &[
            verb_with(
                "",
                "-B -O -D --delete-bootnum",
                Danger,
                &BOOT,
                "takes an entry away that the machine starts from"
            ),
            verb_with("", "-o -n -c -b -a -A -C", Caution, &BOOT, "changes what the machine starts from"),
        ]
    ),
    verbs!(
        "bootctl",
        "--path --esp-path",
        &[
            verb("remove", Danger, &BOOT, "takes the boot loader away"),
            verb("install|update|set-default|set-oneshot|unlink|cleanup", Caution, &BOOT, "changes the boot loader")
        ]
    ),
    verbs!(
        "mokutil efi-updatevar",
        "-t",
        &[verb_with(
            "",
            "--disable-validation --reset --delete --import",
            Danger,
            &BOOT,
            "changes whom the machine trusts when it starts"
        )]
    ),
    verbs!(
        "ldconfig depmod udevadm systemd-tmpfiles",
        "-C -f",
        &[
            verb("trigger|control|settle", Caution, &STOP, "changes devices"),
            verb_with("", "--remove --clean --create", Caution, &STOP, "removes temporary files")
        ]
    ),
    verbs!(
        "update-alternatives alternatives",
        "",
        &[verb_with(
            "",
            "--install --set --remove --config --auto --remove-all --set-selections",
            Caution,
            &STOP,
            "changes which program a name means"
        )]
    ),
    verbs!(
        "date",
        "-d -f -r --date --file --reference -I? -v",
        &[verb_with("", "-s --set", Caution, &STOP, "sets the clock")]
    ),
    verbs!(
        "hwclock ntpdate chronyc",
        "",
        &[
            verb_with("", "-w -s --systohc --hctosys --set -b", Caution, &STOP, "sets the clock"),
            verb("makestep", Caution, &STOP, "sets the clock")
        ]
    ),
    does("sync free vmstat lscpu lsusb lspci lsmod modinfo lsns lshw hwinfo dmidecode inxi numastat", "", quiet),
    verbs!("dmesg", "-l -f -n -s", &[verb_with("", "-c -C --clear", Caution, &STOP, "empties the kernel's messages")]),
];

fn quiet(_: &mut Walker<'_>, _: &Call<'_>) -> Flow {
    Flow::local()
}

fn hostname(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if !call.args.operands.is_empty() || call.args.has(&["-F", "--file", "-b"]) {
        walker.note(&NETWORK, Level::Caution, call.span, "changes this machine's name");
    }
    Flow { text: Some(format!("{}\n", crate::safety::value::NAME)), taint: Taint::NONE }
}

fn sysctl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let settings = call.args.operands.iter().filter(|operand| operand.text.contains('='));
    let mut any = false;
    for setting in settings {
        any = true;
        let (name, text) = setting.text.split_once('=').unwrap_or((&setting.text, ""));
        let runs = name.contains("core_pattern") && text.trim_start().starts_with('|')
            || name.contains("kernel.modprobe")
            || name.contains("kernel.hotplug")
            || name.contains("randomize_va_space") && text.trim() == "0";
        let level = if runs { Level::Danger } else { Level::Caution };
        walker.note(
            &KERNEL,
            level,
            setting.span,
            format!("sets {} in the running kernel", crate::safety::value::shown(name)),
        );
    }
    if !any && call.args.has(&["-p", "--system", "--load"]) {
        walker.note(&KERNEL, Level::Caution, call.span, "changes the running kernel as its files say");
    }
    Flow::local()
}

fn insmod(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for file in call.args.operands.iter().take(1) {
        let content = walker.content(file);
        let foreign = content.taint.has(Taint::NETWORK | Taint::DECODED);
        walker.note(
            &KERNEL,
            if foreign { Level::Danger } else { Level::Caution },
            file.span,
            format!("loads {} into the kernel", file.shown()),
        );
    }
    Flow::local()
}

fn boot_files(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let out = call.args.values(&["-o", "--output"]);
    let prints = (call.name.ends_with("mkconfig") && out.is_empty())
        || (call.name == "grub-editenv" && call.args.operands.iter().any(|word| word.text == "list"));
    if !prints && !call.args.has(&["--help", "--version"]) {
        walker.note(&BOOT, Level::Caution, call.span, "makes the files anew that the machine starts from");
    }
    Flow::local()
}
