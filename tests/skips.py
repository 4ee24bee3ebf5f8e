"""Count what was skipped, by need; under `--strict-skips` fail a run in which something was skipped by accident."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests import needs

FOREIGN = "langchain_tests"
"""A suite that others wrote and that skips by itself what a chat model does not claim to do."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switches."""
    parser.addoption(
        "--require", default="", metavar="NEED,…", help="fail where these are not met, instead of skipping"
    )
    parser.addoption(
        "--asking", default="", metavar="FIXTURE,…", help="only tests that ask for one of these, themselves or not"
    )
    parser.addoption("--strict-skips", action="store_true", help="fail when a test is skipped for any other reason")


def pytest_configure(config: pytest.Config) -> None:
    """Remember what is required: needs are asked for while modules are imported, too."""
    needs.required = frozenset(filter(None, config.getoption("--require").split(",")))
    if unknown := needs.required - set(needs.NEEDS):
        raise pytest.UsageError(f"--require {', '.join(sorted(unknown))}: there are {', '.join(needs.NEEDS)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what asks for none of the fixtures that are named."""
    if not (asked := set(filter(None, config.getoption("--asking").split(",")))):
        return
    others = [item for item in items if not asked & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what was skipped by need, and name what was skipped for no need."""
    counts = Counter(name for name, _ in _skips(terminalreporter))
    if counts:
        told = ", ".join(f"{name or 'no need'} {count}" for name, count in sorted(counts.items()))
        terminalreporter.write_line(f"skipped for want of: {told}")
    for name, where in _skips(terminalreporter):
        if not name:
            terminalreporter.write_line(f"skipped for no need: {where}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which something was skipped by accident."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not session.config.getoption("--strict-skips"):
        return
    if any(not name for name, _ in _skips(reporter)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str]]:
    """Give the need behind each skip, "" where there is none, and where it is."""
    for report in reporter.stats.get("skipped", ()):
        path, line, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, str(report.longrepr))
        said = str(reason).removeprefix("Skipped: ")
        if FOREIGN in str(path):
            yield FOREIGN, str(path)
        elif said.startswith(needs.PREFIX) and said.split()[1] in needs.NEEDS:
            yield said.split()[1], f"{path}:{line}"
        else:
            yield "", f"{report.nodeid or path}: {said}"
