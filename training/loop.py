"""A seeded, resumable training loop: cosine rate, averaged weights, a curve file, a progress bar."""

import copy
import csv
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from tqdm import tqdm

from training.device import CPU, Budget
from training.muon import Both, Muon
from training.paths import work

CHECKPOINT_EVERY = 200


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train."""

    name: str
    steps: int
    rate: float
    weight_decay: float = 0.05
    warmup: int = 100
    average: float = 0.995
    """Decay of the averaged weights, which are the ones kept."""
    seed: int = 0
    muon: bool = False


Optimizer = torch.optim.AdamW | Both


class Average:
    """Keep an exponential moving average of a module's parameters and buffers."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).eval()
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move towards the model; slowly only once the first steps are over."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for kept, new in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)


def step_precision(device: torch.device = CPU) -> torch.autocast:
    """Compute a training step in bfloat16 where the processor or GPU multiplies it natively, else in float32.

    Emulated bfloat16 is 70 times slower. Raises `RuntimeError` outside of a step, where no gradient is taken: what a
    head, a calibration, a cache or a card rests on is computed in float32, the arithmetic of the product.
    """
    if not torch.is_grad_enabled():
        raise RuntimeError("reduced precision is for training steps only; leave step_precision() out")
    if device.type == "cuda":
        return torch.autocast("cuda", torch.bfloat16, enabled=torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    native = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return torch.autocast("cpu", torch.bfloat16, enabled=native)


def rank() -> int:
    """Give this process's place among those that train together; 0 when alone."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def processes() -> int:
    """Give how many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def join_processes() -> None:
    """Join the processes that RANK and WORLD_SIZE name (one a core beats threads: they meet once a step)."""
    if "WORLD_SIZE" in os.environ:
        distributed.init_process_group("gloo")


def leave_processes() -> None:
    """Leave the group: what follows is one process's work, and must not wait for the others."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def average_gradients(model: nn.Module) -> None:
    """Average the gradients of all processes in one message."""
    if processes() == 1:
        return
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([grad.flatten() for grad in grads])
    distributed.all_reduce(flat)
    flat /= processes()
    for grad, part in zip(grads, flat.split([grad.numel() for grad in grads]), strict=True):
        grad.copy_(part.view_as(grad))


def optimizer_of(model: nn.Module, plan: Plan) -> Optimizer:
    """Make AdamW, without decay of vectors (norms, biases); Muon for the matrices of layers where the plan says so."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    hidden = {id(p) for name, p in named if plan.muon and p.dim() == 2 and ".layers." in name}
    matrices = [p for _, p in named if p.dim() > 1 and id(p) not in hidden]
    vectors = [p for _, p in named if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98))
    if not hidden:
        return adam
    return Both(Muon([p for _, p in named if id(p) in hidden], plan.rate, plan.weight_decay), adam)


def rate_at(step: int, plan: Plan, spent: float = 0.0) -> float:
    """Give the factor of the learning rate: linear warm-up, then a cosine to 2 %.

    The cosine goes by steps, or by the share of a time limit that is `spent` where that is further on.
    """
    if step < plan.warmup:
        return (step + 1) / plan.warmup
    progress = max(spent, (step - plan.warmup) / max(1, plan.steps - plan.warmup))
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def fit(
    model: nn.Module,
    plan: Plan,
    loss_of: Callable[[int], tuple[Tensor, Mapping[str, float]]],
    *,
    resume: bool = True,
    each: Callable[[int, nn.Module], None] | None = None,
    budget: Budget | None = None,
) -> nn.Module:
    """Train to the plan's last step, or to the first after the budget is spent, and return the averaged model.

    `loss_of(step)` draws its own batch from a generator seeded by the step, so that a resumed run sees the batches that
    an uninterrupted one would. The checkpoint and `curve.csv` are under .training/<plan.name>/.
    """
    torch.manual_seed(plan.seed)
    optimizer = optimizer_of(model, plan)
    average = Average(model, plan.average)
    checkpoint = work(plan.name, "checkpoint.pt")
    start = _restore(checkpoint, model, average, optimizer) if resume else 0
    bar = tqdm(range(start, plan.steps), desc=plan.name, initial=start, total=plan.steps, mininterval=5)
    for step in bar:
        spent = budget.spent() if budget else 0.0
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * rate_at(step, plan, spent)
        model.train()
        loss, parts = loss_of(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        average_gradients(model)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model)
        if step % 20 == 0 and rank() == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
            _log(work(plan.name, "curve.csv"), step, {"loss": loss.item(), **parts})
        last = step + 1 == plan.steps or (budget is not None and budget.spent() >= 1)
        if rank() == 0 and ((step + 1) % CHECKPOINT_EVERY == 0 or last):
            _save(checkpoint, step + 1, model, average, optimizer)
        if each is not None:
            each(step + 1, average.model)
        if last:
            break
    return average.model


def _save(path: Path, step: int, model: nn.Module, average: Average, optimizer: Optimizer) -> None:
    state = {
        "step": step,
        "model": model.state_dict(),
        "average": average.model.state_dict(),
        "updates": average.updates,
        "optimizer": optimizer.state_dict(),
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def _restore(path: Path, model: nn.Module, average: Average, optimizer: Optimizer) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True, map_location=next(model.parameters()).device)
    model.load_state_dict(state["model"])
    average.model.load_state_dict(state["average"])
    average.updates = state["updates"]
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def _log(path: Path, step: int, values: Mapping[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        if new:
            writer.writerow(["step", *values])
        writer.writerow([step, *(f"{value:.5f}" for value in values.values())])
