#!/usr/bin/env python3
"""Reads everyday.txt, runs setup + every right command, and tells what does not hold.

usage: check.py [-j N] [-k SUBSTRING] [-v] [--stats] [FILE]
A scorer may import: parse(), run(), same(), same_text().  Standard library only."""
import sys, os, re, json, hashlib, subprocess, tempfile, shutil, tarfile, zipfile, zlib
from concurrent.futures import ThreadPoolExecutor
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("exact", "lines", "ordered", "words", "numbers", "files", "both")
CATS = ("files search text csv-json archives disk processes network ssh git permissions users "
        "packages services logs dates images-video-pdf docker system shell").split()
MODES = ("permissions", "ssh")          # categories in which file modes are compared
IGNORED = (".cache", ".config", ".local", ".gnupg", ".parallel", ".bash_history", ".python_history",
           ".lesshst", ".viminfo", ".sqlite_history", ".wget-hsts", "known_hosts.old", "nohup.pid")


class Task:
    def __init__(self, name, line):
        self.name, self.line = name, line
        self.ask, self.setup, self.gold, self.kind = None, [], [], None
        self.category = name.split(".", 1)[0]

    @property
    def text(self):
        return self.kind == "text"


def parse(path):
    tasks, bad, cur = [], [], None
    with open(path, encoding="utf-8") as f:
        for n, raw in enumerate(f, 1):
            line = raw.rstrip("\n")
            if not line.strip():
                cur = None
                continue
            mark, rest = line[:2], line[2:]
            if mark == "= ":
                cur = Task(rest.strip(), n)
                tasks.append(cur)
            elif cur is None:
                if not line.startswith("#"):
                    bad.append(f"{n}: line outside a task: {line[:60]}")
            elif mark == "? ":
                if cur.ask:
                    bad.append(f"{n}: {cur.name}: second wording")
                cur.ask = rest.strip()
            elif mark == "@ ":
                cur.setup.append(rest)
            elif mark == "$ ":
                cur.gold.append(rest)
            elif mark in ("> ", "~ "):
                if cur.kind:
                    bad.append(f"{n}: {cur.name}: second comparison")
                cur.kind = rest.strip()
                if (mark == "~ ") != (cur.kind == "text"):
                    bad.append(f"{n}: {cur.name}: {line}")
            else:
                bad.append(f"{n}: {cur.name}: unknown line {line[:60]}")
    return tasks, bad


# ---------------------------------------------------------------- running
_NS = None


def namespace():
    global _NS
    if _NS is None:
        _NS = []
        for c in (["unshare", "-rn", "-p", "-f", "--kill-child", "--mount-proc"], ["unshare", "-rn"]):
            try:
                if subprocess.run(c + ["true"], capture_output=True).returncode == 0:
                    _NS = c
                    break
            except OSError:
                pass
    return _NS


class Result:
    def __init__(self, out, err, rc, tree, home):
        self.out, self.err, self.rc, self.tree, self.home = out, err, rc, tree, home


def env(home):
    return {"HOME": home, "PWD": home, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "Asia/Kolkata", "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8", "USER": "sam", "LOGNAME": "sam", "SHELL": "/bin/bash", "TERM": "dumb", "PAGER": "cat",
            "GIT_PAGER": "cat", "GIT_CONFIG_NOSYSTEM": "1",
            "EDITOR": "true", "GIT_EDITOR": "true", "PYTHONDONTWRITEBYTECODE": "1"}


