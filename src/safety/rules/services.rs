//! Services, planned jobs, power; and processes that are ended.

use super::{Rule, Utility, does, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, has_glob};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const RULES: &[&Rule] = &[&STOP, &STOP_ALL, &GUARD, &POWER, &SCHEDULE];

pub static STOP: Rule = Rule {
    id: "stop",
    summary: "stops a process or a service",
    hint: Some("look first: `ps -p …`, `systemctl status …`"),
    hits: &[
        (Caution, "kill 1234"),
        (Caution, "systemctl restart nginx"),
        (Caution, "sudo service apache2 stop"),
        (Caution, "killall firefox"),
        (Caution, "pkill -f 'node server'"),
    ],
    near: &[(Safe, "kill -l"), (Safe, "kill -0 1234"), (Safe, "systemctl status nginx"), (Safe, "pgrep -f node")],
};

pub static STOP_ALL: Rule = Rule {
    id: "stop-all",
    summary: "ends every process or service",
    hint: Some("name the one that is meant"),
    hits: &[
        (Danger, "kill -9 -1"),
        (Danger, "pkill -9 ."),
        (Danger, "ps aux | awk '{print $2}' | xargs kill -9"),
        (Danger, "systemctl stop '*'"),
        (Danger, "sudo kill -9 1"),
    ],
    near: &[(Caution, "kill -9 1234"), (Caution, "kill -1 1234"), (Caution, "kill $(pgrep node)")],
};

pub static GUARD: Rule = Rule {
    id: "guard-off",
    summary: "takes a guard of the system away",
    hint: None,
    hits: &[
        (Danger, "systemctl stop auditd"),
        (Danger, "sudo service fail2ban stop"),
        (Danger, "setenforce 0"),
        (Danger, "systemctl disable --now firewalld"),
        (Danger, "ufw disable"),
        (Danger, "pkill auditd"),
    ],
    near: &[(Safe, "systemctl status auditd"), (Caution, "systemctl restart nginx"), (Safe, "getenforce")],
};

pub static POWER: Rule = Rule {
    id: "power",
    summary: "turns the machine off, or starts it anew",
    hint: None,
    hits: &[
        (Caution, "sudo reboot"),
        (Caution, "shutdown -h now"),
        (Caution, "init 0"),
        (Caution, "systemctl poweroff"),
    ],
    near: &[(Safe, "shutdown -c"), (Safe, "uptime"), (Safe, "last reboot")],
};

pub static SCHEDULE: Rule = Rule {
    id: "schedule",
    summary: "plans jobs, or takes them away",
    hint: Some("keep the old ones: `crontab -l > crontab.bak`"),
    hits: &[
        (Danger, "crontab -r"),
        (Caution, "crontab jobs.txt"),
        (Danger, "crontab -u bob -r"),
        (Caution, "at -f job.sh 22:00"),
    ],
    near: &[(Safe, "crontab -l"), (Safe, "atq"), (Safe, "crontab -e")],
};

const SYSTEMCTL: &str = "-t -p -n -o -H -M -s -P --type --state --property --lines --output --host --machine \
    --signal --root --kill-whom --what --job-mode";
const GUARDS: &str = "auditd*|apparmor*|firewalld*|ufw*|nftables*|iptables*|ip6tables*|fail2ban*|clamav*|clamd*|sshguard*|crowdsec*|falcon-sensor*|falcond*|osqueryd*|wazuh*|ossec*|selinux*|aide*|snort*|suricata*|rkhunter*|sysmon*|auoms*|mdatp*|cbagent*|cbdaemon*|sentinelone*|s1-agent*|esets*|auditbeat*|rsyslog*|syslog*|systemd-journald*|pf|xprotect*|usbguard*|samhain*|tripwire*|portsentry*|denyhosts*|com.apple.alf*|com.crowdstrike*|setroubleshoot*|fapolicyd*|qualys*|splunk*|elastic-agent*|sophos*|sav-protect*|kesl*|firewall*|ebtables*|endpoint*|traps*|cortex*";

