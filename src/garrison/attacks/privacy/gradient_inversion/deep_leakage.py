"""Deep leakage from gradients (Zhu et al., NeurIPS 2019), with the labels of iDLG (Zhao et al. 2020).

Images are sought whose gradient equals the one seen, by L-BFGS on the squared difference. It needs a network with
smooth activations; through ReLU its second derivatives say little, and it may stay anywhere.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from garrison.attacks.privacy.gradient_inversion.descent import DescentAttack, Match, in_time

if TYPE_CHECKING:
    import torch

AT_ONCE = 10
REMEMBERED = 50
"""Steps that L-BFGS draws its second derivatives from."""


@dataclass(frozen=True, kw_only=True)
class DeepLeakage(DescentAttack):
    """Match the gradient itself, in double precision; several local steps are taken for one gradient."""

    name: ClassVar[str] = "deep_leakage"
    precise: ClassVar[bool] = True

    iterations: int = 100

    def _descend(
        self,
        match: Match,
        images: "torch.Tensor",
        labels: "torch.Tensor",
        until: float | None,
        limits: tuple[float, float],  # noqa: ARG002  (clipped at the end)
    ) -> int:
        import torch

        walker = torch.optim.LBFGS(
            [images],
            max_iter=min(AT_ONCE, self.iterations),
            history_size=REMEMBERED,
            line_search_fn="strong_wolfe",
            tolerance_grad=1e-12,
            tolerance_change=1e-16,
        )

        def loss() -> "torch.Tensor":
            walker.zero_grad()
            dot, square = match(images, labels)
            apart = (square - 2 * dot) / match.length**2 + 1
            torch.autograd.backward(apart)
            return apart.detach()

        done = 0
        while done < self.iterations and in_time(until):
            walker.step(loss)  # type: ignore[no-untyped-call]
            before, done = done, int(walker.state[images].get("n_iter", 0))
            if done == before or not bool(images.isfinite().all()):
                break
        return done
