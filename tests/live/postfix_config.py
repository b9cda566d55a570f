"""The configuration files of the Postfix that the tests start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path("/usr/lib/postfix/sbin")
DOVECOT_DELIVERY = Path("/usr/lib/dovecot/dovecot-lda")

# Below the queue's folder: who owns each folder, and its mode. Postfix would make them itself only by a slow script.
QUEUE_FOLDERS = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved")
QUEUE_FOLDERS_OF_ALL = ("public", "maildrop", "trace")


@dataclass(frozen=True)
class PostfixLayout:
    """Where one server lives, where it asks for passwords, and the Dovecot that it delivers to."""

    folder: Path
    port: int
    tls_port: int
    auth_socket: Path
    dovecot_config: Path
    dovecot_user: str
    size_limit: int
    recipient_limit: int
    starttls: bool


def main_text(layout: PostfixLayout) -> str:
    """The whole main.cf."""
    return f"""
compatibility_level = 3.6
queue_directory = {layout.folder}/queue
data_directory = {layout.folder}/data
daemon_directory = {PROGRAMS}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {layout.folder}/postfix.log
maillog_file_prefixes = {layout.folder}
myhostname = mail.example.test
mydomain = example.test
myorigin = example.test
mydestination =
mynetworks =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
biff = no
append_dot_mydomain = no
smtputf8_enable = yes
message_size_limit = {layout.size_limit}
virtual_mailbox_limit = 0
smtpd_recipient_limit = {layout.recipient_limit}
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
default_process_limit = 20

smtpd_tls_cert_file = {layout.folder}/server.pem
smtpd_tls_key_file = {layout.folder}/server.key
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {layout.auth_socket}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
smtpd_reject_unlisted_recipient = yes

virtual_mailbox_domains = example.test
virtual_mailbox_maps = regexp:{layout.folder}/mailboxes
virtual_transport = mailbox
mailbox_destination_recipient_limit = 1
transport_maps = inline:{{ bounces.test=bounces: full.test=full: discard.test=discard: }}
default_transport = error:5.1.2 No such domain
minimal_backoff_time = 2s
maximal_backoff_time = 10s
queue_run_delay = 2s
"""


def master_text(layout: PostfixLayout) -> str:
    """The whole master.cf."""
    level = "may" if layout.starttls else "none"
    deliver = f"argv={DOVECOT_DELIVERY} -c {layout.dovecot_config} -e -f ${{sender}} -d ${{recipient}}"
    return f"""
127.0.0.1:{layout.port}     inet  n - n - - smtpd -o smtpd_tls_security_level={level}
127.0.0.1:{layout.tls_port} inet  n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup  unix       n - n - 0 cleanup
qmgr     unix       n - n 2 1 qmgr
tlsmgr   unix       - - n 1000? 1 tlsmgr
rewrite  unix       - - n - - trivial-rewrite
bounce   unix       - - n - 0 bounce
defer    unix       - - n - 0 bounce
trace    unix       - - n - 0 bounce
error    unix       - - n - - error
retry    unix       - - n - - error
discard  unix       - - n - - discard
anvil    unix       - - n - 1 anvil
proxymap unix       - - n - - proxymap
postlog  unix-dgram n - n - 1 postlogd
mailbox  unix       - n n - - pipe user={layout.dovecot_user} null_sender= {deliver}
bounces  unix       - n n - - pipe user={layout.dovecot_user} {_ends("5.1.1 No such user here", 67)}
full     unix       - n n - - pipe user={layout.dovecot_user} {_ends("4.2.2 The mailbox is full", 75)}
"""


def _ends(words: str, status: int) -> str:
    """A delivery that fails with these words and this status of sysexits.h."""
    return f"argv=/bin/sh -c {{cat >/dev/null; echo {words}; exit {status}}}"


def mailboxes_text() -> str:
    """Which addresses of example.test exist: all but those that begin with `missing`."""
    return "!/^missing/ there\n"
