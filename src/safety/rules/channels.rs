//! Plain connections: `nc`, `socat`, tunnels, name servers, packets; whoever holds the other end can be anybody.

use super::{Utility, does, effects};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::judge::Write;
use crate::safety::target::Place;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    does(
        "nc ncat netcat nc.openbsd nc.traditional rcat",
        "-e -c -p -w -s -i -q -x -X -g -G -o -T -I -O -P -V --exec --sh-exec --proxy --source-port --idle-timeout",
        nc,
    ),
    does("socat", "-b -t -T -L -W", socat),
    does(
        "telnet rlogin chisel ngrok cloudflared bore localtunnel frpc pwncat wscat websocat grpcurl mosquitto_pub \
            mosquitto_sub redis-benchmark gsocket gs-netcat croc wormhole magic-wormhole transfer termbin \
            pastebinit pastebin ix sprunge onionshare portal",
        "-l -h -p -e -u -t -m -f -d -H --lua-exec",
        talk,
    ),
    does(
        "dig host nslookup ping ping6 traceroute mtr whois drill kdig tracepath fping hping3 nping arping \
            resolvectl avahi-resolve doggo dog",
        "-c -i -p -t -I -s -W -w -m -x -b -k -y -D -q",
        lookup,
    ),
    does("tcpdump tshark dumpcap wireshark ngrep", "-i -w -r -c -s -C -G -W -z -z -Z -F -f -Y -T -e -n?", capture),
    does(
        "nmap masscan zmap rustscan nikto gobuster ffuf wfuzz dirb",
        "-p -o -i -T -e -u -w --script -oN -oX -oG -oA -iL --top-ports",
        scan,
    ),
];

fn nc(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    for program in args.values(&["-e", "-c", "--exec", "--sh-exec"]) {
        let name = program.text.split_whitespace().next().unwrap_or("").rsplit('/').next().unwrap_or("").to_string();
        if matches!(
            name.as_str(),
            "sh" | "bash"
                | "zsh"
                | "dash"
                | "ash"
                | "ksh"
                | "fish"
                | "cmd.exe"
                | "powershell"
                | "python"
                | "perl"
                | "tcsh"
        ) {
            walker.note(&effects::REVERSE_SHELL, Level::Danger, program.span, "gives a shell to another machine");
        } else {
            walker.note(
                &effects::REVERSE_SHELL,
                Level::Caution,
                program.span,
                format!("lets another machine use {}", program.shown()),
            );
            walker.run_text(&program, Shell::Bash);
        }
    }
    let to = args.operands.first().map_or_else(|| "another machine".to_string(), |host| host.shown());
    if let Some(stdin) = walker.stdin.clone() {
        // A shell whose output goes out and whose input comes from a pipe of the same line.
        shell_goes_out(walker, &stdin, call);
        walker.send(&stdin, call.span, &to);
    }
    for operand in &args.operands {
        walker.send(&Flow::of(operand.taint), operand.span, &to);
    }
    Flow::of(Taint::NETWORK)
}

pub fn shell_goes_out(walker: &mut Walker<'_>, stdin: &Flow, call: &Call<'_>) {
    if stdin.taint.has(Taint::SHELL) {
        walker.note(&effects::REVERSE_SHELL, Level::Danger, call.span, "gives a shell to another machine");
    }
}

