from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr, field_validator

from garrison.errors import SettingsError
from garrison.run.settings import Section, load_settings, settings_json


class Login(Section):
    user: str = "reader"
    password: SecretStr = SecretStr("")


class Family(Section):
    name: str
    trees: int = 100


class Training(Section):
    metric: Literal["auc", "f1"] = "auc"
    folds: int = Field(default=5, ge=2)
    rate: float = 0.1
    families: tuple[Family, ...] = ()
    grid: dict[str, list[int]] = Field(default_factory=dict)

    @field_validator("rate")
    @classmethod
    def _rate(cls, rate: float) -> float:
        if rate > 1:
            raise ValueError("a rate is at most 1")
        return rate


class Settings(Section):
    training: Training = Training()
    login: Login | None = None
    version: str = ""
    seed: int


@pytest.fixture
def default(tmp_path: Path) -> Path:
    path = tmp_path / "default.yml"
    path.write_text("seed: 7\n")
    return path


def load(default: Path, *overrides: str, text: str | bytes = "", **environment: str) -> Settings:
    file = default.parent / "config.yml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings(Settings, default=default, file=file, environment=environment, overrides=overrides)


def refused(default: Path, *overrides: str, text: str | bytes = "", **environment: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(default, *overrides, text=text, **environment)
    return caught.value


def test_an_unknown_key_is_named_with_its_file_line_and_the_nearest_name(default: Path) -> None:
    error = refused(default, text="training:\n  folds: 3\n  metrik: f1\n")
    assert error.what == "unknown setting training.metrik"
    assert error.where.endswith("config.yml line 3")
    assert error.expected == "one of metric, folds, rate, families, grid"
    assert error.remedy == "did you mean training.metric?"
    assert error.exit_code == 2


def test_a_name_known_elsewhere_is_found(default: Path) -> None:
    assert refused(default, "folds=3").remedy == "did you mean training.folds?"


def test_an_unknown_key_in_a_list_of_sections_is_found(default: Path) -> None:
    error = refused(default, text="training:\n  families:\n  - name: knn\n    tres: 3\n")
    assert (error.what, error.remedy) == (
        "unknown setting training.families.0.tres",
        "did you mean training.families.0.trees?",
    )
    assert error.where.endswith("line 4")


def test_an_unknown_environment_variable_is_an_error(default: Path) -> None:
    error = refused(default, GARRISON__TRAINING__FOLD="3")
    assert error.what == "unknown setting training.fold"
    assert error.where == "environment variable GARRISON__TRAINING__FOLD"
    assert error.remedy == "did you mean training.folds?"


@pytest.mark.parametrize("name", ["GARRISON__", "GARRISON__TRAINING____FOLDS", "GARRISON__TRAINING__"])
def test_a_variable_that_names_nothing_is_an_error(default: Path, name: str) -> None:
    assert refused(default, **{name: "3"}).where == f"environment variable {name}"


def test_two_variables_for_one_setting_are_an_error(default: Path) -> None:
    assert "set by two" in refused(default, GARRISON__SEED="1", garrison__seed="2").what


def test_a_wrong_value_is_shown_with_its_layer(default: Path) -> None:
    error = refused(default, "training.metric=accuracy")
    assert error.what == "the setting training.metric cannot be 'accuracy'"
    assert error.where == "--set training.metric"
    assert error.expected == "'auc' or 'f1'"


def test_a_value_out_of_range_and_one_refused_by_a_validator(default: Path) -> None:
    assert refused(default, "training.folds=1").expected == "greater than or equal to 2"
    assert refused(default, "training.rate=2").expected == "a rate is at most 1"


def test_other_faults_are_named_too(default: Path) -> None:
    error = refused(default, "training.folds=x", "training.rate=y")
    assert error.what == "the setting training.folds cannot be 'x' (also wrong: training.rate)"


def test_a_missing_setting_is_named(default: Path) -> None:
    default.write_text("")
    assert refused(default).what == "the setting seed is missing"
    assert refused(default).remedy.endswith("--set seed=VALUE")
    assert (
        refused(default, "seed=1", "training.families=[{}]").what
        == "the setting training.families.0.name is missing"
    )


def test_a_section_that_is_no_mapping_is_an_error(default: Path) -> None:
    assert refused(default, "training=5").what == "the setting training cannot be 5"
    assert refused(default, text="- 1\n- 2").what == "the settings file holds no settings"


def test_a_key_written_twice_is_an_error_with_its_line(default: Path) -> None:
    error = refused(default, text="training:\n  folds: 3\n  rate: 0.2\n  folds: 4\n")
    assert error.what == "the setting training.folds is written twice"
    assert error.where.endswith("line 4")


@pytest.mark.parametrize(
    "text",
    [
        "training: [",
        "training:\n\tfolds: 3",
        "a: &x [1]\nb: *x",
        "training: !!python/object/apply:os.system [true]",
        "seed: !!int x",
        "seed: 2026-13-45",
        "? [1, 2]\n: 3",
        "--- 1\n--- 2",
        "[" * 5000,
        "seed: \x00",
        b"seed: \xff\xfe",
        "x: " + "y" * 1_000_000,
    ],
)
def test_a_file_that_is_no_plain_yaml_is_refused_with_its_name(default: Path, text: str | bytes) -> None:
    assert "config.yml" in refused(default, text=text).where


def test_a_file_that_is_not_there_or_is_a_folder_is_named(default: Path, tmp_path: Path) -> None:
    for file in (tmp_path / "none.yml", tmp_path):
        with pytest.raises(SettingsError, match="cannot read the settings file") as caught:
            load_settings(Settings, default=default, file=file, environment={})
        assert caught.value.where == str(file)


@pytest.mark.parametrize("override", ["seed", "=3", "training..folds=3", ""])
def test_an_override_without_a_name_or_value_is_refused(default: Path, override: str) -> None:
    assert refused(default, override).where == "--set"


def test_values_are_read_as_yaml(default: Path) -> None:
    settings = load(default, "training.grid={depth: [1, 2]}", GARRISON__TRAINING__FOLDS="3")
    assert settings.training.grid == {"depth": [1, 2]}
    assert settings.training.folds == 3


def test_text_stays_as_written_where_text_is_wanted(default: Path) -> None:
    assert load(default, "version=1.10").version == "1.10"
    assert load(default, "version=007", "seed=3").seed == 3
    assert load(default, "version=2026-11-22").version == "2026-11-22"
    assert load(default, "version=@latest: x").version == "@latest: x"


def test_a_secret_appears_nowhere(default: Path) -> None:
    settings = load(default, GARRISON__LOGIN__PASSWORD="12345678")
    assert settings.login is not None
    assert settings.login.password.get_secret_value() == "12345678"
    assert "12345678" not in f"{settings} {settings_json(settings)}"
    error = refused(default, "login.password=[hunter2]")
    assert "hunter2" not in str(error)
    assert error.what == "the setting login.password cannot be used"


def test_settings_are_frozen(default: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(default).seed = 3  # type: ignore[misc]


def test_equal_settings_give_equal_json(default: Path) -> None:
    assert settings_json(load(default)) == settings_json(load(default, "seed=7"))
    assert settings_json(load(default)) != settings_json(load(default, "seed=8"))


KEYS = st.sampled_from(
    ["seed", "training", "folds", "metric", "families", "grid", "rate", "login", "x", "a b"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(
    tree=st.dictionaries(KEYS, VALUES, max_size=4),
    override=st.text(max_size=20),
    variable=st.text(max_size=8),
)
def test_any_input_gives_settings_or_a_settings_error(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object], override: str, variable: str
) -> None:
    default = tmp_path_factory.getbasetemp() / "any.yml"
    default.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    try:
        load_settings(
            Settings,
            default=default,
            file=None,
            environment={f"GARRISON__{variable}": override},
            overrides=[override],
        )
    except SettingsError:
        return


class Lists(Section):
    families: tuple[str, ...] = ()
    windows: list[int] = Field(default_factory=list)
    secret: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("families=lightgbm", Lists(families=("lightgbm",))),
        ("families=lightgbm, mlp", Lists(families=("lightgbm", "mlp"))),
        ("families=[lightgbm, mlp]", Lists(families=("lightgbm", "mlp"))),
        ("windows=10", Lists(windows=[10])),
        ("windows=10,60", Lists(windows=[10, 60])),
    ],
)
def test_a_list_may_be_given_without_brackets(override: str, found: Lists, tmp_path: Path) -> None:
    empty = tmp_path / "empty.yml"
    empty.write_text("")
    assert load_settings(Lists, file=None, default=empty, environment={}, overrides=[override]) == found
    name, _, value = override.partition("=")
    variable = {f"GARRISON__{name.upper()}": value}
    assert load_settings(Lists, file=None, default=empty, environment=variable) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("families: lightgbm", "a list, such as [lightgbm]"),
        ("windows: {a: 1}", "a list, such as […]"),
        ("windows: ten", "a list, such as [ten]"),
    ],
)
def test_no_list_in_a_file_is_told_what_a_list_is(text: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(Lists, file=None, default=file, environment={})
    assert caught.value.expected == expected
    file.write_text("secret: hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings(Lists, file=None, default=file, environment={})
    assert "hunter2" not in str(caught.value)


def test_an_item_that_does_not_fit_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yml"
    empty.write_text("")
    with pytest.raises(SettingsError, match=r"windows\.1 cannot be 'x'"):
        load_settings(Lists, file=None, default=empty, environment={}, overrides=["windows=10,x"])
