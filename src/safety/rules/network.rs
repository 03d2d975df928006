//! Programs that speak with other machines: what they fetch is foreign, what they send may be secret.

use super::{Utility, does, text};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::judge::Write;
use crate::safety::target::{Place, remote};
use crate::safety::text::is_lookalike;
use crate::safety::value::{Flow, NAME, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

const CURL: &str = "-o -d -H -X -u -A -b -c -C -D -e -E -F -K -m -P -Q -r -t -T -U -w -x -y -Y -z --output --data \
    --header --request --user --user-agent --cookie \
                    --cookie-jar --data-raw --data-binary --data-urlencode --data-ascii --form --form-string --upload-file --url --json --proxy --max-time \
                    --connect-timeout --retry --retry-delay --write-out --cacert --cert --key --referer --range --resolve --interface --output-dir --config --dump-header \
                    --limit-rate --netrc-file --oauth2-bearer --unix-socket --ciphers --trace --trace-ascii --stderr --max-redirs --proxy-user --continue-at --quote --aws-sigv4 --etag-save";
const WGET: &str = "-O -o -a -e -i -B -t -T -w -Q -P -U -l -A -R -D -I -X --output-document --output-file \
    --input-file --directory-prefix --user-agent --header \
                    --post-data --post-file --body-data --body-file --method --user --password --tries --timeout --wait --limit-rate --level --accept --reject --domains --referer --load-cookies --execute --base --use-askpass";

pub const UTILITIES: &[Utility] = &[
    does("curl curlie", CURL, curl),
    does("wget wget2 gwget", WGET, wget),
    does("http https httpie xh xhs", "-a -A --auth -o --output --session --verify --timeout --proxy --print", httpie),
    does(
        "fetch lynx w3m links elinks aria2c axel lftp ftp sftp tftp ncftpget ncftpput smbclient youtube-dl yt-dlp \
            gallery-dl gdown wcurl aget",
        "-o -d -i -c -e -u -p -P -O -x -s -j -k -f --out --dir --input-file -U -A -I -b -B -m -t -N -w --exec \
            --cookies --format --output",
        fetch,
    ),
    does("scp gscp pscp", "-P -i -o -F -l -c -J -S -D", scp),
    does(
        "mail mailx sendmail mutt msmtp swaks s-nail nail neomutt ssmtp",
        "-s -a -r -c -b -S -f -F -A -e -i -H -t",
        mail,
    ),
];

impl Walker<'_> {
    /// Looks at an address: hosts that look like others, secrets in it.
    fn address(&mut self, url: &Value) {
        let host = url.text.split("://").last().unwrap_or("").split(['/', '?', '#']).next().unwrap_or("");
        let host = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or("");
        if is_lookalike(host) {
            self.note(
                &text::LOOKALIKE,
                Level::Caution,
                url.span,
                format!("the host `{}` only looks like a plain name", crate::safety::value::shown(host)),
            );
        }
        let named = Flow::of(url.taint);
        self.send(&named, url.span, &format!("the host {}", crate::safety::value::shown(host)));
    }
}

