"""What a comparison with an earlier run came to."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from overread.evals._paired import Paired


class Setback(BaseModel):
    """One reason not to release."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["gate", "scenario", "gone", "figure"]
    """A gate that fails; a scenario that passed before; one that is not there any more; a figure that is lower."""
    what: str
    why: str


class Verdict(BaseModel):
    """A run beside its baseline: `first` of each comparison is the baseline."""

    model_config = ConfigDict(frozen=True)

    baseline: str
    """Digest of the earlier result."""
    overread_version: str
    margin: float
    compared: tuple[Paired, ...] = ()
    setbacks: tuple[Setback, ...] = ()


def lower(compared: tuple[Paired, ...], margin: float) -> tuple[Setback, ...]:
    """Name the figures whose whole paired interval lies below the baseline by more than the margin."""
    return tuple(
        Setback(
            kind="figure",
            what=f"{one.second}, {one.part}, {one.measure}",
            why=f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f}) to the baseline, margin {margin:g}",
        )
        for one in compared
        if one.high < -margin
    )
