"""Charts of reports as SVG, drawn on the server: no script, sharp in print, in the colours of the theme.

The picture's text is for eyes only; a reader of the screen is told its title and sent to the table.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, log10
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tongyi_portal.common.reports import Chart, ChartKind

WIDTH, LABEL_WIDTH, RIGHT = 720, 210, 64
ROW, BAR, LINES_HEIGHT = 26, 14, 240
ROWS_DRAWN = 20
LABEL_ROOM = 90  # of a label below the chart
MARK_ROOM = 32
HEAT_STEPS = 5
Place = Callable[[int, float], tuple[float, float]]


def chart_svg(chart: Chart, width: int = WIDTH) -> SafeString:
    """The chart as one SVG element. width: in units of its text, of which a letter is 12 high."""
    height, inside = _DRAWERS[chart.kind](chart, width)
    alternative = gettext("%(title)s. The table has the same numbers.") % {"title": chart.title}
    return format_html(
        '<svg class="report-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        width,
        height,
        f"{alternative} {chart.summary}".strip(),
        inside,
    )


def nice_step(value: float) -> float:
    """The smallest of 1, 2, 4, 5, 10 times a power of ten that is no less than `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (ceil(log10(value)) - 1)
    return next(power * step for step in (1, 2, 4, 5, 10) if power * step >= value * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def _cut(label: Any, beside: int) -> str:
    """As much of a label as fits beside the bars; a Chinese character is as wide as two Latin ones."""
    room, shown = int(beside / 7.5), ""
    for letter in str(label):
        room -= 2 if ord(letter) > 0x2E80 else 1
        if room < 0:
            return f"{shown}…"
        shown += letter
    return shown


def _scale(chart: Chart) -> float:
    if chart.unit == "%":
        return 100.0
    step = nice_step(max((value or 0 for one in chart.series for value in one.values), default=0) / 4)
    return 4 * (max(step, 1.0) if not chart.unit else step)  # counts have no quarters


def _beside(width: int) -> int:
    """The room for labels at the left of bars."""
    return min(LABEL_WIDTH, round(width * 0.42))


def _grid(top: float, unit: str, height: int, width: int) -> SafeString:
    """Upright lines at the quarters of the scale."""
    beside = _beside(width)
    span = width - beside - RIGHT
    ticks = [(beside + span * part / 4, _number(top * part / 4) + unit) for part in range(5)]
    return format_html_join(
        "",
        '<line class="report-grid" x1="{0}" x2="{0}" y1="0" y2="{1}"/>'
        '<text class="report-tick" x="{0}" y="{2}" text-anchor="middle">{3}</text>',
        ((round(x, 1), height - 22, height - 6, text) for x, text in ticks),
    )


def _bars(chart: Chart, width: int) -> tuple[int, SafeString]:
    labels = list(chart.labels)[:ROWS_DRAWN]
    per_label = len(chart.series)
    step = ROW if per_label == 1 else per_label * BAR + 12
    top, beside = _scale(chart), _beside(width)
    span = width - beside - RIGHT
    legend = _legend(chart, width) if per_label > 1 else SafeString()
    offset = 24 if per_label > 1 else 0
    parts = []
    for row, label in enumerate(labels):
        y = offset + row * step
        parts.append(_row_label(label, y + step / 2, beside))
        for number, one in enumerate(chart.series):
            value = one.values[row]
            if value is None:
                continue
            inner = y + (step - per_label * BAR) / 2 + number * BAR
            wide = span * max(value, 0) / top
            parts.append(
                format_html(
                    '<rect class="report-fill report-fill--{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>'
                    '<text class="report-value" x="{}" y="{}">{}</text>',
                    *(number, beside, round(inner, 1), round(wide, 1), BAR - 2),
                    *(
                        round(beside + wide + 5, 1),
                        round(inner + BAR - 4, 1),
                        _number(value) + chart.unit,
                    ),
                )
            )
    height = offset + len(labels) * step + 24
    return height, SafeString(legend + _grid(top, chart.unit, height, width) + "".join(parts))


def _intervals(chart: Chart, width: int) -> tuple[int, SafeString]:
    values, lows, highs = (one.values for one in chart.series)
    labels = list(chart.labels)[:ROWS_DRAWN]
    height = len(labels) * ROW + 24
    top, beside = _scale(chart), _beside(width)
    span = width - beside - RIGHT

    def across(value: float) -> float:
        return round(beside + span * min(max(value, 0), top) / top, 1)

    parts = []
    for row, label in enumerate(labels):
        y = row * ROW + ROW / 2
        parts.append(_row_label(label, y, beside))
        value, low, high = values[row], lows[row], highs[row]
        if value is None or low is None or high is None:
            continue
        parts.append(
            format_html(
                '<line class="report-whisker" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<circle class="report-fill report-fill--0" cx="{3}" cy="{2}" r="5"/>'
                '<text class="report-value" x="{4}" y="{5}">{6}</text>',
                *(across(low), across(high), y, across(value)),
                *(across(high) + 8, y + 4, _number(value) + chart.unit),
            )
        )
    return height, SafeString(_grid(top, chart.unit, height, width) + "".join(parts))


def _lines(chart: Chart, width: int) -> tuple[int, SafeString]:
    left, top_edge, bottom = 48, 30, LINES_HEIGHT - 26
    span = width - left - 12
    top = _scale(chart)
    count = len(chart.labels)

    def place(index: int, value: float) -> tuple[float, float]:
        x = left + span * (index / (count - 1) if count > 1 else 0.5)
        return round(x, 1), round(bottom - (bottom - top_edge) * value / top, 1)

    parts = [_bands(chart, place, top_edge, bottom), _legend(chart, width)]
    for part in range(5):
        y = place(0, top * part / 4)[1]
        parts.append(
            format_html(
                '<line class="report-grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
                '<text class="report-tick" x="{3}" y="{4}" text-anchor="end">{5}</text>',
                *(left, width - 12, y, left - 6, y + 4, _number(top * part / 4) + chart.unit),
            )
        )
    for index, x, anchor in _ticks(count, width, place):
        parts.append(
            format_html(
                '<text class="report-tick" x="{}" y="{}" text-anchor="{}">{}</text>',
                *(x, LINES_HEIGHT - 6, anchor, chart.labels[index]),
            )
        )
    for number, one in enumerate(chart.series):
        parts.append(_line(number, one.values, place, chart.open_from))
    parts.append(_marks(chart, place, top_edge, bottom))
    return LINES_HEIGHT, SafeString("".join(parts))


def _bands(chart: Chart, place: Place, top: float, bottom: float) -> SafeString:
    """Shaded stretches, half a label wider on both sides, so that one label alone can be seen."""
    half = (place(1, 0)[0] - place(0, 0)[0]) / 2 if len(chart.labels) > 1 else 4.0
    return format_html_join(
        "",
        '<rect class="report-band" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (
                round(place(band.first, 0)[0] - half, 1),
                top,
                round(place(band.last, 0)[0] - place(band.first, 0)[0] + 2 * half, 1),
                bottom - top,
                band.title,
            )
            for band in chart.bands
        ),
    )


def _marks(chart: Chart, place: Place, top: float, bottom: float) -> SafeString:
    """Upright lines with the numbers of the list below the chart; those too close to tell apart share one."""
    first = place(0, 0)[0]
    step = place(1, 0)[0] - first if len(chart.labels) > 1 else 0.0
    groups: list[tuple[float, list[int]]] = []
    for number, mark in enumerate(chart.marks, 1):
        x = round(first + mark.at * step, 1)
        if groups and x - groups[-1][0] < MARK_ROOM:
            groups[-1][1].append(number)
        else:
            groups.append((x, [number]))
    return format_html_join(
        "",
        '<line class="report-mark" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
        '<rect class="report-mark-ball" x="{3}" y="{1}" width="{4}" height="18" rx="9"/>'
        '<text class="report-mark-number" x="{0}" y="{5}" text-anchor="middle">{6}</text>',
        (
            (x, top, bottom, round(x - wide / 2, 1), wide, top + 13, text)
            for x, numbers in groups
            for text in (str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}",)
            for wide in (11 + 7 * len(text),)
        ),
    )


def _ticks(count: int, width: int, place: Place) -> list[tuple[int, float, str]]:
    """Which labels stand below a chart of lines, where and how anchored: none is cut or meets another."""
    step = max(1, ceil(count * LABEL_ROOM / width))
    found = [(index, place(index, 0)[0]) for index in range(0, count, step)]
    return [
        (index, x, "start" if x < LABEL_ROOM / 2 else "middle")
        for index, x in found
        if x <= width - LABEL_ROOM / 2 or len(found) == 1
    ]


def _line(
    number: int, values: Sequence[float | None], place: Place, open_from: int | None = None
) -> SafeString:
    """Broken where there is no number; points of their own are dots; what is not over is dashed."""
    points = [None if value is None else place(index, value) for index, value in enumerate(values)]
    paths, before = {"": "", " report-line--open": ""}, None
    for index, point in enumerate(points):
        style = " report-line--open" if open_from is not None and index >= open_from else ""
        if point is not None:
            if before and style and not paths[style]:
                paths[style] = f"M{before[0]} {before[1]} "
            paths[style] += f"{'L' if before else 'M'}{point[0]} {point[1]} "
        before = point
    alone = [
        point
        for index, point in enumerate(points)
        if point and not any(points[other] for other in (index - 1, index + 1) if 0 <= other < len(points))
    ]
    dots = format_html_join(
        "",
        '<circle class="report-fill report-fill--{}" cx="{}" cy="{}" r="4"/>',
        ((number, *p) for p in alone),
    )
    lines = format_html_join(
        "",
        '<path class="report-line report-line--{}{}" d="{}"/>',
        ((number, style, path.strip()) for style, path in paths.items() if path),
    )
    return SafeString(lines + dots)


def _heatmap(chart: Chart, width: int) -> tuple[int, SafeString]:
    """Cells in HEAT_STEPS shades and a blank one for nothing; each tells its number when pointed at."""
    left, top_edge, step = 64, 26, 26
    wide = (width - left - 8) / max(len(chart.labels), 1)
    top = max((value or 0 for one in chart.series for value in one.values), default=0) or 1.0
    parts = [_heat_legend(top, chart.unit, (width - left) / (HEAT_STEPS + 1))]
    for row, one in enumerate(chart.series):
        y = top_edge + row * step
        parts.append(
            format_html(
                '<text class="report-label" x="{}" y="{}" text-anchor="end">{}</text>',
                *(left - 8, y + step / 2 + 4, one.title),
            )
        )
        parts.append(
            format_html_join(
                "",
                '<rect class="report-heat report-heat--{}" x="{}" y="{}" width="{}" height="{}">'
                "<title>{} {}: {}</title></rect>",
                (
                    (
                        *(ceil(HEAT_STEPS * (value or 0) / top), round(left + column * wide, 1), y),
                        *(round(wide - 1, 1), step - 2, one.title, chart.labels[column]),
                        "–" if value is None else _number(value) + chart.unit,
                    )
                    for column, value in enumerate(one.values)
                ),
            )
        )
    bottom = top_edge + len(chart.series) * step
    for column in range(0, len(chart.labels), max(1, ceil(len(chart.labels) * LABEL_ROOM / width))):
        parts.append(
            format_html(
                '<text class="report-tick" x="{}" y="{}">{}</text>',
                *(round(left + column * wide, 1), bottom + 16, chart.labels[column]),
            )
        )
    return bottom + 24, SafeString("".join(parts))


def _heat_legend(top: float, unit: str, room: float) -> SafeString:
    """Each shade with the highest number that it stands for."""
    return format_html_join(
        "",
        '<rect class="report-heat report-heat--{0}" x="{1}" y="4" width="14" height="14"/>'
        '<text class="report-tick" x="{2}" y="15">{3}</text>',
        (
            (shade, x, x + 19, (f"≤ {_number(top * shade / HEAT_STEPS)}" if shade else "0") + unit)
            for shade in range(HEAT_STEPS + 1)
            for x in (round(64 + room * shade, 1),)
        ),
    )


def _row_label(label: Any, y: float, beside: int) -> SafeString:
    return format_html(
        '<text class="report-label" x="{}" y="{}" text-anchor="end"><title>{}</title>{}</text>',
        *(beside - 8, round(y + 4, 1), label, _cut(label, beside)),
    )


def _legend(chart: Chart, width: int) -> SafeString:
    titles = [str(one.title) for one in chart.series]
    widths = [30 + sum(13 if ord(letter) > 0x2E80 else 7 for letter in title) for title in titles]
    starts = [width - sum(widths)]
    for wide, _next in pairwise([*widths, 0]):
        starts.append(starts[-1] + wide)
    return format_html_join(
        "",
        '<rect class="report-fill report-fill--{}" x="{}" y="4" width="12" height="12" rx="2"/>'
        '<text class="report-label" x="{}" y="14">{}</text>',
        ((number, starts[number], starts[number] + 17, title) for number, title in enumerate(titles)),
    )


_DRAWERS: dict[ChartKind, Callable[[Chart, int], tuple[int, SafeString]]] = {
    ChartKind.BARS: _bars,
    ChartKind.LINES: _lines,
    ChartKind.INTERVALS: _intervals,
    ChartKind.HEATMAP: _heatmap,
}
