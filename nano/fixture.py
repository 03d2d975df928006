"""Makes the small world the bank's commands run in: a home with files of many kinds and ages, logs, a git project.

    python3 nano/fixture.py FOLDER        makes it there, to look at

The `fixture` values of `bank/slots.txt` are names from here. Everything is the same on every run except that ages count
back from now, since commands ask for "the last two days".
"""

import os
import struct
import subprocess
import sys
import tarfile
import time
import wave
import zipfile
import zlib
from pathlib import Path

HOME = Path("home/sam")
DAY = 86400

# Files of the home, each under its name.
FILES = """
== notes.txt
apple pie recipe
buy milk and eggs
TODO call the user
hello world

apple pie recipe
the error was here
email: ann@example.com, tel 555-1234
== my notes.txt
hello from a name with spaces
error in line two
== report.txt
Report 2024
===========
Total: 42
The user saw an error.
TODO apple
connection refused
hello world
End of report
== todo.txt
[x] write report
[ ] fix error
[ ] TODO water plants
hello
apple

ask user
[ ] pay rent
[x] sleep
== names.txt
Maria
Alice
Bob
alice
Bob
Zoe
Chen
Jörg
Alice
== README.md
# Sam's things

Some *notes* and code. See https://example.com/docs.

## Usage

hello, user
== data.csv
id,name,city,age
1,Alice,London,34
2,Bob,Berlin,27
3,Chen,Paris,45
4,Maria,Berlin,31
5,Zoe,London,19
6,Alice,Rome,52
== sales.csv
date,product,amount,price
2024-01-05,apple,10,0.5
2024-02-11,banana,4,0.25
2024-03-01,apple,7,0.5
2024-03-02,cherry,120,0.1
== users.csv
name,email,age
Alice,alice@example.com,34
Bob,bob@example.org,27
== users.json
[
  {"id": 1, "name": "Alice", "age": 34, "city": "London"},
  {"id": 2, "name": "Bob", "age": 27, "city": "Berlin"}
]
== config.json
{"name": "demo", "version": "1.2.0", "port": 8080, "debug": true, "theme": "dark", "author": {"name": "Sam"}}
== config.yaml
name: demo
port: 8080
debug: true
== settings.ini
[main]
name = demo
theme = dark
# comment
port = 8080
== error.log
error one
error two
warning three
fatal error four
== script.sh
#!/bin/bash
# TODO error handling
echo hello "$1"
== hello.sh
#!/bin/sh
echo hello
== main.py
import sys

# TODO: error messages
def main():
    print('hello', sys.version_info[0])

main()
== hello.py
print('hello')
== index.html
<html><head><title>Sam</title></head><body><h1>hello</h1><a href="https://example.com">user</a></body></html>
== style.css
body { color: red; }
== empty.txt
== .bashrc
export EDITOR=vi
alias ll='ls -l'
== .hidden_notes
secret
== .gitconfig
[user]
    name = Sam
    email = sam@example.com
[init]
    defaultBranch = main
[advice]
    detachedHead = false
[protocol "file"]
    allow = always
== Documents/taxes.txt
income 1000
error 0
== Documents/letter.txt
Dear user,
hello.
== Documents/old/draft.txt
a draft
== Downloads/setup.sh
echo setup
== Downloads/list.csv
a,b
1,2
== Downloads/notes copy.txt
apple pie recipe
== My Documents/plan.txt
the plan
== logs/app.log
error: connection refused
info: ok
== logs/app.log.1
old error
== logs/server.log
GET / 200
GET /x 404
== src/util.py
# TODO error
import os

def user():
    return os.getlogin()
== src/util.c
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
== src/lib/deep/deeper/file.js
console.log('hello user');
== src/test.tmp
tmp
== src/app.js.bak
bak
== backup/notes.txt
apple pie
== photos/readme.txt
my photos
"""
# Files of the system around it.
SYSTEM = """
== etc/passwd
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1::/usr/sbin:/usr/sbin/nologin
www-data:x:33:33::/var/www:/usr/sbin/nologin
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
sam:x:1000:1000:Sam,,,:/home/sam:/bin/bash
alice:x:1001:1001::/home/alice:/bin/bash
bob:x:1002:1002::/home/bob:/bin/sh
== etc/group
root:x:0:
sudo:x:27:sam
users:x:100:sam,alice
www-data:x:33:
docker:x:998:sam
sam:x:1000:
alice:x:1001:
bob:x:1002:
nogroup:x:65534:
== etc/hosts
127.0.0.1 localhost sandbox
::1 localhost
192.168.1.5 nas
== etc/hostname
sandbox
== etc/resolv.conf
nameserver 127.0.0.1
== etc/nsswitch.conf
passwd: files
group: files
hosts: files
services: files
protocols: files
== etc/os-release
NAME="Sandbox Linux"
VERSION="12"
ID=debian
PRETTY_NAME="Sandbox Linux 12"
== etc/fstab
UUID=1 / ext4 defaults 0 1
UUID=2 /home ext4 defaults 0 2
== etc/shells
/bin/sh
/bin/bash
== etc/timezone
Etc/UTC
== etc/ssh/sshd_config
Port 22
PermitRootLogin no
== etc/nginx/nginx.conf
worker_processes 1;
http { server { listen 80; } }
== etc/crontab
17 * * * * root run-parts /etc/cron.hourly
== var/log/auth.log
May  1 10:00:00 sandbox sshd[9]: Failed password for root from 10.0.0.9 port 22
May  2 11:00:00 sandbox sshd[9]: Accepted password for sam from 10.0.0.7 port 22
== var/log/nginx/access.log
10.0.0.1 - - [10/May/2024:13:55:36 +0000] "GET / HTTP/1.1" 200 12
== var/log/nginx/error.log
2024/05/10 13:55:36 [error] 1#1: error nothing
== home/alice/hello.txt
hi from alice
== run/programs/sudo
#!/bin/bash
# Nobody needs more rights here; the call only has to be understood.
while [[ $1 == -* ]]; do
    case $1 in -u | -g | -C | -p | -h) shift ;; esac
    shift
done
while [[ $1 == *=* ]]; do
    export "$1"
    shift
done
exec "$@"
"""
FOLDERS = "empty music photos/2023 Documents/empty Pictures Music Videos Desktop bin .config .cache projects".split()
ROOT_FOLDERS = (
    "tmp boot srv/data mnt/usb mnt/backup media/usb opt/app root var/tmp var/www/html var/lib"
    # What the sandbox fills.
    " dev proc sys usr old run/case etc/alternatives etc/fonts etc/ImageMagick-6"
).split()
# Days since a file changed; what is not here is a little older than half a day.
AGES = {
    "notes.txt": 0.01,
    "app.log": 0.1,
    "main.py": 1.5,
    "report.txt": 3,
    "todo.txt": 5,
    "photo.jpg": 9,
    "logs/app.log.1": 12,
    "photos/cat.jpg": 20,
    "Downloads/setup.sh": 40,
    "clip.mp4": 60,
    "backup/notes.txt": 100,
    "old.tar.gz": 200,
    "Documents/taxes.txt": 400,
    "Documents/old/draft.txt": 800,
}


