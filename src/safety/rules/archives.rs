//! Archives and compressed files: packed, unpacked, and what of the line comes out of them.

use super::{Act, Utility, does, effects, gnu};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::judge::{Delete, Write};
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const UTILITIES: &[Utility] = &[
    Utility {
        names: "tar gtar bsdtar star",
        grammar: gnu("-f -C -T -X -I -b -K -g -N -V -L -F -H --file --directory --files-from --exclude \
                --use-compress-program --checkpoint-action --to-command --transform --strip-components --owner \
                --group --mode --info-script --new-volume-script --rsh-command --rmt-command"),
        act: Act::Do(tar),
        verbs: &[],
    },
    does("unzip 7z 7za 7zr unrar unar bsdunzip zipx", "-d -x", unzip),
    does("zip", "-i -x -r? -b -t -tt -TT --unzip-command -n", zip),
    does("cpio", "-F -I -O -D -H -E -R -C -M --directory --file --owner", cpio),
    does("gzip bzip2 xz zstd lz4 lzma compress pigz pbzip2 brotli lzop lzip", "-S -T -o --suffix --threads", compress),
    does(
        "gunzip bunzip2 unxz unzstd uncompress unlzma zcat bzcat xzcat zstdcat lzcat gzcat lz4cat zless zmore",
        "-S -T -o",
        gunzip,
    ),
];

fn tar(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    // Old style: `tar xzf file`.
    let old = call
        .words()
        .first()
        .filter(|word| !word.text.starts_with('-') && word.text.chars().all(|c| c.is_ascii_alphabetic()));
    let letters = old.map_or("", |word| word.text.as_str());
    let mode = |letter: char, names: &[&str]| letters.contains(letter) || args.has(names);
    for action in args.values(&["--checkpoint-action"]) {
        if let Some(text) = action.text.strip_prefix("exec=") {
            walker.run_text(&action.with_text(text), Shell::Bash);
        }
    }
    for text in args.values(&[
        "--to-command",
        "-I",
        "--use-compress-program",
        "--info-script",
        "-F",
        "--new-volume-script",
        "--rsh-command",
        "--rmt-command",
    ]) {
        if text.known().is_none_or(|text| {
            !matches!(
                text.split(' ').next().unwrap_or(""),
                "zstd" | "pigz" | "gzip" | "xz" | "lz4" | "bzip2" | "pbzip2" | "pixz" | "brotli" | "lzip" | "lzop"
            )
        }) {
            walker.run_text(&text, Shell::Bash);
        }
    }
    let mut operands: Vec<Value> =
        args.operands.iter().skip(usize::from(old.is_some())).map(|value| (*value).clone()).collect();
    let mut archive = args.values(&["-f", "--file"]).pop();
    if letters.contains('f') && !operands.is_empty() {
        archive = Some(operands.remove(0));
    }
    let folder = args.values(&["-C", "--directory"]).pop();
    if mode('x', &["-x", "--extract", "--get"]) {
        if let Some(folder) = &folder {
            let from = match &archive {
                Some(file) if file.text != "-" => walker.content(file),
                _ => walker.stdin.clone().unwrap_or_default(),
            };
            walker.write(folder, Write::Fill, &from);
        }
        if args.has(&["-P", "--absolute-names"]) {
            walker.note(&effects::WRITE, Level::Caution, call.span, "writes files wherever the archive says");
        }
        return Flow::local();
    }
    if mode('c', &["-c", "--create"]) || mode('r', &["-r", "--append"]) {
        if args.has(&["--remove-files"]) {
            operands.iter().for_each(|operand| walker.delete(operand, Delete::Trees));
        }
        let mut taint = Taint::LOCAL;
        for operand in &operands {
            taint |= walker.content(operand).taint;
        }
        return match &archive {
            Some(file) if file.text != "-" => {
                walker.write(file, Write::Place, &Flow::of(taint));
                walker.remember(file, Flow::of(taint), false);
                Flow::empty()
            }
            _ => Flow::of(taint),
        };
    }
    Flow::local()
}

