"""What words refer to in a picture: the embedded models on a phantom whose truth is exact."""

import numpy as np
import pytest

from overread.grounding import Grounded, ground
from overread.imagining.asked import asked_of
from overread.imagining.planned import planned
from overread.imagining.written import write
from overread.settings import load_settings
from overread.testing.phantoms import render
from tests import needs

SIZE = 1024


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Grounded]:
    needs.require("torch")
    from overread.composition import open_room
    from overread.standalone import admit

    folder = tmp_path_factory.mktemp("grounded")
    asked = asked_of("large right pneumothorax")
    image = write(asked, planned(asked, 0, 0), 0, 0, folder / "picture").image
    words = ("left lung", "right upper zone", "pneumothorax on the right", "pneumothorax on the left", "cardiomegaly")
    # What is found is tested, not how soon.
    settings = load_settings(home=folder / "home", tool_seconds=600)
    with open_room(settings) as room:
        admitted = admit(room, [image], gated=True)
        more = ("the left kidney", "no pneumothorax", "hello", "the")
        seen = {text: ground(room, admitted, text) for text in (*words, *more)}
        wet = asked_of("large left effusion")
        other = admit(room, [write(wet, planned(wet, 0, 9), 0, 9, folder / "wet").image], gated=True)
        return seen | {text: ground(room, other, text) for text in ("effusion on the left", "effusion on the right")}


def test_an_organ_and_a_zone_of_it_are_masks_on_their_side(found: dict[str, Grounded]) -> None:
    truth = render(planned(asked_of("large right pneumothorax"), 0, 0).recipe, SIZE).masks["left_lung_full"]
    lung, zone = found["left lung"], found["right upper zone"]
    assert lung.mask is not None
    assert zone.mask is not None
    assert (lung.mask & truth).sum() / (lung.mask | truth).sum() > 0.6
    # The patient's right is on the left of the picture.
    assert np.nonzero(zone.mask)[1].mean() < SIZE / 2
    assert 0 < zone.mask.sum() < lung.mask.sum()


def test_a_finding_has_a_box_only_where_it_is_called_and_placed(found: dict[str, Grounded]) -> None:
    truth = render(planned(asked_of("large right pneumothorax"), 0, 0).recipe, SIZE).masks["pneumothorax_right"]
    there = found["pneumothorax on the right"]
    assert there.status == "box"
    assert there.region is not None
    assert there.evidence
    inside = truth[there.region.y :, there.region.x :][: there.region.height, : there.region.width]
    assert inside.sum() / truth.sum() > 0.5
    other = found["pneumothorax on the left"]
    assert (other.status, other.region) == ("not_placed", None)
    assert "on the right" in other.reason
    absent = found["cardiomegaly"]
    assert (absent.status, absent.region) == ("not_present", None)


def test_the_network_places_what_the_clip_answers_for(found: dict[str, Grounded]) -> None:
    truth = render(planned(asked_of("large left effusion"), 0, 9).recipe, SIZE).masks["pleural_effusion_left"]
    there = found["effusion on the left"]
    assert there.status == "box"
    assert there.region is not None
    answered, placed = there.evidence
    assert (answered.tool, placed.tool) == ("classification", "placing")
    assert answered.provenance.model != placed.provenance.model
    assert all(item.provenance.model in there.reason for item in there.evidence)
    inside = truth[there.region.y :, there.region.x :][: there.region.height, : there.region.width]
    assert inside.sum() / truth.sum() > 0.5
    other = found["effusion on the right"]
    assert (other.status, other.region) == ("not_placed", None)


@pytest.mark.parametrize("words", ["the left kidney", "no pneumothorax", "hello", "the"])
def test_what_is_not_understood_has_no_place(found: dict[str, Grounded], words: str) -> None:
    assert (found[words].status, found[words].region, found[words].mask) == ("not_understood", None, None)
