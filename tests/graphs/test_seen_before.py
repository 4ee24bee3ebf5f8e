"""A study that is read again: what a tool saw before stands where all that decides its answer is the same."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from overread.admission import AdmittedCase, content_of
from overread.composition import open_room
from overread.errors import Unavailable
from overread.ports import Sight, Tool, ToolCard, ToolInput
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Evidence, Mask, Order, Study, ToolRun
from overread.testing.doubles import ScriptedTool, make_case, make_picture, make_study
from overread.testing.phantoms import sample_recipe, write_study
from overread.tools._evidence_builder import EvidenceBuilder
from overread.versions import take
from tests.graphs.rooms import TRUST, score, scripted_tools, settings

NO_ORDER = Order()
MASK = 255 * np.ones((8, 8), dtype=np.uint8)


class CountedTool:
    """A scripted tool that says what it looks at, and counts how often it had to."""

    def __init__(self, tool: ScriptedTool, sees: Sequence[Sight] = (), weights: str | None = "ab" * 32) -> None:
        self._tool = tool
        self.card: ToolCard = replace(tool.card, sees=tuple(sees), model="counted", weights_digest=weights)
        self.handed: list[ToolInput] = []

    def accepts(self, study: Study) -> None:
        return None

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        self.handed.append(work)
        return self._tool.run(work)


class Drawing(CountedTool):
    """Gives a mask whose picture lies in the artifact store."""

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        self.handed.append(work)
        stored = work.artifacts.put_png(MASK)
        mask = Mask(structure="right_lung", png=stored.path, digest=stored.digest, area_pixels=64)
        return [EvidenceBuilder(self.card, work).evidence(mask)]


def counted(**also: Tool) -> dict[str, Tool]:
    tools: dict[str, Tool] = {
        "classification": CountedTool(ScriptedTool("classification", [score("Pleural Effusion", 0.9)])),
        "report": CountedTool(ScriptedTool("report")),
        "vqa": CountedTool(ScriptedTool("vqa"), ("questions",)),
    }
    return scripted_tools(**{**tools, **also})


@contextmanager
def room_of(home: Path, tools: dict[str, Tool], program: Callable[[], str | None]) -> Iterator[ReadingRoom]:
    with open_room(settings(home), tools=tools, trust=TRUST) as room:
        yield ReadingRoom(room.runs.graph, replace(room.services, program=program), room.home)


def sent(room: ReadingRoom, order: Order = NO_ORDER, views: Sequence[str] = ("PA",), number: int = 1) -> CaseFile:
    """Send a study, and read what it becomes."""
    picture = make_picture(number)
    study = make_study(1, views=tuple(views), pictures=(picture,) * len(views), patient_key="patient-1")  # type: ignore[arg-type]
    digest = room.home.pictures.put(picture)
    images = tuple(image.model_copy(update={"pixels_digest": digest}) for image in study.images)
    series = (study.series[0].model_copy(update={"images": images}),)
    case = make_case(study.model_copy(update={"series": series}), order=order)
    headers = {image.sop_instance_uid: {"ViewPosition": image.view or ""} for image in images}
    admitted = AdmittedCase(case=case, headers=headers, identity=None, content=content_of(case, None, room.home.key))
    taken = take(room.home, admitted, 1)
    assert isinstance(taken, AdmittedCase)
    return room.read(taken.case.case_id)


def runs(file: CaseFile) -> dict[str, ToolRun]:
    return {run.tool: run for run in file.manifest.tool_runs}


def looks(tools: dict[str, Tool], name: str) -> int:
    tool = tools[name]
    assert isinstance(tool, CountedTool)
    return len(tool.handed)


def test_a_late_order_costs_no_second_look(tmp_path: Path) -> None:
    tools = counted()
    with room_of(tmp_path, tools, lambda: "program") as room:
        first = sent(room)
        second = sent(room, Order(indication="Dyspnoea"))
    assert second.case_id != first.case_id
    assert second.case.follows is not None
    assert second.case.follows.replaces == first.case_id
    assert looks(tools, "classification") == looks(tools, "report") == 1
    run, before = runs(second)["classification"], runs(first)["classification"]
    assert (run.seen_in, run.evidence_ids, run.work) == (first.case_id, before.evidence_ids, before.work)
    assert run.started >= before.ended
    assert (before.seen_in, len(before.work or "")) == (None, 64)
    of_tool = {item.id for item in second.evidence if item.tool == "classification"}
    assert of_tool == set(run.evidence_ids) != set()
    assert [f.label for f in second.findings] == [f.label for f in first.findings]


def test_the_read_after_that_names_where_the_tool_looked(tmp_path: Path) -> None:
    tools = counted()
    with room_of(tmp_path, tools, lambda: "program") as room:
        first = sent(room)
        sent(room, Order(indication="Dyspnoea"))
        third = sent(room, Order(indication="Fever"))
    assert (runs(third)["classification"].seen_in, looks(tools, "classification")) == (first.case_id, 1)


def test_other_questions_are_asked(tmp_path: Path) -> None:
    tools = counted()
    with room_of(tmp_path, tools, lambda: "program") as room:
        sent(room)
        before = looks(tools, "vqa")
        sent(room, Order(question="Is there a pleural effusion?"))
    assert looks(tools, "vqa") > before


def test_other_pixels_are_looked_at(tmp_path: Path) -> None:
    tools = counted()
    with room_of(tmp_path, tools, lambda: "program") as room:
        sent(room)
        second = sent(room, number=2)
    assert (looks(tools, "classification"), runs(second)["classification"].seen_in) == (2, None)


def test_a_further_image_costs_a_look_only_where_a_tool_sees_all_images(tmp_path: Path) -> None:
    tools = counted(report=CountedTool(ScriptedTool("report"), ("images",)))
    with room_of(tmp_path, tools, lambda: "program") as room:
        sent(room)
        second = sent(room, views=("PA", "LATERAL"))
    assert second.case.follows is not None
    assert (looks(tools, "classification"), looks(tools, "report")) == (1, 2)


def test_another_program_looks_again(tmp_path: Path) -> None:
    tools, program = counted(), {"name": "of yesterday"}
    with room_of(tmp_path, tools, lambda: program["name"]) as room:
        sent(room)
        program["name"] = "of today"
        sent(room, Order(indication="Dyspnoea"))
    assert looks(tools, "classification") == 2


def test_what_cannot_be_told_is_looked_at_again(tmp_path: Path) -> None:
    tools = counted(
        classification=CountedTool(ScriptedTool("classification", [score("Pneumothorax", 0.1)]), weights=None),
        report=CountedTool(ScriptedTool("report"), ("cases",)),
    )
    with room_of(tmp_path, tools, lambda: "program") as room:
        first = sent(room)
        sent(room, Order(indication="Dyspnoea"))
    assert (looks(tools, "classification"), looks(tools, "report")) == (2, 2)
    assert runs(first)["classification"].work is runs(first)["report"].work is None


def test_a_failure_is_never_taken_for_an_answer(tmp_path: Path) -> None:
    class Failing(CountedTool):
        def run(self, work: ToolInput) -> Sequence[Evidence]:
            self.handed.append(work)
            work.keep(self._tool.run(work))
            raise Unavailable("the model is away")

    failing = Failing(ScriptedTool("classification", [score("Pleural Effusion", 0.9)]))
    with room_of(tmp_path, counted(classification=failing), lambda: "program") as room:
        first = sent(room)
        looked = len(failing.handed)
        sent(room, Order(indication="Dyspnoea"))
    assert first.failures[0].kept == 1
    assert (runs(first)["classification"].work, len(failing.handed)) == (None, 2 * looked)


def test_a_mask_whose_picture_is_gone_is_drawn_again(tmp_path: Path) -> None:
    drawing = Drawing(ScriptedTool("segmentation"))
    with room_of(tmp_path, counted(segmentation=drawing), lambda: "program") as room:
        first = sent(room)
        sent(room, Order(indication="Dyspnoea"))
        assert len(drawing.handed) == 1
        mask = next(item.payload for item in first.evidence if isinstance(item.payload, Mask))
        room.home.artifacts.absolute(mask.png).unlink()
        third = sent(room, Order(indication="Fever"))
        assert room.home.artifacts.get_png(mask.png).shape == MASK.shape
    assert (len(drawing.handed), runs(third)["segmentation"].seen_in) == (2, None)


def test_a_tool_is_handed_what_its_card_says_and_no_more(tmp_path: Path) -> None:
    tools = counted(report=CountedTool(ScriptedTool("report"), ("images", "questions")))
    with room_of(tmp_path, tools, lambda: "program") as room:
        sent(room, views=("PA", "LATERAL"))
    seeing, blind = tools["report"], tools["classification"]
    assert isinstance(seeing, CountedTool)
    assert isinstance(blind, CountedTool)
    assert len(seeing.handed[0].study.images) == 2
    assert blind.handed[0].study.images == (blind.handed[0].image,)


def test_embedded_models_are_recalled_by_the_settings_and_files_of_the_program(tmp_path: Path) -> None:
    drawn = tmp_path / "study"
    write_study(drawn, sample_recipe(3, view="PA", flipped=False), size=256)

    def read(order: Order, **values: object) -> CaseFile:
        with open_room(settings(tmp_path / "home", profile="embedded", **values)) as room:
            taken = room.take_in([drawn], order=order)
            assert isinstance(taken, AdmittedCase)
            return room.read(taken.case.case_id)

    assert runs(read(NO_ORDER))["segmentation"].work is not None
    late = read(Order(indication="Dyspnoea"))
    recalled = {run.tool for run in late.manifest.tool_runs if run.seen_in}
    assert {"segmentation", "classification", "report"} <= recalled
    again = read(Order(indication="Fever"), reading={"recall": "off"})
    assert {run.seen_in for run in again.manifest.tool_runs} == {None}
