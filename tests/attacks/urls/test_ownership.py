"""Whose a host is, and whether browsers follow a URL."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.attacks.urls import Owner
from garrison.attacks.urls.accepted import flaw_of
from garrison.attacks.urls.draft import Draft, harmless
from garrison.attacks.urls.lookalikes import CYRILLIC, LATIN, scripts_of, skeleton
from garrison.attacks.urls.new_names import taken, token

OTHERS = frozenset({"example.com", "guardian.co.uk"})


@pytest.mark.parametrize(
    ("before", "after", "standing"),
    [
        ("http://evil.tk/a", "http://evil.tk/b?c#d", "the same host"),
        ("http://evil.tk/a", "http://www.bank.com@evil.tk/a", "the same host"),
        ("http://evil.tk/a", "http://www.bank.com.evil.tk/a", "a subdomain of its own"),
        ("http://login.evil.tk/a", "http://evil.tk/a", "a subdomain of its own"),
        ("http://login.evil.tk/a", "http://xn--pypal-4ve.evil.tk/a", "a subdomain of its own"),
        ("http://evil.tk/a", "http://p\u0430ypal.evil.tk/a", "a subdomain of its own"),
        ("http://evil.tk/a", "http://bank-a1b2c3.com/a", "a new domain"),
        ("http://192.0.2.1/a", "http://www.bank.com.x-q7r8s9.net/", "a new domain"),
        ("http://evil.com/a", "http://\u1eb9vil.com/a", "a new domain"),
        ("http://ecop.com/a", "http://\u0435\u0441\u043e\u0440.com/a", "a new domain"),
        # An @ in the path is none: the host ends at the first slash.
        ("http://evil.tk/a", "http://www.bank.com/@evil.tk", None),
        ("http://evil.tk/a", "http://evil.tk.bank.com/a", None),
        ("http://evil.tk/a", "http://evil.tk\\@bank.com/a", None),
        ("http://evil.tk/a", "http://bank.com\\.evil.tk/a", None),
        ("http://evil.tk/a", "http://bit.ly/a1b2c3", None),
        ("http://evil.tk/a", "http://bank.com/", None),
        ("http://evil.tk/a", "http://paypal.net/", None),
        ("http://evil.tk/a", "http://evil-a1b2c3.gov/", None),
        ("http://evil.tk/a", "http://a1b2c3.blogspot.com/", None),
        ("http://evil.tk/a", "http://a1b2c3.example.com/", None),
        ("http://evil.tk/a", "http://ev\u0456l.com/a", None),
        ("http://evil.tk/a", "http://\u1eb9vil.org/a", None),
        ("http://evil.tk/a", "http://p\u1ea1ypal.com/a", None),
        ("http://evil.tk/a", "http://\u1eb9xample.com/a", None),
        ("http://evil.tk/a", "http://192.0.2.1/a", None),
        ("http://192.0.2.1/a", "http://bank.com.192.0.2.1/a", None),
        ("http://mine.blogspot.com/", "http://bank.mine.blogspot.com/", None),
        ("http://ads.guardian.co.uk/x", "http://bank.guardian.co.uk/x", None),
        ("http://amazon.com/x", "http://bank.amazon.com/x", None),
        ("http://evil.tk/a", "javascript:alert(1)", None),
        ("http://evil.tk/a", "http://%65vil.tk/a", None),
        ("http://evil.tk/a", "http://evil.tk:99999/a", None),
        ("http://evil.tk/a", "http://evil.tk:0/a", None),
        ("http://evil.tk/a", "http://-bank.evil.tk/a", None),
        ("http://evil.tk/a", f"http://{'a' * 64}.evil.tk/a", None),
        ("http://evil.tk/a", f"http://{'a.' * 124}evil.tk/a", None),
        ("http://evil.tk/a", f"http://evil.tk/{'a' * 2048}", None),
        ("http://evil.tk/a", "http://a b.evil.tk/a", None),
        ("http://evil.tk/a", "http://a\u200bb.evil.tk/a", None),
        ("http://evil.tk/a", "http://xn--.evil.tk/a", None),
        ("http://evil.tk/a", "http://a@b@evil.tk/a", None),
        ("http://evil.tk/a", "", None),
    ],
)
def test_hosts_are_judged(before: str, after: str, standing: str | None) -> None:
    judged = Owner.of(before, others=OTHERS).judge(after)
    assert judged.standing == standing, judged
    assert (judged.why == "") == (standing is not None)


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    owner = Owner.of("http://evil.tk/", others=OTHERS)
    for url in (text, f"http://{text}", f"http://evil.tk/{text}", f"http://{text}@evil.tk/"):
        if owner.judge(url).standing is None:
            continue
        assert not flaw_of(url)
        assert owner.judge(Draft.of(url).url).standing == owner.judge(url).standing


def test_lookalikes_are_one_letter_of_the_script_they_stand_for() -> None:
    for table, script in ((LATIN, "LATIN"), (CYRILLIC, "CYRILLIC")):
        for plain, strange in table.items():
            assert scripts_of(strange) == {script}
            assert skeleton(strange) == plain
            assert not flaw_of(f"http://a{strange}b.example.tk/")


@given(st.integers(0, 10_000), st.integers(6, 12))
def test_drawn_names_are_free(seed: int, length: int) -> None:
    import numpy as np

    assert not taken(f"{token(np.random.default_rng(seed), length)}.com", others=OTHERS, new=True)


def test_what_is_shown_is_no_link() -> None:
    assert (
        harmless("http://a.example.com:80/x.y?u=http://b.com")
        == "hxxp://a[.]example[.]com:80/x.y?u=hxxp://b.com"
    )
    assert harmless("no link") == "no link"
