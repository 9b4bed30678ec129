# SPDX-License-Identifier: MIT
"""The reference is written from the types and the command line: whole, current, and accepted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from tcbsplit import __version__
from tcbsplit.config.keys import FIRST, Section, sections
from tcbsplit.errors import ConfigError
from tcbsplit.model.documents import DocumentKind
from tcbsplit.model.manifest import BuildRecord
from tcbsplit.pipeline.schema import ARTIFACTS, artifact_schema, schema, settings_schema
from tcbsplit.report.keys import key_text
from tcbsplit.split.decide.blob import DIGEST
from tests.support.artifacts_page import artifacts_page, comments
from tests.support.cli import refused, tcbsplit
from tests.support.documents import DOCS, REPOSITORY
from tests.support.excerpts import accept
from tests.support.reference import command_page, keys_page, places

REFERENCE = DOCS / "reference"
ROOTS = ("Settings", "ScenarioFile")
KEYS = """\
Every key of a configuration. `tcbsplit config schema` prints the same for editors.
[Configuration](configuration.md) says how files are read, and what patterns mean. A *name* is a
text, or `{name: TEXT, optional: true}` if it may match nothing. Keys of scenarios have
[a page of their own](scenario-keys.md).
"""
SCENARIO_KEYS = """\
Every key of a file of scenarios. `tcbsplit schema` prints the same for editors. What stands under
`scenarios` may stand in the configuration, too; only a file has `base`, parameters and templates.
"""


def defined() -> dict[str, Any]:
    """All records, with what the schemas say of them."""
    parts = {**settings_schema()["$defs"], **schema()["$defs"]}
    return {n: p for n, p in parts.items() if "properties" in p}


def undescribed(known: dict[str, Section]) -> list[str]:
    """Keys without a meaning, meanings without a key, keys that no example of theirs has."""
    wrong = [f"{n}: no such record" for n in known.keys() - defined().keys()]
    everywhere = {k for s in known.values() for e in s.examples for k in mentioned(e)}
    for name, part in defined().items():
        section = known.get(name) or Section(keys={}, examples=())
        keys = part["properties"].keys()
        # What stands at the top has sections of its own.
        shown = everywhere if name in ROOTS else set()
        shown = shown.union(*(mentioned(e) for e in section.examples))
        wrong += [f"{name}.{k}: not described" for k in keys - section.keys.keys()]
        wrong += [f"{name}.{k}: no such key" for k in section.keys.keys() - keys]
        wrong += [f"{name}.{k}: no such key" for k in section.since.keys() - keys]
        wrong += [f"{name}.{k}: in no example" for k in keys if (name, k) not in shown]
    return wrong


def mentioned(example: str) -> set[tuple[str, str]]:
    """The keys that an example has, each with its record."""
    document = yaml.safe_load(example)
    found = set()
    for whole in (settings_schema(), schema()):
        found |= set(_mentioned(document, {"$ref": whole["$ref"]}, whole["$defs"]))
    return found


def _mentioned(part: Any, kind: Any, records: Any) -> Iterator[tuple[str, str]]:
    kinds = kind.get("anyOf", (kind,))
    if isinstance(part, list):
        for inner, items in product(part, (k["items"] for k in kinds if "items" in k)):
            yield from _mentioned(inner, items, records)
    elif isinstance(part, dict):
        for of in kinds:
            name = of.get("$ref", "").rpartition("/")[2]
            keys = records.get(name, {}).get("properties", {})
            for key, inner in part.items():
                if key in keys:
                    yield name, key
                others = of.get("additionalProperties")
                yield from _mentioned(inner, keys.get(key) or others or {}, records)


def test_every_key_is_described_and_in_an_example() -> None:
    assert undescribed(sections()) == []


def test_a_key_that_is_not_described_is_found() -> None:
    known = dict(sections())
    bridge = known["Bridge"]
    lacking = {k: v for k, v in bridge.keys.items() if k != "reason"}
    known["Bridge"] = msgspec.structs.replace(bridge, keys={**lacking, "resaon": "why"})
    known["Cut"] = msgspec.structs.replace(known["Cut"], examples=known["Cut"].examples[:0])
    known["Nothing"] = bridge
    wrong = undescribed(known)
    assert "Bridge.reason: not described" in wrong
    assert "Bridge.resaon: no such key" in wrong
    assert "Cut.policy: in no example" in wrong
    assert "Nothing: no such record" in wrong


def examples() -> Iterator[Any]:
    for name, section in sections().items():
        for number, example in enumerate(section.examples):
            yield pytest.param(example, id=f"{name}-{number}")


@pytest.mark.parametrize("example", examples())
def test_examples_are_accepted(example: str, tmp_path: Path) -> None:
    accept(tmp_path, example)


@pytest.mark.parametrize(
    "example",
    [
        "cuts: [{caller: a, callee: b, policy: handof, reason: x}]",
        "scenarios: {a: {summary: x, expect: [{text: a, withn: 1}]}}",
        "parameters: {a: {kind: file}}",
        "split: {retire: {linker: {file: a.lds}}}",
    ],
)
def test_an_example_with_a_mistake_is_refused(example: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        accept(tmp_path, example)


def test_since_is_a_version_up_to_this_one() -> None:
    def parts(version: str) -> list[int]:
        return [int(n) for n in version.split(".")]

    told = {FIRST, *(v for s in sections().values() for v in s.since.values())}
    assert all(parts(FIRST) <= parts(v) <= parts(__version__) for v in told)


def test_the_reference_of_keys_is_current(golden: Callable[[Path, str], None]) -> None:
    inner = frozenset(schema()["$defs"])
    whole = keys_page("Keys of a configuration", KEYS, settings_schema(), inner)
    golden(REFERENCE / "keys.md", whole)
    golden(REFERENCE / "scenario-keys.md", keys_page("Keys of scenarios", SCENARIO_KEYS, schema()))


def test_the_reference_of_the_command_line_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(REFERENCE / "command-line.md", command_page())


def test_the_reference_of_artifacts_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(REFERENCE / "artifacts.md", artifacts_page())


def test_meanings_of_fields_are_read_from_comments() -> None:
    found = comments(BuildRecord)
    assert found["place"].startswith("absolute path of OUT")
    assert found["products"] == ""


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_artifacts_are_as_their_schema_says(kind: DocumentKind) -> None:
    Draft202012Validator.check_schema(artifact_schema(kind))


def test_a_schema_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = tcbsplit("schema", "analysys", cwd=tmp_path)
    refused(done, "no schema of analysys; did you mean analysis?")


def test_the_format_of_the_handoff_is_that_of_its_header() -> None:
    """Sizes of the page's tables, and those of the structures in C."""
    header = (REPOSITORY / "tcbsplit/runtime/handoff/handoff.h").read_text()
    page = (REFERENCE / "handoff.md").read_text()
    for name, title, rows in (
        ("tcbsplit_header", "## Header", r"^\| \d+ \| (\d+) \|"),
        ("tcbsplit_entry_header", "## Entries", r"^\| (\d+) \|"),
    ):
        fields = header.split(f"struct {name} {{")[1].split("}")[0]
        sizes = [
            int(bits) // 8 * (DIGEST if array else 1)
            for bits, array in re.findall(r"tcbsplit_u(\d+) \w+(\[\w+\])?;", fields)
        ]
        section = page.split(title)[1].split("##")[0]
        assert [int(n) for n in re.findall(rows, section, re.M)] == sizes
    assert "`TCBSHOFF`" in page and '"TCBSHOFF" in memory' in header


def test_a_term_of_the_glossary_is_explained_once() -> None:
    text = (DOCS / "explanation/glossary.md").read_text()
    terms = re.findall(r"^\| ([^|]+) \|", text, re.M)
    assert len(terms) > 60
    assert {t for t in terms if terms.count(t) > 1} == {"term", "---"}


def test_every_key_can_be_asked_for(tmp_path: Path) -> None:
    found = settings_schema()
    asked = [
        (".".join(filter(None, (path, key))), part["description"])
        for record, paths in places(found, frozenset()).items()
        for path in paths
        for key, part in found["$defs"][record]["properties"].items()
    ]
    assert len(asked) > 150
    for path, meaning in asked:
        told = key_text(path, found).splitlines()
        assert told[0].startswith(f"{path}: ")
        assert told[1] == meaning.replace("`", "")
        assert any(path.rpartition(".")[2] in line for line in told[2:])
    assert "handoff, panic" in tcbsplit("help", "cuts.policy", cwd=tmp_path).stdout
    for wrong, meant in (("cuts.polcy", "policy"), ("preproces", "preprocess"),
                         ("build.thin.more.image", "")):  # fmt: skip
        refused(tcbsplit("help", wrong, cwd=tmp_path), "no key", meant)
