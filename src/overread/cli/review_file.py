"""The file of a case as the terminal shows it and decides on it."""

from typing import TYPE_CHECKING

from overread.cli.printing import complain

if TYPE_CHECKING:
    from overread.records import CaseFile
    from overread.store.home import Home


def file_of(home: "Home", case: str) -> "CaseFile":
    """Give the newest file of a case, with what became of its critical results; raises `UsageError` for none."""
    from overread.errors import UsageError

    file, row = home.cases.file(case), home.cases.row(case)
    if row.replaced_by is not None:
        complain(f"case {case} was replaced by {row.replaced_by}, a later read of the same study")
    if file is None:
        raise UsageError(f"case {case} was not read yet; there is nothing to show")
    # Somebody may have been told since the file was written.
    return file.model_copy(update={"alerts": home.cases.alerts(case)})
