"""The figures of decided cases are those that a person counts by hand; how the cases were made is in conftest.py.

Tools saw an effusion in cases 1 to 15 and none in 16 to 32. Signed were 1 to 29 and 31 (30 drafts); 30 was rejected, 32
is a phantom. In 1, 2 and 3 the reader wrote that there is none, in 16 and 17 that there is one.
"""

import csv
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.measuring.film import Wanted
from overread.measuring.films import read_films
from overread.oversight.collecting import Collector, Window
from overread.oversight.exports import write_films, write_stats
from overread.oversight.facts import CaseFacts
from overread.oversight.monitor import Rates
from overread.oversight.stats import Stats, stats_of
from overread.reading_room import ReadingRoom
from tests.oversight.conftest import FIRST_DAY


@pytest.fixture(scope="module")
def facts(decided: ReadingRoom) -> tuple[CaseFacts, ...]:
    return Collector(decided.home).facts(Window())


@pytest.fixture(scope="module")
def stats(facts: tuple[CaseFacts, ...]) -> Stats:
    return stats_of(facts, Window(), FIRST_DAY)


def effusion(rates: tuple[Rates, ...]) -> dict[str, tuple[int, int, int, int]]:
    """Give hits, false alarms, misses and right denials of the classifier, by group."""
    return {
        each.group: (each.hits, each.false_alarms, each.misses, each.right_denials)
        for each in rates
        if (each.voter, each.label) == ("classification", "Pleural Effusion")
    }


def test_the_model_against_signed_text(stats: Stats) -> None:
    assert effusion(stats.monitor.overall) == {"all": (12, 3, 2, 13)}
    (whole,) = [each for each in stats.monitor.overall if each.label == "Pleural Effusion"]
    assert (whole.sensitivity.hits, whole.sensitivity.n) == (12, 14)
    assert (whole.specificity.hits, whole.specificity.n) == (13, 16)
    assert (whole.ppv.hits, whole.ppv.n) == (12, 15)
    assert (whole.disagreement.hits, whole.disagreement.n, whole.undecided) == (5, 30, 0)
    assert whole.ppv.value == 0.8
    # Wilson 1927 for 12 of 15, worked out by hand: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96
    assert (whole.ppv.low, whole.ppv.high) == pytest.approx((0.5481, 0.9295), abs=1e-3)


def test_by_week_and_by_scanner(stats: Stats) -> None:
    assert effusion(stats.monitor.weeks) == {
        "2024-W02": (7, 3, 0, 0),
        "2024-W03": (5, 0, 2, 3),
        "2024-W04": (0, 0, 0, 9),
        "2024-W05": (0, 0, 0, 1),
    }
    assert effusion(stats.monitor.scanners) == {"ACME": (6, 2, 1, 7), "Zenith": (6, 1, 1, 6)}


def test_what_is_not_assessed_says_nothing_of_a_model(stats: Stats) -> None:
    assert {each.label for each in stats.monitor.overall} == {"Pleural Effusion", "Edema"}


def test_no_figure_and_no_drift_from_too_few(stats: Stats) -> None:
    (week,) = [e for e in stats.monitor.weeks if e.group == "2024-W02" and e.label == "Pleural Effusion"]
    assert (week.sensitivity.n, week.sensitivity.value, week.sensitivity.words) == (7, None, "too few (7)")
    assert week.disagreement.value == 0.3
    assert not [each for each in stats.monitor.drifts if each.label == "Pleural Effusion"]


def test_what_readers_did(stats: Stats) -> None:
    assert (stats.all.cases, stats.all.signed, stats.left_out) == (31, 30, 1)
    assert (stats.all.drafts_rejected.hits, stats.all.drafts_rejected.n) == (1, 31)
    assert (stats.all.untouched.hits, stats.all.untouched.n) == (25, 30)
    sections = {each.name: (each.accepted.hits, each.edited.hits, each.accepted.n) for each in stats.all.sections}
    assert sections == {"findings": (55, 5, 60), "impression": (15, 0, 15)}
    findings = {each.name: (each.accepted.hits, each.edited.hits) for each in stats.all.findings}
    assert findings == {"Edema": (30, 0), "Pleural Effusion": (25, 5)}
    readers = {each.name: (each.cases, each.signed, each.untouched.hits, each.longest_run) for each in stats.readers}
    assert (stats.all.seconds_to_sign.n, stats.all.too_fast.n) == (0, 0), "a time that runs backwards is no time"
    assert readers == {"Dr A": (20, 20, 15, 12), "Dr B": (11, 10, 10, 9)}
    assert [each.name for each in stats.profiles] == ["scripted"]


def test_a_window_holds_what_was_decided_in_it(decided: ReadingRoom) -> None:
    second = Window(FIRST_DAY + timedelta(weeks=1), FIRST_DAY + timedelta(weeks=2))
    found = [each.case_id for each in Collector(decided.home).facts(second)]
    assert found == [f"c-{number:012d}" for number in range(11, 21)]
    phantoms = Window(phantoms=True)
    assert stats_of(Collector(decided.home).facts(phantoms), phantoms, FIRST_DAY).all.cases == 1
    assert Collector(decided.home).facts(Window(), lambda case_id: False) == ()


def test_the_files_hold_the_same_counts_and_no_word_of_a_report(
    stats: Stats, facts: tuple[CaseFacts, ...], tmp_path: Path
) -> None:
    paths = {path.name: path.read_text() for path in write_stats(stats, facts, tmp_path)}
    assert set(paths) == {"stats.json", "stats.html", "actions.csv", "models.csv", "cases.jsonl"}
    assert Stats.model_validate_json(paths["stats.json"]) == stats
    rows = list(csv.DictReader(paths["models.csv"].splitlines()))
    (whole,) = [row for row in rows if row["by"] == "all" and row["label"] == "Pleural Effusion"]
    assert (whole["hits"], whole["misses"], whole["ppv"]) == ("12", "2", "0.8")
    (week,) = [row for row in rows if row["group"] == "2024-W05" and row["label"] == "Pleural Effusion"]
    assert (week["specificity"], week["specificity_n"]) == ("", "1"), "no figure is not 0"
    cases = [json.loads(line) for line in paths["cases.jsonl"].splitlines()]
    assert len(cases) == 32
    assert cases[0]["stated"]["Pleural Effusion"] is False
    assert all("effusion." not in text and "patient-" not in text for text in paths.values())
    assert "<script" not in paths["stats.html"]
    assert not [word for word in ("http:", "https:", "src=", "url(") if word in paths["stats.html"]]


def test_calibrate_takes_the_films_and_what_was_signed_of_them(
    decided: ReadingRoom, facts: tuple[CaseFacts, ...], tmp_path: Path
) -> None:
    assert write_films([each for each in facts if not each.synthetic], tmp_path, decided.home.pictures) == (30, 0)
    films = read_films(tmp_path, Wanted())
    assert (len(films.films), films.patients, films.patients_known, films.rows_left_out) == (30, 30, True, {})
    assert films.counts("Pleural Effusion") == (14, 16)
    assert films.counts("Edema") == (0, 30)
    assert films.counts("Pneumothorax") == (0, 0), "not assessed is not absent"
    shown = decided.home.pictures.get(facts[0].picture or "")
    with Image.open(tmp_path / f"{facts[0].case_id}.png") as png:
        assert np.array_equal(np.asarray(png), shown)