fn curl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let mut urls: Vec<Value> = args.operands.iter().map(|value| (*value).clone()).collect();
    urls.extend(args.values(&["--url"]));
    let to = urls.first().map_or_else(|| "another machine".to_string(), |url| url.shown());
    for url in &urls {
        walker.address(url);
    }
    let bodies =
        ["-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--data-ascii", "--json", "-F", "--form"];
    for body in args.values(&bodies) {
        let form = body.text.split_once("=@").or_else(|| body.text.split_once("=<")).map(|(_, file)| file);
        let file = body.text.strip_prefix('@').or(form).map(|file| file.split(';').next().unwrap_or(file));
        let flow = match file {
            Some("-") => walker.stdin.clone().unwrap_or_default(),
            Some(file) => walker.content(&body.with_text(file)),
            None => Flow::of(body.taint),
        };
        // A token that goes where it belongs stands in a header or in the body as a variable; a file or a dump does not.
        let flow = if file.is_none() && !flow.taint.has(Taint::LOCAL) && is_form_secret(&body) {
            Flow::default()
        } else {
            flow
        };
        walker.send(&flow.tainted(body.taint), body.span, &to);
    }
    for header in args.values(&["-H", "--header", "-A", "--user-agent", "-b", "--cookie", "-e", "--referer"]) {
        let bearer = header.text.to_ascii_lowercase().starts_with("authorization")
            || header.text.to_ascii_lowercase().contains("token")
            || header.text.to_ascii_lowercase().contains("key");
        let read = header.taint.has(Taint::LOCAL) || header.taint.has(Taint::ENVIRONMENT);
        let file = (args.has(&["-b", "--cookie"]) && walker.target(&header).is_secret()).then_some(Taint::SECRET);
        if !bearer || read && !header.text.contains("Bearer") {
            let flow = Flow::of(header.taint | file.unwrap_or_default());
            walker.send(&flow, header.span, &to);
        }
    }
    for file in args.values(&["-T", "--upload-file"]) {
        let flow = if file.text == "-" || file.text == "." {
            walker.stdin.clone().unwrap_or_default()
        } else {
            walker.content(&file)
        };
        walker.send(&flow.tainted(file.taint), file.span, &to);
    }
    let method = args.value(&["-X", "--request"]).unwrap_or("");
    if method.eq_ignore_ascii_case("DELETE") {
        for url in &urls {
            delete_request(walker, url);
        }
    }
    if matches!(method, "POST" | "PUT") && urls.iter().any(|url| url.text.contains("_delete_by_query")) {
        walker.note(&super::data::DROP, Level::Danger, call.span, "deletes what a query finds");
    }
    let body = Flow::of(Taint::NETWORK | walker.stdin_taint().without(Taint::LOCAL));
    let mut written = false;
    let outputs = args.values(&["-o", "--output"]);
    for out in outputs.iter() {
        if out.text == "-" {
            continue;
        }
        written = true;
        let out = in_folder(args.value(&["--output-dir"]), out);
        walker.write(&out, Write::Place, &body);
        walker.remember(&out, body.clone(), false);
        if walker.target(&out).path.text() == "/dev/stdout" {
            written = false;
        }
    }
    if args.has(&["-O", "--remote-name", "--remote-name-all", "-J"]) {
        written = true;
        for url in &urls {
            let name = url.text.split(['?', '#']).next().unwrap_or("").rsplit('/').next().unwrap_or("");
            let name = if name.is_empty() { NAME.to_string() } else { name.to_string() };
            let out = in_folder(args.value(&["--output-dir"]), &url.with_text(name));
            walker.remember(&out, body.clone(), false);
        }
    }
    for config in args.values(&["-K", "--config"]) {
        if walker.target(&config).place == Place::Network {
            walker.run_tainted(Taint::NETWORK, config.span);
        }
    }
    if args.has(&["-I", "--head"]) {
        return Flow::of(Taint::LOCAL);
    }
    if written { Flow::empty() } else { body }
}

/// Returns true for `password=$PASSWORD`: a field that asks for the secret.
fn is_form_secret(body: &Value) -> bool {
    let text = body.text.to_ascii_lowercase();
    ["password=", "token=", "secret=", "key=", "\"password\"", "\"token\"", "pass=", "api_key", "apikey", "pwd="]
        .iter()
        .any(|field| text.contains(field))
}

fn in_folder(folder: Option<&str>, file: &Value) -> Value {
    match folder {
        Some(folder) => file.with_text(format!("{}/{}", folder.trim_end_matches('/'), file.text)),
        None => file.clone(),
    }
}

/// `DELETE` on a search index, a registry, an API.
fn delete_request(walker: &mut Walker<'_>, url: &Value) {
    let path = url.text.split("://").last().unwrap_or("").split_once('/').map_or("", |(_, path)| path);
    let path = path.split('?').next().unwrap_or("").trim_end_matches('/');
    let everything = path.is_empty()
        || path == "_all"
        || path.chars().all(|c| c == '*' || c == crate::safety::value::ANY)
        || path.ends_with("/*");
    if everything {
        walker.note(&super::data::DROP, Level::Danger, url.span, format!("deletes everything at {}", url.shown()));
    } else {
        walker.note(&super::data::REMOVE, Level::Caution, url.span, format!("deletes {}", url.shown()));
    }
}

