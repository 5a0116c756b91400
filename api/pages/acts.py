"""/desk/ship, /desk/sell and the like: scan the goods, say what is asked beside them, send.

One table of acts: which fields each asks, and which use case it is. A refused form comes back with its text and with
the codes that are in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.catalog import ledger_rules
from ...trace.codes.model import Level
from ...trace.custody import service as custody
from ...trace.custody.model import Movement, WriteOffCause
from ...trace.custody.service import Circumstances, Goods, NewSale
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.identity import IDENTITY_PURPOSE, identity_reference
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from .choices import receivers, site_of, sites, suppliers
from .desk_view import Choice, Flash
from .form_view import Field, Fields, FormView, offending, refused, with_error, without_lines
from .goods_read import known_batches
from .rendering import number_text, word
from .respond import page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk")


@dataclass(frozen=True, slots=True)
class Doing:
    """One sending of an act's form: who, where, with what in the fields."""

    instance: Instance
    actor: Actor
    sent: Sent

    @property
    def how(self) -> Circumstances:
        return Circumstances(site_id=site_of(self.sent, "site"), reason=self.sent.get("reason"))


@dataclass(frozen=True, slots=True)
class Act:
    """`fields` beside the codes; `use_case` does it; `what` is the sentence of the documentation."""

    name: str
    what: str
    fields: Callable[[Instance, Actor, Fields, Language], Sequence[Field]]
    use_case: Callable[[UnitOfWork, Doing, Sequence[Goods]], list[Movement]]


