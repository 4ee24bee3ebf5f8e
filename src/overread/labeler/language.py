"""Tell whether a report is written in English, by its small words and its letters.

Small words alone tell the languages of Europe apart in a line or two (Grefenstette, "Comparing two language
identification schemes", JADT 1995). Reports are short of them, so each language also has the words that its reports of
a chest cannot do without. A text whose letters are mostly not Latin is not English.
"""

import re
import unicodedata

_ENGLISH = """
    a and are at been by for from has have in is it no not of on or than that the there this to was were which
    with without acute allowing appear appears both bones catheter change clear compared enlarged evidence exam findings
    heart
    impression interval left line lower lung lungs may mild mildly moderate new normal large size small stable study
    suggesting there tip tube unchanged unremarkable upper view views within
"""
_OTHERS = {
    "German": """
        auf bei beidseits beurteilung das dem den der des die durch ein eine einer fuer im ist kein keine keinen keiner
        links linken mit nach nachweis nicht noch oder ohne rechts rechten sich sind und vom von wie zu zum zur
        zwerchfell herz herzgroesse lunge lungen erguss unauffaellig befund sowie regelrecht
    """,
    "Spanish": """
        al como con de del derecha derecho el en es la las los ni no por que se sin son su un una y hay ha izquierda
        izquierdo derrame neumotorax hallazgos impresion observa silueta indice cardiotoracico conclusion aumento campos
        pulmonares normales torax alteraciones
    """,
    "French": """
        a au aux avec ce dans de des du elle en est et il la le les par pas pour sans sont sur un une aucun aucune droit
        droite gauche epanchement pneumothorax poumons coeur conclusion absence taille normale silhouette cardiaque
        visible
    """,
    "Portuguese": """
        ao aos com da das de do dos e em foi na no nao nas nos o os ou para pela por se sem uma um direita direito
        esquerda esquerdo derrame pulmoes area cardiaca conclusao normais transparencia pulmonar
    """,
    "Italian": """
        al alla con da dei del della delle di e ed gli i il in la le lo nel non per si sono un una senza destra destro
        sinistra sinistro versamento cuore nella limiti ombra cardiaca campi polmonari conclusioni
    """,
    "Dutch": """
        aan de een en er geen het in is links met naar niet of op rechts te van voor wordt zijn zonder hart longen
        conclusie normaal vergroot pleuravocht
    """,
}
ENGLISH = frozenset(_ENGLISH.split())
OTHERS = tuple(frozenset(words.split()) for words in _OTHERS.values())
LEAST_WORDS = 2
"""Known words that another language must have before a text is taken for it: a name or a Latin term is no language."""
LEAST_LATIN = 0.8
_WORD = re.compile(r"[^\W\d_]+")


def is_english(text: str) -> bool:
    """Say whether a text may be read as English; one without any known word is, if its letters are Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    if letters and sum("LATIN" in unicodedata.name(letter, "") for letter in letters) < LEAST_LATIN * len(letters):
        return False
    words = _WORD.findall(_plain(text))
    english = sum(word in ENGLISH for word in words)
    other = max(sum(word in known for word in words) for known in OTHERS)
    return other < LEAST_WORDS or other <= english


def _plain(text: str) -> str:
    """Write a text without case and accents, German umlauts as they are written where there are none."""
    spelt = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return "".join(letter for letter in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(letter))
