"""The page for readers, its key, and what several readers' answers come to."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from overread.errors import UsageError
from overread.evals.metrics._page import write_page
from overread.evals.metrics._scoring import run
from overread.evals.ratings.agreement import coded, cohen, fleiss
from overread.evals.ratings.answers import CELLS, COUNTED, read_key, read_ratings
from overread.evals.ratings.figures import figures_of
from overread.evals.ratings.form import FORM, KEY, Key, make_form, read_results
from overread.settings import load_settings
from tests.needs import chromium as installed_browser
from tests.needs import require

SETTINGS = load_settings(profile="scripted")
COUNT = 12


def scored(folder: Path, name: str) -> Path:
    """Score one system's reports, each of which says who wrote it and of what."""
    rows = [{"id": f"case {n}", "cluster": f"p{n // 2}", "text": f"Truth {n} <i>effusion</i>."} for n in range(COUNT)]
    said = [{"id": row["id"], "text": f"{name} on {n}, clear."} for n, row in enumerate(rows)]
    folder.mkdir(exist_ok=True)
    for path, table in (("r.jsonl", rows), (f"{name}.jsonl", said)):
        (folder / path).write_text("\n".join(map(json.dumps, table)))
    write_page(run(folder / "r.jsonl", folder / f"{name}.jsonl", SETTINGS, ["temporal_f1"]), folder / name)
    return folder / name / "results.json"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Key]:
    results = [(name, read_results(scored(tmp_path, name))) for name in ("alpha", "beta")]
    return tmp_path / "form", make_form(results, tmp_path / "form", seed=4)


def test_the_page_does_not_say_who_wrote_which_and_the_key_does(made: tuple[Path, Key]) -> None:
    folder, key = made
    page = (folder / FORM).read_text()
    assert "http" not in page
    assert "<i>effusion" not in page
    shown = page.replace("alpha on", "").replace("beta on", "")  # the texts themselves, which here name their writer
    assert "alpha" not in shown
    assert "beta" not in shown
    assert "case 1" not in page
    assert read_key(folder / KEY) == key
    assert {item.systems["A"] for item in key.items} == {"alpha", "beta"}
    assert [item.id for item in key.items] != sorted(item.id for item in key.items)
    for item in key.items:
        section = page.split(f'data-item="{item.number}"')[1].split("</section>")[0]
        assert re.search(r'data-report="A".*?(alpha|beta) on', section, re.DOTALL)[1] == item.systems["A"]


def test_the_same_seed_makes_the_same_page_and_another_one_another(tmp_path: Path) -> None:
    results = [(name, read_results(scored(tmp_path, name))) for name in ("alpha", "beta")]
    forms = [make_form(results, tmp_path / str(n), seed).form for n, seed in enumerate((1, 1, 2))]
    assert forms[0] == forms[1] != forms[2]
    assert len(make_form(results, tmp_path / "few", limit=3).items) == 3
    with pytest.raises(UsageError, match="one name"):
        make_form([results[0], results[0]], tmp_path / "x")


