"""Which parameters a study draws, and from what: as the settings say, or as the family itself suggests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from garrison.detection.families import FAMILIES, Family, Params
from garrison.errors import SettingsError
from garrison.files import canonical_json

RANGE = frozenset({"low", "high", "log", "step"})


@dataclass(frozen=True)
class Space:
    """Optuna's distribution for each parameter that is drawn; ``choices`` are values that it only knows by a label."""

    distributions: Mapping[str, Any]
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def values(self, drawn: Mapping[str, Any]) -> Params:
        """The parameters that Optuna's draw stands for."""
        return {name: self.choices.get(name, {}).get(str(each), each) for name, each in drawn.items()}

    def start(self, params: Mapping[str, Any]) -> Params:
        """Those of ``params`` that could have been drawn, as Optuna knows them."""
        found = {}
        for name, distribution in self.distributions.items():
            value = _label(params[name]) if name in self.choices else params[name]
            if lies_in(distribution, value):
                found[name] = value
        return found

    def to_dict(self) -> dict[str, str]:
        """The space as JSON values: equal for spaces that draw alike."""
        from optuna.distributions import distribution_to_json

        return {name: str(distribution_to_json(each)) for name, each in self.distributions.items()}


def read_space(
    family: str,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    fixed: Mapping[str, Any] | None = None,
) -> Space:
    """The space of a family: ``{parameter: {low, high, log, step}}`` or ``{parameter: {choices: [...]}}``.

    Without ``given`` the family's own, less the parameters that are ``fixed``. Raises ``SettingsError`` for a
    parameter that the family does not take or that is fixed too, a range that holds nothing, or where nothing is left
    to draw.

    >>> read_space("xgboost", {"max_depth": {"low": 3, "high": 10}}).to_dict()
    {'max_depth': '{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 3, "high": 10}}'}
    """
    found, kept = FAMILIES[family], dict(fixed or {})
    full = found.complete(kept)
    if given:
        for name in set(given) - set(found.defaults):
            found.complete({name: given[name]})
        if both := sorted(set(given) & set(kept)):
            raise SettingsError(
                f"{', '.join(both)} of {family} is both fixed and searched",
                remedy="leave it in training.params or in tuning.space",
            )
        space = _as_given(family, given, full)
    else:
        own = {name: each for name, each in suggested(found).items() if name not in kept}
        space = Space(own)
    if not space.distributions:
        raise SettingsError(
            f"{family} has no parameter left to search",
            expected="parameters with a range or choices",
            remedy="name them in tuning.space, or fix fewer",
        )
    return space


def suggested(family: Family) -> dict[str, Any]:
    """The distributions that a family's own ``suggest`` draws from, by parameter."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    probe = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)).ask()
    family.suggest(probe)
    return dict(probe.distributions)


def lies_in(distribution: Any, value: Any) -> bool:
    """Whether ``value`` could have been drawn from ``distribution``."""
    choices = getattr(distribution, "choices", None)
    if choices is not None:
        return value in choices
    return isinstance(value, int | float) and bool(distribution.low <= value <= distribution.high)


def _as_given(family: str, given: Mapping[str, Mapping[str, Any]], full: Params) -> Space:
    from optuna.distributions import CategoricalDistribution

    distributions: dict[str, Any] = {}
    labels: dict[str, dict[str, Any]] = {}
    for name, says in given.items():
        where = f"tuning.space.{family}.{name}"
        if not isinstance(says, Mapping) or not says:
            raise _unfit(f"the range is {says!r}", where)
        if set(says) == {"choices"}:
            values = says["choices"]
            if not isinstance(values, list | tuple) or not values:
                raise _unfit(f"the choices are {values!r}", where)
            labels[name] = {_label(each): each for each in values}
            distributions[name] = CategoricalDistribution(list(labels[name]))
        else:
            distributions[name] = _range(says, full[name], where)
    return Space(distributions, labels)


def _range(says: Mapping[str, Any], default: Any, where: str) -> Any:
    from optuna.distributions import FloatDistribution, IntDistribution

    if not {"low", "high"} <= set(says) <= RANGE:
        raise _unfit(f"the range has {', '.join(map(str, says))}", where)
    numbers = [says[name] for name in ("low", "high", "step") if says.get(name) is not None]
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        raise _unfit(f"a bound of the range is no number: {dict(says)!r}", where)
    if isinstance(default, bool | str | list | dict):
        raise _unfit(f"{default!r} is no number, and so has no range", where)
    whole = all(isinstance(each, int) for each in numbers)
    if isinstance(default, int) and not whole:
        raise _unfit(f"a bound of the range is no whole number: {dict(says)!r}", where)
    step, log = says.get("step"), bool(says.get("log", False))
    try:
        if whole and not isinstance(default, float):
            return IntDistribution(numbers[0], numbers[1], log=log, step=1 if step is None else step)
        return FloatDistribution(float(numbers[0]), float(numbers[1]), log=log, step=step)
    except ValueError as error:
        raise _unfit(str(error).splitlines()[0], where) from None


def _label(value: Any) -> str:
    """A value as text, for Optuna keeps no lists."""
    return canonical_json(value).strip()


def _unfit(what: str, where: str) -> SettingsError:
    return SettingsError(
        what, where=where, expected="low and high, perhaps log: true or a step; or a list of choices"
    )
