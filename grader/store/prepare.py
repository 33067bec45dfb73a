"""Making a store ready for work: tables, identity, keys, and what a crash left.

Knows the order; must not know what any part does.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from grader.store.arrivals import explain_leftovers
from grader.store.chain import lock_chain
from grader.store.engine import Store
from grader.store.keys import KeyRing, find_signing_key, open_cipher, rotate_signing_key
from grader.store.migrate import migrate
from grader.store.settings import PORTAL_ID, read_setting, write_setting


def prepare_store(store: Store, now: datetime) -> KeyRing:
    """Bring a store to where a portal can open on it; safe at every start. Return its signing keys."""
    migrate(store)
    with store.write() as db:
        lock_chain(db)  # another process may be starting too
        if read_setting(db, PORTAL_ID) is None:
            write_setting(db, PORTAL_ID, secrets.token_hex(8))
        key = find_signing_key(db)
    keys = KeyRing(store.folder)
    if key is None:
        rotate_signing_key(store, now)
    else:
        keys.private_key(key)  # a portal that cannot sign should not open
    open_cipher(store.folder)
    explain_leftovers(store, now)
    return keys
