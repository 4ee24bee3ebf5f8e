"""`overread find`: signed cases that resemble a picture, a case on file, or words."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, say, working
from overread.cli.read import AsJson, Profile
from overread.cli.review_options import Reviewer
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.finding_cases import Found
    from overread.ports import EmbeddingBackend
    from overread.reading_room import ReadingRoom

PICTURES = (".dcm", ".png", ".jpg", ".jpeg", ".zip")
INDEX = "overread find --index"


def find(
    context: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="Words, the id of a case, or a study: DICOM, PNG or JPEG.")
    ] = None,
    most: Annotated[int, typer.Option("--most", metavar="N", min=1, max=50, help="At most so many cases.")] = 5,
    index: Annotated[bool, typer.Option("--index", help="First put signed cases into the index that lack it.")] = False,
    reviewer: Reviewer = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Find signed cases that resemble a picture, a case or words; what a picture resembles proves nothing."""
    if query is None and not index:
        raise UsageError(f"give words, a case id or a study to look for, or {INDEX}")
    settings = session_of(context).settings(profile=profile)
    with working("Looking for similar cases"):
        from overread.cli.review_first_read import refuse_hidden
        from overread.composition import open_room, parts_of
        from overread.retrieving.filling import ROLE
        from overread.settings import load_profile

        backend = parts_of(load_profile(settings.profile, settings), settings).embedding(ROLE)
        with open_room(settings) as room:
            if index:
                _fill(room, backend)
            if query is not None and _is_case(query):
                refuse_hidden(room.home, settings, query, reviewer)
            found = None if query is None else _look(room, backend, query, most, as_json=as_json)
    if found is None:
        return
    if as_json:
        print_json(asdict(found))
    else:
        _tell(found)


def _look(room: "ReadingRoom", backend: "EmbeddingBackend", query: str, most: int, *, as_json: bool) -> "Found":
    from overread.cli.admission import admit_or_stop
    from overread.finding_cases import find_by_case, find_by_study, find_by_words

    if _is_file(query):
        admitted = admit_or_stop(room, [Path(query)], as_json=as_json)
        return find_by_study(room, backend, admitted, most)
    if _is_case(query):
        return find_by_case(room, backend, query, most)
    if query.lower().endswith(PICTURES):
        raise UsageError("there is no such file to look for")
    return find_by_words(room, backend, query, most)


def _is_case(query: str) -> bool:
    from overread.finding_cases import CASE_ID

    return CASE_ID.fullmatch(query) is not None and not _is_file(query)


def _is_file(query: str) -> bool:
    # Not Path.exists: words may be longer than a name of a file can be, which that raises for.
    return bool(query.strip()) and os.path.exists(query)


def _fill(room: "ReadingRoom", backend: "EmbeddingBackend") -> None:
    from overread.retrieving.filling import index_missing

    done = list(index_missing(room.home, room.services.pixels, backend))
    kept = sum(there for _, there in done)
    note(f"{kept} signed cases were put into the index")
    if gone := len(done) - kept:
        note(f"{gone} signed cases have no picture on file any more and cannot be found")


def _tell(found: "Found") -> None:
    for case in found.cases:
        say(f"{case.case_id}  {case.similarity:.2f}" + ("  same patient" if case.same_patient else ""), "bold")
        for sentence in case.impression:
            say(f"    {sentence}")
    if not found.cases:
        note("nothing: no signed case of another study is in the index")
    if found.not_indexed:
        note(f"{found.not_indexed} signed cases are not in the index of this model: {INDEX}")
    if found.older:
        note(f"{found.older} cases signed earlier were not searched; docs/retrieval.md says what to do")
