"""Settings that name what is not there are refused before anything is read."""

from pathlib import Path

import pytest

from garrison.errors import SettingsError, UsageError
from garrison.pipelines import threats
from garrison.pipelines.phishing import settings_for
from garrison.pipelines.starting import settings_for_data


@pytest.mark.parametrize(
    "key", ["evaluation.metric=f2", "training.metric=aucc", "training.families=[lightgbn]"]
)
def test_an_unknown_metric_or_family_is_refused_by_its_name(key: str) -> None:
    setting, _, name = key.partition("=")
    with pytest.raises(SettingsError) as caught:
        settings_for(None, overrides=[key])
    assert name.strip("[]") in str(caught.value)
    assert setting in str(caught.value)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("training.params={xgbost: {trees: 9}}", "did you mean xgboost?"),
        ("training.grid={xgbost: {trees: [9]}}", "did you mean xgboost?"),
        ("training.params={mlp: {q: 1}}", "mlp takes no parameter 'q'"),
        ("training.grid={mlp: {q: [1]}}", "mlp takes no parameter 'q'"),
    ],
)
def test_parameters_that_no_family_takes_are_refused(override: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(None, overrides=["training.families=[lightgbm]", override])
    assert said in str(caught.value)
    assert override.partition("=")[0] in caught.value.what
    assert caught.value.where == f"--set {override.partition('=')[0]}"


@pytest.mark.parametrize("config", [None, Path("unknown_attacks.yml")])
def test_other_families_can_be_chosen_than_those_that_the_file_has_parameters_for(
    config: Path | None,
) -> None:
    settings = threats.settings_for(config, overrides=["training.families=[mlp]"]).settings
    assert settings.training.families == ("mlp",)
    assert settings.training.params, "they wait until their family is chosen"


def test_the_pipeline_is_the_one_that_is_named_or_that_the_data_are_for() -> None:
    name, loaded = settings_for_data("nsl_kdd", overrides=["seed=7"])
    assert (name, loaded.settings.seed, loaded.features.name) == ("threats", 7, "features.json")
    name, loaded = settings_for_data(
        "nsl_kdd", pipeline="phishing", overrides=["ingestion.features=features.json"]
    )
    assert (name, loaded.settings.name) == ("phishing", "phishing")
    with pytest.raises(UsageError, match="no pipeline 'fishing'"):
        settings_for_data(None, pipeline="fishing")


@pytest.mark.parametrize(
    ("written", "hint"), [("1%", "fpr=0.01"), ("fpr=0.5%", "fpr=0.005"), ("fpr = 1 %", "fpr=0.01")]
)
def test_a_threshold_in_percent_is_refused_with_what_is_meant(written: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(None, overrides=[f"training.threshold={written}"])
    assert f"a share is written as a number: {hint}" in str(caught.value)


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ("{auk: '>= 0.8'}", "did you mean auc?"),
        ("{auc: '0.8'}", "not a bound: '0.8'"),
        ("{auc: 'at least 0.8'}", "not a bound"),
        ("{auc: 0.8}", "gates.auc"),
    ],
)
def test_a_gate_that_cannot_be_read_is_refused(gates: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(None, overrides=[f"gates={gates}"])
    assert said in str(caught.value)


def test_a_gate_of_the_default_file_is_changed_switched_off_or_joined_by_others() -> None:
    settings = settings_for(None, overrides=["gates={auc: null, f1: '> 0.5'}"]).settings
    assert settings.gates == {"auc": None, "f1": "> 0.5"}
    assert settings_for(None).settings.gates == {"auc": ">= 0.7"}
