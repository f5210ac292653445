"""Drawings keep their texts apart and inside, whatever the names and the numbers."""

import re

import pytest

from garrison.web.drawings import effects_drawing, histogram_drawing, pairs_drawing, timeline_drawing
from garrison.web.drawings.svg import WIDTH, wide

TEXT = re.compile(r'<text class="([\w-]+)" x="([-\d.]+)" y="([-\d.]+)" text-anchor="(\w+)">([^<]*)</text>')
BAR = re.compile(r'<rect class="[\w-]+" x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"/>')


def spans(svg: str) -> list[tuple[float, float, float]]:
    """From where to where each text reaches, and its line."""
    found = []
    for kind, x, y, anchor, said in TEXT.findall(svg):
        width = wide(said, 10 if kind == "d-ink" else 9.5)
        start = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
        found.append((start, start + width, float(y)))
    return found


def bars(svg: str) -> list[tuple[float, float, float, float]]:
    """From where to where each bar reaches, and its top and its bottom."""
    return [(x, x + w, y, y + h) for x, y, w, h in (map(float, each) for each in BAR.findall(svg))]


@pytest.mark.parametrize(
    "parts",
    [
        ("tcp", "udp", "others"),
        ("1.235e+04 to 9.877e+05", "-1.235e-04 to -1.877e-06", "0"),
        ("W" * 40, "m" * 40, "i" * 40),
    ],
)
def test_labels_of_two_distributions_meet_neither_bars_nor_the_edge(parts: tuple[str, ...]) -> None:
    svg = pairs_drawing("x", parts, (0.058, 0.942, 0), (1, 0.0012, 0.00012)).svg
    texts, lines = spans(svg), [each for each in bars(svg) if each[2] > 15]
    assert min(start for start, _, _ in texts) >= 0
    assert max(end for _, end, _ in texts) <= WIDTH + 0.01
    for start, end, y in (each for each in texts if each[2] > 15):
        for left, right, top, bottom in lines:
            if top < y + 2 and bottom > y - 8:
                assert end <= left or start >= right


@pytest.mark.parametrize("values", [(0.4, -0.3), (0.4, 0.2), (-0.4, -0.2), (1.0, -1e-9), ()])
def test_names_of_features_are_whole_and_their_numbers_inside(values: tuple[float, ...]) -> None:
    name = "past_600s_sum_payload_len 123456"
    svg = effects_drawing([(name, value) for value in values], caption="").svg
    assert svg.count(f">{name}<") == len(values)
    for start, end, _ in spans(svg):
        assert -0.01 <= start < end <= WIDTH + 0.01
    for left, right, _, _ in bars(svg):
        assert -0.01 <= left <= right <= WIDTH + 0.01


def test_a_quiet_time_has_an_axis_that_can_be_read() -> None:
    assert "1e-09" not in timeline_drawing([0.0, 0.0], [0.0, 0.0], seconds=60).svg
    assert ">1<" in timeline_drawing([], [], seconds=60).svg


def test_few_rows_beside_many_are_seen_on_a_logarithmic_axis() -> None:
    edges = [place / 4 for place in range(5)]
    shown = {
        logarithmic: [
            bottom - top
            for _, _, top, bottom in bars(
                histogram_drawing(
                    edges, [100_000, 40, 0, 3], threshold=0.5, caption="", logarithmic=logarithmic
                ).svg
            )
        ]
        for logarithmic in (False, True)
    }
    assert shown[False][3] < 0.1
    assert shown[True][0] > shown[True][1] > shown[True][3] > 5
    assert shown[True][2] == 0
