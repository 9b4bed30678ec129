# SPDX-License-Identifier: MIT
"""Render findings in formats of other tools: SARIF 2.1.0 (OASIS) and JUnit XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from junitparser import Error, Failure, Skipped, TestCase, TestSuite

from tcbsplit import __version__
from tcbsplit.model.finding import Finding
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Verdict


def sarif(findings: Sequence[Finding], rules: Mapping[str, str]) -> dict[str, Any]:
    """Return a SARIF log; ``rules`` describes all rules, also those without findings."""
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


def finding_line(finding: Finding) -> str:
    """Return a finding as one line, with its place if it has one."""
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    return f"{place}{finding.rule}: {finding.message}"


def junit(findings: Sequence[Finding], rules: Mapping[str, str], suite: str) -> str:
    """Return JUnit XML: a test case for each rule; findings are its failures."""
    cases = []
    for rule, text in rules.items():
        case = TestCase(f"{rule}: {text}", suite)
        wrong = [f for f in findings if f.rule == rule]
        if wrong:
            failure = Failure(f"{len(wrong)} findings")
            failure.text = "\n".join(f"{f.file}:{f.line}: {f.message}" for f in wrong)
            case.result = failure
        cases.append(case)
    return _suite(suite, cases)


def boots_junit(results: Sequence[BootResult], suite: str) -> str:
    """Return JUnit XML: a test case for each boot; a boot without a pass is a failure or error."""
    cases = []
    for b in results:
        case = TestCase(b.scenario, f"{suite}.{b.build}", b.seconds)
        if b.verdict is Verdict.SKIPPED:
            case.result = Skipped(_plain(f"{b.accelerator}: {b.cause}"))
        elif b.verdict is not Verdict.PASS:
            kind = Error if b.verdict is Verdict.ERROR else Failure
            wrong = kind(_plain(b.cause), b.verdict)
            wrong.text = _plain("\n".join((b.cause, *b.divergence)))
            case.result = wrong
        case.system_out = _plain(
            f"{b.command}\nlog: {b.log}\n{b.accelerator}: {b.accelerator_reason}"
        )
        cases.append(case)
    return _suite(suite, cases)


def _suite(name: str, cases: list[TestCase]) -> str:
    suite = TestSuite(name)
    suite.add_testcases(cases)
    text = suite.tostring().decode()  # type: ignore[no-untyped-call]
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


def _plain(text: str) -> str:
    """Replace the characters that XML 1.0 (section 2.2) cannot express."""
    return "".join(
        c if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff") else "?" for c in text
    )
