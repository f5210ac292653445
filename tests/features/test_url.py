import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.data.schema import Schema
from garrison.errors import ModelError, SchemaError
from garrison.features import UrlProcessor
from garrison.features.byte_runs import Texts
from garrison.features.url_lexical import clean, lexical_features, lexical_names

SCHEMA = Schema.from_dict({"name": "links", "columns": [{"name": "url", "type": "string"}]})
PINNED = [32, 45, 49]
FITTED = UrlProcessor(buckets=32).fit(pa.table({"url": ["http://a.com/"]}), SCHEMA)
AWKWARD = [
    "",
    " ",
    "http://",
    "://",
    "http://[::1",
    "http://a:b:c:d@e:f/",
    "http://1.2.3.4:99999999999999999999/",
    "http://0x7f000001/%%%25%zz",
    "http://xn--80ak6aa92e.com/",
    "http://" + "a." * 5000 + "com/",
    "http://例え.テスト/パス?ク=エ#リ",
    "javascript:alert(1)",
    "data:text/html;base64,AAAA",
    "\x00\x01http://a.com/\x00",
    "http://a.com/" + "/" * 3000 + "?" * 10 + "#" * 10,
    "http://٣٣٣.com/٣",
]


def features(url: str) -> dict[str, float]:
    return dict(zip(lexical_names(), lexical_features([clean(url)])[0].tolist(), strict=True))


@given(st.lists(st.one_of(st.text(), st.sampled_from(AWKWARD)), max_size=6))
@settings(max_examples=60)
def test_any_text_becomes_finite_numbers(urls: list[str]) -> None:
    X = FITTED.transform(pa.table({"url": pa.array(urls, pa.string())}))
    assert X.shape == (len(urls), len(FITTED.names))
    assert np.isfinite(X).all()


@given(st.text(alphabet=st.characters()))
def test_a_lone_surrogate_does_no_harm(text: str) -> None:
    assert np.isfinite(lexical_features([clean("http://a\ud800.com/\udfff" + text)])).all()


@given(st.lists(st.one_of(st.text(), st.sampled_from(AWKWARD)), min_size=1, max_size=6))
@settings(max_examples=25)
def test_a_url_alone_is_the_url_in_a_batch(urls: list[str]) -> None:
    whole = FITTED.transform(pa.table({"url": urls}))
    alone = np.concatenate([FITTED.transform(pa.table({"url": [url]})) for url in urls])
    assert alone.tobytes() == whole.tobytes()


def test_names_are_many_and_told_apart() -> None:
    names = UrlProcessor(buckets=16).names
    assert len(set(names)) == len(names)
    assert len(lexical_names()) >= 60
    assert len(names) == len(lexical_names()) + 16
    assert UrlProcessor(buckets=0).names == lexical_names()


def test_the_features_of_one_phishing_url() -> None:
    found = features(
        "http://user@paypal.com.secure-login.example.tk:8081/a/wp-content/Login.php?id=12345678&x=1"
    )
    expected = {
        "host_labels": 5,
        "subdomain_labels": 3,
        "suffix_is_cheap": 1,
        "brand_in_subdomain": 1,
        "suffix_in_subdomain": 1,
        "user_in_url": 1,
        "odd_port": 1,
        "host_hyphens": 1,
        "file_name_length": len("Login.php"),
        "path_slash": 3,
        "path_length": len("/a/wp-content/Login.php"),
        "query_equals": 2,
        "query_ampersand": 1,
        "query_longest_digits": 8,
        "tail_credential_words": 1,
        "tail_cms_paths": 1,
        "tail_script_extension": 1,
        "tail_long_numbers": 1,
        "shortener": 0,
        "bare_host": 0,
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("url", "name", "value"),
    [
        ("http://192.0.2.1/", "host_is_ipv4", 1),
        ("http://[2001:db8::1]/", "host_is_ipv6", 1),
        ("http://0xC0000201/", "host_is_hidden_address", 1),
        ("http://3221225985/", "host_is_hidden_address", 1),
        ("http://xn--pypal-4ve.com/", "host_punycode", 1),
        ("http://bit.ly/x", "shortener", 1),
        ("http://paypal.com/x", "brand_is_domain", 1),
        ("http://paypal-help.com/x", "brand_is_domain", 0),
        ("http://a.com", "bare_host", 1),
        ("http://a.com/x/", "ends_with_slash", 1),
        ("http://a.com/http://b.com/", "tail_url_inside", 1),
        ("http://a.com/x?u=http%3A%2F%2Fb.com", "tail_url_inside", 1),
        ("http://a.com/%C3%A9%20", "path_percent", 3),
        ("http://a.com/%C3%A9%20", "tail_percent_beyond_ascii", 2),
        ("http://a.com/x/setup.exe", "tail_program_extension", 1),
        ("http://a.com/invoice.pdf.exe", "tail_double_extension", 1),
        ("http://a.com/0123456789abcdef0", "tail_long_hexadecimal", 1),
        ("http://a.com/2015/05/x", "tail_dates", 1),
        ("http://a.co.uk/", "suffix_labels", 2),
        ("http://a.co.uk/", "suffix_is_country", 1),
        ("http://a.com/aXbXcX", "path_upper_share", 0.5),
        ("http://a.com/bcdfga", "path_longest_consonants", 5),
        ("http://a.com/a1b2", "path_letter_digit_changes", 3),
    ],
)
def test_single_features(url: str, name: str, value: float) -> None:
    assert features(url)[name] == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.a.com/x", "http://a.com/x"),
        ("https://a.com/x", "a.com/x"),
        ("http://a.com/x?a=1&amp;b=2", "http://a.com/x?a=1&b=2"),
        ("HTTP://A.COM/x", "http://a.com/x"),
        (" http://a.com/x\n", "http://a.com/x"),
    ],
)
def test_marks_of_how_a_url_was_collected_do_not_count(one: str, other: str) -> None:
    X = FITTED.transform(pa.table({"url": [one, other]}))
    assert (X[0] == X[1]).all()


