"""Sending webhooks: to a real server, which takes them, refuses them, is slow, redirects, or is not there."""

from __future__ import annotations

import datetime
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient

from suiyuan.api.app import create_app
from suiyuan.api.instance import Instance
from suiyuan.api.settings import Settings
from suiyuan.api.webhook_delivery import Pass, deliver, deliver_due
from suiyuan.api.webhook_signing import DELIVERY_HEADER, SIGNATURE_HEADER, secret_of
from suiyuan.api.webhook_transport import MAX_ANSWER_BYTES, Beginning, Posted, Transport
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, Stop, StopKind
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.kernel.clock import SystemClock
from suiyuan.trace.parties import webhooks
from suiyuan.trace.parties.model import Delivery, DeliveryState, DeliveryTrouble, Webhook
from suiyuan.trace.parties.webhooks import MAX_ATTEMPTS, RETRY_AFTER

from ..support.world import World
from .receiving import Receiver, receiving
from .running import Installation
from .wire import Caller

HASTY = Transport(may_be_local=True, connect_seconds=2, total_seconds=0.3)
LOCAL = Transport(may_be_local=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_may_be_local": True})


def register(world: World, address: str) -> Webhook:
    """For the maker, who hears of every stop of its batches."""
    party = world.maker
    return world.database.write(
        lambda work: webhooks.register(work, world.actor(party), party.party_id, address, may_be_local=True)
    )


def recall(world: World) -> str:
    batch = world.register_batch()
    actor = world.actor(world.maker)
    world.database.write(lambda work: enforcement.stop_batch(work, actor, batch.batch_id, StopKind.RECALL, "渗漏"))
    return str(batch.batch_id)


def deliveries(world: World) -> list[Delivery]:
    with world.database.read() as connection:
        return webhooks.list_deliveries(connection, world.maker.party_id)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_notice_is_posted_signed_and_settled(world: World, instance: Instance, receiver: Receiver) -> None:
    hook = register(world, receiver.address)
    batch_id = recall(world)
    assert deliver_due(instance, LOCAL) == Pass(delivered=1)
    (request,) = receiver.requests
    assert request.path == "/hook?shop=1"
    assert request.headers["Content-Type"] == "application/json"
    (done,) = deliveries(world)
    assert request.headers[DELIVERY_HEADER] == str(done.delivery_id)
    assert (done.state, done.attempts, done.status) == (DeliveryState.DELIVERED, 1, 200)
    moment, _, given = request.headers[SIGNATURE_HEADER].removeprefix("t=").partition(",v1=")
    assert int(moment) == int(world.clock.now().timestamp())
    secret = secret_of(instance.keyring, hook.webhook_id)
    assert given == hmac.new(secret.encode(), f"{moment}.".encode() + request.body, "sha256").hexdigest()
    body = json.loads(request.body)
    assert (body["kind"], body["batch_id"], body["facts"]["units"]) == ("batch_stopped", batch_id, {"held": 24})
    assert body["texts"]["zh"]["title"].startswith("停止销售和使用")
    assert deliver_due(instance, LOCAL) == Pass()
    assert len(receiver.requests) == 1


def test_another_status_is_a_failure_and_redirects_are_not_followed(
    world: World, instance: Instance, receiver: Receiver
) -> None:
    receiver.answers, receiver.headers = [302], {"Location": receiver.address}
    register(world, receiver.address)
    recall(world)
    assert deliver_due(instance, LOCAL) == Pass(to_be_tried_again=1)
    (waiting,) = deliveries(world)
    assert (waiting.state, waiting.trouble, waiting.status) == (DeliveryState.WAITING, DeliveryTrouble.STATUS, 302)
    assert len(receiver.requests) == 1
    for status in (300, 301, 307, 308, 404, 500):
        receiver.answers = [status]
        assert post(LOCAL, receiver.address) == Posted(DeliveryTrouble.STATUS, status)
    assert len(receiver.requests) == 7


def test_retries_go_by_the_clock_and_end(world: World, instance: Instance, receiver: Receiver) -> None:
    receiver.answers = [500]
    register(world, receiver.address)
    recall(world)
    for number in range(1, MAX_ATTEMPTS + 1):
        expected = Pass(to_be_tried_again=1) if number < MAX_ATTEMPTS else Pass(failed=1)
        assert deliver_due(instance, LOCAL) == expected
        assert deliver_due(instance, LOCAL) == Pass()
        assert len(receiver.requests) == number
        if number < MAX_ATTEMPTS:
            world.later(seconds=RETRY_AFTER[number - 1].total_seconds())
    world.later(days=30)
    assert deliver_due(instance, LOCAL) == Pass()
    ids = {request.headers[DELIVERY_HEADER] for request in receiver.requests}
    assert len(ids) == 1, "who receives it can tell that it is the same"
    assert len({request.body for request in receiver.requests}) == 1
    assert len({request.headers[SIGNATURE_HEADER] for request in receiver.requests}) == MAX_ATTEMPTS


def test_a_retry_that_is_taken_ends_it(world: World, instance: Instance, receiver: Receiver) -> None:
    receiver.answers = [503, 204]
    register(world, receiver.address)
    recall(world)
    deliver_due(instance, LOCAL)
    world.later(minutes=1)
    assert deliver_due(instance, LOCAL) == Pass(delivered=1)
    (done,) = deliveries(world)
    assert (done.attempts, done.trouble, done.status) == (2, None, 204)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_two_senders_send_once(world: World, instance: Instance, receiver: Receiver) -> None:
    register(world, receiver.address)
    for _ in range(3):
        recall(world)
    with world.database.read() as connection:
        seen = webhooks.list_due(connection, world.clock.now())
    barrier = threading.Barrier(2)

    def work_off(_: int) -> int:
        barrier.wait(10)
        return sum(deliver(instance, LOCAL, each) is not None for each in seen)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work_off, range(2))) == len(seen) == 3
    assert len(receiver.requests) == 3


