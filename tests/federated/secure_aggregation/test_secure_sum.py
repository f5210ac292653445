"""The secure sum is the plain weighted mean, whoever falls silent and whenever, and the server sees nothing else."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from secure_round import SeenByServer, secure_round

from garrison.errors import SettingsError
from garrison.federated.secure_aggregation import (
    Advertisement,
    Identity,
    KnownParties,
    MaskedSum,
    PartyRound,
    SecureAggregationError,
    Terms,
)
from garrison.federated.secure_aggregation.shamir import join

SIZE = 20_000
PARTIES = (3, 8, 21, 2**62, 2**63 + 5)
EXAMPLES = dict(zip(PARTIES, (600, 1, 37, 250, 4_000), strict=True))


def updates(seed: int = 0) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {party: rng.normal(0, 0.05, SIZE) for party in PARTIES}


def plain(of: dict[int, np.ndarray], who: tuple[int, ...]) -> np.ndarray:
    total = sum(EXAMPLES[party] for party in who)
    mean: np.ndarray = np.sum([of[party] * EXAMPLES[party] for party in who], axis=0) / total
    return mean


def test_the_sum_is_the_weighted_mean_within_the_stated_error() -> None:
    given = updates()
    mean = secure_round(given, EXAMPLES)
    off = np.abs(mean.update - plain(given, PARTIES)).max()
    assert 0 < off <= Terms().error
    assert (mean.examples, mean.clipped, mean.parties) == (4_888, 0, PARTIES)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_the_stated_error_is_the_one_made(bits: int) -> None:
    given = updates(bits)
    ones = dict.fromkeys(PARTIES, 1)
    terms = Terms(bits=bits, most_examples=4_096)
    mean = secure_round(given, ones, terms=terms)
    off = np.abs(mean.update - np.mean([*given.values()], axis=0)).max()
    assert terms.error / 10 < off <= terms.error


def test_what_is_cut_is_counted() -> None:
    given = updates()
    given[3][7] = 9.0
    given[21][0] = -800.0
    mean = secure_round(given, EXAMPLES)
    assert mean.clipped == 2
    given[3][7], given[21][0] = 8.0, -8.0
    assert np.abs(mean.update - plain(given, PARTIES)).max() <= Terms().error


@pytest.mark.parametrize("phase", ["keys", "pieces", "update", "reveal"])
def test_a_round_outlives_parties_that_fall_silent(phase: str) -> None:
    given = updates()
    mean = secure_round(given, EXAMPLES, silent={phase: [8]})
    left = PARTIES if phase == "reveal" else (3, 21, 2**62, 2**63 + 5)
    assert mean.parties == left
    assert np.abs(mean.update - plain(given, left)).max() <= Terms().error
    assert mean.examples == sum(EXAMPLES[party] for party in left)


def test_parties_may_fall_silent_in_every_phase_of_one_round() -> None:
    rng = np.random.default_rng(1)
    given = {party: rng.normal(0, 1, 100) for party in range(1, 11)}
    ones = dict.fromkeys(given, 2)
    mean = secure_round(given, ones, silent={"keys": [1], "pieces": [2], "update": [5], "reveal": [9]})
    left = [3, 4, 6, 7, 8, 9, 10]
    assert mean.parties == tuple(left)
    assert np.abs(mean.update - np.mean([given[party] for party in left], axis=0)).max() <= Terms().error


@pytest.mark.parametrize("phase", ["pieces", "update", "reveal"])
def test_below_the_threshold_the_round_ends_with_a_clear_error(phase: str) -> None:
    with pytest.raises(SecureAggregationError, match=r"3 of 5 parties") as caught:
        secure_round(updates(), EXAMPLES, silent={phase: [3, 21]})
    assert "4 or more" in caught.value.expected
    assert "3, 21" in caught.value.remedy


def test_too_few_parties_make_no_sum_at_all() -> None:
    with pytest.raises(SecureAggregationError, match="2 parties take part"):
        secure_round(updates(), EXAMPLES, silent={"keys": PARTIES[:3]})


def uniform(numbers: np.ndarray) -> bool:
    """Whether the bytes of 64-bit numbers pass a chi-squared test for being drawn alike (at 1 in a million)."""
    from scipy.stats import chi2

    counts = np.bincount(np.ascontiguousarray(numbers).view(np.uint8), minlength=256)
    expected = counts.sum() / 256
    return bool(((counts - expected) ** 2 / expected).sum() < chi2.isf(1e-6, 255))


@pytest.mark.parametrize("silent", [{}, {"update": [8]}])
def test_nothing_that_the_server_receives_shows_one_update(silent: dict[str, list[int]]) -> None:
    given = updates()
    seen = SeenByServer()
    secure_round(given, EXAMPLES, silent=silent, seen=seen)
    assert seen.server is not None
    bound = 5 / np.sqrt(SIZE)
    for party, vector in seen.masked.items():
        body = vector[2:]
        assert uniform(body)
        for true in given.values():
            assert abs(np.corrcoef(body.view(np.int64).astype(float), true)[0, 1]) < bound
        plain_ring = np.rint(given[party] * EXAMPLES[party] * 2.0**24).astype(np.int64).view(np.uint64)
        assert not np.isin(plain_ring, body).any()
        assert EXAMPLES[party] not in vector[:2]
        assert uniform(body - plain_ring)

    # The test itself sees an update that is not masked, and one that is masked too little.
    unmasked = np.rint(given[3] * EXAMPLES[3] * 2.0**24).astype(np.int64).view(np.uint64)
    assert not uniform(unmasked)

    # All that the revealed pieces open: the own masks of survivors, the pair's keys of those that dropped out.
    secrets = {one: state.keys for one, state in seen.parties.items()}
    threshold = seen.server.session.threshold
    for party in PARTIES:
        seeds = {one.party: one.seeds[party] for one in seen.revealed if party in one.seeds}
        keys = {one.party: one.keys[party] for one in seen.revealed if party in one.keys}
        assert not (seeds and keys), "never both of one party"
        pieces, secret = (seeds, secrets[party].seed) if seeds else (keys, secrets[party].mask)
        for some in itertools.combinations(pieces, threshold):
            assert join({one: pieces[one] for one in some}, length=32) == secret
        for few in itertools.combinations(pieces, threshold - 1):
            assert join({one: pieces[one] for one in few}, length=32) != secret

    # Neither sealed pieces nor what was told at the start hold a secret as it is.
    wire = b"".join(
        [piece for sealed in seen.sealed.values() for piece in sealed.values()]
        + [one.body(1) + one.mask_key + one.seal_key + one.commitment for one in seen.advertisements]
    )
    for keys_of in secrets.values():
        assert all(secret not in wire for secret in (keys_of.mask, keys_of.seal, keys_of.seed))
    for party, state in seen.parties.items():
        for seed, key in state.held.values():
            assert seed.to_bytes(66, "big") not in wire, party
            assert key.to_bytes(66, "big") not in wire, party


def test_with_the_own_masks_alone_an_update_stays_hidden() -> None:
    """What a server may do with all it was told: take the own mask of one party away. The pairs' masks remain."""
    from garrison.federated.secure_aggregation.masks import add_mask

    given = updates()
    seen = SeenByServer()
    secure_round(given, EXAMPLES, seen=seen)
    seeds = {one.party: one.seeds[3] for one in seen.revealed}
    seed = join(seeds, length=32)
    assert seed is not None
    left = seen.masked[3].copy()
    add_mask(left, seed, take_away=True)
    assert uniform(left[2:])
    assert abs(np.corrcoef(left[2:].view(np.int64).astype(float), given[3])[0, 1]) < 5 / np.sqrt(SIZE)


