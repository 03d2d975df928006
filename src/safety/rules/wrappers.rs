//! Commands that run another command: one table with how each reads its words.

use super::{Act, Utility, effects, posix};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::env::Var;
use crate::safety::options::Grammar;
use crate::safety::run::as_word;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

/// How a wrapper holds its command.
#[derive(Debug, Clone, Copy)]
pub struct Wrap {
    /// Operands before the command: a duration, a lock file, a host.
    skip: usize,
    /// `NAME=value` may stand before the command.
    assigns: bool,
    rights: Rights,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    Same,
    /// Root, unless an option names another user.
    Root,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The words are the command.
    Words,
    /// As `Words`, or a script when there is only one: `watch`, `hyperfine`.
    Either,
    /// The words are joined, and a shell of another machine reads them.
    Remote,
    /// `Words`, in a container or another tree.
    Apart,
}

const SAME: Wrap = Wrap { skip: 0, assigns: false, rights: Rights::Same, how: How::Words };
const ROOT: Wrap = Wrap { assigns: true, rights: Rights::Root, ..SAME };

const fn skip(count: usize) -> Wrap {
    Wrap { skip: count, ..SAME }
}

const fn apart(count: usize) -> Wrap {
    Wrap { skip: count, how: How::Apart, ..SAME }
}

const fn wraps(names: &'static str, values: &'static str, wrap: Wrap) -> Utility {
    Utility { names, grammar: posix(values), act: Act::Wraps(wrap), verbs: &[] }
}

pub(super) const fn special(
    names: &'static str,
    values: &'static str,
    act: fn(&mut Walker<'_>, &Call<'_>) -> Flow,
) -> Utility {
    Utility {
        names,
        grammar: Grammar { style: crate::safety::options::Style::Posix, values },
        act: Act::Do(act),
        verbs: &[],
    }
}

const SUDO: &str = "-u -g -p -C -h -r -t -T -U -D -R -a -c --user --group --prompt --chdir --chroot --host --role \
    --type --close-from \
                    --command-timeout --other-user";
const SSH: &str = "-b -B -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w";

pub const UTILITIES: &[Utility] = &[
    special("sudo doas", SUDO, sudo),
    wraps(
        "pkexec gksudo gksu kdesudo sudo-rs run0 please calife super",
        "--user -u -g --description --property --chdir --unit",
        ROOT,
    ),
    special("su", "-c --command -s --shell -g -G -w --group --whitelist-environment --session-command", su),
    special("runuser", "-c --command -s --shell -g -G -u --user --group", su),
    special("env genv", "-u --unset -C --chdir -S --split-string -P", env),
    special("command builtin nocorrect noglob - exec busybox toybox gtime unbuffer", "-a", plain),
    wraps(
        "nohup setsid fakeroot dbus-run-session winpty eatmydata nocache prime-run dbus-launch tsocks torsocks \
            torify proxychains proxychains4 aoss padsp gamemoderun mangohud catchsegv run-one run-this-one \
            keep-one-running arch ts-run tini dumb-init catatonit",
        "",
        SAME,
    ),
    wraps("time", "-f -o --output --format", SAME),
    wraps("caffeinate", "-t -w", SAME),
    wraps("rlwrap sem with-contenv", "-f -C -P -b -H -j", SAME),
    wraps("nice", "-n --adjustment", SAME),
    wraps("ionice", "-c -n -p -P -u --class --classdata", SAME),
    wraps("timeout gtimeout", "-k -s --kill-after --signal", skip(1)),
    wraps("stdbuf", "-i -o -e --input --output --error", SAME),
    wraps("chrt", "-T -P -D", skip(1)),
    wraps("taskset", "", skip(1)),
    wraps("numactl", "-C -N -m -i -p --cpunodebind --membind --interleave --physcpubind", SAME),
    wraps("strace ltrace dtruss ktrace", "-e -o -p -s -S -u -E -a -I -P -O -X -b", SAME),
    wraps("valgrind heaptrack", "", SAME),
    wraps("proot", "-r -b -w -q -k -0? -R -S", SAME),
    wraps("chroot arch-chroot systemd-nspawn fakechroot", "--userspec --groups -D -M -u -b -r -w", apart(1)),
    wraps(
        "unshare nsenter bwrap firejail setpriv prlimit",
        "-t -S -G -R -w --target --setuid --setgid --map-user --map-group --root --wd --bounding-set --inh-caps \
            --reuid --regid",
        SAME,
    ),
    wraps(
        "systemd-run systemd-inhibit systemd-cat daemon daemonize",
        "-p -u -M -E -H -t --property --unit --uid --gid --description --slice --setenv --on-calendar --on-active \
            --what --who --why --mode --identifier",
        SAME,
    ),
    wraps("cpulimit", "-l -p -e -P -c --limit", SAME),
    wraps(
        "cgexec faketime logsave setuidgid gosu su-exec chpst runcon sg setarch linux32 linux64 choom runat envdir \
            envuidgid softlimit",
        "-g -n -u -t -r -l",
        skip(1),
    ),
    wraps("xvfb-run xinit startx", "-n -s -e -f -w -p --server-args --server-num --error-file", SAME),
    wraps(
        "hyperfine",
        "-w -r -m -M -p -s -L -P -n --warmup --runs --prepare --setup --cleanup --export-json --export-markdown \
            --min-runs --max-runs --shell --command-name --parameter-list",
        Wrap { how: How::Either, ..SAME },
    ),
    wraps("entr", "", Wrap { how: How::Either, ..SAME }),
    wraps(
        "viddy watchexec nodemon reflex cargo-watch",
        "-n -w -e -i -x --exec --ext --watch --ignore",
        Wrap { how: How::Either, ..SAME },
    ),
    wraps(
        "flock lockf",
        "-w -E -c --timeout --conflict-exit-code --command -t",
        Wrap { skip: 1, how: How::Either, ..SAME },
    ),
    wraps("ssh autossh mosh dbclient plink rsh slogin", SSH, Wrap { skip: 1, how: How::Remote, ..SAME }),
    wraps("sshpass", "-p -f -d -P", SAME),
    wraps("pdsh dsh clush mpssh", "-w -x -g -l -f -t -u -c", Wrap { how: How::Remote, ..SAME }),
    wraps("pssh parallel-ssh prsync", "-h -H -l -p -o -e -t -O -x -i", Wrap { how: How::Remote, ..SAME }),
    wraps("with-lock-ex chronic ifne zapper", "", SAME),
    wraps(
        "xterm gnome-terminal konsole alacritty kitty foot urxvt st terminator xfce4-terminal wezterm",
        "-T -geometry --title --working-directory --command",
        Wrap { how: How::Either, ..SAME },
    ),
];

