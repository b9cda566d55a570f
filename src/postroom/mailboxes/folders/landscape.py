"""What the server has before a folder is changed: its folders by path, and where new ones go."""

from __future__ import annotations

from collections.abc import Collection

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.namespace import NamespaceCommand
from postroom.imap.names import normalise_inbox
from postroom.imap.responses import ListData, NamespaceData
from postroom.mail.folder import folders_by_path
from postroom.mail.roles import roles_of
from postroom.mailboxes.failures import FolderNotFound, ServerRefused
from postroom.mailboxes.folders.naming import NameSpace
from postroom.mailboxes.places import is_role
from postroom.mailboxes.visit import MailVisit

__all__ = ["Landscape", "read_landscape"]


@dataclass(frozen=True, slots=True)
class Landscape:
    """The listed folders by path, their roles by path, and the namespace of the caller's own folders."""

    folders: dict[str, ListData]
    roles: dict[str, str]
    space: NameSpace

    def path_of(self, path: str) -> str:
        r"""Return the path of a listed folder; `path` may be a role (`\Sent`). Raises FolderNotFound."""
        if is_role(path):
            found = next((at for at, role in self.roles.items() if role.lower() == path.lower()), None)
        else:
            found = normalise_inbox(path)
        if found is None or found not in self.folders:
            raise FolderNotFound(path)
        return found

    def delimiter_of(self, path: str) -> str | None:
        """Return the delimiter of a listed folder; namespaces may have different ones."""
        return self.folders[path].delimiter


async def read_landscape(visit: MailVisit, known: Collection[str]) -> Landscape:
    """Ask the server for its folders and namespaces. `known` are the stored paths. Raises what `MailVisit.run` does."""
    listing = await visit.perform(list_mailboxes(visit.capabilities))
    folders = folders_by_path(listing.mailboxes, known)
    roles = {path: role.name for path, role in roles_of(folders, visit.lent.settings.chosen_roles).items()}
    return Landscape(folders, roles, _space(await _namespaces(visit), folders))


async def _namespaces(visit: MailVisit) -> NamespaceData | None:
    if not supports(visit.capabilities, "NAMESPACE"):
        return None
    try:
        return await visit.run(NamespaceCommand())
    except ServerRefused:
        # Without an answer, new folders go to the top, as on a server without namespaces.
        return None


def _space(told: NamespaceData | None, folders: dict[str, ListData]) -> NameSpace:
    inbox = folders.get("INBOX")
    others = (each.delimiter for each in folders.values())
    listed = inbox.delimiter if inbox is not None else next(others, None)
    if told is None:
        return NameSpace("", listed)
    elsewhere = tuple(each.prefix for each in (*told.personal[1:], *told.other, *told.shared) if each.prefix)
    if not told.personal:
        return NameSpace("", listed, elsewhere)
    return NameSpace(told.personal[0].prefix, told.personal[0].delimiter or listed, elsewhere)
