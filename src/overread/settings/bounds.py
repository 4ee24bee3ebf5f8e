"""What one input may cost, and how long a case may wait."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Bounds on what one input may cost (the reader's child process is killed beyond them)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_bytes: int = Field(default=256 * 2**20, gt=0)
    files: int = Field(default=2000, gt=0)
    archive_bytes: int = Field(default=2 * 2**30, gt=0)
    pixels: int = Field(default=64 * 2**20, gt=0)
    """Largest rows x columns of one frame."""
    slices: int = Field(default=800, gt=0)
    """CT slices of one input; more are refused, not left out."""
    memory_bytes: int = Field(default=1500 * 2**20, gt=0)
    cpu_seconds: int = Field(default=20, gt=0)
    wall_seconds: float = Field(default=30.0, gt=0)


class WorklistLimits(BaseModel):
    """Minutes from the arrival of a case within which somebody should have decided it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stat: float = Field(default=60, gt=0)
    urgent: float = Field(default=4 * 60, gt=0)
    routine: float = Field(default=24 * 60, gt=0)

    def by_priority(self) -> dict[str, timedelta]:
        """Give the limit of each priority of an order."""
        return {
            "STAT": timedelta(minutes=self.stat),
            "urgent": timedelta(minutes=self.urgent),
            "routine": timedelta(minutes=self.routine),
        }
