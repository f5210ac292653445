"""Events to numbers: one domain a file, each a processor that is saved as plain JSON."""

from garrison.features.processor import PROCESSORS, Processor, load_processor
from garrison.features.tabular import TabularProcessor
from garrison.features.url import UrlProcessor

__all__ = ["PROCESSORS", "Processor", "TabularProcessor", "UrlProcessor", "load_processor"]