def run(setup, command, category="", timeout=30):
    """Fresh home folder, setup, then the command.  command None: the setup alone."""
    top = tempfile.mkdtemp(prefix="evl")
    try:
        home = os.path.join(top, "sam")
        os.mkdir(home)
        with open(os.path.join(top, "s.sh"), "w") as f:
            f.write("umask 022\n" + "\n".join(setup) + "\n")
        with open(os.path.join(top, "c.sh"), "w") as f:
            f.write((command or "true") + "\n")
        with open(os.path.join(top, "w.sh"), "w") as f:
            f.write("umask 022\ncd \"$HOME\"\nexport GIT_AUTHOR_NAME=Sam GIT_AUTHOR_EMAIL=sam@example.org "
                    "GIT_COMMITTER_NAME=Sam GIT_COMMITTER_EMAIL=sam@example.org\n"
                    "bash -e ../s.sh >../s.out 2>../s.err </dev/null || exit 99\n"
                    "bash ../c.sh >../c.out 2>../c.err </dev/null\n")
        try:
            p = subprocess.run(namespace() + ["bash", os.path.join(top, "w.sh")], cwd=home, env=env(home),
                               capture_output=True, timeout=timeout)
            rc = p.returncode
        except subprocess.TimeoutExpired:
            rc = -124

        def rd(n):
            try:
                with open(os.path.join(top, n), "rb") as f:
                    return f.read().decode("utf-8", "replace")
            except OSError:
                return ""
        if rc == 99:
            return Result("", "setup failed: " + rd("s.err"), 99, {}, home)
        return Result(rd("c.out"), rd("c.err"), rc, snapshot(home, category in MODES), home)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", top], capture_output=True)
        shutil.rmtree(top, ignore_errors=True)


# ---------------------------------------------------------------- what is left behind
def tool(*a, cwd=None):
    try:
        e = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null")
        return subprocess.run(a, capture_output=True, timeout=30, cwd=cwd, env=e).stdout
    except (OSError, subprocess.TimeoutExpired):
        return b""


def h(b):
    return hashlib.sha1(b).hexdigest()[:12]


def clean(name):
    name = re.sub(r"^(\./)+", "", name).rstrip("/")
    return name


def git_digest(repo):
    def g(*a):
        return tool("git", "-c", "safe.directory=*", *a, cwd=repo).decode("utf-8", "replace").strip()
    refs = []
    for ref in g("for-each-ref", "--format=%(refname) %(objecttype)").splitlines():
        r = ref.split()[0]
        if r.startswith("refs/stash"):
            continue
        refs.append((ref, g("log", "--format=%s|%an|%T|%p".replace("|%p", ""), r)))
    return ("git", g("symbolic-ref", "-q", "HEAD") or g("log", "-1", "--format=%s"), tuple(sorted(refs)),
            len(g("stash", "list").splitlines()), tuple(sorted(g("remote", "-v").splitlines())),
            tuple(sorted(g("status", "--porcelain").splitlines())),
            tuple(sorted(x for x in g("config", "--local", "--list").splitlines() if not x.startswith(("core.", "remote.")))))


