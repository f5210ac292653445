"""Settings that name what is not there are refused before anything is read."""

import pytest

from garrison.errors import SettingsError
from garrison.pipelines.phishing import settings_for


@pytest.mark.parametrize(
    "key", ["evaluation.metric=f2", "training.metric=aucc", "training.families=[lightgbn]"]
)
def test_an_unknown_metric_or_family_is_refused_by_its_name(key: str) -> None:
    setting, _, name = key.partition("=")
    with pytest.raises(SettingsError) as caught:
        settings_for(None, overrides=[key])
    assert name.strip("[]") in str(caught.value)
    assert setting in str(caught.value)
