"""/api/v1/products: products, and look-ups in the register extracts."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.catalog import service
from ...trace.catalog.model import Product, RegisterEntry
from ...trace.kernel.clock import day_in_china
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.products import ProductForm
from ..writes import TheWrite
from .product_document import ProductDocument, product_document

router = APIRouter(prefix="/api/v1", tags=["products"])


@router.post("/products", status_code=201)
def register_product(form: ProductForm, write: TheWrite) -> Product:
    """Registers a product for its holder (the caller, unless the regulator names another)."""
    holder_id = form.holder_id or acting_party(write.actor)
    return write.run(lambda work: service.register_product(work, write.actor, form.read(holder_id)))


@router.get("/products")
def list_own_products(instance: TheInstance, actor: TheActor) -> list[Product]:
    with instance.database.read() as connection:
        return service.list_products(connection, holder_id=acting_party(actor))


@router.get("/products/{product_id}")
def get_product(product_id: UUID, instance: TheInstance, actor: TheActor) -> ProductDocument:
    """Any registered product, with the restrictions of its ingredients in force: registrations are public."""
    with instance.database.read() as connection:
        product = service.require_product(connection, product_id)
    return product_document(product, day_in_china(instance.database.clock.now()))


@router.get("/register")
def look_up_register(number: str, instance: TheInstance) -> list[RegisterEntry]:
    """Rows of the register extracts with this number, each with its source. None found says nothing."""
    with instance.database.read() as connection:
        return service.register_lookup(connection, number)