def build(root):
    """Fills an empty folder with the world."""
    root = Path(root)
    home = root / HOME
    for folder in (*ROOT_FOLDERS, *(HOME / folder for folder in FOLDERS)):
        (root / folder).mkdir(parents=True)
    for folder, files in ((home, FILES), (root, SYSTEM)):
        for name, text in sections(files):
            write(folder / name, text)
    make_logs(root, home)
    make_binaries(home)
    make_archives(home)
    make_links(home)
    make_project(home / "project")
    for program in (home / "script.sh", home / "hello.sh", home / "Downloads/setup.sh", root / "run/programs/sudo"):
        program.chmod(0o755)
    set_ages(home)


def sections(text):
    """Yields (name, content) of a text with `== name` lines."""
    for section in text.split("\n== ")[1:]:
        name, _, content = section.partition("\n")
        yield name, content and content.rstrip("\n") + "\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def make_logs(root, home):
    write(home / "app.log", "".join(app_log()))
    write(home / "access.log", "".join(access_log()))
    write(
        root / "var/log/syslog",
        "".join(f"May {day:2} 10:00:00 sandbox cron[1]: error user job {day}\n" for day in range(1, 20)),
    )


def app_log():
    for day in range(1, 29):
        yield f"2024-03-{day:02} 10:{day:02}:00 INFO user {day} login ok\n"
        trouble = "ERROR error: connection refused" if day % 3 == 0 else "WARN timeout, TODO look"
        yield f"2024-03-{day:02} 10:{day:02}:00 {trouble}\n"
    yield 'Traceback (most recent call last):\n  File "main.py", line 1\nValueError: bad user\n'


