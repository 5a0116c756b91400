"""`python -m benchmarks [NAME …] [--json]`: all figures, or those named."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator

from . import answers, issue, register, resolve, sheets, symbols
from .figure import Figure

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "register": register.run,
    "resolve": resolve.run,
    "issue": issue.run,
    "symbols": symbols.run,
    "symbols-penalty": symbols.run_penalty,
    "symbols-qrcode": symbols.run_qrcode,
    "sheet-pdf": sheets.run_pdf,
    "png": sheets.run_png,
    "labels-memory": sheets.run_memory,
    "answer-read": answers.run_read,
    "answer-durable": answers.run_durable,
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
    for name in arguments.names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(figure.as_json() if arguments.json else figure.as_text(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
