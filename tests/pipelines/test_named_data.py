"""What a person calls data, where it is no table of events."""

from pathlib import Path

import pytest

from garrison.errors import SourceError
from garrison.pipelines.features_choice import features_path
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.named_data import check_data_name, data_files


def test_pictures_are_no_events_and_the_error_says_what_learns_from_them(tmp_path: Path) -> None:
    settings = IngestionSettings(data="mnist")
    for asked in (
        lambda: check_data_name("mnist"),
        lambda: data_files("mnist", workspace=tmp_path),
        lambda: features_path(settings, folders=(), default=tmp_path),
    ):
        with pytest.raises(SourceError, match="mnist holds images, and no table of events") as caught:
            asked()
        assert "garrison run federated --data mnist" in caught.value.remedy
        assert "nsl_kdd" in caught.value.expected
        assert "mnist" not in caught.value.expected


def test_a_name_that_stands_for_nothing_gets_the_sets_of_events() -> None:
    with pytest.raises(SourceError, match="no such file, folder or data set") as caught:
        check_data_name("nothing_of_that_name")
    assert "unsw_nb15" in caught.value.expected
    assert "mnist" not in caught.value.expected


def test_a_set_of_events_is_let_through() -> None:
    check_data_name("nsl_kdd")
    check_data_name(None)
