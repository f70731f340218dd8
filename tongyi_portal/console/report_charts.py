"""Charts of reports as SVG, drawn on the server: no script, sharp in print, in the colours of the theme.

The picture's text is for eyes only; a reader of the screen is told its title and sent to the table. Each
chart is drawn for a wide and for a narrow screen, as its text cannot shrink; the style sheet shows one.
"""

from collections.abc import Callable, Sequence
from math import ceil, log10
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tongyi_portal.common.reports import Chart, ChartKind

WIDTH, PHONE, LABEL_WIDTH, RIGHT = 720, 320, 210, 64
ROW, BAR, LINES_HEIGHT, LINE = 26, 14, 240, 14
ROWS_DRAWN = 20
LINES_BESIDE = 60  # what a chart of lines leaves free at both sides
LABEL_LINES = 2  # of each part of a label beside bars
LETTER = 7.5  # how wide a Latin one is; a Chinese one is twice as wide
TICKS_ROOM = 200  # of the scale below bars; with less every other number is left out
LABEL_ROOM = 90  # of a label below the chart
MARK_ROOM = 32
HEAT_STEPS = 5
HEAT_LEGEND = 72  # room of one shade and its number
Place = Callable[[int, float], tuple[float, float]]


def chart_svg(chart: Chart, width: int = WIDTH) -> SafeString:
    """The chart as two SVG elements, for wide screens and for phones. width: of the wide one, in units of
    its text, of which a letter is 12 high."""
    return SafeString(_svg(chart, width, "wide") + _svg(chart, PHONE, "phone"))


