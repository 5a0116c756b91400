"""From a scanned text to the answer: resolve, gather the facts, judge, and record the scan.

| file          | what it does                                                                        |
|---------------|-------------------------------------------------------------------------------------|
| answers.py    | answer and record, for callers with an event loop and without                       |
| gathering.py  | everything known about one code                                                     |
| marks.py      | what acts have left on a batch, and what all units of a stretch share               |
| cards.py      | what registration says, which never changes                                         |
| recording.py    | scans are recorded, and counted with those not yet filed                            |
| filing.py       | scans are filed under their codes and judged, behind the log                        |
| devices.py      | pseudonyms of a day                                                                 |
| remarks.py      | what is told of a scan after it                                                     |
| suspects.py     | codes that may be copied: listed, dismissed, confirmed                              |
| probes.py     | looks for codes that are unknown or malformed                                       |
"""

from __future__ import annotations

from . import filing, probes, remarks, suspects
from .answers import Answers

__all__ = ["Answers", "filing", "probes", "remarks", "suspects"]
