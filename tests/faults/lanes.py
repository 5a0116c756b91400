"""Clients that move goods until the server is gone, and know what they may expect of what they were told.

Each lane has pairs of cartons of its own and does one thing after another with them, so that every request is valid
when it is sent, and what must have become of each pair is known. All lanes share one batch, and the cartons of
neighbouring lanes touch.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from .conftest import CARTONS, UNITS_PER_CARTON, Depot

LANES = 8
DEADLINE_SECONDS = 20.0

CONTEXT = ssl.create_default_context()
"""Not used, and made once: making one for each client would cost more than the requests."""

MAKER, DISTRIBUTOR = "maker", "distributor"
FARMER = {"buyer_name": "马建国", "buyer_telephone": "0953-7654321", "intended_use": "甘蓝小菜蛾"}

STORIES: tuple[tuple[str, ...], ...] = (
    ("ship", "receive"),
    ("ship", "undo", "ship", "receive"),
    ("ship", "refuse", "ship", "receive", "sell"),
    ("ship", "receive", "sell", "undo"),
    ("ship", "receive", "sell", "take_back"),
    ("ship", "receive", "undo", "receive"),
    ("ship", "receive", "return", "take_in"),
)
"""What may be done with one pair of cartons, in this order. `take_in`: the maker receives a return."""

DONE_BY = {"ship": MAKER, "take_in": MAKER}
"""All else is the distributor's; an undo is done by who did what it takes back."""

KINDS = {"take_in": "receive"}
"""What a movement is called where it is called otherwise."""

AFTERWARDS = {
    "ship": (MAKER, "in_transit"),
    "receive": (DISTRIBUTOR, "held"),
    "refuse": (MAKER, "held"),
    "sell": (DISTRIBUTOR, "sold"),
    "take_back": (DISTRIBUTOR, "held"),
    "return": (DISTRIBUTOR, "in_transit"),
    "take_in": (MAKER, "held"),
}
"""Who answers for the goods after each movement, and in which state they are; after an undo it is as before."""

PATHS = {
    "ship": "/api/v1/transfers",
    "receive": "/api/v1/receipts",
    "refuse": "/api/v1/refusals",
    "sell": "/api/v1/sales",
    "take_back": "/api/v1/take-backs",
    "return": "/api/v1/returns",
    "take_in": "/api/v1/receipts",
}

Place = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """One movement asked for. `number` names it to the server; `after` is what the pair is once it is done."""

    number: str
    kind: str
    who: str
    path: str
    body: dict[str, object]
    pair: int
    after: Place


@dataclass(frozen=True)
class Done:
    """An answered request: the answer, byte for byte, and the movement it tells of."""

    request: Request
    content: bytes
    movement_id: str
    spans: tuple[tuple[int, int], ...]


Steps = Generator[Request, str, None]


@dataclass
class Lane:
    """One client. `asked` is the request under way, or the one that was never answered; `places` is what has become of
    its pairs by what was answered."""

    depot: Depot
    number: int
    asked: Request = field(init=False)
    done: list[Done] = field(default_factory=list[Done])
    places: dict[int, Place] = field(default_factory=dict[int, Place])
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        self.steps = _steps(self.depot, self.number)
        self.asked = next(self.steps)

    def send(self, http: httpx2.Client) -> httpx2.Response:
        """Asks for what is to be done, as clients are told to: what was refused as too busy wrote nothing and is sent
        again. Raises TransportError where the server is gone."""
        response = post(self.depot, http, self.asked)
        assert response.status_code == 201, f"{self.asked}: {response.status_code} {response.text}"
        answer: Any = response.json()
        (movement,) = answer if isinstance(answer, list) else [answer]
        assert movement["kind"] == KINDS.get(self.asked.kind, self.asked.kind)
        spans = tuple((each["start"], each["stop"]) for each in movement["intervals"])
        self.done.append(Done(self.asked, response.content, movement["movement_id"], spans))
        self.places[self.asked.pair] = self.asked.after
        self.asked = self.steps.send(movement["movement_id"])
        return response


def client(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, timeout=DEADLINE_SECONDS, verify=CONTEXT)


def post(depot: Depot, http: httpx2.Client, request: Request) -> httpx2.Response:
    key = depot.maker_key if request.who == MAKER else depot.distributor_key
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": request.number}
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        response = http.post(request.path, json=request.body, headers=headers)
        is_busy = response.status_code == 409 and response.json()["code"] == "store.busy"
        if not is_busy or time.monotonic() > deadline:
            return response


def spans_of_pair(pair: int) -> tuple[tuple[int, int], ...]:
    """A pair is two cartons far apart, so that each movement has two intervals."""
    cartons = (pair, pair + CARTONS // 2)
    return tuple((carton * UNITS_PER_CARTON, (carton + 1) * UNITS_PER_CARTON) for carton in cartons)


def _steps(depot: Depot, lane: int) -> Steps:
    chance = random.Random(lane)  # noqa: S311  # which story comes next, not a secret
    asked = 0
    for pair in range(lane, CARTONS // 2, LANES):
        codes = [depot.cartons[pair], depot.cartons[pair + CARTONS // 2]]
        place, before, last, last_by = (MAKER, "held"), (MAKER, "held"), "", ""
        for kind in chance.choice(STORIES):
            who = last_by if kind == "undo" else DONE_BY.get(kind, DISTRIBUTOR)
            path, body = _path_and_body(depot, kind, codes, last)
            place, before = before if kind == "undo" else AFTERWARDS[kind], place
            asked += 1
            last = yield Request(f"lane-{lane}/{asked}", kind, who, path, body, pair, place)
            last_by = who
    raise AssertionError(f"lane {lane} has no cartons left")


def _path_and_body(depot: Depot, kind: str, codes: Sequence[str], last: str) -> tuple[str, dict[str, object]]:
    if kind == "undo":
        return f"/api/v1/batches/{depot.batch.batch_id}/movements/{last}/undo", {"reason": "扫错了"}
    receivers = {"ship": depot.distributor_id, "return": depot.maker_id}
    return PATHS[kind], {
        "codes": codes,
        **({"to_id": receivers[kind]} if kind in receivers else {}),
        **({"reason": "不要了"} if kind in ("refuse", "return", "take_back") else {}),
        **(FARMER if kind == "sell" else {}),
    }


@dataclass
class Load:
    """All lanes at work at the same time. `answered` since the load began; `enough` is set at `wanted` answers."""

    lanes: Sequence[Lane]
    url: str
    wanted: int
    answered: int = 0
    unexpected: list[str] = field(default_factory=list[str])
    lock: threading.Lock = field(default_factory=threading.Lock)
    enough: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self) -> None:
        self.threads = [threading.Thread(target=self._work, args=(lane,)) for lane in self.lanes]
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        """Waits for the clients to notice that the server is gone."""
        for thread in self.threads:
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive()

    def _work(self, lane: Lane) -> None:
        with client(self.url) as http:
            while True:
                try:
                    lane.send(http)
                except httpx2.TransportError:
                    return
                except AssertionError as refusal:
                    self.unexpected.append(str(refusal))
                    self.enough.set()
                    return
                with self.lock:
                    self.answered += 1
                    if self.answered >= self.wanted:
                        self.enough.set()