ALPHABET = "abxyzABC019.-_/%=&@~,:;+!?() é\x00"


@given(st.lists(st.text(alphabet=ALPHABET, max_size=20), min_size=1, max_size=5))
def test_counts_runs_and_entropy_agree_with_plain_python(texts: list[str]) -> None:
    batch = Texts(texts)
    tokens, digits = batch.tokens(), batch.digit_runs()
    for place, text in enumerate(texts):
        raw = text.encode().replace(b"\0", b" ")
        assert batch.count("lower")[place] == sum(chr(c).islower() and c < 128 for c in raw)
        assert batch.count("digit")[place] == sum(48 <= c < 58 for c in raw)
        assert batch.count("slash", "dot")[place] == raw.count(b"/") + raw.count(b".")
        assert batch.count("non_ascii")[place] == sum(c > 127 for c in raw)
        words = "".join(chr(c) if c < 128 and chr(c).isalnum() else " " for c in raw).split()
        assert tokens.count[place] == len(words)
        assert tokens.longest[place] == max(map(len, words), default=0)
        assert tokens.mean[place] == pytest.approx(sum(map(len, words)) / max(len(words), 1))
        numbers = "".join(chr(c) if 48 <= c < 58 else " " for c in raw).split()
        assert (digits.count[place], digits.longest[place]) == (
            len(numbers),
            max(map(len, numbers), default=0),
        )
        shares = [count / len(raw) for count in Counter(min(c, 127) for c in raw).values()] if raw else []
        assert batch.entropy()[place] == pytest.approx(-sum(p * math.log2(p) for p in shares), abs=1e-9)


def test_ngrams_are_shares_that_fold_case_and_stay_in_their_text() -> None:
    grams = Texts(["abcd", "ABCD", "ab", "", "abcabc"]).hashed_ngrams(size=3, buckets=64)
    assert grams.sum(axis=1) == pytest.approx([1, 1, 0, 0, 1])
    assert (grams[0] == grams[1]).all()
    assert grams[4].max() == pytest.approx(0.5)


def test_ngram_buckets_do_not_change_between_versions() -> None:
    grams = Texts(["login"]).hashed_ngrams(size=3, buckets=128)
    assert np.flatnonzero(grams[0]).tolist() == PINNED


def test_a_schema_needs_one_text_column() -> None:
    two = Schema.from_dict(
        {"name": "x", "columns": [{"name": "url", "type": "string"}, {"name": "n", "type": "integer"}]}
    )
    with pytest.raises(SchemaError, match="one feature"):
        UrlProcessor().fit(pa.table({"url": ["a"], "n": [1]}), two)


def test_the_column_must_be_there_and_be_text() -> None:
    with pytest.raises(SchemaError, match="'url'"):
        FITTED.transform(pa.table({"link": ["a"]}))
    with pytest.raises(SchemaError, match="of type int64"):
        FITTED.transform(pa.table({"url": [1]}))
    with pytest.raises(ModelError, match="not fitted"):
        UrlProcessor().transform(pa.table({"url": ["a"]}))


def test_a_missing_url_is_the_empty_text() -> None:
    X = FITTED.transform(pa.table({"url": pa.array([None, ""], pa.string())}))
    assert (X[0] == X[1]).all()


def test_more_rows_than_a_batch() -> None:
    urls = [f"http://h{i % 50}.com/{i % 50}" for i in range(8_250)]
    X = FITTED.transform(pa.table({"url": urls}))
    assert (X[:50] == X[8_200:]).all()
