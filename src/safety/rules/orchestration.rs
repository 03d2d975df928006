//! Clusters and infrastructure as code: `kubectl`, `helm`, `terraform`, `ansible`.

use super::data::{DROP, REMOVE};
use super::{Act, Utility, Verb, dash, does, effects, gnu, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger};
use crate::safety::call::Call;
use crate::safety::options::{Args, Grammar, Style};
use crate::safety::value::{ANY, Flow, NAME, Taint, Value, has_glob};
use crate::safety::walk::Walker;
use crate::shell::Shell;

const KUBECTL: &str = "-n -f -l -o -c -k -A? --namespace --filename --selector --output --container --context \
    --cluster --kubeconfig --user --grace-period --timeout --field-selector --replicas --image --type --patch -p \
    --from-literal --from-file --as --token --server -s --sort-by --since --tail --port --target-port --clusterrole \
    --role --serviceaccount --group --verb --resource -L --kustomize";

const TERRAFORM: &[Verb] = &[
    verb("destroy", Danger, &DROP, "destroys everything the configuration describes"),
    verb_with("apply|plan", "-destroy+-auto-approve", Danger, &DROP, "destroys everything the configuration describes"),
    verb_with("apply", "-destroy --destroy", Danger, &DROP, "destroys everything the configuration describes"),
    verb_with(
        "apply",
        "-auto-approve --auto-approve --terragrunt-non-interactive",
        Caution,
        &REMOVE,
        "changes the infrastructure without asking",
    ),
    verb("apply", Caution, &REMOVE, "changes the infrastructure"),
    verb("run-all destroy", Danger, &DROP, "destroys everything"),
    verb("run-all apply", Caution, &REMOVE, "changes the infrastructure"),
    verb("state rm|mv|push|replace-provider", Caution, &REMOVE, "changes what terraform knows of {}"),
    verb("workspace delete", Caution, &REMOVE, "deletes a workspace"),
    verb("taint|untaint|force-unlock|import|refresh", Caution, &REMOVE, "changes what terraform knows"),
];

