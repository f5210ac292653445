"""The page: escaped, offline, whole, navigable, and equal for equal reports."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    CodeBlock,
    Column,
    KeyFigure,
    KeyFigures,
    Picture,
    Report,
    Section,
    Table,
    Text,
    confusion_picture,
    render_report,
    report_html,
    stage_times_picture,
)
from garrison.assurance.report.looks import number_text
from garrison.errors import OutputError
from garrison.evaluation import Confusion

VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass(frozen=True)
class Caveat:
    code: str
    text: str


class Page(HTMLParser):
    """What is on a page: its tags with attributes, its text by tag, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def text(self) -> str:
        return "\n".join(text for _, text in self.texts)


def report_of(*blocks: Block, title: str = "Findings") -> Report:
    return Report("Report", "of a run", (("Seed", "7"),), (Section(title, blocks),))


def full_report(word: str = "plain") -> Report:
    table = Table(
        (word, Column("n"), Column("p", 3)),
        ((word, 12345, 0.00001), (Badge(word, "bad"), None, 0.25), (None, -3, 1.0)),
        word,
        strong=frozenset([1]),
    )
    return Report(
        word,
        word,
        ((word, word),),
        (
            Section(word, (KeyFigures((KeyFigure(word, word, word, "warn"),)), Text(f"{word}\n\n{word}"))),
            Section(word, (CaveatList((Caveat(word, word), word)), CaveatList(()))),
            Section(
                word, (table, Table(("a",), (), word, folded=True), CodeBlock(word, word), CodeBlock(word))
            ),
            Section(word, (confusion_picture(Confusion(1, 2, 3, 4)), stage_times_picture([("a", 1.0)]))),
        ),
        verdict=Badge(word, "good"),
    )


def test_equal_reports_give_equal_bytes_and_one_whole_file(tmp_path: Path) -> None:
    one = render_report(full_report(), tmp_path / "one" / "report.html")
    two = render_report(full_report(), tmp_path / "two.html")
    assert one.read_bytes() == two.read_bytes() == report_html(full_report()).encode()
    assert [path.name for path in one.parent.iterdir()] == ["report.html"]


@given(word=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
@settings(max_examples=40)
def test_no_text_becomes_markup(word: str) -> None:
    hostile = f"{word}</td></script><script>alert(1)</script><img src=x onerror='a()'>\"&"
    page = Page(report_html(full_report(hostile)))
    plain = Page(report_html(full_report("plain")))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    html = report_html(full_report())
    page = Page(html)
    assert {"script", "link", "img", "iframe", "object", "embed", "base", "form"}.isdisjoint(
        t for t, _ in page.tags
    )
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []
    assert set(re.findall(r"https?://[^\"'\s]+", html)) <= {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    policies = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]


def test_every_id_is_unique_and_every_link_leads_somewhere() -> None:
    page = Page(report_html(full_report()))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("href", "xlink:href"):
            if attributes.get(name):
                assert str(attributes[name])[1:] in ids
        for name in ("aria-labelledby",):
            if attributes.get(name):
                assert attributes[name] in ids
    contents = [a["href"] for a in page.all("a") if a.get("class") != "skip"]
    assert contents == ["#s-plain", "#s-plain-2", "#s-plain-3", "#s-plain-4"]


def test_pictures_have_words_and_tables_can_be_reached_by_keyboard() -> None:
    page = Page(report_html(full_report()))
    images = [a for a in page.all("div") if a.get("role") == "img"]
    assert len(images) == 2
    assert all(a["aria-label"] for a in images)
    regions = [a for a in page.all("div") if a.get("role") == "region"]
    assert len(regions) == 2
    assert all(a["tabindex"] == "0" and a["class"] == "scroll" for a in regions)
    assert all(a.get("scope") in {"col", "row"} for a in page.all("th"))
    assert page.all("html") == [{"lang": "en"}]


def test_neighbouring_pictures_stand_together() -> None:
    pictures = [Picture(f"<svg><g>{i}</g></svg>", "alt", "caption") for i in range(3)]
    page = Page(report_html(report_of(pictures[0], pictures[1], Text("between"), pictures[2])))
    groups = [a["class"] for a in page.all("div") if (a.get("class") or "").startswith("pictures")]
    assert groups == ["pictures", "pictures"]


def test_cells_are_written_for_people() -> None:
    table = Table(
        ("name", "n", Column("p", 3), "mixed"),
        (("a", 12345, 0.00001, True), ("b", -3, float("nan"), "text"), ("c", None, 0.25, 0.5)),
        "Numbers",
    )
    page = Page(report_html(report_of(table)))
    cells = [text for tag, text in page.texts if tag == "td"]
    assert cells == ["12,345", "<0.001", "yes", "−3", "–", "text", "–", "0.250", "0.5"]
    assert [a.get("class") for a in page.all("td")[:3]] == ["number", "number", None]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, None, "0"),
        (0.0, None, "0"),
        (1e9, None, "1,000,000,000"),
        (1e20, None, "1.0e+20"),
        (0.5, 2, "0.50"),
        (float("inf"), 3, "∞"),
        (float("-inf"), None, "-∞"),
        (-0.25, 1, "-0.2"),
        (0.0005, 3, "0.001"),
        (0.0, 3, "0.000"),
    ],
)
def test_numbers_are_written_for_people(value: float, digits: int | None, text: str) -> None:
    assert number_text(value, digits) == text


def test_a_folded_table_opens_on_request_and_says_its_size() -> None:
    page = Page(report_html(report_of(Table(("a",), ((1,), (2,)), "Many rows", folded=True))))
    assert len(page.all("details")) == 1
    assert "(2 rows)" in page.text()


def test_no_caveat_is_said_in_words() -> None:
    assert "No caveat was found." in Page(report_html(report_of(CaveatList(())))).text()
    said = Page(
        report_html(report_of(CaveatList((Caveat("duplicate-rows", "Rows repeat."), "Another."))))
    ).text()
    assert {"Rows repeat.", "duplicate-rows", "Another."} <= set(said.split("\n"))


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        report_html(report_of(Table(("a", "b"), ((1,),), "short")))


def test_a_folder_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        render_report(report_of(Text("x")), tmp_path / "file" / "report.html")


def test_colours_have_contrast_in_both_themes() -> None:
    style = report_html(report_of(Text("x")))
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part))
        for part in style.split("prefers-color-scheme: dark")[:2]
    )
    assert set(light) == set(dark)
    for theme in (light, dark):
        for front in ("ink", "muted", "accent", "second", "good", "bad", "warn"):
            for back in ("paper", "ground", "faint"):
                assert contrast(theme[front], theme[back]) >= 4.5, (front, back)
        for mark in ("lowest", "lower", "midway", "higher", "highest"):
            assert contrast(theme[mark], theme["paper"]) >= 3, mark
        for tone in ("good", "bad", "warn"):
            assert contrast(theme[tone], theme[f"{tone}-soft"]) >= 4.5, tone


def contrast(one: str, two: str) -> float:
    """The WCAG 2 contrast ratio of two colours."""
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
