"""Events to numbers: one domain a file, each a processor that is saved as plain JSON."""

from garrison.features.events import EventProcessor, LiveEvents
from garrison.features.live_windows import LiveWindows
from garrison.features.processor import PROCESSORS, Live, Processor, Remembering, load_processor
from garrison.features.tabular import TabularProcessor
from garrison.features.url import UrlProcessor
from garrison.features.windows import window_columns

__all__ = [
    "PROCESSORS",
    "EventProcessor",
    "Live",
    "LiveEvents",
    "LiveWindows",
    "Processor",
    "Remembering",
    "TabularProcessor",
    "UrlProcessor",
    "load_processor",
    "window_columns",
]
