"""The pages in a browser: what a person does with a keyboard, a mouse and a phone, and what the browser forbids."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import httpx
import pytest
from chromium import browser
from playwright.sync_api import Browser, Page, expect
from running_service import running
from web_place import EVENT, events_csv, write_web_keys

from garrison.registry import LocalRegistry

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

Place = tuple[Path, str, dict[str, str]]
_ALLOWED = ("Failed to load resource", "Password forms should have")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One browser for all tests."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def place(chrome: Browser, web_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A service with keys and a log, its address, and the keys."""
    workspace = tmp_path_factory.mktemp("browser") / "workspace"
    copytree(web_workspace, workspace)
    keys = write_web_keys(workspace / "keys" / "api_keys.json")
    log = f"duckdb:///{workspace}/log.db"
    with running(workspace, models=("production/threats",), with_pages=True, log=log) as (client, _):
        batch = [{**EVENT, "payload_len": 10**7 + place} for place in range(80)]
        headers = {"authorization": f"Bearer {keys['admin']}"}
        assert client.post("/v1/score/batch", json=batch, headers=headers).status_code == 200
        yield workspace, str(client.base_url).rstrip("/"), keys


@pytest.fixture
def page(chrome: Browser, place: Place) -> Iterator[Page]:
    """A page of somebody who is logged in; nothing may be said on its console that is not expected."""
    context = chrome.new_context(base_url=place[1], viewport={"width": 1200, "height": 900})
    context.set_default_timeout(60_000)
    found = context.new_page()
    said: list[str] = []
    found.on("console", lambda message: said.append(message.text))
    found.on("pageerror", lambda error: said.append(str(error)))
    found.goto("/")
    found.get_by_label("Key", exact=True).fill(place[2]["admin"])
    found.keyboard.press("Enter")
    expect(found.get_by_role("heading", name="Models", level=1)).to_be_visible()
    yield found
    context.close()
    assert [each for each in said if not each.startswith(("[DOM]", *_ALLOWED))] == []


def test_an_event_is_tried_with_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.goto("/try")
    page.get_by_label("An event, as JSON").fill(json.dumps(EVENT))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Score it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    expect(page.get_by_role("table").first).to_contain_text("the score by")
    assert "garrison_" not in page.url


def test_a_file_is_tried_and_its_verdicts_downloaded(page: Page, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(events_csv(place[0], 60))
    page.goto("/try")
    page.get_by_label("CSV or JSON Lines", exact=True).set_input_files(path)
    page.get_by_role("button", name="Score the file").click()
    expect(page.get_by_role("heading", name="day.csv")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all verdicts").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 61


def test_what_was_wrong_with_an_event_is_shown_and_runs_nothing(page: Page) -> None:
    page.goto("/try")
    page.get_by_label("An event, as JSON").fill(
        json.dumps({**EVENT, "payload_len": "<img src=x onerror=\"document.title='run'\"><script>1</script>"})
    )
    page.get_by_role("button", name="Score it").click()
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("payload_len: not an integer")
    expect(problem).to_contain_text("<script>")
    expect(problem).to_be_focused()
    assert page.title() != "run"
    assert page.locator("main img, main script").count() == 0


def test_a_model_is_promoted_and_taken_back(page: Page, place: Place) -> None:
    registry = LocalRegistry(place[0] / "models")
    page.goto("/models/threats")
    promote = page.get_by_role("button", name="Promote to production")
    page.get_by_label("Version", exact=True).select_option("4")
    promote.click()
    expect(page.get_by_role("alert")).to_contain_text("it misses the gate auc")
    page.get_by_label("Version", exact=True).select_option("3")
    promote.click()
    expect(page.get_by_role("status")).to_contain_text(
        "Version 3 is in production now. This service answers with it."
    )
    page.get_by_role("button", name="Roll back to version 2").click()
    expect(page.get_by_role("status")).to_contain_text("version 2 is in production again")
    assert [move.action for move in registry.history("threats")] == ["promote", "promote", "rollback"]


def test_drift_is_drawn_with_what_was_and_what_is(page: Page) -> None:
    page.goto("/drift")
    page.get_by_label("all of it").check()
    page.get_by_role("button", name="Check the log").click()
    expect(page.get_by_role("heading", name="Columns that moved")).to_be_visible()
    drawn = page.get_by_role("img", name="Bars of payload_len in training and now")
    expect(drawn).to_be_visible()
    assert drawn.locator("rect.d-accent").count() > 5
    assert drawn.locator("rect.d-second").count() == drawn.locator("rect.d-accent").count()


def test_the_live_view_updates_itself_and_can_be_paused(page: Page, place: Place) -> None:
    page.goto("/live")
    expect(page.get_by_text("Updates itself")).to_be_visible()
    headers = {"authorization": f"Bearer {place[2]['score']}"}
    for _ in range(3):
        httpx.post(place[1] + "/v1/score", json=EVENT, headers=headers).raise_for_status()
    expect(page.get_by_role("rowheader", name="/v1/score", exact=True)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 360, "height": 740})
    grounds = set()
    for path in ("/", "/models/threats", "/models/threats/2", "/live", "/drift?since=", "/try", "/nowhere"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == {"rgb(244, 246, 248)" if scheme == "light" else "rgb(16, 21, 28)"}
