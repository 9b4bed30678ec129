# SPDX-License-Identifier: MIT
"""Parses the commands of documents with the real command line, and the targets of make."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from tcbsplit.cli.app import main_command
from tests.support.documents import REPOSITORY, Code

_SHELLS = ("sh", "bash", "console")
# In a line of text arguments may be left out, and capitals stand for a choice.
_LEFT_OUT = re.compile(r"^Missing argument|Value error, '[A-Z]+' is not one of")
# What documents write for a choice of the reader's.
_USAGE = str.maketrans({"[": "", "]": "", "…": "", "\\": ""})


def commands(code: Code) -> Iterator[tuple[int, str]]:
    """Yield the commands of tcbsplit and make in code, with their lines."""
    if not code.fenced:
        if re.match(r"(?:tcbsplit|make)(?: |$)", code.text):
            yield code.line, _without_redirection(code.text)
        return
    if code.language not in _SHELLS:
        return
    text = code.text.replace("\\\n", "  ")
    for number, line in enumerate(text.splitlines(), code.line + 1):
        if code.language == "console":
            if not line.startswith("$ "):
                continue
            line = line[2:]
        for part in re.split(r"&&|\|\||[;|]", _without_comment(line)):
            word = re.search(r"(?:^|\s|\$\()((?:tcbsplit|make) .*)", " " + part.strip())
            if word:
                yield number, _without_redirection(re.sub(r'\)"?$', "", word[1]))


def _without_comment(line: str) -> str:
    return re.sub(r"(?:^|\s)#.*", "", line)


def _without_redirection(command: str) -> str:
    return re.sub(r"\s[0-9]?>.*$", "", command)


def mistake(command: str, *, whole: bool) -> str:
    """Return what is wrong with a command; unless ``whole``, arguments may be left out."""
    try:
        words = shlex.split(command if whole else command.translate(_USAGE))
    except ValueError as error:
        return str(error)
    if words[0] == "make":
        return _of_make(words[1:])
    rest = words[1:]
    if rest[:1] in (["--debug"], ["--version"]):
        rest = rest[1:]
    if rest:
        return _of_tcbsplit(rest, whole)
    return ""


def _of_tcbsplit(words: list[str], whole: bool) -> str:
    """Return what the command line says of words, without calling the subcommand."""
    command: Any = main_command()
    while hasattr(command, "list_commands"):
        if not words:
            return "a subcommand is missing" if whole else ""
        if words[0] not in command.list_commands(None):
            return "" if not whole and words[0].isupper() else f"no subcommand {words[0]}"
        command, words = command.get_command(None, words[0]), words[1:]
    if "--help" in words:
        return ""
    try:
        command.make_context(command.name, words)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        what = str(error.format_message())
        return "" if not whole and _LEFT_OUT.search(what) else what
    return ""


def _of_make(words: list[str]) -> str:
    """Return what is wrong with a call of make; targets are those of this repository."""
    known = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.M))
    generated = (REPOSITORY / "tcbsplit/runtime/guest").rglob("Makefile*.j2")
    known |= {t for p in generated for t in re.findall(r"^([a-z]+):", p.read_text(), re.M)}
    wrong = [w for w in words if re.fullmatch(r"[a-z]+", w) and w not in known]
    return f"no target {wrong[0]}" if wrong else ""


def mistakes(codes: Iterator[Code]) -> Iterator[str]:
    """Yield what is wrong with the commands of a document, with their lines."""
    for code in codes:
        for line, command in commands(code):
            if what := mistake(command, whole=code.fenced):
                yield f"{line}: {command}: {what}"
