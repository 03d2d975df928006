"""Tells whether a command changes something: by the first words of its simple commands, and where they write."""

import re

from .shell import simple_commands

# Programs that change something whenever they are run.
CHANGERS = set("""
    rm rmdir unlink shred mv rename mmv cp install ditto mkdir touch ln mkfifo mktemp truncate fallocate tee dd
    split csplit patch chmod chown chgrp chattr setfacl zip unzip gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lzma
    cpio rsync scp wget convert mogrify ffmpeg pandoc dos2unix unix2dos kill pkill killall renice crontab ssh-keygen
    ssh-copy-id export unset unalias useradd userdel usermod groupadd groupdel passwd chsh umount swapoff mkswap
    mkfs mkfs.ext4 modprobe rmmod reboot shutdown poweroff
    """.split())


def table(text):
    """Returns {name: words} of lines `name: words`."""
    rows = (line.split(":", 1) for line in text.strip().split("\n"))
    return {name.strip(): words.split() for name, words in rows}


# Programs that change something unless one of these words is there, or none at all.
LOOKS = table("""
    apt: list search show policy depends rdepends
    dnf: list search info repolist
    yum: list search info
    pacman: -Q -Ss -Si
    brew: list search info outdated leaves deps services --prefix doctor config
    snap: list find info
    pip: list show freeze check index config
    pip3: list show freeze check index config
    npm: list ls view outdated config root audit search
    cargo: tree search metadata check
    docker: ps images logs inspect stats top port version info history diff volume network system
        container image compose
    kubectl: get describe logs top
    systemctl: status show cat is-active is-enabled is-failed get-default list-units list-unit-files list-timers
        list-dependencies --failed --type
    hostnamectl: status
    timedatectl: status show list-timezones
    ufw: status
    sysctl: -a -n
    iptables: -L -S
    swapon: --show -s
    update-alternatives: --list --display
    mount: -l
    alias: -p
    export: -p
    crontab: -l
    passwd: -S
    kill: -0 -l -L
    ssh-keygen: -l -F -y
    rsync: -n --dry-run
    unzip: -l -p -t -Z -v -z
    zip: -sf -T
    7z: l t
    gzip: -l -t -c -dc -kdc
    gunzip: -c -t -l
    bzip2: -t -c -dc
    xz: -l -t -c -dc
    zstd: -l -t -c -dc
    psql: -l -c
    ffmpeg: -formats -codecs
    """.replace("\n        ", " "))
GIT_CHANGES = set(
    "add am apply checkout cherry-pick clean clone commit fetch gc init merge mv pull push rebase reset restore revert rm"
    " switch".split()
)
# Subcommands of git that only look when one of these words, or none, stands behind them.
GIT_LOOKS = table("""
    stash: list show
    branch: -a -r -v -vv -l --list --show-current --merged --no-merged --contains --sort
    tag: -l --list -n --sort --contains --points-at
    remote: -v show get-url
    config: --get --get-all --list -l --show-origin
    worktree: list
    bisect: log
    submodule: status
    """)
NOWHERE = re.compile(r"/dev/(null|stderr|stdout|tty)$|&?\d$")


def changes(line):
    """Returns the words that show that the line changes something, or an empty string."""
    for simple in simple_commands(line):
        for target in simple.writes:
            if not NOWHERE.match(target):
                return f"> {target}"
        if simple.words and changing(simple.words):
            return " ".join(simple.words[:2])
    return ""


def changing(words):
    name, rest = words[0].rsplit("/", 1)[-1], words[1:]
    if name == "git":
        return git_changes(rest)
    if name in ("sed", "perl", "yq", "ruby"):
        return any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in rest)
    if name in ("awk", "gawk"):
        return "inplace" in rest
    if name == "tar":
        return not any(
            re.fullmatch(r"-?[abd-qstv-wyzA-Z]*[td][a-zA-Z]*|--list|--compare|--diff", word) for word in rest
        )
    if name == "find":
        return "-delete" in rest
    if name == "sort":
        return any(re.match(r"-\w*o|--output", word) for word in rest)
    if name == "curl":
        return any(re.match(r"-\w*[oO]\w*$|--output|--remote-name|-[XdT]$|--data", word) for word in rest)
    if name in LOOKS:
        return bool(rest) and not any(is_look(word, LOOKS[name]) for word in rest)
    return name in CHANGERS


def is_look(word, looks):
    """Returns whether the word is one of these, or a cluster of short options that begins with one."""
    return word in looks or word[:1] == "-" != word[1:2] and word[:2] in looks


def git_changes(words):
    words = words[2:] if words[:1] in (["-C"], ["-c"]) else words
    if not words:
        return False
    name, rest = words[0], words[1:]
    if name in GIT_LOOKS:
        looks = any(word.split("=")[0] in GIT_LOOKS[name] for word in rest)
        return not looks if rest else name == "stash"
    return name in GIT_CHANGES and "--dry-run" not in rest and "-n" not in rest