def test_one_address_that_hangs_keeps_no_other_waiting(world: World, instance: Instance) -> None:
    with receiving() as slow, receiving() as quick:
        slow.answers = [None]
        register(world, slow.address)
        register(world, quick.address)
        recall(world)
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(deliver_due, instance, HASTY)
            assert done.result(20) == Pass(delivered=1, to_be_tried_again=1)
    assert {each.trouble for each in deliveries(world)} == {None, DeliveryTrouble.TIMEOUT}


# ------------------------------------------------------------------------------------------------- the connection


def post(transport: Transport, address: str) -> Posted:
    return transport.post(address, b"{}", {"Content-Type": "application/json"})


def test_no_answer_in_time(receiver: Receiver) -> None:
    receiver.answers = [None]
    assert post(HASTY, receiver.address) == Posted(DeliveryTrouble.TIMEOUT)


def test_an_answer_without_end(receiver: Receiver) -> None:
    """What decides stands at its beginning."""
    receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * MAX_ANSWER_BYTES]
    assert post(LOCAL, receiver.address) == Posted(None, 200)
    receiver.answers = [b"HTTP/1.1 200 OK\r\n" + b"X-Long: x\r\n" * MAX_ANSWER_BYTES]
    assert post(LOCAL, receiver.address) == Posted(DeliveryTrouble.MALFORMED)


def test_no_more_than_the_beginning_of_an_answer_is_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor(1) as pool:
        ours.settimeout(20)
        sent = pool.submit(theirs.sendall, b"x" * 4 * MAX_ANSWER_BYTES)
        with Beginning(ours).makefile("rb") as file:
            assert len(file.read()) == MAX_ANSWER_BYTES
        while not sent.done():
            ours.recv(MAX_ANSWER_BYTES)


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00" * 100, b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer(receiver: Receiver, answer: bytes) -> None:
    receiver.answers = [answer]
    assert post(LOCAL, receiver.address) == Posted(DeliveryTrouble.MALFORMED)


def test_an_answer_that_is_cut_off(receiver: Receiver) -> None:
    receiver.answers = [b""]
    assert post(LOCAL, receiver.address) == Posted(DeliveryTrouble.UNREACHABLE)


def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(LOCAL, f"http://127.0.0.1:{port}/") == Posted(DeliveryTrouble.UNREACHABLE)


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'a' * 64}.example"])
def test_a_host_without_address(host: str) -> None:
    assert post(LOCAL, f"https://{host}/") == Posted(DeliveryTrouble.UNRESOLVED)


