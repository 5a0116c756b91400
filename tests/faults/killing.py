"""The server is killed in the middle of movements of all kinds, again and again: what it acknowledged is there, once
and whole, nothing is there by half, and what it left unanswered can be sent again.

Fifty kills: half of them over SQLite, half over PostgreSQL, each over one database that grows from kill to kill. The
moment is drawn by chance: right after a number of answers, with eight requests under way. A number in
`SUIYUAN_TESTS_KILLS` asks for more or fewer on each.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from ..api.running import serving
from .conftest import CARTONS, UNITS_PER_CARTON, Depot
from .lanes import DEADLINE_SECONDS, KINDS, LANES, MAKER, Done, Lane, Load, client, post, spans_of_pair
from .tables import Row, events_of, movements_of, places_of
from .warm import Stove, WarmServer, lit

KILLS = int(os.environ.get("SUIYUAN_TESTS_KILLS", "25"))
SEED = 20261124
MOVEMENTS = 200
"""The server is killed before it has answered so many, since it was started."""

MAX_DELAY_SECONDS = 0.02
SENT_TWICE = 8
"""Answered requests of each round that are sent once more."""


def kill_again_and_again(depot: Depot, engine_name: str) -> None:
    with lit() as stove:
        kill_each(depot, engine_name, stove)


def kill_each(depot: Depot, engine_name: str, stove: Stove) -> None:
    lanes = [Lane(depot, number) for number in range(LANES)]
    for killed in range(KILLS):
        chance = random.Random(f"{SEED} {killed}")  # noqa: S311  # the moment of a fault, not a secret
        wanted, delay = chance.randrange(1, MOVEMENTS), chance.uniform(0, MAX_DELAY_SECONDS)
        with stove.serving(depot.installation) as server:
            all_is_there_once(depot, server.url, lanes, chance)
            moment = f"kill {killed}, seed {SEED}: {delay * 1000:.1f} ms after answer {wanted}"
            print(f"{engine_name}: {moment}")  # noqa: T201  # a failure shows which kill it was
            load_until_killed(server, lanes, wanted, delay)
    with serving(depot.installation) as server:
        all_is_there_once(depot, server.url, lanes, random.Random(SEED))  # noqa: S311  # no secret
    kinds = {each.request.kind for lane in lanes for each in lane.done}
    assert kinds == {"ship", "receive", "refuse", "sell", "take_back", "undo", "return", "take_in"}


def all_is_there_once(depot: Depot, url: str, lanes: Sequence[Lane], chance: random.Random) -> None:
    assert_whole(depot, lanes)
    send_again(depot, url, lanes, chance)
    assert_as_told(depot, lanes)


def load_until_killed(server: WarmServer, lanes: Sequence[Lane], wanted: int, delay: float) -> None:
    load = Load(lanes, server.url, wanted)
    load.start()
    assert load.enough.wait(DEADLINE_SECONDS), f"only {load.answered} answers"
    moment = time.monotonic() + delay
    while time.monotonic() < moment:
        pass
    server.kill()
    load.join()
    assert load.unexpected == []


def assert_whole(depot: Depot, lanes: Sequence[Lane]) -> None:
    """After the restart: every acknowledged movement is there once; of what is there beside, each was under way."""
    assert "All invariants hold." in replace(depot.installation, is_in_process=True).say("check")
    rows = movements_of(depot)
    told = {each.movement_id: each for lane in lanes for each in lane.done}
    assert len(told) == sum(len(lane.done) for lane in lanes), "one movement acknowledged twice"
    there = {row.movement_id: row for row in rows}
    assert set(told) - set(there) == set(), "acknowledged and lost"
    assert [row_of(each) for each in told.values()] == [there[movement_id] for movement_id in told]
    beside = [(row.kind, row.spans) for row in rows if row.movement_id not in told]
    under_way = [(KINDS.get(lane.asked.kind, lane.asked.kind), spans_of_pair(lane.asked.pair)) for lane in lanes]
    assert len(beside) == len(set(beside)), "an unanswered request was carried out twice"
    assert set(beside) <= set(under_way)
    assert events_of(depot) == {row.movement_id: [list(span) for span in row.spans] for row in rows}


def send_again(depot: Depot, url: str, lanes: Sequence[Lane], chance: random.Random) -> None:
    """What was not answered, whether or not it was carried out; and some of what was."""
    with client(url) as http:
        answered = [each for lane in lanes for each in lane.done]
        for each in chance.sample(answered, min(SENT_TWICE, len(answered))):
            response = post(depot, http, each.request)
            assert (response.status_code, response.content) == (201, each.content)
            assert response.headers["Idempotency-Replayed"] == "true"
        for lane in lanes:
            lane.send(http)


def assert_as_told(depot: Depot, lanes: Sequence[Lane]) -> None:
    """With nothing left unanswered: the movements there are those told of, and all goods are where they led to."""
    told = {row_of(each) for lane in lanes for each in lane.done}
    rows = movements_of(depot)
    assert len(rows) == len(told)
    assert set(rows) == told
    places = {carton * UNITS_PER_CARTON: (MAKER, "held") for carton in range(CARTONS)}
    for lane in lanes:
        for pair, place in lane.places.items():
            places |= {start: place for start, _ in spans_of_pair(pair)}
    assert places_of(depot) == places


def row_of(done: Done) -> Row:
    assert done.spans == spans_of_pair(done.request.pair)
    return Row(done.movement_id, KINDS.get(done.request.kind, done.request.kind), done.spans)
