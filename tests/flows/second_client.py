"""Another mail program at the same account: it changes things at random, and can say what there is."""

from __future__ import annotations

import imaplib
import random
import re
from types import TracebackType
from typing import Self

from tests.flows.replay import Contents
from tests.live.dovecot import Dovecot

_FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Forwarded", "todo")
_LISTED = re.compile(rb'\((?P<attributes>[^)]*)\) "[^"]*" "?(?P<name>[^"]*)"?$')
_UID = re.compile(rb"UID (\d+)")
_EXISTENCE = re.compile(r"NONEXISTENT|ALREADYEXISTS|doesn't exist|already exists", re.IGNORECASE)
_GHOST = re.compile(r"doesn't exist: (folder\d+)")
_ATTEMPTS = 20
# Deep folders cost time and show nothing new.
_MOST_FOLDERS = 6


class Refused(AssertionError):
    """The server answered NO or BAD."""

    @property
    def contradicts_the_list(self) -> bool:
        """The list and the folders disagree: Dovecot's index of folders can miss what other sessions do to them."""
        return bool(_EXISTENCE.search(str(self)))

    @property
    def ghost(self) -> str | None:
        """The folder that the list names, perhaps for ever, and that is not there."""
        found = _GHOST.search(str(self))
        return found[1] if found else None


