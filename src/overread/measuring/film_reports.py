"""What signed reports state of their films, read by the labeler; films that have their report as text beside them."""

from collections.abc import Iterator
from pathlib import Path

from overread.labeler import stated_in
from overread.measuring.film import Film

SUFFIX = ".txt"
PICTURES = frozenset({".dcm", ".dicom", ".png", ".jpg", ".jpeg", ""})
LONGEST = 200_000
"""Bytes of a report."""


def read_reports(folder: Path, left_out: dict[str, list[int]]) -> list[Film]:
    """Give the films of a folder that have a report of the same name with `.txt` beside them, each its own patient."""
    return list(_films(folder.resolve(), left_out))


def _films(folder: Path, left_out: dict[str, list[int]]) -> Iterator[Film]:
    for number, path in enumerate(_pictures(folder), start=1):
        report = path.with_name(path.stem + SUFFIX)
        if not report.is_file():
            left_out["no report beside it"].append(number)
            continue
        text = _text(report) if report.resolve().is_relative_to(folder) else None
        if text is None:
            left_out["report is not UTF-8 text"].append(number)
            continue
        known = stated_in(text)
        if known:
            yield Film(number, path, f"film {number}", known)
        else:
            left_out["report states no label"].append(number)


def _pictures(folder: Path) -> list[Path]:
    """List what may be films, by name; what is hidden or leads out of the folder is none."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.resolve().is_relative_to(folder)
    )


def _text(report: Path) -> str | None:
    try:
        if report.stat().st_size > LONGEST:
            return None
        return report.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