def masked_parties() -> SeenByServer:
    seen = SeenByServer()
    with pytest.raises(SecureAggregationError):
        secure_round(updates(), EXAMPLES, silent={"reveal": PARTIES}, seen=seen)
    return seen


def test_a_party_tells_only_one_kind_of_piece_of_another() -> None:
    party = masked_parties().parties[3]
    everybody = party.reveal(PARTIES)
    assert {*everybody.seeds} == {*PARTIES}
    assert party.reveal(PARTIES) == everybody, "the same question again has the same answer"
    with pytest.raises(SecureAggregationError, match="both pieces of one party"):
        party.reveal(PARTIES[1:])
    again = PartyRound.from_json(party.to_json())
    with pytest.raises(SecureAggregationError, match="both pieces of one party"):
        again.reveal(PARTIES[:4])


def test_a_party_unmasks_no_small_sum_and_nobody_who_took_no_part() -> None:
    party = masked_parties().parties[3]
    with pytest.raises(SecureAggregationError, match="unmask a sum of 1 parties"):
        party.reveal([8])
    with pytest.raises(SecureAggregationError, match="share no masks"):
        party.reveal([*PARTIES, 99])


def test_a_party_masks_one_update_a_round() -> None:
    party = masked_parties().parties[3]
    with pytest.raises(SecureAggregationError, match="out of turn"):
        party.mask(np.zeros(SIZE), 5)


def begun(terms: Terms | None = None) -> tuple[dict[int, PartyRound], list[Advertisement]]:
    made = {number: PartyRound.begin(number, 1, terms or Terms()) for number in (1, 2, 3)}
    return {number: party for number, (party, _) in made.items()}, [told for _, told in made.values()]


def test_a_party_refuses_a_list_with_other_keys_for_itself_or_too_few_parties() -> None:
    parties, told = begun()
    _, foreign = PartyRound.begin(1, 1, Terms())
    with pytest.raises(SecureAggregationError, match="other keys under its number"):
        parties[1].share([foreign, *told[1:]])
    with pytest.raises(SecureAggregationError, match="takes no part"):
        parties[1].share([*told[1:], PartyRound.begin(4, 1, Terms())[1]])
    with pytest.raises(SecureAggregationError, match="2 parties take part"):
        parties[1].share(told[:2])
    with pytest.raises(SecureAggregationError, match="there twice"):
        parties[1].share([*told, told[0]])
    parties[1].share(told)
    with pytest.raises(SecureAggregationError, match="twice"):
        parties[1].share(told)


