"""Assemble a frontal radiograph (PA or AP)."""

import numpy as np

from overread.testing.phantoms.airways import airway, vessels
from overread.testing.phantoms.body import Body, build_body
from overread.testing.phantoms.chest import Chest, Layers, body_thickness, build_chest, lung_thickness
from overread.testing.phantoms.devices import insert_device
from overread.testing.phantoms.film import annotate, collimate
from overread.testing.phantoms.findings import place
from overread.testing.phantoms.grid import Grid, Map, Mask, clutter
from overread.testing.phantoms.physics import display, noisy, scattered, signal_of, tissue_texture, transmission
from overread.testing.phantoms.recipe import PhantomRecipe
from overread.testing.phantoms.skeleton import skeleton
from overread.testing.phantoms.streams import stream
from overread.testing.phantoms.subphrenic import abdominal_gas


def frontal(recipe: PhantomRecipe, size: int) -> tuple[Map, dict[str, Mask], float]:
    """Render a frontal view: image in 0..1, masks and spacing (mm)."""
    body = build_body(recipe)
    grid = place_film(recipe, body, size)
    chest = build_chest(grid, body)
    layers = healthy(chest, recipe)
    masks: dict[str, Mask] = {}
    reference = signal_of(scattered(transmission(layers, body.scale), recipe, grid.step))
    for finding in recipe.findings:
        if finding.device is not None:
            mask = insert_device(chest, layers, finding, recipe)
        else:
            mask = place(chest, layers, finding, recipe)
        masks[finding.key] = masks[finding.key] | mask if finding.key in masks else mask
    signal = signal_of(noisy(scattered(transmission(layers, body.scale), recipe, grid.step), recipe, grid.step))
    window = np.asarray(chest.column > 0) & (np.abs(grid.y - 0.5 * body.floor) < 0.6 * body.floor)
    image = display(signal, reference, window, recipe, grid.step)
    image = annotate(collimate(image, recipe), recipe)
    return image, chest.masks | masks, grid.step


def place_film(recipe: PhantomRecipe, body: Body, size: int) -> Grid:
    """Lay the film behind the chest, about 370 mm across for the average adult."""
    field = body.scale * 368 * recipe.field_scale
    dx, dy = recipe.offset_mm
    middle = (-dx * body.scale, 0.47 * body.floor - dy * body.scale)
    return Grid.place(size, field, float(np.deg2rad(recipe.tilt_deg)), middle)


def healthy(chest: Chest, recipe: PhantomRecipe) -> Layers:
    """Return the tissues of the body without findings."""
    lung = lung_thickness(chest)
    total = body_thickness(chest)
    texture = tissue_texture(chest.grid.size, recipe)
    soft = np.clip(total - lung, 0, None) * (1 + np.float32(0.02) * texture)
    soft = np.where(lung > 0, np.maximum(soft, np.float32(30 * chest.body.scale)), soft)
    soft = soft - np.minimum(airway(chest), 0.8 * soft) - np.minimum(abdominal_gas(chest, recipe), 0.8 * soft)
    lung = lung * (1 + np.float32(0.03) * texture)
    inside = np.clip(lung / (70 * chest.body.scale), 0, 1)
    fine = clutter(stream("reticulum", recipe.patient), chest.grid.size, 2.0, 0.5)
    blood = vessels(chest, recipe.patient, not recipe.supine) * inside + np.float32(0.012) * lung * np.clip(fine, -1, 3)
    bone = skeleton(chest, recipe.view)
    bone *= total > 0
    return Layers(soft.astype(np.float32), lung, bone.astype(np.float32), chest.grid.empty(), blood)