/// Returns true for services that guard the system.
pub fn is_guard(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    GUARDS.split('|').any(|guard| guard.strip_suffix('*').map_or(name == guard, |start| name.starts_with(start)))
}

pub const UTILITIES: &[Utility] = &[
    does("systemctl", SYSTEMCTL, systemctl),
    does("service rc-service invoke-rc.d initctl sv", "", service),
    does("chkconfig update-rc.d rc-update", "--level", service),
    verbs!(
        "supervisorctl pm2 monit s6-svc svc forever god circusctl",
        "-c -i -n --name",
        &[
            verb("delete|kill|unmonitor % ", Caution, &STOP, "stops {}"),
            verb("stop|restart|reload|delete|kill|shutdown|stopall|unmonitor", Caution, &STOP, "stops or restarts {}"),
        ]
    ),
    verbs!("launchd", "", &[]),
    does("reboot poweroff halt shutdown", "-t --when", power),
    does("init telinit", "", runlevel),
    verbs!(
        "loginctl",
        "-p -n",
        &[
            verb("terminate-user|kill-user", Danger, &STOP_ALL, "ends every process of {}"),
            verb("terminate-session|kill-session|terminate-seat", Caution, &STOP, "ends the session {}"),
            verb("reboot|poweroff|suspend|hibernate", Caution, &POWER, "turns the machine off, or starts it anew"),
        ]
    ),
    verbs!(
        "pmset rtcwake pm-suspend pm-hibernate zzz",
        "",
        &[
            verb("sleepnow|schedule", Caution, &POWER, "puts the machine to sleep"),
            verb_with("", "-a -b -c -u", Caution, &POWER, "changes how the machine saves power"),
        ]
    ),
    does("crontab", "-u -s? -T?", crontab),
    verbs!("atrm", "", &[verb("", Caution, &SCHEDULE, "takes a planned job away")]),
    verbs!(
        "journalctl",
        "-u -n -p -t -o -b? -S -U -g --since --until --unit --output --lines --vacuum-time --vacuum-size \
            --vacuum-files --rotate? -D -k?",
        &[verb_with("", "--vacuum-time --vacuum-size --vacuum-files", Caution, &STOP, "deletes old logs"),]
    ),
    verbs!("logrotate", "-s -m -l", &[verb_with("", "-f --force", Caution, &STOP, "rotates the logs now")]),
    verbs!("wall write talk mesg", "", &[]),
];

fn systemctl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let Some(verb) = args.operand(0) else { return Flow::local() };
    let units = &args.operands[1..];
    let named = units.iter().map(|unit| unit.shown()).collect::<Vec<_>>().join(" ");
    let guard = units.iter().any(|unit| is_guard(&unit.text));
    let all = args.has(&["-a", "--all"]) && units.is_empty()
        || units
            .iter()
            .any(|unit| unit.text == "*" || has_glob(&unit.text) && crate::safety::pattern::covers(&unit.text));
    let mild = args
        .value(&["-s", "--signal"])
        .is_some_and(|signal| ["HUP", "USR1", "USR2", "CONT"].iter().any(|name| signal.ends_with(name)));
    match verb {
        "kill" if mild => walker.note(&STOP, Level::Caution, call.span, format!("sends a signal to {named}")),
        "stop" | "disable" | "mask" | "kill" if guard => {
            walker.note(&GUARD, Level::Danger, call.span, format!("stops {named}, which guards the system"))
        }
        "stop" | "kill" | "restart" | "disable" | "mask" if all => {
            walker.note(&STOP_ALL, Level::Danger, call.span, "stops every service")
        }
        "stop" | "restart" | "try-restart" | "kill" | "disable" | "mask" | "reload-or-restart" | "condrestart"
        | "clean" | "revert" => {
            walker.note(&STOP, Level::Caution, call.span, format!("stops or restarts {named}"));
        }
        "isolate" | "rescue" | "emergency" | "default" => {
            walker.note(&STOP, Level::Caution, call.span, "stops all but a few services")
        }
        "reboot"
        | "poweroff"
        | "halt"
        | "kexec"
        | "suspend"
        | "hibernate"
        | "hybrid-sleep"
        | "suspend-then-hibernate"
        | "soft-reboot"
        | "exit" => {
            walker.note(&POWER, Level::Caution, call.span, "turns the machine off, or starts it anew");
        }
        "set-default" | "link" | "preset-all" | "set-environment" | "import-environment" | "add-wants"
        | "add-requires" | "edit" => {
            walker.note(&STOP, Level::Caution, call.span, "changes how the system starts");
        }
        "list-units" | "list-unit-files" | "list-timers" | "list-sockets" => {
            return Flow { text: Some(format!("{}\n", crate::safety::value::ANY)), taint: Taint::LOCAL };
        }
        _ => {}
    }
    Flow::local()
}

