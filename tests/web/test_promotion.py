"""Promoting and rolling back by a form: who may, what is kept, and how a refusal is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from running_service import running
from web_place import write_web_keys
from web_visitor import Visitor

from garrison.registry import LocalRegistry
from garrison.serving.http.service import Service


@pytest.fixture
def operator(own_web_workspace: Path) -> Iterator[tuple[Visitor, Service, LocalRegistry]]:
    """Somebody with the scope admin, logged in."""
    keys = own_web_workspace / "keys" / "api_keys.json"
    texts = write_web_keys(keys)
    with running(own_web_workspace, models=("production/threats",), with_pages=True) as (client, service):
        visitor = Visitor(client)
        visitor.log_in(texts["admin"])
        yield visitor, service, LocalRegistry(own_web_workspace / "models")


def current(registry: LocalRegistry) -> int:
    version = registry.current("threats")
    assert version is not None
    return version.version


def test_an_accepted_version_is_promoted_served_at_once_and_rolled_back(
    operator: tuple[Visitor, Service, LocalRegistry],
) -> None:
    visitor, service, registry = operator
    answer = visitor.send("/models/threats/promote", seen="/models/threats", data={"version": "3"})
    assert answer.status_code == 200
    assert "Version 3 is in production now. This service answers with it." in visitor.text
    assert current(registry) == 3
    assert service.models.get(None).version == 3
    data = {"over": "3", "reason": "too  many\nalarms"}
    visitor.send("/models/threats/rollback", seen="/models/threats", data=data)
    assert "Rolled back: version 2 is in production again." in visitor.text
    assert service.models.get(None).version == 2
    move = registry.history("threats")[-1]
    assert (move.action, move.reason) == ("rollback", "too many alarms")


def test_a_version_that_is_in_production_already_is_not_promoted_again(
    operator: tuple[Visitor, Service, LocalRegistry], capfd: pytest.CaptureFixture[str]
) -> None:
    visitor, _, registry = operator
    before = registry.history("threats")
    for data in ({"version": "2"}, {"version": "2", "force": "yes", "reason": "sure"}):
        answer = visitor.send("/models/threats/promote", seen="/models/threats", data=data)
        assert answer.status_code == 200
        assert "Version 2 is in production already: nothing was changed." in visitor.text
        assert "is in production now" not in visitor.text
    assert registry.history("threats") == before
    assert '"event": "promoted"' not in capfd.readouterr().err


def test_one_that_misses_a_gate_needs_force_and_a_reason_which_is_kept(
    operator: tuple[Visitor, Service, LocalRegistry],
) -> None:
    visitor, _, registry = operator
    answer = visitor.send("/models/threats/promote", seen="/models/threats", data={"version": "4"})
    assert answer.status_code == 409
    assert "It may not go into production" in visitor.text
    assert "<li>it misses the gate auc &gt;= 0.7: 0.6500 (missed by 0.05)</li>" in visitor.page
    assert "choose “by force” below" in visitor.text
    data = {"version": "4", "force": "yes", "reason": " "}
    assert visitor.send("/models/threats/promote", seen="/models/threats", data=data).status_code == 422
    assert "needs a reason" in visitor.text
    assert "--force" not in visitor.text, "a page has no options"
    assert current(registry) == 2
    data["reason"] = "<script>alert(1)</script> ticket 417"
    assert visitor.send("/models/threats/promote", seen="/models/threats", data=data).status_code == 200
    assert current(registry) == 4
    move = registry.history("threats")[-1]
    assert move.reason == data["reason"]
    assert "it misses the gate" in move.overruled[0]
    assert "<script>alert" not in visitor.page
    assert "ticket 417" in visitor.text


def test_a_decision_over_another_version_than_the_one_that_was_seen_is_refused(
    operator: tuple[Visitor, Service, LocalRegistry],
) -> None:
    visitor, _, registry = operator
    registry.promote("threats", 3)
    answer = visitor.send("/models/threats/rollback", seen="/models/threats", data={"over": "2"})
    assert answer.status_code == 409
    assert "came into production meanwhile" in visitor.text
    assert current(registry) == 3


@pytest.mark.parametrize("version", ["", "x", "0", "99", "-1", "9" * 40])
def test_what_is_no_version_is_refused(
    operator: tuple[Visitor, Service, LocalRegistry], version: str
) -> None:
    visitor, _, registry = operator
    answer = visitor.send("/models/threats/promote", seen="/models/threats", data={"version": version})
    assert answer.status_code in (409, 422)
    assert current(registry) == 2


def test_other_keys_and_no_keys_promote_nothing(
    keyed: tuple[object, Service, dict[str, str]], visitor: Visitor, web_workspace: Path
) -> None:
    client, service, texts = keyed
    analyst = Visitor(client)  # type: ignore[arg-type]
    analyst.log_in(texts["analyst"])
    answer = analyst.send("/models/threats/promote", seen="/try", data={"version": "3"})
    assert answer.status_code == 403
    assert "has not the scope admin" in analyst.text
    analyst.see("/models/threats")
    assert "garrison promote threats@4 --to production" in analyst.text
    assert "/promote" not in analyst.page
    answer = visitor.send("/models/threats/promote", seen="/try", data={"version": "3"})
    assert answer.status_code == 403
    assert "without keys nobody may do this" in visitor.text
    assert current(LocalRegistry(web_workspace / "models")) == 2
    assert service.models.get(None).version == 2
