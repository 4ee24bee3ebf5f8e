"""The dashboard and the alert rules ask for figures that there are, with the labels that they have."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from overread.observing.metrics import Metrics
from overread.observing.queue_metrics import QueueMetrics
from overread.store.home import Home
from tests.needs import ROOT, require

DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
RULES = ROOT / "deploy" / "prometheus-rules.yaml"
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",), "info": ("_info",)}
NAME = re.compile(r"overread_\w+")
BY = re.compile(r"by \(([\w, ]+)\)")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Name every series that a process shows."""
    home = Home(tmp_path_factory.mktemp("home"))
    families = [*Metrics().registry.collect(), *QueueMetrics(home).collect()]
    home.close()
    return frozenset(f"{family.name}{end}" for family in families for end in SUFFIXES[family.type])


def queries() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_there_are_queries_of_most_figures(names: frozenset[str]) -> None:
    asked = {name for query in queries() for name in NAME.findall(query)}
    assert len(asked) > 15
    unseen = {name for name in names - asked if not name.endswith(("_sum", "_count", "_info"))}
    assert not {name for name in unseen if name.startswith("overread_")}


@pytest.mark.parametrize("query", sorted(set(queries())))
def test_a_query_names_what_there_is(query: str, names: frozenset[str]) -> None:
    asked = set(NAME.findall(query))
    assert asked <= names, query
    assert asked or query.startswith("up{")


def test_a_query_groups_by_labels_that_there_are() -> None:
    known = {"le", "outcome", "node", "tool", "model", "operation", "error", "direction", "state"}
    for query in queries():
        for group in BY.findall(query):
            assert set(group.split(", ")) <= known, query


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    require("promtool")
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = tmp_path / "rules.yaml"
    broken.write_text(RULES.read_text().replace("min by (model)", "min by (model"))
    assert subprocess.run(["promtool", "check", "rules", broken], capture_output=True).returncode != 0


def test_panels_are_of_one_width_and_none_lies_on_another() -> None:
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len({(place["x"], place["y"]) for place in places}) == len(places)
