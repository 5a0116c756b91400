"""Looks at one code, as tables and as properties: what is called what, and what weighs nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.kernel.texts import catalogue
from suiyuan.trace.verification.signals.detector import asks, assess, evaluate, replay, update
from suiyuan.trace.verification.signals.model import (
    UNKNOWN_HISTORY,
    Assessment,
    CodeHistory,
    Look,
    Origin,
    PlaceBasis,
    Signal,
    SignalKind,
    Suspicion,
)
from suiyuan.trace.verification.signals.sources import MAX_TOGETHER
from suiyuan.trace.verification.signals.state import MAX_NAMED, MAX_SOURCES, NOTHING_SEEN

DAY_ZERO = datetime(2026, 4, 1, 2, tzinfo=UTC)
XINGQING, JINFENG, YUANZHOU, ZHONGNING, HAIYUAN = "640104", "640106", "640402", "640521", "640522"


def at(day: float) -> datetime:
    return DAY_ZERO + timedelta(days=day)


def look(name: str, day: float, county: str | None, device: str | None = "", site: str | None = None) -> Look:
    """`device`: an own one unless said otherwise."""
    basis = PlaceBasis.OUTLET if site else PlaceBasis.CONSENT if county else PlaceBasis.NONE
    own = None if site else f"telephone {name}" if device == "" else device
    return Look(name, at(day), county, basis, device=own, site=site)


def said(look: Look, shop: str | None) -> Look:
    """`shop`: the county named; None for a photograph."""
    if shop is None:
        return replace(look, said=Origin.PHOTOGRAPH)
    is_here = look.region_code in (None, shop)
    return replace(look, said=Origin.BOUGHT_HERE if is_here else Origin.BROUGHT, bought_in=shop)


SOLD = CodeHistory(XINGQING, "shop", shipped_at=at(-10), received_at=at(-5), sold_at=at(0.1))
ON_THE_SHELF = replace(SOLD, sold_at=None)


def named(assessment: Assessment) -> dict[SignalKind, Signal]:
    return {signal.kind: signal for signal in assessment.signals}


FOUND = [
    pytest.param(
        SignalKind.IMPOSSIBLE_TRAVEL,
        [look("a", 1, XINGQING), look("b", 1.02, YUANZHOU)],
        SOLD,
        ("a", "b"),
        {"km": "261", "minutes": "29"},
        id="two places at once",
    ),
    pytest.param(
        SignalKind.TOO_MANY_PLACES,
        [look("a", 1, XINGQING), look("b", 5, YUANZHOU), look("c", 9, ZHONGNING)],
        UNKNOWN_HISTORY,
        ("a", "b", "c"),
        {"places": "3"},
        id="three places",
    ),
    pytest.param(
        SignalKind.AFTER_SALE_ELSEWHERE,
        [look("a", 1, XINGQING), look("b", 9, YUANZHOU)],
        SOLD,
        ("b",),
        {"days": "9", "region": YUANZHOU},
        id="sold here, looked at there",
    ),
    pytest.param(
        SignalKind.BEFORE_ARRIVAL,
        [look("a", -7, XINGQING)],
        SOLD,
        ("a",),
        {"hours": "48"},
        id="before it was received",
    ),
    pytest.param(
        SignalKind.BEFORE_ARRIVAL,
        [look("a", -12, None)],
        SOLD,
        ("a",),
        {"hours": "48"},
        id="before it was shipped, without a place",
    ),
    pytest.param(
        SignalKind.TWO_OUTLETS,
        [look("a", -1, XINGQING, site="shop"), look("b", 3, YUANZHOU, site="another shop")],
        SOLD,
        ("a", "b"),
        {"outlets": "2"},
        id="scanned by two outlets",
    ),
    pytest.param(
        SignalKind.DIVERSION,
        [look("a", -1, YUANZHOU), look("b", 3, YUANZHOU)],
        ON_THE_SHELF,
        ("a", "b"),
        {"region": YUANZHOU, "expected": XINGQING},
        id="never where it was sent",
    ),
    pytest.param(
        SignalKind.BOUGHT_ELSEWHERE,
        [look("a", 1, XINGQING), said(look("b", 9, YUANZHOU), YUANZHOU)],
        SOLD,
        ("b",),
        {"region": YUANZHOU},
        id="bought elsewhere than sold",
    ),
    pytest.param(
        SignalKind.TWO_PURCHASES,
        [said(look("a", 1, XINGQING), XINGQING), said(look("b", 9, YUANZHOU), YUANZHOU)],
        UNKNOWN_HISTORY,
        ("a", "b"),
        {"places": "2"},
        id="bought in two counties",
    ),
    pytest.param(
        SignalKind.TWO_PURCHASES,
        [said(look("a", 1, None), XINGQING), said(look("b", 9, None), YUANZHOU)],
        UNKNOWN_HISTORY,
        ("a", "b"),
        {"places": "2"},
        id="bought in two counties, by people who keep their position back",
    ),
    pytest.param(
        SignalKind.REFILL,
        [look("a", 1, XINGQING), look("b", 300, XINGQING)],
        SOLD,
        ("b",),
        {"days": "300"},
        id="again in another season",
    ),
]


@pytest.mark.parametrize(("kind", "looks", "history", "rests_on", "values"), FOUND)
def test_a_signal_says_what_it_rests_on(
    kind: SignalKind, looks: list[Look], history: CodeHistory, rests_on: tuple[str, ...], values: dict[str, str]
) -> None:
    signal = named(evaluate(looks, history))[kind]
    assert signal.look_ids == rests_on
    assert dict(signal.values) == values
    assert signal.strength > 0.1
    for language in ("zh", "en"):
        text = catalogue()[signal.text_key][language]
        assert {name for _, name, _, _ in Formatter().parse(text) if name} == set(values)


def test_many_looks_from_one_source_are_told_and_weigh_nothing() -> None:
    once = evaluate([look("0", 1, XINGQING, "one")], SOLD)
    often = evaluate([look(f"{number:02}", 1 + number / 1_000, XINGQING, "one") for number in range(25)], SOLD)
    burst = named(often)[SignalKind.BURST]
    assert burst.strength == 0
    assert dict(burst.values) == {"looks": "25"}
    assert burst.look_ids[0] == "00" and len(burst.look_ids) == MAX_NAMED
    assert often.copied_odds == once.copied_odds


VERDICTS = [
    ("nobody looked", [], SOLD, Suspicion.NONE),
    ("the buyer, the family", [look("a", 0.1, XINGQING), look("b", 3, XINGQING), look("c", 9, XINGQING)], SOLD, "none"),
    ("bought in town, used at home", [look("a", 0.2, XINGQING), look("b", 1, JINFENG)], SOLD, "none"),
    ("a relative far away", [look("a", 0.2, XINGQING), look("b", 0.3, YUANZHOU)], SOLD, "none"),
    ("the shop looks, then the buyer", [look("a", -1, XINGQING, site="shop"), look("b", 0.2, XINGQING)], SOLD, "none"),
    ("nothing but looks without a place", [look(str(day), day, None) for day in range(1, 60)], SOLD, "none"),
    ("one farmer, every week", [look(str(day), day, XINGQING) for day in range(1, 100, 7)], SOLD, "none"),
    ("two places in turns", [look(str(day), day, (XINGQING, YUANZHOU)[day // 9 % 2]) for day in range(1, 60, 9)], SOLD,
     "suspect"),
    ("four counties", [look(str(day), day, county) for day, county in
                       enumerate((XINGQING, YUANZHOU, ZHONGNING, HAIYUAN), start=1)], UNKNOWN_HISTORY, "suspect"),
    ("sold elsewhere than sent", [look("a", -1, YUANZHOU), look("b", 3, YUANZHOU), look("c", 9, YUANZHOU)],
     ON_THE_SHELF, "watch"),
    ("bought here, and bought there", [
        look("a", 1, XINGQING), said(look("b", 9, YUANZHOU), YUANZHOU), said(look("c", 12, XINGQING), XINGQING)],
     SOLD, "suspect"),
    ("two outlets far apart, and a buyer at each", [
        look("a", -1, XINGQING, site="shop"), look("b", 1, YUANZHOU, site="another"),
        look("c", 2, YUANZHOU), look("d", 9, XINGQING)], SOLD, "suspect"),
]  # fmt: skip


@pytest.mark.parametrize(("looks", "history", "suspicion"), [row[1:] for row in VERDICTS], ids=[r[0] for r in VERDICTS])
def test_what_looks_come_to(looks: list[Look], history: CodeHistory, suspicion: str) -> None:
    assert evaluate(looks, history).suspicion == suspicion


def test_looks_without_a_place_move_the_odds_little() -> None:
    one = evaluate([look("a", 0.2, XINGQING)], SOLD)
    many = evaluate([look("a", 0.2, XINGQING), *(look(str(day), day, None) for day in range(1, 40))], SOLD)
    assert 1 < many.copied_odds / one.copied_odds < 6


@pytest.mark.parametrize("code", ["640000", "640100", "649999", "990000", "", "garbage"])
def test_a_place_that_is_no_county_counts_as_none(code: str) -> None:
    looks = [look("a", 0.2, XINGQING), look("b", 5, code)]
    assert evaluate(looks, SOLD).placed == 1


def test_a_province_elsewhere_is_one_place() -> None:
    looks = [look("a", 0.2, "620402"), look("b", 5, "620502"), look("c", 9, "150121")]
    assert dict(named(evaluate(looks))[SignalKind.TOO_MANY_PLACES].values) == {"places": "2"}


def test_a_flood_from_many_sources_is_counted_and_forgotten() -> None:
    looks = [look(str(number), 1 + number / 10_000, (XINGQING, YUANZHOU)[number % 2]) for number in range(400)]
    state = replay(looks, SOLD)
    assert state.looks == 400
    assert state.placed == MAX_SOURCES == len(state.sources)
    assert all(len(signal.look_ids) <= MAX_NAMED for signal in assess(state).signals)


def test_a_flood_at_one_instant_is_counted_and_forgotten() -> None:
    state = replay([look(str(number), 1, XINGQING) for number in range(90)], SOLD)
    assert state.looks == 90
    assert len(state.together) == MAX_TOGETHER


def test_an_earlier_look_needs_a_replay() -> None:
    state = update(NOTHING_SEEN, look("a", 2, XINGQING), SOLD)
    with pytest.raises(ValueError, match="replay"):
        update(state, look("b", 1, XINGQING), SOLD)


AFTER_SALE = [look("a", 1, XINGQING), look("b", 9, YUANZHOU)]


@pytest.mark.parametrize(
    ("shop", "grows"), [(YUANZHOU, True), (ZHONGNING, True), (XINGQING, False)], ids=["here", "a third", "where sold"]
)
def test_where_it_was_bought_says_more_than_where_it_is(shop: str, grows: bool) -> None:
    first, second = AFTER_SALE
    unsaid, answered = evaluate(AFTER_SALE, SOLD), evaluate([first, said(second, shop)], SOLD)
    if grows:
        assert answered.copied_odds > 5 * unsaid.copied_odds
    else:
        assert answered.copied_odds < unsaid.copied_odds / 5


@pytest.mark.parametrize(
    "answer",
    [
        {"said": Origin.NO_ANSWER},
        {"said": Origin.NO_ANSWER, "bought_in": YUANZHOU},
        {"said": Origin.UNASKED, "bought_in": YUANZHOU},
    ],
)
def test_who_says_nothing_weighs_nothing(answer: dict[str, str]) -> None:
    first, second = AFTER_SALE
    assert evaluate([first, replace(second, **answer)], SOLD) == evaluate(AFTER_SALE, SOLD)


@pytest.mark.parametrize("origin", [Origin.BOUGHT_HERE, Origin.BROUGHT, Origin.PHOTOGRAPH])
def test_an_answer_that_names_no_place_from_nowhere_weighs_nothing(origin: Origin) -> None:
    unsaid = [look("a", 1, XINGQING), look("b", 9, None)]
    assert evaluate([unsaid[0], replace(unsaid[1], said=origin)], SOLD) == evaluate(unsaid, SOLD)


def test_the_same_mistake_twice_weighs_little_more_than_once() -> None:
    first, second = AFTER_SALE
    once = evaluate([first, said(second, ZHONGNING), look("c", 15, YUANZHOU)], SOLD)
    twice = evaluate([first, said(second, ZHONGNING), said(look("c", 15, YUANZHOU), ZHONGNING)], SOLD)
    assert twice.copied_odds < 6 * once.copied_odds


def test_only_people_are_asked_and_only_where_the_odds_are_open() -> None:
    state = replay([AFTER_SALE[0]], SOLD)
    assert not asks(NOTHING_SEEN) and not asks(state)
    elsewhere = update(state, AFTER_SALE[1], SOLD)
    assert asks(elsewhere)
    again = replace(AFTER_SALE[1], look_id="again", at=AFTER_SALE[1].at + timedelta(minutes=5))
    assert not asks(update(elsewhere, again, SOLD)), "the same telephone on the same day"
    assert asks(update(elsewhere, look("c", 9.5, None), SOLD)), "who keeps the position back can name a county"
    assert not asks(update(elsewhere, look("d", 10, YUANZHOU, site="another"), SOLD)), "an outlet"


counties = st.sampled_from([XINGQING, JINFENG, YUANZHOU, ZHONGNING, HAIYUAN, "620402", None])
histories = st.sampled_from([UNKNOWN_HISTORY, SOLD, ON_THE_SHELF, CodeHistory(YUANZHOU), CodeHistory(sold_at=at(3))])


@st.composite
def lists_of_looks(draw: st.DrawFn, most: int = 7) -> list[Look]:
    days = sorted(draw(st.lists(st.integers(-40, 800), min_size=1, max_size=most, unique=True)))
    made: list[Look] = []
    for number, day in enumerate(days):
        source = draw(st.sampled_from(["", "shared", None, "site"]))
        site = draw(st.sampled_from(["shop", "another"])) if source == "site" else None
        one = look(f"{number:02}", day / 4, draw(counties), source, site)
        made.append(replace(one, said=draw(st.sampled_from(Origin)), bought_in=draw(counties)))
    return made


@given(lists_of_looks(), histories)
def test_one_at_a_time_is_the_same_as_all_at_once(looks: list[Look], history: CodeHistory) -> None:
    state = NOTHING_SEEN
    for each in looks:
        state = update(state, each, history)
    assert assess(state) == evaluate(reversed(looks), history)


@given(lists_of_looks(), counties, histories, st.integers(1, 400))
def test_the_same_telephone_looking_again_in_the_same_county_never_raises_suspicion(
    looks: list[Look], county: str | None, history: CodeHistory, minutes: int
) -> None:
    first = Look("first", looks[-1].at + timedelta(seconds=1), county, device="the telephone")
    again = replace(first, look_id="again", at=first.at + timedelta(minutes=minutes))
    if again.at.date() != first.at.date():
        again = replace(again, at=first.at + timedelta(microseconds=1))
    before, after = evaluate([*looks, first], history), evaluate([*looks, first, again], history)
    assert (after.copied_odds, after.irregular_odds) == (before.copied_odds, before.irregular_odds)
    assert after.suspicion is before.suspicion
    assert after.looks == before.looks + 1


@given(lists_of_looks(most=4), histories, st.lists(counties, min_size=2, max_size=3))
def test_looks_at_one_instant_have_no_order(
    looks: list[Look], history: CodeHistory, together: list[str | None]
) -> None:
    instant = looks[-1].at + timedelta(days=1)
    same = [replace(look(f"same {number}", 0, county), at=instant) for number, county in enumerate(together)]
    same[0] = said(same[0], YUANZHOU)
    results: list[Assessment] = []
    for order in permutations(same):
        state = replay(looks, history)
        for each in order:
            state = update(state, each, history)
        results.append(assess(update(state, look("last", 300, YUANZHOU), history)))
    assert all(result == results[0] for result in results)
