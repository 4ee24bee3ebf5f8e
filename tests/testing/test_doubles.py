"""The shipped doubles give what they are told, and their records hold."""

import threading
import time

import numpy as np
import pytest

from overread.errors import CaseUnknown, ToolError, Unavailable
from overread.ports import Tool
from overread.records import Evidence, Region, Score
from overread.testing.doubles import (
    Fault,
    MemoryArtifacts,
    MemoryPixels,
    ScriptedTool,
    make_case,
    make_evidence,
    make_picture,
    make_study,
    make_work,
)

EFFUSION = Score(label="Pleural Effusion", probability=0.9, method="head")


def test_scripted_tool_gives_its_payloads_as_evidence_of_the_image_it_was_handed() -> None:
    work = make_work()
    tool = ScriptedTool("classification", [EFFUSION, (EFFUSION, Region(x=1, y=2, width=3, height=4))])
    plain, located = tool.run(work)
    assert plain.payload == EFFUSION
    assert plain.locator.sop_instance_uid == work.image.sop_instance_uid
    assert located.locator.region is not None
    assert isinstance(tool, Tool)


def test_scripted_tool_gives_the_same_ids_twice() -> None:
    tool = ScriptedTool("classification", [EFFUSION])
    work = make_work()
    assert [e.id for e in tool.run(work)] == [e.id for e in tool.run(work)]


def test_unavailable_n_times_then_works() -> None:
    tool = ScriptedTool("report", [], fault=Fault("unavailable", times=2))
    for _ in range(2):
        with pytest.raises(Unavailable):
            tool.run(make_work())
    assert tool.run(make_work()) == ()


def test_faults_are_what_they_say() -> None:
    work = make_work()
    with pytest.raises(ToolError):
        ScriptedTool("report", fault=Fault("error")).run(work)
    (foreign,) = ScriptedTool("report", [EFFUSION], fault=Fault("foreign_study")).run(work)
    assert work.study.image(foreign.locator.sop_instance_uid) is None
    (wrong,) = ScriptedTool("report", fault=Fault("invalid_output")).run(work)
    assert not isinstance(wrong, Evidence)


def test_a_hang_ends_when_released() -> None:
    tool = ScriptedTool("vqa", fault=Fault("hang", seconds=60))
    thread = threading.Thread(target=tool.run, args=(make_work(),))
    start = time.monotonic()
    thread.start()
    tool.release()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert time.monotonic() - start < 5


def test_a_lateral_only_study_is_refused() -> None:
    refusal = ScriptedTool("report").accepts(make_study(views=("LATERAL",)))
    assert refusal is not None
    assert refusal.reason == "no_frontal_view"


def test_memory_stores_return_what_was_put() -> None:
    picture = make_picture(3)
    study = make_study(pictures=(picture,))
    pixels, artifacts = MemoryPixels([picture]), MemoryArtifacts()
    assert study.frontal is not None
    assert np.array_equal(pixels.shown(study.frontal), picture)
    assert np.array_equal(artifacts.get_png(artifacts.put_png(picture).path), picture)
    with pytest.raises(CaseUnknown):
        MemoryPixels().shown(study.frontal)


def test_numbered_studies_are_reproducible_and_distinct() -> None:
    assert make_study(1, 1) == make_study(1, 1)
    assert make_study(1, 1).uid != make_study(1, 2).uid
    assert make_study(2, 1).patient_key != make_study(1, 1).patient_key
    case = make_case()
    assert make_evidence(EFFUSION, case.study).locator.sop_instance_uid == case.study.images[0].sop_instance_uid
