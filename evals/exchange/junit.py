"""Write results as JUnit XML, as continuous integration reads it.

The element names and attributes are those of the Ant task, as the Jenkins plug-in's schema has them
(github.com/jenkinsci/xunit-plugin, junit-10.xsd).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

from overread.evals._verdict import Setback
from overread.evals.answering._result import BenchmarkResult
from overread.evals.running._result import EvalResult, EvalRow

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow."""


def write_suite(result: EvalResult, setbacks: Sequence[Setback], path: Path) -> None:
    """Write a test suite for each profile with a test case for each attempt, and one for the comparison."""
    root = Xml.Element("testsuites", name=_text(result.suite))
    for profile in result.spec.profiles:
        rows = [row for row in result.rows if row.profile == profile]
        suite = _suite(root, f"{result.suite} {profile}", [row.seconds for row in rows])
        for row in rows:
            _attempt(suite, result.suite, row)
        suite.set("failures", str(sum(not row.gate_passed for row in rows)))
    _setbacks(root, result.suite, [one for one in setbacks if one.kind != "gate"], compared=result.verdict is not None)
    _write(root, path)


def write_benchmark(result: BenchmarkResult, setbacks: Sequence[Setback], path: Path) -> None:
    """Write a test case for each figure, and one for each that is below the baseline; a wrong answer fails no test."""
    name = result.spec.benchmark
    root = Xml.Element("testsuites", name=_text(name))
    suite = _suite(root, name, [0.0] * len(result.figures))
    for figure in result.figures:
        told = f"{figure.voice}, {figure.part}, {figure.measure}"
        case = Xml.SubElement(suite, "testcase", name=_text(told), classname=_text(name), time="0")
        Xml.SubElement(case, "system-out").text = f"{figure.value:.4f} ({figure.low:.4f} to {figure.high:.4f})"
    suite.set("failures", "0")
    _setbacks(root, name, setbacks, compared=result.verdict is not None)
    _write(root, path)


def _attempt(suite: Xml.Element, name: str, row: EvalRow) -> None:
    case = Xml.SubElement(
        suite, "testcase", name=_text(row.place), classname=_text(f"{name}.{row.profile}"), time=f"{row.seconds:.3f}"
    )
    if not row.gate_passed:
        Xml.SubElement(case, "failure", type="gate", message=_text(row.reason)).text = _text(row.purpose)
    scores = [one for one in row.scores if one.passed is False and one.kind == "score"]
    if scores:
        Xml.SubElement(case, "system-out").text = _text("\n".join(f"{one.scorer}: {one.reason}" for one in scores))


def _setbacks(root: Xml.Element, name: str, setbacks: Sequence[Setback], *, compared: bool) -> None:
    """Write the comparison with the baseline as a suite of its own, with a case for each setback or one that passes."""
    if not compared:
        return
    suite = _suite(root, f"{name} beside the baseline", [0.0] * max(1, len(setbacks)))
    suite.set("failures", str(len(setbacks)))
    for one in setbacks:
        case = Xml.SubElement(suite, "testcase", name=_text(one.what), classname=_text(f"{name}.baseline"), time="0")
        Xml.SubElement(case, "failure", type=one.kind, message=_text(one.why))
    if not setbacks:
        Xml.SubElement(suite, "testcase", name="nothing is worse", classname=_text(f"{name}.baseline"), time="0")


def _suite(root: Xml.Element, name: str, seconds: Sequence[float]) -> Xml.Element:
    return Xml.SubElement(
        root,
        "testsuite",
        name=_text(name),
        tests=str(len(seconds)),
        errors="0",
        skipped="0",
        time=f"{sum(seconds):.3f}",
    )


def _write(root: Xml.Element, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Xml.indent(root)
    Xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _text(text: str) -> str:
    return _NOT_XML.sub("�", text)
