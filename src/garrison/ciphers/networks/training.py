"""Training of a network, by Adam on pins and lugs at once.

The loss is taken after each of the last rounds, so that every round learns to end with an answer. What is kept is the
running mean of the weights, which makes up for a rate that does not fall: a training can be stopped, or gone on with,
at any step.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from garrison.ciphers.m209.wheels import WHEELS
from garrison.ciphers.networks.decoder import LUG_SPREAD, PAIR_SPREAD, Decoder, Reading, Shape
from garrison.ciphers.networks.examples import Batch, Examples
from garrison.ciphers.networks.kept_training import State, keep, restore
from garrison.ciphers.networks.saved_network import SavedNetwork
from garrison.errors import SettingsError, UsageError
from garrison.files import canonical_json
from garrison.progress import progress
from garrison.spread import torch_threads

Precision = Literal["float32", "bfloat16"]
CHECKPOINT = "checkpoint"

Told = Callable[[Mapping[str, Any]], None]
Kept = Callable[[Decoder, list[dict[str, Any]]], object]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained: ``steps`` of ``batch`` keys, the loss after each of the ``last`` rounds, Adam at
    ``rate`` after ``warmup`` steps; every ``every`` steps it is validated and kept, and stopped after ``patience``
    validations that brought nothing (0: never). ``precision`` is that of what is worked out between the weights."""

    shape: Shape = field(default_factory=Shape)
    steps: int = 20_000
    batch: int = 32
    last: int = 3
    rate: float = 2e-3
    warmup: int = 100
    weight_decay: float = 1e-4
    lug_share: float = 0.1
    averaging: float = 0.99
    every: int = 200
    patience: int = 0
    precision: Precision = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.every, self.last) < 1 or self.last > self.shape.rounds:
            raise SettingsError(
                "this is no training",
                expected="one step, key and validation at least, and a loss after no more rounds than there are",
            )
        if self.precision not in get_args(Precision):
            raise SettingsError(f"there is no precision {self.precision!r}", expected="float32 or bfloat16")

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the weights after a step, as JSON values."""
        facts = asdict(self)
        return {name: value for name, value in facts.items() if name not in ("steps", "patience")}


def train_decoder(
    examples: Examples,
    how: Training,
    *,
    folder: Path,
    start: SavedNetwork | None = None,
    device: str = "cpu",
    told: Told | None = None,
    kept: Kept | None = None,
) -> tuple[Decoder, list[dict[str, Any]]]:
    """Train a network, or go on with what ``folder`` keeps of a training; the best one, and the curve.

    ``start`` gives the weights to begin with; ``UsageError`` where its shape is another, or ``folder`` keeps a training
    of more steps.

    ``told`` hears of every validation: ``step``, ``keys`` seen, mean ``loss`` since the last, and on keys of training
    that were set aside ``accuracy`` over all pins and ``lug_error``, and both ``by_length``. ``kept`` gets the best
    network after a validation that brought one, and the curve.
    """
    place = chosen_device(device)
    work = torch.float32 if how.precision == "float32" else torch.bfloat16
    with torch.random.fork_rng(), torch_threads():
        torch.manual_seed(how.seed)
        module = Decoder(how.shape)
        if start is not None:
            _begin(module, start)
        module.to(place)
        adam = torch.optim.AdamW(
            module.parameters(), lr=how.rate, weight_decay=how.weight_decay, betas=(0.9, 0.98)
        )
        identity = {
            **how.identity,
            "examples": dict(examples.identity),
            "start": start and start.digest,
            "device": place.type,
        }
        state = restore(folder / CHECKPOINT, identity, module, adam)
        if state is None:
            state = State(mean=_copied(module), best=_copied(module))
        if state.step > how.steps:
            raise UsageError(
                f"the network was trained for {state.step:,} steps already, and {how.steps:,} are asked for",
                where=str(folder),
                expected="as many or more",
                remedy="ask for more steps, or for another folder",
            )
        held_out = examples.held_out()
        while state.step < how.steps and not _stale(state.curve, how.patience):
            steps = range(state.step, min(state.step + how.every, how.steps))
            with progress(f"steps to {steps.stop:,} of {how.steps:,}", total=len(steps)) as advance:
                losses = []
                for step in steps:
                    losses.append(_step(step, examples, how, module, adam, state, place, work))
                    advance(1)
            state.step = steps.stop
            better = _validate(state, how, module, held_out, float(np.mean(losses)), place, work)
            if better and kept is not None:
                kept(_of(how.shape, state.best), state.curve)
            keep(folder / CHECKPOINT, identity, state, module, adam)
            if told is not None:
                told(state.curve[-1])
    return _of(how.shape, state.best), state.curve


def _begin(module: Decoder, start: SavedNetwork) -> None:
    if start.module.shape != module.shape:
        raise UsageError(
            "the network to begin with has another shape",
            expected=f"{start.module.shape.to_dict()}, as it has; asked for is {module.shape.to_dict()}",
        )
    module.load_state_dict(start.module.state_dict())


def _of(shape: Shape, weights: dict[str, Tensor]) -> Decoder:
    module = Decoder(shape)
    module.load_state_dict(weights)
    return module.eval()


def _step(
    step: int,
    examples: Examples,
    how: Training,
    module: Decoder,
    adam: torch.optim.Optimizer,
    state: State,
    place: torch.device,
    work: torch.dtype,
) -> float:
    for group in adam.param_groups:
        group["lr"] = how.rate * min(1.0, (step + 1) / how.warmup)
    batch = examples.batch(step, how.batch)
    pins, lugs = (torch.from_numpy(part).to(place).float() for part in (batch.pins, batch.lugs))
    readings = module(_letters(batch, place), last=how.last, work=work)
    loss = sum((_loss(each, pins, lugs, how.lug_share) for each in readings), torch.zeros((), device=place))
    loss = loss / len(readings)
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    adam.step()
    kept = min(how.averaging, (step + 1) / (step + 10))
    with torch.no_grad():
        for name, value in module.state_dict().items():
            state.mean[name].lerp_(value.cpu(), 1 - kept)
    return float(loss.detach())


def _loss(reading: Reading, pins: Tensor, lugs: Tensor, share: float) -> Tensor:
    of_pins = functional.binary_cross_entropy_with_logits(reading.pins, pins)
    away = reading.lugs - lugs
    of_lugs = functional.huber_loss(away[:, :WHEELS] / LUG_SPREAD, torch.zeros_like(away[:, :WHEELS]))
    of_pairs = functional.huber_loss(away[:, WHEELS:] / PAIR_SPREAD, torch.zeros_like(away[:, WHEELS:]))
    return of_pins + share * (of_lugs + of_pairs)


def _letters(batch: Batch, place: torch.device) -> Tensor:
    return torch.from_numpy(batch.stream).to(place).long()


def _validate(
    state: State,
    how: Training,
    module: Decoder,
    held_out: Any,
    loss: float,
    place: torch.device,
    work: torch.dtype,
) -> bool:
    """Judge the running mean of the weights; is it the best so far?"""
    trained = _copied(module)
    module.load_state_dict(state.mean)
    by_length = {}
    for batch in held_out:
        right, wrong_by = _judged(module, batch, place, work)
        by_length[str(batch.stream.shape[1])] = {"accuracy": right, "lug_error": wrong_by}
    module.load_state_dict(trained)
    found = {
        "step": state.step,
        "keys": state.step * how.batch,
        "loss": loss,
        "accuracy": float(np.mean([each["accuracy"] for each in by_length.values()])),
        "lug_error": float(np.mean([each["lug_error"] for each in by_length.values()])),
        "by_length": by_length,
    }
    better = all(found["accuracy"] > before["accuracy"] for before in state.curve)
    if better:
        state.best = {name: value.clone() for name, value in state.mean.items()}
    # In the order in which the checkpoint gives it back, so that one who goes on leaves the same bytes.
    state.curve.append(json.loads(canonical_json(found)))
    return better


def _judged(module: Decoder, batch: Batch, place: torch.device, work: torch.dtype) -> tuple[float, float]:
    right, error = 0, 0.0
    with torch.no_grad():
        for begin in range(0, len(batch), 256):
            some = slice(begin, begin + 256)
            part = Batch(batch.stream[some], batch.pins[some], batch.lugs[some])
            read = module(_letters(part, place), work=work)[-1]
            right += int(((read.pins > 0).cpu().numpy() == part.pins.astype(bool)).sum())
            away = np.abs(read.lugs[:, :WHEELS].cpu().numpy() - part.lugs[:, :WHEELS])
            error += float(away.mean(1).sum())
    return right / batch.pins.size, error / len(batch)


def _stale(curve: list[dict[str, Any]], patience: int) -> bool:
    if not patience or not curve:
        return False
    best = max(range(len(curve)), key=lambda place: float(curve[place]["accuracy"]))
    return len(curve) - 1 - best >= patience


def _copied(module: Decoder) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone() for name, value in module.state_dict().items()}


def chosen_device(name: str) -> torch.device:
    """The device of that name (cpu, cuda, cuda:1, …); ``SettingsError`` where there is none."""
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(
            f"{name!r} is no device of this machine", expected="cpu, or cuda with a GPU"
        ) from error
