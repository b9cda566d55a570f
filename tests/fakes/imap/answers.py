"""A good server's answers: connection, login and mailbox commands (RFC 3501, 2177, 2342, 2971)."""

from __future__ import annotations

import base64
import binascii
import fnmatch

from tests.fakes.imap.command import Command
from tests.fakes.imap.mailstore import Mailbox, new_mailbox
from tests.fakes.imap.messages import MESSAGE_ANSWERS, append
from tests.fakes.imap.moves import MOVE_ANSWERS
from tests.fakes.imap.multisearch import MULTISEARCH_ANSWERS
from tests.fakes.imap.own_ids import mailbox_id
from tests.fakes.imap.session import Handler, Session


async def capability(session: Session, command: Command) -> None:
    """CAPABILITY."""
    world = session.world
    names = world.capabilities if session.user is None else world.capabilities_after_login
    await session.line(f"* CAPABILITY {' '.join(names)}")
    await session.tagged(command)


async def noop(session: Session, command: Command) -> None:
    """NOOP, CHECK, SUBSCRIBE and others that only need an OK."""
    await session.tagged(command)


async def logout(session: Session, command: Command) -> None:
    """LOGOUT."""
    session.world.statistics.record("logout", session.number, session.user or "")
    await session.line("* BYE Logging out")
    await session.tagged(command)
    session.close()


async def starttls(session: Session, command: Command) -> None:
    """STARTTLS."""
    if session.world.starttls_context is None or session.encrypted:
        await session.tagged(command, "BAD", "TLS is not available here")
        return
    await session.tagged(command, "OK", "Begin TLS now")
    await session.start_tls()


async def identify(session: Session, command: Command) -> None:
    """ID."""
    pairs = " ".join(f'"{key}" "{value}"' for key, value in session.world.server_id.items())
    await session.line(f"* ID ({pairs})" if pairs else "* ID NIL")
    await session.tagged(command)


async def login(session: Session, command: Command) -> None:
    """LOGIN."""
    await finish_login(session, command, command.text(0), command.text(1))


