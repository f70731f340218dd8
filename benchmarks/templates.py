"""Times the template library: a dance video becomes a take; apps list and search 10,000 templates.

Extraction: the motion engine on a clip that it draws itself (1080x1920, 30 frames a second, one dancer,
kept in the folder of temporary files) or on --clip. `extract_ratio_to_real_time` is seconds of work for a
second of clip, the median of the repeats: below 1 is faster than the clip runs.
`extract_cpu_seconds_per_second` is CPU time, which a busy machine changes less; half of it is what two idle
cores can reach at best. `error_stored` and `error_raw`: joints against a second pass at full resolution, in
body heights, with and without smoothing; `error_drawn`: against where they were drawn. `jitter_...`: root
mean square of the third difference, in body heights; `lag_frames`: how far the stored skeleton is behind
the raw one.

Catalogue: template_library/catalogue.py on PostgreSQL and SQLite. `list_ratio_to_twin`,
`search_ratio_to_twin` (the slowest of the searches that fill a page: Chinese, pinyin, English) and
`not_modified_ratio` are medians of the ratio to a plain REST framework list of the same rows that was asked
for just before, the worse of the two databases.

The last line is JSON. `load` is the machine's load per core: above 1 the seconds are those of a busy machine.

    python benchmarks/templates.py
    python benchmarks/templates.py --only extraction --clip dance.mp4 --repeats 5
    python benchmarks/templates.py --only catalogue --templates 1000 --rounds 10 --database sqlite --explain
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.template_library.catalogue import DATABASES, catalogue_figures  # noqa: E402
from benchmarks.template_library.extraction import extraction_figures  # noqa: E402

CORES = 2


def main() -> None:
    options = _options()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    figures: dict[str, Any] = {}
    if options.only != "catalogue":
        figures |= extraction_figures(
            options.models,
            options.clip,
            seconds=options.seconds,
            repeats=options.repeats,
            threads=options.threads,
        )
        print(json.dumps(figures))
    if options.only != "extraction":
        figures |= catalogue_figures(
            options.database or DATABASES,
            templates=options.templates,
            rounds=options.rounds,
            explain=options.explain,
        )
    load = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
    print(json.dumps(figures | {"cores": len(os.sched_getaffinity(0)), "load": load}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["extraction", "catalogue"])
    parser.add_argument("--models", type=Path, default=ROOT / "var" / "models")
    parser.add_argument("--clip", type=Path, help="a dance video instead of the drawn one")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of the drawn clip")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=CORES)
    parser.add_argument("--templates", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--explain", action="store_true", help="print the plans of the queries")
    return parser.parse_args()


if __name__ == "__main__":
    main()
