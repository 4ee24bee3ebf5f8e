"""`overread models add` and `remove`: models of others that are already on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, say, working
from overread.cli.read import AsJson
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.cataloguing.adding import Looked
    from overread.cataloguing.licences import Given
    from overread.serving.records import Family
    from overread.settings import Settings

NewName = Annotated[str, typer.Argument(metavar="NAME", help="A name of your own for it.")]
OwnName = Annotated[str, typer.Argument(metavar="NAME", help="A model of your own catalogue.")]


def add(
    context: typer.Context,
    name: NewName,
    place: Annotated[
        str,
        typer.Argument(
            metavar="PATH|HUB_ID|pip:NAME",
            help="Its folder, a GGUF file, owner/name in your own hub cache, or pip:NAME; no network.",
        ),
    ],
    family: Annotated[
        str | None, typer.Option("--family", metavar="NAME", help="What you take it for; refused if its files differ.")
    ] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="COMMIT", help="Which commit of the hub cache.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", metavar="NAME", help="Its terms, where its folder states none.")
    ] = None,
    licence_url: Annotated[
        str | None, typer.Option("--licence-url", metavar="URL", help="Where these terms can be read.")
    ] = None,
    commercial: Annotated[
        bool | None, typer.Option("--commercial/--no-commercial", help="Whether they allow commercial use.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Folder of the entry; else your own catalogue.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an entry of this name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a model that is on this machine into your catalogue, after its files were checked; nothing is downloaded."""
    settings = session_of(context).settings()
    from overread.cataloguing.adding import Asked, look_at
    from overread.cataloguing.gguf import gguf_of, unpack
    from overread.cataloguing.licences import Given
    from overread.cataloguing.own_entries import require_elsewhere, require_name, write_entry

    folder = to or settings.own_catalogue
    require_name(name, settings, folder, replace=replace)
    given = _terms(name, place, settings) if licence is None else Given(licence, licence_url, commercial)
    packed = gguf_of(place)
    if packed is not None:
        with working("Unpacking the GGUF file, once"):
            place = str(unpack(packed, settings.home / "models" / name))
    asked = Asked(name, place, revision, _family(family), given)
    with working("Checking the model's files"):
        looked = look_at(asked)
    require_elsewhere(Path(looked.entry.source), folder)
    path = write_entry(looked.entry, folder)
    if as_json:
        print_json({**looked.as_data(), "path": str(path)})
        return
    _tell(looked, path)
    if folder.absolute() != settings.own_catalogue.absolute():
        note(f"this folder is read when it is set: catalogue_dir = {str(folder.absolute())!r} in overread.toml")


def _terms(name: str, place: str, settings: "Settings") -> "Given":
    """Give the terms that the catalogue states of a model whose source is this very package; else nothing."""
    from overread.cataloguing.licences import Given
    from overread.serving.catalogue import PACKAGE, entry, is_known

    if not place.startswith(PACKAGE) or not is_known(name, settings) or entry(name, settings).source != place:
        return Given()
    stated = entry(name, settings).licence
    return Given(stated.name, stated.url, stated.commercial)


def remove(context: typer.Context, name: OwnName, as_json: AsJson = False) -> None:
    """Take a model out of your catalogue, with what was measured of it; its weights are never deleted."""
    settings = session_of(context).settings()
    from overread.cataloguing.own_entries import remove_entry

    path = remove_entry(name, settings)
    if as_json:
        print_json({"removed": name, "path": str(path)})
    else:
        say(f"removed  {path}")
        note("its weights are where they were")


def _family(name: str | None) -> "Family | None":
    from overread.errors import UsageError
    from overread.serving.families import TRAITS

    if name is not None and name not in TRAITS:
        raise UsageError(f"--family {name}: there are {', '.join(TRAITS)}")
    return name


def _tell(looked: "Looked", path: Path) -> None:
    entry, files = looked.entry, looked.files
    counted = ", ".join(f"{count:,} {kind}" for kind, count in sorted(files.parameters.items()))
    licence, files_word = entry.licence, "file" if len(files.names) == 1 else "files"
    use = "commercial use allowed" if licence.commercial else "no commercial use, or not known"
    say(f"{entry.name}  {looked.kind.architecture} ({entry.family}, {entry.task})", style="bold")
    say(f"weights    {entry.need.weights / 1e6:,.1f} MB in {len(files.names)} {files_word}: {counted}")
    say(f"digest     {entry.digest}")
    say(f"licence    {licence.name}  {licence.url}  ({use})")
    say(f"entry      {path}")
    for text in looked.notes:
        say(f"note       {text}")
    say(f"can be     {' and '.join(looked.roles)} of a profile, in a file of the folder 'profiles_dir':")
    for backend in looked.kind.backends:
        say(f"           {looked.roles[0]}: {{backend: {backend}, model: {entry.name}}}")
    if entry.family == "llm":
        say("fenced     it votes on nothing: it words and plans within what code gave; see docs/language-models.md")
        return
    say("measured   its scores are unmeasured: until they were, it decides nothing alone and wakes nobody:")
    say(f"           overread models measure {entry.name} --data FOLDER")
