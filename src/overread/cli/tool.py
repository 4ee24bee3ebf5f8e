"""`overread tool`: one tool alone."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.admission import admit_or_stop, stop
from overread.cli.printing import complain, print_json, say, working
from overread.cli.read import AsJson, PriorReports, Priors, Profile, SamePatient
from overread.cli.referring import grounded, show_grounded
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.graphs._tool_run import Outcome
    from overread.ports import Tool
    from overread.reading_room import ReadingRoom
    from overread.records import Drawn


MOST_MASKS_TOLD = 12
"""Masks beyond this are those of a series: they are counted, and `--json` has them all."""


def tool(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="segmentation, classification, report, vqa, …")],
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="DICOM file, folder or zip, PNG or JPEG.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for evidence.json and masks.")
    ] = None,
    prior: Priors = None,
    prior_report: PriorReports = None,
    same_patient: SamePatient = False,
    profile: Profile = None,
    structure: Annotated[
        str | None, typer.Option("--structure", metavar="WORDS", help='Only masks that the words name: "left lung".')
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="WORDS", help='With segmentation: what words refer to, "effusion on the left".'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run one tool alone and print its evidence."""
    if text is not None and (name != "segmentation" or structure is not None):
        raise UsageError("--text goes with segmentation, and not with --structure")
    settings = session_of(context).settings(profile=profile)
    with working(f"Running {name}"):
        from overread.composition import open_room
        from overread.prior_intake import SentPriors
        from overread.standalone import StudyRefused, only_meant, questions_of, read_with, run_on_image

        priors = SentPriors(tuple(prior or ()), tuple(prior_report or ()), same_patient)
        with open_room(settings) as room:
            chosen = _named(room, name)
            admitted = admit_or_stop(room, inputs, priors, as_json=as_json, gated=False)
            try:
                own, reading = read_with(room, admitted, chosen)
            except StudyRefused as error:
                raise stop(error.refusal, as_json=as_json) from error
            if text is not None:
                found = grounded(room, admitted, text, out)
            else:
                questions = questions_of(admitted, own, reading)
                outcome = run_on_image(room, admitted, own, reading.image, questions, reading.services)
                if structure is not None:
                    outcome = replace(outcome, evidence=only_meant(outcome.evidence, structure))
                data = _placed(outcome, room, out)
    if text is not None:
        show_grounded(found, as_json=as_json)
        return
    print_json(data) if as_json else _tell(outcome)
    if outcome.failure is not None:
        what = "failed before it was done" if outcome.evidence else "gave no evidence"
        complain(f"{name} {what} ({outcome.failure.kind}): {outcome.failure.message}")
        raise typer.Exit(1)


def _named(room: "ReadingRoom", name: str) -> "Tool":
    from overread.composition import OF_NO_PROFILE, build_tool_of_no_profile
    from overread.standalone import tool_named

    tools = room.services.tools
    if (found := tool_named(room, name)) is not None:
        return found
    if name in OF_NO_PROFILE:
        return build_tool_of_no_profile(name, room.services.settings)
    there = ", ".join((*tools, *OF_NO_PROFILE))
    raise UsageError(f"this profile has no tool named '{name}'; there are: {there}")


def _placed(outcome: "Outcome", room: "ReadingRoom", out: Path | None) -> dict[str, Any]:
    """Give the evidence as JSON; masks lie in the output folder, or in the artifact store when none is given."""
    from overread.outputs.case_json import evidence_json, to_bytes
    from overread.outputs.delivery import write_masks
    from overread.store.files import write_whole

    files = write_masks(outcome.evidence, out / "masks", room.home.artifacts) if out else {}

    def place(mask: "Drawn") -> Path:
        return files.get(mask.digest) or room.home.artifacts.absolute(mask.png)

    failures = [outcome.failure.model_dump(mode="json")] if outcome.failure else []
    data = {"evidence": evidence_json(outcome.evidence, place), "failures": failures}
    if out:
        write_whole(out / "evidence.json", to_bytes(data))
    return data


def _tell(outcome: "Outcome") -> None:
    from overread.outputs.evidence_text import maker_of, value_of

    told = [item for item in outcome.evidence if item.payload.kind != "mask"]
    masks = [item for item in outcome.evidence if item.payload.kind == "mask"]
    if len(masks) <= MOST_MASKS_TOLD:
        told = list(outcome.evidence)
    else:
        say(f"{len(masks)} masks on {len({item.locator.sop_instance_uid for item in masks})} slices")
    for item in told:
        say(f"{item.id}  {value_of(item.payload)}")
    if outcome.evidence:
        say(maker_of(outcome.evidence[0].provenance), "dim")
