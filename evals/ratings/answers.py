"""Read the answers of several readers, each against the key of its form."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.errors import UsageError
from overread.evals._report_errors import ERRORS, WEIGHTS
from overread.evals.ratings.form import Key, Letter

COUNTED = tuple(f"{weight}_{kind}" for weight in WEIGHTS for kind in ERRORS)
CELLS = ("form", "reader", "item", "report", "preference", "comment")


class Rating(BaseModel):
    """One reader's answer about one report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: str
    reader: str = Field(min_length=1)
    item: int
    report: Letter
    preference: str = Field(pattern="^(|A|B|same)$")
    comment: str
    counts: dict[str, Annotated[int, Field(ge=0)]]

    @property
    def significant(self) -> int:
        """Count the errors that matter."""
        return sum(self.counts[f"significant_{kind}"] for kind in ERRORS)


def read_key(path: Path) -> Key:
    """Read the key of a form; raises `UsageError` for anything else."""
    try:
        return Key.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        raise UsageError(f"{path.name} is no key.json of overread ratings form") from None


def read_ratings(paths: Sequence[Path], key: Key) -> list[Rating]:
    """Read answers; raises `UsageError` by file and row, for those to another form, and for a reader counted twice."""
    items = {item.number: item for item in key.items}
    found: dict[tuple[str, int, str], Rating] = {}
    for path in paths:
        for number, rating in _rows(path):
            where = f"{path.name} row {number}"
            if rating.form != key.form:
                raise UsageError(f"{where}: it answers another form than the key is of")
            if rating.item not in items or rating.report not in items[rating.item].systems:
                raise UsageError(f"{where}: the form has no item {rating.item} {rating.report}")
            place = (rating.reader, rating.item, rating.report)
            if place in found:
                raise UsageError(f"{where}: '{rating.reader}' rated this report before; give each once")
            found[place] = rating
    if not found:
        raise UsageError("the files hold no rating")
    return list(found.values())


def _rows(path: Path) -> Iterator[tuple[int, Rating]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path.name}: cannot be read") from None
    for number, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=1):
        try:
            counts = {name: int(row[name]) for name in COUNTED}
            cells: dict[str, Any] = {name: row[name] for name in CELLS}
            yield number, Rating(**cells, counts=counts)
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{path.name} row {number}: it is no row that the form saved") from None
