"""Charts of reports are pictures with a text alternative, and hold whatever a report gives them."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from tongyi_portal.common.reports import Chart, ChartKind, Series
from tongyi_portal.console.report_charts import chart_svg, nice_step

LABELS = ["<b>平均</b> & more", "a very long label that does not fit beside the bars at all", "三" * 30]


def drawn(chart: Chart, width: int = 720) -> list[ElementTree.Element]:
    """The pictures for wide screens and for phones."""
    return list(ElementTree.fromstring(f"<div>{chart_svg(chart, width)}</div>"))


@pytest.mark.parametrize("kind", list(ChartKind))
def test_a_chart_is_well_formed_and_tells_its_title(kind: ChartKind) -> None:
    series = [Series(name, [1.0, None, 250.5]) for name in ("value", "low", "high")]
    chart = Chart(kind, "Sold <i>fruit</i>", LABELS, series, "%")
    for root in drawn(chart):
        assert root.get("role") == "img"
        assert str(root.get("aria-label")).startswith("Sold <i>fruit</i>.")
    assert "<b>" not in str(chart_svg(chart))


@pytest.mark.parametrize("kind", list(ChartKind))
def test_on_a_phone_every_text_lies_in_the_picture(kind: ChartKind) -> None:
    is_week = kind == ChartKind.HEATMAP
    names = (
        ("星期一", "星期二", "星期三") if is_week else ("等待（中位数）", "等待（95 %）", "处理（中位数）")
    )
    series = [Series(name, [1_000.0, None, 3_999.0] * 16) for name in names]
    phone = drawn(Chart(kind, "x", ["00:00" if is_week else "11-25 00:00"] * 48, series))[1]
    assert phone.get("class") == "report-chart report-chart--phone"
    width: int = 320
    lines: dict[str | None, list[tuple[float, float]]] = {}
    for text in phone.iter("text"):
        for part in list(text.iter("tspan")) or [text]:
            wide = 6.6 * sum(2 if ord(letter) > 0x2E80 else 1 for letter in part.text or "")
            shift = {"end": wide, "middle": wide / 2}.get(str(text.get("text-anchor")), 0)
            left = float(str(part.get("x"))) - shift
            assert left >= -6, part.text
            assert left + wide <= width + 6, part.text
            lines.setdefault(part.get("y"), []).append((left, left + wide))
    for ends in lines.values():
        assert all(end <= begin for (_, end), (begin, _) in pairwise(sorted(ends)))


def test_labels_are_wrapped_and_then_cut_by_their_width() -> None:
    labels = [*LABELS[:2], "三" * 60, "first part\nsecond part"]
    wide = drawn(Chart(ChartKind.BARS, "x", labels, [Series("n", [1, 2, 3, 4])]))[0]
    texts = [
        [line.text for line in text.iter("tspan")]
        for text in wide.iter("text")
        if text.get("class") == "report-label"
    ]
    assert texts[1] == ["a very long label that does", "not fit beside the bars at all"]
    assert texts[2] == ["三" * 15, "三" * 14 + "…"]
    assert texts[3] == ["first part", "second part"]


def test_one_moment_alone_is_a_dot() -> None:
    chart = Chart(ChartKind.LINES, "x", ["a", "b", "c"], [Series("n", [None, 4, None])])
    assert [str(ElementTree.tostring(root)).count("circle") for root in drawn(chart)] == [1, 1]


@pytest.mark.parametrize(
    ("value", "step"), [(0, 1), (0.7, 1), (1, 1), (3, 4), (41, 50), (55, 100), (0.03, 0.04)]
)
def test_steps_of_the_scale_are_round(value: float, step: float) -> None:
    assert nice_step(value) == pytest.approx(step)
