"""Promoting, rolling back, comparing, signing and sending models, as a person does it at the command line."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from small_detectors import judged_record, save_small_detector

from garrison.cli.main import run_command
from garrison.registry import LocalRegistry

Said = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command in an empty folder and gives what it printed; it must end with the expected exit code."""
    monkeypatch.chdir(tmp_path)
    for name in ("GARRISON_SIGNING_KEY", "GARRISON_SIGNING_KEY_FILE", "GARRISON_TRUSTED_KEYS"):
        monkeypatch.delenv(name, raising=False)

    def run(command: str, *more: str, code: int = 0) -> str:
        capsys.readouterr()
        ended = run_command([*command.split(), *more])
        text = "".join(capsys.readouterr())
        assert ended == code, text
        assert "Traceback" not in text
        return text

    return run


@pytest.fixture
def models(tmp_path: Path) -> LocalRegistry:
    """Version 1 in production; 2 surely better than it; 3 not; 4 misses a gate."""
    registry = LocalRegistry(tmp_path / "models")

    def push(number: int, **judged: object) -> None:
        folder = save_small_detector(tmp_path / f"made-{number}", seed=number, threshold=number / 10)
        registry.push(folder, "sites", record=judged_record(**judged))  # type: ignore[arg-type]

    push(1)
    first = registry.promote("sites", 1)
    push(2, over=first)
    push(3, over=first, low=-0.01)
    push(4, over=first, auc=0.6)
    return registry


def test_a_better_version_is_promoted_and_taken_back(models: LocalRegistry, said: Said) -> None:
    text = said("promote sites@2 --to production")
    assert text.splitlines() == ["in production: sites@2", "back to sites@1: garrison rollback sites"]
    assert said("promote sites@2 --to production").splitlines() == ["in production: sites@2"]
    assert said("rollback sites --reason", "too many alarms") == (
        "in production: sites@1, in place of sites@2\n"
    )
    assert models.history("sites")[-1].reason == "too many alarms"
    assert "no earlier version" in said("rollback sites", code=17)


@pytest.mark.parametrize(
    ("version", "why"), [(3, "not all of it above 0"), (4, "misses the gate auc >= 0.7")]
)
def test_a_version_that_is_not_surely_better_needs_a_reason(
    models: LocalRegistry, said: Said, version: int, why: str
) -> None:
    assert why in said(f"promote sites@{version} --to production", code=4)
    assert "needs a reason" in said(f"promote sites@{version} --force", code=2)
    said(f"promote sites@{version} --force --reason", "ticket 417")
    shown = said("models show sites")
    assert "ticket 417" in shown
    assert why in shown.replace("\n", " ")


@pytest.mark.parametrize(
    ("command", "code", "why"),
    [
        ("promote sites", 2, "which version?"),
        ("promote production/sites@1", 2, "which version?"),
        ("promote sites@2 --to experimental", 2, "--to production"),
        ("promote sites@9", 17, "expected: one of: 1, 2, 3, 4"),
        ("promote nothing@1", 17, "no version 1"),
        ("promote SITES@1", 17, "not the name of a model"),
        ("rollback nothing", 17, "no version of nothing is in production"),
        ("models show nothing", 17, "did you mean|one of: sites"),
        ("push sites --to", 2, "requires an argument"),
        ("push sites --to nosuch://x", 17, "no file system is called"),
        ("push sites --to https://host/x", 17, "mlflow+https://host"),
        ("verify sites", 2, "garrison keys new"),
        ("sign sites", 2, "garrison keys new"),
    ],
)
def test_what_cannot_be_done_says_what_can(
    models: LocalRegistry, said: Said, command: str, code: int, why: str
) -> None:
    text = said(command, code=code)
    assert any(each in text for each in why.split("|")), text


def test_the_list_marks_what_is_in_use(models: LocalRegistry, said: Said) -> None:
    lines = [line.split() for line in said("models list").splitlines() if "@" in line]
    assert [line[0] for line in lines] == ["sites@1", "sites@4", "sites@3", "sites@2", "sites@1"]
    assert [line[1] for line in lines if "●" in line] == ["production", "experimental"]
    assert said("models list other").count("@") == 0
    assert said("models list --registry elsewhere").count("@") == 0


