"""The settings of the federated pipeline: what is refused, with what to do."""

from pathlib import Path

import pytest

from garrison.errors import SettingsError
from garrison.pipelines.federating.settings import load_federated_settings


def test_the_default_is_the_whole_comparison_on_images_that_are_always_there() -> None:
    """Two networks in five ways, on the digits that come with scikit-learn."""
    settings = load_federated_settings(None)
    assert settings.data.name == "digits"
    assert len(settings.cells) == 10
    assert settings.seeds >= 5


@pytest.mark.parametrize("name", ["mnist.yml", "digits.yml"])
def test_settings_that_come_with_garrison_are_found_by_name(name: str) -> None:
    """A relative name is looked for beside the defaults."""
    assert load_federated_settings(Path(name)).data.name == name.removesuffix(".yml")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("networks=[rnn]", "mlp"),
        ("seeds=3", "attacks.membership: null"),
        ("parties.partition=cities", "iid"),
        ("federation.strategy=fedsgd", "fedavg"),
        ("federation.options={nonsense: 1}", "nonsense"),
        ("attacks.updates.attacks=[guess]", "cosine"),
        ("attacks.inversion.attacks=[guess]", "confidence"),
        ("gates={membership.auc: maybe}", "not a bound"),
        ("federation.rouns=3", "rounds"),
        ("networks=[mlp, mlp]", "mlp-federated"),
        ("private.epsilons=[8, 8.0000001]", "mlp-private-8"),
        ("private.epsilons=[0]", "greater than 0"),
        ("attacks.updates.images=[]", "images"),
        ("attacks.updates.epochs=[0]", "greater than 0"),
        ("federation.strategy=fedprox", "leave private out"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_trained(override: str, said: str) -> None:
    """The error names the setting, and what would do."""
    with pytest.raises(SettingsError) as refused:
        load_federated_settings(None, overrides=(override,))
    assert said in str(refused.value)


def test_variables_about_tracking_are_for_other_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    """This one tells no tracking server, and is not stopped by what was set for those that do."""
    monkeypatch.setenv("GARRISON__TRACKING__ENABLED", "false")
    monkeypatch.setenv("GARRISON__FEDERATION__ROUNDS", "3")
    assert load_federated_settings(None).federation.rounds == 3
