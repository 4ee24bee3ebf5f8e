"""Muon for the matrices of a transformer, AdamW for all else (Jordan et al. 2024; Liu et al. 2025, arXiv 2502.16982).

The momentum of a matrix is replaced by the nearest orthogonal matrix (Newton-Schulz), so that rare directions move as
far as common ones: a small vision transformer learns small findings in fewer steps. torch.optim.Muon computes that in
bfloat16, which many processors only emulate; here it is float32, batched by shape, and shared out among the processes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, distributed, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 4
MOMENTUM = 0.95
REACH = 0.2
"""Root mean square of an update before the rate: that of AdamW, so that one rate serves both."""


def orthogonal(matrices: Tensor) -> Tensor:
    """Bring (n, r, c) matrices near to orthogonal ones, singular values about 1."""
    wide = matrices if matrices.shape[1] <= matrices.shape[2] else matrices.transpose(1, 2)
    x = wide / (wide.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ITERATIONS):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if matrices.shape[1] <= matrices.shape[2] else x.transpose(1, 2)


class Muon(torch.optim.Optimizer):
    """Step along the orthogonalised Nesterov momentum of each matrix; decoupled weight decay."""

    def __init__(self, matrices: Iterable[nn.Parameter], rate: float, weight_decay: float) -> None:
        super().__init__(list(matrices), {"lr": rate, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every matrix; its gradient must be the same in all processes."""
        for group in self.param_groups:
            owned = [(p, self._pushed(p, p.grad)) for p in group["params"] if p.grad is not None]
            updates = self._shared([pushed for _, pushed in owned])
            for (matrix, _), update in zip(owned, updates, strict=True):
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(update, alpha=-group["lr"] * REACH * max(matrix.shape) ** 0.5)

    def _pushed(self, matrix: nn.Parameter, gradient: Tensor) -> Tensor:
        state: dict[str, Any] = self.state[matrix]
        momentum = state.setdefault("momentum", torch.zeros_like(matrix))
        momentum.lerp_(gradient, 1 - MOMENTUM)
        return gradient.lerp(momentum, MOMENTUM)

    def _shared(self, pushed: list[Tensor]) -> list[Tensor]:
        """Orthogonalise: each process its part, then all have all."""
        alone = not distributed.is_initialized()
        rank, processes = (0, 1) if alone else (distributed.get_rank(), distributed.get_world_size())
        mine: dict[torch.Size, list[int]] = defaultdict(list)
        for place in range(rank, len(pushed), processes):
            mine[pushed[place].shape].append(place)
        flat = torch.zeros(sum(matrix.numel() for matrix in pushed), device=pushed[0].device)
        parts = flat.split([matrix.numel() for matrix in pushed])
        for places in mine.values():
            for place, done in zip(places, orthogonal(torch.stack([pushed[i] for i in places])), strict=True):
                parts[place].copy_(done.flatten())
        if not alone:
            distributed.all_reduce(flat)
        return [part.view_as(matrix) for part, matrix in zip(parts, pushed, strict=True)]


class Both:
    """Muon for some parameters and AdamW for the others, as one optimizer."""

    def __init__(self, *optimizers: torch.optim.Optimizer) -> None:
        self._optimizers = optimizers

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all optimizers, not copies: a rate that is set in one holds."""
        return [group for optimizer in self._optimizers for group in optimizer.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every gradient: as None, or else as zeros."""
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none)

    def step(self) -> None:
        """Step each optimizer once, in order."""
        for optimizer in self._optimizers:
            optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Give each optimizer's state by its place, as text: "0", "1", …"""
        return {str(place): optimizer.state_dict() for place, optimizer in enumerate(self._optimizers)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take what `state_dict` gave; the optimizers must be of the same kinds, in the same order."""
        for place, optimizer in enumerate(self._optimizers):
            optimizer.load_state_dict(state[str(place)])
