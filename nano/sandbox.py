"""Runs the commands of the bank where they can do no harm, and checks that they did what their requests say.

Every run has a room of its own: new user, mount, process and network namespaces, a root in memory with a copy of the
fixture (`nano/fixture.py`), the programs of this machine read-only, a network that leads nowhere, eight seconds.
`nano/sandbox.sh` furnishes it.
"""

import concurrent.futures
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import fixture
from bank import load
from bank.changes import changes
from bank.expand import write_command, write_helper
from bank.shell import simple_commands

SECONDS = 8
AT_ONCE = 2
ROOM = Path(__file__).with_name("sandbox.sh")
UNSHARE = "unshare --user --map-root-user --mount --pid --net --ipc --uts --fork --kill-child".split()
# Root outside would be root over the kernel's settings inside; as nobody it has no rights but those in its room.
NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups --".split() if os.geteuid() == 0 else []
# Slots whose values are answered by a server in the room.
SERVED = {"port", "url", "host", "ip", "domain"}


class Case(NamedTuple):
    """One expansion of an intent, ready to run."""

    intent: object
    command: str
    preparations: list
    checks: list
    served: bool


class Outcome(NamedTuple):
    case: Case
    kind: str
    told: str


# What can come of a case, the good first.
KINDS = ("ok", "unchecked", "skipped", "missing", "quiet", "no match", "nonzero", "unprepared", "timeout", "failed")
# Commands that print nothing when all is well, though they change nothing a check could see.
SILENT = set("cd pushd popd wait sleep true clear set shopt reset ulimit umask stty disown".split())
DOUBTS = {"quiet", "no match"}
FAULTS = {"nonzero", "unprepared", "timeout", "failed"}


def run(paths, name):
    """Runs all cases of these files, prints what was not well, and returns the exit code."""
    if why := no_rooms():
        print(f"no sandbox on this machine: {why}\nhint: unprivileged user namespaces have to be allowed")
        return 2
    intents = [intent for intent in load(paths).intents if name in (None, intent.name)]
    with tempfile.TemporaryDirectory() as folder:
        fixture.build(folder)
        os.chmod(folder, 0o755)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            cases = [case for intent in intents for case in cases_of(intent)]
            outcomes = list(pool.map(lambda case: play(case, folder), cases))
    return report(outcomes, everything=name is not None)


def no_rooms():
    """Returns why no sandbox can be made here, or an empty string."""
    if not shutil.which("unshare"):
        return "`unshare` (util-linux) is missing"
    result = subprocess.run([*NOBODY, *UNSHARE, "true"], capture_output=True, text=True)
    return result.stderr.strip() or ("" if result.returncode == 0 else "`unshare` failed")


def cases_of(intent):
    """Returns three expansions: with no details, with all, and with some; fewer if they come out the same."""
    if intent.refuses():
        return []
    if intent.skip:
        return [Case(intent, intent.commands["linux"].text, [], [], False)]
    chance = random.Random(intent.name)
    variants = sorted(intent.variants(), key=lambda variant: len(variant.details))
    chosen = [variants[0], variants[-1], chance.choice(variants)]
    return list({case.command: case for case in (case_of(variant, chance) for variant in chosen)}.values())


def case_of(variant, chance):
    intent, drawn = variant.intent, variant.draw_for_sandbox(chance)
    command = write_command(variant.commands["linux"], drawn)
    preparations = [write_helper(line.parts, variant.details, drawn) for line in intent.preparations]
    checks = [write_helper(line.parts, variant.details, drawn) for line in intent.checks]
    return Case(
        intent, command, preparations, checks, bool(SERVED & {filling.type.name for filling in variant.fillings})
    )


