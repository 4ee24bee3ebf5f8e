"""On what terms a model may be used, as its folder states them; nothing is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overread.errors import ModelRefused
from overread.serving.records import Licence

SPDX = {
    "mit": "MIT", "apache-2.0": "Apache-2.0", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "isc": "ISC", "unlicense": "Unlicense", "cc0-1.0": "CC0-1.0", "cc-by-3.0": "CC-BY-3.0", "cc-by-4.0": "CC-BY-4.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0", "cc-by-nc-2.0": "CC-BY-NC-2.0", "cc-by-nc-3.0": "CC-BY-NC-3.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0", "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0", "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0",
}  # fmt: skip
"""The hub's licence names whose terms are known, to their SPDX identifiers."""
NOT_STATED = frozenset({"", "other", "unknown", "none", "null"})
LONGEST = 200
UNKNOWN = "whether commercial use is allowed was not read: it counts as not allowed until the entry says so"


@dataclass(frozen=True)
class Given:
    """What the operator says of the terms; None: nothing."""

    name: str | None = None
    url: str | None = None
    commercial: bool | None = None


def licence_of(front: Mapping[str, Any], config: Mapping[str, Any], page: str | None, given: Given) -> Licence:
    """Give the terms that the operator states, else those of the folder; raise `ModelRefused` where nobody states any.

    `front` is the front matter of README.md; `page` is the model's page on the hub, where it came from one.
    """
    stated = _stated(front, config)
    name = given.name or stated
    if not name:
        raise ModelRefused(
            "the folder states no licence (no 'license:' in the front matter of its README.md): read the publisher's "
            "terms, then give --licence NAME --licence-url URL; a licence is never guessed"
        )
    spdx = SPDX.get(name.lower())
    url = given.url or _text(front.get("license_link")) or page or (f"https://spdx.org/licenses/{spdx}" if spdx else "")
    if not url.startswith(("https://", "http://")):
        raise ModelRefused(f"where the terms of '{name}' can be read is not stated; give --licence-url URL")
    commercial = given.commercial
    if commercial is None:
        commercial = spdx is not None and "-NC" not in spdx
    return Licence(
        name=spdx or name,
        url=url,
        commercial=commercial,
        gated="extra_gated_prompt" in front or "extra_gated_heading" in front,
        note=_note(stated, given, known=spdx is not None),
    )


def _stated(front: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    found = front.get("license", config.get("license"))
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else None
    name = _text(found)
    if name.lower() in NOT_STATED:
        name = _text(front.get("license_name"))
    return None if name.lower() in NOT_STATED else name


def _text(value: Any) -> str:
    """Give a short line; anything else that a file may hold in its place counts as nothing."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= LONGEST and text.isprintable() else ""


def _note(stated: str | None, given: Given, *, known: bool) -> str:
    origin = f"README.md states '{stated}'" if stated else "README.md states none"
    said = f"Given by the operator; {origin}." if given.name else f"{origin}."
    if given.commercial is not None:
        said += f" That commercial use is {'' if given.commercial else 'not '}allowed, the operator says."
    return said if known or given.commercial is not None else f"{said} {UNKNOWN[0].upper()}{UNKNOWN[1:]}."
