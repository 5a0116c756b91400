"""`python -m benchmarks [NAME …] [--json]`: all figures or those named, with the bounds and whether they are met.

The figures of codes and labels come first, in the order in which a batch meets them.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator

from . import answers, custody, draw, issue, movements, register, resolve, sheets, symbols
from .figure import HEADER, Figure
from .scans import figures as scans
from .scans import guesses

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "issue": issue.run,
    "symbols": symbols.run,
    "symbols-penalty": symbols.run_penalty,
    "symbols-qrcode": symbols.run_qrcode,
    "sheet-pdf": sheets.run_pdf,
    "png": sheets.run_png,
    "labels-memory": sheets.run_memory,
    "resolve": resolve.run,
    "register": register.run,
    "answer-read": answers.run_read,
    "answer-durable": answers.run_durable,
    "answer-p99": answers.run_slowest,
    "ship-million": custody.run_ship_million,
    "locate": custody.run_locate,
    "movements": movements.run,
    "per-unit-model": custody.run_per_unit_model,
    "draw": draw.run,
    "scans": scans.run,
    "guesses": guesses.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    if not arguments.json:
        print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
        print(HEADER, flush=True)
    for name in arguments.names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(figure.as_json() if arguments.json else figure.as_text(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
