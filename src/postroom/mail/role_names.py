r"""The names that mail programs and providers give to folders with a role, for servers without SPECIAL-USE. Data.

Names are compared without case. For each role an earlier name wins over a later one.
"""

from __future__ import annotations

from typing import Final

ROLE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "\\Sent": (
        *("sent", "sent items", "sent mail", "sent messages", "sent-mail", "sentmail", "outbox sent"),
        *("gesendet", "gesendete objekte", "gesendete elemente", "gesendete nachrichten", "gesendete"),
        *("envoyés", "éléments envoyés", "messages envoyés", "courrier envoyé", "objets envoyés", "envoyes"),
        *("enviados", "elementos enviados", "mensajes enviados", "correo enviado", "itens enviados"),
        *("mensagens enviadas", "posta inviata", "inviati", "posta inviata elementi", "inviata"),
        *("verzonden", "verzonden items", "verzonden berichten", "skickat", "skickade objekt", "sendt"),
        *("sendte elementer", "sendt post", "lähetetyt", "lähetetyt viestit", "saadetud", "saadetud kirjad"),
        *("wysłane", "elementy wysłane", "odeslané", "odeslaná pošta", "odoslané", "elküldött", "elküldött elemek"),
        *("trimise", "elemente trimise", "изпратени", "отправленные", "отправленные элементы", "исходящие"),
        *("надіслані", "відправлені", "poslano", "poslato", "išsiųsta", "nosūtītie", "gönderilmiş öğeler"),
        *("gönderilenler", "gönderilmiş postalar", "απεσταλμένα", "נשלחו", "דואר שנשלח", "المرسلة", "البريد المرسل"),
        *(
            "送信済み",
            "送信済みアイテム",
            "送信済みメール",
            "已发送",
            "已发送邮件",
            "已傳送",
            "寄件備份",
            "보낸편지함",
            "보낸 편지함",
        ),
        *("ส่งแล้ว", "đã gửi", "terkirim", "pesan terkirim"),
    ),
    "\\Drafts": (
        *("drafts", "draft", "entwürfe", "entwurf", "brouillons", "borradores", "rascunhos", "bozze"),
        *("concepten", "concept", "utkast", "kladder", "kladde", "luonnokset", "mustandid"),
        *("kopie robocze", "szkice", "koncepty", "rozepsané", "rozpísané", "piszkozatok", "ciorne"),
        *("чернови", "черновики", "чернетки", "skice", "nacrti", "juodraščiai", "melnraksti", "taslaklar"),
        *(
            "πρόχειρα",
            "טיוטות",
            "مسودات",
            "المسودات",
            "下書き",
            "草稿",
            "草稿箱",
            "草稿夹",
            "임시보관함",
            "임시 보관함",
        ),
        *("ร่างจดหมาย", "thư nháp", "draf", "konsep"),
    ),
    "\\Trash": (
        *("trash", "deleted", "deleted items", "deleted messages", "bin", "papierkorb", "gelöscht"),
        *("gelöschte objekte", "gelöschte elemente", "corbeille", "éléments supprimés", "messages supprimés"),
        *("papelera", "papelera de reciclaje", "elementos eliminados", "eliminados", "lixeira", "lixo", "cestino"),
        *("itens excluídos", "posta eliminata", "eliminati", "prullenbak", "verwijderd", "verwijderde items"),
        *("papperskorg", "papperskorgen", "borttaget", "borttagna objekt", "papirkurv", "slettet post"),
        *("slettede elementer", "slettet", "roskakori", "poistetut", "prügikast", "kosz", "elementy usunięte"),
        *("koš", "odstraněná pošta", "kôš", "odstránené", "lomtár", "kuka", "törölt elemek", "coș de gunoi", "coş"),
        *("elemente șterse", "кошче", "корзина", "удаленные", "удалённые", "кошик", "видалені", "koš za smeće"),
        *("smetnjak", "otpad", "šiukšlinė", "miskaste", "çöp kutusu", "çöp", "silinmiş öğeler", "κάδος", "απορρίμματα"),
        *("אשפה", "פריטים שנמחקו", "المهملات", "سلة المهملات", "ゴミ箱", "ごみ箱", "削除済みアイテム", "已删除"),
        *("已删除邮件", "垃圾箱", "刪除的郵件", "휴지통", "지운편지함", "ถังขยะ", "thùng rác", "sampah"),
    ),
    "\\Junk": (
        *("junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk mail", "bulk", "spamverdacht"),
        *("unerwünscht", "unerwünschte werbung", "courrier indésirable", "indésirables", "pourriel"),
        *("correo no deseado", "no deseado", "lixo eletrônico", "lixo eletrónico", "posta indesiderata"),
        *("ongewenste e-mail", "ongewenst", "skräppost", "søppelpost", "uønsket e-post", "uønsket mail"),
        *("roskaposti", "rämpspost", "wiadomości-śmieci", "wiadomości śmieci", "nevyžádaná pošta", "nevyžiadaná pošta"),
        *("levélszemét", "mesaje nedorite", "нежелана поща", "спам", "нежелательная почта", "небажана пошта"),
        *("neželjena pošta", "brukalas", "mēstules", "önemsiz", "istenmeyen", "ανεπιθύμητα", "דואר זבל", "ספאם"),
        *(
            "البريد غير الهام",
            "بريد مزعج",
            "迷惑メール",
            "垃圾邮件",
            "垃圾郵件",
            "广告邮件",
            "스팸메일함",
            "스팸",
            "จดหมายขยะ",
        ),
        *("thư rác",),
    ),
    "\\Archive": (
        *("archive", "archives", "archiv", "archivo", "arquivo", "archivio", "archief", "arkiv", "arkisto"),
        *("archiwum", "archív", "archívum", "arhivă", "архив", "архів", "arhiva", "arşiv", "αρχείο", "ארכיון"),
        *("アーカイブ", "存档", "归档", "封存", "보관함", "보관", "lưu trữ", "arsip"),
    ),
}
