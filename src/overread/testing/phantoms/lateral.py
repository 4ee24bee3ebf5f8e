"""Assemble a left lateral radiograph, the front of the chest to the left of the image."""

import numpy as np

from overread.testing.phantoms.body import build_body
from overread.testing.phantoms.chest import Layers
from overread.testing.phantoms.film import annotate, collimate
from overread.testing.phantoms.grid import Grid, Map, Mask, chord, shell, soft_blur, tube
from overread.testing.phantoms.lateral_findings import place_lateral
from overread.testing.phantoms.physics import display, noisy, scattered, signal_of, tissue_texture, transmission
from overread.testing.phantoms.profile import Profile
from overread.testing.phantoms.recipe import PhantomRecipe
from overread.testing.phantoms.streams import spread, stream


def lateral(recipe: PhantomRecipe, size: int) -> tuple[Map, dict[str, Mask], float]:
    """Render a lateral view: image in 0..1, masks and spacing (mm)."""
    body = build_body(recipe)
    field = body.scale * 345 * recipe.field_scale
    middle = (-recipe.offset_mm[0] * body.scale, 0.47 * body.floor - recipe.offset_mm[1] * body.scale)
    grid = Grid.place(size, field, float(np.deg2rad(recipe.tilt_deg)), middle)
    profile = Profile.build(grid, body)
    layers = _healthy(profile, recipe)
    reference = signal_of(scattered(transmission(layers, body.scale), recipe, grid.step))
    masks: dict[str, Mask] = {"lungs": profile.lungs, "heart": profile.heart_mask}
    for finding in recipe.findings:
        mask = place_lateral(profile, layers, finding, recipe)
        masks[finding.key] = masks[finding.key] | mask if finding.key in masks else mask
    signal = signal_of(noisy(scattered(transmission(layers, body.scale), recipe, grid.step), recipe, grid.step))
    image = display(signal, reference, profile.cavity > 0, recipe, grid.step)
    return annotate(collimate(image, recipe), recipe), masks, grid.step


def _healthy(profile: Profile, recipe: PhantomRecipe) -> Layers:
    grid, body = profile.grid, profile.body
    s = body.scale
    depth = profile.depth + body.wall + 16 * s
    wide = (
        2
        * (body.half_width + body.wall)
        * np.interp(grid.y / body.floor, [-0.4, 0, 0.25, 0.6, 1.4], [0.5, 0.9, 0.85, 0.95, 1.0])
    )
    total = wide.astype(np.float32) * np.sqrt(np.clip(1 - np.abs((grid.x - profile.middle) / depth) ** 2.6, 0, None))
    neck = np.clip(1 - ((grid.x - 0.25 * profile.depth - 0.15 * grid.y) / (62 * s)) ** 2, 0, None) ** 0.5 * np.float32(
        115 * s
    )
    total = np.maximum(total * np.clip((grid.y + 30 * s) / (60 * s), 0, 1) ** 0.5, neck * (grid.y < 40 * s))
    shoulder = np.clip(1 - ((grid.x - 8 * s) / (105 * s)) ** 2 - ((grid.y + 22 * s) / (62 * s)) ** 2, 0, None) ** 0.5
    total = np.maximum(total, np.float32(1.3 * body.half_width) * shoulder)
    lung = profile.lung()
    texture = tissue_texture(grid.size, recipe)
    soft = np.maximum(soft_blur(total.astype(np.float32), 2.0 * s / grid.step) - lung, 0) * (
        1 + np.float32(0.02) * texture
    )
    soft -= np.minimum(_airway(profile), 0.8 * soft)
    blood = _vessels(profile, recipe) * np.clip(lung / (40 * s), 0, 1)
    return Layers(
        soft.astype(np.float32), lung, (_bones(profile) * (total > 0)).astype(np.float32), grid.empty(), blood
    )


def _airway(profile: Profile) -> Map:
    s, carina = profile.body.scale, profile.body.carina
    line = np.array([[2 * s, -130 * s], [8 * s, 0], [16 * s, carina + 10 * s]])
    return 2 * 8 * s * chord(tube(profile.grid, line, np.array([9.0, 8.5, 8.0]) * s))


def _vessels(profile: Profile, recipe: PhantomRecipe) -> Map:
    draw, grid, s = stream("lateral vessels", recipe.patient), profile.grid, profile.body.scale
    total = grid.empty()
    root = np.array([8 * s, profile.body.carina + 22 * s])
    for _ in range(34):
        angle, length = spread(draw, 0, 6.28), spread(draw, 40, 110) * s
        bend = angle + spread(draw, -0.4, 0.4)
        middle = root + np.array([np.cos(angle), np.sin(angle)]) * length * 0.5
        end = middle + np.array([np.cos(bend), np.sin(bend)]) * length * 0.5
        total += 3.0 * s * chord(tube(grid, np.array([root, middle, end]), np.array([4.0, 2.3, 0.8]) * s))
    hila = (
        13
        * s
        * chord(
            tube(
                grid, np.array([root - np.array([6, 4]) * s, root + np.array([6, 10]) * s]), np.array([13.0, 12.0]) * s
            )
        )
    )
    return soft_blur(np.minimum(total, 9 * s), max(0.8 * s / grid.step, 0.4)) + soft_blur(hila, 2.5 * s / grid.step)


def _bones(profile: Profile) -> Map:
    grid, body = profile.grid, profile.body
    s, gap, total = body.scale, body.rib_gap, profile.grid.empty()
    ends = np.stack([profile.spine_x(np.arange(-1.5, 13.6, 0.5) * gap), np.arange(-1.5, 13.6, 0.5) * gap], axis=1)
    column = np.clip(1 - tube(grid, ends, np.linspace(12, 19, len(ends)) * s), 0, 1)
    phase = grid.y / np.float32(gap) - np.floor(grid.y / np.float32(gap))
    body_part = np.clip((0.44 - np.abs(phase - 0.5)) * gap / (1.5 * s), 0, 1)
    edge = np.exp(-(((np.abs(phase - 0.5) - 0.42) * gap / (1.4 * s)) ** 2))
    total += (np.clip(column * 6, 0, 1) * (9 * body_part + 5 * edge) * s).astype(np.float32)
    arch = ends[::2] + np.array([20, 6]) * s
    for point in arch:
        spine_part = np.array([point, point + np.array([20, 14]) * s])
        total += 4 * s * chord(tube(grid, spine_part, np.array([6.0, 4.0]) * s))
    for index in range(1, 11):
        for side in (0.0, 9.0):
            total += _rib(profile, index, side * s)
    sternum = np.stack(
        [profile.front(np.linspace(0.05, 0.72, 9) * body.floor) - 7 * s, np.linspace(0.05, 0.72, 9) * body.floor],
        axis=1,
    )
    return total + shell(tube(grid, sternum, np.full(9, 5.5 * s)), 12 * s, 1.2 * s)


def _rib(profile: Profile, index: int, lag: float) -> Map:
    body = profile.body
    start, s = body.rib_gap * (index - 1) - 4 * body.scale + lag, body.scale
    share = np.linspace(0, 1, 12)
    y = start + body.rib_tilt * share**1.15
    back, front = profile.spine_x(y) + 12 * s, profile.front(y) - 4 * s
    x = back + (front - back) * share * (0.94 if index < 8 else 0.55)
    relative = tube(profile.grid, np.stack([x + lag * 0.5, y], axis=1), np.full(12, 5.4 * s))
    return shell(relative, 3.2 * s, 0.8 * s) * np.float32(0.75)
