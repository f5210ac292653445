"""The addresses of the service, by what they are about; a new one is an ``Address`` in one of these files."""

from garrison.serving.http.addresses import Address
from garrison.serving.http.routes import about, admin, batch, encrypted, explanation, health, score
from garrison.serving.http.service import Service

__all__ = ["every_address"]


def every_address(service: Service) -> tuple[Address, ...]:
    """Every address, in the order in which the OpenAPI page tells them."""
    plain = (score, batch, explanation, about) if service.models.all else ()
    parts = (*plain, encrypted, health, admin)
    return tuple(address for part in parts for address in part.addresses(service))
