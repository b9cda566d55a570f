"""Bodies under all kinds of charsets."""

from __future__ import annotations

from random import Random

from webencodings.labels import LABELS

from tests.mail.mime.kinds.making import WESTERN, Kind, Mail, encoded, lines, mail, wire
from tests.mail.mime.test_charsets import NO_CHARSETS, SAMPLES


def _declared(random: Random, label: str, text: str, codec: str) -> Mail:
    body, encoding = encoded(random, wire(text + " ok\n", codec))
    return Mail(mail(body, f'text/plain; charset="{label}"', encoding), plain=text + " ok\n")


def a_charset_by_its_usual_name(random: Random) -> Mail:
    label, codec, text = random.choice(
        (
            ("utf-8", "utf-8", "Grüße 明天 😀"),
            ("ISO-8859-1", "latin-1", "Grüße"),
            ("iso-8859-2", "iso8859_2", "žluťoučký"),
            ("iso-8859-15", "iso8859_15", "5 €"),
            ("windows-1251", "cp1251", "Привет"),
            ("windows-1252", "cp1252", "Grüße – €"),
            ("koi8-r", "koi8_r", "Привет"),
            ("koi8-u", "koi8_u", "Привіт"),
            ("gb2312", "gb2312", "明天"),
            ("gb18030", "gb18030", "明天㐀"),
            ("big5", "big5", "明天"),
            ("euc-kr", "euc_kr", "안녕"),
            ("shift_jis", "shift_jis", "明日カナ"),
            ("euc-jp", "euc_jp", "明日カナ"),
            ("iso-2022-jp", "iso2022_jp", "明日カナ"),
        )
    )
    return _declared(random, label, text, codec)


def a_label_of_the_encoding_standard(random: Random) -> Mail:
    label = random.choice(
        sorted(label for label, name in LABELS.items() if name not in NO_CHARSETS | {"utf-16le", "utf-16be"})
    )
    text, codec = SAMPLES[LABELS[label]]
    return _declared(random, label, text.strip(), codec)


def a_label_for_its_bigger_brother(random: Random) -> Mail:
    label, codec, text = random.choice(
        (
            ("iso-8859-1", "cp1252", "5 € – “sure”"),
            ("us-ascii", "cp1252", "5 € – “sure”"),
            ("gb2312", "gbk", "繁體 明天"),
            ("euc-kr", "cp949", "똠방각하"),
            ("shift_jis", "cp932", "①㈱髙"),
            ("iso-8859-9", "cp1254", "5 € ığş"),
        )
    )
    return _declared(random, label, text, codec)


def japanese_by_windows(random: Random) -> Mail:
    pieces = random.choices(
        ((b"\x1b$BL@F|\x1b(B", "明日"), (b"\x1b(I6E\x1b(B", "ｶﾅ"), (b"\x1b$B-!-j\x1b(B", "①㈱"), (b" ok ", " ok ")), k=4
    )
    body = b"".join(octets for octets, _ in pieces) + b"\x1b(I6E\x1b(B\r\n"
    text = "".join(text for _, text in pieces) + "ｶﾅ\n"
    return Mail(mail(body, f"text/plain; charset={random.choice(('iso-2022-jp', 'ISO-2022-JP'))}", "7bit"), plain=text)


def a_label_of_mail_programs(random: Random) -> Mail:
    label, codec, text = random.choice(
        (
            ("x-windows-949", "cp949", "안녕"),
            ("ks_c_5601", "cp949", "안녕"),
            ("cp1251", "cp1251", "Привет"),
            ("win-1251", "cp1251", "Привет"),
            ("windows1252", "cp1252", "Grüße"),
            ("cp850", "cp850", "Grüße"),
            ("cp437", "cp437", "Grüße"),
            ("x-mac-ce", "mac_latin2", "žluť"),
            ("x-mac-greek", "mac_greek", "Γειά"),
            ("hz-gb-2312", "hz", "明天"),
            ("iso-2022-kr", "iso2022_kr", "안녕"),
            ("unicode-1-1-utf-7", "utf-7", "Grüße"),
            ("utf-7", "utf-7", "Grüße"),
            ("cp50220", "iso2022_jp", "明日"),
            ("cp65001", "utf-8", "明天"),
        )
    )
    return _declared(random, label, text, codec)


def one_wrong_octet_in_utf_8(random: Random) -> Mail:
    text = lines(random)
    at = random.randrange(len(text))
    body = wire(text[:at]) + b"\xe9" + wire(text[at:])
    # Before a line's end or ASCII it is a beginning without an end; so is it before another beginning.
    return Mail(mail(body), plain=text[:at] + "\ufffd" + text[at:])


def utf_8_that_is_none(random: Random) -> Mail:
    text = lines(random, WESTERN)
    return Mail(mail(wire(text, "cp1252")), plain=text)


def undeclared_utf_8(random: Random) -> Mail:
    text = lines(random)
    content_type = random.choice(
        (None, "text/plain", "text/plain; charset=us-ascii", "text/plain; charset=unknown-8bit")
    )
    return Mail(mail(wire(text), content_type), plain=text)


def undeclared_windows_1252(random: Random) -> Mail:
    text = lines(random, WESTERN)
    content_type = random.choice(
        (None, "text/plain", "text/plain; charset=us-ascii", "text/plain; charset=unknown-8bit")
    )
    return Mail(mail(wire(text, "cp1252"), content_type), plain=text)


def html_with_its_own_charset(random: Random) -> Mail:
    label, codec, text = random.choice(
        (("windows-1251", "cp1251", "Привет"), ("gb2312", "gbk", "明天"), ("iso-8859-2", "iso8859_2", "žluť"))
    )
    head = random.choice(
        (
            f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={label}"></head>',
            f"<html><head><META CHARSET='{label}'></head>",
            f'<?xml version="1.0" encoding="{label}"?><html>',
        )
    )
    html = f"{head}<p>{text}</p></html>\n"
    content_type = random.choice(("text/html", "text/html; charset=us-ascii"))
    return Mail(mail(wire(html, codec), content_type), html=html)


def html_of_which_the_header_knows_better(random: Random) -> Mail:
    html = "<html><head><meta charset='windows-1251'></head><p>Grüße 明天</p></html>\n"
    body, encoding = encoded(random, wire(html))
    return Mail(mail(body, "text/html; charset=utf-8", encoding), html=html)


def a_byte_order_mark(random: Random) -> Mail:
    text = lines(random)
    content_type = random.choice(("text/plain", "text/plain; charset=utf-8", "text/plain; charset=iso-8859-1"))
    return Mail(mail(b"\xef\xbb\xbf" + wire(text), content_type), plain=text)


KINDS: tuple[Kind, ...] = (
    a_charset_by_its_usual_name,
    a_label_of_the_encoding_standard,
    a_label_for_its_bigger_brother,
    japanese_by_windows,
    a_label_of_mail_programs,
    one_wrong_octet_in_utf_8,
    utf_8_that_is_none,
    undeclared_utf_8,
    undeclared_windows_1252,
    html_with_its_own_charset,
    html_of_which_the_header_knows_better,
    a_byte_order_mark,
)