UNSPECIFIED = "0.0.0.0"  # noqa: S104  # posted to, not listened on


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", UNSPECIFIED])
def test_nothing_goes_to_an_address_that_is_not_public(receiver: Receiver, host: str) -> None:
    """However the address got past registering: the name may have led elsewhere then."""
    assert post(Transport(), f"http://{host}:{receiver.port}/") == Posted(DeliveryTrouble.NOT_PUBLIC)
    assert receiver.requests == []


def test_trials_stay_on_the_machine() -> None:
    for host in ("10.0.0.1", "169.254.169.254", UNSPECIFIED):
        assert post(LOCAL, f"http://{host}/") == Posted(DeliveryTrouble.NOT_PUBLIC)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that nobody but who trusts it alone trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, secret


def test_https_needs_a_certificate_for_the_host(tmp_path: Path) -> None:
    chain, secret = certificate(tmp_path, "localhost")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(chain, secret)
    trusting = ssl.create_default_context(cafile=chain)
    with receiving(server_side) as receiver:
        by_name = receiver.address.replace("http://127.0.0.1", "https://localhost")
        by_number = receiver.address.replace("http:", "https:")
        assert post(LOCAL, by_name) == Posted(DeliveryTrouble.TLS)
        assert post(Transport(may_be_local=True, tls=trusting), by_number) == Posted(DeliveryTrouble.TLS)
        assert receiver.requests == []
        assert post(Transport(may_be_local=True, tls=trusting), by_name) == Posted(None, 200)
        (request,) = receiver.requests
        assert request.headers["Host"] == f"localhost:{receiver.port}"


# ------------------------------------------------------------------------------------------------- the server's thread


def test_the_server_sends_by_itself_once_a_stop_is_committed(
    world: World, instance: Instance, settings: Settings, receiver: Receiver, key_of: Callable[..., str]
) -> None:
    with TestClient(create_app(settings, _sending(instance)), base_url="http://suiyuan.example") as client:
        maker = Caller(client, key_of(world.maker))
        made = maker.post("/api/v1/webhooks", {"address": receiver.address})
        batch = world.register_batch()
        maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "渗漏"})
        arrived = receiver.arrived.wait(20)
    assert arrived
    (request,) = receiver.requests
    moment, _, given = request.headers[SIGNATURE_HEADER].removeprefix("t=").partition(",v1=")
    signed = hmac.new(made["secret"].encode(), f"{moment}.".encode() + request.body, "sha256").hexdigest()
    assert given == signed
    (done,) = deliveries(world)
    assert done.state is DeliveryState.DELIVERED, "the server ends what it began before it stops"


def _sending(instance: Instance) -> Instance:
    settings = instance.settings.model_copy(update={"webhook_sender": True})
    return Instance(settings, instance.database, instance.keyring, instance.resolver, instance.answers)


# ------------------------------------------------------------------------------------------------- the command


def test_the_commands_recall_and_deliver(
    world: World, instance: Instance, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    """By the machine's clock, which is later than the world's: the goods keep for twenty years."""
    environment = {"SUIYUAN_MASTER_KEY": bytes(range(32)).hex(), "SUIYUAN_WEBHOOK_MAY_BE_LOCAL": "true"}
    here = Installation(tmp_path, database_url, environment, is_in_process=True)
    world.clock.instant = SystemClock().now()
    register(world, receiver.address)
    batch = world.register_batch(world.fertiliser)
    assert "Delivered 0;" in here.say("webhook", "deliver")
    here.say("batch", "stop", str(batch.batch_id), "--as", world.maker.credit_code, "--reason", "渗漏")
    assert "Delivered 1; 0 to be tried again; 0 failed for good." in here.say("webhook", "deliver")
    (stop,) = open_stops(world, batch)
    lift = ("batch", "lift", str(batch.batch_id), str(stop.stop_id), "--as", world.maker.credit_code)
    here.say(*lift, "--reason", "查清")
    receiver.answers = [500]
    assert "Delivered 0; 1 to be tried again;" in here.say("webhook", "deliver")
    kinds = [json.loads(request.body)["kind"] for request in receiver.requests]
    assert kinds == ["batch_stopped", "stop_lifted"]


def open_stops(world: World, batch: Batch) -> list[Stop]:
    with world.database.read() as connection:
        return batches.open_stops(connection, batch.batch_id)
