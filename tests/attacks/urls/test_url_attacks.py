"""What holds for every attack on URLs: what it makes is followed by browsers to the attacker's own host, and passes."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import idna
import numpy as np
import pyarrow as pa
import pytest
import tldextract
from hypothesis import given, settings
from hypothesis import strategies as st
from small_urls import PAY, small_urls, url_detector

from garrison.attacks.evasion import AttackResult
from garrison.attacks.urls import ATTACKS, Owner, UrlAttack, UrlTargets
from garrison.attacks.urls.accepted import flaw_of
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.material import Material
from garrison.attacks.urls.oracle import UrlScores
from garrison.attacks.urls.task import Means
from garrison.data.url_host import split_url
from garrison.detection import Detector
from garrison.errors import DataError, ModelError, SchemaError, UsageError

ROWS = [
    ("homoglyphs", 0.1),
    ("subdomain_stuffing", 0.0),
    ("benign_words", 0.7),
    ("short_link", 0.0),
    ("percent_encoding", 0.0),
    ("user_part", 0.0),
    ("new_domain", 0.0),
    ("rewrite_search", 0.9),
    ("blind_rewrites", 0.7),
]
"""Every attack, and the success that it has to have on a detector that learnt from three hundred URLs."""

OTHERS = frozenset({"example.com", "daily-planet.org"})
_TREE = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return url_detector()


@pytest.fixture(scope="module")
def targets(detector: Detector) -> UrlTargets:
    return UrlTargets.of(detector, small_urls(120, seed=7), rows=16)


def test_every_attack_is_in_the_table() -> None:
    assert {name for name, _ in ROWS} == {*ATTACKS}


def can_be(before: str, after: str, others: frozenset[str]) -> bool:
    """Whether ``after`` leads to a host of whoever is behind ``before``: by nothing that attacks use."""
    if len(after) > 2048 or re.search(r"[\s\\]", after):
        return False
    old, new = urlsplit(before), urlsplit(after)
    host = (new.hostname or "").encode("idna" if (new.hostname or "").isascii() else "utf-8").decode()
    if not host.isascii():
        host = idna.encode(host).decode()
    if "%" in host or new.scheme != old.scheme or split_url(after).host != new.hostname:
        return False
    if host == old.hostname:
        return True
    here, there = _TREE.extract_str(old.hostname or ""), _TREE.extract_str(host)
    mine = f"{here.domain}.{here.suffix}"
    if any(not 0 < len(label) < 64 for label in host.split(".")) or len(host) > 253:
        return False
    if f"{there.domain}.{there.suffix}" == mine and here.suffix:
        return not here.is_private and mine not in others
    free = re.search(r"[a-z][0-9]$", there.domain) or there.domain.startswith("xn--")
    return bool(free and there.suffix and not there.is_private and "." not in there.suffix)


@pytest.mark.parametrize(("name", "least"), ROWS)
def test_what_passes_leads_to_the_attackers_own_host(
    name: str, least: float, detector: Detector, targets: UrlTargets, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[Any] = []
    looked_at = UrlAttack._looked_at

    def watch(attack: Any, task: Any, found: Any, scores: Any) -> Any:
        after = looked_at(attack, task, found, scores)
        claimed.append((task, found, after))
        return after

    monkeypatch.setattr(UrlAttack, "_looked_at", watch)
    result = ATTACKS[name](detector, epsilon=4).run(targets)
    ((task, found, after),) = claimed
    passed = [
        (old.url, new) for old, new, score in zip(task.drafts, found, after, strict=True) if score < 0.5
    ]
    for before, draft in passed:
        assert can_be(before, draft.url, targets.others), (before, draft.url)
        assert 1 <= len(draft.done) <= 4
    urls = pa.table({"link": [draft.url for _, draft in passed]})
    assert not detector.verdict(urls).any()
    costs = [each.cost for each in result.attacked if each.cost is not None]
    assert sorted(costs) == sorted(len(draft.done) for _, draft in passed)
    assert result.success >= least
    assert result.detection_after == pytest.approx(result.detection_before * (1 - result.success))
    assert result.queries >= len(result.attacked)
    assert np.isnan(result.raw_success)


HOST = st.one_of(
    st.builds(
        lambda pay, name, tail: f"{pay}{name}.{tail}",
        st.sampled_from(["", "www.", *(f"{word}." for word in PAY)]),
        st.from_regex(r"[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,5})?", fullmatch=True),
        st.sampled_from(["com", "co.uk", "tk", "blogspot.com", "github.io", "pt", "xn--p1ai"]),
    ),
    st.sampled_from(
        ["192.0.2.7", "example.com", "login.example.com", "amazon.com", "localhost", "[2001:db8::1]"]
    ),
)
TAIL = st.from_regex(
    r"(/[a-zA-Z0-9._~%-]{0,8}){0,3}(\?[a-z]{1,4}=[a-zA-Z0-9%&=]{0,9})?(#[a-z]{0,4})?", fullmatch=True
)
WORDS = st.lists(st.from_regex(r"[a-zA-Z0-9_~-]{1,15}", fullmatch=True), max_size=3)


@pytest.mark.parametrize("name", [*ATTACKS])
@settings(max_examples=20, deadline=None)
@given(
    host=HOST, port=st.sampled_from(["", ":8080", ":443"]), tail=TAIL, words=WORDS, seed=st.integers(0, 999)
)
def test_every_rewrite_that_counts_can_be(
    detector: Detector, name: str, host: str, port: str, tail: str, words: list[str], seed: int
) -> None:
    """Of any URL, rewritten up to four times over: what counts leads to the attacker's own host."""
    url = f"http://{host}{port}{tail}"
    if flaw_of(url):
        return
    attack = ATTACKS[name](detector)
    owner = Owner.of(url, others=OTHERS)
    benign = [f"https://www.daily-planet.org/2015/{word}/x?{word[:9]}={word}" for word in words]
    means = Means(owner, Material.of(benign), np.random.default_rng(seed))
    draft = Draft.of(url)
    for step in range(4):
        options = [new for new in attack.rewritten(draft, means, count=6) if owner.judge(new.url).standing]
        for new in options:
            assert can_be(url, new.url, OTHERS), (url, new.url)
            assert len(new.done) == step + 1
            assert Draft.of(new.url) == Draft.of(Draft.of(new.url).url)
        if not options:
            return
        draft = options[seed % len(options)]


