"""`python -m benchmarks.scans [--seed N] [--genuine N] [--copied N] [--svg FILE]`: the table, and the calibration."""

from __future__ import annotations

import argparse
from pathlib import Path

from .report import calibration_svg, table
from .trials import COPIED, GENUINE, SEED, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scans", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--genuine", type=int, default=GENUINE, help="honest packs")
    parser.add_argument("--copied", type=int, default=COPIED, help="codes of each other kind")
    parser.add_argument("--answering", type=float, help="share of those with a position who answer when asked")
    parser.add_argument("--svg", type=Path, help="where to draw the calibration")
    arguments = parser.parse_args()
    found = run(arguments.seed, arguments.genuine, arguments.copied, max(1, arguments.copied // 8), arguments.answering)
    print(table(found))
    if arguments.svg is not None:
        arguments.svg.write_text(calibration_svg(found.calibration()), encoding="utf-8")


if __name__ == "__main__":
    main()
