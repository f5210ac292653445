"""A study: which trials have been made, what the next one draws, which are hopeless.

Every trial has a place, 0 to ``trials - 1``. Draws depend on the seed, the place and the trials that ended before, and
on nothing a process carries along, so that a study that goes on draws as an unbroken one.
"""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from garrison.detection.families import Params
from garrison.detection.tuning.space import Space
from garrison.detection.tuning.tuned import Status, Tried
from garrison.errors import GarrisonError, SettingsError
from garrison.files import canonical_json

Pruning = Literal["median", "none"]
PRUNINGS: tuple[Pruning, ...] = ("median", "none")
NAME = "tuning"
LEAST_TO_COMPARE = 4


@dataclass
class Running:
    """A trial in the making: its place, what it drew, and the metric on the folds fitted so far."""

    place: int
    params: Params
    trial: Any
    values: list[float] = field(default_factory=list)
    seconds: float = 0.0
    losses: int = 0


class Study:
    """An Optuna study in ``storage``; ``asked`` is what must be equal for it to go on.

    ``defaults`` are what the first trial is made with; those that could not have been drawn from ``space`` are no part
    of what Optuna learns from it.
    """

    def __init__(
        self,
        storage: Any,
        *,
        asked: Mapping[str, Any],
        space: Space,
        defaults: Params,
        greater_is_better: bool,
        seed: int,
        pruning: Pruning,
        where: str,
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.space, self.seed, self.pruning = space, seed, pruning
        self.defaults = {name: defaults[name] for name in space.distributions}
        self.greater_is_better = greater_is_better
        self.study = optuna.create_study(
            storage=storage,
            study_name=NAME,
            direction="maximize" if greater_is_better else "minimize",
            load_if_exists=True,
            pruner=optuna.pruners.NopPruner(),
        )
        self._storage = storage
        self._check(asked, where)
        self._fail_unfinished()

    def _check(self, asked: Mapping[str, Any], where: str) -> None:
        before = self.study.user_attrs.get("asked")
        if before is None:
            self.study.set_user_attr("asked", dict(asked))
            return
        keys = sorted({*before, *asked})
        other = [key for key in keys if canonical_json(before.get(key)) != canonical_json(asked.get(key))]
        if other:
            raise SettingsError(
                f"the study was begun with other {', '.join(other)}",
                where=where,
                expected="what it was begun with",
                remedy="go on with that, or keep this study elsewhere (garrison tune --out FOLDER)",
            )

    def _fail_unfinished(self) -> None:
        """Set aside what a process that ended had begun; it is made again."""
        from optuna.trial import TrialState

        number_of = self._storage.get_study_id_from_name(NAME)
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING)):
            known = self._storage.get_trial_id_from_study_id_trial_number(number_of, trial.number)
            self._storage.set_trial_state_values(known, TrialState.FAIL)

    def places_left(self, trials: int, *, running: Collection[int]) -> list[int]:
        """The places of trials that are not made and not in the making, in order."""
        made = {each.place for each in self.tried()}
        return [place for place in range(trials) if place not in made and place not in running]

    def ask(self, place: int) -> Running:
        """Begin the trial of that place: the first has the defaults, the others are drawn."""
        import optuna

        own = int(np.random.SeedSequence([self.seed, place]).generate_state(1)[0])
        self.study.sampler = optuna.samplers.TPESampler(seed=own)
        drawn = dict(self.space.distributions)
        if place == 0:
            start = self.space.start(self.defaults)
            drawn = {name: drawn[name] for name in start}
            self.study.enqueue_trial(start)
        trial = self.study.ask(drawn)
        trial.set_user_attr("place", place)
        return Running(place, self._params(trial), trial)

    def _params(self, trial: Any) -> Params:
        return {**self.defaults, **self.space.values(trial.params)}

    def report(self, running: Running, value: float, seconds: float, *, folds: int) -> bool:
        """Take the metric on one more fold; whether the trial has ended with it."""
        running.values.append(value)
        running.seconds += seconds
        mean = float(np.mean(running.values))
        running.trial.report(mean, len(running.values))
        if len(running.values) == folds:
            self._tell(running, "complete", value=mean)
            return True
        if self.pruning == "median" and self._hopeless(mean, len(running.values)):
            self._tell(running, "pruned")
            return True
        return False

    def refuse(self, running: Running, error: GarrisonError) -> None:
        """End a trial whose parameters, or rows, the family refused."""
        running.trial.set_user_attr("reason", error.what)
        self._tell(running, "refused")

    def _hopeless(self, mean: float, step: int) -> bool:
        """Whether the running mean is worse than the median of those that complete trials had after as many folds."""
        from optuna.trial import TrialState

        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        before = [each.intermediate_values[step] for each in complete if step in each.intermediate_values]
        if len(before) < LEAST_TO_COMPARE:
            return False
        median = float(np.median(before))
        return mean < median if self.greater_is_better else mean > median

    def _tell(self, running: Running, status: Status, *, value: float | None = None) -> None:
        from optuna.trial import TrialState

        running.trial.set_user_attr("folds", running.values)
        running.trial.set_user_attr("seconds", running.seconds)
        states = {
            "complete": TrialState.COMPLETE,
            "pruned": TrialState.PRUNED,
            "refused": TrialState.FAIL,
        }
        self.study.tell(running.trial, value, state=states[status])

    def tried(self) -> tuple[Tried, ...]:
        """Every trial that was made to its end, by place."""
        from optuna.trial import TrialState

        states: dict[Any, Status] = {
            TrialState.COMPLETE: "complete",
            TrialState.PRUNED: "pruned",
            TrialState.FAIL: "refused",
        }
        found = [
            _tried(trial, states[trial.state], self._params(trial))
            for trial in self.study.get_trials(deepcopy=False, states=tuple(states))
            if trial.state != TrialState.FAIL or "reason" in trial.user_attrs
        ]
        return tuple(sorted(found, key=lambda each: each.place))

    def importance(self) -> dict[str, float]:
        """How much each drawn parameter mattered, in shares of 1; empty where Optuna cannot say it well.

        It is told of complete trials in which everything was drawn, which the first one need not be.
        """
        import optuna
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
        from optuna.trial import TrialState

        drawn = optuna.create_study(direction=self.study.direction)
        for each in self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            if set(each.params) == set(self.space.distributions):
                drawn.add_trial(each)
        if len(drawn.trials) < LEAST_TO_COMPARE:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found = get_param_importances(drawn, evaluator=PedAnovaImportanceEvaluator())
            except (ValueError, RuntimeError, UserWarning):
                return {}
        return {str(name): float(share) for name, share in found.items() if np.isfinite(share)}


def _tried(trial: Any, status: Status, params: Params) -> Tried:
    facts = trial.user_attrs
    folds = tuple(float(each) for each in facts.get("folds", ()))
    return Tried(
        place=int(facts["place"]),
        params=params,
        status=status,
        value=float(np.mean(folds)) if folds and status != "refused" else None,
        folds=folds,
        reason=str(facts.get("reason", "")),
        seconds=float(facts.get("seconds", 0.0)),
    )
