//! Commands that only read and print; filters whose output is worked out where their input is known.

use super::{Act, Utility, does, effects, gnu};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::env::Var;
use crate::safety::judge::Write;
use crate::safety::value::{Flow, HERE, NAME, Taint, Value, has_marks};
use crate::safety::walk::Walker;
use crate::safety::{printed, pure};
use crate::shell::Shell;

const fn reads(names: &'static str, values: &'static str) -> Utility {
    Utility { names, grammar: gnu(values), act: Act::Reads, verbs: &[] }
}

const fn prints(names: &'static str, values: &'static str) -> Utility {
    Utility { names, grammar: gnu(values), act: Act::Prints, verbs: &[] }
}

pub const UTILITIES: &[Utility] = &[
    does("echo gecho", "", echo),
    does("printf gprintf", "", printf),
    does("print", "", print),
    does(
        "cat gcat bat batcat tac gtac rev tr gtr cut gcut head ghead tail gtail column fmt fold expand unexpand ts \
            nl paste pr uniq guniq shuf gshuf comm join iconv buffer mbuffer ccze lolcat",
        "-d -f -c -n -b -s -w -t -o? -l -p -i? -e? -u? -z? --lines --bytes --fields --delimiter --characters -A? \
            -v? --from-code --to-code",
        cat,
    ),
    does(
        "sort gsort",
        "-k -t -o -T -S --key --field-separator --output --temporary-directory --buffer-size --parallel \
            --compress-program --files0-from",
        sort,
    ),
    does(
        "grep egrep fgrep rg ag ack ggrep zgrep bzgrep xzgrep ugrep ripgrep pt git-grep",
        "-e -f -m -A -B -C -D -d -g -t -T -j -E? -r? --regexp --file --max-count --include --exclude --exclude-dir \
            --color? --after-context --before-context --context --glob --type --pre --colors --sort",
        grep,
    ),
    does("base64 gbase64 base32 basenc", "-w -i -o --wrap", base64),
    does(
        "xxd hexdump od hd uudecode uuencode base58 gbase32 qprint mimencode punycode ascii2binary unhexdump",
        "-c -l -s -g -o -n -e -A -t -N -w -j",
        xxd,
    ),
    does(
        "basename dirname realpath readlink greadlink pwd tty uname nproc seq gseq which type whence expr factor \
            tput stty getconf locale uuidgen mcookie cksum cygpath",
        "-s -a? -z? -f? -m? -e? -w -l -t?",
        names,
    ),
    reads(
        "wc diff sdiff cmp colordiff icdiff md5sum sha1sum sha224sum sha256sum sha512sum b2sum shasum md5 sum crc32 \
            strings nm objdump readelf file stat du df tree ncdu dust duf zdiff zcmp tokei cloc scc hexyl jless \
            csvlook csvcut csvgrep csvstat mlr xsv qsv visidata q textql pdftotext pdfinfo identify mediainfo \
            ffprobe exiv2 glow mdcat xmllint xmlstarlet yamllint jsonlint shellcheck hadolint markdownlint aspell \
            hunspell spell look wdiff diffstat lsdiff ldd pmap fc-list soxi",
        "-n -c -o -f -L -I -U -d -s -t -m -e? --exclude --max-depth --color? --format --output --width --include \
            -a? -P",
    ),
    does("printenv", "", printenv),
    prints(
        "info apropos whatis help tldr cheat whereis cal ncal clear reset sleep usleep banner figlet toilet cowsay \
            fortune cmatrix top htop btop atop iotop iftop nethogs glances gtop bashtop nvtop powertop uptime sar \
            mpstat pidstat perf sensors acpi upower lsb_release neofetch fastfetch screenfetch hostid ss netstat \
            iwlist iwgetid notify-send zenity dialog whiptail kdialog terminal-notifier logger osd_cat setterm \
            speedtest speedtest-cli bandwhich gping trip ipcalc sipcalc numfmt units cpuid x86info lstopo atq mailq \
            pstree ipcs lp lpr lpstat lpq xrandr xdpyinfo xprop xwininfo xdotool wmctrl import scrot maim grim \
            slurp flameshot feh eog sxiv mpv vlc mplayer cvlc play aplay arecord amixer pactl pavucontrol alsamixer \
            playerctl brightnessctl xbacklight light redshift gammastep xset setxkbmap xmodmap xinput localedef \
            fc-cache gsettings dconf xdg-mime xdg-settings gdbus busctl dbus-send qdbus rustc gcc cc g++ clang \
            clang++ c++ ld as ar ranlib tcc javac kotlinc scalac ghc ocamlc nasm yasm fpc dmd gdc ldc2 valac tsc \
            esbuild swc babel sass lessc postcss webpack rollup vite parcel eslint stylelint ruff flake8 pylint \
            mypy pyright pytest tox nox jest mocha vitest playwright cypress phpunit rspec cucumber behat ctest \
            gtest bats shellspec rubocop golangci-lint gopls staticcheck clippy-driver cppcheck splint clang-tidy \
            gcov lcov gprof kcachegrind doxygen sphinx-build mkdocs hugo jekyll gatsby next nuxt astro eleventy \
            pdflatex xelatex lualatex latexmk bibtex tex makeindex asciidoctor pandoc groff troff nroff soffice \
            libreoffice unoconv wkhtmltopdf gnuplot dot neato graphviz plantuml mermaid ditaa inkscape gimp convert \
            magick montage composite sox lame flac oggenc opusenc mp3gain ffplay handbrakecli mkvmerge mkvextract \
            mp4box youtube-viewer spotdl ollama llm aichat caro claude aider whisper jupyter streamlit gradio \
            uvicorn gunicorn flask fastapi django-admin celery airflow dbt superset mlflow wandb dvc \
            huggingface-cli kaggle tensorboard nvidia-smi nvcc rocm-smi tabix samtools bcftools bedtools blastn bwa",
        "",
    ),
    does("yes gyes", "", yes),
];

