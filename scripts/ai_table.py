"""Turn GS1's table of application identifiers, as JSON, into trace/codes/gs1/application_identifiers.txt.

    .venv/bin/python -m scripts.ai_table ../shared/conformance/digitallink/ai_table.json

Neighbouring identifiers that differ in nothing become one line. Run it when GS1 publishes a new dictionary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "trace/codes/gs1/application_identifiers.txt"
HEADER = """\
# GS1 application identifiers. Restates the facts of the GS1 Barcode Syntax Dictionary
# (https://github.com/gs1/gs1-syntax-dictionary, Copyright GS1 AISBL, Apache-2.0); written by scripts/ai_table.py.
#
# identifier or range | flags | components | attributes | title
#   flags       f: predefined length, no separator needed after it; d: may stand in the query of a Digital Link URI
#   components  character set (N digits, X CSET 82, Y CSET 39, Z CSET 64), length or ..longest, linters; [optional]
#   attributes  req: one of the sets must be present (+ joins a set, n is any digit); ex: none may be present;
#               dlpkey: key of a Digital Link URI, with its qualifiers in order, alternatives divided by /
"""


def rows(table: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each run of identifiers with the same rules."""
    runs: list[tuple[str, str, str]] = []
    for ai, entry in table.items():
        flags = ("f" if entry["fixed_no_fnc1"] else "") + ("d" if entry["dl_data_attribute"] else "")
        attributes = " ".join(entry["attrs"]).replace("|", "/")
        rest = f"{flags}|{' '.join(entry['components'])}|{attributes}|{entry['title']}"
        if runs and runs[-1][2] == rest and len(runs[-1][1]) == len(ai) and int(ai) == int(runs[-1][1]) + 1:
            runs[-1] = (runs[-1][0], ai, rest)
        else:
            runs.append((ai, ai, rest))
    return [f"{first if first == last else f'{first}-{last}'}|{rest}" for first, last, rest in runs]


def main() -> None:
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    TARGET.write_text(HEADER + "\n".join(rows(table)) + "\n", encoding="utf-8")
    print(f"{len(table)} identifiers written to {TARGET}")


if __name__ == "__main__":
    main()
