"""Character sets as MSH-18 names them (HL7 table 0211), and how Python does."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from overread.errors import SettingsError

CODECS: Mapping[str, str] = MappingProxyType(
    {
        "ASCII": "ascii",
        "UNICODE": "utf-8",
        "UNICODE UTF-8": "utf-8",
        "UTF-8": "utf-8",
        "GB 18030-2000": "gb18030",
        "BIG-5": "big5",
        "KS X 1001": "euc_kr",
    }
)
"""`UNICODE` is of old versions and meant UCS-2; whoever writes it today sends UTF-8, or is refused by the bytes."""
_ISO_8859 = re.compile(r"8859/(1[0356]?|[2-9])")


def codec_of(name: str) -> str | None:
    """Give Python's name of a character set; None for one that is not read here, such as those of ISO 2022."""
    found = _ISO_8859.fullmatch(name.strip())
    return f"iso8859-{found.group(1)}" if found else CODECS.get(name.strip().upper())


def default_codec(name: str) -> str:
    """Give Python's name of the set that senders mean who name none; raises `SettingsError` for one not read here."""
    codec = codec_of(name)
    if codec is None:
        raise SettingsError(f"setting 'hl7.charset': '{name}' is not read here; take a name of HL7 table 0211")
    return codec