def _svg(chart: Chart, width: int, screen: str) -> SafeString:
    height, inside = _DRAWERS[chart.kind](chart, width)
    alternative = gettext("%(title)s. The table has the same numbers.") % {"title": chart.title}
    return format_html(
        '<svg class="report-chart report-chart--{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        screen,
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


def _wide(text: str) -> float:
    return LETTER * sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _wrapped(label: Any, beside: int) -> list[str]:
    """A label in lines that fit beside the bars; each of its own lines in LABEL_LINES at most, then cut."""
    lines: list[str] = []
    for part in str(label).split("\n"):
        rest, last = part.strip(), len(lines) + LABEL_LINES
        while rest and len(lines) < last:
            length = next((end for end in range(1, len(rest)) if _wide(rest[: end + 1]) > beside), len(rest))
            is_whole = length == len(rest)
            if not is_whole and len(lines) + 1 == last:
                rest, is_whole = f"{rest[: length - 1]}…", True
            elif not is_whole and " " in rest[:length]:
                length = rest.rindex(" ", 0, length)
            lines.append(rest if is_whole else rest[:length])
            rest = "" if is_whole else rest[length:].strip()
    return lines


def _scale(chart: Chart) -> float:
    if chart.unit == "%":
        return 100.0
    step = nice_step(max((value or 0 for one in chart.series for value in one.values), default=0) / 4)
    top = 4 * (max(step, 1.0) if not chart.unit else step)  # counts have no quarters
    return min(top, 100.0) if chart.unit == " %" else top


def _beside(width: int) -> int:
    """The room for labels at the left of bars."""
    return min(max(LABEL_WIDTH, round(width / 3)), round(width * 0.42))


def _grid(top: float, unit: str, height: int, width: int) -> SafeString:
    """Upright lines at the quarters of the scale, or at its halves where it is short."""
    beside = _beside(width)
    span = width - beside - RIGHT
    parts = (0, 1, 2, 3, 4) if span >= TICKS_ROOM else (0, 2, 4)
    ticks = [(beside + span * part / 4, _number(top * part / 4) + unit) for part in parts]
    return format_html_join(
        "",
        '<line class="report-grid" x1="{0}" x2="{0}" y1="0" y2="{1}"/>'
        '<text class="report-tick" x="{0}" y="{2}" text-anchor="middle">{3}</text>',
        ((round(x, 1), height - 22, height - 6, text) for x, text in ticks),
    )


def _bars(chart: Chart, width: int) -> tuple[int, SafeString]:
    labels = list(chart.labels)[:ROWS_DRAWN]
    per_label = len(chart.series)
    top, beside = _scale(chart), _beside(width)
    wrapped = [_wrapped(label, beside - 12) for label in labels]
    step = max(ROW if per_label == 1 else per_label * BAR + 12, LINE * max(map(len, wrapped), default=1) + 10)
    span = width - beside - RIGHT
    offset, legend = _legend(chart, width) if per_label > 1 else (0, SafeString())
    parts = []
    for row, label in enumerate(labels):
        y = offset + row * step
        parts.append(_row_label(label, wrapped[row], y + step / 2, beside))
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
    top, beside = _scale(chart), _beside(width)
    wrapped = [_wrapped(label, beside - 12) for label in labels]
    step = max(ROW, LINE * max(map(len, wrapped), default=1) + 10)
    height = len(labels) * step + 24
    span = width - beside - RIGHT

    def across(value: float) -> float:
        return round(beside + span * min(max(value, 0), top) / top, 1)

    parts = []
    for row, label in enumerate(labels):
        y = row * step + step / 2
        parts.append(_row_label(label, wrapped[row], y, beside))
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
    room, legend = _legend(chart, width)
    left, top_edge, bottom = 48, room + 6, LINES_HEIGHT - 26
    span = width - LINES_BESIDE
    top = _scale(chart)
    count = len(chart.labels)

    def place(index: int, value: float) -> tuple[float, float]:
        x = left + span * (index / (count - 1) if count > 1 else 0.5)
        return round(x, 1), round(bottom - (bottom - top_edge) * value / top, 1)

    parts = [_bands(chart, place, top_edge, bottom), legend]
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
    step = max(1, ceil(count * LABEL_ROOM / (width - LINES_BESIDE)))
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
    left, step = 64, 26
    columns = HEAT_STEPS + 1 if (width - left) / (HEAT_STEPS + 1) >= HEAT_LEGEND else (HEAT_STEPS + 1) // 2
    top_edge = 26 + 18 * (HEAT_STEPS // columns)
    wide = (width - left - 8) / max(len(chart.labels), 1)
    top = max((value or 0 for one in chart.series for value in one.values), default=0) or 1.0
    parts = [_heat_legend(top, chart.unit, columns, (width - left) / columns)]
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


def _heat_legend(top: float, unit: str, columns: int, room: float) -> SafeString:
    """Each shade with the highest number that it stands for."""
    return format_html_join(
        "",
        '<rect class="report-heat report-heat--{0}" x="{1}" y="{2}" width="14" height="14"/>'
        '<text class="report-tick" x="{3}" y="{4}">{5}</text>',
        (
            (shade, x, y, x + 19, y + 11, (f"≤ {_number(top * shade / HEAT_STEPS)}" if shade else "0") + unit)
            for shade in range(HEAT_STEPS + 1)
            for x in (round(64 + room * (shade % columns), 1),)
            for y in (4 + 18 * (shade // columns),)
        ),
    )


def _row_label(label: Any, lines: Sequence[str], y: float, beside: int) -> SafeString:
    first = y + 4 - LINE * (len(lines) - 1) / 2
    return format_html(
        '<text class="report-label" text-anchor="end"><title>{}</title>{}</text>',
        str(label).replace("\n", " · "),
        format_html_join(
            "",
            '<tspan x="{}" y="{}">{}</tspan>',
            ((beside - 8, round(first + LINE * number, 1), line) for number, line in enumerate(lines)),
        ),
    )


def _legend(chart: Chart, width: int) -> tuple[int, SafeString]:
    """Its height, and the name of each series beside its colour, in as many lines as they need."""
    lines: list[list[tuple[int, str, float]]] = [[]]
    for number, one in enumerate(chart.series):
        entry = (number, str(one.title), 30 + _wide(str(one.title)) * 0.93)
        if lines[-1] and sum(wide for *_entry, wide in lines[-1]) + entry[2] > width:
            lines.append([])
        lines[-1].append(entry)
    placed = []
    for row, line in enumerate(lines):
        x = max(width - sum(wide for *_entry, wide in line), 0.0)
        for number, title, wide in line:
            placed.append((number, round(x, 1), 4 + 18 * row, round(x + 17, 1), 14 + 18 * row, title))
            x += wide
    return 6 + 18 * len(lines), format_html_join(
        "",
        '<rect class="report-fill report-fill--{}" x="{}" y="{}" width="12" height="12" rx="2"/>'
        '<text class="report-label" x="{}" y="{}">{}</text>',
        placed,
    )


_DRAWERS: dict[ChartKind, Callable[[Chart, int], tuple[int, SafeString]]] = {
    ChartKind.BARS: _bars,
    ChartKind.LINES: _lines,
    ChartKind.INTERVALS: _intervals,
    ChartKind.HEATMAP: _heatmap,
}
