"""`overread eval reading`: the agent beside its parts and a plain loop of tool calls, on studies of known truth."""

import json
import tempfile
from pathlib import Path

from rich.table import Table

from overread.cli.printing import counting, print_json, print_table, say
from overread.errors import UsageError
from overread.settings import Settings

NAME = "reading"
CUES = "cues"
PHANTOMS, TWINS = 60, 20
SHOWN = ("F1", "F1 with possible", "decided", "wrong", "denied", "sides")


def run_reading(
    settings: Settings, data: Path | None, split: str | None, limit: int | None, out: Path, *, as_json: bool
) -> None:
    """Read the films of a folder, or `limit` phantoms without one, and print everybody's figures."""
    from overread.comparing.page import differs, write
    from overread.comparing.run import compare
    from overread.comparing.studies import films_in, phantoms_in
    from overread.measuring.film import Wanted

    with tempfile.TemporaryDirectory(prefix="overread-reading-") as folder, counting() as progress:
        task = progress.add_task(NAME, total=None)
        count = limit or PHANTOMS
        studies = (
            tuple(phantoms_in(Path(folder), count))
            if data is None
            else films_in(data, Wanted(split=split, limit=limit))
        )
        of = f"{count} phantoms" if data is None else f"Films of '{data.name}'"
        done = compare(studies, of, settings, lambda at, total: progress.update(task, completed=at, total=total))
    if not done.studies:
        raise UsageError("none of the studies could be read")
    write(done, out)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    table = Table("system", *SHOWN, box=None, pad_edge=False)
    for row in done.rows:
        figures = [row.figures[name] for name in SHOWN]
        cells = [
            "–" if one.value is None else f"{one.value:.2f} ({one.low:.2f}–{one.high:.2f}){'*' if differs(one) else ''}"
            for one in figures
        ]
        table.add_row(row.system.replace("_", " "), *cells)
    print_table(table)
    say(f"{done.studies} studies, {done.seconds_a_study} s a study; * the agent differs by its 95 % interval", "bold")
    say(f"report  {out / 'report.md'}")


def run_cues(settings: Settings, limit: int | None, out: Path, *, as_json: bool) -> None:
    """Read phantoms with and without words burned into the picture, and print what moved."""
    from overread.comparing.cues import cue_twins

    with counting() as progress:
        task = progress.add_task(CUES, total=None)
        rows = cue_twins(settings, limit or TWINS, lambda at, total: progress.update(task, completed=at, total=total))
    out.mkdir(parents=True, exist_ok=True)
    told = [row.model_dump(mode="json") for row in rows]
    (out / "cues.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if as_json:
        print_json(told)
        return
    table = Table("burned in", "studies moved", "95 %", "findings moved", "turned round", box=None, pad_edge=False)
    for row in rows:
        named = f"{row.cue} (control)" if row.control else row.cue
        share = f"{row.low:.2f}–{row.high:.2f}"
        moved = f"{row.findings_moved} of {row.findings}"
        table.add_row(named, f"{row.moved} of {row.studies}", share, moved, str(row.turned))
    print_table(table)
    say(f"results  {out / 'cues.json'}")