def test_pieces_that_were_changed_or_exchanged_on_their_way_are_refused() -> None:
    parties, told = begun()
    sealed = {number: party.share(told) for number, party in parties.items()}
    good = {2: sealed[2][1], 3: sealed[3][1]}
    for bad in (
        {**good, 2: bytes([good[2][0] ^ 1]) + good[2][1:]},
        {2: good[3], 3: good[2]},
        {**good, 2: sealed[2][3]},
    ):
        with pytest.raises(SecureAggregationError, match="cannot open the piece"):
            PartyRound.from_json(parties[1].to_json()).take(bad)
    with pytest.raises(SecureAggregationError, match="was left with 1 parties"):
        PartyRound.from_json(parties[1].to_json()).take({})
    parties[1].take(good)


def test_parties_that_were_told_different_lists_cannot_read_each_other() -> None:
    parties, told = begun()
    _, fourth = PartyRound.begin(4, 1, Terms())
    _, fifth = PartyRound.begin(5, 1, Terms())
    one = parties[1].share([*told, fourth])
    parties[2].share([*told, fifth])
    with pytest.raises(SecureAggregationError, match="cannot open the piece"):
        parties[2].take({1: one[2]})


def test_pieces_that_do_not_fit_are_found_and_no_sum_is_given() -> None:
    seen = masked_parties()
    assert seen.server is not None
    revealed = [seen.parties[party].reveal(PARTIES) for party in PARTIES]
    bad = replace(revealed[0], seeds={**revealed[0].seeds, 8: 12345})
    with pytest.raises(SecureAggregationError, match="party 8's secret do not fit"):
        seen.server.unmask([bad, *revealed[1:]])


def test_a_masked_update_of_another_shape_or_of_a_stranger_is_refused() -> None:
    parties, told = begun()
    sealed = {number: party.share(told) for number, party in parties.items()}
    server = MaskedSum.open(1, Terms(), told)
    server.relay(sealed)
    with pytest.raises(SecureAggregationError, match=r"of shape \(11,\)"):
        server.add(1, np.zeros(11, np.uint64), size=10)
    with pytest.raises(SecureAggregationError, match="nobody waits for"):
        server.add(7, np.zeros(12, np.uint64), size=10)
    server.add(1, np.zeros(12, np.uint64), size=10)
    with pytest.raises(SecureAggregationError, match="nobody waits for"):
        server.add(1, np.zeros(12, np.uint64), size=10)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_party_does_not_send_what_is_no_number(bad: float) -> None:
    given = updates()
    given[8][5] = bad
    with pytest.raises(SecureAggregationError, match="NaN or infinite"):
        secure_round(given, EXAMPLES)


def test_parties_that_know_each_other_refuse_invented_ones() -> None:
    people = {name: Identity.make() for name in "abcd"}
    known = KnownParties({name: one.public for name, one in people.items()})
    made = {
        number: PartyRound.begin(number, 7, Terms(), identity=one)
        for number, one in enumerate(people.values(), start=1)
    }
    told = [advertisement for _, advertisement in made.values()]
    party = made[1][0]

    def share(advertisements: list[Advertisement]) -> None:
        PartyRound.from_json(party.to_json()).share(advertisements, known=known)

    share(told)
    stranger = PartyRound.begin(9, 7, Terms(), identity=Identity.make())[1]
    unsigned = PartyRound.begin(9, 7, Terms())[1]
    twice = PartyRound.begin(9, 7, Terms(), identity=people["b"])[1]
    early = PartyRound.begin(3, 6, Terms(), identity=people["c"])[1]
    for bad in ([*told, stranger], [*told, unsigned], [*told, twice], [*told[:2], early]):
        with pytest.raises(SecureAggregationError, match="nobody whom this party knows"):
            share(bad)
    exchanged = replace(told[1], mask_key=stranger.mask_key)
    with pytest.raises(SecureAggregationError, match="nobody whom this party knows"):
        share([told[0], exchanged, *told[2:]])


@pytest.mark.parametrize(
    "wrong",
    [
        {"clip": 0},
        {"clip": float("nan")},
        {"bits": 0},
        {"threshold_share": 0.5},
        {"fewest": 2},
        {"bits": 41},
        {"most_examples": 0},
    ],
)
def test_terms_that_protect_nobody_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        Terms(**wrong)  # type: ignore[arg-type]


def test_a_sum_that_might_overflow_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(SecureAggregationError, match="does not fit into 64 bits"):
        begun(Terms(bits=40))[0][1].share(begun(Terms(bits=40))[1])


@pytest.mark.parametrize("parties", range(3, 40))
def test_no_two_disjoint_groups_can_both_reach_the_threshold(parties: int) -> None:
    for share in (0.501, 2 / 3, 0.9, 1):
        assert parties / 2 < Terms(threshold_share=share).threshold(parties) <= parties
