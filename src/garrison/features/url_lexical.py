"""Lexical features of URLs: what the text alone says, in columns.

The address is cleaned first of what tells how it was collected and not what it is: the scheme, a leading
``www.``, and ``&amp;`` for ``&``.
"""

import functools
import re

import numpy as np
from numpy.typing import NDArray

from garrison.data.url_host import UrlParts, split_host, split_url
from garrison.features.byte_runs import Texts
from garrison.features.url_words import BRANDS, CHEAP_SUFFIXES, GENERIC_SUFFIXES, PATTERNS, SHORTENERS

Floats = NDArray[np.float64]

_IPV4 = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_HIDDEN_ADDRESS = re.compile(r"0x[0-9a-f]{1,8}|\d{8,10}|(?:0x?[0-9a-f]+\.){3}0x?[0-9a-f]+")
_BRAND = re.compile("|".join(BRANDS))
_LARGEST = 1e9

HOST_NAMES = (
    "host_length",
    "host_labels",
    "subdomain_labels",
    "subdomain_length",
    "domain_length",
    "suffix_length",
    "suffix_labels",
    "longest_label",
    "host_hyphens",
    "host_digits",
    "host_underscores",
    "domain_digits",
    "domain_hyphens",
    "host_is_ipv4",
    "host_is_ipv6",
    "host_is_hidden_address",
    "host_without_suffix",
    "host_punycode",
    "host_beyond_ascii",
    "suffix_is_country",
    "suffix_is_generic",
    "suffix_is_new",
    "suffix_is_cheap",
    "shortener",
    "brand_in_subdomain",
    "brand_in_domain",
    "brand_is_domain",
    "suffix_in_subdomain",
)
STRUCTURE_NAMES = (
    "user_in_url",
    "odd_port",
    "fragment_length",
    "bare_host",
    "ends_with_slash",
    "file_name_length",
    "first_folder_length",
    "host_repeated",
)


def clean(url: str) -> UrlParts:
    """The parts of a URL without the marks of how it was collected."""
    parts = split_url(url.replace("&amp;", "&") if "&amp;" in url else url)
    return parts._replace(host=parts.host[4:]) if parts.host.startswith("www.") else parts


def host_features(host: str) -> tuple[float, ...]:
    """What a host's name looks like, in the order of ``HOST_NAMES``."""
    names = split_host(host)
    labels = host.split(".") if host else []
    last = names.suffix.rpartition(".")[2]
    subdomain = names.subdomain.split(".") if names.subdomain else []
    return (
        len(host),
        len(labels),
        len(subdomain),
        len(names.subdomain),
        len(names.domain),
        len(names.suffix),
        names.suffix.count(".") + 1 if names.suffix else 0,
        max(map(len, labels), default=0),
        host.count("-"),
        sum(map(str.isdigit, host)),
        host.count("_"),
        sum(map(str.isdigit, names.domain)),
        names.domain.count("-"),
        _IPV4.fullmatch(host) is not None,
        ":" in host,
        _HIDDEN_ADDRESS.fullmatch(host) is not None,
        not names.suffix,
        host.count("xn--"),
        not host.isascii(),
        len(last) == 2,
        last in GENERIC_SUFFIXES,
        len(last) > 3 and last != "info",
        last in CHEAP_SUFFIXES,
        host in SHORTENERS,
        len(_BRAND.findall(names.subdomain)),
        len(_BRAND.findall(names.domain)),
        names.domain in BRANDS,
        any(label in GENERIC_SUFFIXES for label in subdomain),
    )


@functools.cache
def lexical_names() -> tuple[str, ...]:
    """The names of the columns ``lexical_features`` gives."""
    return tuple(_columns([]))


def lexical_features(parts: list[UrlParts]) -> Floats:
    """The lexical features of cleaned URLs, shape (n, d) float64, all finite, in the order of
    ``lexical_names``."""
    values = np.column_stack(list(_columns(parts).values()))
    return np.minimum(values, _LARGEST)


