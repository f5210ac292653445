"""One network for all 131 pins and 21 lug counts, that knows how the machine is built.

Letters, pins and wheels pass messages, as a decoder does on the graph of a code: every letter hears the six pins it
was made with and the six wheels, every pin its letters and its wheel, every wheel its pins. All letters share their
weights, all pins of a wheel, and all rounds; so one network reads messages of any length.

Arrays are ``(letters or pins, messages, features)``: what all messages share, the graph, is then one matrix product.
"""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from garrison.ciphers.m209.wheels import PAIRS, WHEELS
from garrison.ciphers.networks.incidence import PIN_SLOTS, PLACES, SLOTS, incidence, pin_shares

LETTERS = 26

USUAL_LUGS, LUG_SPREAD = 5.6, 4.0
USUAL_PAIRS, PAIR_SPREAD = 0.43, 0.7
"""Mean and standard deviation of the lugs at a wheel, and of the bars of a pair, over keys by the manual."""


class Reading(NamedTuple):
    """What was read of ``n`` messages: ``pins`` logits ``(n, 131)``, ``lugs`` counts ``(n, 21)``, wheels then pairs."""

    pins: Tensor
    lugs: Tensor


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large the network is: features of a pin, a wheel and a letter, and rounds of messages."""

    pin: int = 64
    wheel: int = 64
    letter: int = 96
    rounds: int = 6

    @classmethod
    def of_width(cls, width: int, *, rounds: int) -> "Shape":
        """``width`` features of a letter, two thirds of that of a pin and of a wheel."""
        return cls(pin=2 * width // 3, wheel=2 * width // 3, letter=width, rounds=rounds)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


class Decoder(nn.Module):
    """The network. Weights are float32; the work between is done in the type that ``forward`` is given."""

    graph: Tensor

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        self.shape = shape
        pin, wheel, letter = shape.pin, shape.wheel, shape.letter
        self.first_pin = nn.Parameter(torch.randn(WHEELS, pin) * 0.5)
        self.first_wheel = nn.Parameter(torch.randn(WHEELS, wheel) * 0.5)
        self.number = nn.Parameter(_bumps() @ torch.randn(2 * LETTERS, letter) * 0.7)
        self.pin_to_letter = nn.Parameter(torch.randn(WHEELS, pin, letter) * 0.15 / pin**0.5)
        self.wheel_to_letter = nn.Linear(WHEELS * wheel, letter)
        self.letter_to_letter = nn.Linear(letter, letter, bias=False)
        self.letter_to_pin = nn.Parameter(torch.randn(WHEELS, letter, letter) / letter**0.5)
        self.pin_to_pin = nn.Linear(pin, letter)
        self.wheel_to_pin = nn.Linear(wheel, letter, bias=False)
        self.count_to_pin = nn.Parameter(torch.randn(letter) * 0.1)
        self.pin_step = nn.Linear(letter, pin)
        self.pin_norm = nn.LayerNorm(pin)
        self.to_wheel = nn.Linear(2 * wheel + pin + letter, 2 * wheel)
        self.wheel_step = nn.Linear(2 * wheel, wheel)
        self.wheel_norm = nn.LayerNorm(wheel)
        self.pin_out = nn.Linear(pin, 32)
        self.wheel_out = nn.Linear(wheel, 32, bias=False)
        self.logit = nn.Linear(32, 1)
        self.lugs = nn.Sequential(nn.Linear(wheel, 64), nn.ReLU(), nn.Linear(64, 1))
        self.pairs = nn.Sequential(nn.Linear(2 * wheel, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(
        self, stream: Tensor, *, last: int = 1, rounds: int | None = None, work: torch.dtype = torch.float32
    ) -> list[Reading]:
        """What the network reads of key streams, int64 ``(n, length)`` in 0..25, after each of the ``last`` rounds."""
        rounds = rounds or self.shape.rounds
        count, length = stream.shape
        device = stream.device

        def cast(weights: Tensor) -> Tensor:
            return weights.to(work)

        graph = incidence(length)
        touches, gathers, roots, shares = (
            torch.from_numpy(part).to(device, work)
            for part in (graph.touches, graph.gathers, graph.roots, pin_shares())
        )
        seen = functional.embedding(stream.T, cast(self.number))
        to_letter, to_pin = cast(self.pin_to_letter), cast(self.letter_to_pin)
        counted = roots[:, :, None, None] * cast(self.count_to_pin)
        pins = cast(self.first_pin)[:, None].expand(WHEELS, PLACES * count, -1)
        wheels = cast(self.first_wheel)[:, None].expand(WHEELS, count, -1)
        heard: Tensor | None = None
        readings = []
        for step in range(rounds):
            told = torch.bmm(pins, to_letter).view(SLOTS, -1)
            of_wheels = _linear(wheels.transpose(0, 1).reshape(count, -1), self.wheel_to_letter, work)
            letters = (touches @ told).view(length, count, -1) + seen + of_wheels
            if heard is not None:
                letters = letters + heard @ cast(self.letter_to_letter.weight).T
            heard = torch.relu(letters)
            gathered = (gathers @ heard.view(length, -1)).view(WHEELS, PLACES * count, -1)
            here = torch.baddbmm(_linear(pins, self.pin_to_pin, work), gathered, to_pin)
            own = _linear(wheels, self.wheel_to_pin, work)
            hidden = torch.relu(here.view(WHEELS, PLACES, count, -1) + (counted + own[:, None]))
            step_taken = _linear(hidden.view(WHEELS, PLACES * count, -1), self.pin_step, work)
            pins = _norm(pins + step_taken, self.pin_norm, work)
            pooled = [(shares @ each.view(SLOTS, -1)).view(WHEELS, count, -1) for each in (pins, hidden)]
            others = wheels.mean(0, keepdim=True).expand_as(wheels)
            asked = torch.relu(_linear(torch.cat([wheels, others, *pooled], -1), self.to_wheel, work))
            wheels = _norm(wheels + _linear(asked, self.wheel_step, work), self.wheel_norm, work)
            if step >= rounds - last:
                readings.append(self._read(pins, wheels, count, work))
        return readings

    def _read(self, pins: Tensor, wheels: Tensor, count: int, work: torch.dtype) -> Reading:
        here = _linear(pins, self.pin_out, work).view(WHEELS, PLACES, count, -1)
        own = _linear(wheels, self.wheel_out, work)
        logits = _linear(torch.relu(here + own[:, None]), self.logit, work).view(SLOTS, count).float()
        slots = torch.from_numpy(PIN_SLOTS).to(pins.device)
        known = wheels.float()
        one, other = (known[list(each)] for each in zip(*PAIRS, strict=True))
        lugs = USUAL_LUGS + LUG_SPREAD * self.lugs(known)
        pairs = USUAL_PAIRS + PAIR_SPREAD * self.pairs(torch.cat([one, other], -1))
        return Reading(logits[slots].T, torch.cat([lugs, pairs])[..., 0].T)


def _linear(x: Tensor, layer: nn.Linear, work: torch.dtype) -> Tensor:
    bias = None if layer.bias is None else layer.bias.to(work)
    return functional.linear(x, layer.weight.to(work), bias)


def _norm(x: Tensor, layer: nn.LayerNorm, work: torch.dtype) -> Tensor:
    return functional.layer_norm(x, layer.normalized_shape, layer.weight.to(work), layer.bias.to(work))


def _bumps() -> Tensor:
    """Neighbouring numbers look alike at first, 25 and 0 too: float32 ``(26, 52)``."""
    away = (torch.arange(LETTERS)[:, None] - torch.arange(0, LETTERS, 0.5)[None]).abs()
    away = torch.minimum(away, LETTERS - away)
    wide = torch.exp(-((away / 2.5) ** 2))
    return wide / wide.square().sum(1, keepdim=True).sqrt()