pub const UTILITIES: &[Utility] = &[
    Utility {
        names: "kubectl oc k kubecolor k9s kubectl.exe",
        grammar: gnu(KUBECTL),
        act: Act::Do(kubectl),
        verbs: &[
            verb_with("delete", "--all", Danger, &DROP, "deletes everything of a kind in the cluster"),
            verb(
                "delete ns|namespace|namespaces|project|crd|crds|customresourcedefinition|pv|pvc|persistentvolumeclaim|persistentvolume|cluster|node|nodes|sc",
                Danger,
                &DROP,
                "deletes {} with everything in it",
            ),
            verb("delete namespace/*|ns/*|pvc/*|pv/*|crd/*|node/*", Danger, &DROP, "deletes it with everything in it"),
            verb("delete %", Danger, &DROP, "deletes everything a list names"),
            verb("delete *", Caution, &REMOVE, "deletes {}"),
            verb_with(
                "delete",
                "-f -k -l --filename --selector --kustomize",
                Caution,
                &REMOVE,
                "deletes what it names from the cluster",
            ),
            verb_with("delete", "-l --selector", Caution, &REMOVE, "deletes what the selector finds"),
            verb_with("drain", "--all", Danger, &super::services::STOP_ALL, "empties every node"),
            verb_with("drain", "-l --selector", Danger, &super::services::STOP_ALL, "empties many nodes"),
            verb("drain|cordon|taint|uncordon", Caution, &super::services::STOP, "takes {} out of use"),
            verb_with("scale", "--replicas=0+--all", Danger, &super::services::STOP_ALL, "stops everything of a kind"),
            verb("scale|rollout|replace|patch|edit|autoscale|set", Caution, &REMOVE, "changes {} in the cluster"),
            verb("rollout status|history", Level::Safe, &REMOVE, ""),
            verb_with("replace", "--force", Caution, &REMOVE, "deletes and makes anew what the file names"),
            verb_with(
                "create clusterrolebinding|rolebinding",
                "--clusterrole=cluster-admin --clusterrole=admin",
                Danger,
                &effects::GRANT,
                "gives an account every right over the cluster",
            ),
            verb(
                "create clusterrolebinding|rolebinding",
                Caution,
                &effects::GRANT,
                "gives an account rights over the cluster",
            ),
            verb(
                "adm policy add-cluster-role-to-user|add-scc-to-user|add-cluster-role-to-group",
                Danger,
                &effects::GRANT,
                "gives an account rights over the cluster",
            ),
            verb("config delete-context|delete-cluster|delete-user|unset", Caution, &REMOVE, "forgets {}"),
            verb_with("apply", "--prune --force", Caution, &REMOVE, "deletes what the files no longer name"),
        ],
    },
    does(
        "helm helmfile",
        "-n -f -l --namespace --values --set --set-string --set-file --version --repo --kube-context --kubeconfig \
            --timeout -o --output -d --selector --max -e --environment",
        helm,
    ),
    Utility {
        names: "terraform tofu terragrunt opentofu cdktf",
        grammar: dash("-var -var-file -target -replace -out -state -backend-config -chdir -parallelism -lock-timeout"),
        act: Act::Prints,
        verbs: TERRAFORM,
    },
    verbs!(
        "pulumi",
        "-s --stack -C --cwd -m -c",
        &[
            verb("destroy", Danger, &DROP, "destroys everything in the stack"),
            verb_with("stack rm", "--force -f", Danger, &DROP, "forgets a stack whose resources still run"),
            verb("stack rm", Caution, &REMOVE, "deletes a stack"),
            verb("up|update|refresh|cancel|state", Caution, &REMOVE, "changes the infrastructure"),
        ]
    ),
    verbs!(
        "cdk sam serverless sls sst copilot amplify cdk8s up arc eb nitric crossplane chalice zappa",
        "-a -c --profile --stage -s --region -r --app",
        &[
            verb("destroy|remove|delete|terminate|undeploy", Danger, &DROP, "destroys what was deployed: {}"),
            verb("app|svc|env|job delete", Danger, &DROP, "destroys what was deployed"),
            verb("deploy|push|update", Caution, &REMOVE, "changes what is deployed"),
        ]
    ),
    does(
        "ansible ansible-playbook ansible-console",
        "-m -a -i -e -u -l -f -c -t -T -K? -M --module-name --args --inventory --extra-vars --user --limit --tags \
            --skip-tags --private-key --vault-password-file --forks --become-user",
        ansible,
    ),
    does(
        "salt salt-call salt-ssh puppet chef-client knife mco fab capistrano cap bolt",
        "-t -L -C -E -G -H -u -n --timeout",
        remote_command,
    ),
    verbs!(
        "kubeadm k0s rke k3s-killall.sh k3s-uninstall.sh kops eksctl talosctl clusterctl rancher capi gardenctl",
        "--name --state --region --config -f --cluster",
        &[
            verb("reset", Danger, &DROP, "takes this node out of its cluster and empties it"),
            verb("delete cluster|ns|namespace", Danger, &DROP, "deletes a whole cluster: {}"),
            verb("delete", Danger, &DROP, "deletes {}"),
            verb("remove", Danger, &DROP, "destroys a cluster"),
            verb("upgrade|drain|cordon|reboot|shutdown", Caution, &super::services::STOP, "changes a running cluster"),
        ]
    ),
    verbs!(
        "nomad",
        "-address -namespace -region",
        &[
            verb_with("job stop", "-purge", Danger, &DROP, "deletes a job"),
            verb("job|system|node|namespace stop|gc|drain|delete", Caution, &REMOVE, "stops {}"),
            verb("stop", Caution, &super::services::STOP, "stops {}"),
        ]
    ),
    does("vault", "-address -namespace -format -field -mount", vault),
    verbs!(
        "flux argocd istioctl linkerd velero tkn stern kustomize kubeseal skaffold tilt werf",
        "-n --namespace",
        &[
            verb("uninstall", Danger, &DROP, "takes it out of the cluster"),
            verb("delete|app|appset|backup|schedule delete", Caution, &REMOVE, "deletes {}"),
            verb("delete", Caution, &REMOVE, "deletes {}"),
        ]
    ),
    verbs!("packer", "", &[]),
    verbs!("kubectx kubens", "-d", &[verb_with("", "-d", Caution, &REMOVE, "forgets a context")]),
];