impl Walker<'_> {
    /// Takes a wrapper off and judges what it holds.
    pub fn unwrap(&mut self, wrap: &Wrap, call: &Call<'_>) -> Flow {
        let root = wrap.rights == Rights::Root && !names_user(call);
        let words = call.words();
        let mut at = call.args.first;
        if wrap.assigns {
            at = self.assigned(words, at);
        }
        // Options that hold a command themselves.
        for text in call.args.values(&["--command", "--exec", "-c", "--prepare", "--setup", "--cleanup"]) {
            if wrap.how == How::Either {
                self.run_text(&text, Shell::Bash);
            }
        }
        if wrap.how == How::Remote {
            self.remote_options(call);
            self.send_to_remote(words.get(at..).unwrap_or_default(), call);
        }
        let Some(rest) = words.get(at + wrap.skip..).filter(|rest| !rest.is_empty()) else {
            if wrap.how == How::Remote && self.stdin.is_some() {
                return self.apart(|walker| walker.run_stdin(Shell::Bash, call.span)).tainted(Taint::NETWORK);
            }
            return Flow::local();
        };
        let rest = match rest {
            [first, others @ ..] if first.text == "--" && !others.is_empty() => others,
            rest => rest,
        };
        self.as_root(self.root || root, |walker| match wrap.how {
            How::Words => walker.call(rest, call.span),
            How::Apart => walker.apart(|walker| walker.call(rest, call.span)),
            How::Either if rest.len() == 2 && matches!(rest[0].text.as_str(), "-c" | "-e" | "-x" | "--command") => {
                walker.run_text(&rest[1], Shell::Bash)
            }
            How::Either if rest.len() == 1 || call.name == "hyperfine" => {
                let mut flow = Flow::empty();
                for text in rest {
                    flow.join(walker.run_text(text, Shell::Bash));
                }
                flow
            }
            How::Either => walker.call(rest, call.span),
            How::Remote => {
                let text = walker.joined_words(rest);
                let flow = walker.apart(|walker| walker.run_text(&text, Shell::Bash));
                Flow { text: flow.text, taint: flow.taint | Taint::NETWORK }
            }
        })
    }

    /// Sets variables given before a command, and returns where it begins.
    fn assigned(&mut self, words: &[Value], mut at: usize) -> usize {
        while let Some(word) = words.get(at) {
            let Some((name, text)) = word.text.split_once('=') else { break };
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain {
                break;
            }
            let value = word.with_text(text);
            self.hijacked(name, &value);
            self.env.set(name, Var::scalar(value));
            at += 1;
        }
        at
    }

    fn remote_options(&mut self, call: &Call<'_>) {
        for option in call.args.values(&["-o"]) {
            let (name, text) = option.text.split_once(['=', ' ']).unwrap_or((&option.text, ""));
            if matches!(name.to_ascii_lowercase().as_str(), "proxycommand" | "localcommand" | "knownhostscommand")
                && text != "none"
            {
                let text = option.with_text(text);
                self.run_text(&text, Shell::Bash);
            }
        }
        for forward in call.args.values(&["-R"]) {
            let shell =
                forward.text.ends_with(":22") || forward.text.contains("0.0.0.0") || forward.text.starts_with('*');
            let level = if shell { Level::Danger } else { Level::Caution };
            self.note(
                &effects::OPEN_ACCESS,
                level,
                forward.span,
                format!("opens a way into this machine from {}", forward.shown()),
            );
        }
    }

    fn send_to_remote(&mut self, words: &[Value], call: &Call<'_>) {
        let host = words.first().map_or_else(|| "another machine".to_string(), Value::shown);
        if let Some(stdin) = self.stdin.clone() {
            self.send(&stdin, call.span, &host);
        }
        for word in words {
            let flow = Flow::of(word.taint);
            self.send(&flow, word.span, &host);
        }
    }
}

