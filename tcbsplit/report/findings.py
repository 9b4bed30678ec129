"""Findings in the formats of other tools: SARIF 2.1.0 (OASIS) and JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from tcbsplit import __version__
from tcbsplit.model.finding import Finding
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Verdict


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


def finding_line(finding: Finding) -> str:
    """Return a finding as one line, with its place if it has one."""
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    return f"{place}{finding.rule}: {finding.message}"


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
    return _xml(root)


def boots_junit(results: Sequence[BootResult], suite: str) -> str:
    """Return JUnit XML: a test case for each boot; what is no pass is a failure or an error."""
    counts = Counter(b.verdict for b in results)
    root = ElementTree.Element(
        "testsuite",
        name=suite,
        tests=str(len(results)),
        failures=str(sum(counts[v] for v in (Verdict.FAIL, Verdict.FLAKY, Verdict.DIFFERS))),
        errors=str(counts[Verdict.ERROR]),
        skipped=str(counts[Verdict.SKIPPED]),
        time=f"{sum(b.seconds for b in results):.3f}",
    )
    for b in results:
        case = ElementTree.SubElement(
            root, "testcase", classname=f"{suite}.{b.build}", name=b.scenario,
            time=f"{b.seconds:.3f}",
        )  # fmt: skip
        if b.verdict == Verdict.SKIPPED:
            ElementTree.SubElement(case, "skipped", message=_plain(f"{b.accelerator}: {b.cause}"))
        elif b.verdict != Verdict.PASS:
            tag = "error" if b.verdict == Verdict.ERROR else "failure"
            wrong = ElementTree.SubElement(case, tag, message=_plain(b.cause), type=b.verdict)
            wrong.text = _plain("\n".join((b.cause, *b.divergence)))
        out = ElementTree.SubElement(case, "system-out")
        out.text = _plain(f"{b.command}\nlog: {b.log}\n{b.accelerator}: {b.accelerator_reason}")
    return _xml(root)


def _plain(text: str) -> str:
    """Text without what XML 1.0 (section 2.2) has no way to write."""
    return "".join(
        c if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff") else "?" for c in text
    )


def _xml(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
