"""Whatever is sent to an address of the OpenAPI document, the answer is one that it tells, and never a 500."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from running_service import running
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = int(os.environ.get("GARRISON_FUZZ_EXAMPLES", "12"))
"""Requests of each address and kind; `make fuzz` sends ten thousand in all."""


@pytest.fixture(scope="module")
def schema(workspace: Path) -> Iterator[schemathesis.BaseSchema]:
    models = ("production/flows", "production/events")
    with running(workspace, models=models, permutations=2) as (client, _):
        yield schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")


fuzzed = schemathesis.pytest.from_fixture("schema")


@fuzzed.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@pytest.mark.timeout(3600)
def test_no_request_is_a_fault_of_ours(case: schemathesis.Case) -> None:
    case.call_and_validate(
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ]
    )
