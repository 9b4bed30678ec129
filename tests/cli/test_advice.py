# SPDX-License-Identifier: MIT
"""conflicts, explain, what-if, suggest, check, diff, bounds and matrix on the small program."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from sarif_pydantic import Sarif

from tests.support.cli import refused, tcbsplit


class Cli:
    """The command line on a copy of the small program, with artifacts of its own."""

    def __init__(self, tree: Path, out: Path) -> None:
        self.tree, self.out, self.config = tree, out, tree / "tiny.yaml"

    def __call__(self, command: str, *arguments: object, status: int = 0) -> str:
        done = tcbsplit(command, *arguments, cwd=self.tree)
        assert done.returncode == status, done.stderr + done.stdout
        return done.stdout if status in (0, 1) and done.stdout else done.stderr

    def analyze(self) -> str:
        return self(
            "analyze", self.config, "--artifacts", self.out,
            "--compdb", self.tree / "compile_commands.json",
        )  # fmt: skip

    def ask(self, command: str, *arguments: object, status: int = 0) -> str:
        return self(command, self.config, *arguments, "--artifacts", self.out, status=status)

    def change(self, **changes: object) -> None:
        document = yaml.safe_load(self.config.read_text())
        document.update(changes)
        self.config.write_text(yaml.safe_dump(document))


@pytest.fixture
def cli(tiny: Path, tmp_path: Path) -> Cli:
    found = Cli(tiny, tmp_path / "out")
    found.analyze()
    return found


def test_conflicts_can_be_pasted(cli: Cli) -> None:
    assert "0 conflicts" in cli.ask("conflicts")
    cli.change(cuts=[])
    cli.analyze()
    text = cli.ask("conflicts", status=1)
    assert text.startswith(
        "2 conflicts with 2 designated functions\n"
        "key_init\n  main.c:63: main (registry, exact) at runtime and boot\n    main\n"
        "settings_init\n  main.c:63: main (registry, exact) at runtime and boot\n    main\n"
    )
    fragment = yaml.safe_load(text[text.index("cuts:") :])
    cuts = [{**c, "reason": "pasted"} for c in fragment["cuts"]]
    pasted = [(c["caller"], c["callee"], c["policy"], c["expression"]) for c in cuts]
    assert pasted == [("main", "key_init", "stub", "0"), ("main", "settings_init", "stub", "0")]
    cli.change(cuts=cuts)
    cli.analyze()
    assert "0 conflicts" in cli.ask("conflicts")


def test_the_order_of_boot(cli: Cli) -> None:
    assert "all that handlers of guest exits use is set up before" in cli.ask("order")
    main = cli.tree / "main.c"
    main.write_text(
        main.read_text()
        .replace(
            "static void\nbanner", "static void set (void) { quota = 3; }\nstatic void\nbanner"
        )
        .replace("total += table", "total += quota + table")
        .replace("\tbanner ();\n", "\tbanner ();\n\tset ();\n")
        .replace("int checksum", "static int quota;\nint checksum")
    )
    cli.analyze()
    text = cli.ask("order", status=1)
    assert "main.c:quota\n  written by main.c:set; read by run\n  main comes to the guest" in text
    database = ("--compdb", cli.tree / "compile_commands.json")
    cli("analyze", cli.config, *database)
    told = cli("split", cli.config, *database, "--trees", cli.tree.parent / "trees")
    assert "1 variables and records, 0 functions: tcbsplit order lists them" in told
    (state,) = json.loads(cli.ask("order", "--json", status=1))["late"]
    assert (state["name"], state["writers"]) == ("main.c:quota", ["main.c:set"])
    cli.change(order={"accept": [{"name": "set", "reason": "needs the settings"}]})
    cli.analyze()
    cli.ask("order")
    cli.change(order={"accept": [{"name": "sett", "reason": "a slip"}]})
    done = tcbsplit(
        "analyze", cli.config, "--artifacts", cli.out,
        "--compdb", cli.tree / "compile_commands.json", cwd=cli.tree,
    )  # fmt: skip
    refused(done, "order.accept: no function or variable sett; did you mean")


def test_explain_says_what_holds_a_function(cli: Cli) -> None:
    text = cli.ask("explain", "on_exit_key")
    assert "runtime: run (root)" in text
    found = json.loads(cli.ask("explain", "on_exit_key", "--json"))
    assert found["dominators"] == ["run"]
    readers = ["main.c:banner", "main.c:on_exit_key"]
    assert found["uses"] == [{"variable": "key", "readers": readers, "writers": ["key_init"]}]
    moved = cli.ask("explain", "key_init")
    assert "held off by the cut" in moved
    assert "the key is derived once" in moved


def test_explain_between_and_as_a_picture(cli: Cli) -> None:
    text = cli.ask("explain", "--from", "main", "--to", "on_exit_key")
    assert "-> run" in text
    assert "all chains begin with" in text
    picture = cli.ask("explain", "--from", "main", "--to", "on_exit_key", "--format", "dot")
    assert picture.startswith("digraph")
    assert '"run" -> "main.c:on_exit_key" [label="indirect"]' in picture
    wrong = cli.ask("explain", "--from", "on_exit_key", "--to", "main", status=2)
    assert "no chain leads" in wrong
    assert "both --from and --to" in cli.ask("explain", status=2)


def test_what_if_writes_nothing(cli: Cli) -> None:
    before = {p: p.stat().st_mtime_ns for p in cli.out.rglob("*")}
    found = json.loads(cli.ask("what-if", "--cut", "main->banner", "--json"))
    assert {i.rpartition(":")[2] for i in found["leaving"]} >= {"banner"}
    assert found["leaves"]["functions"] == len(found["leaving"])
    assert found["before"]["lines"] - found["after"]["lines"] == found["leaves"]["lines"]
    moved = json.loads(cli.ask("what-if", "--preprocess", "banner", "--json"))
    assert [e[1].rpartition(":")[2] for e in moved["conflicts"]] == ["banner"]
    both = json.loads(cli.ask("what-if", "--preprocess", "units_call", "--json"))
    assert "units_call" in {e[1] for e in both["conflicts"]}, "its own cut callers went with it"
    assert "did you mean" in cli.ask("what-if", "--cut", "main->baner", status=2)
    assert {p: p.stat().st_mtime_ns for p in cli.out.rglob("*")} == before


def test_contradictions_are_errors(cli: Cli) -> None:
    cli.change(preprocess=["run", "settings_init", "key_init"])
    done = cli(
        "analyze", cli.config, "--artifacts", cli.out,
        "--compdb", cli.tree / "compile_commands.json", status=2,
    )  # fmt: skip
    assert "run is in launch and designated preprocess" in done
    cli.change(
        preprocess=["settings_init", "key_init"],
        roots={"boot": ["main", "registry:unit:x", "attribute:strange"]},
    )
    done = cli(
        "analyze", cli.config, "--artifacts", cli.out,
        "--compdb", cli.tree / "compile_commands.json", status=2,
    )  # fmt: skip
    assert "no registry unit; did you mean units?" in done
    assert "no attribute strange" in done
    cli.change(roots={"boot": ["main", "section:.nothing"]})
    done = cli(
        "analyze", cli.config, "--artifacts", cli.out,
        "--compdb", cli.tree / "compile_commands.json", status=2,
    )  # fmt: skip
    assert "no function in a section .nothing" in done


def test_the_lock_holds_until_the_tcb_changes(cli: Cli) -> None:
    lock = cli.tree / "tcb.lock"
    options = ("--compdb", cli.tree / "compile_commands.json", "--baseline", lock)
    assert "make it with" in cli.ask("check", *options, status=2)
    assert "updated" in cli.ask("check", *options, "--update")
    assert "holds" in cli.ask("check", *options)
    source = cli.tree / "main.c"
    text = source.read_text()
    source.write_text(text.replace("total += table", "total += never_called (i) + table"))
    said = cli.ask("check", *options, status=1)
    line = next(s for s in said.splitlines() if "tcb-growth" in s)
    assert "run -> never_called brings in never_called" in line
    assert line.startswith("main.c:")
    log = json.loads(cli.ask("check", *options, "--format", "sarif", status=1))
    results = Sarif.model_validate(log).runs[0].results
    assert results is not None
    assert {r.rule_id for r in results} == {"tcb-growth", "tcb-size"}
    suite = ElementTree.fromstring(cli.ask("check", *options, "--format", "junit", status=1))
    assert (suite.get("tests"), suite.get("failures")) == ("5", "2")
    assert "--reason" in cli.ask("check", *options, "--update", status=2)
    cli.ask("check", *options, "--update", "--reason", "needed for exits")
    assert "needed for exits" in lock.read_text()
    source.write_text(text)
    assert "tcb-slack: never_called" in cli.ask("check", *options, status=1)
    lock.write_text(lock.read_text().replace("runtime:", "<<<<<<< ours\nruntime:"))
    assert "did a merge leave a conflict" in cli.ask("check", *options, status=2)


def test_diff_of_two_analyses(cli: Cli, tmp_path: Path) -> None:
    before = tmp_path / "before"
    cli.out.rename(before)
    source = cli.tree / "main.c"
    text = source.read_text()
    source.write_text(text.replace("total += table", "total += never_called (i) + table"))
    cli.analyze()
    said = cli("diff", before, cli.out)
    assert "1 functions entered the run-time TCB" in said
    assert "run -> never_called: never_called" in said
    assert "1 functions left" in cli("diff", cli.out, before)
    assert "no folder of artifacts" in cli("diff", before, "v1.0", status=2)


def test_diff_of_two_revisions(cli: Cli) -> None:
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
            cwd=cli.tree, check=True, capture_output=True,
        )  # fmt: skip

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    source = cli.tree / "main.c"
    source.write_text(
        source.read_text().replace("total += table", "total += never_called (i) + table")
    )
    git("commit", "-qam", "two")
    said = cli("diff", "HEAD~1", "HEAD", "--config", cli.config, "--", "make")
    assert "run -> never_called: never_called" in said


def test_suggestions_name_their_price(cli: Cli) -> None:
    assert "nothing of a suitable size leaves" in cli.ask("suggest", "--weights", "cut=1,runtime=1")
    wrong = cli.ask("suggest", "--weights", "cuts=1", status=2)
    assert "did you mean cut" in wrong
    assert "whole number" in cli.ask("suggest", "--weights", "cut=x", status=2)


def test_bounds_are_an_interval(cli: Cli) -> None:
    found = json.loads(cli.ask("bounds", "--json"))
    assert found["whole"]["thin"]["lines"] < found["whole"]["original"]["lines"]
    assert "reduction: between" in cli.ask("bounds")


def test_variants_are_joined(cli: Cli) -> None:
    database = cli.tree / "compile_commands.json"
    other = cli.tree / "other.json"
    commands = json.loads(database.read_text())
    other.write_text(
        json.dumps([{**c, "arguments": [*c["arguments"], "-DOTHER"]} for c in commands])
    )
    source = cli.tree / "main.c"
    source.write_text(
        source.read_text().replace(
            "total += table", "total +=\n#ifdef OTHER\nnever_called (i) +\n#endif\ntable"
        )
    )
    pairs = ("--matrix", f"plain={database}", "--matrix", f"other={other}")
    found = json.loads(cli.ask("analyze", *pairs, "--json"))
    rows = {r["function"]: r for r in found["rows"]}
    assert rows["never_called"]["classes"] == {"plain": "unreached", "other": "runtime"}
    assert rows["never_called"]["runtime"]
    assert "run time in some variant" in cli.ask("analyze", *pairs)
    assert "each name once" in cli.ask("analyze", "--matrix", f"a b={database}", status=2)
