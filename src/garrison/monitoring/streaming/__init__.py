"""Tests that look at one value after the other, and say when the stream has changed; one a file."""

from garrison.monitoring.streaming.adwin import Adwin
from garrison.monitoring.streaming.base import StreamTest
from garrison.monitoring.streaming.cusum import Cusum
from garrison.monitoring.streaming.page_hinkley import PageHinkley

STREAM_TESTS: dict[str, type[StreamTest]] = {each.name: each for each in (Adwin, Cusum, PageHinkley)}
"""Every test by its name; a new one is a file of this folder and its name here."""

__all__ = ["STREAM_TESTS", "Adwin", "Cusum", "PageHinkley", "StreamTest"]
