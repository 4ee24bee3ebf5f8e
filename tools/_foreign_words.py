"""Tell a sentence of another language from English by its letters and its small words.

A language identifier by letter statistics is unsure of "No hay derrame." and of "Cor normal."; a few words decide it.
"""

import re

_SPANISH = "hay el los las una del sin ninguna ningun izquierdo izquierda derecho derecha derrame neumotorax observa"
_FRENCH = "il elle une les des avec sans pas aucun aucune gauche droit droite oui epanchement du"
_GERMAN = "kein keine keinen ein eine der das und ist nicht rechts links mit ohne nein ja vorhanden erguss"
_ITALIAN = "nessun nessuna sinistro destro della sono versamento"
_PORTUGUESE = "sem nao direito esquerdo um uma"
_DUTCH_AND_MALAY = "geen een het aanwezig rechter linker tidak ada"
FOREIGN_WORDS = frozenset(" ".join((_SPANISH, _FRENCH, _GERMAN, _ITALIAN, _PORTUGUESE, _DUTCH_AND_MALAY)).split())
"""Words that English reports do not have, in lower case; "de novo", "in situ" and "die" are English too."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ALLOWED = "µμ"
"""The micro sign is the one letter beyond ASCII that an English report has."""


def is_foreign(text: str) -> bool:
    """Say whether text holds a letter beyond ASCII or a small word of another language."""
    if any(letter.isalpha() and not letter.isascii() and letter not in _ALLOWED for letter in text):
        return True
    words = _WORD.findall(text)
    return bool(FOREIGN_WORDS.intersection(word if index else word.lower() for index, word in enumerate(words)))
