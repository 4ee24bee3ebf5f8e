"""A case about a phantom whose evidence is its known truth, made without any model."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from overread.records import (
    Alert,
    CaseFile,
    Code,
    Conflict,
    DraftReport,
    Evidence,
    FinalReport,
    FinalStatement,
    Finding,
    GateResult,
    Manifest,
    Mask,
    Measurement,
    Objection,
    Payload,
    Statement,
    ToolFailure,
    Withheld,
)
from overread.store.pictures import PictureFolder
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_claim, make_score
from overread.testing.phantoms import render, sample_recipe, to_display

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STRUCTURES = ("right_lung", "left_lung", "heart")


@dataclass(frozen=True)
class Bench:
    """A case file and the stores its pictures and masks lie in."""

    file: CaseFile
    artifacts: PictureFolder
    pictures: PictureFolder


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    pictures, artifacts = PictureFolder(tmp_path / "pictures"), PictureFolder(tmp_path / "artifacts")
    phantom = render(sample_recipe(3, view="PA", flipped=False), 256)
    shown = to_display(phantom)
    study = make_study(pictures=(shown,))
    image = study.images[0].model_copy(update={"pixels_digest": pictures.put(shown)})
    series = study.series[0].model_copy(update={"images": (image,)})
    case = make_case(study.model_copy(update={"series": (series,)}))

    def seen(payload: Payload, tool: str) -> Evidence:
        return make_evidence(payload, case.study, tool=tool)

    masks = [seen(_mask(name, phantom.masks[name], artifacts), "segmentation") for name in STRUCTURES]
    ratio = Measurement(name="cardiothoracic_ratio", value=0.471, unit="1", method="widths of the masks")
    measured, score = seen(ratio, "segmentation"), seen(make_score("Edema", 0.91), "classification")
    claim = seen(make_claim("Lungs <b>clear</b> *today*.", "Edema", "absent"), "report")
    return Bench(_file(case, [*masks, measured, score, claim]), artifacts, pictures)


@pytest.fixture
def signed(bench: Bench) -> Bench:
    draft = bench.file.draft
    assert draft is not None
    kept = tuple(FinalStatement(text=s.text, citations=s.citations) for s in draft.sections["findings"])
    own = FinalStatement(text="Mild edema.", citations=kept[0].citations, edited=True)
    final = FinalReport(
        sections={"findings": kept, "impression": (own,)},
        signed_by="dr-a",
        signed_at=NOW,
        draft_digest=draft.digest,
        review_digest="0" * 64,
    )
    file = bench.file.model_copy(update={"final": final, "status": "signed"})
    return Bench(file, bench.artifacts, bench.pictures)


def _mask(name: str, plane: np.ndarray, artifacts: PictureFolder) -> Mask:
    stored = artifacts.put_png(np.where(plane, 255, 0).astype(np.uint8))
    return Mask(structure=name, png=stored.path, digest=stored.digest, area_pixels=int(plane.sum()), quality=0.97)


def _file(case, evidence: list[Evidence]) -> CaseFile:
    by_kind = {item.payload.kind: item.id for item in evidence}
    edema = Statement(id="s-1", text="Interstitial edema & <script>alert(1)</script>", citations=(by_kind["score"],))
    heart = Statement(id="s-2", text="Cardiothoracic ratio 0.47.", citations=(by_kind["measurement"],))
    clear = Statement(id="s-3", text="Lungs clear.", citations=(by_kind["claim"],))
    objection = Objection(statement_id="s-3", kind="contradicted", message="The score says edema.")
    draft = DraftReport(
        sections={"findings": (edema, heart), "impression": (edema.model_copy(update={"id": "s-4"}),)},
        withheld=(Withheld(section="findings", statement=clear, objections=(objection,)),),
        drafter="drafter@1",
        banner="Preliminary read",
    )
    return CaseFile(
        case_id=case.case_id,
        status="awaiting_review",
        case=case,
        gate=GateResult(passed=True, notes=("No spacing: ratios only.",)),
        evidence=tuple(evidence),
        failures=(ToolFailure(tool="vqa", kind="timeout", message="no answer", started=NOW, ended=NOW),),
        findings=(
            Finding(
                id="f-1",
                code=Code(scheme="SCT", value="19242006", meaning="Pulmonary edema"),
                label="Edema",
                status="present",
                probability=0.91,
                evidence_ids=(by_kind["score"],),
                reason="head over its operating point",
            ),
        ),
        conflicts=(Conflict.of("polarity", "block", "Report and classifier disagree on edema", label="Edema"),),
        alerts=(
            Alert(
                id="a-1", label="Edema", category=2, message="Edema", evidence_ids=(by_kind["score"],), raised_at=NOW
            ),
        ),
        draft=draft,
        draft_digest=draft.digest,
        manifest=Manifest(overread_version="0.1.0", graph_version=1, profile="scripted"),
    )