def signature(path):
    name = os.path.basename(path).lower()
    with open(path, "rb") as f:
        b = f.read()
    if not b:
        return ("empty",)
    magic = ("zip" if b[:4] in (b"PK\3\4", b"PK\5\6") else "gz" if b[:2] == b"\x1f\x8b" else "bz2" if b[:3] == b"BZh" else
             "xz" if b[:6] == b"\xfd7zXZ\0" else "zst" if b[:4] == b"\x28\xb5\x2f\xfd" else "7z" if b[:6] == b"7z\xbc\xaf\x27\x1c" else "")
    try:
        if magic == "zip":
            with zipfile.ZipFile(path) as z:
                return ("archive", magic, tuple(sorted((clean(i.filename), i.flag_bits & 1, h(str(i.CRC).encode()))
                                                       for i in z.infolist() if not i.is_dir())))
        if magic == "7z":
            t = tool("7z", "l", "-slt", path).decode("utf-8", "replace")
            return ("archive", magic, tuple(sorted(re.findall(r"^Path = (.*)$", t, re.M)[1:])))
        raw = b
        if magic == "gz":
            import gzip
            raw = gzip.decompress(b)
        elif magic == "bz2":
            import bz2
            raw = bz2.decompress(b)
        elif magic == "xz":
            import lzma
            raw = lzma.decompress(b)
        elif magic == "zst":
            raw = tool("zstd", "-dc", path)
        if raw[257:262] == b"ustar":
            import io
            with tarfile.open(fileobj=io.BytesIO(raw)) as t:
                return ("archive", "tar." + magic, tuple(sorted(
                    (clean(m.name), h(t.extractfile(m).read())) for m in t.getmembers() if m.isfile())))
        if magic:
            return ("packed", magic, h(raw))
    except Exception as e:
        return ("broken", magic, str(e)[:40])
    if b[:16] == b"SQLite format 3\0":
        return ("sqlite", h(b"\n".join(sorted(tool("sqlite3", path, ".dump").splitlines()))))
    if b[:4] == b"%PDF":
        pages = len(re.findall(rb"(?m)^Page\s", tool("qpdf", "--show-pages", path).replace(b"page ", b"Page ")))
        return ("pdf", pages, h(b" ".join(tool("pdftotext", path, "-").split())))
    if b[:8] == b"\x89PNG\r\n\x1a\n" or b[:3] == b"\xff\xd8\xff" or b[:4] == b"GIF8" or b[:2] in (b"BM", b"II", b"MM") \
            or (b[:4] == b"RIFF" and b[8:12] == b"WEBP"):
        i = tool("identify", "-format", "%m %w %h\\n", path).split()
        if len(i) >= 3:
            px = tool("convert", path + "[0]", "-alpha", "remove", "-resize", "4x4!", "-depth", "8", "rgb:-")
            ex = b.find(b"Exif\0\0") >= 0 and b[:3] == b"\xff\xd8\xff"
            return ("image", i[0].decode(), int(i[1]), int(i[2]), len(i) // 3, tuple(px[:48]), ex)
    if name.endswith((".mp4", ".mkv", ".webm", ".mov", ".avi", ".mp3", ".wav", ".ogg", ".m4a", ".flac", ".aac", ".opus")):
        try:
            j = json.loads(tool("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path))
            s = tuple(sorted((x["codec_type"], x.get("codec_name"), x.get("width", 0), x.get("height", 0), x.get("channels", 0))
                             for x in j["streams"]))
            return ("media", j["format"]["format_name"], s, float(j["format"].get("duration", 0)))
        except (ValueError, KeyError):
            return ("broken", "media")
    if b.startswith(b"-----BEGIN"):
        return ("key", b.split(b"\n")[0].decode("ascii", "replace"))
    if name.endswith(".pub"):
        w = b.decode("utf-8", "replace").split()
        return ("pub", w[0], " ".join(w[2:]) if not re.search(r"@\w+$", " ".join(w[2:])) else "at")
    if name == "config" and path.endswith(".ssh/config"):
        return ("sshconfig", " ".join(b.decode("utf-8", "replace").split()))
    if name == ".gitconfig":
        return ("config", tuple(sorted(tool("git", "config", "-f", path, "--list").decode().splitlines())))
    if name.endswith(".json"):
        try:
            return ("json", json.dumps(json.loads(b), sort_keys=True), b.strip().count(b"\n") > 0)
        except ValueError:
            pass
    return ("file", h(b.rstrip(b"\n")), b[:300].decode("utf-8", "replace"))


def snapshot(home, modes):
    tree = {}
    for d, dirs, files in os.walk(home):
        rel = os.path.relpath(d, home)
        if ".git" in dirs and (os.path.exists(os.path.join(d, ".git", "HEAD"))):
            tree[os.path.join(rel, ".git")] = git_digest(d)
            dirs.remove(".git")
        elif rel.endswith(".git") and "HEAD" in files and "objects" in dirs:
            tree[rel] = git_digest(d)
            dirs[:] = []
            continue
        dirs[:] = [x for x in dirs if x not in IGNORED]
        for n in dirs + files:
            if n in IGNORED:
                continue
            p = os.path.join(d, n)
            k = os.path.relpath(p, home)
            st = os.lstat(p)
            m = "%04o" % (st.st_mode & 0o7777) if modes and not os.path.islink(p) else ""
            if os.path.islink(p):
                v = ("link", os.path.relpath(os.path.realpath(p), os.path.realpath(home)))
            elif os.path.isdir(p):
                v = ("dir",)
            elif os.path.isfile(p):
                v = signature(p)
            else:
                v = ("special", oct(st.st_mode))
            tree[k] = (m,) + v
    return tree


def same_sig(a, b):
    if a == b:
        return True
    if len(a) > 1 and len(b) > 1 and a[:2] == b[:2]:
        if a[1] == "image":
            return (a[2] == b[2] and abs(a[3] - b[3]) <= 1 and abs(a[4] - b[4]) <= 1 and a[5] == b[5] and a[7] == b[7]
                    and len(a[6]) == len(b[6]) and all(abs(x - y) <= 24 for x, y in zip(a[6], b[6])))
        if a[1] == "media":
            return a[2:4] == b[2:4] and abs(a[4] - b[4]) < 0.35
    return False


def same_tree(a, b):
    return a.keys() == b.keys() and all(same_sig(a[k], b[k]) for k in a)


def diff_tree(a, b):
    return [f"{k}: {a.get(k)} | {b.get(k)}" for k in sorted(set(a) | set(b)) if k not in a or k not in b or not same_sig(a[k], b[k])][:6]


# ---------------------------------------------------------------- outputs
def tidy(out, home):
    res = []
    for l in out.replace("\r\n", "\n").split("\n"):
        l = l.replace(home + "/", "").replace(home, ".")
        l = re.sub(r"(^|[\s:])(?:\./)+(?=[^\s])", r"\1", l)
        l = re.sub(r"(\w)/+(?=$)", r"\1", l).rstrip()
        if l.strip():
            res.append(l)
    return res


def numbers(out):
    t = re.sub(r"(?<=\d),(?=\d{3}\b)", "", out)
    return sorted(float(x) for x in re.findall(r"(?<![\w.\-/:])-?\d+(?:\.\d+)?(?![\w/:]|\.\w|-\w)", t))


def squeeze(l):
    return " ".join(l.split())


def holds(gold, pred):
    """the bare line gold is carried by pred, which has more columns (ls -l, du, wc ...) or the path before it"""
    g, p = squeeze(gold), squeeze(pred)
    if g == p:
        return True
    return re.search(r"(?:^|[\s/:=,(])" + re.escape(g) + r"(?:$|[\s:,)])", p) is not None


def same(kind, gold, pred, loose=False):
    """gold, pred: Result.  loose: lines of pred may carry more columns than those of gold."""
    if kind in ("files", "both") and not same_tree(gold.tree, pred.tree):
        return False
    if kind == "files":
        return True
    if kind == "exact":
        return gold.out.rstrip() == pred.out.rstrip()
    if kind == "numbers":
        a, b = numbers(gold.out), numbers(pred.out)
        return len(a) == len(b) and all(abs(x - y) <= 1e-6 + (0.006 if x != int(x) or y != int(y) else 0) for x, y in zip(a, b))
    a, b = tidy(gold.out, gold.home), tidy(pred.out, pred.home)
    if kind == "words":
        return " ".join(a).split() == " ".join(b).split()
    if kind == "ordered":
        if a == b:
            return True
        b2 = [x for x in b if not re.match(r"total \d", x)]
        return loose and len(a) == len(b2) and all(map(holds, a, b2))
    if kind in ("lines", "both"):
        if Counter(a) == Counter(b):
            return True
        if not loose:
            return False
        b2 = [x for x in b if not re.match(r"total \d", x)]
        if len(a) != len(b2):
            return False
        left = list(b2)
        for x in sorted(a, key=len, reverse=True):
            y = next((y for y in sorted(left, key=len) if holds(x, y)), None)
            if y is None:
                return False
            left.remove(y)
        return True
    raise ValueError(kind)


def same_text(golds, pred):
    """~ text: equal after removing a leading sudo, differences of quotes, spaces, a trailing ';' or '/'."""
    def n(s):
        s = re.sub(r"(^|[|&;]\s*)sudo\s+", r"\1", s.strip())
        s = re.sub(r"[\"']", "", s)
        return re.sub(r"\s+", " ", s).strip().rstrip(";").rstrip("/")
    return any(n(g) == n(pred) for g in golds)


# ---------------------------------------------------------------- the check
def check(t, verbose=False):
    bad = []
    if t.category not in CATS or not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", t.name):
        bad.append("name or category")
    if not t.ask:
        bad.append("no wording")
    if not t.kind:
        bad.append("no comparison")
        return bad
    if not t.gold:
        bad.append("no command")
        return bad
    if len(set(t.gold)) != len(t.gold):
        bad.append("a command twice")
    for g in t.gold + t.setup:
        if subprocess.run(["bash", "-n", "-c", g], capture_output=True).returncode:
            bad.append("syntax: " + g)
    if t.text:
        if not 3 <= len(t.gold) <= 10:
            bad.append(f"text: {len(t.gold)} forms")
        return bad
    if t.kind not in KINDS:
        return bad + ["comparison " + t.kind]
    before = run(t.setup, None, t.category) if t.kind in ("files", "both") else None
    first = None
    for g in t.gold:
        r = run(t.setup, g, t.category)
        if r.rc == 99 or r.rc == -124:
            bad.append(f"rc {r.rc}: {g}: {r.err[-200:]}")
            continue
        if verbose:
            print(f"  $ {g}\n" + "".join("    " + x + "\n" for x in r.out.splitlines()[:8]))
        if r.err.strip() and not any(x in g for x in ("ffmpeg", "time ", "wget")):
            bad.append(f"note stderr: {g}: {r.err.strip()[:160]}")
        if t.kind != "files" and not r.out.strip():
            bad.append(f"empty output: {g}")
        if t.kind == "numbers" and not numbers(r.out):
            bad.append(f"no number: {r.out[:80]}")
        if t.kind == "files" and same_tree(before.tree, r.tree):
            bad.append(f"changes nothing: {g}")
        if first is None:
            first = r
            again = run(t.setup, g, t.category)
            if not same(t.kind, r, again):
                bad.append(f"not the same twice: {g}")
        elif not same(t.kind, first, r, loose=True):
            bad.append(f"differs: {g}\n      {first.out[:200]!r}\n      {r.out[:200]!r}\n      {diff_tree(first.tree, r.tree) if t.kind in ('files', 'both') else ''}")
    return bad


def main():
    a = sys.argv[1:]
    jobs, key, verbose, stats = 2, "", False, False
    path = os.path.join(HERE, "everyday.txt")
    while a:
        x = a.pop(0)
        if x == "-j":
            jobs = int(a.pop(0))
        elif x == "-k":
            key = a.pop(0)
        elif x == "-v":
            verbose = True
        elif x == "--stats":
            stats = True
        else:
            path = x
    tasks, bad = parse(path)
    for what, f in (("name", lambda t: t.name), ("wording", lambda t: (t.ask or "").lower())):
        for k, n in Counter(map(f, tasks)).items():
            if n > 1:
                bad.append(f"{what} {n} times: {k}")
    chosen = [t for t in tasks if key in t.name]
    namespace()
    wrong = 0
    with ThreadPoolExecutor(1 if verbose else jobs) as ex:
        for t, b in zip(chosen, ex.map((lambda t: check(t, verbose)) if not stats else (lambda t: []), chosen)):
            if b:
                wrong += 1
                print(f"{t.line}: {t.name}")
                for x in b:
                    print("    " + x)
    for b in bad:
        print(b)
    n = Counter(t.category for t in tasks)
    e = Counter(t.category for t in tasks if not t.text)
    for c in CATS:
        print(f"{c:18} {n[c]:3}  executable {e[c]:3}")
    print(f"tasks {len(tasks)}, executable {sum(e.values())}, checked {len(chosen)}, with findings {wrong + len(bad)}")
    sys.exit(1 if wrong or bad else 0)


if __name__ == "__main__":
    main()