def _ship(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    to_id = doing.sent.identifier("receiver", "to_id")
    return custody.ship(work, doing.actor, acting_party(doing.actor), to_id, goods, doing.how)


def _send_back(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    to_id = doing.sent.identifier("receiver", "to_id")
    return custody.send_back(work, doing.actor, acting_party(doing.actor), to_id, goods, doing.how)


def _sell(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    sent, number = doing.sent, doing.sent.get("buyer_identity")
    secret = doing.instance.keyring.derive(IDENTITY_PURPOSE)
    sale = NewSale(
        buyer_name=sent.get("buyer_name"),
        buyer_telephone=sent.get("buyer_telephone"),
        intended_use=sent.get("intended_use"),
        identity=identity_reference(secret, number, "buyer_identity") if number else None,
    )
    return custody.sell(work, doing.actor, acting_party(doing.actor), goods, sale, doing.how)


def _take_back(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    return custody.take_back(work, doing.actor, acting_party(doing.actor), goods, doing.how)


def _write_off(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    try:
        cause = WriteOffCause(doing.sent.get("cause"))
    except ValueError:
        raise InvalidInput("text.missing", field="cause") from None
    return custody.write_off(work, doing.actor, acting_party(doing.actor), cause, goods, doing.how)


def _relocate(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    to_id = site_of(doing.sent, "to_site")
    return custody.relocate(work, doing.actor, acting_party(doing.actor), to_id, goods, doing.how)


def _unpack(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    return custody.unpack(work, doing.actor, acting_party(doing.actor), goods, doing.how)


def _repack(work: UnitOfWork, doing: Doing, goods: Sequence[Goods]) -> list[Movement]:
    carton = doing.instance.resolver.resolve(doing.sent.get("carton"))
    batch_id = carton.require_batch_id("carton")
    if carton.level is not Level.CARTON:
        raise InvalidInput("packing.level", field="carton")
    if any(part.batch_id != batch_id for part in goods):
        raise InvalidInput("custody.several_batches", field="codes")
    return custody.repack(work, doing.actor, acting_party(doing.actor), carton.index, goods, doing.how)


def _place(instance: Instance, actor: Actor, ask: Fields) -> list[Field]:
    """Asked of parties that have sites."""
    found = sites(instance, acting_party(actor))
    return [ask.select("site", found)] if found else []


ACTS: tuple[Act, ...] = (
    Act(
        "ship",
        "Ships what is scanned to another party.",
        lambda instance, actor, ask, language: [
            ask.select("receiver", receivers(instance, acting_party(actor), language), required=True),
            *_place(instance, actor, ask),
        ],
        _ship,
    ),
    Act(
        "return",
        "Sends what is scanned back to a supplier or its maker.",
        lambda instance, actor, ask, language: [
            ask.select("receiver", suppliers(instance, acting_party(actor), language), required=True),
            ask.note("reason", required=True),
            *_place(instance, actor, ask),
        ],
        _send_back,
    ),
    Act(
        "sell",
        "Sells what is scanned to a farmer or farm; asks for the buyer's identity only where the goods need it.",
        lambda instance, actor, ask, language: [
            ask.text("buyer_name"),
            ask.text("intended_use"),
            ask.text("buyer_telephone"),
            *_place(instance, actor, ask),
        ],
        _sell,
    ),
    Act(
        "take-back",
        "Takes back what a farmer returns.",
        lambda instance, actor, ask, language: [ask.note("reason", required=True), *_place(instance, actor, ask)],
        _take_back,
    ),
    Act(
        "write-off",
        "Writes off what is scanned: expired, damaged, lost or used.",
        lambda instance, actor, ask, language: [
            ask.select("cause", (Choice(each.value, word(each, language)) for each in WriteOffCause), required=True),
            ask.note("reason"),
            *_place(instance, actor, ask),
        ],
        _write_off,
    ),
    Act(
        "relocate",
        "Moves what is scanned to another site of the same party.",
        lambda instance, actor, ask, language: [ask.select("to_site", sites(instance, acting_party(actor)))],
        _relocate,
    ),
    Act(
        "unpack",
        "Breaks up the cartons scanned: their codes stand for nothing any more.",
        lambda instance, actor, ask, language: [],
        _unpack,
    ),
    Act(
        "repack",
        "Puts the units scanned into a carton.",
        lambda instance, actor, ask, language: [ask.text("carton", required=True)],
        _repack,
    ),
)


def _form(instance: Instance, actor: Actor, language: Language, act: Act, values: dict[str, str]) -> FormView:
    ask = Fields(language, values)
    fields = [ask.scan(focused=True), *act.fields(instance, actor, ask, language)]
    if "buyer_identity" in values:
        fields.append(ask.secret("buyer_identity"))
    group = f"page.act.{act.name}"
    return FormView(
        action=f"/desk/{act.name}",
        title=text(f"{group}.title", language),
        lead=text(f"{group}.lead", language),
        submit=text(f"{group}.submit", language),
        fields=tuple(fields),
    )


def _refused(
    instance: Instance, actor: Actor, language: Language, act: Act, sent: Sent, error: SuiyuanError
) -> FormView:
    values = dict(sent.values)
    if error.field == "buyer_identity":
        values.setdefault("buyer_identity", "")
    if error.code.startswith("sale."):
        lacking = _lacking(instance, sent, language)
        values.update({"buyer_identity": ""} if "buyer_identity" in lacking else {})
        view = _form(instance, actor, language, act, values)
        for name, message in lacking.items():
            view = with_error(view, name, message)
        if error.field in lacking:
            return view
    else:
        view = _form(instance, actor, language, act, values)
    return refused(view, error, language, offending(instance, error, sent.lines("codes")))


def _lacking(instance: Instance, sent: Sent, language: Language) -> dict[str, str]:
    """All that the goods ask of a sale and the form does not say, by field: not one at a time."""
    goods = custody.goods_of_codes(instance.database, instance.resolver, sent.lines("codes"))
    today = day_in_china(instance.database.clock.now())
    found: dict[str, str] = {}
    for known in known_batches(instance, {part.batch_id for part in goods}, language).values():
        rule = ledger_rules.retail_rule(known.product, today)
        asked = (
            ("sale.buyer", "buyer_name", rule.needs_buyer),
            ("sale.intended_use", "intended_use", rule.needs_intended_use),
            ("sale.identity", "buyer_identity", rule.needs_identity),
        )
        for code, name, is_needed in asked:
            if is_needed and not sent.get(name):
                found[name] = InvalidInput(code, field=name, product=known.product.name).text(language)
    return found


def _show(
    request: Request, instance: Instance, view: FormView, status: int = 200, flash: Flash | None = None
) -> Response:
    return page(
        request,
        "desk/act.html",
        status,
        here=view.action,
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _carried_out(instance: Instance, actor: Actor, act: Act, sent: Sent) -> Done:
    goods = custody.goods_of_codes(instance.database, instance.resolver, sent.lines("codes"))
    doing = Doing(instance, actor, sent)
    return carry_out(instance, actor, sent, lambda work: Done.of(act.use_case(work, doing, goods)))


def done_flash(key: str, done: Done, language: Language) -> Flash:
    """What an act came to, with the way to take it back."""
    title = text(key, language, units=number_text(done.units), batches=number_text(done.batches))
    return Flash(title, link="/desk/movements", link_text=text("page.sending.to_movements", language))


def _register(act: Act) -> None:
    def show(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
        return _show(request, instance, _form(instance, actor, language, act, {}))

    def send(
        request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
    ) -> Response:
        if sent.get("drop"):
            kept = without_lines(sent, "codes", sent.lines("bad"))
            return _show(request, instance, _form(instance, actor, language, act, kept))
        try:
            done = _carried_out(instance, actor, act, sent)
        except SuiyuanError as error:
            view = _refused(instance, actor, language, act, sent, error)
            return _show(request, instance, view, status_of(error))
        empty = _form(instance, actor, language, act, {"site": sent.get("site")})
        return _show(request, instance, empty, flash=done_flash(f"page.act.{act.name}.done", done, language))

    show.__doc__ = f"The form to fill in. {act.what}"
    send.__doc__ = f"{act.what} A refused form comes back with its text and the codes in the way."
    router.add_api_route(f"/{act.name}", show, methods=["GET"])
    router.add_api_route(f"/{act.name}", send, methods=["POST"])


for _act in ACTS:
    _register(_act)
