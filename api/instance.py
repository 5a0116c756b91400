"""One running installation: its database, its key, and what is made of them. Opened once per process."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..trace.codes import label_keys
from ..trace.codes.keyring import Keyring
from ..trace.codes.master_key import load_master_key
from ..trace.codes.service import Resolver, bind_master_key, has_master_key
from ..trace.kernel.clock import Clock
from ..trace.store.database import Database
from ..trace.store.migrate import require_current, upgrade
from ..trace.verification.probing import Probes
from ..trace.verification.service import Answers
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Instance:
    settings: Settings
    database: Database
    keyring: Keyring
    resolver: Resolver
    answers: Answers
    probes: Probes = field(default_factory=Probes)

    def close(self) -> None:
        self.database.close()


def open_instance(settings: Settings, clock: Clock | None = None, *, may_upgrade: bool = True) -> Instance:
    """Opens the database, brings its schema up to date (unless `may_upgrade` is off), and ties it to the master key.

    The key is made only where this database was never bound to one. Raises UnsafeToRun `master_key.*`, `store.*`.
    """
    database = Database(settings.database_url, clock)
    try:
        if may_upgrade:
            upgrade(database)
        require_current(database)
        secret = settings.master_key.get_secret_value() if settings.master_key is not None else None
        keyring = Keyring(load_master_key(settings.master_key_file, secret, may_create=not has_master_key(database)))
        bind_master_key(database, keyring)
        database.write(lambda work: label_keys.current_key(work, keyring))
    except BaseException:
        database.close()
        raise
    resolver = Resolver(database, keyring)
    return Instance(settings, database, keyring, resolver, Answers(database, resolver))
