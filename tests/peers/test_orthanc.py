"""The peer itself: it takes a study and says when it is stable, keeps it through a kill, and asks for a password."""

from pathlib import Path

import httpx

from overread.testing.phantoms import render, sample_recipe, to_dicom
from tests.peers.orthanc import Orthanc


def film(folder: Path) -> Path:
    dataset = to_dicom(render(sample_recipe(1, view="PA", flipped=False), 64))
    path = folder / "film.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_a_stored_study_becomes_stable_and_is_there_after_a_kill(orthanc: Orthanc, tmp_path: Path) -> None:
    orthanc.store(film(tmp_path))
    orthanc.wait_until_stable()
    stored = orthanc.studies()
    orthanc.kill()
    orthanc.start()
    assert len(stored) == 1
    assert orthanc.studies() == stored
    with orthanc.client() as client:
        assert len(client.get("/dicom-web/studies").raise_for_status().json()) == 1


def test_it_is_given_empty_and_lets_nobody_in_without_a_password(orthanc: Orthanc) -> None:
    assert orthanc.studies() == []
    assert httpx.get(f"{orthanc.url}/studies").status_code == httpx.codes.UNAUTHORIZED
