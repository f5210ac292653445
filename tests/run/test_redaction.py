import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.run.redaction import is_secret_name, redact, redact_value

SECRET = "s3cr3t-Wort"


@pytest.mark.parametrize(
    "text",
    [
        f"mongodb://me:{SECRET}@db.example/x",
        f"mongodb+srv://me:{SECRET}@db.example/x?y=z",
        f"https://:{SECRET}@host",
        f"https://{SECRET}@host",
        f"git+https://{SECRET}@git.example/x.git",
        f"HTTP://{SECRET}@host:8080/path?x=1",
        f"mongodb://{SECRET}-and-a-half@db.example/x",
        f"postgres://me:a/{SECRET}@host/db",
        f"two http://a:{SECRET}@b and http://c:{SECRET}@d",
        f"Authorization: Bearer {SECRET}",
        f"password={SECRET}&x=1",
        f"MLFLOW_TRACKING_PASSWORD={SECRET}",
        f"https://host/?api_key={SECRET}",
        f'{{"token": "{SECRET}"}}',
        f"{{'secret': '{SECRET}'}}",
        f"--password={SECRET}",
        f"aws_secret_access_key = '{SECRET} and more'",
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str) -> None:
    assert SECRET not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "the token: expected a word",
        "https://host:8080/path?x=a@b",
        "write to a@b.example: see http://host/x",
        "time 10:20 @ noon",
        "mongodb://reader@db.example:27017/x",
        "ssh://git@git.example/x.git",
        "https://host/a@b",
        "https://host?to=a@b",
        "the password is wrong",
        "basic shapes",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", ["DB_PASSWORD", "HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "my_api_key"])
def test_values_of_secret_variables_are_hidden_anywhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "pa/ss wörd")
    assert redact("got pa/ss wörd and pa%2Fss%20w%C3%B6rd here") == "got *** and *** here"


def test_short_or_other_variables_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "abc")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false-ish")
    assert redact("abc false-ish") == "abc false-ish"


@pytest.mark.parametrize(
    "name", ["password", "dbPassword", "API_TOKEN", "client-secret", "private_key", "Authorization"]
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert redact_value({name: SECRET}) == {name: "***"}
    assert redact_value([{"deep": {name: SECRET}}]) == [{"deep": {name: "***"}}]


@pytest.mark.parametrize("name", ["tokens", "keyboard", "monkey", "secretary", "key_columns", "metric"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_a_key_of_columns_is_kept_and_a_list_of_secrets_is_not() -> None:
    assert redact_value({"key": ["a", "b"], "secret_keys": ["a"], "token": 7, "password": None}) == {
        "key": ["a", "b"],
        "secret_keys": "***",
        "token": "***",
        "password": None,
    }


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
    max_leaves=10,
)


@given(JSON_LIKE)
def test_any_value_becomes_json(value: object) -> None:
    json.dumps(redact_value(value), allow_nan=False)


@given(st.text())
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_numbers_of_other_libraries_stay_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    found = redact_value([numpy.float32(0.5), numpy.int64(3), numpy.float64("inf"), math.inf])
    assert found == [0.5, 3, "inf", "inf"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "a.",
        "://a:",
        "https://",
        "https://a",
        "://" + "a" * 20,
        "basic ",
        "password",
        "password=",
        "'",
        "secret ",
        "-" * 9,
    ],
)
def test_a_long_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    assert redact(piece * (600_000 // len(piece)) + f" http://a:{SECRET}@b").endswith("@b")
