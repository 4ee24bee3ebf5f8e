"""Prove that an extension keeps its protocol: from pytest, or alone by printing the report.

from overread.testing.conformance import check_tool
report = check_tool(build(make_parts()))
assert not report.failed, report
"""

from overread.testing.conformance.checks import check_backend, check_protocol, check_rule, check_tool
from overread.testing.conformance.report import ConformanceReport, LawResult

__all__ = ["ConformanceReport", "LawResult", "check_backend", "check_protocol", "check_rule", "check_tool"]
