"""What hospitals gain by training heads together (`overread federate`), on films that taught the CLIP nothing.

    python -m training.federated_eval

Features are the shipped CLIP's. Half of each hospital's patients teach and calibrate, the other half is measured: the
mean over labels of AUROC and Brier score. Sums go through the wire's whole numbers, as those of a training do, and
noise is drawn as there (OpenDP, of `pip install 'overread[federated]'`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from overread.evals._ranking import auroc
from overread.federating.descent import Descent
from overread.federating.discriminant import fold_heads, heads_of
from overread.federating.noise import noised
from overread.federating.patient_sums import ONE, Frame, counts_apart, gradients_of, means_of
from overread.federating.plan import Ask, Plan, scale_of
from overread.federating.site_films import ARRAYS, SiteFilms, dealt, drawn
from overread.federating.sums import COUNTS, Floats, counts_of, from_wire, moments_from, moments_of, to_wire
from overread.imaging.letterbox import letterbox
from overread.measuring.statistics import fit
from overread.pooling.merging import films_of
from overread.reasoning.vocabulary import LABELS
from overread.tools._measured_here import logit_of
from training.data import LABELS as COLUMNS
from training.data import manifest, read_gray
from training.embeddings import load_clip, row_labels, unit_embeddings
from training.folds import parts_of
from training.measures import resampled
from training.paths import data_root
from training.resolution import SIZE

NIH = "nih-cxr14"
SOURCES = ("nih-cxr14", "nih-cxr14-128px", "nih-cxr14-64px", "kermany", "covid-chestxray")
PARTS = ("test", "val")
LEAST = 100
FEWEST = 2
EPSILONS = (1.0, 4.0, 16.0)
DELTA = 1e-5
ROUNDS = 20
DRAWS = 200


def main() -> None:
    """Print a row for each way and each dealing into hospitals."""
    films, patients, sources = _films()
    nih = np.char.startswith(sources, NIH)
    _, number = np.unique(patients, return_inverse=True)
    for sites in (4, 12):
        site = np.random.default_rng(sites).permutation(number.max() + 1)[number] % sites
        _told(f"NIH in {sites} hospitals", films, patients, np.where(nih, site, -1))
    _told("sources as hospitals", films, patients, np.array([SOURCES.index(one) for one in sources]))


def _films() -> tuple[SiteFilms, NDArray[np.str_], NDArray[np.str_]]:
    rows = [
        row
        for row, part in zip(manifest(), parts_of(manifest()), strict=True)
        if part in PARTS and row.source in SOURCES and row.fields["view"] != "L"
    ]
    clip = load_clip()
    seen = [
        unit_embeddings(
            clip,
            np.stack([letterbox(read_gray(data_root() / "cxr" / row.fields["path"]), SIZE).pixels for row in part]),
        )
        for part in (rows[start : start + 64] for start in range(0, len(rows), 64))
    ]
    told = np.array([row_labels(row) for row in rows])
    columns = [told[:, COLUMNS.index(name)] if name in COLUMNS else np.full(len(rows), np.nan) for name in LABELS]
    labels = np.nan_to_num(np.stack(columns, 1), nan=-1).astype(np.int8)
    names = [row.fields["patient_id"] for row in rows]
    films = SiteFilms(np.concatenate(seen), labels, dealt(names), drawn(names), "shipped")
    patients = np.array(names)
    return films, patients, np.array([row.source for row in rows])


def _told(what: str, films: SiteFilms, patients: NDArray[np.str_], site: NDArray[np.intp]) -> None:
    """Print the figures of one dealing; films of site -1 are nobody's."""
    _, number = np.unique(patients, return_inverse=True)
    taught = (np.random.default_rng(0).random(number.max() + 1) < 0.5)[number]
    names = [one for one in np.unique(site) if one >= 0]
    parts = [_rows(films, taught & (site == one)) for one in names]
    held = np.flatnonzero(~taught & (site >= 0))
    known = [
        label
        for label in range(len(LABELS))
        if min((films.labels[site >= 0, label] == value).sum() for value in (0, 1)) >= LEAST
    ]
    together = [_rows(films, taught & (site >= 0))]
    said: dict[str, Floats] = {"pooled": _chances(together, films, held, wire=False)}
    said["together, by secure sums"] = _chances(parts, films, held, wire=True)
    ranked = dict[str, Floats]()
    shares = (together[0].labels == 1).sum(0) / np.maximum((together[0].labels >= 0).sum(0), 1)
    alone = np.full((len(held), len(LABELS)), np.nan)
    for one, part in zip(names, parts, strict=True):
        mine = site[held] == one
        alone[mine] = _chances([part], films, held[mine], wire=False)
    # Where there is no head, everybody's share is said.
    said["each alone"] = np.where(np.isnan(alone), shares, alone)
    for epsilon in EPSILONS:
        scores, chances = _private(parts, films, held, epsilon)
        name = f"together, epsilon {epsilon:g}, {(~np.isnan(chances[0, known])).sum()} labels measured"
        ranked[name], said[name] = scores, np.where(np.isnan(chances), shares, chances)
    print(f"{what}: {sum(len(part.fold) for part in parts)} films teach, {len(held)} measured, {len(known)} labels")
    truth = films.labels[held]
    draws = [np.arange(len(held)), *(rows for rows, _ in zip(resampled(patients[held]), range(DRAWS), strict=False))]
    base = np.array([_figures(said["pooled"][rows], said["pooled"][rows], truth[rows], known) for rows in draws])
    for name, chance in said.items():
        score = ranked.get(name, chance)
        figures = np.array([_figures(score[rows], chance[rows], truth[rows], known) for rows in draws])
        print(f"  {name}: {' '.join(_interval(one) for one in figures.T)}; less pooled: ", end="")
        print(" ".join(_interval(one) for one in (figures - base).T), flush=True)


