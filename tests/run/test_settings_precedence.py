"""Which layer wins; nothing else is tested here."""

from pathlib import Path

import pytest
from pydantic import Field

from garrison.run.settings import Section, load_settings


class Training(Section):
    metric: str = "none"
    folds: int = 0
    families: tuple[str, ...] = ()
    grid: dict[str, list[int]] = Field(default_factory=dict)


class Settings(Section):
    training: Training = Training()
    seed: int = -1


@pytest.fixture
def default(tmp_path: Path) -> Path:
    path = tmp_path / "default.yml"
    path.write_text(
        "training: {metric: from default, folds: 1, families: [a, b, c], grid: {depth: [1], trees: [10]}}"
    )
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yml"
    path.write_text("training:\n  metric: from config\n  families: [d]\n  grid: {depth: [2, 3]}\n")
    return path


ENVIRONMENT = {"GARRISON__TRAINING__METRIC": "from environment", "UNRELATED": "x", "GARRISON_DATA": "y"}
OVERRIDES = ["training.metric=from set"]


def metric(default: Path, config: Path | None, environment: dict[str, str], overrides: list[str]) -> str:
    settings = load_settings(
        Settings, default=default, file=config, environment=environment, overrides=overrides
    )
    return settings.training.metric


def test_the_default_file_wins_over_the_defaults_in_the_code(default: Path) -> None:
    assert metric(default, None, {}, []) == "from default"


def test_the_config_file_wins_over_the_default_file(default: Path, config: Path) -> None:
    assert metric(default, config, {}, []) == "from config"


def test_the_environment_wins_over_both_files(default: Path, config: Path) -> None:
    assert metric(default, config, ENVIRONMENT, []) == "from environment"


def test_set_wins_over_everything(default: Path, config: Path) -> None:
    assert metric(default, config, ENVIRONMENT, OVERRIDES) == "from set"
    assert metric(default, None, ENVIRONMENT, OVERRIDES) == "from set"
    assert metric(default, config, {}, OVERRIDES) == "from set"


def test_the_last_set_wins_over_the_first(default: Path) -> None:
    assert metric(default, None, {}, ["training.metric=first", "training.metric=last"]) == "last"


def test_mappings_are_merged_and_lists_are_replaced(default: Path, config: Path) -> None:
    training = load_settings(Settings, default=default, file=config, environment={}).training
    assert training == Training(
        metric="from config", folds=1, families=("d",), grid={"depth": [2, 3], "trees": [10]}
    )


def test_a_setting_no_layer_names_keeps_the_default_in_the_code(default: Path, config: Path) -> None:
    assert load_settings(Settings, default=default, file=config, environment=ENVIRONMENT).seed == -1


def test_the_case_of_a_variable_does_not_count(default: Path) -> None:
    assert metric(default, None, {"garrison__Training__METRIC": "x"}, []) == "x"


def test_a_mapping_given_as_a_value_is_merged_too(default: Path) -> None:
    settings = load_settings(
        Settings, default=default, file=None, environment={}, overrides=["training.grid={depth: [7]}"]
    )
    assert settings.training.grid == {"depth": [7], "trees": [10]}


def test_a_higher_layer_can_set_nothing(default: Path) -> None:
    class Optional(Section):
        training: dict[str, object] | None

    assert (
        load_settings(
            Optional, default=default, file=None, environment={}, overrides=["training=null"]
        ).training
        is None
    )
