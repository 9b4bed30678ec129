# SPDX-License-Identifier: MIT
"""Files of scenarios: includes, templates, parameters; all mistakes at once, with their places."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from tcbsplit.config.load import load
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConfigError

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = """
version: 1
name: demo
source: .
image: demo
roots: {boot: [start]}
scenarios: boots.yaml
"""


def loaded(folder: Path, boots: str, **given: str) -> Settings:
    (folder / "demo.yaml").write_text(CONFIG)
    (folder / "boots.yaml").write_text(boots)
    return load(folder / "demo.yaml", given=given)


def test_templates_give_what_a_scenario_does_not_say(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "templates:\n"
        "  machine: {machine: {memory: 64}, forbid: [halt]}\n"
        "  ours: {base: machine, forbid: [panic]}\n"
        "scenarios:\n"
        "  one: {base: ours, summary: first, expect: [{text: up}]}\n"
        "  two: {base: one, summary: second, forbid: [panic, oops]}\n",
    ).scenarios
    assert found["one"].machine.memory == found["two"].machine.memory == 64
    assert found["one"].forbid == ("panic",)
    assert found["two"].forbid == ("panic", "oops")
    assert found["two"].expect == found["one"].expect


def test_includes_are_relative_to_the_file_and_come_once(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/machines.yaml").write_text(
        "include: [../boots.yaml]\ntemplates: {pc: {machine: {type: q35}}}\n"
    )
    boots = (
        "include: [shared/machines.yaml]\n"
        "scenarios: {one: {base: pc, summary: s, expect: [{text: up}]}}\n"
    )
    assert loaded(tmp_path, boots).scenarios["one"].machine.type == "q35"


PARAMETERS = """
parameters:
  linux: {kind: file, about: a kernel}
  word: {about: what is typed, default: open sesame}
scenarios:
  one:
    summary: s
    start: disk
    disks: [{file: "${linux}"}]
    type: [{after: "Password: ", line: "${word}"}]
    expect: [{text: "welcome, ${word}"}]
"""


def test_parameters_have_values_defaults_or_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = loaded(tmp_path, PARAMETERS)
    assert found.scenarios["one"].lacking == ("linux",)
    assert found.scenarios["one"].expect[0].text == "welcome, open sesame"
    monkeypatch.chdir(tmp_path)
    one = loaded(tmp_path, PARAMETERS, linux="boot/vmlinuz", word="x").scenarios["one"]
    assert one.lacking == ()
    assert one.disks[0].file == str(tmp_path / "boot/vmlinuz")  # where the user stands
    assert one.type[0].line == "x"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"lunix": "x"}, "--set lunix: no parameter lunix; did you mean linux?"),
        ({"word": "{x}"}, "--set word: must not have braces"),
    ],
)
def test_wrong_values_are_refused(tmp_path: Path, given: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, PARAMETERS, **given)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("boots", "complaints"),
    [
        ("scenario: {}\n", ["boots.yaml:1: scenario: unknown key; did you mean scenarios?"]),
        ("include: [none.yaml]\nscenarios: {}\n", ["none.yaml: no such file"]),
        ("scenarios:\n  one: {base: two}\n  two: {base: one}\n", ["one -> two -> one: a circle"]),
        ("scenarios: {one: {base: tow}}\n", ["no template or scenario tow"]),
        (
            "scenarios:\n  one: {summary: s, expect: [{text: '${who}'}]}\n",
            ["boots.yaml:2: scenarios.one.expect[0].text: no parameter who (there are: none)"],
        ),
        ("parameters: {split: {about: x}}\n", ["parameters.split: is the name of a build"]),
        (
            "templates: {t: {memroy: 3}}\n"
            "scenarios:\n  a: {base: t, summary: s, expect: [{text: x}]}\n"
            "  b: {base: t, summary: s, expect: []}\n",
            ["boots.yaml:1: templates.t.memroy: unknown key", "boots.yaml:4: scenarios.b.expect: "],
        ),
        (
            "scenarios:\n  a: {summary: s, expect: [{text: x}], start: uefi, modules: []}\n",
            ["a.machine: start: uefi needs firmware: ovmf", "a.script: start: uefi needs"],
        ),
        (
            "scenarios:\n  a: {summary: s, expect: [{text: x}], disks: [{file: d, sha256: ab}],\n"
            "      network: {peers: [{address: '127.0.0.1:80', command: []}]}}\n",
            ["sha256: 'ab' must be 64 hex", "must be 10.0.2.N:PORT", "command: must name"],
        ),
        (
            "scenarios:\n  a: {summary: s, expect: [{text: x}], boundaries: [{phase: Runtime}]}\n",
            ["needs exactly one of: entry, linux, symbol, serial", "'Runtime' must be small"],
        ),
        (
            "scenarios:\n  a: {summary: s, expect: [{text: x}], compare: {ignore: ['(']}}\n",
            ["compare.ignore: '(' is no regular expression"],
        ),
    ],
)  # fmt: skip
def test_mistakes_have_their_places(tmp_path: Path, boots: str, complaints: list[str]) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, boots)
    for complaint in complaints:
        assert complaint in str(error.value)


def test_the_schema_takes_what_we_ship_and_refuses_the_rest() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tcbsplit", "schema"], capture_output=True, text=True, check=True
    )
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for path in (REPOSITORY / "configs").glob("*/scenarios.yaml"):
        check.validate(yaml.safe_load(path.read_text()))
    refused: list[dict[str, object]] = [
        {"scenarios": {"a": {"memory": 3}}},
        {"scenario": {}},
        {"scenarios": {"a": {"start": "floppy"}}},
    ]
    for wrong in refused:
        assert list(check.iter_errors(wrong)), wrong
