"""The addresses of the service, by what they are about; a new one is an ``Address`` in one of these files."""

from garrison.serving.addresses import Address
from garrison.serving.routes.about import about
from garrison.serving.routes.admin import admin
from garrison.serving.routes.batch import batch
from garrison.serving.routes.explanation import explanation
from garrison.serving.routes.health import health
from garrison.serving.routes.score import score
from garrison.serving.service import Service

__all__ = ["addresses"]


def addresses(service: Service) -> tuple[Address, ...]:
    """Every address, in the order in which the OpenAPI page tells them."""
    parts = (score, batch, explanation, about, health, admin)
    return tuple(address for part in parts for address in part(service))
