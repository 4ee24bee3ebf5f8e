"""What a batch holds twice, and in how many bits."""

from overread.batch.mixture import MOST_GROUPS, mixture_of, told
from overread.batch.summary import SummaryLine


def line(name: str, case_id: str | None, pictures: tuple[str, ...] = (), bits: tuple[int, ...] = ()) -> SummaryLine:
    return SummaryLine(
        case_id=case_id,
        input=name,
        status="awaiting_review" if case_id else "refused",
        pictures=pictures,
        bits=bits,
        seconds=1.0,
        peak_mib=1.0,
    )


def test_a_batch_without_repeats_of_one_depth_has_nothing_to_tell() -> None:
    assert list(told(mixture_of([line("a", "c-1", ("p",), (12,)), line("b", "c-2", ("q",), (12,))]))) == []
    assert list(told(mixture_of([]))) == []


def test_one_content_under_two_names_is_told_as_read_once() -> None:
    found = mixture_of([line("b.dcm", "c-1", ("p",)), line("a.dcm", "c-1", ("p",)), line("bad", None)])
    assert found.same_case == (("a.dcm", "b.dcm"),)
    assert found.same_picture == ()
    assert list(told(found)) == ["the same content, read once: a.dcm, b.dcm"]


def test_one_picture_in_two_cases_is_told_once() -> None:
    found = mixture_of([line("a", "c-1", ("p", "q")), line("b", "c-2", ("p", "q")), line("c", "c-3", ("r",))])
    assert list(told(found)) == ["the same picture in several cases: a, b"]


def test_mixed_depths_are_counted_by_input() -> None:
    found = mixture_of([line("a", "c-1", bits=(8, 12)), line("b", "c-2", bits=(12,)), line("png", "c-3")])
    assert list(told(found)) == ["mixed depths, stored bits: 8 in 1, 12 in 2"]


def test_many_groups_are_cut_short() -> None:
    lines = [line(f"{case}{name}", f"c-{case}") for case in range(MOST_GROUPS + 3) for name in "ab"]
    said = list(told(mixture_of(lines)))
    assert len(said) == MOST_GROUPS + 1
    assert said[-1].endswith("3 more groups")


def test_a_line_of_an_earlier_release_is_still_read() -> None:
    old = '{"case_id": "c-1", "input": "a", "status": "awaiting_review", "seconds": 1, "peak_mib": 1}'
    assert SummaryLine.model_validate_json(old).pictures == ()