fn wget(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let to = args.operands.first().map_or_else(|| "another machine".to_string(), |url| url.shown());
    for url in &args.operands {
        walker.address(url);
    }
    for file in args.values(&["--post-file", "--body-file"]) {
        let flow = walker.content(&file);
        walker.send(&flow, file.span, &to);
    }
    for body in args.values(&["--post-data", "--body-data", "--header"]) {
        if !is_form_secret(&body) && !body.text.starts_with("Authorization") {
            walker.send(&Flow::of(body.taint), body.span, &to);
        }
    }
    for text in args.values(&["-e", "--execute"]) {
        if let Some(command) = text.text.strip_prefix("use_askpass=") {
            walker.run_text(&text.with_text(command), Shell::Bash);
        }
    }
    for text in args.values(&["--use-askpass"]) {
        walker.run_text(&text, Shell::Bash);
    }
    let body = Flow::of(Taint::NETWORK | walker.stdin_taint().without(Taint::LOCAL));
    if args.has(&["--spider"]) {
        return Flow::local();
    }
    // `-qO-`: a cluster whose last letter takes the dash.
    if let Some(out) = args.values(&["-O", "--output-document"]).pop() {
        if out.text == "-" || walker.target(&out).path.text() == "/dev/stdout" {
            return body;
        }
        walker.write(&out, Write::Place, &body);
        walker.remember(&out, body, false);
        return Flow::empty();
    }
    let folder = args.value(&["-P", "--directory-prefix"]);
    if args.has(&["-i", "--input-file", "-r", "--recursive", "-m", "--mirror"])
        && let Some(folder) = folder
    {
        walker.remember_folder(&Value::new(folder, call.span), body, false);
        return Flow::empty();
    }
    for url in &args.operands {
        let name = url
            .text
            .split("://")
            .last()
            .unwrap_or("")
            .split(['?', '#'])
            .next()
            .unwrap_or("")
            .rsplit('/')
            .next()
            .unwrap_or("");
        let name = if name.is_empty() { "index.html" } else { name };
        let out = in_folder(folder, &url.with_text(name));
        walker.remember(&out, body.clone(), false);
    }
    Flow::empty()
}

fn httpie(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let url = args
        .operands
        .iter()
        .find(|value| !value.text.chars().all(|c| c.is_ascii_uppercase()))
        .map(|value| (*value).clone());
    if let Some(url) = &url {
        walker.address(url);
        if args.operands.iter().any(|value| value.text == "DELETE") {
            delete_request(walker, url);
        }
    }
    let to = url.map_or_else(|| "another machine".to_string(), |url| url.shown());
    if let Some(stdin) = walker.stdin.clone() {
        walker.send(&stdin, call.span, &to);
    }
    for item in args.operands.iter().skip(1) {
        let flow = match item.text.split_once('@').filter(|(field, _)| !field.is_empty() && !field.contains('/')) {
            Some((_, file)) => walker.content(&item.with_text(file)),
            None if is_form_secret(item) || item.text.contains("Authorization") => Flow::default(),
            None => Flow::of(item.taint),
        };
        walker.send(&flow, item.span, &to);
    }
    if let Some(out) = args.values(&["-o", "--output"]).pop() {
        walker.write(&out, Write::Place, &Flow::of(Taint::NETWORK));
        walker.remember(&out, Flow::of(Taint::NETWORK), false);
        return Flow::empty();
    }
    Flow::of(Taint::NETWORK)
}

