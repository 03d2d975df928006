//! Clouds and their command line tools: what is deleted, opened to all, or given away.

use super::data::{DROP, REMOVE};
use super::{Utility, does, effects};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::target::remote;
use crate::safety::value::{ANY, Flow, Taint, Value, has_glob};
use crate::safety::walk::Walker;

pub const UTILITIES: &[Utility] = &[
    does(
        "gcloud",
        "--project --zone --region --member --role --format --filter --account --configuration --location --tags \
            --source-ranges --allow --rules --network --cluster --instance --database --quiet? --verbosity --command",
        cloud,
    ),
    does(
        "az",
        "-n -g -o --name --resource-group --query --output --subscription --location -l --scopes --role --assignee \
            --ids --account-name --vault-name --container-name -c --server -s --source-address-prefixes --scripts \
            --command-id --settings",
        cloud,
    ),
    does(
        "doctl hcloud linode-cli scw oci ibmcloud openstack nova exo vultr-cli civo upctl yc aliyun tccli ovhcloud \
            stackit fly flyctl heroku vercel netlify railway render wrangler firebase cf supabase-cli surge now \
            dokku caprover nhost planetscale pscale neonctl ngrok-api cloudflare ionosctl metal akamai fastly \
            sentry-cli databricks snow",
        "-o --format --output --context -a --app -s --site --project -c --config --region -r --remote --token -t \
            --access-token --name -n --confirm",
        cloud,
    ),
    does("gsutil", "-o -u -h -i", gsutil),
    does(
        "s3cmd s5cmd mc rclone-s3 aliyun-oss ossutil b2 azcopy minio-client",
        "-c --profile --endpoint-url --exclude --include",
        buckets,
    ),
];

/// Kinds of things that hold data, or hold many others: losing one is not narrow.
pub fn holds_data(noun: &str) -> bool {
    const KINDS: &[&str] = &[
        "db",
        "database",
        "databases",
        "table",
        "bucket",
        "buckets",
        "stack",
        "stacks",
        "cluster",
        "clusters",
        "project",
        "projects",
        "group",
        "subscription",
        "organization",
        "org",
        "account",
        "tenant",
        "namespace",
        "space",
        "sql",
        "rds",
        "storage",
        "filesystem",
        "file-system",
        "vault",
        "keyvault",
        "key",
        "kms",
        "secret",
        "zone",
        "domain",
        "registry",
        "backup",
        "dynamodb",
        "redis",
        "postgres",
        "pg",
        "mysql",
        "mongo",
        "cosmosdb",
        "spanner",
        "bigtable",
        "datastore",
        "firestore",
        "apps",
        "app",
        "site",
        "team",
        "workspace",
        "dataset",
        "repository",
        "index",
        "keyspace",
        "resourcegroup",
        "resource-group",
        "vpc",
        "volume",
        "disk",
        "snapshot",
        "image-family",
        "hosted-zone",
        "stream",
        "backups",
        "collection",
        "recursive",
        "elasticache",
        "redshift",
        "neptune",
        "docdb",
        "dbs",
        "sites",
        "env",
        "environment",
        "addons",
        "database-cluster",
        "compartment",
        "tenancy",
        "branch",
    ];
    noun.split(['-', ':', '.', '_']).any(|part| KINDS.contains(&part))
}

pub fn is_deleting(word: &str) -> bool {
    let first = word.split(['-', ':', '.']).next_back().unwrap_or(word);
    let start = word.split(['-', ':']).next().unwrap_or(word);
    ["delete", "destroy", "remove", "rm", "purge", "terminate", "deregister", "erase", "wipe", "drop", "reset", "empty"]
        .iter()
        .any(|verb| first == *verb || start == *verb)
}

