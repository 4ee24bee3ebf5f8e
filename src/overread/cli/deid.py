"""`overread deid`: DICOM images without what identifies the patient, and what is left in those that should be."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.deidentifying.records import Refused, Written

REFUSED, IDENTIFYING = 3, 1
COUNTS = ("removed", "emptied", "replaced", "uids", "moved", "cleaned", "boxes")


def deid(
    context: typer.Context,
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="DICOM files, folders or zips.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Folder for the objects.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing: list what still identifies.")] = False,
    dates: Annotated[str, typer.Option("--dates", metavar="shift|remove")] = "shift",
    times: Annotated[str, typer.Option("--times", metavar="keep|remove", help="Of the day.")] = "keep",
    descriptors: Annotated[str, typer.Option("--descriptors", metavar="clean|remove")] = "clean",
    characteristics: Annotated[
        bool, typer.Option("--keep-characteristics", help="Keep sex, age (90 at most), size and weight.")
    ] = False,
    pixels: Annotated[
        str, typer.Option("--pixels", metavar="clean|keep", help="Paint over text in the picture (the extra ocr).")
    ] = "clean",
    as_json: AsJson = False,
) -> None:
    """De-identify DICOM images by PS3.15 Annex E; exit 3 when a file is refused, 1 when --check finds something."""
    if check:
        _check(context, inputs, as_json=as_json)
        return
    if to is None:
        raise UsageError("give a folder for the objects: overread deid INPUT --to DIR")
    chosen = {"dates": dates, "times": times, "descriptors": descriptors, "pixels": pixels}
    done = list(_run(context, inputs, to, {**chosen, "characteristics": characteristics}))
    written = [item for item in done if item.kind == "written"]
    refused = [item for item in done if item.kind == "refused"]
    if as_json:
        print_json({"written": [i.model_dump() for i in written], "refused": [i.model_dump() for i in refused]})
    else:
        _tell(written, refused)
    if refused:
        raise typer.Exit(REFUSED)


def _run(
    context: typer.Context, inputs: list[Path], to: Path, chosen: dict[str, object]
) -> "Iterator[Written | Refused]":
    from contextlib import closing

    from overread.deidentifying.folder import Deidentifier
    from overread.deidentifying.options import options_of
    from overread.deidentifying.pseudonyms import Pseudonyms
    from overread.pixel_text.finder import open_finder
    from overread.store.home import open_home

    options = options_of(chosen)
    finder = open_finder() if options.pixels == "clean" else None
    settings = session_of(context).settings()
    with closing(open_home(settings)) as home:
        pseudonyms = Pseudonyms(home.key)
    yield from Deidentifier(to, options, pseudonyms, finder, settings.limits).run(inputs)


def _tell(written: "list[Written]", refused: "list[Refused]") -> None:
    from rich.table import Table

    table = Table("object", *COUNTS, box=None, pad_edge=False)
    for item in written:
        table.add_row(Path(item.file).name, *(str(getattr(item, name)) for name in COUNTS))
    if written:
        print_table(table)
    for lost in refused:
        note(f"{lost.input}: refused ({lost.because}), {lost.detail}")
    say(f"{len({item.file for item in written})} objects written, {len(refused)} files refused")


def _check(context: typer.Context, inputs: list[Path], *, as_json: bool) -> None:
    from overread.deidentifying.checking import check_files

    checked = check_files(inputs, session_of(context).settings().limits)
    if as_json:
        print_json({"files": checked.files, "remains": [item.model_dump() for item in checked.remains]})
    else:
        for (file, why), count in Counter((item.file, item.why) for item in checked.remains).items():
            names = sorted({item.attribute for item in checked.remains if (item.file, item.why) == (file, why)})
            say(f"{file}: {why} ({count}): {', '.join(names)}")
        say(f"{checked.files} files, {len(checked.remains)} attributes that identify or may")
    if checked.remains:
        raise typer.Exit(IDENTIFYING)