def answers(key: Key, reader: str, errors: dict[str, int], wrong: int = 0) -> str:
    """Write what a reader saves who sees so many significant errors in each system's reports, and prefers fewer."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, [*CELLS, *COUNTED])
    table.writeheader()
    for item in key.items:
        seen = {letter: errors[system] + (item.number <= wrong) for letter, system in item.systems.items()}
        better = "same" if seen["A"] == seen["B"] else min(seen, key=seen.__getitem__)
        for letter, count in seen.items():
            counts = dict.fromkeys(COUNTED, 0) | {"significant_missing_finding": count}
            cells = dict(zip(CELLS, (key.form, reader, item.number, letter, better, 'a, "b"\nc'), strict=True))
            table.writerow(cells | counts)
    return stream.getvalue()


def test_errors_preference_and_agreement_are_told_by_system_once_the_key_is_open(made, tmp_path: Path) -> None:
    _, key = made
    paths = []
    for reader, wrong in (("r1", 0), ("r2", 3), ("r3", 6)):
        paths.append(tmp_path / f"{reader}.csv")
        paths[-1].write_text(answers(key, reader, {"alpha": 0, "beta": 2}, wrong))
    result = figures_of(read_ratings(paths, key), key)
    told = {(figure.of, figure.measure): figure for figure in result.figures}
    assert told["alpha", "significant errors a report"].value == pytest.approx(9 / 36, abs=1e-4)
    assert told["beta", "significant missing finding"].value == pytest.approx(2 + 9 / 36, abs=1e-4)
    assert told["alpha", "share preferred"].value == 1.0
    assert told["alpha", "share without a significant error"].value == pytest.approx(27 / 36)
    # Of 24 reports: r1 sees errors in 12, r2 in those and in three more.
    assert told["r1 and r2", "Cohen's kappa, any significant error"].value == pytest.approx(0.75)
    assert told["r1 and r2 and r3", "Fleiss' kappa, any significant error"].readers == 3
    assert "Cohen's kappa, preference, r1 and r2" in result.undefined
    assert len(result.comments) == 3 * COUNT
    assert all(figure.low <= figure.value <= figure.high for figure in result.figures)


def test_kappas_are_those_of_the_papers_and_of_scikit_learn() -> None:
    require("training")
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    left = rng.choice(list("abc"), 60)
    right = np.where(rng.random(60) < 0.6, left, rng.choice(list("abc"), 60))
    codes = coded(np.stack([left, right], axis=1).tolist())
    assert cohen(codes, np.ones(60)) == pytest.approx(cohen_kappa_score(left, right))
    # Fleiss 1971 as worked out in the literature: 10 subjects, 14 raters, 5 categories, kappa .210.
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    table = np.asarray([[kind for kind, count in enumerate(row) for _ in range(count)] for row in counts])
    assert fleiss(table, np.ones(10)) == pytest.approx(0.210, abs=5e-4)
    assert np.isnan(cohen(np.zeros((5, 2), np.intp), np.ones(5)))


def test_answers_that_do_not_fit_the_key_are_refused(made, tmp_path: Path) -> None:
    _, key = made
    path = tmp_path / "r1.csv"
    good = answers(key, "r1", {"alpha": 0, "beta": 1})
    for text, match in (
        (good.replace(key.form, "other"), "row 1: it answers another form"),
        (good + good.split("\r\n", 1)[1], "rated this report before"),
        (good.replace(f"{key.form},r1,2,", f"{key.form},r1,99,"), "no item 99"),
        (good.replace(f"{key.form},r1,1,", f"{key.form},,1,"), "row 1: it is no row that the form saved"),
        ("a,b\n1,2\n", "row 1: it is no row"),
        (good.split("\r\n", 1)[0], "no rating"),
    ):
        path.write_text(text, newline="")
        with pytest.raises(UsageError, match=match):
            read_ratings([path], key)


@pytest.mark.browser
def test_a_reader_rates_in_a_browser_and_what_is_saved_can_be_read(made, tmp_path: Path) -> None:
    require("browser")
    from playwright.sync_api import sync_playwright

    folder, key = made
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=installed_browser(), args=["--no-sandbox"])
        page = browser.new_context(accept_downloads=True).new_page()
        page.goto((folder / FORM).as_uri())
        page.click("#save")
        assert "reader code" in page.inner_text("#why")
        page.fill("#reader", "r1")
        item = page.locator("section[data-item='2']")
        item.locator("[data-report=A] [data-count=significant_wrong_location]").fill("2")
        item.locator("textarea").fill('side, "left"\nnot right')
        item.locator("[data-done]").check()
        page.click("#save")
        assert "choice between A and B" in page.inner_text("#why")
        item.locator("input[value=B]").check()
        page.reload()  # answers are kept
        assert page.inner_text("#count") == f"1 of {COUNT} rated"
        with page.expect_download() as saved:
            page.click("#save")
        saved.value.save_as(tmp_path / "r1.csv")
        browser.close()
    found = {rating.report: rating for rating in read_ratings([tmp_path / "r1.csv"], key)}
    assert (found["A"].item, found["A"].significant, found["B"].significant) == (2, 2, 0)
    assert (found["A"].preference, found["A"].reader) == ("B", "r1")
    assert found["A"].comment == 'side, "left"\nnot right'