/// Tools whose words are nouns and then a verb, or `noun:verb`.
fn cloud(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    if args.has(&["--help", "--dry-run", "--validate-only"]) {
        return Flow::local();
    }
    let words = call.words();
    if let (true, Some(dashes)) = (
        args.operands.iter().any(|word| matches!(word.text.as_str(), "ssh" | "exec" | "run" | "console")),
        words.iter().position(|word| word.text == "--"),
    ) {
        let inside = words[dashes + 1..].to_vec();
        walker.apart(|walker| walker.call(&inside, call.span));
    }
    let words: Vec<&str> = args.operands.iter().map(|operand| operand.text.as_str()).take(6).collect();
    let deleting = words.iter().take(5).position(|word| is_deleting(word));
    let every = args.operands.iter().any(|operand| {
        has_glob(&operand.text)
            || operand.taint.has(Taint::LOCAL) && operand.text.contains(crate::safety::value::UNKNOWN)
    });
    let span = call.span;
    let open = call.words().iter().any(|word| {
        ["0.0.0.0/0", "allUsers", "allAuthenticatedUsers", "::/0"].iter().any(|all| word.text.contains(all))
    });
    if let Some(at) = deleting {
        let nouns = &words[..=at];
        let narrow = nouns.iter().any(|noun| {
            matches!(
                *noun,
                "instances"
                    | "instance"
                    | "vm"
                    | "machine"
                    | "droplet"
                    | "server"
                    | "compute"
                    | "firewall-rules"
                    | "addresses"
                    | "images"
                    | "functions"
                    | "function"
                    | "run"
                    | "nic"
                    | "public-ip"
                    | "container"
                    | "webapp"
                    | "deployment"
                    | "ssh-key"
                    | "record"
                    | "pods"
                    | "image"
                    | "tag"
                    | "releases"
                    | "services"
                    | "versions"
                    | "config"
                    | "operations"
                    | "blob"
                    | "schedule"
                    | "route"
                    | "jobs"
                    | "job"
            )
        }) && !nouns.iter().any(|noun| {
            matches!(
                *noun,
                "sql"
                    | "group"
                    | "projects"
                    | "apps"
                    | "database"
                    | "databases"
                    | "redis"
                    | "storage"
                    | "account"
                    | "buckets"
                    | "bucket"
            )
        });
        let data = nouns.iter().any(|noun| holds_data(noun))
            || call.name == "heroku" && words[at].contains("destroy")
            || (call.name.starts_with("fly") && words[0] == "apps");
        let whole = (data && !narrow) || every;
        let (rule, level) = if whole { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
        let rest: Vec<String> = words[at + 1..].iter().map(|word| crate::safety::value::shown(word)).collect();
        return finish(walker, call, rule, level, format!("deletes for good: {} {}", nouns.join(" "), rest.join(" ")));
    }
    let grants = words.iter().any(|word| {
        matches!(*word, "add-iam-policy-binding" | "set-iam-policy" | "add-owner") || word.starts_with("add-iam")
    }) || words.windows(2).any(|pair| pair == ["assignment", "create"]);
    if grants {
        let wide = open
            || call.words().iter().any(|word| {
                matches!(
                    word.text.as_str(),
                    "Owner"
                        | "Contributor"
                        | "--role=roles/owner"
                        | "roles/owner"
                        | "--role=roles/editor"
                        | "roles/editor"
                        | "--role=Owner"
                )
            });
        return finish(
            walker,
            call,
            &effects::GRANT,
            if wide { Level::Danger } else { Level::Caution },
            "gives an account rights over the cloud".into(),
        );
    }
    if words.contains(&"create-for-rbac") {
        walker.note(&effects::GRANT, Level::Caution, span, "makes an account with a password");
        return Flow::of(Taint::SECRET);
    }
    if open
        && words.iter().any(|word| {
            word.contains("firewall") || word.contains("nsg") || matches!(*word, "create" | "update" | "add-rules")
        })
    {
        return finish(walker, call, &effects::OPEN_ACCESS, Level::Danger, "opens it to every machine there is".into());
    }
    if words.iter().any(|word| {
        matches!(*word, "print-access-token" | "get-access-token" | "access" | "auth:token" | "config:get" | "keys")
            || word.starts_with("list-keys")
            || word.starts_with("show-connection-string")
    }) && words.len() > 1
    {
        return Flow::of(Taint::SECRET);
    }
    let changes = words.iter().skip(1).chain(words.first().filter(|word| word.contains(':'))).any(|word| {
        let last = word.rsplit(':').next().unwrap_or(word);
        matches!(
            last,
            "stop"
                | "restart"
                | "reboot"
                | "shutdown"
                | "power-off"
                | "poweroff"
                | "suspend"
                | "deallocate"
                | "resize"
                | "update"
                | "rollback"
                | "unset"
                | "disable"
                | "maintenance"
                | "rotate"
                | "scale"
                | "set"
                | "move"
                | "rebuild"
                | "down"
                | "cancel"
                | "patch"
                | "promote"
                | "failover"
                | "detach"
                | "revoke"
                | "swap"
        )
    });
    let local = words.first().is_some_and(|word| {
        matches!(*word, "config" | "auth" | "account" | "components" | "context" | "login" | "env")
    });
    if changes && !local {
        return finish(
            walker,
            call,
            &REMOVE,
            Level::Caution,
            format!("changes what runs in the cloud: {}", words.join(" ")),
        );
    }
    if words.contains(&"list") || words.contains(&"ls") {
        return Flow { text: Some(format!("{ANY}\n")), taint: Taint::LOCAL };
    }
    if let (Some("ssh"), Some(command)) =
        (words.iter().find(|word| **word == "ssh").copied(), args.values(&["--command"]).pop())
    {
        walker.apart(|walker| walker.run_text(&command, crate::shell::Shell::Bash));
    }
    Flow::local()
}

fn finish(walker: &mut Walker<'_>, call: &Call<'_>, rule: &'static super::Rule, level: Level, reason: String) -> Flow {
    walker.note(rule, level, call.span, reason);
    Flow::local()
}

fn gsutil(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    match args.operand(0) {
        Some("rm") => {
            let all = args.has(&["-r", "-R", "-a"]) || args.operands.iter().any(|path| path.text.contains(['*', ANY]));
            let (rule, level) = if all { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
            walker.note(rule, level, call.span, "deletes from a bucket");
        }
        Some("rb") => walker.note(&DROP, Level::Danger, call.span, "deletes a bucket"),
        Some("rsync") if args.has(&["-d"]) => {
            walker.note(&REMOVE, Level::Caution, call.span, "deletes what is not in the source")
        }
        Some("iam" | "acl" | "defacl")
            if call.words().iter().any(|word| {
                word.text.contains("allUsers") || word.text.contains("AllUsers") || word.text.starts_with("public")
            }) =>
        {
            walker.note(&effects::OPEN_ACCESS, Level::Danger, call.span, "opens a bucket to everybody");
        }
        Some("cat") => return Flow::of(Taint::NETWORK),
        Some("cp" | "mv") => sends(walker, &args.operands[1..]),
        _ => {}
    }
    Flow::local()
}

fn sends(walker: &mut Walker<'_>, operands: &[&Value]) {
    if let Some((to, sources)) = operands.split_last()
        && remote(&to.text)
    {
        for source in sources {
            let flow =
                if source.text == "-" { walker.stdin.clone().unwrap_or_default() } else { walker.content(source) };
            walker.send(&flow, source.span, &to.shown());
        }
    }
}

fn buckets(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let all = args.has(&["-r", "--recursive", "--force", "--dangerous", "-a"])
        || args.operands.iter().any(|path| path.text.contains(['*', ANY]));
    match args.operand(0) {
        Some("rb" | "delete-bucket" | "rmbucket" | "deletebucket") => {
            walker.note(&DROP, Level::Danger, call.span, "deletes a bucket")
        }
        Some("rm" | "del" | "delete" | "remove" | "delete-file-version") => {
            let (rule, level) = if all { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
            walker.note(rule, level, call.span, "deletes from a bucket");
        }
        Some("mirror" | "sync")
            if args.has(&["--remove", "--delete", "--delete-removed", "--delete-destination", "--overwrite"]) =>
        {
            walker.note(&REMOVE, Level::Caution, call.span, "deletes what is not in the source")
        }
        Some("anonymous" | "policy") if args.operand(1) == Some("set") => {
            walker.note(&effects::OPEN_ACCESS, Level::Caution, call.span, "lets others read or write a bucket")
        }
        Some("cat" | "pipe") => return Flow::of(Taint::NETWORK),
        Some("cp" | "put" | "copy" | "mv" | "upload") => sends(walker, &args.operands[1..]),
        _ => {}
    }
    Flow::local()
}
