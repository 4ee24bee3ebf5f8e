"""Hospitals' counts are added, masked or not, and what follows is what all films together would have said."""

from pathlib import Path

import numpy as np
import pytest

from overread.errors import ModelRefused
from overread.measuring.film import Films
from overread.measuring.profile import Calibrated, Calibration, Player
from overread.measuring.results import Results
from overread.measuring.statistics import fit
from overread.measuring.tables import Seen, Tables
from overread.pooling.masks import forget_key, make_key, masked
from overread.pooling.merging import films_of, merge
from overread.pooling.share import SHAPE, Share, read_shares, share_of
from overread.ports import BackendCard
from overread.tools._measured_here import logit_of

VOTER, LABEL = "classification.network", "Edema"
MODEL = BackendCard(backend="scripted", model="net", weights_digest="ab" * 32, capability="labels")


def films(number: int, count: int = 160) -> Seen:
    """Films of which a third has the label; scores are shifted, as a network's are elsewhere."""
    draw = np.random.default_rng(number)
    truth = draw.random(count) < 1 / 3
    logits = np.clip(draw.normal(np.where(truth, 1.0, -1.0), 1.0) - 1.5, -7, 7)
    return Seen(truth, 1 / (1 + np.exp(-logits)), np.arange(count) // 2)


def site(seen: Seen) -> Calibration:
    results = Results(MODEL, tables=Tables(seen={VOTER: {LABEL: seen}}))
    return Calibration(Films((), True, {}), (Calibrated(Player("net", MODEL, {}), {}, results),))


def summed(shares: list[Share]) -> np.ndarray:
    words = np.asarray([share.histograms[0].counts for share in shares], dtype=object).sum(0) % 2**64
    return np.asarray(words, np.uint64).astype(np.int64).reshape(SHAPE)


def test_counts_of_two_sites_calibrate_as_all_their_films_do() -> None:
    parts = [films(1), films(2)]
    (card, tables), *others = merge([share_of(site(seen)) for seen in parts])
    assert not others
    truth = np.concatenate([seen.truth for seen in parts])
    logits = np.array([logit_of(value) for seen in parts for value in seen.value])
    point, found = fit(truth, logits), card["calibration"][VOTER][LABEL]
    assert found["slope"] == pytest.approx(point.slope, rel=0.03)
    assert found["intercept"] == pytest.approx(point.intercept, abs=0.05)
    assert card["trust"][VOTER][LABEL]["positive"] == truth.sum() == tables.held[VOTER][LABEL].truth.sum()
    assert card["prevalence"][LABEL] == pytest.approx(truth.mean(), abs=1e-4)
    assert (card["weights_digest"], card["data"]["sites"], card["data"]["masked"]) == (MODEL.weights_digest, 2, False)


def test_a_site_with_too_few_films_still_gives_them() -> None:
    small = share_of(site(films(3, 8)))
    (card, _), *_ = merge([small, share_of(site(films(4)))])
    assert sum(small.histograms[0].counts) == 8
    assert sum(card["trust"][VOTER][LABEL][kind] for kind in ("positive", "negative")) == 168


@pytest.fixture
def three(tmp_path: Path) -> list[Share]:
    """Masked shares of three sites."""
    homes = [tmp_path / f"home-{number}" for number in range(3)]
    keys = [tmp_path / f"{number}.key" for number in range(3)]
    for home, key in zip(homes, keys, strict=True):
        make_key(home, key)
    return [masked(share_of(site(films(number))), home, keys) for number, home in enumerate(homes)]


def test_masks_cancel_in_the_sum_and_hide_each_share(three: list[Share]) -> None:
    plain = [share_of(site(films(number))) for number in range(3)]
    assert (summed(three) == summed(plain)).all()
    hidden = np.array([count / 2**64 for share in three for count in share.histograms[0].counts])
    assert np.quantile(hidden, [0.25, 0.5, 0.75]) == pytest.approx(
        [0.25, 0.5, 0.75], abs=0.17
    )  # keys are random: six deviations of 384
    assert merge(three)[0][0]["calibration"] == merge(plain)[0][0]["calibration"]


def test_masked_shares_are_added_all_or_none(three: list[Share]) -> None:
    for some in (three[:2], [*three[:2], share_of(site(films(2)))], [*three[:2], three[1]]):
        with pytest.raises(ModelRefused, match=r"all or none|each once"):
            merge(some)
    other = three[2].histograms[0].model_copy(update={"label": "Fracture"})
    with pytest.raises(ModelRefused, match="same labels"):
        merge([*three[:2], three[2].model_copy(update={"histograms": (other,)})])


def test_a_key_is_the_owners_alone_and_serves_once(tmp_path: Path) -> None:
    home, public = tmp_path / "home", tmp_path / "a.key"
    make_key(home, public)
    assert (home / "pool.key").stat().st_mode & 0o077 == 0
    with pytest.raises(ModelRefused, match="waits to be used"):
        make_key(home, tmp_path / "b.key")
    with pytest.raises(ModelRefused, match="two at least"):
        masked(share_of(site(films(0))), home, [public])
    bad = tmp_path / "bad.key"
    bad.write_text("no key")
    with pytest.raises(ModelRefused, match=r"bad\.key is no public key"):
        masked(share_of(site(films(0))), home, [public, bad])
    forget_key(home)
    with pytest.raises(ModelRefused, match="has no key"):
        masked(share_of(site(films(0))), home, [public])


def test_noise_hides_one_patient_and_keeps_one_film_of_each() -> None:
    seen = films(5, 4000)
    exact, noisy = share_of(site(seen)), share_of(site(seen), epsilon=1.0)
    counts = np.array(noisy.histograms[0].counts)
    assert sum(exact.histograms[0].counts) == 4000
    # Of scale 1 a cell differs by 2 e^-1 / (1 - e^-2) = 0.85 in the mean, and 32 cells together by some 9.
    assert 0 < abs(counts.sum() - 2000) < 60 or counts.min() < 0
    assert (counts.reshape(SHAPE)[:, :2] == 0).all()
    (card, _), *_ = merge([noisy, share_of(site(films(6, 4000)), epsilon=1.0)])
    assert card["data"]["epsilon"] == [1.0, 1.0]
    assert card["figures"][VOTER][LABEL]["auroc"]["value"] == pytest.approx(0.92, abs=0.04)


def test_noise_around_nothing_makes_no_films_and_keeps_their_number() -> None:
    counts = np.zeros(SHAPE, np.int64)
    counts[:, ::2], counts[:, 1::2] = -1, 1
    counts[1, 3] = 90
    seen = films_of(counts)
    assert seen.truth.all()
    assert seen.truth.size == pytest.approx(89, abs=2)
    assert films_of(np.abs(counts)).truth.size == np.abs(counts).sum()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ("{}", "histograms"),
        ('{"histograms": [], "patient": "Doe"}', "histograms"),
        ("[1]", "the file"),
        ("\x00\xff", "not JSON"),
    ],
)
def test_what_is_no_share_is_refused_by_name_and_reason(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "share.json"
    path.write_text(text)
    with pytest.raises(ModelRefused, match=f"share.json is no share.*{told}"):
        read_shares([path])


def test_counts_below_zero_without_noise_and_one_share_alone_are_refused(tmp_path: Path) -> None:
    share = share_of(site(films(0)))
    path = tmp_path / "a.json"
    path.write_text(share.model_dump_json().replace('"counts":[0', '"counts":[-1'))
    with pytest.raises(ModelRefused, match="below 0"):
        read_shares([path])
    for some in ([share], [share, share]):
        with pytest.raises(ModelRefused, match="two shares"):
            merge(some)