async def authenticate(session: Session, command: Command) -> None:
    """AUTHENTICATE PLAIN (RFC 4616), XOAUTH2 and OAUTHBEARER (RFC 7628), with or without an initial response."""
    mechanism = command.text(0).upper()
    if f"AUTH={mechanism}" not in session.world.capabilities:
        await session.tagged(command, "NO", "[CANNOT] This mechanism is not offered")
        return
    initial = command.text(1)
    if not initial:
        await session.line("+ ")
        initial = (await session.read_line()).strip().decode(errors="replace")
    try:
        response = base64.b64decode(initial.encode(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        await session.tagged(command, "BAD", "That is not base64" if initial != "*" else "Cancelled")
        return
    user, secret = _plain_credentials(response) if mechanism == "PLAIN" else _bearer_credentials(response)
    if mechanism != "PLAIN" and not session.world.accepts(user, secret):
        await session.line("+ " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
        await session.read_line()
    await finish_login(session, command, user, secret)


def _plain_credentials(response: str) -> tuple[str, str]:
    _, user, password = response.split("\0", 2)
    return user, password


def _bearer_credentials(response: str) -> tuple[str, str]:
    fields = [part for part in response.split("\x01") if part]
    user = fields[0].removeprefix("user=").removeprefix("n,a=").rstrip(",")
    token = next((part for part in fields if part.startswith("auth=Bearer ")), "auth=Bearer ")
    return user, token.removeprefix("auth=Bearer ")


async def finish_login(session: Session, command: Command, user: str, secret: str) -> None:
    """Accept or refuse, and count it."""
    if not session.world.accepts(user, secret):
        session.world.statistics.record("refused", session.number, user)
        await session.tagged(command, "NO", "[AUTHENTICATIONFAILED] Invalid credentials")
        return
    await accept_login(session, command, user)


async def accept_login(session: Session, command: Command, user: str) -> None:
    """Log the user in whatever the password was."""
    session.user = user
    session.world.statistics.record("login", session.number, user)
    capabilities = " ".join(session.world.capabilities_after_login)
    await session.tagged(command, "OK", f"[CAPABILITY {capabilities}] Logged in")


async def namespace(session: Session, command: Command) -> None:
    """NAMESPACE."""
    await session.line('* NAMESPACE (("" "/")) NIL NIL')
    await session.tagged(command)


async def list_mailboxes(session: Session, command: Command) -> None:
    """LIST and LSUB; options of the extended LIST are accepted and have no effect."""
    names = [argument for argument in command.arguments if not isinstance(argument, list)]
    pattern = str(names[1]) if len(names) > 1 else "*"
    if not pattern:
        await session.line(f'* {command.name} (\\Noselect) "/" ""')
    for mailbox in _mailboxes(session).values():
        if fnmatch.fnmatchcase(mailbox.name, pattern.replace("%", "*")):
            await session.line(f'* {command.name} ({" ".join(mailbox.attributes)}) "/" {_quoted(mailbox.name)}')
    await session.tagged(command)


async def select(session: Session, command: Command) -> None:
    """SELECT and EXAMINE."""
    mailbox = _find(session, command.text(0))
    if mailbox is None:
        session.selected = None
        await session.tagged(command, "NO", "[NONEXISTENT] No such mailbox")
        return
    session.selected = mailbox
    await session.line("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
    if "OBJECTID" in session.world.capabilities_after_login:
        await session.line(f"* OK [MAILBOXID ({mailbox_id(mailbox)})] Ok")
    await session.line("* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags kept")
    await session.line(f"* {len(mailbox.messages)} EXISTS")
    await session.line("* 0 RECENT")
    await session.line(f"* OK [UIDVALIDITY {mailbox.uid_validity}] UIDs are valid")
    await session.line(f"* OK [UIDNEXT {mailbox.uid_next}] The next UID")
    await session.tagged(command, "OK", "[READ-ONLY] Open" if command.name == "EXAMINE" else "[READ-WRITE] Open")


async def unselect(session: Session, command: Command) -> None:
    """CLOSE and UNSELECT."""
    session.selected = None
    await session.tagged(command)


async def status(session: Session, command: Command) -> None:
    """STATUS."""
    mailbox = _find(session, command.text(0))
    if mailbox is None:
        await session.tagged(command, "NO", "[NONEXISTENT] No such mailbox")
        return
    values = {
        "MESSAGES": len(mailbox.messages),
        "RECENT": 0,
        "UIDNEXT": mailbox.uid_next,
        "UIDVALIDITY": mailbox.uid_validity,
        "UNSEEN": sum("\\Seen" not in message.flags for message in mailbox.messages),
        "SIZE": sum(len(message.content) for message in mailbox.messages),
        "MAILBOXID": f"({mailbox_id(mailbox)})",
    }
    asked = command.arguments[1] if len(command.arguments) > 1 else []
    items = [str(item).upper() for item in asked if str(item).upper() in values]
    pairs = " ".join(f"{item} {values[item]}" for item in items)
    await session.line(f"* STATUS {_quoted(mailbox.name)} ({pairs})")
    await session.tagged(command)


async def create(session: Session, command: Command) -> None:
    """CREATE."""
    name = command.text(0)
    if _find(session, name) is not None:
        await session.tagged(command, "NO", "[ALREADYEXISTS] The mailbox exists")
        return
    _mailboxes(session)[name] = new_mailbox(name)
    await session.tagged(command)


async def rename(session: Session, command: Command) -> None:
    """RENAME, of one mailbox without its children."""
    mailbox = _mailboxes(session).pop(command.text(0), None)
    if mailbox is None:
        await session.tagged(command, "NO", "[NONEXISTENT] No such mailbox")
        return
    mailbox.name = command.text(1)
    _mailboxes(session)[mailbox.name] = mailbox
    await session.tagged(command)


async def delete(session: Session, command: Command) -> None:
    """DELETE."""
    removed = _mailboxes(session).pop(command.text(0), None)
    if removed is None:
        await session.tagged(command, "NO", "[NONEXISTENT] No such mailbox")
        return
    await session.tagged(command)


async def idle(session: Session, command: Command) -> None:
    """IDLE: news is sent at once until DONE."""
    await session.line("+ idling")
    await session.flush_news()
    session.idling = True
    try:
        line = await session.read_line()
    finally:
        session.idling = False
    if line.strip().upper() == b"DONE":
        await session.tagged(command)
    else:
        await session.tagged(command, "BAD", "DONE was expected")


async def enable(session: Session, command: Command) -> None:
    """ENABLE, which here enables nothing."""
    await session.line("* ENABLED")
    await session.tagged(command)


def _mailboxes(session: Session) -> dict[str, Mailbox]:
    assert session.user is not None
    return session.world.mailboxes(session.user)


def _find(session: Session, name: str) -> Mailbox | None:
    return _mailboxes(session).get("INBOX" if name.upper() == "INBOX" else name)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _logged_in(handler: Handler) -> Handler:
    async def guarded(session: Session, command: Command) -> None:
        if session.user is None:
            await session.tagged(command, "BAD", "Log in first")
            return
        await handler(session, command)

    return guarded


_ANY_STATE: dict[str, Handler] = {
    "CAPABILITY": capability,
    "NOOP": noop,
    "LOGOUT": logout,
    "STARTTLS": starttls,
    "ID": identify,
    "LOGIN": login,
    "AUTHENTICATE": authenticate,
}
_AFTER_LOGIN: dict[str, Handler] = {
    "NAMESPACE": namespace,
    "LIST": list_mailboxes,
    "LSUB": list_mailboxes,
    "SELECT": select,
    "EXAMINE": select,
    "CLOSE": unselect,
    "UNSELECT": unselect,
    "STATUS": status,
    "CREATE": create,
    "RENAME": rename,
    "DELETE": delete,
    "SUBSCRIBE": noop,
    "UNSUBSCRIBE": noop,
    "CHECK": noop,
    "IDLE": idle,
    "ENABLE": enable,
    "APPEND": append,
    **MESSAGE_ANSWERS,
    **MOVE_ANSWERS,
    **MULTISEARCH_ANSWERS,
}

USUAL_ANSWERS: dict[str, Handler] = {
    **_ANY_STATE,
    **{name: _logged_in(handler) for name, handler in _AFTER_LOGIN.items()},
}
