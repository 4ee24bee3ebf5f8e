"""The earlier study under the one at hand: read by the same models, laid over it, and compared in extent.

What is seen in the earlier picture is evidence of that picture, weighed as the tool is that would see it here
(`reasoning.trust.BY`); what became of a finding follows from all of it in `reasoning.change`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from overread.errors import RoleUnfilled, ToolError
from overread.imaging.registration import align
from overread.labeler.prior_report import prior_claims
from overread.ports import LabelBackend, Parts, PlacingBackend, Tool, ToolCard, ToolInput
from overread.precision import settled
from overread.reasoning.alignment import Alignment
from overread.reasoning.change import SIGNED_REPORT
from overread.reasoning.opinions import CARDIOTHORACIC_RATIO
from overread.reasoning.priors import priors_of
from overread.reasoning.trust import BY
from overread.records import (
    Claim,
    Evidence,
    Growth,
    ImageRef,
    Mask,
    Measurement,
    Payload,
    Prior,
    Refusal,
    Registration,
    Study,
)
from overread.tools import classification, report, segmentation
from overread.tools._chest_measures import measure_chest
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._growth import extent, growth_ratio
from overread.tools._heads import heads_beside
from overread.tools._masks import BoolPlane, organ_mask
from overread.tools._network import ROLE as CLASSIFIER
from overread.tools._scope import not_frontal, picture_to_read

CARD = ToolCard(
    name="prior",
    version="1",
    describe="Lays the newest earlier study of the patient under this one and compares what the models see in both.",
    payloads=("score", "activation", "mask", "measurement", "claim", "registration", "growth"),
    sees=("priors",),
)
LUNGS = ("right_lung", "left_lung")


class Seen(NamedTuple):
    """One of the two pictures, with what is compared of it."""

    work: ToolInput
    lungs: Sequence[BoolPlane]
    ratio: float | None
    """Cardiothoracic ratio."""


class PriorTool:
    """Reads the earlier picture with the tools `segmentation`, `classification` and `report`, as they read this one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._readers: tuple[Tool, ...] = (segmentation.build(parts), classification.build(parts))
        self._writer = report.build(parts)

    @property
    def card(self) -> ToolCard:
        """Describe the tool by those that it reads with: their labels, their structures, their models."""
        cards = [reader.card for reader in (*self._readers, self._writer)]
        models = ((card.model or "", card.weights_digest or "") for card in cards if card.model)
        further = (model for card in cards for model in card.further_models)
        return replace(
            CARD,
            labels=tuple(dict.fromkeys(label for card in cards for label in card.labels)),
            structures=tuple(dict.fromkeys(name for card in cards for name in card.structures)),
            model=cards[0].model,
            weights_digest=cards[0].weights_digest,
            further_models=tuple(dict.fromkeys((*models, *further))),
        )

    def accepts(self, study: Study) -> Refusal | None:
        """Refuse what those tools refuse."""
        return not_frontal(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give what is seen in the earlier picture, how it lies under this one, and how much larger each label is now.

        Without lungs in both pictures, or where they cannot be laid over each other, there is no registration, and so
        nothing is compared. Raises `ToolError` where no earlier study of the patient has a frontal picture, and what
        the tools raise that it reads with; what was seen until then is kept.
        """
        prior, image = _newest(work)
        then = replace(work, study=prior.study, image=image, questions=(), keep=lambda _seen: None)
        found = _said(prior, EvidenceBuilder(CARD, then))
        for reader in self._readers:
            found += _read(reader, then)
            work.keep(found)
        laid, new, old = self._compared(work, then, found)
        if laid is None:
            return [*found, *self._written(then)]
        built = EvidenceBuilder(CARD, work, self._parts.segmentation(segmentation.ROLE).card)
        found.append(built.evidence(Registration(prior=then.locator(), matrix=laid.matrix, overlap=laid.overlap)))
        if (network := self._network()) is not None:
            builder = EvidenceBuilder(CARD, work, network.card)
            found += [builder.evidence(growth) for growth in self._grown(new, old, laid)]
        # Last, because a text that cannot be read costs no more than itself.
        work.keep(found)
        return [*found, *self._written(then)]

    def _compared(
        self, work: ToolInput, then: ToolInput, found: Sequence[Evidence]
    ) -> tuple[Alignment | None, Seen, Seen]:
        """Match the lungs of the earlier picture, which are drawn already, to those of this one."""
        maps = self._parts.segmentation(segmentation.ROLE).segment(picture_to_read(work))
        masks = {
            name: organ_mask(maps[name], segmentation.THRESHOLD) for name in segmentation.STRUCTURES if name in maps
        }
        masks = {name: mask for name, mask in masks.items() if mask.any()}
        measured = [each.figure for each in measure_chest(masks, None).measured]
        new = Seen(work, [masks[name] for name in LUNGS if name in masks], _ratio(measured))
        drawn = (item.payload for item in found if isinstance(item.payload, Mask))
        lungs = [work.artifacts.get_png(mask.png) > 0 for mask in drawn if mask.structure.endswith(("_lung", "lungs"))]
        old = Seen(then, lungs, _ratio([item.payload for item in found]))
        return (align(_union(old.lungs), _union(new.lungs)) if new.lungs and old.lungs else None), new, old

    def _written(self, then: ToolInput) -> list[Evidence]:
        """Give what the report model says of the earlier picture; nothing in a profile without one."""
        try:
            return _read(self._writer, then)
        except RoleUnfilled:
            return []

    def _grown(self, now: Seen, then: Seen, alignment: Alignment) -> Iterator[Growth]:
        """Compare what each label's growth is measured by, where both pictures give it."""
        network = self._network()
        heads = heads_beside(network.card) if network else None
        if network is None or heads is None:
            return
        new, old = (network.score_and_place(picture_to_read(each.work)).place for each in (now, then))
        synthetic = now.work.study.synthetic and then.work.study.synthetic
        for growing, name in ((head.growing, head.name) for head in heads.labels):
            ratio = None
            if growing is not None and growing.by == "ratio":
                ratio = settled(now.ratio / then.ratio) if now.ratio and then.ratio else None
            elif growing is not None and new is not None and old is not None:
                ratio = growth_ratio(extent(new(name)), extent(old(name)), _magnified(now.work, then.work, alignment))
            if growing is not None and ratio is not None:
                course = growing.course(ratio, synthetic=synthetic)
                yield Growth(label=name, prior=then.work.locator(), ratio=ratio, course=course)

    def _network(self) -> PlacingBackend | None:
        try:
            network: LabelBackend = self._parts.labels(CLASSIFIER)
        except RoleUnfilled:
            return None
        return network if isinstance(network, PlacingBackend) else None


def build(parts: Parts) -> Tool:
    """Build the tool over `segmentation`, `classification`, `classifier` and `report`; models load at first use."""
    return PriorTool(parts)


def _newest(work: ToolInput) -> tuple[Prior, ImageRef]:
    """Choose the newest earlier study of this patient that has a frontal picture."""
    for prior in priors_of(work.study, work.priors):
        if prior.study.frontal is not None:
            return prior, prior.study.frontal
    raise ToolError("there is no earlier study of this patient with a frontal picture")


def _said(prior: Prior, builder: EvidenceBuilder) -> list[Evidence]:
    """Give what a signed report says of each label, a sentence a claim; its own words stay where the report is kept."""
    claims = (claim.model_copy(update={"text": _in_short(claim)}) for claim in prior_claims(prior))
    made = [builder.evidence(claim, parameters={BY: SIGNED_REPORT}) for claim in claims if claim.assertions]
    return list({item.id: item for item in made}.values())


def _in_short(claim: Claim) -> str:
    said = (
        f"{each.label} {each.status}" + (f" {each.laterality}" if each.laterality else "") for each in claim.assertions
    )
    return f"The signed report: {', '.join(said)}."


def _read(reader: Tool, then: ToolInput) -> list[Evidence]:
    return [_as_prior(item, reader.card.name) for item in reader.run(then)]


def _as_prior(item: Evidence, by: str) -> Evidence:
    parameters = {**item.provenance.parameters, BY: by}
    provenance = item.provenance.model_copy(
        update={"tool": CARD.name, "tool_version": CARD.version, "parameters": parameters}
    )
    return Evidence.of(item.payload, item.locator, provenance)


def _union(masks: Sequence[BoolPlane]) -> BoolPlane:
    return np.asarray(np.logical_or.reduce(masks), np.bool_)


def _ratio(payloads: Iterable[Payload]) -> float | None:
    ratios = [one.value for one in payloads if isinstance(one, Measurement) and one.name == CARDIOTHORACIC_RATIO]
    return ratios[0] if ratios else None


def _magnified(work: ToolInput, then: ToolInput, alignment: Alignment) -> float:
    """Give how many times larger a part of the earlier picture is as a part of this one."""
    return alignment.growth * then.image.rows * then.image.columns / (work.image.rows * work.image.columns)