/// Other programs that fetch: what they print or leave in files is foreign.
fn fetch(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let body = Flow::of(Taint::NETWORK);
    for operand in &args.operands {
        walker.address(operand);
    }
    for text in args.values(&["--exec"]) {
        walker.run_text(&text, Shell::Bash);
    }
    if matches!(call.name, "lftp" | "smbclient" | "ftp" | "sftp") {
        let commands = args.values(&["-e", "-c"]);
        for command in &commands {
            for line in command.text.split([';', '\n']) {
                let line = line.trim();
                if let Some(run) = line.strip_prefix('!') {
                    walker.run_text(&command.with_text(run), Shell::Bash);
                }
                sends_file(walker, line, command);
            }
        }
        if let Some(Flow { text: Some(script), .. }) = walker.stdin.clone() {
            let value = Value::new(script.clone(), call.span);
            for line in script.lines() {
                if let Some(run) = line.trim().strip_prefix('!') {
                    walker.run_text(&value.with_text(run), Shell::Bash);
                }
            }
            script.lines().for_each(|line| sends_file(walker, line.trim(), &value));
        }
        for file in args.values(&["-T"]) {
            let flow = walker.content(&file);
            walker.send(&flow, file.span, "another machine");
        }
    }
    if call.name == "ncftpput" {
        for operand in &args.operands {
            let flow = walker.content(operand);
            walker.send(&flow, operand.span, "another machine");
        }
    }
    let stdout = matches!(call.name, "lynx" | "w3m" | "links" | "elinks");
    if let Some(out) = args.values(&["-o", "--out", "-O", "--output"]).pop().filter(|_| !stdout) {
        if out.text == "-" {
            return body;
        }
        let out = in_folder(args.value(&["-d", "--dir"]).filter(|_| call.name == "aria2c"), &out);
        walker.write(&out, Write::Place, &body);
        walker.remember(&out, body, false);
        return Flow::empty();
    }
    for operand in &args.operands {
        let name = operand.text.split(['?', '#']).next().unwrap_or("").rsplit(['/', ':']).next().unwrap_or("");
        if !name.is_empty() {
            let name = operand.with_text(name);
            walker.remember(&name, body.clone(), false);
        }
    }
    body
}

fn sends_file(walker: &mut Walker<'_>, line: &str, value: &Value) {
    let mut words = line.split_whitespace();
    if matches!(words.next(), Some("put" | "mput" | "send" | "mirror")) {
        for file in words.filter(|word| !word.starts_with('-')) {
            let file = value.with_text(file.replacen(
                '~',
                &crate::safety::value::HOME.to_string(),
                usize::from(file.starts_with('~')),
            ));
            let flow = walker.content(&file);
            walker.send(&flow, file.span, "another machine");
        }
    }
}

fn scp(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    for program in args.values(&["-S"]) {
        walker.run_file(&program, Shell::Bash, &[]);
    }
    for option in args.values(&["-o"]) {
        if let Some((name, text)) = option.text.split_once(['=', ' '])
            && name.eq_ignore_ascii_case("proxycommand")
        {
            walker.run_text(&option.with_text(text), Shell::Bash);
        }
    }
    copy_across(walker, call)
}

/// Files go to another machine, or come from there.
pub fn copy_across(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let Some((to, sources)) = call.args.operands.split_last() else { return Flow::local() };
    if remote(&to.text) {
        for source in sources {
            let flow = walker.content(source);
            walker.send(&flow, source.span, &to.shown());
        }
        return Flow::local();
    }
    for source in sources.iter().filter(|source| remote(&source.text)) {
        let name = source.text.rsplit(['/', ':']).next().unwrap_or("");
        let folder =
            to.text.ends_with('/') || matches!(to.text.as_str(), "." | "..") || walker.target(to).place == Place::Here;
        let landing =
            if folder { to.with_text(format!("{}/{name}", to.text.trim_end_matches('/'))) } else { (*to).clone() };
        walker.write(&landing, Write::Place, &Flow::of(Taint::NETWORK));
        walker.remember(&landing, Flow::of(Taint::NETWORK), false);
        walker.remember_folder(&to.with_text(format!("{}/", to.text)), Flow::of(Taint::NETWORK), false);
    }
    Flow::local()
}

fn mail(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let to = call.args.operands.first().map_or_else(|| "somebody".to_string(), |value| value.shown());
    if let Some(stdin) = walker.stdin.clone() {
        walker.send(&stdin, call.span, &to);
    }
    for file in call.args.values(&["-a", "-A", "--attach"]) {
        let flow = walker.content(&file);
        walker.send(&flow, file.span, &to);
    }
    for operand in &call.args.operands {
        let flow = walker.content(operand);
        if walker.target(operand).is_secret() {
            walker.send(&flow, operand.span, &to);
        }
    }
    Flow::local()
}
