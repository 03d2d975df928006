//! Copies kept alike, and backups: `rsync`, `rclone`, `restic`, `borg`.

use super::data::{DROP, REMOVE};
use super::{Utility, does, effects, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger};
use crate::safety::call::Call;
use crate::safety::judge::{Delete, Write};
use crate::safety::target::{Place, remote};
use crate::safety::value::{Flow, Taint};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    does(
        "rsync grsync",
        "-e -f -T -B -M --rsh --rsync-path --exclude --include --filter --files-from --exclude-from --include-from \
            --max-size --min-size --bwlimit --log-file --password-file --partial-dir --backup-dir --suffix --port \
            --chmod --chown --compare-dest --link-dest --out-format --timeout",
        rsync,
    ),
    does(
        "rclone",
        "--config --include --exclude --filter --max-age --min-age --transfers --bwlimit --log-file \
            --drive-shared-with-me",
        rclone,
    ),
    verbs!(
        "restic",
        "-r --repo --tag --host --keep-last --keep-daily --keep-weekly --keep-monthly --keep-yearly -p \
            --password-file -o",
        &[
            verb_with(
                "forget",
                "--prune+--keep-last=0 --unsafe-allow-remove-all",
                Danger,
                &DROP,
                "deletes every backup"
            ),
            verb("forget", Caution, &REMOVE, "forgets backups {}"),
            verb("prune", Caution, &REMOVE, "deletes what no backup needs"),
        ],
    ),
    verbs!(
        "borg borgmatic",
        "-a -P --prefix --glob-archives --keep-daily --keep-weekly --keep-monthly --keep-last --keep-within",
        &[
            verb("delete *::*", Caution, &REMOVE, "deletes a backup"),
            verb("delete", Danger, &DROP, "deletes the backups in {}"),
            verb("prune|compact", Caution, &REMOVE, "deletes old backups"),
        ],
    ),
    verbs!(
        "duplicity rdiff-backup kopia tarsnap rsnapshot bup duplicacy",
        "",
        &[
            verb_with("", "--remove-older-than -d --delete", Caution, &REMOVE, "deletes old backups"),
            verb("remove-all-but-n-full|remove-older-than|cleanup|prune", Caution, &REMOVE, "deletes old backups"),
            verb_with("", "--nuke", Danger, &DROP, "deletes every backup"),
        ],
    ),
    does("unison syncthing lsyncd dropbox osync csync2 mutagen", "", other),
];

fn rsync(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["-n", "--dry-run", "--list-only"]) {
        return Flow::local();
    }
    for text in args.values(&["-e", "--rsh"]) {
        let harmless =
            text.text.starts_with("ssh") && !text.text.contains("ProxyCommand") && !text.text.contains([';', '|', '&']);
        if !harmless {
            walker.run_text(&text, Shell::Bash);
        }
    }
    for text in args.values(&["--rsync-path"]) {
        if text.text.contains([' ', ';', '|']) {
            walker.run_text(&text, Shell::Bash);
        }
    }
    let Some((to, sources)) = args.operands.split_last() else { return Flow::local() };
    if args.has(&["--remove-source-files"]) {
        for source in sources.iter().filter(|source| !remote(&source.text)) {
            walker.note(
                &effects::MOVE,
                Level::Caution,
                source.span,
                format!("takes away the files of {} once they are copied", source.shown()),
            );
        }
    }
    let deletes = call
        .args
        .options
        .iter()
        .any(|option| matches!(option.name, crate::safety::options::Name::Long(name) if name.starts_with("del")));
    if deletes {
        // A mirror of a folder elsewhere is what backups are; one of nothing deletes everything.
        let nothing = !sources.is_empty() && sources.iter().all(|source| walker.is_empty(source));
        if remote(&to.text) {
            walker.note(
                &effects::DELETE_TREE,
                if nothing { Level::Danger } else { Level::Caution },
                to.span,
                format!("deletes in {} what is not in the source", to.shown()),
            );
        } else {
            let target = walker.target(to);
            match target.place {
                // The whole of a copy is meant, so a relative folder is one folder.
                Place::Scoped | Place::Tmp | Place::Unknown | Place::Remote => {
                    walker.note(
                        &effects::DELETE,
                        Level::Caution,
                        to.span,
                        format!("deletes in {} what is not in the source", to.shown()),
                    );
                }
                Place::HomePart | Place::Absolute | Place::Mount if !nothing => {
                    walker.note(
                        &effects::DELETE,
                        Level::Caution,
                        to.span,
                        format!("deletes in {} what is not in the source", to.shown()),
                    );
                }
                _ => walker.delete(to, Delete::Trees),
            }
        }
    } else if !remote(&to.text) {
        walker.write(to, Write::Fill, &Flow::local());
    }
    super::network::copy_across(walker, call)
}

fn rclone(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    if args.has(&["--dry-run", "-n"]) {
        return Flow::local();
    }
    let narrow = args.has(&["--include", "--min-age", "--max-age", "--filter"]);
    let named = |at: usize| args.operand(at).unwrap_or("").to_string();
    match args.operand(0) {
        Some("purge") => walker.note(
            &DROP,
            Level::Danger,
            call.span,
            format!("deletes everything in {}", crate::safety::value::shown(&named(1))),
        ),
        Some("delete") => {
            let file = named(1).rsplit(['/', ':']).next().is_some_and(|name| name.contains('.'));
            let level = if narrow || file { Level::Caution } else { Level::Danger };
            walker.note(
                &DROP,
                level,
                call.span,
                format!("deletes the files in {}", crate::safety::value::shown(&named(1))),
            );
        }
        Some("deletefile" | "rmdir" | "rmdirs" | "cleanup" | "dedupe") => {
            walker.note(&REMOVE, Level::Caution, call.span, "deletes in the remote")
        }
        Some("sync" | "bisync") => walker.note(
            &REMOVE,
            Level::Caution,
            call.span,
            format!("deletes in {} what is not in the source", crate::safety::value::shown(&named(2))),
        ),
        Some("copy" | "copyto" | "move" | "moveto" | "rcat") => {
            for source in args.operands.iter().skip(1) {
                let flow = walker.content(source);
                if remote(&named(2)) {
                    walker.send(&flow, source.span, &crate::safety::value::shown(&named(2)));
                }
            }
            if let Some(stdin) = walker.stdin.clone() {
                walker.send(&stdin, call.span, "a remote");
            }
        }
        Some("cat") => return Flow::of(Taint::NETWORK),
        _ => {}
    }
    Flow::of(Taint::LOCAL)
}

fn other(_: &mut Walker<'_>, _: &Call<'_>) -> Flow {
    Flow::local()
}
