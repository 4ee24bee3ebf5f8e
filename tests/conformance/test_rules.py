"""Every rule in the folder keeps the laws of a rule, on the examples that its file declares."""

from importlib import import_module

import pytest

from overread import plugins
from overread.settings import Settings
from overread.testing.conformance import check_rule


@pytest.mark.parametrize("name", plugins.names("rules"))
def test_rule_keeps_the_laws(name: str) -> None:
    module = import_module(f"overread.rules.{name}")
    rule = plugins.builder("rules", name)(Settings())
    assert rule.id == name
    report = check_rule(rule, bad=module.bad_example, good=module.good_example)
    assert not report.failed, report
    assert not report.skipped, report