fn unzip(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let extracts = match call.name {
        "unzip" | "unar" | "bsdunzip" => !args.has(&["-l", "-t", "-Z", "-v", "-z", "-p"]),
        _ => matches!(args.operand(0), Some("x" | "e")),
    };
    if call.name.starts_with("7z") && args.operand(0) == Some("d") {
        walker.note(&effects::DELETE, Level::Caution, call.span, "deletes files from an archive");
    }
    if !extracts {
        return Flow::local();
    }
    let joined = call
        .words()
        .iter()
        .find_map(|word| word.text.strip_prefix("-o").filter(|text| !text.is_empty()).map(|text| word.with_text(text)));
    let folder = args.values(&["-d"]).pop().or_else(|| joined.filter(|_| call.name.starts_with("7z")));
    if let Some(folder) = folder {
        walker.write(&folder, Write::Fill, &Flow::local());
    }
    if args.has(&["-o"]) && call.name == "unzip"
        || call.words().iter().any(|word| matches!(word.text.as_str(), "-aoa" | "-y" | "-o+"))
    {
        walker.note(&effects::WRITE, Level::Caution, call.span, "overwrites files that are there without asking");
    }
    Flow::local()
}

fn zip(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for text in call.args.values(&["-TT", "--unzip-command"]) {
        walker.run_text(&text, Shell::Bash);
    }
    if call.args.has(&["-m", "--move"]) {
        call.args.operands.iter().skip(1).for_each(|operand| walker.delete(operand, Delete::Trees));
    }
    if call.args.has(&["-d", "--delete"]) {
        walker.note(&effects::DELETE, Level::Caution, call.span, "deletes files from an archive");
    }
    // `-T -TT 'cmd'` is a cluster to the option reader.
    let words = call.words();
    if let Some(at) = words.iter().position(|word| word.text == "-TT")
        && let Some(text) = words.get(at + 1)
    {
        walker.run_text(text, Shell::Bash);
    }
    let mut taint = Taint::LOCAL;
    for operand in call.args.operands.iter().skip(1) {
        taint |= walker.content(operand).taint;
    }
    if let Some(file) = call.args.operands.first()
        && file.text != "-"
    {
        walker.remember(file, Flow::of(taint), false);
    }
    Flow::of(taint)
}

fn cpio(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-i", "--extract", "-p", "--pass-through"]) {
        for folder in call.args.values(&["-D", "--directory"]) {
            walker.write(&folder, Write::Fill, &Flow::local());
        }
        if call.args.has(&["-u", "--unconditional"]) {
            walker.note(&effects::WRITE, Level::Caution, call.span, "overwrites files that are there");
        }
    }
    Flow::of(Taint::LOCAL | walker.stdin_taint())
}

fn compress(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.args.has(&["-d", "--decompress", "--uncompress"]) {
        return gunzip(walker, call);
    }
    let flow = walker.filter(call, 0);
    Flow { text: None, taint: flow.taint | Taint::LOCAL }
}

fn gunzip(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let stdout = call.name.ends_with("cat")
        || call.args.operands.is_empty()
        || call.args.has(&["-c", "--stdout", "--to-stdout"]);
    let mut taint = walker.stdin_taint();
    for operand in &call.args.operands {
        let content = walker.content(operand);
        taint |= content.taint;
        if !stdout {
            // `x.sh.gz` becomes `x.sh`, and nobody has seen it.
            let stem = operand.text.rsplit_once('.').map_or(operand.text.as_str(), |(stem, _)| stem);
            let value = operand.with_text(stem);
            walker.remember(&value, Flow::of(content.taint | Taint::DECODED), false);
        }
    }
    if stdout { Flow::of(taint | Taint::DECODED | Taint::LOCAL) } else { Flow::empty() }
}