def test_a_damaged_record_does_not_spoil_the_list(models: LocalRegistry, said: Said) -> None:
    (models.root / "experimental" / "sites" / "3" / "record.json").write_text("{")
    lines = {line.split()[0]: line for line in said("models list").splitlines() if "@" in line}
    assert "record is damaged" in lines["sites@3"]
    assert "accepted" in lines["sites@2"]
    assert "record" in said("models show sites@3", code=17)


def test_a_model_is_shown_for_people_and_for_programs(models: LocalRegistry, said: Said) -> None:
    text = said("models show sites@2")
    for fact in (
        "experimental/sites@2",
        "logistic_regression",
        "0.2 (fixed)",
        "dots, age",
        "auc",
        "accepted: ",
    ):
        assert fact in text
    facts = json.loads(said("models show production/sites --json"))
    assert facts["model"] == "production/sites@1"
    assert facts["threshold"] == 0.1
    assert facts["judgement"]["gates"][0]["passed"] is True
    assert [move["version"] for move in facts["history"]] == [1]


def test_two_versions_stand_side_by_side(models: LocalRegistry, said: Said) -> None:
    rows = json.loads(said("models diff sites@1 sites@4 --json"))
    found = {(row["section"], row["name"]): (row["first"], row["second"]) for row in rows}
    assert found["threshold", "value"] == (0.1, 0.4)
    assert found["data", "fingerprint"] == (f"{1:064}", f"{4:064}")
    assert found["gates", "auc"] == ("auc >= 0.7: 0.9000", "auc >= 0.7: 0.6000 (missed by 0.1)")
    assert ("features", "dots") not in found
    assert ("features", "dots") in {
        (row["section"], row["name"]) for row in json.loads(said("models diff sites@1 sites@4 --json --all"))
    }
    text = said("models diff sites@1 sites@4")
    assert "+0.3" in text
    assert "do not differ" in said("models diff production/sites@1 experimental/sites@1")


def test_a_signed_model_verifies_and_a_changed_one_does_not(
    models: LocalRegistry, said: Said, tmp_path: Path
) -> None:
    assert "keep it off the machines that serve" in said("keys new")
    key = tmp_path / "keys" / "release.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "not signed" in said("verify sites", code=18)
    assert said("sign sites@1").count("signed:") == 2
    for name in ("sites", "experimental/sites@1", "models/production/sites/1"):
        assert "signed: by" in said(f"verify {name}")
    assert "not signed" in said("verify sites@2", code=18)
    said("verify sites@2 --digests-only")
    said("keys new other")
    assert "no trusted key" in said("verify sites --trusted keys/other.pub", code=18)
    assert said("keys list").count(".pub") == 2
    assert "already" in said("keys new", code=2)
    secret = key.read_text().splitlines()[1]
    assert secret not in said("keys list")
    (models.load("sites") / "processor.json").write_text("{}")
    assert "processor.json" in said("verify sites", code=13)


def test_a_model_goes_to_another_registry_with_what_is_known_of_it(
    models: LocalRegistry, said: Said, tmp_path: Path
) -> None:
    said("push sites --to shared")
    said("push sites@2 --to shared")
    shared = LocalRegistry(tmp_path / "shared")
    current = shared.current("sites")
    assert current is not None
    assert current.record.facts["came_from"] == "production/sites@1"
    said("promote sites@2 --registry shared")
    assert "in production: sites@1" in said("rollback sites --registry shared")
    said("push sites --to memory://models --as elsewhere")
    said("models fetch elsewhere --from memory://models --into fetched")
    assert "fetched" in said("verify fetched --digests-only")
    assert "already" in said("models fetch elsewhere --from memory://models --into fetched", code=17)
    said("push ./fetched --to shared --as copy")
    assert shared.current("copy") is None
    assert "no evaluation" in said("promote copy@1 --registry shared", code=4)
