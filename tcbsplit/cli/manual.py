# SPDX-License-Identifier: MIT
"""What help, manual page and completion say besides the options: groups, examples, topics."""

from __future__ import annotations

from collections.abc import Mapping

# Subcommands by what they are for, in the order of the first hour.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Begin": ("doctor", "demo", "capture", "init", "config", "status", "run"),
    "Understand": (
        "analyze", "explain", "suggest", "what-if", "conflicts", "order", "bounds", "check", "diff",
        "history",
    ),
    "Split and prove": (
        "split", "build", "verify", "retire", "boot", "trace", "audit", "report", "bom",
    ),
    "Further": ("schema", "cache", "completion", "help"),
}  # fmt: skip

# One example of each subcommand; CONFIG is a configuration.
EXAMPLES: Mapping[str, str] = {
    "analyze": "tcbsplit analyze mine.yaml --compdb ../hv/compile_commands.json",
    "audit": "tcbsplit audit mine.yaml --no-boot --image ../hv/hv.elf",
    "bom": "tcbsplit bom reports/mine/split",
    "boot": "tcbsplit boot mine.yaml read --accel tcg --compare",
    "bounds": "tcbsplit bounds mine.yaml",
    "build": "tcbsplit build reports/mine/split -- make -j4",
    "cache": "tcbsplit cache info",
    "capture": "cd ../hv && tcbsplit capture -- make -j4",
    "check": "tcbsplit check mine.yaml --baseline tcb.lock --format sarif",
    "completion": 'eval "$(tcbsplit completion bash)"',
    "config": "tcbsplit config check mine.yaml",
    "conflicts": "tcbsplit conflicts mine.yaml",
    "demo": "tcbsplit demo ~/tcbsplit-demo",
    "diff": "tcbsplit diff v1.0 HEAD --config mine.yaml -- make",
    "doctor": "tcbsplit doctor --report problem.tar.gz mine.yaml",
    "explain": "tcbsplit explain mine.yaml decrypt_key",
    "help": "tcbsplit help exit-status",
    "history": "tcbsplit history v1.0..HEAD --config mine.yaml -- make",
    "init": "tcbsplit init ../hv --image ../hv/hv.elf -o mine.yaml",
    "order": "tcbsplit order mine.yaml",
    "report": "tcbsplit report mine.yaml",
    "retire": "tcbsplit retire mine.yaml --annotate __init --include hv/init.h",
    "run": "tcbsplit run mine.yaml --until build",
    "schema": "tcbsplit schema > scenarios.schema.json",
    "split": "tcbsplit split mine.yaml --trees ../divided",
    "status": "tcbsplit status mine.yaml",
    "suggest": "tcbsplit suggest mine.yaml --budget-cuts 5",
    "trace": "tcbsplit trace mine.yaml read",
    "verify": "tcbsplit verify reports/mine/split --config mine.yaml",
    "what-if": "tcbsplit what-if mine.yaml --cut 'main->key_init'",
}

TOPICS: Mapping[str, str] = {
    "first-hour": """\
1. tcbsplit doctor                  what this host lacks
2. cd HV && tcbsplit capture -- make    a compile database of a clean build
3. tcbsplit init HV -o mine.yaml    a configuration, with its evidence and questions
4. answer the questions in mine.yaml; tcbsplit config check mine.yaml
5. tcbsplit explain mine.yaml FUNCTION  why is it in the run-time TCB?
6. tcbsplit suggest mine.yaml       what could leave it, and what that costs
7. preprocess: and cuts: in mine.yaml; tcbsplit conflicts mine.yaml
8. the section split and two adapters (docs/how-to/adapter.md)
9. tcbsplit run mine.yaml           split, build, boot, report""",
    "artifacts": """\
Every stage keeps what it finds in one folder for each configuration: reports/NAME beside it, the
folder that it names (artifacts: DIR), or --artifacts DIR. Emitted trees are in split/ there, or in
--trees DIR. `tcbsplit status CONFIG` says which stages are up to date, and `tcbsplit run CONFIG`
runs those that are not. A folder of artifacts is no part of a source tree around it. Files in JSON
are for other programs: `tcbsplit schema analysis` prints the schema of analysis.json and so on.""",
    "patterns": """\
One rule holds for every key of a configuration that names functions or variables:
  pin_check, idman/pin.c:pin_check   a bare name, or an id (FILE:NAME for static ones)
  pin_*, idman/*:pin_*               globs over ids and bare names
  idman/*, file:idman/*              everything in the files
  section:.init.*                    what a linker section holds
  attribute:constructor              what has the attribute
  registry:NAME:KEY                  functions of a registry whose key begins with KEY""",
    "exit-status": """\
0    success
1    a contract is broken: a verdict, a budget, an audit, the order of boot, conflicts
2    bad input, or the host lacks something; stderr says what, where, and what to do
130  interrupted; earlier results are as they were""",
    "environment": """\
TCBSPLIT_CACHE   the file of facts that are kept between runs
NO_COLOR         no colours, whatever the terminal
COLUMNS          the width of help
With --json, stdout holds machine-readable output only; progress is shown on terminals only.""",
}

_CONTRACTS = frozenset(
    {
        "audit",
        "boot",
        "build",
        "check",
        "conflicts",
        "order",
        "run",
        "trace",
        "verify",
        "analyze",
        "retire",
    }
)


def ending(command: str) -> str:
    """Return what the exit status of a subcommand means."""
    broken = "1 if what it checks does not hold, " if command in _CONTRACTS else ""
    return f"Exit status: 0 on success, {broken}2 for bad input or a host that lacks something."
