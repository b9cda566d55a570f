"""The second proof beside the password: a code of the authenticator app, or a recovery code; each is used once."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Final

from postroom.access.admins import store
from postroom.access.admins.model import OPERATOR, Admin
from postroom.access.admins.proof.codes import code_hash
from postroom.access.admins.proof.totp import step_of
from postroom.footprint.dataclass import dataclass
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection

__all__ = ["SecondProof", "sealed_secret", "second_proof", "use"]

_CONTEXT: Final = f"admin:{OPERATOR}"


@dataclass(frozen=True, slots=True)
class SecondProof:
    """The time step of a code, or the hash of a recovery code; neither when none is asked for."""

    step: int | None = None
    recovery: str | None = None


def sealed_secret(box: SecretBox, secret: str) -> str:
    """Return the secret of an authenticator app as it is stored."""
    return box.seal(secret, _CONTEXT)


def second_proof(box: SecretBox, known: Admin, code: str, now: int) -> SecondProof | None:
    """Return what a code proves, None when it proves nothing. Without an authenticator app none is asked for."""
    if known.sealed is None:
        return SecondProof()
    secret = box.open_for("the dashboard", known.sealed, _CONTEXT)
    step = step_of(secret, code, now, known.totp_step)
    if step is not None:
        return SecondProof(step=step)
    hashed = code_hash(code)
    found = [each for each in known.recovery if hmac.compare_digest(each, hashed)]
    return SecondProof(recovery=hashed) if found else None


def use(conn: Connection, version: int, second: SecondProof) -> bool:
    """Use up the second proof; say whether it was unused, and the password is still the same."""
    found = store.admin(conn, lock=True)
    if found.version != version:
        return False
    if second.step is not None:
        if found.totp_step is not None and second.step <= found.totp_step:
            return False
        store.put_admin(conn, replace(found, totp_step=second.step))
    elif second.recovery is not None:
        if second.recovery not in found.recovery:
            return False
        left = tuple(each for each in found.recovery if each != second.recovery)
        store.put_admin(conn, replace(found, recovery=left))
    elif found.sealed is not None:
        # The authenticator app was set up since the password was checked.
        return False
    return True