fn kubectl(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let words = call.words();
    match args.operand(0) {
        Some("exec" | "run" | "debug" | "rsh") => {
            let inside: Vec<Value> = match words.iter().position(|word| word.text == "--") {
                Some(dashes) => words[dashes + 1..].to_vec(),
                None => {
                    let args = Args::read(words, Grammar { style: Style::Gnu, values: KUBECTL });
                    args.operands.iter().skip(2).map(|value| (*value).clone()).collect()
                }
            };
            if !inside.is_empty() {
                let flow = walker.apart(|walker| walker.call(&inside, call.span));
                return Flow { text: None, taint: flow.taint };
            }
            Flow::local()
        }
        Some("apply" | "create") => {
            let mut level = Level::Safe;
            let mut from = "";
            for file in args.values(&["-f", "--filename", "-k", "--kustomize"]) {
                let foreign = file.text.contains("://")
                    || file.text == "-" && walker.stdin_taint().has(Taint::NETWORK)
                    || walker.content(&file).taint.has(Taint::NETWORK);
                if foreign {
                    level = Level::Danger;
                    from = " fetched from the network";
                }
            }
            let rule = if level == Level::Danger { &effects::RUN_FOREIGN } else { &REMOVE };
            walker.note(rule, level, call.span, format!("changes the cluster as a file{from} says"));
            Flow::local()
        }
        Some("get") => {
            let secrets = args.operands.iter().any(|operand| {
                operand.text.split(',').any(|kind| matches!(kind.split('/').next(), Some("secret" | "secrets")))
            });
            let names = args.values(&["-o", "--output"]).iter().any(|value| {
                value.text == "name" || value.text.starts_with("jsonpath") || value.text.starts_with("custom")
            });
            if secrets {
                return Flow::of(Taint::SECRET);
            }
            if names || args.has(&["--no-headers"]) {
                let narrow = args.has(&["-l", "--selector", "--field-selector"]) || args.operands.len() > 2;
                return Flow { text: Some(format!("{}\n", if narrow { NAME } else { ANY })), taint: Taint::LOCAL };
            }
            Flow::local()
        }
        Some("completion") => Flow::of(Taint::PROGRAM),
        Some("cp") => {
            if let [.., _, to] = args.operands.as_slice()
                && !to.text.contains(':')
            {
                walker.write(to, crate::safety::judge::Write::Place, &Flow::of(Taint::NETWORK));
            }
            Flow::local()
        }
        Some("config") if args.has(&["--raw"]) => Flow::of(Taint::SECRET),
        _ => Flow::local(),
    }
}

fn helm(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.asks_about_verb() {
        return Flow::local();
    }
    let args = &call.args;
    if args.has(&["--dry-run"]) {
        return Flow::local();
    }
    let every = args.operands.iter().skip(1).any(|name| has_glob(&name.text));
    match args.operand(0) {
        Some("uninstall" | "delete" | "del" | "un" | "destroy") if every || args.operand(0) == Some("destroy") => {
            walker.note(&DROP, Level::Danger, call.span, "takes every release out of the cluster")
        }
        Some("uninstall" | "delete" | "del" | "un") => {
            walker.note(&REMOVE, Level::Caution, call.span, "takes a release out of the cluster")
        }
        Some("rollback" | "upgrade" | "apply" | "sync") => {
            walker.note(&REMOVE, Level::Caution, call.span, "changes a release in the cluster")
        }
        Some("plugin") if matches!(args.operand(1), Some("install")) => {
            walker.note(&effects::RUN_FOREIGN, Level::Caution, call.span, "installs a plugin, which is a program")
        }
        Some("ls" | "list") => {
            return Flow { text: Some(format!("{}\n", ANY)), taint: Taint::LOCAL };
        }
        Some("completion") => return Flow::of(Taint::PROGRAM),
        _ => {}
    }
    Flow::local()
}

