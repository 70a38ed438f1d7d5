"""What customers live through, in five ways of writing, with the real Rasa, endpoint and records."""

from __future__ import annotations

import pytest

from bot.rasa import RasaAssistant
from tests.bot.conftest import Customer, World

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]


def said(reply: object) -> str:
    return "\n".join(message.text for message in reply.messages)  # type: ignore[attr-defined]


async def test_play(customer: Customer, world: World, assistant: RasaAssistant) -> None:
    for phone, lines in [
        (
            None,
            [
                "السلام عليكم",
                "فوقاش كتجي الوكالة المتنقلة لزمامرة",
                "وغدا؟",
                "wach kat koun f larb3a l3ounat ghda",
                "agence mobile bni hilal svp",
                "شكرا",
                "واش ممكن تنشري ليا طوموبيل",
                "شحال عليا فالفاتورة",
                "20583316",
                "CODE",
            ],
        ),
        (
            None,
            [
                "imta tji lagence mobile",
                "zemamra",
                "lfacture dyali ch7al",
                "99999999",
                "123456",
                "123457",
                "123458",
            ],
        ),
        ("+212661000001", ["combien je dois", "2", "et la première ?"]),
        (
            None,
            [
                "when is the mobile agency in Mohammedia",
                "who are you talking about xyzzy",
                "plugh frobnicate",
            ],
        ),
        (None, ["متى تأتي الوكالة المتنقلة إلى إقليم سطات", "سوق الأربعاء", "bghit nhder m3a bnadem"]),
        (None, ["الضو مقطوع عندنا فزمامرة"]),
        (None, ["transfo kaydekhen"]),
    ]:
        c = Customer(assistant, world, attested_phone=phone)
        for l in lines:
            if l == "CODE":
                l = world.codes[-1][1]
            r = await c.says(l)
            print(">", l, f"[{r.intent} {r.confidence and round(r.confidence, 2)} {r.language}]")
            print("<", said(r), [x.title for m in r.messages for x in m.choices], r.handover or "")
    print(world.codes, world.events)
