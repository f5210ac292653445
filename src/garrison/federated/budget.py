"""What each party's records have cost in privacy so far, and who can afford another round."""

from collections.abc import Mapping, Sequence

from garrison.federated.ledger import Ledger
from garrison.federated.plan import Plan
from garrison.federated.roster import Member
from garrison.federated.updates import Refused


def after_round(plan: Plan, member: Member, ledgers: Mapping[str, Ledger]) -> Ledger:
    """The party's ledger once it has trained for another round."""
    so_far, private = ledgers.get(member.party, Ledger()), plan.how.private
    if private is None or private.noise_multiplier is None:
        return so_far
    return so_far.more(
        noise=private.noise_multiplier,
        rate=plan.how.rate(member.examples),
        steps=plan.how.steps(member.examples),
    )


def within_budget(
    plan: Plan,
    members: Sequence[Member],
    ledgers: Mapping[str, Ledger],
    *,
    limit: float | None,
) -> tuple[list[Member], list[Refused]]:
    """The parties whose records may be used once more, and those whose epsilon would rise above ``limit``.

    Noise is found for the parties that are there at the beginning; one that comes later, or is asked more often, may
    reach the limit sooner.
    """
    private = plan.how.private
    if private is None or limit is None:
        return list(members), []
    affordable, declined = [], []
    for member in members:
        if after_round(plan, member, ledgers).epsilon(private.delta) <= limit:
            affordable.append(member)
        else:
            reason = f"its privacy is spent: another round would take it above an epsilon of {limit:g}"
            declined.append(Refused(member.party, reason))
    return affordable, declined
