"""Findings in the formats of other tools: SARIF 2.1.0 (OASIS) and JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from tcbsplit import __version__
from tcbsplit.model.base import Record


class Finding(Record, frozen=True, kw_only=True):
    """One thing that is wrong, and where."""

    rule: str  # short name, e.g. tcb-growth
    message: str
    file: str = ""  # relative to the source root
    line: int = 0
    steps: tuple[tuple[str, int, str], ...] = ()  # (file, line, what) of a chain that proves it


def sarif(findings: Sequence[Finding], rules: dict[str, str]) -> dict[str, Any]:
    """Return a SARIF log; ``rules`` describes each rule that exists, found or not."""
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "tcbsplit",
                        "version": __version__,
                        "rules": [
                            {"id": rule, "shortDescription": {"text": text}}
                            for rule, text in rules.items()
                        ],
                    }
                },
                "results": [_result(f) for f in findings],
            }
        ],
    }


def _result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": "error",
        "message": {"text": finding.message},
    }
    if finding.file:
        result["locations"] = [{"physicalLocation": _place(finding.file, finding.line)}]
    steps = [s for s in finding.steps if s[0]]
    if steps:
        result["codeFlows"] = [
            {
                "threadFlows": [
                    {
                        "locations": [
                            {
                                "location": {
                                    "physicalLocation": _place(file, line),
                                    "message": {"text": what},
                                }
                            }
                            for file, line, what in steps
                        ]
                    }
                ]
            }
        ]
    return result


def _place(file: str, line: int) -> dict[str, Any]:
    return {"artifactLocation": {"uri": file}, "region": {"startLine": max(line, 1)}}


def junit(findings: Sequence[Finding], rules: dict[str, str], suite: str) -> str:
    """Return JUnit XML: a test case for each rule, failed by its findings."""
    root = ElementTree.Element(
        "testsuite",
        name=suite,
        tests=str(len(rules)),
        failures=str(len({f.rule for f in findings})),
    )
    for rule, text in rules.items():
        case = ElementTree.SubElement(root, "testcase", classname=suite, name=f"{rule}: {text}")
        wrong = [f for f in findings if f.rule == rule]
        if wrong:
            failure = ElementTree.SubElement(case, "failure", message=f"{len(wrong)} findings")
            failure.text = "\n".join(f"{f.file}:{f.line}: {f.message}" for f in wrong)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
