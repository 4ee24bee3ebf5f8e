"""The tower starts with eyes: heads that look at a neighbour, filters that keep what a patch holds."""

import numpy as np

from tests.needs import require

require("training")

import torch

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 240, 240), dtype=np.uint8)


def test_turned_positions_are_those_of_the_neighbour() -> None:
    from training.start import sinusoids, turned

    places = sinusoids(12).view(12, 12, -1)
    assert torch.allclose(places[4, 5] @ turned(2, -1).T, places[6, 4], atol=1e-5)


def test_each_head_of_the_first_layer_attends_to_its_neighbour() -> None:
    from training.start import NEIGHBOURS, start_well
    from training.tower import Tower

    torch.manual_seed(0)
    vision = Tower().vision.eval()
    start_well(vision, IMAGES)
    vision.set_attn_implementation("eager")
    with torch.no_grad():
        seen = vision(pixel_values=torch.randn(1, 3, 240, 240), output_attentions=True)
    row, column = 5, 6
    looks = seen.attentions[0][0, :, 1 + row * 12 + column, 1:]
    wanted = [(row + down) * 12 + column + right for down, right in NEIGHBOURS[0]]
    assert looks.argmax(-1).tolist() == wanted
    assert float(looks.max(-1).values.min()) > 0.3


def test_on_a_finer_grid_each_head_still_attends_to_its_neighbour() -> None:
    from transformers import CLIPVisionModel

    from training.start import NEIGHBOURS, continued, start_well
    from training.tower import PLACES, Tower

    torch.manual_seed(0)
    coarse = Tower().vision
    start_well(coarse, IMAGES)
    weights = coarse.state_dict()
    assert torch.equal(continued(weights[PLACES][1:], 12), weights[PLACES][1:])
    weights[PLACES] = torch.cat([weights[PLACES][:1], continued(weights[PLACES][1:], 18)])
    config = coarse.config.__class__(**{**coarse.config.to_dict(), "image_size": 360})
    fine = CLIPVisionModel(config).eval()
    fine.load_state_dict(weights)
    fine.set_attn_implementation("eager")
    with torch.no_grad():
        seen = fine(pixel_values=torch.randn(1, 3, 360, 360), output_attentions=True)
    row, column = 14, 3
    looks = seen.attentions[0][0, :, 1 + row * 18 + column, 1:]
    assert looks.argmax(-1).tolist() == [(row + down) * 18 + column + right for down, right in NEIGHBOURS[0]]


def test_the_filters_that_tell_a_line_are_not_trained_away() -> None:
    from training.loop import optimizer_of
    from training.start import start_well
    from training.tower import Tower, plan_of

    model = Tower()
    start_well(model.vision, IMAGES)
    taught = {id(p) for group in optimizer_of(model, plan_of("tower", 1)).param_groups for p in group["params"]}
    assert id(model.vision.embeddings.patch_embedding.weight) not in taught
    assert id(model.vision.embeddings.position_embedding.weight) in taught


def test_a_patch_that_a_rare_finding_covers_weighs_more_than_one_of_lung() -> None:
    from training.clip_data import DENSE_CHANNELS, SUBTLE
    from training.tower import COVERED

    assert set(COVERED) == set(DENSE_CHANNELS)
    assert set(SUBTLE) <= set(DENSE_CHANNELS)
    assert min(COVERED[name] for name in SUBTLE) > COVERED["left_lung"]


def test_whitened_patches_have_even_directions() -> None:
    from training.start import sample_patches, whitening

    patches = sample_patches(IMAGES, 240, 20, 0)
    seen = (patches - patches.mean(0)) @ whitening(patches, 192).T
    assert seen.std(0).max() / seen.std(0).min() < 3
