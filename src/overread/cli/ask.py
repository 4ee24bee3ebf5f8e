"""`overread ask`: a question to the VQA model, with the evidence that the answer rests on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.admission import admit_or_stop, stop
from overread.cli.printing import complain, print_json, say, working
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.graphs._tool_run import Outcome
    from overread.reading_room import ReadingRoom
    from overread.records import Drawn, Question, ToolFailure
    from overread.standalone import Reading

BESIDE = ("classification", "segmentation", "report")
"""Tools whose evidence stands beside the answer."""


def ask(
    context: typer.Context,
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="DICOM file, folder or zip, PNG or JPEG.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in quotes.")],
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Ask about an image; the answer comes with the evidence it rests on."""
    settings = session_of(context).settings(profile=profile)
    with working("Asking"):
        from overread.composition import open_room
        from overread.standalone import StudyRefused, question_of, read_as

        _check(question)
        with open_room(settings) as room:
            admitted = admit_or_stop(room, inputs, as_json=as_json, gated=False)
            try:
                reading = read_as(room, admitted, question)
            except StudyRefused as error:
                raise stop(error.refusal, as_json=as_json) from error
            data = _answered(room, admitted, reading, question_of(question, admitted.case.study))
    print_json(data) if as_json else _tell(data)
    if data["answer"] is None:
        complain("the VQA tool gave no answer: " + "; ".join(item["message"] for item in data["failures"]))
        raise typer.Exit(1)


def _check(question: str) -> None:
    from overread.errors import UsageError

    if not question.strip():
        raise UsageError("the question is empty; give it in quotes after the input")


def _answered(room: "ReadingRoom", admitted: "AdmittedCase", reading: "Reading", asked: "Question") -> dict[str, Any]:
    from overread.errors import UsageError
    from overread.outputs.case_json import evidence_json
    from overread.questioning import speaks_of
    from overread.records import Answer
    from overread.standalone import run_alone, run_on_image

    tools = reading.services.tools
    if "vqa" not in tools:
        raise UsageError("this profile has no VQA tool; choose another with --profile")
    if not reading.of_radiograph:
        # Labels and sides are those of chest radiographs.
        asked = asked.model_copy(update={"label": None, "laterality": None})
    answered = run_on_image(room, admitted, tools["vqa"], reading.image, [asked], reading.services)
    others = [run_alone(room, admitted, tools[name]) for name in BESIDE if name in tools] if asked.label else []

    def place(mask: "Drawn") -> Path:
        return room.home.artifacts.absolute(mask.png)

    answer = next((item.payload.answer for item in answered.evidence if isinstance(item.payload, Answer)), None)
    rests_on = [item for other in others for item in other.evidence if speaks_of(item, asked.label or "")]
    return {
        "question": asked.text,
        "answer": answer,
        "label": asked.label,
        "evidence": evidence_json([*answered.evidence, *rests_on], place),
        "failures": [failure.model_dump(mode="json") for failure in _failures([answered, *others])],
    }


def _failures(outcomes: "list[Outcome]") -> "list[ToolFailure]":
    return [outcome.failure for outcome in outcomes if outcome.failure is not None]


def _tell(data: dict[str, Any]) -> None:
    from overread.outputs.evidence_text import value_of
    from overread.records import Evidence

    say(f"{data['question']}  {data['answer'] or 'no answer'}", "bold")
    for item in data["evidence"]:
        evidence = Evidence.model_validate(item)
        say(f"  {evidence.id}  {evidence.tool:15} {value_of(evidence.payload)}")
