"""Lets bash read many commands at once without running any."""

import subprocess


def syntax_errors(commands):
    """Returns {index: message} for the commands that bash can't parse; one bash does when all are well."""
    found = {}
    search(list(enumerate(commands)), found)
    return found


def search(numbered, found):
    message = read(numbered)
    if message is None:
        return
    if len(numbered) == 1:
        found[numbered[0][0]] = message
        return
    middle = len(numbered) // 2
    search(numbered[:middle], found)
    search(numbered[middle:], found)


def read(numbered):
    """Returns what bash says against the commands, each in a function of its own, or None."""
    script = "".join(f"f() {{\n{command}\n}}\n" for _, command in numbered)
    result = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, timeout=60)
    # bash only warns of a here-document that ends with the file.
    if result.returncode == 0 and not result.stderr:
        return None
    return result.stderr.strip().split("\n")[0].removeprefix("bash: ")
