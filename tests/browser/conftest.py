"""A real Chromium at a real server with the sample batches and one batch of today's that stays genuine for years."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.master_key import load_master_key
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.kernel.clock import SystemClock, day_in_china
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.scans import Asker
from suiyuan.trace.verification.service import Answers
from suiyuan.trace.verification.signals.model import Suspicion

from ..api.running import SAMPLES, Installation, serving
from ..api.wire import Caller

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 360, "height": 640}

UNKNOWN = "11722252247250743408010974953971"
FAILED_BATCH = "GX260210B"

FAR_COUNTIES = ("640424", "640205", "640502", "640323")
"""泾源, 惠农, 沙坡头, 盐池: in the south, north, west and east."""

MAKER = "91640105EXAMPLE11Y"
DISTRIBUTOR = "91640122EXAMPLE540"
OUTLET = "91640323EXAMPLE62K"
AGENCY = "12640104EXAMPLE89M"
REGULATOR = "11640000EXAMPLE97L"


@dataclass(frozen=True)
class Site:
    """The server's address, codes to look up, and keys to sign in with."""

    url: str
    genuine: str
    stopped: str
    copied: str
    fresh: str
    """A pack that looks at one moment in counties far apart do not fit."""

    maker_key: str
    distributor_key: str
    outlet_key: str
    outlet_name: str
    regulator_key: str
    agency_key: str
    cartons: tuple[str, ...]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="sy-site-"))
    installation = Installation(folder, is_in_process=True)
    try:
        with serving(installation, "--with-samples", SAMPLES) as server:
            yield _prepared(installation, server.url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(installation: Installation, url: str) -> Site:
    keys = {
        code: installation.say("key", "create", code).strip()
        for code in (MAKER, DISTRIBUTOR, OUTLET, AGENCY, REGULATOR)
    }
    with httpx2.Client(base_url=url, timeout=30) as http:
        callers = {code: Caller(http, key) for code, key in keys.items()}
        maker, distributor = callers[MAKER], callers[DISTRIBUTOR]
        today = day_in_china(SystemClock().now())
        for code, activity in ((MAKER, "production"), (DISTRIBUTOR, "trade"), (OUTLET, "trade")):
            party = callers[REGULATOR].get(f"/api/v1/parties?credit_code={code}")
            licence = {
                "number": f"长期-{activity}",
                "activity": activity,
                "product_kind": "pesticide",
                "valid_from": str(today - timedelta(days=100)),
                "valid_until": str(today + timedelta(days=100)),
            }
            callers[REGULATOR].post(f"/api/v1/parties/{party['party_id']}/licences", licence)
        product = next(each for each in maker.get("/api/v1/products") if each["registration_number"] == "PD20990001")
        batch = maker.post(
            "/api/v1/batches",
            {
                "product_id": product["product_id"],
                "batch_number": "BROWSER-1",
                "production_on": str(today - timedelta(days=30)),
                "size": 240,
                "units_per_carton": 6,
                "cartons_per_pallet": 10,
                "pack_code": "009",
                "pack_description": "200毫升/瓶",
                "factory_result": "passed",
            },
        )
        cartons = maker.codes(batch, "carton")
        to = distributor.get("/api/v1/parties/me")["party_id"]
        maker.post("/api/v1/transfers", {"to_id": to, "codes": cartons[:1]})
        distributor.post("/api/v1/receipts", {"codes": cartons[:1]})
        sample = callers[AGENCY].post(
            "/api/v1/samples",
            {
                "batch_id": batch["batch_id"],
                "sample_number": "BROWSER-S1",
                "taken_on": str(today - timedelta(days=10)),
                "region_code": "640122",
                "basis": "random",
                "inspectors": [{"name": name, "certificate_number": name} for name in ("甲", "乙")],
            },
        )
        path = f"/api/v1/samples/{sample['sample_id']}"
        finding = {
            "item": "阿维菌素",
            "requirement": "4.5–5.5",
            "limit_kind": "between",
            "lower": "4.5",
            "upper": "5.5",
            "measured": "5.1",
            "unit": "%",
            "outcome": "passed",
        }
        report = {
            "laboratory": "示范农业投入品检验中心",
            "report_number": "JY-B1",
            "reported_on": str(today - timedelta(days=2)),
            "findings": [finding],
        }
        portions = [
            {"role": role, "seal_number": f"BROWSER-{role}", "quantity": "200 mL"} for role in ("test", "reserve")
        ]
        sealing = {"portions": portions, "acknowledgement": "signed", "signed_by": "马建国"}
        callers[AGENCY].post(f"{path}/seal", sealing)
        callers[AGENCY].post(f"{path}/reception", {"seals_are_intact": True})
        callers[AGENCY].post(f"{path}/report", report)
        callers[AGENCY].post(f"{path}/decision", {})
        callers[AGENCY].post(f"{path}/state", {"state": "notified"}, 200)
        callers[AGENCY].post(f"{path}/state", {"state": "final", "note": "书面接受"}, 200)
        failed = next(each for each in maker.get("/api/v1/batches") if each["batch_number"] == FAILED_BATCH)
        with (SAMPLES / "parties.csv").open(encoding="utf-8") as file:
            outlet_name = next(row["short_name"] for row in csv.DictReader(file) if row["credit_code"] == OUTLET)
        genuine, copied, fresh = maker.codes(batch)[:3]
        look_from_afar(installation, copied)
        return Site(
            url=url,
            genuine=genuine,
            stopped=maker.codes(failed, count=1)[0],
            copied=copied,
            fresh=fresh,
            maker_key=keys[MAKER],
            distributor_key=keys[DISTRIBUTOR],
            outlet_key=keys[OUTLET],
            outlet_name=outlet_name,
            regulator_key=keys[REGULATOR],
            agency_key=keys[AGENCY],
            cartons=tuple(cartons[1:]),
        )


def look_from_afar(installation: Installation, code: str) -> None:
    """Records looks at a code from all over Ningxia within a moment, and has them judged. Nobody else files here: the
    server has recorded no scan yet."""
    database = Database(f"sqlite:///{installation.database}", SystemClock())
    try:
        keyring = Keyring(load_master_key(installation.key_file, None, may_create=False))
        answers = Answers(database, Resolver(database, keyring))
        resolution = answers.resolve(code)
        for number, region_code in enumerate(FAR_COUNTIES):
            asker = Asker(source=f"telephone {number}", region_code=region_code)
            answers.record_scan_and_wait(resolution, "page", asker)
        answers.filing.file()
        assert answers.answer(resolution).facts.scans.suspicion is Suspicion.SUSPECT
    finally:
        database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_context(browser: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a phone-sized window with no memory of others. Afterwards: it asked nobody but the server, and no page
    failed on the way."""
    contexts: list[BrowserContext] = []
    elsewhere: list[str] = []
    faults: list[str] = []
    host = urlsplit(site.url).netloc

    def watch(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc != host:
            elsewhere.append(request.url)

    def make(**options: object) -> BrowserContext:
        settings: dict[str, object] = {
            "viewport": PHONE,
            "device_scale_factor": 2,
            "is_mobile": True,
            "has_touch": True,
        }
        context = browser.new_context(**{**settings, "locale": "zh-CN", **options})
        context.on("request", watch)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert faults == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()