fn ansible(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if call.name == "ansible-playbook" {
        if let Some(file) = args.operands.iter().find(|file| file.text == "/dev/stdin" || file.text == "-") {
            walker.run_tainted(walker.stdin_taint() | Taint::LOCAL, file.span);
        }
        for file in &args.operands {
            let content = walker.content(file);
            if content.taint.has(Taint::NETWORK) {
                walker.run_tainted(Taint::NETWORK, file.span);
            }
        }
        return Flow::local();
    }
    let module = args.value(&["-m", "--module-name"]).unwrap_or("command");
    for text in args.values(&["-a", "--args"]) {
        match module {
            "shell"
            | "command"
            | "raw"
            | "script"
            | "ansible.builtin.shell"
            | "ansible.builtin.command"
            | "win_shell" => {
                let text = text.with_text(text.text.trim_start_matches("cmd="));
                let root = args.has(&["-b", "--become"]);
                walker
                    .as_root(walker.root || root, |walker| walker.apart(|walker| walker.run_text(&text, Shell::Bash)));
            }
            "file" if text.text.contains("state=absent") => {
                let path = text
                    .text
                    .split_whitespace()
                    .find_map(|part| part.strip_prefix("path=").or_else(|| part.strip_prefix("dest=")))
                    .unwrap_or("")
                    .to_string();
                walker.apart(|walker| walker.delete(&text.with_text(path), crate::safety::judge::Delete::Trees));
            }
            "reboot" => walker.note(&super::services::POWER, Level::Caution, call.span, "starts machines anew"),
            "setup" | "ping" | "debug" | "stat" => {}
            _ => walker.note(
                &REMOVE,
                Level::Caution,
                call.span,
                format!("changes machines with the module {}", crate::safety::value::shown(module)),
            ),
        }
    }
    if module == "reboot" {
        walker.note(&super::services::POWER, Level::Caution, call.span, "starts machines anew");
    }
    Flow::local()
}

/// `salt '*' cmd.run '…'`, `knife ssh 'name:*' '…'`.
fn remote_command(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands = &call.args.operands;
    if let Some(at) = operands.iter().position(|operand| {
        matches!(
            operand.text.as_str(),
            "cmd.run" | "cmd.shell" | "cmd.run_all" | "ssh" | "cmd.exec_code_all" | "command"
        )
    }) && let Some(text) = operands.last()
        && operands.len() > at + 1
    {
        walker.apart(|walker| walker.run_text(text, Shell::Bash));
    }
    if operands.iter().any(|operand| operand.text == "file.remove")
        && let Some(path) = operands.last()
    {
        walker.apart(|walker| walker.delete(path, crate::safety::judge::Delete::Trees));
    }
    if operands
        .iter()
        .any(|operand| matches!(operand.text.as_str(), "system.reboot" | "system.shutdown" | "system.poweroff"))
    {
        walker.note(&super::services::POWER, Level::Caution, call.span, "turns machines off, or starts them anew");
    }
    if call.name == "knife" && operands.iter().any(|operand| matches!(operand.text.as_str(), "delete" | "bulk")) {
        walker.note(&REMOVE, Level::Caution, call.span, "deletes from the server");
    }
    Flow::local()
}

fn vault(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    match (args.operand(0), args.operand(1)) {
        (Some("kv"), Some("get")) | (Some("read"), _) => return Flow::of(Taint::SECRET),
        (Some("kv"), Some("destroy")) => walker.note(&DROP, Level::Danger, call.span, "destroys a secret for good"),
        (Some("kv"), Some("metadata")) if args.operand(2) == Some("delete") => {
            walker.note(&DROP, Level::Danger, call.span, "destroys a secret with its versions")
        }
        (Some("secrets" | "auth" | "audit"), Some("disable")) => walker.note(
            &DROP,
            Level::Danger,
            call.span,
            "takes a store of secrets, or the record of who used them, away",
        ),
        (Some("kv"), Some("delete"))
        | (Some("delete"), _)
        | (Some("lease" | "token"), Some("revoke"))
        | (Some("policy"), Some("delete" | "write")) => {
            walker.note(&REMOVE, Level::Caution, call.span, "deletes or changes secrets");
        }
        (Some("operator"), Some("seal" | "rekey" | "rotate" | "step-down" | "raft")) => {
            walker.note(&REMOVE, Level::Caution, call.span, "changes a running vault")
        }
        _ => {}
    }
    Flow::local()
}
