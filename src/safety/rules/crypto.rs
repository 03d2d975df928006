//! Keys and codes: `openssl`, `gpg`, password stores.

use super::channels::shell_goes_out;
use super::{Act, Utility, dash, does, effects};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, Taint};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[
    Utility {
        names: "openssl",
        grammar: dash(
            "-in -out -k -pass -passin -passout -key -inkey -connect -CAfile -CApath -config -days -subj -newkey \
                -keyout -inform -outform -name -servername -iv -K -S -sign -verify -signature -cert -certfile \
                -accept -port -extfile -CA -CAkey -digest -sigfile -pubin? -addext",
        ),
        act: Act::Do(openssl),
        verbs: &[],
    },
    does(
        "gpg gpg2 gpgv age rage sops ansible-vault pass gopass bw 1password",
        "-o -r -u --output --recipient --local-user --homedir --passphrase --passphrase-file --batch? --keyserver \
            --recv-keys? --status-fd --default-key -i",
        gpg,
    ),
];

fn openssl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let stdin = walker.stdin_taint();
    match args.operand(0) {
        Some("s_client") => {
            if let Some(flow) = walker.stdin.clone() {
                shell_goes_out(walker, &flow, call);
                walker.send(&flow, call.span, "another machine");
            }
            Flow::of(Taint::NETWORK)
        }
        Some(
            "enc" | "base64" | "aes-256-cbc" | "aes-128-cbc" | "des3" | "smime" | "cms" | "rsautl" | "pkeyutl" | "zlib",
        )
        | None => {
            let decodes = args.has(&["-d", "-decrypt"]);
            let from = args.values(&["-in"]).first().map_or(Taint::NONE, |file| walker.content(file).taint);
            if let Some(out) = args.values(&["-out"]).pop() {
                walker.write(&out, Write::Place, &Flow::local());
                walker.remember(&out, Flow::of(if decodes { Taint::DECODED } else { Taint::LOCAL }), false);
                return Flow::empty();
            }
            let secret = if (stdin | from).has(Taint::SECRET) { Taint::SECRET } else { Default::default() };
            let network = if (stdin | from).has(Taint::NETWORK) { Taint::NETWORK } else { Default::default() };
            Flow::of(if decodes { Taint::DECODED | Taint::LOCAL | secret | network } else { Taint::LOCAL | secret })
        }
        _ => {
            for out in args.values(&["-out", "-keyout"]) {
                walker.write(&out, Write::Place, &Flow::local());
            }
            Flow::of(Taint::LOCAL)
        }
    }
}

fn gpg(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let words = call.words();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.text.as_str()));
    if has(&["--delete-secret-keys", "--delete-secret-key", "--delete-secret-and-public-key"]) {
        walker.note(&effects::DELETE_KEYS, Level::Danger, call.span, "deletes a secret key");
    } else if has(&["--delete-keys", "--delete-key"]) {
        walker.note(&effects::DELETE, Level::Caution, call.span, "deletes a public key");
    }
    if matches!(call.name, "pass" | "gopass") && matches!(args.operand(0), Some("rm" | "remove" | "delete")) {
        let all = args.has(&["-r", "-R", "--recursive"]);
        walker.note(
            &effects::DELETE_KEYS,
            if all { Level::Danger } else { Level::Caution },
            call.span,
            "deletes saved passwords",
        );
    }
    let secret = has(&["--export-secret-keys", "--export-secret-subkeys"])
        || matches!(call.name, "pass" | "gopass" | "bw" | "1password");
    let decodes =
        args.has(&["-d", "--decrypt"]) || has(&["-qd", "decrypt", "view"]) || call.name == "sops" && args.has(&["-d"]);
    let taint = match () {
        () if secret => Taint::SECRET,
        () if decodes => Taint::DECODED | Taint::LOCAL,
        () => Taint::LOCAL,
    };
    if let Some(out) = args.values(&["-o", "--output"]).pop() {
        walker.write(&out, if args.has(&["--yes"]) { Write::Force } else { Write::Place }, &Flow::local());
        walker.remember(&out, Flow::of(taint), false);
        return Flow::empty();
    }
    Flow::of(taint)
}
