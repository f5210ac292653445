"""Whatever is sent to an address of the OpenAPI document, the answer is one that it tells, and never a 500."""

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from running_service import running
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = int(os.environ.get("GARRISON_FUZZ_EXAMPLES", "8"))
"""Requests of each address, as many good ones as bad; `make fuzz` sends ten thousand in all."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_is_a_fault_of_ours(workspace: Path, mode: GenerationMode) -> None:
    models = ("production/flows", "production/events")
    sent: set[str] = set()
    with running(workspace, models=models, permutations=2) as (client, service):
        schema = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
                continue

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def send(case: Any) -> None:
                sent.add(case.operation.label)
                case.call_and_validate(checks=CHECKS)

            send()
        assert "POST /v1/score/batch" in sent
        assert 'status="500"' not in service.metrics.text().decode()
