"""The typeface of the PDF: DejaVu Sans, which has Latin with all its accents, Greek and Cyrillic; it is embedded."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from overread.errors import Unavailable

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MISSING = "a PDF needs reportlab and matplotlib's fonts: pip install 'overread[pdf]'"


def require_pdf() -> None:
    """Raise `Unavailable` where what writes a PDF is not installed."""
    if find_spec("reportlab") is None or _folder() is None:
        raise Unavailable(MISSING)


@cache
def register_fonts() -> None:
    """Make both faces known to reportlab. Raises `Unavailable` where the fonts or reportlab are not installed."""
    require_pdf()
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    folder = _folder()
    if folder is None:
        raise Unavailable(MISSING)
    for face in (REGULAR, BOLD):
        registerFont(TTFont(face, str(folder / f"{face}.ttf")))
    registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def _folder() -> Path | None:
    """Give where matplotlib keeps its fonts, without loading it."""
    found = find_spec("matplotlib")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else None
    return folder if folder is not None and (folder / f"{REGULAR}.ttf").is_file() else None
