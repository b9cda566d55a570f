"""Reads the names and dates in a server's certificate. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import Words, take_in, take_in_all

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["Certificate", "read_certificate"]

_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Certificate:
    """`names` are the hosts it is valid for, `expires` the moment at which it expires (UTC)."""

    subject: Words
    issuer: Words
    names: tuple[Words, ...]
    expires: datetime


def read_certificate(der: bytes) -> Certificate | None:
    """Read a certificate in DER (RFC 5280); None when it cannot be read."""
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        return Certificate(
            take_in(_name(certificate.subject), longest=_LONGEST_NAME),
            take_in(_name(certificate.issuer), longest=_LONGEST_NAME),
            tuple(take_in_all(_names(certificate), longest=_LONGEST_NAME)),
            certificate.not_valid_after_utc,
        )
    except ValueError:
        return None


def _name(name: x509.Name) -> str:
    """The common name, or another name if there is none."""
    from cryptography.x509.oid import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    hosts = extension.value.get_values_for_type(x509.DNSName)
    return (*hosts, *map(str, extension.value.get_values_for_type(x509.IPAddress)))
