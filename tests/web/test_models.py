"""The first page, scorecards side by side, and a version's page with the report of its run."""

from pathlib import Path

import httpx
import pytest
from running_service import running
from served_models import flows_detector
from small_cards import small_card
from web_visitor import Visitor

from garrison.assurance import read_gates
from garrison.detection import load_detector, save_detector
from garrison.files import sha256_of
from garrison.registry import LocalRegistry, keep_scorecard
from garrison.serving.http.service import Service


def test_the_first_page_lists_what_is_served_and_every_version(visitor: Visitor) -> None:
    assert visitor.see("/").status_code == 200
    assert "Served now" in visitor.text
    assert "production/threats" in visitor.text
    rows = [line for line in visitor.page.splitlines() if line.startswith('<th scope="row">')]
    assert [row.partition("threats/")[2][0] for row in rows] == ["4", "3", "2", "1"]
    assert "1 of 2 kept" in visitor.text
    assert "may be promoted" in visitor.text


def test_scorecards_stand_side_by_side_with_their_difference(visitor: Visitor) -> None:
    visitor.see("/models/threats")
    assert "0.95 +0.0400" in visitor.text, "from the one in production"
    assert "it misses the gate auc >= 0.7: 0.6500" in visitor.text
    assert "0.02 same" in visitor.text
    assert "recall@<wbr>fpr=<wbr>0.01" in visitor.page, "it breaks where words end"
    assert "not signed" in visitor.text
    assert "<b>odd" not in visitor.page, "what a record says is text"
    assert "&lt;b&gt;odd" in visitor.page
    visitor.see("/models/threats?v=1&v=3")
    assert 'href="/models/threats/2"' not in visitor.page
    visitor.see("/models/threats/difference?first=2&second=4")
    assert "auc >= 0.7: 0.6500" in visitor.text


def test_a_difference_is_that_of_production_and_the_newest_unless_others_are_chosen(visitor: Visitor) -> None:
    answer = visitor.see("/models/threats/difference")
    assert answer.status_code == 200
    assert "what differs between 2 and 4" in visitor.text
    assert "auc >= 0.7: 0.6500" in visitor.text
    visitor.see("/models/threats/difference?second=3")
    assert "what differs between 2 and 3" in visitor.text
    assert visitor.page.count("<option selected>") == 2, "others are chosen on the page itself"
    visitor.see("/models/threats/difference?first=2&second=2")
    assert "A version does not differ from itself" in visitor.text
    for query in ("first=9", "first=2&second=77"):
        assert visitor.see(f"/models/threats/difference?{query}").status_code == 404
        assert "threats has no version" in visitor.text
    assert visitor.see("/models/threats/difference?first=x").status_code == 422


def test_a_version_has_its_facts_its_gates_and_pictures(visitor: Visitor, web_workspace: Path) -> None:
    visitor.see("/models/threats/2")
    for said in (
        "in production",
        "accepted: the first model",
        "What it keeps of its data",
        "logistic_regression",
    ):
        assert said in visitor.text
    assert visitor.page.count("<svg") > 2
    assert "The axis of rows is logarithmic" in visitor.text
    detector = load_detector(web_workspace / "detector")
    fields = len(detector.schema.kept(with_label=False))
    assert (
        f"fields of an event {fields} numbers the model sees {len(detector.processor.names)} " in visitor.text
    )
    assert 'style="' not in visitor.page, "no style stands in a page"
    visitor.see("/models/threats/4")
    assert "The report of its run is not in this workspace" in visitor.text


def test_the_report_of_its_run_is_shown_and_may_do_nothing(visitor: Visitor) -> None:
    answer = visitor.see("/models/threats/2/report")
    assert "It is good." in visitor.page
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert visitor.see("/models/threats/4/report").status_code == 404


def test_without_a_registry_the_first_page_says_what_to_do(tmp_path: Path) -> None:
    save_detector(flows_detector(), tmp_path / "model")
    with running(tmp_path, models=(str(tmp_path / "model"),), with_pages=True) as (client, _):
        visitor = Visitor(client)
        assert visitor.see("/").status_code == 200
        assert "No models yet" in visitor.text
        assert "garrison run threats" in visitor.text
        assert visitor.see("/models/flows").status_code == 404


@pytest.mark.parametrize(
    "path", ["/models/none", "/models/..%2f..", "/models/threats/9", "/models/THREATS", "/nowhere"]
)
def test_what_is_not_there_is_a_page_that_says_so(visitor: Visitor, path: str) -> None:
    answer = visitor.see(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in visitor.text


def test_programs_still_get_problem_documents(open_service: tuple[httpx.Client, Service]) -> None:
    client = open_service[0]
    for headers in ({}, {"accept": "application/json"}):
        assert client.get("/nowhere", headers=headers).headers["content-type"] == "application/problem+json"
    browser = {"accept": "text/html"}
    assert client.get("/v1/nothing", headers=browser).headers["content-type"] == "application/problem+json"


def test_every_page_forbids_what_it_does_not_need(visitor: Visitor) -> None:
    for path in ("/", "/models/threats", "/live", "/drift", "/try", "/login", "/nowhere"):
        answer = visitor.see(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers.get_list("content-security-policy") == [policy]
        assert "<script>" not in visitor.page


def test_a_page_is_complete_for_a_keyboard_and_a_reader(visitor: Visitor) -> None:
    for path in ("/", "/models/threats", "/models/threats/2", "/live", "/drift", "/try"):
        visitor.see(path)
        assert '<html lang="en">' in visitor.page
        assert visitor.page.index('class="skip"') < visitor.page.index("<nav")
        assert visitor.page.count("<h1>") == 1
        assert visitor.page.count("<main") == 1


def test_the_scorecard_of_a_version_is_a_page_stands_beside_the_others_and_speaks_against_it(
    own_web_workspace: Path,
) -> None:
    registry = LocalRegistry(own_web_workspace / "models")
    digest = sha256_of(registry.find("threats", 3).detector / "manifest.json")
    card = small_card(name="threats", version=3, digest=digest)
    assert keep_scorecard(registry, card.judge(read_gates({"evasion.detection@cost=2": ">= 0.9"})))
    with running(own_web_workspace, models=("production/threats",), with_pages=True) as (client, _):
        visitor = Visitor(client)
        visitor.see("/models/threats")
        assert "Figures of the scorecard" in visitor.text
        assert "evasion.detection@cost=2 >= 0.9: 0.4000 (missed by 0.5)" in visitor.text
        visitor.see("/models/threats/3")
        assert 'href="/models/threats/3/scorecard"' in visitor.page
        answer = visitor.see("/models/threats/3/scorecard")
        assert "1 of 1 gates missed" in visitor.text
        assert "sandbox" in answer.headers["content-security-policy"]
        assert visitor.see("/models/threats/2/scorecard").status_code == 404
        assert "garrison scorecard threats@2" in visitor.text
