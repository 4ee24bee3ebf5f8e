"""What a case file says of what made it, and that it changes nothing of the case."""

import subprocess
from pathlib import Path

from overread.machine import commit, environment
from overread.records import CaseFile
from tests.graphs.rooms import put_case, scripted_room, sign_all
from tests.needs import ROOT


def test_a_file_names_pictures_seed_and_each_process_once(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        case_id = put_case(room)
        file = room.read(case_id)
    with scripted_room(tmp_path, torch_threads=3) as other:
        assert other.file(case_id).manifest == file.manifest
        signed = other.decide(case_id, sign_all(file))
        assert other.read(case_id).manifest == signed.manifest
    (first,) = file.manifest.environments
    assert file.manifest.images == tuple(image.pixels_digest for image in file.case.study.images)
    assert file.manifest.seed == 0
    assert (first.torch_threads, first.cores > 0, "numpy" in first.libraries) == (None, True, True)
    assert signed.manifest.environments == (first, environment(3))
    assert [item.id for item in signed.evidence][: len(file.evidence)] == [item.id for item in file.evidence]
    assert signed.draft_digest == file.draft_digest


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
    earlier = file.model_dump(mode="json", exclude={"manifest": {"images", "seed", "environments"}})
    read = CaseFile.model_validate(earlier)
    assert (read.manifest.seed, read.manifest.environments) == (None, ())


def test_the_commit_is_that_of_the_checkout() -> None:
    asked = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True)
    known = done.stdout.strip() if done.returncode == 0 else None
    assert (commit() or "").removesuffix("-dirty") == (known or commit() or "")
