"""The same situation told or taken otherwise: no finding may flip."""

from typing import Literal, NamedTuple

from overread.evals._parts import StudySpec
from overread.labeler.mentions import labels_named
from overread.records import Order

VariantName = Literal["paraphrase", "german", "tool_order", "noise", "jpeg", "sex", "age"]
GRAIN = 0.01
"""Of the full range: a film a step noisier, not a worse one."""
QUALITY = 85
"""What public sets of radiographs are compressed with at the least."""
AGES = (35, 72)
GERMAN = {
    "Pneumothorax": "Pneumothorax",
    "Pleural Effusion": "Pleuraerguss",
    "Pneumonia": "Pneumonie",
    "Edema": "Stauung",
    "Consolidation": "Konsolidierung",
    "Atelectasis": "Atelektase",
    "Lung Lesion": "Rundherd",
    "Cardiomegaly": "Kardiomegalie",
    "Fracture": "Rippenfraktur",
    "Pneumoperitoneum": "freie Luft",
    "Support Devices": "Katheterlage",
}


class Told(NamedTuple):
    """What of a setup a variant changes."""

    study: StudySpec
    order: Order
    tools_reversed: bool = False


def told_otherwise(variant: VariantName, study: StudySpec, order: Order) -> Told:
    """Give study and order as a variant has them."""
    match variant:
        case "paraphrase":
            return Told(study, _paraphrased(order))
        case "german":
            return Told(study, _german(order))
        case "tool_order":
            return Told(study, order, tools_reversed=True)
        case "noise":
            return Told(study.model_copy(update={"noise": GRAIN}), order)
        case "jpeg":
            return Told(study.model_copy(update={"jpeg": QUALITY}), order)
        case "sex":
            return Told(_with(study, sex="M" if study.recipe.get("sex", "F") == "F" else "F"), order)
        case "age":
            return Told(_with(study, age_years=AGES[study.recipe.get("age_years", AGES[0]) == AGES[0]]), order)


def _with(study: StudySpec, **recipe: object) -> StudySpec:
    return study.model_copy(update={"recipe": {**study.recipe, **recipe}})


def _paraphrased(order: Order) -> Order:
    """Say the same in other words around it."""
    asked = order.question and f"Kindly advise: {order.question}"
    why = order.indication and f"Clinical details as follows. {order.indication} Many thanks."
    return order.model_copy(update={"question": asked, "indication": why or "Many thanks for reporting this film."})


def _german(order: Order) -> Order:
    """Ask in German for the same labels; a text that names none becomes the usual line."""
    named = labels_named(" ".join(text for text in (order.question, order.indication) if text))
    asked = ", ".join(GERMAN[label] for label in named if label in GERMAN)
    text = f"Bitte um Beurteilung: {asked}?" if asked else "Verlaufskontrolle, bitte um Befundung."
    return order.model_copy(update={"question": None, "indication": text})
