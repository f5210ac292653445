"""What a party or the server says no to in a round of secure aggregation."""

from typing import ClassVar

from garrison.errors import GarrisonError


class SecureAggregationError(GarrisonError):
    """The round cannot go on: too few parties are left, or somebody does not keep to the protocol."""

    exit_code: ClassVar[int] = GarrisonError.exit_code
