"""What a person asks of `garrison privacy`, checked before anything is read."""

from dataclasses import dataclass

from garrison.attacks.privacy import FALSE_POSITIVE_RATES, MEMBERSHIP_ATTACKS
from garrison.errors import UsageError
from garrison.pipelines.asked_numbers import check_numbers

PROTOCOLS = ("auto", "model", "recipe")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How rows and attacks are chosen, as ``measure_privacy`` says; ``UsageError`` for what cannot be asked."""

    data: str | None = None
    members: str | None = None
    others: str | None = None
    protocol: str = "auto"
    attacks: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    false_positive_rates: tuple[float, ...] = FALSE_POSITIVE_RATES
    shadows: int = 16
    rows: int = 4_000
    shadow_rows: int = 10_000
    seed: int = 0
    seconds: float | None = None
    collection: str | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself or is out of range."""
        for name in self.attacks:
            if name not in MEMBERSHIP_ATTACKS:
                raise UsageError(
                    f"there is no attack {name!r} on membership",
                    where="--attack",
                    expected="one of " + ", ".join(MEMBERSHIP_ATTACKS),
                )
        if self.protocol not in PROTOCOLS:
            raise UsageError(
                f"there is no protocol {self.protocol!r}",
                where="--protocol",
                expected="one of " + ", ".join(PROTOCOLS),
            )
        if (self.members is None) != (self.others is None):
            raise UsageError(
                "members need others to be held against, and others members",
                where="--members, --others",
                expected="both or neither",
            )
        if self.members is not None and self.protocol == "recipe":
            raise UsageError(
                "a recipe is attacked on random halves, so that nobody need know who the members are",
                where="--protocol recipe",
                expected="--data in place of --members and --others",
            )
        self._check_numbers()

    def _check_numbers(self) -> None:
        least = 2 * max(each.fewest for each in MEMBERSHIP_ATTACKS.values())
        for where, value, fewest in (
            ("--shadows", self.shadows, least),
            ("--rows", self.rows, 4),
            ("--shadow-rows", self.shadow_rows, 4),
        ):
            if value < fewest:
                raise UsageError(f"{value} are too few", where=where, expected=f"{fewest} or more")
        for rate in self.false_positive_rates:
            if not 0 < rate < 1:
                raise UsageError(
                    f"a false-positive rate of {rate:g}",
                    where="--fpr",
                    expected="a share above 0 and below 1",
                )
        check_numbers(seed=self.seed, seconds=self.seconds)

    @property
    def wanted(self) -> int:
        """Shadow models that the attacks need: none where they look at the loss alone."""
        names = self.attacks or tuple(MEMBERSHIP_ATTACKS)
        return self.shadows if any(MEMBERSHIP_ATTACKS[name].fewest for name in names) else 0
