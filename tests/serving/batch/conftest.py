"""Detectors with and without a past."""

import pytest
from scored_flows import FLOWS, flow_rows, trained
from small_events import EVENTS_SCHEMA, some_events

from garrison.detection import Detector
from garrison.features import EventProcessor, TabularProcessor


@pytest.fixture(scope="module")
def flows() -> Detector:
    """A detector of single flows."""
    return trained(FLOWS, TabularProcessor(impute="median"), flow_rows(300))


@pytest.fixture(scope="module")
def watcher() -> Detector:
    """A detector that looks at what each source did before."""
    return trained(EVENTS_SCHEMA, EventProcessor(scale=True), some_events(300))
