"""What a party or the server says no to in a round of secure aggregation."""

from garrison.errors import ModelError


class SecureAggregationError(ModelError):
    """The round cannot go on: too few parties are left, or somebody does not keep to the protocol."""