@settings(max_examples=30, deadline=None)
@given(host=HOST, tail=TAIL, seed=st.integers(0, 999))
def test_percent_encoding_names_the_same_resource(
    detector: Detector, host: str, tail: str, seed: int
) -> None:
    url = f"http://{host}{tail}"
    if flaw_of(url):
        return
    draft = Draft.of(url)
    means = Means(Owner.of(url, others=OTHERS), Material.of([]), np.random.default_rng(seed))
    for new in ATTACKS["percent_encoding"](detector).rewritten(draft, means, count=8):
        assert new.host == draft.host
        assert new.path != draft.path or new.query != draft.query
        assert unquote(new.url) == unquote(draft.url)


class Liar(UrlAttack):
    """Claims what is not its own, and what it never rewrote."""

    name = "liar"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        for host in ("www.daily-planet.org", "bit.ly", "paypal.com", f"{draft.host}.blogspot.com"):
            yield draft.changed("theft", draft.host, host, host=host)

    def search(self, task: Any, oracle: Any) -> Any:
        stolen = "https://www.daily-planet.org/2015/city-council-opens-library-after-years/"
        claims = [Draft.of(stolen).changed("theft", "", ""), Draft.of(stolen), None]
        return [claims[at % 3] for at in range(len(task.drafts))]


def test_what_is_not_the_attackers_is_never_counted(detector: Detector, targets: UrlTargets) -> None:
    assert Liar(detector).run(targets).success == 0.0


def test_a_search_offers_only_what_counts(detector: Detector, targets: UrlTargets) -> None:
    asked: list[str] = []

    class Asking(Liar):
        search = UrlAttack.search

    ask = UrlScores.ask

    def told(oracle: UrlScores, urls: Any) -> Any:
        asked.extend(urls)
        return ask(oracle, urls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UrlScores, "ask", told)
        Asking(detector).run(targets)
    assert asked == []


def test_equal_seeds_give_equal_results(detector: Detector, targets: UrlTargets) -> None:
    first, again, other = (
        ATTACKS["blind_rewrites"](detector, epsilon=3, seed=seed).run(targets) for seed in (4, 4, 5)
    )
    assert first.outcomes == again.outcomes
    assert first.outcomes != other.outcomes


def test_more_rewrites_never_find_less(detector: Detector, targets: UrlTargets) -> None:
    few, many = (ATTACKS["homoglyphs"](detector, epsilon=most).run(targets) for most in (1, 5))
    assert many.success >= few.success
    assert [cost for cost, _ in many.curve()] == [0.0, 1.0, 2.0, 4.0, 5.0, 8.0]
    shares = [share for _, share in many.curve()]
    assert shares == sorted(shares, reverse=True)


def test_seconds_that_are_over_are_told(detector: Detector, targets: UrlTargets) -> None:
    result = ATTACKS["rewrite_search"](detector).run(targets, seconds=1e-9)
    assert result.cut
    assert result.success == 0.0
    assert "cut" in {flag.name for flag in result.flags}


