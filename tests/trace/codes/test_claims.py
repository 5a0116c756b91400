"""What labels in the field say of themselves, and what becomes of it where it differs from the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches import code_lists
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.codes.claims import NO_CLAIMS, Claims, agree, read_claims
from suiyuan.trace.codes.model import Level, Scheme, label_text
from suiyuan.trace.kernel.limits import MAX_SCANNED_CHARACTERS
from suiyuan.trace.verification.model import Answer, ReasonCode, Verdict
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.world import World

CODE = "202610010000100000000001"
NAME, NUMBER, MAKER = "恩诺沙星注射液", "兽药字300012345", "贺兰山农化"
WHOLE = Claims(NAME, NUMBER, MAKER)

VET_LABELS: dict[str, tuple[str, Claims]] = {
    "as announced": (f"{CODE}，{NAME}，{NUMBER}，{MAKER}，0951-1234567", WHOLE),
    "plain commas": (f"{CODE},{NAME},{NUMBER},{MAKER},0951-1234567", WHOLE),
    "spaces and a line break": (f"{CODE} ， {NAME}，\n{NUMBER}， {MAKER} ，0951-1234567", WHOLE),
    "full-width digits": (f"{CODE}，{NAME}，兽药字３０００１２３４５，{MAKER}，０９５１－１２３４５６７", WHOLE),
    "mobile telephone": (f"{CODE}，{NAME}，{NUMBER}，{MAKER}，13895001234", WHOLE),
    "bracketed area code": (f"{CODE}，{NAME}，{NUMBER}，{MAKER}，（0951）1234567", WHOLE),
    "no telephone": (f"{CODE}，{NAME}，{NUMBER}，{MAKER}", WHOLE),
    "no maker": (f"{CODE}，{NAME}，{NUMBER}，，0951-1234567", Claims(NAME, NUMBER, "")),
    "no number": (f"{CODE}，{NAME}，，{MAKER}，0951-1234567", Claims(NAME, "", MAKER)),
    "code last": (f"{NAME}，{NUMBER}，{MAKER}，0951-1234567，{CODE}", WHOLE),
    "titled code": (f"追溯码：{CODE}，{NAME}，{NUMBER}，{MAKER}，0951-1234567", WHOLE),
    "year in brackets": (
        f"{CODE}，{NAME}，兽药生字（2019）300012345，{MAKER}，0951-1234567",
        Claims(NAME, "兽药生字(2019)300012345", MAKER),
    ),
    "space in the number": (f"{CODE}，{NAME}，兽药字 300012345，{MAKER}，0951-1234567", WHOLE),
    "titled number": (f"{CODE}，{NAME}，批准文号：{NUMBER}，{MAKER}，0951-1234567", WHOLE),
    "code alone": (CODE, NO_CLAIMS),
    "address": (f"https://www.ivdc.org.cn/?c={CODE}", NO_CLAIMS),
    "address among fields": (f"{CODE}，{NAME}，{NUMBER}，https://example.org", Claims(registration_number=NUMBER)),
    "code and number": (f"{CODE}，{NUMBER}", Claims(registration_number=NUMBER)),
    "prose": (f"请查询 {CODE}", NO_CLAIMS),
}


@pytest.mark.parametrize(("text", "expected"), VET_LABELS.values(), ids=VET_LABELS)
def test_veterinary_labels_are_read(text: str, expected: Claims) -> None:
    assert read_claims(text, Scheme.VET_DRUG) == expected


def test_an_imported_drugs_number_is_not_taken_for_its_maker() -> None:
    """Imported drugs have numbers of another form; one that is not recognised must not pass for a name."""
    text = f"{CODE}，{NAME}，（2022）外兽药证字12号，拜耳动物保健，010-12345678"
    assert read_claims(text, Scheme.VET_DRUG).maker_name in ("", "拜耳动物保健")


def test_a_number_with_a_digit_too_many_is_not_cut_to_a_good_one() -> None:
    text = f"{CODE}，{NAME}，{NUMBER}6，{MAKER}，0951-1234567"
    assert read_claims(text, Scheme.VET_DRUG).registration_number != NUMBER


SEED_LABELS: dict[str, tuple[str, Claims]] = {
    "as the rule says": (
        "品种名称：宁粳50号\n生产经营者名称：贺兰山种业\n单元识别代码：AB12\n追溯网址：http://a.cn/c/AB12",
        Claims("宁粳50号", "", "贺兰山种业"),
    ),
    "small colons": (
        "品种名称﹕宁粳50号\n生产经营者名称﹕贺兰山种业\n单元识别代码﹕AB12\n追溯网址﹕http://a.cn/c/AB12",
        Claims("宁粳50号", "", "贺兰山种业"),
    ),
    "vertical colons": (
        "品种名称︰宁粳50号\n生产经营者名称︰贺兰山种业\n单元识别代码︰AB12\n追溯网址︰http://a.cn/c/AB12",
        Claims("宁粳50号", "", "贺兰山种业"),
    ),
    "plain colons, spaces, CRLF": (
        "品种名称: 宁粳50号\r\n生产经营者名称: 贺兰山种业 \r\n单元识别代码: AB12\r\n追溯网址: http://a.cn/c/AB12\r\n",
        Claims("宁粳50号", "", "贺兰山种业"),
    ),
    "no titles": ("宁粳50号\n贺兰山种业\nAB12\nwww.a.cn/c/AB12", Claims("宁粳50号", "", "贺兰山种业")),
    "importer": (
        "品种名称：先玉335\n进口商名称：某进出口公司\n单元识别代码：AB12\n追溯网址：http://a.cn",
        Claims("先玉335", "", "某进出口公司"),
    ),
    "a colon that ends no title": (
        "宁粳50号：一级\n贺兰山种业\nAB12\nwww.a.cn",
        Claims("宁粳50号:一级", "", "贺兰山种业"),
    ),
    "three lines": ("宁粳50号\n贺兰山种业\nAB12", NO_CLAIMS),
    "code alone": ("AB12", NO_CLAIMS),
}


@pytest.mark.parametrize(("text", "expected"), SEED_LABELS.values(), ids=SEED_LABELS)
def test_seed_labels_are_read(text: str, expected: Claims) -> None:
    assert read_claims(text, Scheme.SEED) == expected


def test_our_own_seed_label_is_read_back() -> None:
    text = label_text(Scheme.SEED, "AB12", "https://a.cn", variety_name="宁粳50号", operator_name="贺兰山种业")
    assert read_claims(text, Scheme.SEED) == Claims("宁粳50号", "", "贺兰山种业")


@pytest.mark.parametrize("scheme", [Scheme.PESTICIDE, Scheme.OWN])
def test_other_schemes_claim_nothing(scheme: Scheme) -> None:
    for text, _ in VET_LABELS.values():
        assert read_claims(text, scheme) == NO_CLAIMS


GTIN = "06901234567892"


@pytest.mark.parametrize(
    ("text", "scheme", "expected"),
    [
        (f"https://a.cn/01/{GTIN}/10/A%2F7/21/1", Scheme.GS1, Claims(gtin=GTIN, batch_number="A/7")),
        (f"https://a.cn/01/{GTIN}/21/1", Scheme.GS1, Claims(gtin=GTIN)),
        (f"https://a.cn/01/{GTIN[1:]}/10/A-7?c={'1' * 32}", Scheme.PESTICIDE, Claims(gtin=GTIN, batch_number="A-7")),
        (f"{CODE}，{NUMBER} https://a.cn/01/{GTIN}", Scheme.VET_DRUG, Claims("", NUMBER, "", GTIN)),
        (f"https://a.cn/01/{GTIN[:-1]}3/21/1", Scheme.GS1, NO_CLAIMS),
        (f"https://a.cn/c/{GTIN}", Scheme.GS1, NO_CLAIMS),
    ],
)
def test_a_link_claims_a_gtin_and_a_batch(text: str, scheme: Scheme, expected: Claims) -> None:
    assert read_claims(text, scheme) == expected


def test_no_claims_are_false_and_any_is_true() -> None:
    assert not NO_CLAIMS
    assert all((Claims("a"), Claims(registration_number="a"), Claims(maker_name="a")))
    assert all((Claims(gtin="a"), Claims(batch_number="a")))


@given(st.text(max_size=300), st.sampled_from(Scheme))
def test_no_text_whatever_breaks_the_reading(text: str, scheme: Scheme) -> None:
    found = read_claims(text, scheme)
    assert all(len(part) <= len(text) for part in (found.product_name, found.registration_number, found.maker_name))


def test_a_text_no_symbol_holds_claims_nothing() -> None:
    label = VET_LABELS["as announced"][0]
    room = MAX_SCANNED_CHARACTERS - len(label)
    assert read_claims(label + "，" * room, Scheme.VET_DRUG) == WHOLE
    assert read_claims(label + "，" * (room + 1), Scheme.VET_DRUG) == NO_CLAIMS


# ---------------------------------------------------------------------------------------------- agree


@pytest.mark.parametrize(
    ("claimed", "registered"),
    [
        ("恩诺沙星注射液", "恩诺沙星注射液"),
        ("恩诺沙星", "恩诺沙星注射液"),
        ("恩诺沙星注射液（兽用）", "恩诺沙星注射液(兽用)"),
        ("恩诺 沙星\u3000注射液", "恩诺沙星注射液"),
        ("ＡＢＣ牌", "abc牌"),
        ("贺兰山农化", "宁夏贺兰山农化有限公司"),
        ("贺兰农化", "贺兰山农化有限公司"),
        ("宁夏贺兰山农化有限公司", "贺兰山农化"),
        ("宁夏贺兰山农化股份有限公司", "贺兰山农化有限公司"),
    ],
)
def test_names_of_one_thing_agree(claimed: str, registered: str) -> None:
    assert agree(claimed, registered)


@pytest.mark.parametrize(
    ("claimed", "registered"),
    [
        ("伊维菌素注射液", "恩诺沙星注射液"),
        ("山东某某药业", "贺兰山农化有限公司"),
        ("农贺", "贺兰山农化有限公司"),
        ("x", "恩诺沙星注射液"),
    ],
)
def test_names_of_two_things_do_not(claimed: str, registered: str) -> None:
    assert not agree(claimed, registered)


@given(st.text(min_size=1, max_size=20), st.text(max_size=10), st.text(max_size=10))
def test_a_name_agrees_with_any_longer_form_of_it(name: str, before: str, after: str) -> None:
    assert agree(name, name)
    assert agree(name, before + name + after)


# ---------------------------------------------------------------------------------------------- in the answer


@pytest.fixture
def vet_batch(world: World) -> Batch:
    batch = world.register_batch(world.vet_drug)
    actor = world.actor(world.maker)
    world.database.write(lambda work: code_lists.import_codes(work, actor, batch.batch_id, Level.UNIT, [CODE]))
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return batch


def scan(answers: Answers, text: str) -> Answer:
    return answers.answer(answers.resolve(text))


def differing(answer: Answer) -> dict[ReasonCode, dict[str, str]]:
    wanted = (ReasonCode.LABEL_NUMBER_DIFFERS, ReasonCode.LABEL_NAME_DIFFERS)
    return {reason.code: dict(reason.values) for reason in answer.reasons if reason.code in wanted}


@pytest.mark.parametrize(
    "label", ["as announced", "plain commas", "full-width digits", "space in the number", "no maker"]
)
def test_a_label_that_says_what_is_registered_is_genuine(vet_batch: Batch, answers: Answers, label: str) -> None:
    answer = scan(answers, VET_LABELS[label][0])
    assert answer.facts.batch is not None
    assert (answer.verdict, answer.facts.batch.batch_id) == (Verdict.GENUINE, vet_batch.batch_id)
    assert differing(answer) == {}


def test_a_code_alone_claims_nothing(vet_batch: Batch, answers: Answers) -> None:
    assert answers.resolve(CODE).claims == NO_CLAIMS
    assert scan(answers, CODE).verdict is Verdict.GENUINE


def test_a_label_with_another_number_is_suspect(vet_batch: Batch, answers: Answers) -> None:
    answer = scan(answers, f"{CODE}，{NAME}，兽药字300012346，{MAKER}，0951-1234567")
    assert answer.verdict is Verdict.SUSPECT
    assert answer.reasons[0].code is ReasonCode.LABEL_NUMBER_DIFFERS
    assert differing(answer)[ReasonCode.LABEL_NUMBER_DIFFERS] == {
        "claimed": "兽药字300012346",
        "registered": "兽药字300012345",
    }


@pytest.mark.parametrize(
    ("name", "maker", "claimed", "registered"),
    [
        ("伊维菌素注射液", MAKER, "伊维菌素注射液", "恩诺沙星注射液"),
        (NAME, "山东某某药业", "山东某某药业", "贺兰山农化有限公司"),
    ],
    ids=["product", "maker"],
)
def test_a_label_with_another_name_calls_for_caution(
    vet_batch: Batch, answers: Answers, name: str, maker: str, claimed: str, registered: str
) -> None:
    answer = scan(answers, f"{CODE}，{name}，{NUMBER}，{maker}，0951-1234567")
    assert answer.verdict is Verdict.CAUTION
    assert differing(answer) == {ReasonCode.LABEL_NAME_DIFFERS: {"claimed": claimed, "registered": registered}}


def test_a_label_of_an_unknown_code_is_unknown_whatever_it_says(vet_batch: Batch, answers: Answers) -> None:
    assert scan(answers, VET_LABELS["as announced"][0].replace(CODE, CODE[:-1] + "9")).verdict is Verdict.UNKNOWN


def test_a_seed_label_is_held_against_the_register(world: World, answers: Answers) -> None:
    batch = world.register_batch(world.seed)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    with world.database.read() as connection:
        variety = catalog.require_product(connection, batch.product_id).name

    def label(name: str, maker: str) -> str:
        return label_text(Scheme.SEED, world.code(batch), "https://a.cn", variety_name=name, operator_name=maker)

    assert scan(answers, label(variety, world.maker.name)).verdict is Verdict.GENUINE
    assert scan(answers, label(variety, world.maker.name).replace("：", "︰")).verdict is Verdict.GENUINE
    for text in (label("郑单958", world.maker.name), label(variety, "山东某某种业")):
        answer = scan(answers, text)
        assert answer.verdict is Verdict.CAUTION
        assert set(differing(answer)) == {ReasonCode.LABEL_NAME_DIFFERS}