def access_log():
    for number in range(40):
        address, page, status = (
            f"192.168.1.{number % 5}",
            ("/", "/page", "/error")[number % 3],
            (200, 404, 500)[number % 3],
        )
        yield f'{address} - - [10/May/2024:13:{number:02}:36 +0000] "GET {page} HTTP/1.1" {status} {number * 97}\n'


def make_binaries(home):
    write(home / "logo.png", png(32, 32, b"\x00\x80\xff"))
    write(home / "photo.jpg", png(64, 48, b"\xff\x80\x00"))
    write(home / "photos/cat.jpg", png(40, 40, b"\x10\x20\x30"))
    write(home / "photos/dog.jpg", png(40, 40, b"\x30\x20\x10"))
    write(home / "photos/2023/beach.png", png(20, 20, b"\x00\x00\xff"))
    write(home / "photos/cat copy.jpg", png(40, 40, b"\x10\x20\x30"))
    write(home / "clip.mp4", bytes(range(256)) * 8000)
    write(home / "song.mp3", b"ID3" + bytes(30000))
    write(home / "random.bin", bytes((n * 7919) % 251 for n in range(3000)))
    write(home / "manual.pdf", PDF)
    with wave.open(str(home / "tone.wav"), "wb") as tone:
        tone.setparams((1, 2, 8000, 0, "NONE", ""))
        tone.writeframes(bytes(16000))


def png(width, height, pixel):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixel * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def make_archives(home):
    for name, members in (("backup.tar.gz", ["notes.txt", "src"]), ("old.tar.gz", ["todo.txt"])):
        with tarfile.open(home / name, "w:gz") as archive:
            for member in members:
                archive.add(home / member, member)
    for name, members in (
        ("archive.zip", ["report.txt", "data.csv"]),
        ("photos.zip", ["photos/cat.jpg", "photos/dog.jpg"]),
    ):
        with zipfile.ZipFile(home / name, "w") as archive:
            for member in members:
                archive.write(home / member, member)


def make_links(home):
    (home / "latest.log").symlink_to("app.log")
    (home / "broken-link").symlink_to("nowhere")
    (home / "pics").symlink_to("photos")


def make_project(project):
    """Makes a repository with some history, two branches, a tag, a remote beside it and an uncommitted change."""
    script = """
    at() { export GIT_AUTHOR_DATE="$1" GIT_COMMITTER_DATE="$1"; }
    git init -qb main .
    at 2024-02-10T10:00:00Z
    printf '# project\\n\\nhello world\\n' > README.md; git add .; git commit -qm 'first commit'
    at 2024-05-01T11:00:00Z
    mkdir src docs; printf 'import sys\\n# TODO error\\nprint("connection refused")\\n' > src/app.py
    echo '*.log' > .gitignore; echo 'hello world, user' > docs/intro.md; git add .
    git commit -qm 'add app'; git tag v0.9
    at "$(date -d '20 days ago' +%FT%TZ)"
    git switch -qc develop; echo 'print(2)' >> src/app.py; git commit -qam 'print more'
    git tag -a v1.0 -m 'version 1.0'
    at "$(date -d '3 days ago' +%FT%TZ)"
    git switch -qc feature; echo 'idea' > idea.txt; git add .; git commit -qm 'an idea'
    at "$(date -d '5 hours ago' +%FT%TZ)"
    git switch -q main; echo 'connection refused: TODO' >> README.md; git commit -qam 'fix error in readme'
    git clone -q --bare . ../.project.git
    git remote add origin ../.project.git; git fetch -q; git branch -q -u origin/main
    echo 'change' >> README.md; echo 'untracked' > scratch.txt; echo 'ignored' > debug.log
    """
    project.mkdir()
    sealed = {"PATH": os.environ["PATH"], "HOME": str(project.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["bash", "-e", "-c", script], cwd=project, env=sealed, check=True)


def set_ages(home):
    now = time.time()
    for path in sorted(home.rglob("*"), reverse=True):
        if ".git" not in path.parts and ".project.git" not in path.parts:
            age = AGES.get(str(path.relative_to(home)), 0.6)
            os.utime(path, (now - age * DAY, now - age * DAY), follow_symlinks=False)


if __name__ == "__main__":
    build(sys.argv[1])
