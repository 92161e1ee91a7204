"""Commands that the documents print: blocks of shell and code spans, as words."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

ROOT = Path(__file__).parents[2]

PROGRAMS = {
    *("make", "tablepromise", ".venv/bin/tablepromise", ".venv/bin/python", "python", "bash"),
    *("kubectl", "pulumi", "flux", "helm", "k3d", "aws", "cdk8s", "git", "docker"),
}
"""Programs whose commands are held against what there is."""

SHELL = {"mkdir", "rm", "export", "umask", "echo", "base64", "grep", "xargs", "date"}
"""Programs of the shell, which a block may use beside them."""


class Command(Struct, frozen=True):
    """One simple command.

    Attributes:
        page: the document, relative to the root.
        line: the line as printed.
        words: program and arguments, without variables that are set for it.
        fenced: in a block of shell, and so to be typed as it is.
    """

    page: str
    line: str
    words: tuple[str, ...]
    fenced: bool = True

    @property
    def program(self) -> str:
        """Name of the program, without its folder."""
        return self.words[0].rpartition("/")[2]

    @property
    def plain(self) -> tuple[str, ...]:
        """Arguments that are no options; the value of `--option value` is among them."""
        return tuple(word for word in self.words[1:] if not word.startswith("-"))

    def option(self, *names: str) -> str | None:
        """Value of an option, in any of its forms."""
        for number, word in enumerate(self.words):
            if word in names and number + 1 < len(self.words):
                return self.words[number + 1]
            for name in names:
                if name.startswith("--") and word.startswith(f"{name}="):
                    return word.removeprefix(f"{name}=")
        return None


def pages() -> list[Path]:
    """Every document of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if "fixtures" not in name and (ROOT / name).exists()]


def commands() -> list[Command]:
    """Every command of every document."""
    return [command for page in pages() for command in of_page(page)]


def of_page(page: Path) -> Iterator[Command]:
    """Commands of one document: first those of its blocks, then those of its code spans."""
    name, text = str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")
    for block in blocks(text):
        for line in block.splitlines():
            yield from (Command(name, line, words) for words in simple_commands(line))
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for span in re.findall(r"`([^`]+)`", rest):
        line = span.replace("\n", " ")
        if " " in line and line.split()[0] in PROGRAMS:
            for words in simple_commands(line):
                yield Command(name, line, words, fenced=False)


def blocks(text: str) -> list[str]:
    """Blocks of shell, each command on a line of its own and without here-documents."""
    found = re.findall(r"```(?:sh|shell|bash)\n(.*?)```", text, re.DOTALL)
    joined = [block.replace("\\\n", " ") for block in found]
    return [re.sub(r"<<(\w+)\n.*?\n\1\n", "\n", block, flags=re.DOTALL) for block in joined]


def simple_commands(line: str) -> Iterator[tuple[str, ...]]:
    """Simple commands of a line of shell, those of `$(...)` outside of quotes too."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    for token in [*lexer, ";"]:
        if skip:
            skip = False
        elif set(token) <= set("<>"):
            skip = True
        elif set(token) <= set("();|&"):
            command = [word for word in words if word not in "{}"]
            while command and re.match(r"\w+=", command[0]):
                command.pop(0)
            if command:
                yield tuple(command)
            words = []
        else:
            words.append(token)


ALL = commands()


def of(program: str) -> list[Command]:
    """Every command of one program; there is one at least."""
    found = [command for command in ALL if command.program == program]
    assert found, program
    return found


def called(command: Command) -> str:
    """Name of a command in the output of a test."""
    return f"{command.page}: {' '.join(command.words)}"


def by_words(found: list[Command]) -> list[Any]:
    """Parameters of a test, each command of a page once."""
    once = {(command.page, command.words): command for command in found}
    return [pytest.param(command, id=called(command)) for command in once.values()]