fn socat(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let kind = |text: &str| text.split([':', ',']).next().unwrap_or("").to_ascii_uppercase();
    let network = call.args.operands.iter().any(|operand| {
        let kind = kind(&operand.text);
        ["TCP", "UDP", "SSL", "OPENSSL", "SCTP", "SOCKS", "PROXY", "VSOCK"].iter().any(|name| kind.starts_with(name))
    });
    for operand in &call.args.operands {
        let Some((_, rest)) = operand.text.split_once(':') else { continue };
        match kind(&operand.text).as_str() {
            "EXEC" | "SYSTEM" | "SHELL" => {
                let text = rest.split(',').next().unwrap_or("").trim_matches(['\'', '"']);
                let name = text.split_whitespace().next().unwrap_or("").rsplit('/').next().unwrap_or("");
                if network && matches!(name, "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" | "fish" | "login" | "su") {
                    walker.note(
                        &effects::REVERSE_SHELL,
                        Level::Danger,
                        operand.span,
                        "gives a shell to another machine",
                    );
                } else {
                    walker.run_text(&operand.with_text(text), Shell::Bash);
                }
            }
            "FILE" | "OPEN" | "GOPEN" | "CREATE" | "CREAT" => {
                let path = operand.with_text(rest.split(',').next().unwrap_or(""));
                if network {
                    let flow = walker.content(&path);
                    walker.send(&flow, operand.span, "another machine");
                }
                let target = walker.target(&path);
                if matches!(target.place, Place::Device) || kind(&operand.text).starts_with("CREAT") {
                    walker.write(&path, Write::Replace, &Flow::local());
                }
            }
            _ => {}
        }
    }
    if let Some(stdin) = walker.stdin.clone().filter(|_| network) {
        walker.send(&stdin, call.span, "another machine");
    }
    Flow::of(if network { Taint::NETWORK } else { Taint::LOCAL })
}

fn talk(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if matches!(call.name, "ngrok" | "cloudflared" | "bore" | "localtunnel" | "frpc" | "chisel")
        && !call.args.has(&["--version"])
    {
        let opens = call
            .args
            .operands
            .iter()
            .any(|operand| matches!(operand.text.as_str(), "tcp" | "http" | "tunnel" | "client" | "local" | "tls"));
        if opens {
            let shell = call.args.operands.iter().any(|operand| operand.text == "22" || operand.text.ends_with(":22"));
            let level = if shell { Level::Danger } else { Level::Caution };
            walker.note(&effects::OPEN_ACCESS, level, call.span, "opens this machine to the network");
        }
    }
    if let Some(stdin) = walker.stdin.clone() {
        shell_goes_out(walker, &stdin, call);
        walker.send(&stdin, call.span, "another machine");
    }
    for operand in &call.args.operands {
        let flow = walker.content(operand);
        if flow.taint.has(Taint::SECRET) || operand.taint.has(Taint::SECRET) {
            walker.send(&flow.tainted(operand.taint), operand.span, "another machine");
        }
    }
    Flow::of(Taint::NETWORK)
}

/// A name that is asked for leaves the machine too.
fn lookup(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let given: Vec<Value> =
        call.args.operands.iter().map(|value| (*value).clone()).chain(call.args.values(&["-p", "-q"])).collect();
    for value in given {
        walker.send(&Flow::of(value.taint), value.span, "a name server");
    }
    let answers = call.words().iter().any(|word| word.text.eq_ignore_ascii_case("txt"))
        || matches!(call.name, "dig" | "drill" | "kdig");
    Flow::of(if answers { Taint::NETWORK } else { Taint::LOCAL })
}

fn capture(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for program in call.args.values(&["-z"]) {
        if call.name == "tcpdump" {
            walker.run_file(&program, Shell::Bash, &[]);
            walker.note(
                &effects::RUN_UNKNOWN,
                Level::Caution,
                program.span,
                format!("runs {} on every file it writes", program.shown()),
            );
        }
    }
    for file in call.args.values(&["-w"]) {
        let place = walker.target(&file).place;
        if !matches!(place, Place::Scoped | Place::Tmp | Place::HomePart | Place::Absolute) {
            walker.write(&file, Write::Replace, &Flow::local());
        }
    }
    Flow::of(Taint::LOCAL)
}

fn scan(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for script in call.args.values(&["--script"]) {
        if script.text.contains('/') {
            walker.run_file(&script, Shell::Bash, &[]);
        }
    }
    Flow::of(Taint::LOCAL)
}