class SecondClient:
    """A blocking session of its own, past the proxy; `chance` decides what it does, `done` names what it did.

    Unless `changes_folders`, folders are neither made nor renamed nor deleted. `ghosts` are folders of which the server
    says two things: nobody can tell what they hold, so they are left alone and not judged by.
    """

    def __init__(self, dovecot: Dovecot, user: str, chance: random.Random, *, changes_folders: bool = True) -> None:
        self._changes_folders = changes_folders
        self._chance = chance
        self._made = 0
        self._folders_made = 0
        self._account = (dovecot, user)
        self._session = self._sign_in()
        self.done: list[str] = []
        self.refused = 0
        self.ghosts: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Sign out; a session that has ended is only closed."""
        try:
            self._session.logout()
        except imaplib.IMAP4.abort:
            self._session.shutdown()

    def act(self) -> None:
        """Do one thing."""
        acts = {
            self._append: 6,
            self._flag: 6,
            self._unflag: 3,
            self._copy: 2,
            self._move: 3,
            self._expunge: 3,
            self._create: 1,
            self._rename: 1,
            self._delete: 1,
        }
        if not self._changes_folders:
            acts = {act: weight for act, weight in acts.items() if weight > 1}
        act = self._chance.choices(list(acts), list(acts.values()))[0]
        self.done.append(act.__name__)
        try:
            act()
        except imaplib.IMAP4.abort:
            # Dovecot says good-bye to a session whose folder changed too much under it.
            self._sign_in_again()
        except Refused as refused:
            self._forgive(refused)

    def contents(self) -> Contents:
        """What every folder holds now; empty folders are left out."""
        return {folder: messages for folder, messages in self.folders().items() if messages}

    def folders(self) -> Contents:
        """What every folder holds now, empty ones too, as the server tells a new session.

        A session that was there while others changed folders may go on without some of them: Dovecot then logs that its
        index of folders is corrupted.
        """
        for _ in range(_ATTEMPTS):
            self._sign_in_again()
            try:
                return {folder: self._messages(folder) for folder in self._folders()}
            except imaplib.IMAP4.abort:
                continue
            except Refused as refused:
                self._forgive(refused)
        raise AssertionError(f"no session lasted long enough to read everything, in {_ATTEMPTS} attempts")

    def _forgive(self, refused: Refused) -> None:
        """What it wanted did not happen. Were that the rule, nothing would be proved."""
        if not refused.contradicts_the_list:
            raise refused
        if refused.ghost is not None:
            self.ghosts.add(refused.ghost)
        self.refused += 1
        assert self.refused <= 10 + len(self.done) // 100 + len(self.ghosts), self.done[-20:]
        assert len(self.ghosts) <= 5 + self._folders_made // 4, self.ghosts

    # What it does

    def _append(self) -> None:
        self._made += 1
        message = f"From: a@example.test\r\nSubject: message {self._made}\r\n\r\nhello {self._made}\r\n".encode()
        for _ in range(self._chance.choice((1, 1, 1, 5))):
            self._ok(self._session.append(self._some_folder(), self._some_flags(), "", message))

    def _flag(self) -> None:
        self._store("+FLAGS")

    def _unflag(self) -> None:
        self._store("-FLAGS")

    def _store(self, how: str) -> None:
        uids = self._open_some()
        if uids:
            self._ok(self._session.uid("STORE", uids, how, self._some_flags() or "(\\Seen)"))

    def _copy(self) -> None:
        target = self._some_folder()
        uids = self._open_some()
        if uids:
            self._ok(self._session.uid("COPY", uids, target))

    def _move(self) -> None:
        target = self._some_folder()
        uids = self._open_some(but=target)
        if uids:
            self._ok(self._session.uid("MOVE", uids, target))

    def _expunge(self) -> None:
        uids = self._open_some()
        if uids:
            self._ok(self._session.uid("STORE", uids, "+FLAGS", "(\\Deleted)"))
            self._ok(self._session.uid("EXPUNGE", uids))

    def _create(self) -> None:
        if len(self._own_folders()) < _MOST_FOLDERS:
            self._ok(self._session.create(self._fresh_name()))
            self._folders_made += 1

    def _rename(self) -> None:
        own = self._own_folders()
        if own:
            self._leave()
            self._ok(self._session.rename(self._chance.choice(own), self._fresh_name()))

    def _delete(self) -> None:
        own = self._own_folders()
        if own:
            self._leave()
            self._ok(self._session.delete(self._chance.choice(own)))

    # How

    def _sign_in(self) -> imaplib.IMAP4:
        dovecot, user = self._account
        session = imaplib.IMAP4(dovecot.host, dovecot.port)
        session.login(user, dovecot.password)
        return session

    def _sign_in_again(self) -> None:
        self._session.shutdown()
        self._session = self._sign_in()

    def _fresh_name(self) -> str:
        """A name is never used twice: what came back under an old name would be numbered anew, and silent."""
        self._made += 1
        return f"folder{self._made}"

    def _own_folders(self) -> list[str]:
        return [name for name in self._folders() if name.startswith("folder")]

    def _some_folder(self) -> str:
        return self._chance.choice(["INBOX", "INBOX", *self._folders()])

    def _some_flags(self) -> str:
        flags = self._chance.sample(_FLAGS, self._chance.choice((0, 1, 1, 2)))
        return f"({' '.join(flags)})" if flags else ""

    def _open_some(self, but: str = "") -> str:
        """Open a folder and choose some of its messages; '' when there are none."""
        folder = self._some_folder()
        uids = list(self._messages(folder, read_only=False)) if folder != but else []
        count = min(len(uids), self._chance.choice((1, 1, 2, 10)))
        return ",".join(str(uid) for uid in sorted(self._chance.sample(uids, count)))

    def _folders(self) -> list[str]:
        _, lines = self._session.list()
        found = [_LISTED.search(line) for line in lines if isinstance(line, bytes)]
        names = [each["name"].decode() for each in found if each and b"oselect" not in each["attributes"]]
        return [name for name in names if name not in self.ghosts]

    def _messages(self, folder: str, *, read_only: bool = True) -> dict[int, frozenset[str]]:
        self._ok(self._session.select(folder, readonly=read_only))
        _, lines = self._session.uid("FETCH", "1:*", "(FLAGS)")
        found: dict[int, frozenset[str]] = {}
        for line in lines:
            uid = _UID.search(line) if isinstance(line, bytes) else None
            if uid is not None:
                flags = {each.decode() for each in imaplib.ParseFlags(line)} - {"\\Recent"}
                found[int(uid[1])] = frozenset(flags)
        return found

    def _leave(self) -> None:
        if self._session.state == "SELECTED":
            self._ok(self._session.unselect())

    @staticmethod
    def _ok(answer: tuple[str, object]) -> None:
        if answer[0] != "OK":
            raise Refused(answer)
