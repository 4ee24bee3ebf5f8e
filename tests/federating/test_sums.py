"""Sums that leave a hospital are of many films, add to the bit, and give the heads that all films pooled give."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from overread.errors import ModelRefused
from overread.federating.discriminant import fold_heads, heads_of
from overread.federating.result import Result, read_result, write_result
from overread.federating.site_films import ARRAYS, SiteFilms, dealt, drawn, read_site, write_site
from overread.federating.sums import CLIP, COUNTS, counts_of, from_wire, moments_from, moments_of, to_wire
from overread.measuring.statistics import FOLDS
from overread.pooling.share import BINS
from overread.reasoning.vocabulary import LABELS

SIGN = LABELS.index("Pleural Effusion")


def films(seed: int, count: int = 120, d: int = 12) -> SiteFilms:
    """Make films of unit-norm features, of which the first tells one label; another is not known of half of them."""
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(count, d))
    labels = draw.integers(0, 2, (count, len(LABELS))).astype(np.int8)
    features[:, 0] += 2.0 * labels[:, SIGN]
    labels[::2, SIGN + 1] = -1
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return SiteFilms(features.astype(np.float32), labels, np.arange(count) % FOLDS, np.arange(count), "weights")


def some(site: SiteFilms, chosen: NDArray[np.bool_]) -> SiteFilms:
    return SiteFilms(*(getattr(site, name)[chosen] for name in ARRAYS), weights_digest="weights")


def together(sites: list[SiteFilms]) -> SiteFilms:
    parts = [np.concatenate([getattr(site, name) for site in sites]) for name in ARRAYS]
    return SiteFilms(*parts, weights_digest="weights")


def test_heads_of_the_hospitals_sums_are_those_of_all_films_in_one_place() -> None:
    sites = [films(seed, 60 + 40 * seed) for seed in range(3)]
    mean = np.mean([to_wire(moments_of(site)) for site in sites], 0)
    summed, pooled = moments_from(from_wire(mean, 3)), moments_from(moments_of(together(sites)))
    for one, other in zip(fold_heads(summed), fold_heads(pooled), strict=True):
        assert one == pytest.approx(other, abs=1e-4, nan_ok=True)
    assert summed.films.sum() == 60 + 100 + 140


def test_sums_are_whole_steps_so_that_a_secure_sum_rounds_nothing() -> None:
    sent = to_wire(moments_of(films(0)))
    steps = (sent + CLIP) * 2**22 / (2 * CLIP)  # as Flower's quantize has it
    assert np.array_equal(steps, np.rint(steps))
    assert np.abs(sent).max() < CLIP
    numbers = np.array([0.0, -3.25, 2**20 - 1, -(2**20) + 1, 1e-6])
    assert from_wire(to_wire(numbers), 1) == pytest.approx(numbers, abs=2**-20)
    with pytest.raises(ValueError, match="too large"):
        to_wire(np.array([2.0**20]))


def test_a_fold_is_scored_by_heads_that_it_did_not_teach_and_what_shows_is_found() -> None:
    site = films(1, 400)
    sums = moments_from(moments_of(site))
    heads = fold_heads(sums)
    without = heads_of(sums, 2)
    assert heads.weight[2] == pytest.approx(without.weight, nan_ok=True)
    taught = heads_of(moments_from(moments_of(some(site, site.fold != 2))))
    assert without.weight == pytest.approx(taught.weight, nan_ok=True)
    counts = counts_of(site, *heads).reshape(COUNTS)
    assert counts[SIGN].sum() == 400
    assert counts[SIGN + 1].sum() == 200  # where it is known
    middle = np.arange(BINS) @ counts[SIGN].T / counts[SIGN].sum(1)
    noise = np.arange(BINS) @ counts[SIGN + 2].T / counts[SIGN + 2].sum(1)
    assert middle[1] - middle[0] > 4
    assert abs(noise[1] - noise[0]) < 2


def test_a_label_with_too_few_films_has_no_head() -> None:
    site = films(2)
    site.labels[:, SIGN] = 0
    site.labels[:9, SIGN] = 1
    heads = heads_of(moments_from(moments_of(site)))
    assert np.isnan(heads.weight[SIGN]).all()
    assert not np.isnan(heads.weight[SIGN + 1]).any()


def test_a_hospitals_file_names_nobody_and_keeps_no_order(tmp_path: Path) -> None:
    site = films(3)
    write_site(site, tmp_path / "site")
    back = read_site(tmp_path / "site")
    assert {*map(bytes, back.embeddings)} == {*map(bytes, site.embeddings)}
    assert not np.array_equal(back.embeddings, site.embeddings)
    order = [next(i for i, one in enumerate(site.embeddings) if np.array_equal(one, two)) for two in back.embeddings]
    assert np.array_equal(back.labels, site.labels[order])
    assert np.array_equal(back.fold, site.fold[order])
    for numbers in (dealt(["a", "b", "a", "c", "b"]), drawn(["a", "b", "a", "c", "b"])):
        assert numbers[0] == numbers[2]
        assert numbers[1] == numbers[4]


@pytest.mark.parametrize("content", [b"", b"no such thing", b"\x08" + b"\0" * 40])
def test_files_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ModelRefused):
        read_site(tmp_path / "file")
    with pytest.raises(ModelRefused):
        read_result(tmp_path / "file")
    with pytest.raises(ModelRefused):
        read_result(tmp_path / "nothing")


def test_a_result_comes_back_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    site = films(4)
    sums = moments_from(moments_of(site))
    counts = counts_of(site, *fold_heads(sums)).astype(np.int64).reshape(COUNTS)
    write_result(Result(heads_of(sums), counts, 3, "weights"), tmp_path / "result")
    back = read_result(tmp_path / "result")
    assert np.array_equal(back.counts, counts)
    assert (back.sites, back.weights_digest) == (3, "weights")
    write_result(Result(heads_of(sums), -counts, 3, "weights"), tmp_path / "result")
    with pytest.raises(ModelRefused, match="damaged"):
        read_result(tmp_path / "result")
