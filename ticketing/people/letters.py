"""The words of the desk's own mails, in the agent's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from ticketing.people.links import Link, Purpose
from ticketing.people.mails import Mail


@dataclass(frozen=True, slots=True)
class _Letter:
    subject: str
    text: str


# U+2068 and U+2069 isolate names, whose script may be another than the sentence's.
_LETTERS: Final[Mapping[tuple[Purpose, str], _Letter]] = {
    ("invitation", "ar"): _Letter(
        "دعوتك إلى مكتب الزبناء — {brand}",
        "مرحبا \u2068{name}\u2069،\n\n"
        "أنشأ مدير النظام حسابا لك في مكتب الزبناء «\u2068{brand}\u2069». "
        "افتح هذا الرابط لتختار كلمة مرورك وتبدأ العمل:\n\n{url}\n\n"
        "الرابط صالح لسبعة أيام ولمرة واحدة. إذا لم تكن تنتظر هذه الدعوة فتجاهل هذه الرسالة.",
    ),
    ("invitation", "fr"): _Letter(
        "Votre invitation au bureau des clients — {brand}",
        "Bonjour \u2068{name}\u2069,\n\n"
        "Un administrateur vous a ouvert un compte au bureau des clients de {brand}. "
        "Ouvrez ce lien pour choisir votre mot de passe et commencer :\n\n{url}\n\n"
        "Le lien est valable sept jours et une seule fois. Si vous n’attendiez pas cette invitation, "
        "ignorez ce message.",
    ),
    ("invitation", "en"): _Letter(
        "Your invitation to the customer desk — {brand}",
        "Hello \u2068{name}\u2069,\n\n"
        "An administrator opened an account for you at the customer desk of {brand}. "
        "Open this link to choose your password and begin:\n\n{url}\n\n"
        "The link is good for seven days and once only. If you did not expect this invitation, "
        "ignore this message.",
    ),
    ("reset", "ar"): _Letter(
        "كلمة مرور جديدة — {brand}",
        "مرحبا \u2068{name}\u2069،\n\n"
        "طُلبت كلمة مرور جديدة لحسابك في مكتب الزبناء «\u2068{brand}\u2069». "
        "افتح هذا الرابط لتختارها:\n\n{url}\n\n"
        "الرابط صالح لساعة واحدة ولمرة واحدة. إذا لم تطلب ذلك فلا تفعل شيئا: كلمة مرورك لم تتغير.",
    ),
    ("reset", "fr"): _Letter(
        "Un nouveau mot de passe — {brand}",
        "Bonjour \u2068{name}\u2069,\n\n"
        "Un nouveau mot de passe a été demandé pour votre compte au bureau des clients de {brand}. "
        "Ouvrez ce lien pour le choisir :\n\n{url}\n\n"
        "Le lien est valable une heure et une seule fois. Si vous n’avez rien demandé, ne faites rien : "
        "votre mot de passe n’a pas changé.",
    ),
    ("reset", "en"): _Letter(
        "A new password — {brand}",
        "Hello \u2068{name}\u2069,\n\n"
        "A new password was asked for your account at the customer desk of {brand}. "
        "Open this link to choose it:\n\n{url}\n\n"
        "The link is good for one hour and once only. If you did not ask, do nothing: "
        "your password has not changed.",
    ),
}


def letter(purpose: Purpose, agent: Row[Any], brand: str, link: Link) -> Mail:
    """To an agent (email, name, language). A line break in a name becomes no header and no paragraph."""
    one_line = " ".join(agent.name.split())
    words = _LETTERS[purpose, agent.language]
    return Mail(
        to=agent.email,
        subject=words.subject.format(brand=brand),
        text=words.text.format(name=one_line, brand=brand, url=link.url),
        language=agent.language,
    )
