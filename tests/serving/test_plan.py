"""The memory plan: what it promises for any models and devices, and what it says of the profiles that ship."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.errors import ServingRefused
from overread.serving._packing import CONTEXT, needed
from overread.serving.catalogue import entry, served
from overread.serving.plan import plan
from overread.serving.records import Device, Entry, Licence, Need, Placement, ServingPlan
from overread.settings import Settings, load_profile

GB = 10**9
L4 = 23_600_000_000
"""Total of a 24 GB card as CUDA counts it (NVIDIA L4, the smallest of them)."""
A100 = 84_900_000_000
"""The same of an 80 GB card (NVIDIA A100)."""
FREE = Licence(name="MIT", url="https://example.org", commercial=True)


def model(name: str, weights: int, kv: int = 0, working: int = GB, parallel: Sequence[int] = (1, 2, 4, 8)) -> Entry:
    """Give a model that needs so many bytes of weights, of KV cache for its one planned case, and of working memory."""
    return Entry(
        name=name,
        describe="made up",
        family="llava",
        task="chat",
        engine="vllm",
        source=name,
        licence=FREE,
        need=Need(weights=weights, kv_per_token=kv // 1000, working=working, measured="made up"),
        context=1000,
        parallel=tuple(parallel),
    )


def gpu(index: int, total: int, used: int = 0, name: str = "GPU") -> Device:
    return Device(index=index, name=name, total=total, free=total - used)


def memory(total: int, free: int) -> Device:
    return Device(index=None, name="memory", total=total, free=free)


models = st.lists(
    st.builds(
        lambda weights, kv, working: (weights, kv, working),
        st.integers(1, 70 * GB),
        st.integers(0, 20 * GB),
        st.integers(0, 3 * GB),
    ),
    min_size=1,
    max_size=5,
).map(lambda needs: [model(f"m{number}", *need) for number, need in enumerate(needs)])
gpus = st.lists(
    st.tuples(st.sampled_from([16 * GB, 24 * GB, 48 * GB, 80 * GB]), st.integers(0, 12 * GB)), min_size=1, max_size=6
).map(lambda cards: [gpu(number, total, used, f"card of {total}") for number, (total, used) in enumerate(cards)])


def try_plan(entries: Sequence[Entry], devices: Sequence[Device]) -> ServingPlan | None:
    """Plan, or give None for a typed refusal; anything else that is raised is a defect."""
    try:
        return plan("p", entries, devices, cpu=False)
    except ServingRefused:
        return None


def on(planned: ServingPlan, device: Device) -> list[Placement]:
    return [placement for placement in planned.placements if device.index in placement.devices]


@settings(deadline=None)
@given(models, gpus)
def test_no_device_is_oversubscribed_and_every_model_is_placed_once(
    entries: list[Entry], devices: list[Device]
) -> None:
    planned = try_plan(entries, devices)
    if planned is None:
        return
    assert sorted(placement.entry.name for placement in planned.placements) == sorted(item.name for item in entries)
    for device in devices:
        here = on(planned, device)
        assert sum(placement.share or 0 for placement in here) <= 0.95 + 1e-9
        taken = sum(int((placement.share or 0) * device.total) for placement in here)
        assert taken + len(here) * CONTEXT <= device.free or not here


@settings(deadline=None)
@given(models, gpus)
def test_a_share_holds_weights_working_memory_and_the_planned_cache(
    entries: list[Entry], devices: list[Device]
) -> None:
    planned = try_plan(entries, devices)
    for placement in planned.placements if planned else ():
        ways = len(placement.devices)
        assert placement.share is not None
        assert placement.memory >= needed(placement.entry, ways)
        assert ways in placement.entry.parallel
        assert len({(devices[index].name, devices[index].total) for index in placement.devices}) == 1
        if placement.entry.need.kv_per_token:
            assert placement.kv_tokens >= placement.entry.context * placement.entry.sequences


@settings(deadline=None)
@given(models, gpus, st.integers(0, 20 * GB))
def test_more_memory_never_makes_a_plan_impossible(entries: list[Entry], devices: list[Device], more: int) -> None:
    if try_plan(entries, devices) is None:
        return
    larger = [
        item.model_copy(update={"total": item.total + more, "free": item.free + more, "name": item.name})
        for item in devices
    ]
    assert try_plan(entries, larger) is not None
    freer = [item.model_copy(update={"free": min(item.total, item.free + more)}) for item in devices]
    assert try_plan(entries, freer) is not None
    assert try_plan(entries, [*devices, gpu(len(devices), 16 * GB, name="another")]) is not None


@settings(deadline=None)
@given(models, gpus)
def test_fewer_models_never_make_a_plan_impossible(entries: list[Entry], devices: list[Device]) -> None:
    if try_plan(entries, devices) is not None:
        assert try_plan(entries[1:], devices) is not None


def test_first_fit_alone_would_refuse_what_fits() -> None:
    """The largest first, each where the fewest are, puts 'a' and 'b' apart and leaves no place for the last one."""
    needs = {"a": 50, "b": 40, "c": 30, "d": 30, "e": 30}
    entries = [model(name, weights * GB, working=0, parallel=[1]) for name, weights in needs.items()]
    planned = plan("p", entries, [gpu(0, 100 * GB), gpu(1, 100 * GB)], cpu=False)
    together = {frozenset(p.entry.name for p in on(planned, device)) for device in planned.devices}
    assert together == {frozenset({"a", "b"}), frozenset({"c", "d", "e"})}


def test_models_spread_over_devices_before_they_share_one() -> None:
    planned = plan("p", [model("a", 10 * GB), model("b", 10 * GB)], [gpu(0, 80 * GB), gpu(1, 80 * GB)], cpu=False)
    assert {placement.devices for placement in planned.placements} == {(0,), (1,)}


def test_a_model_too_large_for_one_device_is_divided_over_equal_ones() -> None:
    devices = [gpu(0, 24 * GB, name="small"), *(gpu(number, 80 * GB, name="large") for number in (1, 2, 3))]
    (placement,) = plan("p", [model("a", 100 * GB, kv=10 * GB)], devices, cpu=False).placements
    assert placement.devices == (1, 2)
    assert placement.kv_tokens >= 1000


def test_a_model_whose_heads_cannot_be_divided_is_refused_and_not_split() -> None:
    with pytest.raises(ServingRefused, match="'a' needs 101"):
        plan("p", [model("a", 100 * GB, parallel=[1])], [gpu(0, 80 * GB), gpu(1, 80 * GB)], cpu=False)


def test_spare_memory_goes_to_the_caches_in_proportion_to_need() -> None:
    small, large = model("small", 10 * GB, kv=2 * GB), model("large", 10 * GB, kv=6 * GB)
    planned = {p.entry.name: p for p in plan("p", [small, large], [gpu(0, 80 * GB)], cpu=False).placements}
    spare = {name: placement.memory - needed(placement.entry) for name, placement in planned.items()}
    assert spare["large"] == pytest.approx(3 * spare["small"], rel=0.02)
    assert sum(placement.share or 0 for placement in planned.values()) == pytest.approx(0.95, abs=0.002)


def test_a_pooling_model_gets_what_it_needs_and_no_more() -> None:
    (placement,) = plan("p", [model("a", 10 * GB)], [gpu(0, 80 * GB)], cpu=False).placements
    assert placement.memory == pytest.approx(11 * GB, rel=0.02)
    assert placement.kv_tokens == 0


def test_what_others_use_of_a_device_is_not_planned_with() -> None:
    with pytest.raises(ServingRefused, match=r"'a' needs 21\.0 GB .*GPU 0 \(GPU\): .* of 24\.0 GB"):
        plan("p", [model("a", 20 * GB)], [gpu(0, 24 * GB, used=6 * GB)], cpu=False)


def test_models_that_fit_only_one_by_one_are_refused_together() -> None:
    with pytest.raises(ServingRefused, match=r"'p' fit one by one but not together \('a' 13\.0 GB, 'b' 13\.0 GB\)"):
        plan("p", [model("a", 12 * GB), model("b", 12 * GB)], [gpu(0, 24 * GB)], cpu=False)


def test_without_a_gpu_a_gpu_plan_is_refused() -> None:
    with pytest.raises(ServingRefused, match="none was found"):
        plan("p", [model("a", GB)], [memory(32 * GB, 30 * GB)], cpu=False)


def test_on_a_cpu_each_model_gets_its_need_in_float32() -> None:
    devices = [gpu(0, 80 * GB), memory(64 * GB, 60 * GB)]
    (placement,) = plan("p", [model("a", 4 * GB, kv=GB)], devices, cpu=True).placements
    assert (placement.devices, placement.share) == ((), None)
    assert placement.memory == pytest.approx(8 * GB + 2 * GB + GB, rel=0.01)
    assert placement.kv_tokens == 1000


def test_too_little_memory_names_the_largest_model_and_what_there_is() -> None:
    with pytest.raises(ServingRefused, match=r"needs 19\.0 GB .*'b' 17\.0 GB.*and 8\.\d GB of 16\.0 GB can be given"):
        plan("p", [model("a", GB // 2), model("b", 8 * GB)], [memory(16 * GB, 9 * GB)], cpu=True)


def test_the_embedded_models_fit_a_small_machine() -> None:
    """The limit of a hosted continuous integration runner: 7 GB, of which half is taken."""
    ours = Settings()
    entries = [entry("vlm", ours), entry("clip", ours)]
    planned = plan("vllm-cpu", entries, [memory(7 * GB, 7 * GB // 2)], cpu=True)
    assert sum(placement.memory for placement in planned.placements) < 3 * GB


@pytest.mark.parametrize(
    ("profile", "total", "tokens"),
    [("gpu-24gb", L4, 32_768), ("gpu-80gb", A100, 1_000_000), ("gpu-80gb-medgemma", A100, 200_000)],
)
def test_a_gpu_profile_fits_the_card_that_it_is_named_for(profile: str, total: int, tokens: int) -> None:
    ours = Settings()
    entries = served(load_profile(profile, ours), ours)
    planned = plan(profile, entries, [gpu(0, total, used=400 * 2**20)], cpu=False)
    assert sum(placement.share or 0 for placement in planned.placements) <= 0.95
    assert all(placement.kv_tokens >= tokens for placement in planned.placements if placement.entry.task == "chat")


@pytest.mark.parametrize("profile", ["gpu-24gb", "gpu-80gb", "gpu-80gb-medgemma"])
def test_a_gpu_profile_says_the_memory_that_the_plan_reckons(profile: str) -> None:
    ours = Settings()
    described = load_profile(profile, ours)
    for item in served(described, ours):
        assert f"{needed(item) / GB:.1f} GB" in described.describe


def test_lingshu_does_not_fit_a_card_of_16_gb_but_two_of_them() -> None:
    lingshu = entry("lingshu-7b", Settings())
    with pytest.raises(ServingRefused, match="'lingshu-7b' needs 21"):
        plan("p", [lingshu], [gpu(0, 16 * GB)], cpu=False)
    (placement,) = plan("p", [lingshu], [gpu(0, 16 * GB), gpu(1, 16 * GB)], cpu=False).placements
    assert placement.devices == (0, 1)
