//! Who may do what: users, groups, passwords, keys, sudo.

use super::{Rule, Utility, does, effects, verb, verb_with, verb_without};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, Taint};
use crate::safety::walk::Walker;

pub const RULES: &[&Rule] = &[&USERS];

pub static USERS: Rule = Rule {
    id: "users",
    summary: "makes, changes or deletes accounts",
    hint: Some("look first: `id name`, `getent passwd name`"),
    hits: &[
        (Danger, "useradd -m mallory"),
        (Danger, "usermod -aG wheel bob"),
        (Danger, "userdel -r bob"),
        (Danger, "passwd -d root"),
        (Danger, "echo 'root:x' | chpasswd"),
    ],
    near: &[(Safe, "id bob"), (Safe, "groups"), (Caution, "passwd"), (Safe, "getent group sudo"), (Safe, "who")],
};

pub const UTILITIES: &[Utility] = &[
    verbs!(
        "useradd adduser newusers pw sysadminctl",
        "-u -g -G -s -d -c -p -e -f -k -b -K --uid --gid --groups --shell --home --home-dir --comment --password \
            --ingroup",
        &[
            verb_with("", "-D", Caution, &USERS, "shows or changes how accounts are made"),
            verb_without("", "-D", Danger, &USERS, "makes the account {}, or adds it to a group"),
        ]
    ),
    verbs!("userdel deluser", "", &[verb("", Danger, &USERS, "deletes the account {}")]),
    verbs!(
        "usermod groupmod vipw vigr chpasswd chgpasswd pwunconv grpunconv gpasswd groupmems",
        "-u -g -G -s -d -c -p -e -f -l -n -a -M -A -R --uid --gid --groups --shell --home --login --new-name",
        &[verb("", Danger, &USERS, "changes accounts or groups: {}")]
    ),
    verbs!(
        "groupadd addgroup groupdel delgroup",
        "-g -G --gid",
        &[verb("", Caution, &USERS, "makes or deletes the group {}")]
    ),
    does("passwd yppasswd", "-x -n -w -i -e? -S? --maxdays", passwd),
    verbs!(
        "chsh chfn",
        "-s -f -h -o -p",
        &[
            verb("*", Caution, &USERS, "changes an account"),
            verb_with("", "-s", Caution, &USERS, "changes the shell one logs in with")
        ]
    ),
    verbs!(
        "chage",
        "-d -E -I -m -M -W",
        &[
            verb_with("", "-l --list", Safe, &USERS, ""),
            verb_with("", "-E=-1 -M=-1 -I=-1 -M=99999", Danger, &USERS, "lets an account live on for ever"),
            verb("*", Caution, &USERS, "changes when an account ends")
        ]
    ),
    does("visudo", "-f", visudo),
    verbs!(
        "ssh-import-id ssh-import-id-gh",
        "",
        &[verb("", Danger, &effects::OPEN_ACCESS, "lets somebody log in from elsewhere: {}")]
    ),
    verbs!("ssh-copy-id", "-i -p -o -t", &[verb("", Caution, &effects::OPEN_ACCESS, "lets you log in on {}")]),
    does("ssh-keygen", "-f -t -b -C -N -P -F -R -Y -I -s -n -V -z -a -E -m -O -D -w -Z -q?", keygen),
    does("ssh-add", "-t -E", quiet),
    does(
        "ssh-agent keychain gpg-agent gpgconf starship zoxide atuin thefuck dircolors gdircolors lesspipe \
            lesspipe.sh tset resize fasd jump navi carapace oh-my-posh vivid luarocks-path \
            register-python-argcomplete pip-completion perlbrew sdk modulecmd lmod_cmd mcfly broot zellij-setup",
        "-c? -s? -k?",
        vetted,
    ),
    verbs!(
        "pam-auth-update authconfig authselect pwconv faillock kadmin ipa realm samba-tool smbpasswd net htpasswd",
        "-u -p -g",
        &[
            verb_with(
                "",
                "--remove --force --disableshadow --reset -x -d -n -a",
                Caution,
                &USERS,
                "changes how people log in"
            ),
            verb(
                "user|group|join|leave|disable-feature|select|permit|deny",
                Caution,
                &USERS,
                "changes how people log in"
            ),
        ]
    ),
    verbs!(
        "faillog lastlog",
        "-u -m -l",
        &[verb_with("", "-r -C -S", Caution, &USERS, "changes the record of logins")]
    ),
    verbs!(
        "getent id groups who whoami w last lastb users finger logname members lslogins getfacl getcap lsattr namei \
            getfattr printcap capsh",
        "",
        &[]
    ),
];

fn passwd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["-S", "--status"]) {
        return Flow::local();
    }
    let other = !args.operands.is_empty();
    let opens = args.has(&["-d", "--delete", "-u", "--unlock", "--stdin"]);
    let level =
        if opens || walker.stdin.is_some() || args.operand(0) == Some("root") { Level::Danger } else { Level::Caution };
    let who = if other { args.operands[0].shown() } else { "your account".to_string() };
    walker.note(&USERS, level, call.span, format!("changes the password of {who}"));
    Flow::local()
}

fn visudo(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-c", "--check"]) {
        return Flow::local();
    }
    let editor = walker.env.get("EDITOR").and_then(|var| var.values.into_iter().next()).unwrap_or_default();
    let scripted = walker.stdin.is_some()
        || !matches!(editor.as_str(), "vi" | "vim" | "nano" | "nvim" | "emacs" | "code" | "micro" | "hx");
    let level = if scripted { Level::Danger } else { Level::Caution };
    walker.note(&effects::GRANT, level, call.span, "changes who may become root");
    Flow::local()
}

fn keygen(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if let Some(module) = args.value(&["-D"]).filter(|module| module.contains('/')) {
        walker.note(
            &effects::RUN_UNKNOWN,
            Level::Caution,
            call.span,
            format!("runs code of {}", crate::safety::value::shown(module)),
        );
    }
    if args.has(&["-R"]) {
        walker.note(&effects::WRITE, Level::Caution, call.span, "forgets a known host");
    }
    if args.has(&["-l", "-y", "-F", "-L", "-e", "-i", "-B", "-R", "-Y", "-D", "-p", "-s"]) {
        return Flow::local();
    }
    if let Some(file) = args.values(&["-f"]).pop()
        && walker.stdin.is_some()
        && walker.target(&file).is_secret()
    {
        walker.write(&file, Write::Force, &Flow::local());
    }
    Flow::local()
}

fn quiet(_: &mut Walker<'_>, _: &Call<'_>) -> Flow {
    Flow::local()
}

/// Programs whose output is made to be evaluated.
fn vetted(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    // `ssh-agent bash -c …`: a wrapper, too.
    if call.name == "ssh-agent"
        && let Some(first) = call.args.operands.first()
        && crate::safety::rules::is_known(&first.text)
    {
        let at = call.words().iter().position(|word| std::ptr::eq(word, *first)).unwrap_or(0);
        let rest = call.words()[at..].to_vec();
        return walker.call(&rest, call.span);
    }
    Flow::of(Taint::PROGRAM)
}
