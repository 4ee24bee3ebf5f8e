"""`overread worker` as a command."""

import json
from pathlib import Path

from PIL import Image

from overread.batch.discovery import discover
from overread.batch.jobs import jobs_of
from overread.settings import load_settings
from overread.store.home import Home
from overread.testing.phantoms import render, sample_recipe, to_display
from tests.cli.conftest import Overread


def test_a_worker_reads_until_the_queue_is_empty_and_names_no_file(
    overread: Overread, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(to_display(render(sample_recipe(2, view="PA"), 128))).save(folder / "a.png")
    (folder / "DOE_JANE.png").write_bytes(b"broken")
    store = Home(home)
    store.reading_queue.put(list(jobs_of(discover([folder]), "b-1", tmp_path / "out", load_settings())))
    said = overread("worker", "--until-empty")
    assert said.code == 0, said.err
    assert "2 in" in said.out
    assert "refused" in said.out
    assert "an input: refused, unreadable" in said.err
    assert "DOE" not in said.out + said.err
    lines = [json.loads(settled.outcome_json or "") for settled in store.reading_queue.untold("b-1")]
    assert {(line["input"], line["status"]) for line in lines} == {
        ("in/a.png", "awaiting_review"),
        ("in/DOE_JANE.png", "refused"),
    }
    store.close()


def test_a_worker_takes_no_case_of_another_profile(overread: Overread, home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"broken")
    store = Home(home)
    other = load_settings(profile="embedded")
    store.reading_queue.put(list(jobs_of(discover([tmp_path / "a.png"]), "b-1", tmp_path / "out", other)))
    assert overread("worker", "--until-empty").code == 0
    assert store.reading_queue.left() == 1
    store.close()
