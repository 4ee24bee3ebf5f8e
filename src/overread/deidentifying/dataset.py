"""Apply the profile to one data set, its sequences included."""

from collections import Counter
from datetime import timedelta
from typing import Literal

from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from overread.deidentifying.characteristics import KEPT, kept_value
from overread.deidentifying.descriptors import CLEANED, cleaned
from overread.deidentifying.dummies import DUMMY
from overread.deidentifying.options import Options
from overread.deidentifying.profile import Action, action_of
from overread.deidentifying.pseudonyms import Pseudonyms, moved, person_of
from overread.deidentifying.required import Requirement, requirement
from overread.imaging.header_values import text_of

Step = Literal["keep", "remove", "empty", "dummy", "uid", "move", "words", "inside", "pseudonym", "characteristic"]
TIMED = frozenset({"DA", "DT", "TM"})
BIRTH = frozenset({"PatientBirthDate", "PatientBirthTime"})
"""Never moved: the table gives them no option."""
PSEUDONYMS = frozenset({"PatientID", "PatientName"})
COUNTED: dict[Step, str] = {
    "remove": "removed", "empty": "emptied", "dummy": "replaced", "pseudonym": "replaced", "characteristic": "replaced",
    "words": "cleaned",
}  # fmt: skip


class Cleaner:
    """Takes what identifies out of the data set of one object, in place."""

    def __init__(self, dataset: Dataset, options: Options, pseudonyms: Pseudonyms) -> None:
        self._dataset = dataset
        self._options = options
        self._pseudonyms = pseudonyms
        self._person = person_of(dataset)
        self._back: timedelta = pseudonyms.days(self._person)
        self._sop_class = text_of(dataset, "SOPClassUID")
        self._patient = pseudonyms.patient(self._person)
        self.counts: Counter[str] = Counter()

    def clean(self) -> None:
        """Change the data set."""
        self._level(self._dataset, ())

    def _level(self, dataset: Dataset, path: tuple[str, ...]) -> None:
        for tag in list(dataset.keys()):
            element = dataset[tag]  # converts it: what cannot be converted raises
            step = self._step(element, path)
            if step in COUNTED:
                self.counts[COUNTED[step]] += 1
            self._take(dataset, element, step, (*path, element.keyword))

    def _step(self, element: DataElement, path: tuple[str, ...]) -> Step:
        if element.tag.is_private or not dictionary_has_tag(element.tag) or element.tag.element == 0:
            return "remove"  # nobody can say what it holds; group lengths (gggg,0000) are retired
        action = action_of(element.tag)
        if (chosen := self._option(element, action)) is not None:
            return chosen
        if action is None:
            return self._unlisted(element, path)
        return _of_action(action, requirement(self._sop_class, (*path, element.keyword)))

    def _option(self, element: DataElement, action: Action | None) -> Step | None:
        """Give what an option asks instead of the table, None where none applies."""
        keyword, options = element.keyword, self._options
        if keyword in PSEUDONYMS:
            return "pseudonym"
        if keyword in KEPT and options.characteristics:
            return "characteristic"
        if keyword in CLEANED and options.descriptors == "clean":
            return "words"
        if element.VR in TIMED and keyword not in BIRTH:
            return self._timed(element, action)
        return None

    def _timed(self, element: DataElement, action: Action | None) -> Step | None:
        """Give what becomes of a day or a time of the day, listed or not."""
        moving = self._options.dates == "shift"
        if moving and element.VR != "TM":
            return "move"
        if moving and self._options.times == "keep":
            return "keep"
        return "empty" if action is None else None

    def _unlisted(self, element: DataElement, path: tuple[str, ...]) -> Step:
        """Judge what the table leaves out: the standard says no person's name is in it, so none is believed to be."""
        if element.VR == "SQ":
            return "inside"
        if element.VR == "UI":
            return "uid"
        if element.VR in ("PN", "UN"):
            return "remove" if requirement(self._sop_class, (*path, element.keyword)) != "value" else "dummy"
        return "keep"

    def _take(self, dataset: Dataset, element: DataElement, step: Step, path: tuple[str, ...]) -> None:
        if step == "remove":
            del dataset[element.tag]
        elif step == "empty":
            dataset[element.tag] = DataElement(element.tag, element.VR, [] if element.VR == "SQ" else None)
        elif step == "dummy":
            self._dummy(element)
        elif step == "inside":
            for item in element.value:
                self._level(item, path)
        elif step != "keep":
            self._rewrite(dataset, element, step, path)

    def _dummy(self, element: DataElement) -> None:
        if element.VR == "UI":
            self._identifiers(element)
        elif element.VR != "SQ":
            element.value = DUMMY[element.VR]
        else:  # a code may name somebody too
            for item in element.value:
                for inner in item:
                    self._dummy(inner)

    def _rewrite(self, dataset: Dataset, element: DataElement, step: Step, path: tuple[str, ...]) -> None:
        match step:
            case "uid":
                self._identifiers(element)
            case "move":
                self._move(dataset, element, path)
            case "words":
                self._words(dataset, element, path)
            case "pseudonym":
                element.value = self._patient if element.VR != "PN" else self._patient.replace("-", "^")
            case "characteristic":
                self._characteristic(dataset, element)

    def _identifiers(self, element: DataElement) -> None:
        if not element.is_empty:
            values = [self._pseudonyms.uid(str(value)) for value in _values(element)]
            self.counts["uids"] += values != [str(value) for value in _values(element)]
            element.value = values if len(values) > 1 else values[0]

    def _move(self, dataset: Dataset, element: DataElement, path: tuple[str, ...]) -> None:
        if element.is_empty:
            return
        values = [moved(str(value), self._back) for value in _values(element)]
        if element.VR == "DT" and self._options.times == "remove":
            values = [value and value[:8] for value in values]
        if all(values):
            self.counts["moved"] += 1
            element.value = values if len(values) > 1 else values[0]
        else:  # it is no date, and so might be anything
            self._without(dataset, element, path)

    def _words(self, dataset: Dataset, element: DataElement, path: tuple[str, ...]) -> None:
        kept = "" if element.is_empty else cleaned(str(element.value))
        if kept:
            element.value = kept
        else:
            self._without(dataset, element, path)

    def _without(self, dataset: Dataset, element: DataElement, path: tuple[str, ...]) -> None:
        """Leave out a value in the way that the object allows."""
        self._take(dataset, element, _of_action("X/Z/D", requirement(self._sop_class, path)), path)

    def _characteristic(self, dataset: Dataset, element: DataElement) -> None:
        value = kept_value(element)
        if value is None:
            dataset[element.tag] = DataElement(element.tag, element.VR, None)
        else:
            element.value = value


def _of_action(action: Action, needed: Requirement) -> Step:
    """Choose among the alternatives of a compound action by what the object needs (PS3.15 Table E.1-1a)."""
    if action == "U":
        return "uid"
    if action == "X/Z/U*":
        return "inside"  # references stay, with other UIDs: they say which picture was made of which
    ladder: dict[str, Step] = {"X": "remove", "Z": "empty", "D": "dummy"}
    steps = [ladder[letter] for letter in action.split("/")]
    if needed == "nothing":
        return steps[0]
    if needed == "presence":
        return "empty" if "empty" in steps else steps[-1]
    return steps[-1]


def _values(element: DataElement) -> list[object]:
    return list(element.value) if isinstance(element.value, MultiValue | list) else [element.value]
