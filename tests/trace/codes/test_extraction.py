"""Everything that may be scanned or typed at the door, honest or not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suiyuan.trace.codes.extraction import MAX_LOOSE_WORDS, extract
from suiyuan.trace.codes.model import Candidate, Extraction, MalformedReason, Scheme, grouped, label_text
from suiyuan.trace.codes.schemes import is_well_formed, with_check_digit
from suiyuan.trace.kernel.limits import MAX_SCANNED_CHARACTERS

PESTICIDE = "11722252247250743408010974953971"
OTHER_PESTICIDE = "12308841005260627001000011857410"
VET = "202403150123456789012345"
OWN = "0192541215409482449969"
SEED = "64010412345678901234"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def found(scheme: Scheme, *codes: str) -> Extraction:
    return Extraction(tuple(Candidate(scheme, code) for code in codes), None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"http://nyzs315.com/c/z.aspx?m=c74&c={PESTICIDE}", PESTICIDE),
        (f"http://zp.hyny168.cn/ny?c={OTHER_PESTICIDE}", OTHER_PESTICIDE),
        (f"http://www.sdakzw.com/nyzs/{PESTICIDE}", PESTICIDE),
        (f"https://www.nz315.cn/trace?code={PESTICIDE}", PESTICIDE),
        (f"www.sdakzw.com/nyzs/{PESTICIDE}", PESTICIDE),
        (f"https://suiyuan.example/c/{PESTICIDE}", PESTICIDE),
        (f"HTTPS://SUIYUAN.EXAMPLE/C/{PESTICIDE}?lang=en#top", PESTICIDE),
        (f"https://x.cn/go?url=https%3A%2F%2Fy.cn%2Fc%3D{PESTICIDE}", PESTICIDE),
        (f"https://x.cn/?q=%20{PESTICIDE}", PESTICIDE),
        (PESTICIDE, PESTICIDE),
        (f"  {PESTICIDE}\r\n", PESTICIDE),
        (PESTICIDE.translate(FULL_WIDTH), PESTICIDE),
        (grouped(PESTICIDE), PESTICIDE),
        (grouped(PESTICIDE).replace(" ", "-"), PESTICIDE),
        (grouped(PESTICIDE).replace(" ", "－"), PESTICIDE),
        (f"{PESTICIDE[:3]} {PESTICIDE[3:]}", PESTICIDE),
        (f"{PESTICIDE[:24]} {PESTICIDE[24:]}", PESTICIDE),
        (f"{grouped(PESTICIDE[:16])}\n{grouped(PESTICIDE[16:])}", PESTICIDE),
        (f"单元识别代码：{grouped(PESTICIDE)} 100 ml", PESTICIDE),
        (f"单元识别代码见下\n{PESTICIDE}", PESTICIDE),
        (f"农药名称：吡虫啉，单元识别代码：{PESTICIDE}，登记证持有人", PESTICIDE),
        (f"{PESTICIDE} {PESTICIDE}", PESTICIDE),
        (f"\ufeff{PESTICIDE[:4]}\u200b{PESTICIDE[4:]}", PESTICIDE),
        (f"{PESTICIDE} 9876543210987654321098765", PESTICIDE),
    ],
)
def test_pesticide_codes(text: str, code: str) -> None:
    assert extract(text) == found(Scheme.PESTICIDE, code)


@pytest.mark.parametrize(
    "text",
    [
        VET,
        grouped(VET),
        f"{VET}，氟苯尼考粉，兽药字150516205，山东某药业有限公司，0531-12345678",
        f"追溯码：{VET}\r\n兽药名称：氟苯尼考粉\r\n批准文号：兽药字150516205\r\n企业联系电话：0531-12345678",
        f"{grouped(VET)} 2024",
    ],
)
def test_vet_drug_codes(text: str) -> None:
    assert extract(text) == found(Scheme.VET_DRUG, VET)


@pytest.mark.parametrize("text", [OWN, grouped(OWN), f"https://suiyuan.example/c/{OWN}", f"箱码 {grouped(OWN)}"])
def test_own_codes(text: str) -> None:
    assert extract(text) == found(Scheme.OWN, OWN)


GTIN = "06901234567892"
SERIAL = "12345678901234567890"
LINK = f"https://suiyuan.example/01/{GTIN}/10/A-7/21/{SERIAL}"


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        (LINK, SERIAL),
        (f"https://any.example/01/{GTIN}/21/{SERIAL}", SERIAL),
        (f"HTTPS://ANY.EXAMPLE/a/b/01/{GTIN}/22/X/10/A/21/{SERIAL}", SERIAL),
        (f"https://any.example/01/{GTIN}/21/{SERIAL}?17=281101&lang=en#top", SERIAL),
        (f"https://any.example/01/{GTIN}/21/{SERIAL}/", SERIAL),
        (f"https://any.example/01/{GTIN[1:]}/21/{SERIAL}", SERIAL),
        (f"any.example/01/{GTIN}/21/{SERIAL}", SERIAL),
        (f"/01/{GTIN}/21/{SERIAL}", SERIAL),
        (f"  {LINK}\r\n", SERIAL),
        (LINK.translate(FULL_WIDTH), SERIAL),
        (f"请看 {LINK}。", SERIAL),
        (f"({LINK})", SERIAL),
        (f"{LINK} {LINK}", SERIAL),
        (f"https://any.example/01/{GTIN}/21/A%2F%28b%29", "A/(b)"),
        (f"https://any.example/01/{GTIN}/21/A.", "A."),
        (f"https://any.example/01/{GTIN}/21/7", "7"),
        (f"https://any.example/01/{GTIN}/10/01/21/7", "7"),
        (f"https://any.example/01/{GTIN}/10/{'1' * 20}/21/{SERIAL}?240={'2' * 24}&91={PESTICIDE}", SERIAL),
        (f"https://any.example/01/{GTIN}/21/{SERIAL}?17=281101", SERIAL),
        (f"品名：地膜\n厂家：某厂\n见 {LINK}", SERIAL),
        (GTIN + SERIAL, SERIAL),
        (grouped(GTIN + SERIAL), SERIAL),
    ],
)
def test_digital_links_of_any_host(text: str, serial: str) -> None:
    assert extract(text) == found(Scheme.GS1, GTIN + serial)


@pytest.mark.parametrize(
    ("text", "scheme", "code"),
    [
        (f"https://any.example/01/{GTIN}?c={PESTICIDE}", Scheme.PESTICIDE, PESTICIDE),
        (f"https://any.example/01/{GTIN}/21/7?c={PESTICIDE}", Scheme.PESTICIDE, PESTICIDE),
        (f"{PESTICIDE}\n{LINK}", Scheme.PESTICIDE, PESTICIDE),
        (f"{VET}，恩诺沙星注射液，{LINK}", Scheme.VET_DRUG, VET),
        (f"品种名称：X\n生产经营者名称：Y\n单元识别代码：{SEED}\n追溯网址：{LINK}", Scheme.SEED, SEED),
        ("https://news.example/01/20260105?id=AB12", Scheme.SEED, "AB12"),
        ("https://news.example/01/96385075/21/3?id=AB12", Scheme.SEED, "AB12"),
    ],
)
def test_a_code_beside_a_link_or_a_day_in_an_address(text: str, scheme: Scheme, code: str) -> None:
    assert extract(text) == found(scheme, code)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"https://any.example/01/{GTIN}", MalformedReason.NO_SERIAL),
        (f"https://any.example/01/{GTIN}/", MalformedReason.NO_SERIAL),
        (f"https://any.example/01/{GTIN}/10/A-7", MalformedReason.NO_SERIAL),
        (f"https://any.example/01/{GTIN}/10/A-7?17=281101&s=4", MalformedReason.NO_SERIAL),
        (f"https://any.example/01/{GTIN[:-1]}3/21/{SERIAL}", MalformedReason.GTIN_CHECK_DIGIT),
        (f"https://any.example/01/{GTIN[1:-1]}3", MalformedReason.GTIN_CHECK_DIGIT),
        (f"https://any.example/01/{GTIN}/21/", MalformedReason.BAD_LINK),
        (f"https://any.example/01/{GTIN}/21/{SERIAL}1", MalformedReason.BAD_LINK),
        (f"https://any.example/01/{GTIN}/21/A%20B", MalformedReason.BAD_LINK),
        (f"https://any.example/01/{GTIN}/10/甲/21/1", MalformedReason.BAD_LINK),
        (f"https://any.example/01/{GTIN}/21/1/10/A", MalformedReason.BAD_LINK),
        (f"https://any.example/01/{GTIN}?21=1", MalformedReason.BAD_LINK),
        (f"https://any.example/01/{GTIN}/21/1 https://any.example/01/{GTIN}/21/2", MalformedReason.SEVERAL_CODES),
        (f"https://any.example/01/{GTIN}/index.html", MalformedReason.NO_CODE),
        ("https://news.example/01/20260106/5.html", MalformedReason.NO_CODE),
        (f"https://any.example/{GTIN}/21/{SERIAL}", MalformedReason.NO_CODE),
        (GTIN[:-1] + "3" + SERIAL, MalformedReason.WRONG_LENGTH),
    ],
)
def test_links_that_name_no_pack(text: str, reason: MalformedReason) -> None:
    assert extract(text) == Extraction((), reason)


LINES = ("登海605", "山东登海种业股份有限公司", SEED, "http://www.zgzzcx.com/s?id=42")
TITLES = ("品种名称：", "生产经营者名称：", "单元识别代码：", "追溯网址：")
TITLED = [title + line for title, line in zip(TITLES, LINES, strict=True)]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\n\n"])
@pytest.mark.parametrize("lines", [TITLED, LINES])
def test_seed_payload_in_both_forms(lines: list[str], end: str) -> None:
    assert extract(end.join(lines)) == found(Scheme.SEED, SEED)
    assert extract(end.join(lines) + end) == found(Scheme.SEED, SEED)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (" ".join(TITLED), [SEED]),
        ("进口商名称：X\n单元识别代码:Ab12", ["Ab12"]),
        ("单元识别代码：AB12 追溯网址：http://x.cn/?c=" + PESTICIDE, ["AB12"]),
        (SEED, [SEED]),
        (grouped(SEED), [SEED]),
        ("7", ["7"]),
        ("Ab12cD", ["Ab12cD"]),
        ("AB12-CD34-E", ["AB12CD34E"]),
        ("ＡＢ１２", ["AB12"]),
        ("https://suiyuan.example/c/Ab12", ["Ab12"]),
        ("https://suiyuan.example/c/Ab12?lang=en", ["Ab12"]),
        ("请看 https://suiyuan.example/c/Ab12。", ["Ab12"]),
        ("suiyuan.example/c/Ab12", ["Ab12"]),
        ("/c/Ab12", ["Ab12"]),
        ("http://www.zgzzcx.com/s?id=Ab12", ["Ab12"]),
        ("http://x.cn/#/trace?id=%41b12&lang=zh", ["Ab12"]),
        ("http://x.cn/s?name=种子&id=1&no=2&id=1", ["1", "2"]),
    ],
)
def test_seed_codes(text: str, codes: list[str]) -> None:
    assert extract(text) == found(Scheme.SEED, *codes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", MalformedReason.EMPTY),
        (" \t\r\n\u3000\ufeff", MalformedReason.EMPTY),
        ("1" * (MAX_SCANNED_CHARACTERS + 1), MalformedReason.TOO_LONG),
        (f"{PESTICIDE}\n{OTHER_PESTICIDE}", MalformedReason.SEVERAL_CODES),
        (f"http://a.cn/{PESTICIDE}?c={OTHER_PESTICIDE}", MalformedReason.SEVERAL_CODES),
        (f"{PESTICIDE} {'9' * 32}", MalformedReason.SEVERAL_CODES),
        (f"{grouped(PESTICIDE)}\n{grouped(OTHER_PESTICIDE)}", MalformedReason.SEVERAL_CODES),
        (f"{VET},{VET[:-1]}6", MalformedReason.SEVERAL_CODES),
        (OWN[:-1] + "0", MalformedReason.CHECK_DIGIT),
        (f"https://suiyuan.example/c/{OWN[:-1]}0", MalformedReason.CHECK_DIGIT),
        ("9" * 32, MalformedReason.BAD_STRUCTURE),
        ("20230229" + VET[8:], MalformedReason.BAD_STRUCTURE),
        (f"http://nyzs315.com/c/z.aspx?m=c74&c=4{PESTICIDE[1:]}", MalformedReason.BAD_STRUCTURE),
        (PESTICIDE[:-1], MalformedReason.WRONG_LENGTH),
        (PESTICIDE + "1", MalformedReason.WRONG_LENGTH),
        (SEED + "5", MalformedReason.WRONG_LENGTH),
        ("AB" + SEED, MalformedReason.WRONG_LENGTH),
        ("1" * MAX_SCANNED_CHARACTERS, MalformedReason.WRONG_LENGTH),
        (f"http://nyzs315.com/c/z.aspx?m=c74&c={PESTICIDE[1:]}", MalformedReason.WRONG_LENGTH),
        ("https://www.baidu.com", MalformedReason.NO_CODE),
        ("nyzs315.com", MalformedReason.NO_CODE),
        ("hello", MalformedReason.NO_CODE),
        ("abcdefghijklmnopqrstuvwxyz", MalformedReason.NO_CODE),
        ("hello world 2", MalformedReason.NO_CODE),
        ("登记证号 PD20172225 批号 20240101", MalformedReason.NO_CODE),
        ("品种名称：X\n生产经营者名称：Y\n单元识别代码：\n追溯网址：http://x.cn/?id=1", MalformedReason.NO_CODE),
        ("一\n二\nAB12\n四", MalformedReason.NO_CODE),
        ("🌾🌾🌾", MalformedReason.NO_CODE),
        ("1\ufe0f\u20e3", MalformedReason.NO_CODE),
        ("١٢٣٤", MalformedReason.NO_CODE),
        ("<script>alert(1)</script>", MalformedReason.NO_CODE),
        ("' OR 1=1; DROP TABLE batches; --", MalformedReason.NO_CODE),
        ("../../etc/passwd", MalformedReason.NO_CODE),
        ("http://[::1", MalformedReason.NO_CODE),
        ("\x00", MalformedReason.NO_CODE),
        ("\ud800", MalformedReason.NO_CODE),
        ("http://x.cn/s?" + "&".join(f"a={n}" for n in range(MAX_LOOSE_WORDS + 1)), MalformedReason.SEVERAL_CODES),
    ],
)
def test_malformed(text: str, reason: MalformedReason) -> None:
    assert extract(text) == Extraction((), reason)


def assert_consistent(text: str) -> None:
    result = extract(text)
    assert bool(result.candidates) != (result.reason is not None)
    assert len(set(result.candidates)) == len(result.candidates) <= MAX_LOOSE_WORDS
    assert all(is_well_formed(one.scheme, one.code) for one in result.candidates)


PIECES = st.sampled_from(
    [
        PESTICIDE,
        VET,
        OWN,
        SEED,
        "http://a.cn/c/",
        "?c=",
        "&",
        "/",
        " ",
        "\n",
        "-",
        "：",
        "单元识别代码：",
        "%",
        "%3",
        "AB12",
        "/01/06901234567892",
        "/01/96385074",
        "/10/A",
        "/21/",
        "?17=281101",
    ]
)


@settings(max_examples=400)
@given(st.one_of(st.text(), st.text("0123456789 -\n/?&=%:.cAhtps"), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_gives_candidates_or_a_reason(text: str) -> None:
    assert_consistent(text)


@given(st.integers(0, 10**21 - 1), st.sampled_from(["", "https://suiyuan.example/c/", "码："]))
def test_every_own_code_is_found(number: int, before: str) -> None:
    code = with_check_digit(f"{number:021d}")
    assert extract(before + code) == found(Scheme.OWN, code)


@given(
    st.from_regex(r"[0-9]{32}|[0-4][0-9]{6}[0-4][0-9]{24}", fullmatch=True),
    st.sampled_from(["", "https://suiyuan.example/c/", "码："]),
)
def test_a_label_is_read_by_the_same_rule_as_any_other_text(code: str, before: str) -> None:
    is_pesticide = is_well_formed(Scheme.PESTICIDE, code)
    expected = found(Scheme.PESTICIDE, code) if is_pesticide else Extraction((), MalformedReason.BAD_STRUCTURE)
    assert extract(before + code) == expected


@given(st.from_regex(r"[0-9A-Za-z]{0,19}[0-9]", fullmatch=True))
def test_every_seed_label_is_read_back(code: str) -> None:
    text = label_text(Scheme.SEED, code, "https://suiyuan.example", variety_name="登海605", operator_name="某公司")
    assert extract(text) == found(Scheme.SEED, code)
    assert extract(text.replace("\n", "\r\n")) == found(Scheme.SEED, code)


HOSTILE = [
    "/",
    "1 ",
    "1234 ",
    "1-",
    "-",
    "A1B2 ",
    "/01/06901234567892",
    "/01/96385074/",
    "/01/96385074 ",
    "单元识别代码 ",
    "单元识别代码",
    "http://",
    "?a1=",
    "%",
    "&a=1b",
    "/c/",
    "a/ ",
    "\n",
    " ",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("end", ["", '"', "\u3002x"])
def test_hostile_repetition_takes_linear_time(piece: str, end: str) -> None:
    text = (piece * MAX_SCANNED_CHARACTERS)[: MAX_SCANNED_CHARACTERS - len(end)] + end
    started = time.perf_counter()
    assert_consistent(text)
    assert time.perf_counter() - started < 0.25


def test_a_megabyte_is_refused_before_it_is_read() -> None:
    started = time.perf_counter()
    assert extract("1 " * 500_000).reason is MalformedReason.TOO_LONG
    assert time.perf_counter() - started < 0.05
