"""Encryption at rest: AES-256-GCM with keys derived from the operator's secrets; each value is bound to its context."""

from __future__ import annotations

import base64
import os
import secrets as random
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from postroom.errors import Permanent
from postroom.storage.files import private_folder, sync

KEY_FILE = "secret.key"
_FORMAT = "v1"
_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_CANARY = "postroom"


class WrongKey(Permanent):
    """The database was written with another secret; nothing was changed."""

    code = "WrongKey"


class SecretUnreadable(WrongKey):
    """The sealed value of `owner` ("the account 'a'") cannot be opened: its key is missing, or it was altered."""

    code = "SecretUnreadable"

    def __init__(self, owner: str, cause: WrongKey) -> None:
        super().__init__(f"The stored secrets of {owner} cannot be opened. {cause.message}")
        self.owner = owner


class SecretBox:
    """Encrypts with the first secret and decrypts with any of them.

    A sealed value is `v1.<key id>.<base64url(nonce + ciphertext)>`. The key id tells which secret sealed it, so a
    secret can be replaced while older values stay readable. To rotate, put the new secret first and keep the old one.
    """

    def __init__(self, secrets: tuple[str, ...]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("at least one secret is needed, and none may be empty")
        self._keys = dict(_derive(secret) for secret in reversed(secrets))
        self._newest = _derive(secrets[0])[0]

    def seal(self, plaintext: str, context: str) -> str:
        """Encrypt `plaintext`. It can be opened only with the same `context`, such as an account id."""
        nonce = os.urandom(_NONCE_LENGTH)
        sealed = nonce + self._keys[self._newest].encrypt(nonce, plaintext.encode(), context.encode())
        return f"{self.current_prefix}{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        """Decrypt a sealed value. Raises WrongKey when the key is unknown or the value has another context."""
        return self._opened(*_parse(sealed), context).decode()

    def _opened(self, form: str, key_id: str, raw: bytes, context: str) -> bytes:
        key = self._keys.get(key_id)
        if form != _FORMAT:
            raise WrongKey("A stored secret is damaged: it is not in the form Postroom writes.")
        if key is None:
            raise WrongKey(
                f"A stored secret was encrypted under key {key_id}, which is not among the secrets given. "
                "Set POSTROOM_SECRET to the secret used before, or add it to POSTROOM_PREVIOUS_SECRETS."
            )
        try:
            return key.decrypt(raw[:_NONCE_LENGTH], raw[_NONCE_LENGTH:], context.encode())
        except InvalidTag as error:
            raise WrongKey("A stored secret does not belong where it was found, or it was altered.") from error

    def seal_octets(self, plain: bytes | memoryview, context: str) -> bytes:
        """Encrypt octets: the same as `seal`, without base64. The prefix names the key, so rotation reads it too."""
        nonce = os.urandom(_NONCE_LENGTH)
        sealed = self._keys[self._newest].encrypt(nonce, plain, context.encode())
        return self.current_prefix.encode() + nonce + sealed

    def open_octets(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal_octets` made. Raises WrongKey."""
        form, _, rest = bytes(sealed).partition(b".")
        key_id, _, raw = rest.partition(b".")
        if len(raw) < _NONCE_LENGTH + _TAG_LENGTH:
            raise WrongKey("A stored secret is damaged: it is too short.")
        return self._opened(form.decode("ascii", "replace"), key_id.decode("ascii", "replace"), raw, context)

    def open_for(self, owner: str, sealed: str, context: str) -> str:
        """Decrypt a sealed value of `owner`, whom the error names. Raises SecretUnreadable."""
        try:
            return self.open(sealed, context)
        except WrongKey as error:
            raise SecretUnreadable(owner, error) from error

    @property
    def current_prefix(self) -> str:
        """The prefix of every value sealed under the newest key."""
        return f"{_FORMAT}.{self._newest}."

    @property
    def older_prefixes(self) -> tuple[str, ...]:
        """The prefixes of the values sealed under the other keys of this box, all as long as `current_prefix`."""
        return tuple(f"{_FORMAT}.{key}." for key in self._keys if key != self._newest)

    def is_current(self, sealed: str) -> bool:
        """Say whether a value is sealed under the newest key, so that rotation need not touch it."""
        return sealed.startswith(self.current_prefix)

    def names_key(self, sealed: str) -> bool:
        """Say whether a value names one of this box's keys, even if it is damaged."""
        return any(sealed.startswith(f"{_FORMAT}.{key}.") for key in self._keys)

    def canary(self) -> str:
        """Return a sealed value that proves at the next start that the same secret is in use."""
        return self.seal(_CANARY, "canary")

    def check_canary(self, sealed: str) -> None:
        """Raise WrongKey unless this box can open the canary."""
        self.open(sealed, "canary")


def _derive(secret: str) -> tuple[str, AESGCM]:
    derived = HKDF(algorithm=hashes.SHA256(), length=36, salt=None, info=b"postroom secrets v1").derive(secret.encode())
    return derived[32:].hex(), AESGCM(derived[:32])


def _parse(sealed: str) -> tuple[str, str, bytes]:
    try:
        form, key_id, body = sealed.split(".")
        raw = base64.b64decode(body, altchars=b"-_", validate=True)
    except ValueError as error:
        raise WrongKey("A stored secret is damaged: it is not in the form Postroom writes.") from error
    if len(raw) < _NONCE_LENGTH + _TAG_LENGTH:
        raise WrongKey("A stored secret is damaged: it is too short.")
    return form, key_id, raw


def account_context(account: str) -> str:
    """Return the context under which the secrets of an account are sealed."""
    return f"account:{account}"


def read_key_file(data_dir: Path) -> str | None:
    """Return the secret in the key file, None when there is no such file. Raises WrongKey when it is empty."""
    path = data_dir / KEY_FILE
    try:
        secret = path.read_text().strip()
    except FileNotFoundError:
        return None
    if not secret:
        raise WrongKey(f"The key file {path} is empty. Restore it from a backup; without it secrets are lost.")
    return secret


def load_or_make_key_file(data_dir: Path) -> tuple[str, bool]:
    """Return the secret of the key file, and whether it was made just now (mode 0600, complete or not at all)."""
    secret = read_key_file(data_dir)
    if secret is not None:
        return secret, False
    private_folder(data_dir)
    made = random.token_urlsafe(32)
    draft = data_dir / f".{KEY_FILE}.{os.getpid()}.{random.token_hex(4)}"
    try:
        _write_durably(draft, made + "\n")
        # Unlike a rename, a link never replaces a file that another process made meanwhile.
        os.link(draft, data_dir / KEY_FILE)
    except FileExistsError:
        return load_or_make_key_file(data_dir)
    finally:
        draft.unlink(missing_ok=True)
    sync(data_dir)
    return made, True


def _write_durably(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