def _columns(parts: list[UrlParts]) -> dict[str, Floats]:
    table: dict[str, Floats] = {}
    table.update(_hosts([part.host for part in parts]))
    table.update(_shape_of_host(Texts([part.host for part in parts])))
    table.update(_shape("path", Texts([part.path for part in parts])))
    table.update(_shape("query", Texts([part.query for part in parts])))
    table.update(_structure(parts))
    tails = [tail_of(part) for part in parts]
    table.update(_patterns(tails))
    table["whole_entropy"] = Texts(
        [part.host + tail for part, tail in zip(parts, tails, strict=True)]
    ).entropy()
    return table


def tail_of(part: UrlParts) -> str:
    """All of a URL that follows its host."""
    query = f"?{part.query}" if part.query else ""
    fragment = f"#{part.fragment}" if part.fragment else ""
    return f"{part.path}{query}{fragment}"


def _hosts(hosts: list[str]) -> dict[str, Floats]:
    places = {host: place for place, host in enumerate(dict.fromkeys(hosts))}
    known = np.array([host_features(host) for host in places], dtype=np.float64)
    rows = np.fromiter(map(places.__getitem__, hosts), dtype=np.int64, count=len(hosts))
    return dict(zip(HOST_NAMES, known.reshape(-1, len(HOST_NAMES))[rows].T, strict=True))


def _structure_of(part: UrlParts) -> tuple[float, ...]:
    path, query = part.path, part.query
    return (
        bool(part.user),
        part.port not in ("", "80", "443"),
        len(part.fragment),
        path in ("", "/") and not query,
        path.endswith("/") and not query,
        len(path) - path.rfind("/") - 1,
        len(path[1:].partition("/")[0]),
        bool(part.host) and (part.host in path or part.host in query),
    )


def _structure(parts: list[UrlParts]) -> dict[str, Floats]:
    values = np.array([_structure_of(part) for part in parts], dtype=np.float64)
    return dict(zip(STRUCTURE_NAMES, values.reshape(-1, len(STRUCTURE_NAMES)).T, strict=True))


def _shape_of_host(host: Texts) -> dict[str, Floats]:
    letters = np.maximum(host.count("lower", "upper"), 1.0)
    return {
        "host_entropy": host.entropy(),
        "host_vowel_share": host.vowels() / letters,
        "host_longest_consonants": host.consonant_runs().longest,
        "host_longest_digits": host.digit_runs().longest,
        "host_letter_digit_changes": host.letter_digit_changes(),
    }


def _shape(name: str, text: Texts) -> dict[str, Floats]:
    size = text.lengths.astype(np.float64)
    safe = np.maximum(size, 1.0)
    tokens, digits = text.tokens(), text.digit_runs()
    letters = np.maximum(text.count("lower", "upper"), 1.0)
    marks = {
        "path": ("slash", "percent", "dot", "hyphen", "underscore", "comma", "semicolon", "plus", "equals"),
        "query": (
            "equals",
            "percent",
            "ampersand",
            "hyphen",
            "underscore",
            "dot",
            "slash",
            "semicolon",
            "plus",
        ),
    }[name]
    rare = ("tilde", "colon", "exclamation", "bracket", "at", "question", "other")
    return {
        f"{name}_length": size,
        f"{name}_entropy": text.entropy(),
        f"{name}_tokens": tokens.count,
        f"{name}_longest_token": tokens.longest,
        f"{name}_mean_token": tokens.mean,
        f"{name}_digit_share": text.count("digit") / safe,
        f"{name}_upper_share": text.count("upper") / letters,
        f"{name}_vowel_share": text.vowels() / letters,
        f"{name}_digit_runs": digits.count,
        f"{name}_longest_digits": digits.longest,
        f"{name}_longest_consonants": text.consonant_runs().longest,
        f"{name}_letter_digit_changes": text.letter_digit_changes(),
        **{f"{name}_{mark}": text.count(mark) for mark in marks},
        f"{name}_rare_marks": text.count(*rare),
        f"{name}_beyond_ascii": text.count("non_ascii"),
    }


def _patterns(tails: list[str]) -> dict[str, Floats]:
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.array(
        [tail.lower().encode("utf-8", "replace").decode("utf-8") for tail in tails], pa.large_string()
    )
    return {
        f"tail_{name}": pc.count_substring_regex(text, pattern)
        .to_numpy(zero_copy_only=False)
        .astype(np.float64)
        for name, pattern in PATTERNS.items()
    }