fn echo(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    printed::echo(call.words())
}

fn printf(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let words = call.words();
    if let [flag, name, rest @ ..] = words
        && flag.text == "-v"
    {
        let flow = printed::printf(rest);
        let value = Value { text: flow.text.unwrap_or_default(), taint: flow.taint, span: call.span };
        walker.env.set(&name.text.clone(), Var::scalar(value));
        return Flow::empty();
    }
    let words = if words.first().is_some_and(|word| word.text == "--") { &words[1..] } else { words };
    printed::printf(words)
}

/// zsh's and ksh's `print`: `-r`, `-n`, `-l`, `--`.
fn print(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let [flag, name, rest @ ..] = call.words()
        && flag.text == "-v"
    {
        let text = walker.joined_words(rest);
        walker.env.set(&name.text.clone(), Var::scalar(text));
        return Flow::empty();
    }
    if call.args.has(&["-P"]) && call.words().iter().any(|word| word.text.contains("$(")) {
        // Prompt text is expanded once more.
        let text = walker.joined_words(call.words());
        walker.later(&text.with_text(format!(": \"{}\"", text.text.replace('"', ""))), walker.shell);
    }
    let words: Vec<Value> =
        call.words().iter().skip_while(|word| word.text.starts_with('-') && word.text.len() > 1).cloned().collect();
    printed::echo(&words)
}

fn yes(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let text = call.args.operands.first().map_or("y".to_string(), |value| value.text.clone());
    Flow::text(format!("{text}\n"))
}

fn cat(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.name.ends_with("tr") {
        let flow = walker.stdin.clone().unwrap_or_else(Flow::local);
        let text = flow.text.as_deref().and_then(|text| pure::filtered(call, text));
        // Letters that have changed places are a code.
        let coded =
            text.is_some() && call.args.operands.len() == 2 && !call.args.has(&["-d", "--delete"]) && is_cipher(call);
        let taint = flow.taint | if coded { Taint::DECODED } else { Taint::NONE };
        return Flow { taint: if text.is_none() { taint | Taint::LOCAL } else { taint }, text };
    }
    let mut flow = walker.filter(call, 0);
    if call.name == "rev" {
        flow.taint |= Taint::DECODED;
    }
    flow
}

/// Returns true when `tr` moves letters to other letters.
fn is_cipher(call: &Call<'_>) -> bool {
    let (from, to) = (call.args.operand(0).unwrap_or(""), call.args.operand(1).unwrap_or(""));
    let letters = |text: &str| text.chars().filter(|c| c.is_ascii_alphabetic()).count() > 1;
    let case = from.eq_ignore_ascii_case(to) || from.contains("upper") || from.contains("lower");
    letters(from) && letters(to) && !case
}

fn sort(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for program in call.args.values(&["--compress-program"]) {
        walker.run_file(&program, Shell::Bash, &[]);
        walker.note(&effects::RUN_UNKNOWN, Level::Caution, program.span, format!("runs {}", program.shown()));
    }
    let flow = walker.filter(call, 0);
    if let Some(out) = call.args.values(&["-o", "--output"]).pop() {
        walker.write(&out, Write::Replace, &flow);
        return Flow::empty();
    }
    flow
}

