//! Containers and virtual machines.

use super::data::{DROP, REMOVE};
use super::services::STOP;
use super::{Act, Rule, Utility, gnu, posix, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::options::{Args, Grammar, Style};
use crate::safety::target::Place;
use crate::safety::value::{ANY, Flow, NAME, Taint, Value, has_glob, has_marks};
use crate::safety::walk::Walker;

pub const RULES: &[&Rule] = &[&HOST, &PRIVILEGED];

pub static HOST: Rule = Rule {
    id: "container-host",
    summary: "gives a container folders of the host, or the host itself",
    hint: Some("mount only what is needed, read-only: `-v dir:/dir:ro`"),
    hits: &[
        (Danger, "docker run -v /:/host alpine"),
        (Danger, "docker run --mount type=bind,src=/etc,dst=/e alpine"),
        (Danger, "docker run -v /var/run/docker.sock:/var/run/docker.sock x"),
    ],
    near: &[
        (Safe, "docker run -v \"$PWD\":/app node"),
        (Safe, "docker run -v data:/var/lib/x db"),
        (Safe, "docker run --rm -v ./src:/src alpine ls /src"),
    ],
};

pub static PRIVILEGED: Rule = Rule {
    id: "container-privileged",
    summary: "gives a container rights over the host",
    hint: Some("add the one capability that is needed"),
    hits: &[
        (Caution, "docker run --privileged ubuntu"),
        (Caution, "docker run --pid=host --net=host x"),
        (Caution, "docker run --cap-add=SYS_ADMIN x"),
    ],
    near: &[
        (Safe, "docker run --rm ubuntu ls"),
        (Safe, "docker run -p 80:80 nginx"),
        (Safe, "docker run --network app x"),
    ],
};

const RUN: &str = "-v -e -p -w -u -h -l -m -a -c --name --volume --env --publish --workdir --user --hostname \
    --label --memory --mount --network --net --entrypoint \
                   --env-file --cpus --gpus --restart --platform --pull --pid --ipc --uts --userns --cgroupns --device --cap-add --cap-drop --security-opt --log-driver --log-opt --link --dns --add-host \
                   --shm-size --tmpfs --ulimit --volumes-from --network-alias --ip --health-cmd --stop-signal --stop-timeout --runtime --label-file --cidfile --pids-limit --expose --group-add --mac-address --annotation --index --detach-keys --cpuset-cpus";

pub const UTILITIES: &[Utility] = &[
    Utility {
        names: "docker podman nerdctl buildah docker-compose podman-compose finch",
        grammar: posix(
            "-H -c -l --host --context --config --log-level -f --file -p --project-name --project-directory \
                --profile --env-file --connection --namespace -n --address -a",
        ),
        act: Act::Do(docker),
        verbs: &[],
    },
    verbs!(
        "lxc incus lxd",
        "-c -f --format --project",
        &[
            verb("delete|rm %", Danger, &DROP, "deletes every container"),
            verb_with("delete|rm", "--force+--all", Danger, &DROP, "deletes every container"),
            verb("delete|rm|stop|restart", Caution, &REMOVE, "stops or deletes {}"),
            verb("storage|image|network|profile delete|rm", Caution, &REMOVE, "deletes {}"),
        ]
    ),
    verbs!(
        "lxc-destroy lxc-stop machinectl",
        "-n --name",
        &[verb("", Caution, &REMOVE, "stops or deletes a container")]
    ),
    verbs!(
        "virsh qm pct xl vboxmanage VBoxManage multipass limactl colima prlctl vmrun utmctl tart orb",
        "-c --connect",
        &[
            verb(
                "undefine|vol-delete|pool-delete|snapshot-delete|delete|unregistervm|purge",
                Caution,
                &REMOVE,
                "deletes {}"
            ),
            verb_with("undefine", "--remove-all-storage", Danger, &DROP, "deletes a machine with its disks"),
            verb_with("unregistervm", "--delete", Danger, &DROP, "deletes a machine with its disks"),
            verb("delete|rm %", Danger, &DROP, "deletes every machine"),
            verb_with("delete", "--all --purge", Danger, &DROP, "deletes machines for good"),
            verb("destroy|shutdown|reboot|stop|controlvm|reset|suspend", Caution, &STOP, "stops {}"),
        ]
    ),
    super::does("qemu-nbd", "-c -d -f", qemu),
    super::does("qemu-img", "-f -O -o -s -c? -p? -b -F -l -m -W? -n? -S -t -T", qemu),
    verbs!(
        "minikube kind k3d microk8s",
        "-p --profile --name",
        &[
            verb_with("delete", "--all --purge", Danger, &DROP, "deletes every cluster"),
            verb("delete", Caution, &REMOVE, "deletes a cluster of this machine"),
            verb("cluster|node delete", Caution, &REMOVE, "deletes a cluster of this machine"),
            verb("stop|reset|pause", Caution, &STOP, "stops a cluster of this machine"),
        ]
    ),
    verbs!(
        "crictl ctr",
        "-n -r --namespace --runtime-endpoint",
        &[
            verb_with("rm|rmi|rmp", "-a --all", Danger, &DROP, "deletes every container or image"),
            verb("rm|rmi|rmp|stop|stopp", Caution, &REMOVE, "deletes {}"),
            verb("*s|images rm|delete|remove", Caution, &REMOVE, "deletes {}"),
        ]
    ),
    verbs!(
        "distrobox toolbox",
        "-n -i",
        &[
            verb_with("rm", "-a --all", Danger, &DROP, "deletes every box"),
            verb("rm|stop", Caution, &REMOVE, "deletes {}")
        ]
    ),
    verbs!(
        "skopeo crane regctl oras",
        "--tls-verify?",
        &[verb("delete", Caution, &REMOVE, "deletes an image from a registry")]
    ),
];

fn docker(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    let Some(mut rest) = words.get(call.args.first..).filter(|rest| !rest.is_empty()) else { return Flow::local() };
    let composed = call.name.ends_with("-compose");
    let mut noun = if composed { "compose" } else { "" };
    let nouns = [
        "container",
        "image",
        "volume",
        "network",
        "system",
        "compose",
        "builder",
        "buildx",
        "swarm",
        "service",
        "stack",
        "node",
        "secret",
        "config",
        "context",
        "plugin",
        "pod",
        "machine",
        "manifest",
        "trust",
        "kube",
        "namespace",
    ];
    if let Some(word) = rest[0].known()
        && nouns.contains(&word)
        && !composed
    {
        noun = nouns.iter().find(|known| **known == word).copied().unwrap_or("");
        rest = &rest[1..];
    }
    if noun == "compose" {
        let args = Args::read(
            rest,
            posix("-f -p --file --project-name --project-directory --profile --env-file --ansi --parallel"),
        );
        rest = &rest[args.first.min(rest.len())..];
    }
    let Some(verb) = rest.first().map(|word| word.text.clone()) else { return Flow::local() };
    let verb = verb.as_str();
    match (noun, verb) {
        ("", "completion") => return Flow::of(Taint::PROGRAM),
        ("" | "container" | "compose", "run" | "create" | "exec") => return runs(walker, call, rest),
        ("" | "buildx" | "image" | "builder" | "compose", "build" | "bake") => return Flow::local(),
        _ => {}
    }
    let args = Args::read(&rest[1..], gnu("--filter -n --format -t --time -s --signal --timeout -o --label"));
    if args.has(&["-h", "--help"]) {
        return Flow::local();
    }
    let names = &args.operands;
    let every = names.iter().any(|name| {
        has_glob(&name.text) || (name.taint.has(Taint::LOCAL) && has_marks(&name.text) && name.text.contains(ANY))
    });
    let all = args.has(&["-a", "--all"]);
    let volumes = args.has(&["-v", "--volumes"]);
    let named = names.iter().take(3).map(|name| name.shown()).collect::<Vec<_>>().join(" ");
    let span = call.span;
    let mut note = |rule: &'static Rule, level: Level, reason: String| walker.note(rule, level, span, reason);
    match (noun, verb) {
        ("system", "prune") if volumes => {
            note(&DROP, Level::Danger, "deletes every volume, container and image not in use".into())
        }
        ("system", "reset") => note(&DROP, Level::Danger, "deletes every container, image and volume".into()),
        ("system" | "image" | "container" | "network" | "builder" | "buildx" | "pod" | "machine", "prune") => {
            note(&REMOVE, Level::Caution, format!("deletes every {noun} not in use"))
        }
        ("volume", "prune") => {
            note(&DROP, Level::Danger, "deletes every volume not in use, with the data in it".into())
        }
        ("volume", "rm" | "remove") if every || all => {
            note(&DROP, Level::Danger, "deletes every volume, with the data in it".into())
        }
        ("volume", "rm" | "remove") => {
            note(&REMOVE, Level::Caution, format!("deletes the volume {named}, with the data in it"))
        }
        ("", "rm" | "rmi" | "stop" | "kill" | "restart")
        | ("container" | "image" | "pod", "rm" | "remove" | "stop" | "kill" | "restart")
            if (every || all) && (verb != "stop" && verb != "restart") =>
        {
            note(&DROP, Level::Danger, "deletes or kills every container or image".into());
        }
        ("", "rm" | "rmi")
        | (
            "container" | "image" | "network" | "pod" | "secret" | "config" | "context" | "plugin" | "node" | "service"
            | "stack" | "manifest" | "machine" | "namespace",
            "rm" | "remove" | "down",
        ) => {
            note(&REMOVE, Level::Caution, format!("deletes {named}"));
        }
        ("", "kill" | "stop" | "restart" | "pause")
        | ("container" | "pod" | "machine" | "compose", "kill" | "stop" | "restart" | "pause") => {
            note(&STOP, Level::Caution, format!("stops {named}"))
        }
        ("compose", "down" | "rm") => note(
            &REMOVE,
            Level::Caution,
            if volumes { "deletes the containers and their volumes".into() } else { "deletes the containers".into() },
        ),
        ("swarm", "leave") => note(&REMOVE, Level::Caution, "leaves the swarm".into()),
        ("service", "scale" | "rollback" | "update") => {
            note(&REMOVE, Level::Caution, "changes a running service".into())
        }
        ("", "cp") => {
            if let [.., _, to] = names.as_slice()
                && !to.text.contains(':')
            {
                walker.write(to, crate::safety::judge::Write::Place, &Flow::local());
            }
        }
        ("", "commit" | "import" | "load") => {}
        ("", "ps" | "images")
        | ("container" | "image" | "volume" | "network" | "pod" | "service", "ls" | "list" | "ps") => {
            let some = args.has(&["-f", "--filter", "-l", "-n"]);
            return Flow { text: Some(format!("{}\n", if some { NAME } else { ANY })), taint: Taint::NONE };
        }
        ("", "logs" | "inspect") => {}
        _ => {}
    }
    Flow::local()
}

/// `run`, `create`, `exec`: what of the host the container gets, then the command inside.
fn runs(walker: &mut Walker<'_>, call: &Call<'_>, rest: &[Value]) -> Flow {
    let args = Args::read(&rest[1..], Grammar { style: Style::Posix, values: RUN });
    if rest[0].text != "exec" {
        for volume in args.values(&["-v", "--volume"]) {
            let mut pieces = volume.text.split(':');
            let source = pieces.next().unwrap_or("");
            let read_only = volume.text.split(':').nth(2).is_some_and(|mode| mode.split(',').any(|word| word == "ro"));
            mounts(walker, &volume.with_text(source), read_only, volume.text.contains(':'));
        }
        for mount in args.values(&["--mount"]) {
            let field = |names: [&str; 2]| {
                mount.text.split(',').find_map(|part| {
                    part.split_once('=').filter(|(name, _)| names.contains(name)).map(|(_, value)| value.to_string())
                })
            };
            let read_only =
                mount.text.split(',').any(|part| matches!(part, "readonly" | "ro" | "readonly=true" | "ro=true"));
            if let Some(source) = field(["src", "source"]) {
                mounts(
                    walker,
                    &mount.with_text(source),
                    read_only,
                    mount.text.contains("type=bind") || mount.text.contains("bind"),
                );
            }
        }
        let host = ["--pid", "--net", "--network", "--ipc", "--uts", "--userns"]
            .iter()
            .any(|name| args.values(&[name]).iter().any(|value| value.text == "host"));
        let net_only = args.values(&["--net", "--network"]).iter().any(|value| value.text == "host")
            && !["--pid", "--ipc", "--uts", "--userns"]
                .iter()
                .any(|name| args.values(&[name]).iter().any(|value| value.text == "host"));
        let caps = args.values(&["--cap-add"]).iter().any(|cap| {
            matches!(
                cap.text.trim_start_matches("CAP_"),
                "ALL" | "SYS_ADMIN" | "SYS_PTRACE" | "SYS_MODULE" | "SYS_RAWIO" | "DAC_READ_SEARCH" | "NET_ADMIN"
            )
        });
        let unconfined = args
            .values(&["--security-opt"])
            .iter()
            .any(|option| option.text.contains("unconfined") || option.text.contains("disable"));
        if args.has(&["--privileged"]) {
            walker.note(&PRIVILEGED, Level::Caution, call.span, "gives the container every right over this machine");
        } else if host && !net_only || caps || unconfined {
            walker.note(&PRIVILEGED, Level::Caution, call.span, "gives the container rights over this machine");
        }
        for device in args.values(&["--device"]) {
            let source = device.with_text(device.text.split(':').next().unwrap_or(""));
            if walker.target(&source).place == Place::Device {
                walker.note(
                    &PRIVILEGED,
                    Level::Caution,
                    device.span,
                    format!("gives the container the device {}", source.shown()),
                );
            }
        }
    } else if args.has(&["--privileged"]) {
        walker.note(&PRIVILEGED, Level::Caution, call.span, "runs in the container with every right over this machine");
    }
    let words = &rest[1..];
    let mut inside: Vec<Value> = words.get(args.first + 1..).unwrap_or_default().to_vec();
    for entry in args.values(&["--entrypoint"]) {
        if !entry.text.is_empty() {
            inside.insert(0, entry);
        }
    }
    // Some images are a shell or a tool, and what follows are its words.
    if inside.first().is_some_and(|word| word.text.starts_with('-'))
        && let Some(image) = words.get(args.first)
    {
        let name = image.text.rsplit('/').next().unwrap_or("").split(':').next().unwrap_or("").to_string();
        inside.insert(0, image.with_text(name));
    }
    if inside.is_empty() {
        return Flow::local();
    }
    let root = walker.root;
    walker.as_root(root, |walker| walker.apart(|walker| walker.call(&inside, call.span)))
}

fn qemu(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let operands = &call.args.operands;
    match call.args.operand(0) {
        Some("convert" | "dd" | "create") => {
            // Behind the file that is made stands its size.
            let to = if call.args.operand(0) == Some("create") { operands.get(1) } else { operands.last() };
            if let Some(to) = to.filter(|to| walker.target(to).place == Place::Device) {
                walker.write(to, crate::safety::judge::Write::Replace, &Flow::local());
            }
        }
        Some("snapshot" | "commit" | "rebase" | "resize") if !call.args.has(&["-l"]) => {
            walker.note(&REMOVE, Level::Caution, call.span, "changes a disk image")
        }
        _ => {}
    }
    Flow::local()
}

fn mounts(walker: &mut Walker<'_>, source: &Value, read_only: bool, named: bool) {
    if !named {
        return;
    }
    let target = walker.target(source);
    let text = target.path.text();
    let shown = target.path.shown(walker.facts);
    if text.ends_with("docker.sock")
        || text.ends_with("podman.sock")
        || text.ends_with("containerd.sock")
        || text.ends_with("crio.sock")
    {
        let level = if read_only { Level::Caution } else { Level::Danger };
        return walker.note(&HOST, level, source.span, "gives the container the container engine, and so this machine");
    }
    let grave = matches!(
        target.place,
        Place::Root
            | Place::System
            | Place::Account
            | Place::SystemStart
            | Place::SystemProgram
            | Place::Home
            | Place::HomeKey
            | Place::Device
            | Place::HomeAccess
    );
    let harmless = matches!(
        text.as_str(),
        "/etc/localtime"
            | "/etc/timezone"
            | "/etc/hosts"
            | "/etc/resolv.conf"
            | "/lib/modules"
            | "/run"
            | "/srv"
            | "/mnt"
            | "/media"
            | "/opt"
            | "/usr/local/bin"
            | "/snap"
            | "/Volumes"
    ) || text.starts_with("/dev/") && target.place != Place::Device;
    if grave && !harmless {
        if read_only {
            let secret = target.is_secret()
                || matches!(target.place, Place::Root | Place::Home | Place::Account | Place::HomeKey);
            if secret {
                walker.note(&HOST, Level::Caution, source.span, format!("lets the container read {shown}"));
            }
        } else {
            walker.note(
                &HOST,
                Level::Danger,
                source.span,
                format!("lets the container write to {shown} of this machine"),
            );
        }
    }
}
