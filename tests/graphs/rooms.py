"""Reading rooms over scripted tools, and cases put into them by hand; shared by the tests of graph and fault."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from overread.admission import AdmittedCase
from overread.composition import open_room
from overread.ports import Tool
from overread.reading_room import ReadingRoom
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Case,
    CaseFile,
    HeaderValue,
    Measurement,
    NotTold,
    Prior,
    Review,
    Score,
    StatementReview,
    Trust,
)
from overread.settings import Settings, load_settings
from overread.testing.doubles import ScriptedTool, make_case, make_picture, make_study

TRUST = Trust.of_figures(
    {
        **{tool: dict.fromkeys(LABELS, 0.98) for tool in ("classification", "report", "vqa")},
        "segmentation": {"Cardiomegaly": 0.98},
    }
)


def score(label: str, probability: float) -> Score:
    return Score(label=label, probability=probability, threshold=0.5, calibrated=True, method="head")


def gate_tools() -> dict[str, Tool]:
    """Give a header and a quality tool that find nothing wrong."""
    measured = [
        Measurement(name="blank_fraction", value=0.0, unit="1", method="double"),
        Measurement(name="dynamic_range", value=1.0, unit="1", method="double"),
    ]
    return {
        "header": ScriptedTool("header", [HeaderValue(keyword="ViewPosition", value="PA")]),
        "quality": ScriptedTool("quality", measured),
    }


def scripted_tools(**tools: Tool) -> dict[str, Tool]:
    """Give gate tools and four model tools; name one to replace it."""
    models: dict[str, Tool] = {
        "segmentation": ScriptedTool(
            "segmentation", [Measurement(name="cardiothoracic_ratio", value=0.44, unit="1", method="double")]
        ),
        "classification": ScriptedTool("classification", [score("Pleural Effusion", 0.9), score("Pneumothorax", 0.1)]),
        "report": ScriptedTool("report"),
        "vqa": ScriptedTool("vqa"),
    }
    return {**gate_tools(), **models, **tools}


def settings(home: Path, **values: object) -> Settings:
    return load_settings(**{"home": home, "profile": "scripted", **values})


@contextmanager
def scripted_room(home: Path, tools: dict[str, Tool] | None = None, **values: object) -> Iterator[ReadingRoom]:
    with open_room(settings(home, **values), tools=tools or scripted_tools(), trust=TRUST) as room:
        yield room


def put_case(room: ReadingRoom, number: int = 1, priors: Sequence[Prior] = ()) -> str:
    """Put a drawn study into the store as if it had been read from files, and give its case id."""
    picture = make_picture(number)
    study = make_study(number, pictures=(picture,), patient_key=f"patient-{number}")
    digest = room.home.pictures.put(picture)
    image = study.images[0].model_copy(update={"pixels_digest": digest})
    series = study.series[0].model_copy(update={"images": (image,)})
    case: Case = make_case(
        study.model_copy(update={"series": (series,)}), case_id=f"c-{number:012d}", priors=tuple(priors)
    )
    room.admit(AdmittedCase(case=case, headers={image.sop_instance_uid: {"ViewPosition": "PA"}}, identity=None))
    return case.case_id


def sign_all(file: CaseFile, reviewer: str = "Dr A", decision: str = "sign") -> Review:
    """Accept every statement of what is on screen; nobody is told of its critical results, for a reason."""
    if file.draft is None or file.draft_digest is None:
        raise AssertionError("nothing to sign")
    return Review(
        reviewer=reviewer,
        decision=decision,  # type: ignore[arg-type]
        statements=tuple(StatementReview(statement_id=s.id, action="accept") for s in file.draft.statements),
        comment=None if decision == "sign" else "please look again",
        draft_digest=file.draft_digest,
        at=datetime.now(UTC),
        not_told=tuple(
            NotTold(alert_id=alert.id, reason="nobody is on the ward of a test")
            for alert in file.alerts
            if decision == "sign" and alert.acknowledged is None
        ),
    )
