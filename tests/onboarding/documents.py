"""Documents as providers publish them, and as nobody should."""

from __future__ import annotations

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.com">
    <domain>example.com</domain>
    <displayName>Example Mail</displayName>
    <displayShortName>Example</displayShortName>
    <incomingServer type="pop3">
      <hostname>pop.example.com</hostname><port>995</port><socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
    </incomingServer>
    <incomingServer type="imap">
      <hostname>imap.example.com</hostname><port>143</port><socketType>STARTTLS</socketType>
      <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
    </incomingServer>
    <incomingServer type="imap">
      <hostname>imap.example.com</hostname><port>993</port><socketType>SSL</socketType>
      <authentication>OAuth2</authentication><authentication>password-cleartext</authentication>
      <username>%EMAILLOCALPART%</username>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>smtp.%EMAILDOMAIN%</hostname><port>587</port><socketType>STARTTLS</socketType>
      <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
    </outgoingServer>
    <documentation url="https://example.com/help"><descr lang="en">Help &amp; more</descr></documentation>
  </emailProvider>
</clientConfig>
"""


def config(imap: str = "imap.example.com", smtp: str = "smtp.example.com") -> bytes:
    """A document that names these hosts; no server of a kind whose host is empty."""
    text = CONFIG.replace("imap.example.com", imap or "-").replace("smtp.%EMAILDOMAIN%", smtp or "-")
    return text.encode()


LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>
<clientConfig><emailProvider><incomingServer type="imap"><hostname>&c;</hostname></incomingServer></emailProvider>
</clientConfig>"""
FILE = b"""<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>
<clientConfig><emailProvider><incomingServer type="imap"><hostname>&f;</hostname><port>993</port>
<socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>"""
