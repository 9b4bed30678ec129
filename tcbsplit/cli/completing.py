# SPDX-License-Identifier: MIT
"""Write completion for shells from the command line's own help.

Subcommands, options and the words of closed sets are completed; everything else is a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from tcbsplit.cli.described import Described, described


class Shell(StrEnum):
    """Shells with completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def script(shell: Shell, group: Any) -> str:
    """Return what the shell is to read."""
    found = list(described(group))
    write = {Shell.BASH: _bash, Shell.ZSH: _zsh, Shell.FISH: _fish}[shell]
    return "\n".join(write(found))


def _first(found: list[Described]) -> list[str]:
    return list(dict.fromkeys(d.words[0] for d in found))


def _second(found: list[Described], first: str) -> list[str]:
    return [d.words[1] for d in found if d.words[0] == first and len(d.words) > 1]


def _bash(found: list[Described]) -> Iterator[str]:
    yield "_tcbsplit() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" words=""'
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" = 1 ]; then'
    yield f'        COMPREPLY=($(compgen -W "{" ".join(_first(found))}" -- "$word")); return'
    yield "    fi"
    yield '    case "${COMP_WORDS[1]} $before" in'
    for d in found:
        for option in d.options:
            if option.choices:
                pattern = "|".join(f'"{d.words[0]} {n}"' for n in option.names)
                yield f'    {pattern}) words="{" ".join(option.choices)}" ;;'
    yield "    esac"
    yield '    if [ -z "$words" ]; then case "${COMP_WORDS[1]}" in'
    for name in _first(found):
        options = {n: 0 for d in found if d.words[0] == name for o in d.options for n in o.names}
        words = [*_second(found, name), *options, "--help"]
        yield f'    {name}) words="{" ".join(words)}" ;;'
    yield "    esac; fi"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield '    if [ "${#COMPREPLY[@]}" = 0 ] || [ -z "$word" ]; then'
    yield '        COMPREPLY+=($(compgen -f -- "$word"))'
    yield "    fi"
    yield "}"
    yield "complete -o filenames -F _tcbsplit tcbsplit"


def _zsh(found: list[Described]) -> Iterator[str]:
    yield "#compdef tcbsplit"
    yield "_tcbsplit() {"
    yield "    local -a names"
    yield "    if (( CURRENT == 2 )); then"
    yield "        names=("
    for name in _first(found):
        text = next(d.help for d in found if d.words[0] == name).split(". ")[0]
        yield f"            {_quoted(f'{name}:{text}')}"
    yield "        )"
    yield "        _describe subcommand names; return"
    yield "    fi"
    yield '    case "$words[2]" in'
    for name in _first(found):
        yield f"    {name}) _arguments \\"
        if second := _second(found, name):
            yield f"        '2:subcommand:({' '.join(second)})' \\"
        for option in {o.names: o for d in found if d.words[0] == name for o in d.options}.values():
            for spelling in option.names:
                yield f"        {_quoted(_zsh_option(spelling, option.help, option))} \\"
        yield "        '*:file:_files' ;;"
    yield "    esac"
    yield "}"
    yield "compdef _tcbsplit tcbsplit"


def _zsh_option(spelling: str, text: str, option: Any) -> str:
    plain = text.translate(str.maketrans("[]:", "();"))
    if not option.takes:
        return f"{spelling}[{plain}]"
    values = f"({' '.join(option.choices)})" if option.choices else "_files"
    return f"{spelling}[{plain}]:value:{values}"


def _fish(found: list[Described]) -> Iterator[str]:
    yield "complete -c tcbsplit -f -n __fish_use_subcommand"
    for name in _first(found):
        text = next(d.help for d in found if d.words[0] == name).split(". ")[0]
        yield f"complete -c tcbsplit -n __fish_use_subcommand -a {name} -d {_quoted(text)}"
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        for second in _second(found, name):
            yield f"complete -c tcbsplit {seen} -a {second}"
        for option in {o.names: o for d in found if d.words[0] == name for o in d.options}.values():
            for spelling in option.names:
                kind = "-l" if spelling.startswith("--") else "-s"
                takes = " -r" if option.takes else ""
                words = f" -a {_quoted(' '.join(option.choices))}" if option.choices else ""
                yield (
                    f"complete -c tcbsplit {seen} {kind} {spelling.lstrip('-')}{takes}{words} "
                    f"-d {_quoted(option.help)}"
                )


def _quoted(text: str) -> str:
    """Return text in single quotes, as all three shells read it."""
    return "'" + text.replace("'", "") + "'"
