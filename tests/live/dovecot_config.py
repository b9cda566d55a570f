"""The configuration file of the Dovecot that the tests start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.dovecot import DovecotOptions

CAPABILITIES = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS "
    "THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED "
    "I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE "
    "SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"
)


@dataclass(frozen=True)
class Layout:
    """Where one server lives and whom it runs as."""

    folder: Path
    user: str
    group: str
    uid: int
    gid: int
    port: int
    tls_port: int


def config_text(layout: Layout, options: DovecotOptions) -> str:
    """The whole dovecot.conf."""
    parts = [
        _process_settings(layout),
        _tls_settings(layout),
        _mail_settings(layout, options),
        _auth_settings(layout, options),
        _service_settings(layout, options),
    ]
    if options.imap_capability is not None:
        parts.append(f"imap_capability = {options.imap_capability}\n")
    return "\n".join([*parts, options.extra_config, ""])


def _process_settings(layout: Layout) -> str:
    # One unprivileged user plays all of Dovecot's roles, so that root and everybody else run the same set-up.
    return f"""
base_dir = {layout.folder}/run
state_dir = {layout.folder}/state
instance_name = postroom-tests-{layout.port}
log_path = {layout.folder}/dovecot.log
default_internal_user = {layout.user}
default_internal_group = {layout.group}
default_login_user = {layout.user}
protocols = imap
listen = 127.0.0.1
login_greeting = Dovecot of the Postroom tests is ready.
"""


def _tls_settings(layout: Layout) -> str:
    return f"""
ssl = yes
ssl_cert = <{layout.folder}/server.pem
ssl_key = <{layout.folder}/server.key
disable_plaintext_auth = no
"""


def _mail_settings(layout: Layout, options: DovecotOptions) -> str:
    place = "%h/Maildir" if options.mail_format == "maildir" else "%h/sdbox"
    return f"""
mail_home = {layout.folder}/mail/%u
mail_location = {options.mail_format}:{place}
mail_uid = {layout.uid}
mail_gid = {layout.gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mail_max_userip_connections = {options.mail_max_userip_connections}
mailbox_idle_check_interval = 5 secs
imap_hibernate_timeout = {options.imap_hibernate_timeout} secs
namespace inbox {{
  inbox = yes
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
}}
"""


def _auth_settings(layout: Layout, options: DovecotOptions) -> str:
    # A user with a password of its own is let in by the first block or denied by the second; only others reach the
    # third. `nodelay` spares the half second that Dovecot otherwise holds back every refusal.
    return f"""
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
auth_username_format =
passdb {{
  driver = static
  args = nodelay=yes password=%w
  result_success = continue-fail
}}
passdb {{
  driver = dict
  args = {layout.folder}/passwords.conf
}}
passdb {{
  driver = dict
  args = {layout.folder}/passwords.conf
  deny = yes
}}
passdb {{
  driver = static
  args = nodelay=yes password={options.password}
}}
userdb {{
  driver = static
  args = uid={layout.uid} gid={layout.gid} home={layout.folder}/mail/%u
}}
"""


def password_lookup_text(layout: Layout) -> str:
    """The configuration of the lookup of users' own passwords: one small JSON file each, read at every login."""
    return f"""
uri = fs:posix:prefix={layout.folder}/passwords/
key passdb {{
  key = %u
  format = json
}}
passdb_objects = passdb
"""


def _service_settings(layout: Layout, options: DovecotOptions) -> str:
    limit = options.connection_limit
    return f"""
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  process_limit = 4
  client_limit = {2 * limit}
  inet_listener imap {{
    port = {layout.port}
  }}
  inet_listener imaps {{
    port = {layout.tls_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = {limit}
  vsz_limit = 0
  # A woken connection comes back through this socket.
  unix_listener imap-master {{
    mode = 0600
  }}
}}
service imap-hibernate {{
  client_limit = {2 * limit}
  unix_listener imap-hibernate {{
    mode = 0600
  }}
}}
service auth {{
  client_limit = {3 * limit}
  # A mail server of the tests asks here.
  unix_listener auth-client {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
  client_limit = {3 * limit}
  # Without this socket no address is slowed down for wrong passwords.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
  client_limit = {3 * limit}
}}
service old-stats {{
  chroot =
}}
service ipc {{
  chroot =
}}
service director {{
  chroot =
}}
"""