def _rows(films: SiteFilms, chosen: NDArray[np.bool_]) -> SiteFilms:
    arrays = {name: getattr(films, name)[chosen] for name in ARRAYS}
    return SiteFilms(**arrays, weights_digest=films.weights_digest)


def _chances(parts: list[SiteFilms], films: SiteFilms, held: NDArray[np.intp], *, wire: bool) -> Floats:
    """Train on hospitals' films, calibrate on counts of scores out of fold, and give chances (held, LABELS)."""
    given = [moments_of(part) for part in parts]
    total = from_wire(np.mean([to_wire(one) for one in given], 0), len(parts)) if wire else np.sum(given, 0)
    sums = moments_from(total)
    heads, folds = heads_of(sums), fold_heads(sums)
    counts = np.sum([counts_of(part, *folds) for part in parts], 0).astype(np.int64).reshape(COUNTS)
    odds = films.embeddings[held].astype(np.float64) @ heads.weight.T + heads.bias
    return np.stack(list(_calibrated(odds, counts)), 1)


def _calibrated(odds: Floats, counts: NDArray[np.int64]) -> Iterator[Floats]:
    for label, one in enumerate(counts):
        seen = films_of(one)
        if min(seen.counts.values()) < FEWEST:
            yield np.full(len(odds), np.nan)
            continue
        raw = 1 / (1 + np.exp(-odds[:, label].clip(-30, 30)))
        point = fit(seen.truth, np.array([logit_of(value) for value in seen.value]))
        yield point.chances(np.array([logit_of(value) for value in raw]))


def _private(
    parts: list[SiteFilms], films: SiteFilms, held: NDArray[np.intp], epsilon: float
) -> tuple[Floats, Floats]:  # fmt: skip
    """Train with noise as `overread federate app --epsilon` does; give scores and calibrated chances (held, LABELS).

    NaN is the chance of a label of which too few films were counted for the noise: its head is not taken.
    """
    plan = Plan(epsilon=epsilon, delta=DELTA, rounds=ROUNDS, honest=len(parts) - 1)
    descent, told = Descent(plan), list[NDArray[np.float64]]()
    for release in plan.releases():
        sums = [_asked(release.ask, part, told) for part in parts]
        # Of all hospitals at once: their sum is distributed as one of the summed variance (`noise`).
        sums[0] = noised(sums[0], scale_of(release.rho, plan.honest) * len(parts) ** 0.5 * ONE)
        told = descent.take(from_wire(np.mean([to_wire(one / ONE) for one in sums], 0), len(parts)))
    result = descent.result(len(parts), films.weights_digest)
    odds = films.embeddings[held].astype(np.float64) @ result.heads.weight.T + result.heads.bias
    return 1 / (1 + np.exp(-odds.clip(-30, 30))), np.stack(list(_calibrated(odds, result.counts)), 1)


def _asked(ask: Ask, part: SiteFilms, told: list[NDArray[np.float64]]) -> NDArray[np.int64]:
    if ask == "means":
        return means_of(part)
    return gradients_of(part, Frame.about(told[0]), told[1]) if ask == "gradient" else counts_apart(part, *told)


def _figures(score: Floats, chance: Floats, truth: NDArray[np.int8], known: list[int]) -> tuple[float, float]:
    areas, losses = [], []
    for label in known:
        rows = (truth[:, label] >= 0) & ~np.isnan(chance[:, label])
        areas.append(auroc(truth[rows, label] == 1, score[rows, label]))
        losses.append(((chance[rows, label] - truth[rows, label]) ** 2).mean())
    return float(np.nanmean(areas)), float(np.mean(losses))


def _interval(values: Floats) -> str:
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return f"{values[0]:+.4f} ({low:+.4f} to {high:+.4f})"


if __name__ == "__main__":
    main()