fn grep(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for program in call.args.values(&["--pre"]) {
        walker.run_file(&program, Shell::Bash, &[]);
        walker.note(
            &effects::RUN_UNKNOWN,
            Level::Caution,
            program.span,
            format!("runs {} on every file", program.shown()),
        );
    }
    let skip = usize::from(!call.args.has(&["-e", "--regexp", "-f", "--file"]));
    let mut flow = walker.filter(call, skip);
    let files = call.args.operands.len() > skip;
    let lists = call.args.has(&["-l", "-L", "--files-with-matches", "--files-without-match"])
        || call.name == "rg" && call.args.has(&["--files"]);
    if call.args.has(&["-c", "--count", "-q", "--quiet"]) {
        return Flow { text: Some(format!("{NAME}\n")), taint: Taint::NONE };
    }
    if lists && files {
        // Some of the files that were looked through.
        let text: String = call.args.operands[skip..]
            .iter()
            .map(|file| format!("{}/{NAME}\n", file.text.trim_end_matches('/')))
            .collect();
        let text = if call.args.has(&["-r", "-R", "--recursive"]) { text } else { format!("{HERE}/{NAME}\n") };
        return Flow { text: Some(text), taint: Taint::NONE };
    }
    if lists || !files && walker.stdin.is_none() {
        return Flow { text: if lists { Some(format!("{HERE}/{NAME}\n")) } else { None }, taint: Taint::LOCAL };
    }
    if flow.text.as_deref().is_none_or(|text| !has_marks(text)) {
        // Which lines match is not ours to know.
        flow.text = flow.text.filter(|text| text.lines().count() <= 1);
        if flow.text.is_none() {
            flow.taint |= Taint::LOCAL;
        }
    }
    flow
}

fn base64(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut flow = walker.filter(call, 0);
    if let Some(file) = call.args.values(&["-i"]).pop() {
        flow = walker.content(&file);
        flow.text = None;
    }
    if call.args.has(&["-d", "-D", "--decode"]) {
        flow.taint |= Taint::DECODED;
    }
    flow
}

fn xxd(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut flow = walker.filter(call, 0);
    let decodes = call.name.contains("decode")
        || call.name == "ascii2binary"
        || call.args.has(&["-r", "-d", "-u"]) && call.name != "od" && call.name != "hexdump" && call.name != "hd";
    if decodes {
        flow.taint |= Taint::DECODED;
    } else {
        flow.text = None;
    }
    flow
}

fn names(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let first = call.args.operands.first();
    let taint = call.args.operands.iter().fold(Taint::NONE, |taint, value| taint | value.taint).without(Taint::LOCAL);
    let text = match (call.name, first) {
        ("pwd", _) => walker.env.cwd.clone(),
        ("basename", Some(path)) => {
            let name = path.text.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_string();
            if has_marks(&name) && !name.contains(crate::safety::value::ANY) { NAME.to_string() } else { name }
        }
        ("dirname", Some(path)) => match path.text.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_string(),
            Some((folder, _)) => folder.to_string(),
            None if path.text.contains(crate::safety::value::UNKNOWN) => crate::safety::value::UNKNOWN.to_string(),
            None => ".".to_string(),
        },
        ("realpath" | "readlink" | "greadlink", Some(path)) => path.text.clone(),
        ("which" | "type" | "whence", Some(_)) => {
            let found: Vec<&str> = call.args.operands.iter().map(|value| value.text.as_str()).collect();
            found.join("\n")
        }
        ("seq" | "gseq", Some(_)) => {
            let numbers: Vec<i64> = call.args.operands.iter().filter_map(|value| value.text.parse().ok()).collect();
            match numbers.as_slice() {
                [last] if (1..=32).contains(last) => (1..=*last).map(|n| n.to_string()).collect::<Vec<_>>().join("\n"),
                [first, last] if last >= first && last - first < 32 => {
                    (*first..=*last).map(|n| n.to_string()).collect::<Vec<_>>().join("\n")
                }
                _ => NAME.to_string(),
            }
        }
        _ => NAME.to_string(),
    };
    Flow { text: Some(text + "\n"), taint }
}

fn printenv(_: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    match call.args.operands.first() {
        None => Flow::of(Taint::ENVIRONMENT),
        Some(name) if crate::safety::parameter::is_secret_name(&name.text) => Flow::of(Taint::SECRET),
        Some(name) if name.text == "HOME" => Flow::text(crate::safety::value::HOME.to_string()),
        Some(_) => Flow::local(),
    }
}
