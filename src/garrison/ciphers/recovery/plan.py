"""How long to search: the shorter a crib is, the rougher the way down, and the slower one must cool."""

from dataclasses import dataclass

from garrison.ciphers.recovery.cooling import Cooling

_HOT, _COLD = 60.0, 0.4
_HOT_FROM_START = 20.0
_PASSES, _LETTERS = 400, 75
_SHORTER = 3.3
_FIT_MANY = 26
"""Fewer letters than this are no search: many keys fit them."""

_MOST_PASSES, _FEWEST_PASSES = 1600, 200


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``restarts`` keys are cooled at once, again and again until one fits or ``seconds`` are over.

    A round that has begun is finished. Raises ``ValueError`` for numbers that are not positive.
    """

    restarts: int = 128
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.restarts < 1 or not self.seconds > 0:
            raise ValueError("restarts and seconds should be positive")

    def cooling(self, letters: int, tries: int, *, informed: bool) -> Cooling:
        """How the next restarts are cooled: twice as slowly after every fourth try, up to four times."""
        wanted = 0 if letters < _FIT_MANY else _PASSES * (_LETTERS / letters) ** _SHORTER
        passes = min(max(wanted, _FEWEST_PASSES), _MOST_PASSES)
        slower = 1 << min(tries // 4, 2)
        return Cooling(
            restarts=self.restarts,
            passes=int(passes * slower * (0.5 if informed else 1)),
            hot=_HOT_FROM_START if informed else _HOT,
            cold=_COLD,
        )

    def looking_around(self) -> Cooling:
        """How what fits is warmed to see what else fits."""
        return Cooling(restarts=self.restarts, passes=20, hot=6.0, cold=_COLD)
