"""Tell two patients apart by all that is known of them; what is not known differs from nothing."""

import re
import unicodedata
from collections.abc import Callable
from itertools import combinations

from overread.imaging.wire_format import PatientIdentity

ANOTHER_ISSUER = "issuer of the patient ID"
ADULT_SEXES = frozenset("FM")
"""Other values of PatientSex (O, or what a site writes) say too little to tell people apart."""
_PLACEHOLDER = re.compile(
    r"(?:0+|1+|9+|x+|1234\w*"
    r"|(?:anon\w*|unknown|unnamed|none|no ?name|n/?a|test\w*|patient|de-?identified|removed|redacted)[\^ _-]*\w*)",
    re.IGNORECASE,
)
"""What archives write where they do not know, or do not tell, who somebody is."""
_LETTERS = re.compile(r"[^\W\d_]+")


def differing(one: PatientIdentity, other: PatientIdentity) -> tuple[str, ...]:
    """Name the attributes in which two identities contradict each other; empty when they may be one person."""
    return tuple(name for name, differs in _DIFFERS.items() if differs(one, other))


def is_confirmed(one: PatientIdentity, other: PatientIdentity) -> bool:
    """Say whether two identities are surely one person: the same ID of the same issuer, and nothing against it.

    Where one of them names no issuer, the date of birth or the name must be known on both sides as well.
    """
    if not one.patient_id or not other.patient_id or differing(one, other):
        return False
    if one.issuer == other.issuer:
        return True
    return all(each.birth_date for each in (one, other)) or all(each.name for each in (one, other))


def confirmed_beyond_id(one: PatientIdentity, other: PatientIdentity) -> bool:
    """Say whether two identities that nobody put together are one person: confirmed, and by more than a bare ID.

    The date of birth must be known on both sides, or a name that is not a placeholder; an ID must not be one either.
    """
    if not is_confirmed(one, other) or _PLACEHOLDER.fullmatch(one.patient_id.strip()):
        return False
    if all(each.birth_date for each in (one, other)):
        return True
    return all(_parts(each.name) and not _PLACEHOLDER.fullmatch(each.name.strip()) for each in (one, other))


def several(known: list[PatientIdentity]) -> tuple[str, ...]:
    """Name what makes several patients of the identities of one input; empty when they may be one.

    Names alone are written in many ways: under one ID they make no two patients, which `differing` still tells.
    """
    found: dict[str, None] = {}
    for one, other in combinations(dict.fromkeys(known), 2):
        apart = differing(one, other)
        if apart == ("name",) and one.patient_id and one.patient_id == other.patient_id:
            continue
        found |= dict.fromkeys(apart)
    return tuple(found)


def _different_id(one: PatientIdentity, other: PatientIdentity) -> bool:
    return _known_apart(one.patient_id, other.patient_id)


def _different_issuer(one: PatientIdentity, other: PatientIdentity) -> bool:
    """One ID of two issuers is two patients; two IDs differ whoever issued them."""
    return one.patient_id == other.patient_id and _known_apart(one.issuer, other.issuer)


def _different_name(one: PatientIdentity, other: PatientIdentity) -> bool:
    """Tell names apart unless one is the other with parts left out or cut to initials."""
    shorter, longer = sorted((_parts(one.name), _parts(other.name)), key=len)
    return not all(any(_same_part(part, each) for each in longer) for part in shorter)


def _parts(name: str) -> list[str]:
    """Give the words of the alphabetic representation (PS3.5 6.2.1), without case and accents."""
    plain = unicodedata.normalize("NFKD", name.split("=")[0]).casefold()
    return _LETTERS.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def _same_part(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _different_sex(one: PatientIdentity, other: PatientIdentity) -> bool:
    return {one.sex.upper(), other.sex.upper()} == ADULT_SEXES


def _different_birth(one: PatientIdentity, other: PatientIdentity) -> bool:
    return _known_apart(*(re.sub(r"\D", "", each.birth_date) for each in (one, other)))


def _known_apart(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one != other


_DIFFERS: dict[str, Callable[[PatientIdentity, PatientIdentity], bool]] = {
    "patient ID": _different_id,
    ANOTHER_ISSUER: _different_issuer,
    "name": _different_name,
    "birth date": _different_birth,
    "sex": _different_sex,
}
