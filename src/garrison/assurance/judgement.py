"""Whether a candidate may go into production: the gates, and a gain over the model there that is no accident."""

from pydantic import BaseModel, ConfigDict, FiniteFloat

from garrison.assurance.gates import GateResult

NO_JUDGEMENT = "nothing is known of its quality: no evaluation is in its record"
"""What is said of a candidate in whose record no evaluation stands."""


class Span(BaseModel):
    """A value and its interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat

    def __str__(self) -> str:
        """The value with its range, three decimals each."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Rival(BaseModel):
    """The model in production that the candidate was compared with, on the same rows.

    ``digest`` names its content, ``value`` is its figure and ``gain`` how much better the candidate's is (paired
    bootstrap; above zero is better). Where it could not score these rows, ``refused`` says why, and both are None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    digest: str
    value: FiniteFloat | None = None
    gain: Span | None = None
    refused: str | None = None


class Judgement(BaseModel):
    """What a candidate was judged by, kept in its record, so that a promotion can be judged by it later.

    ``margin`` is what the whole interval of the gain must exceed; ``faults`` are reasons against it whatever else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    found: Span
    margin: FiniteFloat
    gates: tuple[GateResult, ...] = ()
    faults: tuple[str, ...] = ()
    rival: Rival | None = None

    @property
    def accepted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.objections()

    def objections(self) -> tuple[str, ...]:
        """What speaks against it: missed gates, and no certain gain over the model in production."""
        return (*self.flaws(), *self._against_rival())

    def flaws(self) -> tuple[str, ...]:
        """What speaks against it whatever is in production."""
        missed = (f"it misses the gate {gate}" for gate in self.gates if not gate.passed)
        return (*self.faults, *missed)

    def verdict(self) -> str:
        """One sentence for people."""
        if objections := self.objections():
            return f"not accepted: {'; '.join(objections)}"
        if self.rival is None or self.rival.gain is None:
            said = f"the first model; {self.metric} {self.found}"
        else:
            said = f"{self._gain()}, all of it above {self.margin:g}"
        gates = f"; it keeps {len(self.gates)} gate(s)" if self.gates else ""
        return f"accepted: {said}{gates}"

    def _against_rival(self) -> tuple[str, ...]:
        rival = self.rival
        if rival is None:
            return ()
        if rival.gain is None:
            return (
                f"version {rival.version} in production cannot score these data, so the two cannot be compared "
                f"({rival.refused}); give the detector another name (--set name=…)",
            )
        if rival.gain.value > self.margin and rival.gain.low > self.margin:
            return ()
        return (f"{self._gain()}, not all of it above {self.margin:g}",)

    def _gain(self) -> str:
        assert self.rival is not None
        assert self.rival.gain is not None
        gain = self.rival.gain
        return (
            f"{self.metric} {self.found.value:.4f} against {self.rival.value:.4f} in production: "
            f"a gain of {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        )
