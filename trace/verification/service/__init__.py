"""From a scanned text to the answer: resolve, gather the facts, judge, and record the scan.

| file          | what it does                                                                        |
|---------------|-------------------------------------------------------------------------------------|
| answers.py    | answer and record, for callers with an event loop and without                       |
| gathering.py  | everything known about one code                                                     |
| marks.py      | what acts have left on a batch, and what all units of a stretch share               |
| cards.py      | what registration says, which never changes                                         |
| probes.py     | looks for codes that are unknown or malformed                                       |
"""

from __future__ import annotations

from . import probes
from .answers import Answers

__all__ = ["Answers", "probes"]