def play(case, world):
    """Runs one case in a room and judges it."""
    if case.intent.skip:
        return Outcome(case, "skipped", case.intent.skip)
    as_root = any(simple.words[:1] == ["sudo"] for simple in simple_commands(case.command))
    settings = {
        "WORLD": str(world),
        "SERVED": str(int(case.served)),
        "ROOT": str(int(as_root)),
        "PATH": os.environ["PATH"],
    }
    room = subprocess.Popen(
        [*NOBODY, *UNSHARE, "bash", str(ROOM)],
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        told, errors = room.communicate(script(case).encode(), timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(room.pid, signal.SIGKILL)
        room.communicate()
        return Outcome(case, "timeout", f"not done after {SECONDS} s")
    return judge(case, told.decode(errors="replace"), errors.decode(errors="replace"))


def script(case):
    """Returns what bash does in the room: prepare, run, check, tell."""
    prepare = "".join(f"{{ {line}\n}} >>/run/case/prepared 2>&1 || unprepared=1\n" for line in case.preparations)
    checks = "".join(
        f'check() {{ {line}\n}}\ncheck || (cd "$started"; check) || failed=${{failed:-{number}}}\n'
        for number, line in enumerate(case.checks, 1)
    )
    return f"""
unset failed unprepared status
tell() {{
    printf '%s\\0' "${{unprepared:-0}}" "${{status:-none}}" "${{failed:-0}}"
    head -c 3000 /run/case/out | tr -d '\\0'; printf '\\0'
    {{ cat /run/case/err; test -z "$unprepared" || cat /run/case/prepared; }} | head -c 2000 | tr -d '\\0'
}}
finish() {{
    local code=$?
    status=${{status:-$code}}
    exec 1>/dev/null
    OUT=$(cat /run/case/out); ERR=$(cat /run/case/err); OUT=${{OUT:-$ERR}}
{checks}
    exec 1>&9
    tell
}}
exec 9>&1
: >/run/case/out; : >/run/case/err; : >/run/case/prepared
cd ~
{prepare}
started=$PWD
trap finish EXIT
exec >/run/case/out 2>/run/case/err
{case.command}
status=$?
exec 2>/dev/null
exit
"""


def judge(case, told, errors):
    fields = told.split("\0")
    if len(fields) != 5:
        return Outcome(case, "failed", "the room gave no answer: " + shown(errors or told))
    unprepared, status, failed, out, err = fields
    tool = missing(err)
    answer = f"exit {status}: {shown(out)} {shown(err)}"
    if unprepared == failed == "0" and case.checks:
        return Outcome(case, "ok", answer)
    if tool:
        return Outcome(case, "missing", tool)
    if unprepared != "0":
        return Outcome(case, "unprepared", answer)
    if failed != "0":
        return Outcome(case, "failed", f"check {failed}, {answer}")
    if status != "0":
        return Outcome(case, "no match" if status == "1" and not out and not err else "nonzero", answer)
    return Outcome(case, "unchecked" if out.strip() or silent(case.command) else "quiet", answer)


def silent(command):
    return bool(changes(command)) or any(
        simple.words[:1] and simple.words[0] in SILENT for simple in simple_commands(command)
    )


# "bash: line 3: tree: command not found", "xargs: tree: No such file …", "env: ‘tree’: No such file …"
NOT_FOUND = re.compile(r": (\S+): command not found$", re.MULTILINE)
NOT_RUN = re.compile(
    r"^(?:xargs|env|timeout|nohup|nice|find|time|setsid): (?:failed to run command )?[‘']?([\w.+-]+)['’]?: No such file",
    re.MULTILINE,
)


def missing(errors):
    """Returns the tool whose absence the shell or a wrapper complained of, or an empty string."""
    found = NOT_FOUND.search(errors) or NOT_RUN.search(errors)
    return found.group(1) if found else ""


def shown(text):
    text = " ".join(text.split())
    return repr(text if len(text) < 160 else text[:160] + "…")


def report(outcomes, everything):
    """Prints what wants a look, or everything, and the counts; returns the exit code."""
    for outcome in outcomes:
        if everything or outcome.kind in FAULTS | DOUBTS:
            intent = outcome.case.intent
            print(
                f"{os.path.relpath(intent.file)}:{intent.line}: {outcome.kind}: {intent.name}: {outcome.case.command}"
            )
            print(f"    {outcome.told}")
    tools = Counter(outcome.told for outcome in outcomes if outcome.kind == "missing")
    if tools:
        print("missing tools: " + ", ".join(f"{tool} ({count})" for tool, count in tools.most_common()))
    reasons = Counter(outcome.told for outcome in outcomes if outcome.kind == "skipped")
    if reasons:
        print("skipped: " + ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common()))
    counts = Counter(outcome.kind for outcome in outcomes)
    print(", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind]) or "nothing to run")
    return 1 if any(counts[kind] for kind in FAULTS) else 0
