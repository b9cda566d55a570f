"""A message that tries everything: scripts, forms, frames, pictures that tell on the reader, names that break lines."""

from __future__ import annotations

import base64
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP

MARK = "<img src=x onerror=alert(1)>"
SUBJECT = f"Hello {MARK} \u202egnp.exe"
LONG_NAME = "n" * 10_000 + ".pdf"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def hostile_html(listener: str) -> str:
    """HTML that asks for addresses at `listener` in every way, and tries to run and to break out."""
    return f"""<html><head><base href="{listener}/base/"><title>Owned</title>
<meta http-equiv="refresh" content="0;url={listener}/refresh">
<link rel="stylesheet" href="{listener}/style.css"><link rel="preload" as="image" href="{listener}/preload.png">
<style>@import url({listener}/import.css); body {{ background: url({listener}/head.png) }}</style></head>
<body background="{listener}/body.png" onload="alert(1)">
<script>alert(1); document.title = 'Owned'; fetch('{listener}/fetch'); parent.location = '{listener}/parent'</script>
<img src="{listener}/pixel.png" srcset="{listener}/srcset.png 2x" onerror="alert(2)">
<div style="background:url({listener}/css.png);position:fixed;inset:0">A cover</div>
<table background="{listener}/table.png"><tr><td>A table</td></tr></table>
<form action="{listener}/form" method="post"><input name="password" autofocus onfocus="alert(3)">
<button>Sign in</button></form>
<iframe src="{listener}/frame"></iframe><object data="{listener}/object"></object><embed src="{listener}/embed">
<video src="{listener}/video" poster="{listener}/poster.png" autoplay></video>
<audio src="{listener}/a" autoplay></audio>
<svg onload="alert(4)"><image href="{listener}/svg.png"/></svg><math><mtext><img src="{listener}/m.png"></mtext></math>
<a href="javascript:alert(5)">A script link</a> <a href="data:text/html,<script>alert(6)</script>">A data link</a>
<a href="{listener}/page" ping="{listener}/ping" target="_top">A plain link</a>
<img src="cid:pic" alt="A picture of the mail">
</body></html></iframe><script>alert(7); parent.document.title = 'Out'</script>"""


def hostile_message(listener: str) -> bytes:
    """The message, with text, HTML, a picture of its own, and files with hostile names."""
    texts = MIMEMultipart("alternative")
    texts.attach(MIMEText(f"Plain {MARK} \u202eturned round\nsecond line\n", "plain", "utf-8"))
    texts.attach(MIMEText(hostile_html(listener), "html", "utf-8"))
    related = MIMEMultipart("related")
    related.attach(texts)
    picture = MIMEImage(PIXEL, "png")
    picture.add_header("Content-ID", "<pic>")
    related.attach(picture)
    message = MIMEMultipart("mixed")
    message["From"] = f"=?utf-8?B?{_encoded(f'Eve {MARK}')}?= <eve@example.test>"
    message["To"] = "anna@example.test"
    message["Subject"] = f"=?utf-8?B?{_encoded(SUBJECT + chr(10) + 'X-Injected: yes')}?="
    message["Date"] = "Fri, 27 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = "<hostile@example.test>"
    message.attach(related)
    for name, kind in (
        ("<script>alert(1)</script>.html", "html"),
        ("a\u202egnp.exe", "octet-stream"),
        (LONG_NAME, "pdf"),
    ):
        file = MIMEApplication(b"<script>alert(8)</script>", kind)
        file.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        message.attach(file)
    page = MIMEText("<script>alert(9)</script>", "html", "utf-8")
    page.add_header("Content-Disposition", "attachment", filename="page.html")
    message.attach(page)
    return message.as_bytes(policy=SMTP.clone(max_line_length=0))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