/// Returns true for what runs its commands in another tree or directory, or with another home, though not on another machine.
pub fn leads_away(call: &Call<'_>) -> bool {
    match call.name {
        "sudo" | "doas" => call.args.has(&["-i", "--login", "-D", "--chdir", "-R", "--chroot", "-h", "--host"]),
        "parallel" => call.args.has(&["-S", "--sshlogin", "-C", "--workdir"]),
        "su" | "runuser" | "proot" | "unshare" | "nsenter" | "bwrap" | "firejail" | "systemd-run" | "daemon"
        | "daemonize" | "start-stop-daemon" | "crontab" | "at" | "batch" | "screen" | "tmux" | "byobu" | "zellij"
        | "vagrant" | "devcontainer" | "npm" | "pnpm" | "yarn" | "bun" => true,
        _ => false,
    }
}

/// Returns true when an option names a user other than root.
fn names_user(call: &Call<'_>) -> bool {
    call.args.value(&["-u", "--user", "-U"]).is_some_and(|user| !matches!(user, "root" | "0" | "#0"))
}

fn sudo(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let root = !names_user(call);
    let before = walker.env.clone();
    let at = walker.assigned(words, call.args.first);
    if call.args.has(&["-e", "--edit"]) {
        return Flow::empty();
    }
    let rest = words.get(at..).unwrap_or_default();
    let shell = call.args.has(&["-i", "-s", "--login", "--shell"]);
    let flow = walker.as_root(walker.root || root, |walker| match rest {
        [] if shell => walker.run_stdin(Shell::Bash, call.span),
        [] => Flow::local(),
        rest => walker.call(rest, call.span),
    });
    let files = std::mem::replace(&mut walker.env, before);
    walker.keep_files(files);
    flow
}

fn su(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands: Vec<&Value> = call.args.operands.iter().copied().filter(|value| value.text != "-").collect();
    let named = call.args.value(&["-u", "--user"]);
    let user = named.or_else(|| operands.first().filter(|value| value.text != "-c").map(|value| value.text.as_str()));
    let root = user.is_none_or(|user| user == "root" || user.starts_with('-'));
    let mut texts = call.args.values(&["-c", "--command", "--session-command"]);
    // `su bob -c text`: options after the user.
    if let Some(at) = operands.iter().position(|value| matches!(value.text.as_str(), "-c" | "--command" | "-lc")) {
        texts.extend(operands.get(at + 1).map(|value| (*value).clone()));
    }
    walker.as_root(walker.root || root, |walker| {
        let mut flow = Flow::local();
        for text in &texts {
            flow = walker.run_text(text, Shell::Bash);
        }
        if texts.is_empty() {
            if named.is_some() && !call.args.operands.is_empty() {
                let rest: Vec<Value> = call.args.operands.iter().map(|value| (*value).clone()).collect();
                return walker.call(&rest, call.span);
            }
            return walker.run_stdin(Shell::Bash, call.span);
        }
        flow
    })
}

fn env(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let before = walker.env.clone();
    let skip = usize::from(words.get(call.args.first).is_some_and(|word| word.text == "-"));
    let at = walker.assigned(words, call.args.first + skip);
    let rest = words.get(at..).unwrap_or_default();
    if let Some(option) = call.args.get(&["-S", "--split-string"])
        && let Some(mut text) = call.args.word(option)
    {
        for word in rest {
            text.text.push(' ');
            text.text.push_str(&as_word(word, Shell::Bash));
        }
        let flow = walker.run_text(&text, Shell::Bash);
        walker.env = before;
        return flow;
    }
    if rest.is_empty() {
        walker.env = before;
        return Flow::of(Taint::ENVIRONMENT);
    }
    if let Some(dir) = call.args.values(&["-C", "--chdir"]).first() {
        walker.enter(dir);
    }
    let flow = walker.call_plain(rest, call.span);
    let after = std::mem::replace(&mut walker.env, before);
    walker.keep_files(after);
    flow
}

/// `command`, `exec`, `busybox`: the words are the command, and no alias or function.
fn plain(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let rest = call.words().get(call.args.first..).unwrap_or_default();
    if call.name == "command" && call.args.has(&["-v", "-V", "-s", "--search", "-q"]) {
        let name = rest.first().map_or_else(String::new, |word| word.text.clone());
        return Flow::text(format!("{name}\n"));
    }
    if rest.is_empty() || call.args.has(&["--list"]) {
        return Flow::empty();
    }
    walker.call_plain(rest, call.span)
}
