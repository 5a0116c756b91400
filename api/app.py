"""The application: routes, pages, static files, errors. `create_app` is what a server runs."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ..trace.kernel.limits import MAX_REPORT_BYTES, MAX_REQUEST_BYTES
from . import errors, writes
from .compression import CompressedPages
from .hot import Service
from .instance import Instance, open_instance
from .pages import acts as act_pages
from .pages import answers as answer_pages
from .pages import bulletins as bulletin_pages
from .pages import desk as desk_pages
from .pages import discrepancies as discrepancy_pages
from .pages import draws as draw_pages
from .pages import inspectors as inspector_pages
from .pages import labels as label_pages
from .pages import laboratory as laboratory_pages
from .pages import leads as lead_pages
from .pages import ledgers as ledger_pages
from .pages import movements as movement_pages
from .pages import notices as notice_pages
from .pages import offline as offline_pages
from .pages import plain as plain_pages
from .pages import plans as plan_pages
from .pages import probes as probe_pages
from .pages import receipts as kept_answer_pages
from .pages import receive as receipt_pages
from .pages import reports as buyer_report_pages
from .pages import results as result_pages
from .pages import sample_reports as report_pages
from .pages import samples as sample_pages
from .pages import sheets as sheet_pages
from .pages import stock as stock_pages
from .pages import suspects as suspect_pages
from .pages import told as told_pages
from .pages import traces as trace_pages
from .pages import webhooks as webhook_pages
from .probe_guard import tallying
from .routes import (
    answers,
    authority,
    batches,
    bulletins,
    bundle,
    codes,
    discrepancies,
    labels,
    laboratory,
    leads,
    ledgers,
    movements,
    notices,
    parties,
    plans,
    probes,
    products,
    receipts,
    reports,
    results,
    sales,
    samples,
    scans,
    sheets,
    stock,
    suspects,
    traces,
    transfers,
    webhooks,
)
from .scan_filing import filing
from .settings import Settings
from .static_files import StaticContent
from .webhook_delivery import sending


def create_app(settings: Settings | None = None, instance: Instance | Callable[[], Instance] | None = None) -> FastAPI:
    """The service over `instance`, over the one that `instance` gives at every start-up, or over one opened from
    `settings` at start-up and closed at the end.

    Raises UnsafeToRun at start-up where the database and the master key do not fit.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        given = instance() if callable(instance) else instance
        opened = given or open_instance(settings or Settings())
        app.state.instance = opened
        # What start-up made stays for good: without this every full collection walks all of it again.
        gc.collect()
        gc.freeze()
        with sending(opened), tallying(opened), filing(opened):
            yield
        if given is None:
            opened.close()

    app = Service(
        title="Suiyuan 穗源",
        description="Is it genuine, was it tested, and by which way did it come?",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from a content network; the schema itself is at openapi_url
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    errors.install(app)
    writes.install(app)
    app.add_middleware(CompressedPages)
    custody = (transfers, sales, stock, authority, movements, discrepancies, ledgers, traces)
    telling = (notices, webhooks, leads, suspects, probes)
    checks = (samples, sheets, laboratory, plans)
    publication = (results, bulletins)
    for noun in (answers, scans, codes, parties, products, batches, labels, *custody, *checks, *telling, *publication):
        app.include_router(noun.router, max_body_size=MAX_REQUEST_BYTES)
    app.include_router(reports.router, max_body_size=MAX_REPORT_BYTES)
    app.include_router(codes.well_known)
    app.include_router(receipts.router, max_body_size=MAX_REQUEST_BYTES)
    app.include_router(receipts.well_known)
    app.include_router(bundle.router, max_body_size=MAX_REQUEST_BYTES)
    app.include_router(bundle.well_known)
    custody_pages = (
        receipt_pages,
        act_pages,
        movement_pages,
        discrepancy_pages,
        ledger_pages,
        stock_pages,
        trace_pages,
    )
    plans_pages = (plan_pages, inspector_pages, draw_pages)
    scan_pages = (answer_pages, kept_answer_pages, offline_pages)
    telling_pages = (notice_pages, webhook_pages, lead_pages, suspect_pages, probe_pages)
    sample_desk = (report_pages, sample_pages, told_pages)
    check_pages = (*plans_pages, sheet_pages, laboratory_pages, *sample_desk, result_pages, bulletin_pages)
    for page in (*telling_pages, *scan_pages, desk_pages, label_pages, *custody_pages, *check_pages, plain_pages):
        app.include_router(page.router, include_in_schema=False, max_body_size=MAX_REQUEST_BYTES)
    app.include_router(buyer_report_pages.router, include_in_schema=False, max_body_size=MAX_REPORT_BYTES)
    app.mount("/static", StaticContent(), name="static")
    return app