def test_parts_join_to_the_whole_and_are_read_back(detector: Detector, targets: UrlTargets) -> None:
    parts = [ATTACKS["benign_words"](detector).run(targets.part(start, start + 10)) for start in (0, 10)]
    joined = AttackResult.join(parts)
    assert [each.row for each in joined.outcomes] == targets.numbers.tolist()
    assert AttackResult.from_dict(joined.to_dict()) == joined
    said = joined.examples[0].words()
    assert "hxxp://" in said
    assert "http://" not in said
    assert joined.costs_in == "rewrites of the URL"
    assert {"folder", "query", "fragment"} >= {*joined.used}


def test_targets_say_what_cannot_be_attacked(detector: Detector) -> None:
    rows = [
        ("http://pay pal.ru/login.php", "bad"),
        ("ftp://paypal.ru/login.php", "bad"),
        ("paypal.badplace.ru/login.php", "bad"),
        ("https://www.daily-planet.org/2015/city-council-wins/", "fine"),
        ("", "fine"),
    ]
    table = pa.table({"link": [url for url, _ in rows], "kind": [kind for _, kind in rows]})
    targets = UrlTargets.of(detector, table)
    assert targets.broken.tolist() == [True, True, False]
    assert targets.others == {"daily-planet.org"}
    assert "city-council-wins" in targets.material.folders
    result = ATTACKS["benign_words"](detector).run(targets)
    assert result.left_out == int(targets.flagged[:2].sum()) > 0
    assert "many_left_out" in {flag.name for flag in result.flags}
    with pytest.raises(DataError, match="0 rows"):
        UrlTargets.of(detector, table, rows=0)
    with pytest.raises(SchemaError, match="cannot be attacked"):
        UrlTargets.of(detector, table.set_column(1, "kind", pa.array(["bad"] * 4 + ["odd"])))
    with pytest.raises(UsageError, match="another detector"):
        ATTACKS["benign_words"](url_detector()).run(targets)
    with pytest.raises(UsageError, match="epsilon"):
        ATTACKS["benign_words"](detector, epsilon=0.5)


def test_nothing_flagged_is_nothing_attacked() -> None:
    detector = url_detector(threshold=1.0)
    targets = UrlTargets.of(detector, small_urls(30, seed=7), rows=5)
    assert not targets.flagged.any()
    result = ATTACKS["rewrite_search"](detector).run(targets)
    assert (result.detection_before, result.detection_after, result.queries) == (0.0, 0.0, 0)


def test_what_has_to_be_known_of_urls_that_pass_is_flagged(detector: Detector) -> None:
    class Given(Liar):
        name = "given"
        claims: ClassVar[dict[str, tuple[str, str]]] = {}

        def search(self, task: Any, oracle: Any) -> Any:
            tail = "/2015/city-council-opens-library-after-years/"
            return [
                draft.changed(kind, draft.host, after, host=after, path=tail)
                for draft in task.drafts
                for kind, after in (self.claims[draft.host],)
            ]

    benign = "https://www.daily-planet.org/2015/city-council-wins/"
    said: dict[str, set[str]] = {}
    for host, kind, after in (
        ("paypal.badplace.ru", "subdomain", "www.bank.paypal.badplace.ru"),
        ("paypal.badplace.ru", "lookalike letter", "p\u0430ypal.badplace.ru"),
        ("paypal.badplace.ru", "new domain", "news-a1b2c3.com"),
        ("192.0.2.7", "folder", "192.0.2.7"),
    ):
        Given.claims = {host: (kind, after)}
        table = pa.table({"link": [f"http://{host}/login.php", benign], "kind": ["bad", "fine"]})
        targets = UrlTargets.of(detector, table)
        assert targets.flagged.all()
        said[after] = {flag.name for flag in Given(detector).run(targets).flags} - {"too_few_samples"}
    assert said == {
        "www.bank.paypal.badplace.ru": set(),
        "p\u0430ypal.badplace.ru": {"mixed_script"},
        "news-a1b2c3.com": {"new_domains"},
        "192.0.2.7": {"shared_hosts"},
    }


def test_other_detectors_are_refused_and_their_attacks_named() -> None:
    from small_attacks import changeable_detector, changeable_flows

    columns = changeable_detector("xgboost", trees=2, max_depth=2)
    with pytest.raises(ModelError, match="rewrites URLs") as refused:
        ATTACKS["benign_words"](columns)
    assert "leaf_walk" in refused.value.expected
    with pytest.raises(ModelError, match="reads no URLs"):
        UrlTargets.of(columns, changeable_flows(20))
