//! Firewalls: their rules taken away, or opened.

use super::services::GUARD;
use super::{Rule, Utility, does, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::value::Flow;
use crate::safety::walk::Walker;

pub const RULES: &[&Rule] = &[&FIREWALL];

pub static FIREWALL: Rule = Rule {
    id: "firewall",
    summary: "takes the firewall away, or opens it",
    hint: Some("save the rules first: `iptables-save`, `nft list ruleset`"),
    hits: &[
        (Danger, "iptables -F"),
        (Danger, "ufw allow from any"),
        (Danger, "nft flush ruleset"),
        (Danger, "iptables -P INPUT ACCEPT"),
        (Caution, "ufw allow 22"),
        (Danger, "firewall-cmd --set-default-zone=trusted"),
    ],
    near: &[(Safe, "iptables -L"), (Safe, "ufw status"), (Safe, "nft list ruleset"), (Safe, "firewall-cmd --list-all")],
};

pub const UTILITIES: &[Utility] = &[
    does(
        "iptables ip6tables iptables-legacy iptables-nft ebtables arptables",
        "-t -A -I -D -R -P -N -X? -F? -Z? -E -p -s -d -i -o -j -m -g -w? --dport --sport --table --jump --state \
            --match",
        iptables,
    ),
    does("iptables-restore ip6tables-restore", "", restore),
    verbs!(
        "ufw gufw",
        "",
        &[
            verb("disable|reset", Danger, &GUARD, "turns the firewall off"),
            verb("allow from any", Danger, &FIREWALL, "opens the firewall to everybody"),
            verb("allow", Caution, &FIREWALL, "opens the firewall for {}"),
            verb("default allow", Danger, &FIREWALL, "opens the firewall to everybody"),
            verb(
                "deny|reject|limit|delete|insert|enable|reload|route|prepend",
                Caution,
                &FIREWALL,
                "changes the firewall"
            ),
            verb("allow|--force any", Danger, &FIREWALL, "opens the firewall to everybody"),
            verb("reset|disable", Danger, &GUARD, "turns the firewall off"),
        ]
    ),
    verbs!(
        "nft",
        "-f -I -D",
        &[
            verb("flush ruleset|table|chain", Danger, &FIREWALL, "takes the firewall's rules away"),
            verb("delete table|chain", Danger, &FIREWALL, "takes the firewall's rules away"),
            verb("add|insert|delete|replace|create|flush|reset", Caution, &FIREWALL, "changes the firewall"),
            verb_with("", "-c --check", Safe, &FIREWALL, ""),
            verb_with("", "-f", Caution, &FIREWALL, "changes the firewall as a file says"),
        ]
    ),
    verbs!(
        "firewall-cmd",
        "--zone",
        &[
            verb_with(
                "",
                "--set-default-zone=trusted --panic-off --complete-reload=x",
                Danger,
                &FIREWALL,
                "opens the firewall to everybody"
            ),
            verb_with(
                "",
                "--add-service --add-port --add-rich-rule --remove-service --remove-port --remove-rich-rule \
                    --set-default-zone --reload --add-masquerade --add-forward-port --panic-on --complete-reload \
                    --change-interface --add-source --remove-source --add-interface --delete-zone",
                Caution,
                &FIREWALL,
                "changes the firewall"
            ),
        ]
    ),
    verbs!(
        "pfctl",
        "-a -f -t -F -T -s -k -K",
        &[
            verb_with("", "-d", Danger, &GUARD, "turns the firewall off"),
            verb_with("", "-F", Danger, &FIREWALL, "takes the firewall's rules away"),
            verb_with("", "-e -f -T -k -E", Caution, &FIREWALL, "changes the firewall"),
        ]
    ),
    verbs!(
        "shorewall ferm fwbuilder csf opensnitchd",
        "",
        &[
            verb("stop|clear", Danger, &GUARD, "turns the firewall off"),
            verb_with("", "-x -f", Danger, &GUARD, "turns the firewall off")
        ]
    ),
];

fn iptables(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.text.as_str()));
    if has(&["-L", "-S", "--list", "--list-rules", "-nL", "-vnL", "-nvL", "-C", "--check", "-V"])
        || words
            .iter()
            .any(|word| word.text.starts_with('-') && word.text.contains('L') && !word.text.starts_with("--"))
    {
        return Flow::local();
    }
    let at = |name: &[&str]| words.iter().position(|word| name.contains(&word.text.as_str()));
    let accepts = words.iter().any(|word| word.text == "ACCEPT");
    let narrow = has(&["-p", "-s", "-d", "-i", "-o", "-m", "--dport", "--source", "--protocol", "-j", "--match"])
        && has(&["-p", "-s", "-d", "-i", "-o", "-m", "--dport", "--source", "--protocol", "--match"]);
    let flush = has(&["-F", "--flush", "-X", "--delete-chain"]);
    let policy = at(&["-P", "--policy"]).is_some() && accepts;
    let open = has(&["-I", "-A", "--insert", "--append"]) && accepts && !narrow;
    if flush || policy || open {
        walker.note(&FIREWALL, Level::Danger, call.span, "takes the firewall's rules away, or lets everything in");
    } else if words.iter().any(|word| word.text.starts_with('-')) {
        walker.note(&FIREWALL, Level::Caution, call.span, "changes the firewall");
    }
    Flow::local()
}

fn restore(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    walker.note(&FIREWALL, Level::Caution, call.span, "replaces the firewall's rules");
    Flow::local()
}