fn service(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words: Vec<&str> = call.args.operands.iter().map(|operand| operand.text.as_str()).collect();
    let stops = words.iter().any(|word| {
        matches!(
            *word,
            "stop"
                | "restart"
                | "off"
                | "disable"
                | "remove"
                | "del"
                | "delete"
                | "force-stop"
                | "teardown"
                | "down"
                | "exit"
                | "kill"
                | "force-reload"
                | "zap"
        )
    });
    if stops {
        let guard = words.iter().find(|word| is_guard(word));
        match guard {
            Some(name) if !words.contains(&"restart") => {
                walker.note(&GUARD, Level::Danger, call.span, format!("stops {name}, which guards the system"))
            }
            _ => walker.note(
                &STOP,
                Level::Caution,
                call.span,
                format!("stops or restarts {}", words.first().unwrap_or(&"a service")),
            ),
        }
    }
    Flow::local()
}

fn power(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-c", "--help", "--show", "-w", "--wtmp-only"]) || call.args.operand(0) == Some("cancel") {
        return Flow::local();
    }
    walker.note(&POWER, Level::Caution, call.span, "turns the machine off, or starts it anew");
    Flow::local()
}

fn runlevel(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let Some(level) = call.args.operand(0)
        && !matches!(level, "q" | "Q")
    {
        walker.note(&POWER, Level::Caution, call.span, format!("takes the machine to run level {level}"));
    }
    Flow::local()
}

fn crontab(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["-r"]) {
        walker.note(&SCHEDULE, Level::Danger, call.span, "deletes every planned job, without asking");
        return Flow::empty();
    }
    if args.has(&["-l", "-e", "-V", "-T"]) {
        return Flow::local();
    }
    let jobs = match args.operands.first() {
        Some(file) if file.text != "-" => Some(walker.content(file)),
        _ => walker.stdin.clone(),
    };
    let Some(jobs) = jobs else { return Flow::local() };
    if jobs.text.as_deref() == Some("") || args.operand(0) == Some("/dev/null") {
        walker.note(&SCHEDULE, Level::Danger, call.span, "deletes every planned job");
        return Flow::empty();
    }
    walker.note(&SCHEDULE, Level::Caution, call.span, "replaces the planned jobs");
    if jobs.taint.has(Taint::NETWORK | Taint::DECODED) {
        walker.run_tainted(jobs.taint, call.span);
    }
    if let Some(text) = &jobs.text {
        for line in text.lines() {
            cron_line(walker, line, call);
        }
    }
    Flow::empty()
}

/// Judges the command of a line of a crontab.
fn cron_line(walker: &mut Walker<'_>, line: &str, call: &Call<'_>) {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return;
    }
    let mut rest = line;
    for _ in 0..if line.starts_with('@') { 1 } else { 5 } {
        rest = rest.trim_start();
        rest = rest.find(char::is_whitespace).map_or("", |end| &rest[end..]);
    }
    let before = walker.findings.len();
    let env = walker.env.clone();
    walker.run_text(&crate::safety::value::Value::new(rest.trim(), call.span), Shell::Bash);
    walker.env = env;
    let mut at = 0;
    walker.findings.retain(|finding| {
        at += 1;
        at <= before || finding.level >= Level::Danger
    });
}
