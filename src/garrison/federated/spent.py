"""What a training has cost in privacy, in one figure."""

from collections.abc import Iterable, Mapping

from garrison.federated.ledger import Ledger, Spent
from garrison.federated.plan import Plan
from garrison.federated.roster import Member

SEEDED_NOISE = "the noise was drawn from a seed: whoever knows the seed can take it away"
BY_MOST_ASKED = "of the party whose records were used most; what the others have spent is less, or as much"
COUNTS_KNOWN = "how many records a party has is taken to be known"
COORDINATOR_TRUSTED = "the coordinator sees every update as it is: only what it publishes is private"


def spent_so_far(
    plan: Plan,
    ledgers: Mapping[str, Ledger],
    central: Ledger,
    *,
    members: Iterable[Member],
    secret: bool,
) -> Spent | None:
    """The privacy spent; None where the plan has none.

    Where both the parties and the coordinator add noise, the figure is the parties': it holds against the
    coordinator too. ``secret`` says that the coordinator's noise came from no seed that is written down.
    """
    private = plan.how.private
    if private is not None:
        worst = max((ledger.epsilon(private.delta) for ledger in {*ledgers.values()}), default=0.0)
        seeded = any(member.reproducible for member in members)
        caveats = (BY_MOST_ASKED, COUNTS_KNOWN, *((SEEDED_NOISE,) if seeded else ()))
        return Spent(worst, private.delta, "example", caveats)
    if plan.central is not None:
        caveats = (COORDINATOR_TRUSTED, *(() if secret else (SEEDED_NOISE,)))
        return Spent(central.epsilon(plan.central.delta), plan.central.delta, "party", caveats)
    return None
