"""A reading room over scripted tools that see what a phantom shows, cases in it by number, and the page over both."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn

from overread.admission import AdmittedCase
from overread.composition import open_room
from overread.ports import Tool, ToolInput
from overread.reading_room import ReadingRoom
from overread.records import Box, CaseFile, Mask, Order, Payload, Region
from overread.review import LinkAccess, create_app
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.payloads import make_answer, make_claim, make_ratio, make_score
from overread.testing.phantoms import PlacedFinding, prior_of, render, sample_recipe, write_study
from tests.graphs.rooms import TRUST, gate_tools, settings

SIZE = 256
RECIPE = sample_recipe(
    101,
    view="PA",
    flipped=False,
    findings=(
        PlacedFinding(label="Pneumothorax", laterality="left", severity="large"),
        PlacedFinding(label="Pleural Effusion", laterality="right", severity="moderate"),
    ),
)
SEEN = render(RECIPE, SIZE)
STRUCTURES = ("right_lung", "left_lung", "heart")


def tools() -> dict[str, Tool]:
    """Give tools that see the phantom, disagree on one side, and one that fails."""
    scores = [make_score("Pneumothorax", 0.93), make_score("Pleural Effusion", 0.81), make_score("Edema", 0.03)]
    boxed = (Box(label="Pneumothorax", probability=0.9), _around("pneumothorax_left"))
    claims = [
        make_claim("Left pneumothorax.", "Pneumothorax", "present", "left"),
        make_claim("Left pleural effusion.", "Pleural Effusion", "present", "left"),
    ]
    return {
        **gate_tools(),
        "segmentation": ScriptedTool("segmentation", _masks, structures=STRUCTURES),
        "classification": ScriptedTool("classification", [*scores, boxed]),
        "report": ScriptedTool("report", claims),
        "vqa": ScriptedTool("vqa", _answers),
        "retrieval": ScriptedTool("retrieval", fault=Fault("error")),
    }


def _answers(work: ToolInput) -> list[Payload]:
    """Answer the first question about the effusion in its own words, whoever asks it."""
    answer = make_answer("Pleural Effusion", "present", "right")
    asked = [question.text for question in work.questions if question.label == answer.label]
    return [answer.model_copy(update={"question": text}) for text in asked[:1]] or [answer]


def _masks(work: ToolInput) -> list[Payload]:
    found: list[Payload] = [make_ratio(0.46)]
    for structure in STRUCTURES:
        mask = np.asarray(SEEN.masks[structure] * 255, np.uint8)
        png = work.artifacts.put_png(mask)
        area = int((mask > 0).sum())
        found.append(Mask(structure=structure, png=png.path, digest=png.digest, area_pixels=area, quality=0.96))
    return found


def _around(key: str) -> Region:
    rows, columns = np.nonzero(SEEN.masks[key])
    return Region(x=int(columns.min()), y=int(rows.min()), width=int(np.ptp(columns)) + 1, height=int(np.ptp(rows)) + 1)


@dataclass
class Stage:
    """The room, the page over it, and what a visitor needs."""

    room: ReadingRoom
    access: LinkAccess
    address: str
    admitted: AdmittedCase
    _next: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def case(self, name: str | None = None, *, read: bool = True, **order: Any) -> CaseFile:
        """Put one more copy of the phantom study into the room, of another imaginary patient."""
        number = next(self._next)
        asked = Order(accession_number=f"ACC-{number:03d}", indication="Sudden chest pain", **order)
        case = self.admitted.case.model_copy(update={"case_id": f"c-{number:016x}", "order": asked})
        identity = {**(self.admitted.identity or {}), "name": name or f"PATIENT^{number:03d}"}
        self.room.admit(AdmittedCase(case=case, headers=self.admitted.headers, identity=identity))
        return self.room.read(case.case_id) if read else self.room.file(case.case_id)

    def link(self) -> str:
        return f"{self.address}/enter?token={self.access.link()}"

    @contextmanager
    def visitor(self) -> Iterator[httpx.Client]:
        """Log a client in that is no browser."""
        with httpx.Client(base_url=self.address, timeout=60) as client:
            client.get(self.link()).raise_for_status()
            yield client


@contextmanager
def open_stage(home: Path, chosen: Mapping[str, Any] | None = None, **other: Tool) -> Iterator[Stage]:
    """Open a stage; tests sign at once, so that the alarm is off unless the `chosen` settings turn it on."""
    values = {"tool_attempts": 1, "reading_alarm": "off", **(chosen or {})}
    with open_room(settings(home, **values), tools={**tools(), **other}, trust=TRUST) as room:
        study = write_study(home / "study", [RECIPE, RECIPE.model_copy(update={"view": "LATERAL"})], size=SIZE)
        prior = write_study(home / "prior", prior_of(RECIPE), size=SIZE)
        admitted = room.take_in(study, priors=prior)
        assert isinstance(admitted, AdmittedCase)
        access = LinkAccess()
        with served(create_app(room, access)) as address:
            yield Stage(room, access, address, admitted)


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """Serve an application on a port of the loopback, a free one unless given, in a thread."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, proxy_headers=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


SHOW_LIST, OPEN_CASE, DECIDE_CASE, FOLLOW_REPORT = 0, 1, 2, 3


def own_session(client: httpx.Client, session: str) -> str:
    """Give a browser session's name as this client has it: one that another login had is not answered."""
    return f"{session}-{hashlib.sha256(repr(sorted(client.cookies.items())).encode()).hexdigest()[:12]}"


def post_event(client: httpx.Client, session: str, function: int, sent: Any) -> dict[str, Any]:
    """Do what a script that forges the page's own requests does, and give what the page would have been told."""
    session = own_session(client, session)
    body = {"data": [None], "fn_index": function, "session_hash": session, "event_data": sent, "trigger_id": None}
    joined = client.post("/gradio_api/queue/join", json=body)
    joined.raise_for_status()
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                shown: dict[str, Any] = message["output"]["data"][1] if message["success"] else {}
                return shown
    raise AssertionError("the page gave no answer")
