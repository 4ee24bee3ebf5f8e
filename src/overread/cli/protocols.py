"""`overread protocols`: what a study may be read as, in the order in which the gate asks."""

from typing import TYPE_CHECKING, Any

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.protocol import Protocol


def protocols(context: typer.Context, profile: Profile = None, as_json: AsJson = False) -> None:
    """List what a study may be read as with this profile, in the order in which the gate asks; no model is loaded."""
    from overread import plugins
    from overread.composition import build_protocols
    from overread.settings import load_profile

    settings = session_of(context).settings(profile=profile)
    loaded = load_profile(settings.profile, settings)
    built = build_protocols(loaded, settings)
    if as_json:
        print_json([_as_json(one) for one in built])
        return
    _tell(built)
    there = {one.name for one in built}
    if off := [name for name in plugins.names("protocols") if name not in there]:
        note(f"not in the setting 'protocols': {', '.join(off)}")


def _as_json(one: "Protocol") -> dict[str, Any]:
    return {
        "name": one.name,
        "version": one.version,
        "describe": one.describe,
        "exam": one.exam.model_dump(mode="json"),
        "modalities": list(one.modalities),
        "body_part": one.body_part,
        "series": one.series,
        "tools": None if one.tools is None else list(one.tools),
        "brings": list(one.brings),
        "labels": list(one.labels),
        "measures": list(one.measures),
        "measured": one.measured,
        "rules": None if one.rules is None else list(one.rules),
    }


def _tell(built: "tuple[Protocol, ...]") -> None:
    from rich.table import Table

    table = Table("protocol", "modality", "body part", "tools", "findings", "voters measured", box=None, pad_edge=False)
    for one in built:
        tools = "all of the profile" if one.tools is None else ", ".join((*one.tools, *one.brings)) or "none"
        findings = f"{len(one.labels)} labels" if one.labels else "none"
        table.add_row(
            f"{one.name}@{one.version}",
            ", ".join(one.modalities) or "what is stated",
            one.body_part,
            tools,
            findings,
            "yes" if one.measured else "no",
        )
    print_table(table)
    for one in built:
        say(f"{one.name}: {one.describe}", "dim")
