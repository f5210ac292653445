"""The features file: a schema as JSON, checked so that contradictions are found before any data is read."""

from garrison.data.features_file.parse import schema_from_dict
from garrison.data.features_file.read import LARGEST_FILE, read_features_file
from garrison.data.features_file.write import schema_to_dict

__all__ = ["LARGEST_FILE", "read_features_file", "schema_from_dict", "schema_to_dict"]
