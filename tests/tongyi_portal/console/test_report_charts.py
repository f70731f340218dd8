"""Charts of reports are pictures with a text alternative, and hold whatever a report gives them."""

import xml.etree.ElementTree as ElementTree

import pytest

from tongyi_portal.common.reports import Chart, ChartKind, Series
from tongyi_portal.console.report_charts import chart_svg, nice_step

LABELS = ["<b>平均</b> & more", "a very long label that does not fit beside the bars at all", "三" * 30]


@pytest.mark.parametrize("kind", list(ChartKind))
def test_a_chart_is_well_formed_and_tells_its_title(kind: ChartKind) -> None:
    series = [Series(name, [1.0, None, 250.5]) for name in ("value", "low", "high")]
    svg = str(chart_svg(Chart(kind, "Sold <i>fruit</i>", LABELS, series, "%")))
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert str(root.get("aria-label")).startswith("Sold <i>fruit</i>.")
    assert "<b>" not in svg


def test_labels_are_cut_by_their_width() -> None:
    svg = str(chart_svg(Chart(ChartKind.BARS, "x", LABELS, [Series("n", [1, 2, 3])])))
    assert "三" * 14 + "…" in svg
    assert "三" * 15 + "…" not in svg


def test_one_moment_alone_is_a_dot() -> None:
    chart = Chart(ChartKind.LINES, "x", ["a", "b", "c"], [Series("n", [None, 4, None])])
    assert str(chart_svg(chart)).count("<circle") == 1


@pytest.mark.parametrize(
    ("value", "step"), [(0, 1), (0.7, 1), (1, 1), (3, 4), (41, 50), (55, 100), (0.03, 0.04)]
)
def test_steps_of_the_scale_are_round(value: float, step: float) -> None:
    assert nice_step(value) == pytest.approx(step)
