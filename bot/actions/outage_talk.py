"""What a talk about an outage remembers, and the words that go on with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self
from uuid import UUID

from bot.actions.dialogue import Heard, State
from bot.forms.matching import mentions
from knowledge_base.outages.incidents import Service

TOPIC: Final = "outage"
PLACE, WHICH = "outage_place", "outage_which"  # questions

INTENTS: Final = {"power_cut": Service.ELECTRICITY, "water_cut": Service.WATER}
FORMS: Final = {service: intent for intent, service in INTENTS.items()}

_LONGEST_WORDS = 400  # characters of the opening that are kept

# Of what is to come.
_AHEAD = """
    travaux, programme*, prevu*, planifie*, planned, scheduled, maintenance, مبرمج*, اشغال, أشغال,
    اصلاحات, achghal, chghal, mbermj*, mberme*, غادي يتقطع, غادي يقطعو, غادي تقطعو, غادي ينقطع,
    ghadi yt9te3, ghadi yte9te3, ghadi ye9t3o, ghadi t9te3o, سينقطع, سيتم قطع, ستقطعون, sera coupe*,
    seront coupe*, va etre coupe*, allez couper, will be cut, will be off, going to cut, غدا, ghda,
    ghedda, ghdda, demain, tomorrow
"""
# A question, not a complaint …
_ASKING = """
    واش كاين, واش كاينه, واش كاينين, كاين شي, كاينه شي, هل يوجد, هل توجد, هل هناك, هل ثمه, wach
    kayn, wach kayna, wach kaynin, kayn chi, kayna chi, est ce qu il y a, y a t il, y a til, il y a
    une panne, il y a une coupure, is there, are there, any outage, any cut
"""
# … unless one of these says that it is dark, or one of the next where.
_GONE = """
    ما كاينش, ماكاينش, ما كاين, من الصباح, من البارح, منذ, مقطوع علينا, مقطوع عليا, ma kaynch, makaynch,
    makayn, mn sba7, mn lbare7, me9tou3 3lina, me9tou3 3liya, depuis, plus de, plus d, pas de, pas d,
    sans, since, we have no, i have no, no power, no water, no light
"""
_HERE = """
    عندنا, عندي, 3ndna, 3andna, 3endna, 3ndi, 3andi, 3endi, chez moi, chez nous, my house, at home
"""
# What is said of a cut, by someone whose words were taken for nothing.
_CUT = """
    coupure*, coupe*, couper*, panne*, travaux, probleme*, 9te3, 9at3, 9ta3, t9te3, te9te3, yt9te3,
    yte9te3, n9ita3, me9tou3*, mochkil, achghal, makaynch, ma kaynch, انقطاع*, قطع, مقطوع*, تقطع,
    يتقطع, يقطعو, ينقطع, مشكل, اشغال, ماكاينش, ما كاينش, outage*, cut, cuts, problem*, works
"""
# When is it back? The first alone could be of anything, the second are of what was gone.
_WHEN = """
    امتى, إمتى, ايمتا, فوقاش, وقتاش, متى, شحال باقي, شحال خاص, باقي بزاف, مزال بزاف, واش رجع, واش
    غادي يرجع, imta, emta, fo9ach, fou9ach, w9tach, we9tach, ch7al ba9i, ch7al khass, wach rje3,
    wach ghadi yrje3, quand, a quelle heure, c est quand, combien de temps, encore longtemps,
    toujours pas, du nouveau, des nouvelles, c est revenu, when, how long, any news, still not, what
    time, هل عاد, هل عادت, كم من الوقت, شي جديد, chi jdid
"""
_BACK = """
    رجع, يرجع, ترجع, رجعات, سيرجع, سترجع, تعود, يعود, ستعود, سيعود, عاد, عادت, rje3, yrje3, trje3,
    terje3, rej3at, rej3, rj3, yrj3, revien*, revenu*, retour*, retabli*, remis en
    service, be back, come back, came back, is back, restored
"""
# Tell me when it is back.
_FOLLOW = """
    علموني, علمني, علمونا, خبروني, خبرني, اخبروني, أخبروني, أعلموني, قولو ليا ملي, 3elmouni,
    3almouni, 3lmouni, 3elmoni, khebrouni, khbrouni, khebroni, goulo liya mli, prevenez, previens,
    avertissez, tenez moi, informez moi, tell me when, let me know, notify me, keep me
"""
# My problem is different.
_OTHER = """
    المشكل ديالي اخر, ماشي هادشي, ماشي هداك, مشكل اخر, مشكلتي مختلفه, mochkil akhor, mochkil dyali
    akhor, machi hadchi, machi hadak, autre probleme, autre chose, pas ca, ce n est pas ca,
    different problem, my problem is different, something else, not that
"""


def _entries(text: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.split()) for entry in text.split(",") if entry.strip())


AHEAD, ASKING, GONE, HERE = (_entries(each) for each in (_AHEAD, _ASKING, _GONE, _HERE))
CUT, WHEN, BACK, FOLLOW, OTHER = (_entries(each) for each in (_CUT, _WHEN, _BACK, _FOLLOW, _OTHER))


@dataclass(frozen=True, slots=True)
class Talk:
    """`words` began it. `place` is the id of where it is dark, `outage` the one that was told.

    `asks`: an enquiry, from someone who may have light. `ahead`: about what is to come. `asked` counts how
    often we asked for the place.
    """

    service: Service
    words: str = ""
    place: str | None = None
    outage: UUID | None = None
    asks: bool = False
    ahead: bool = False
    asked: int = 0

    @classmethod
    def begun(cls, heard: Heard, service: Service) -> Self:
        """A message with an intent of ours; where it was before, it still is."""
        is_gone = mentions(heard.text, GONE)
        ahead = mentions(heard.text, AHEAD) and not is_gone
        asks = mentions(heard.text, ASKING) and not mentions(heard.text, HERE)
        new = cls(
            service, heard.text.strip()[:_LONGEST_WORDS], asks=ahead or (asks and not is_gone), ahead=ahead
        )
        before = cls.of(heard.state)
        if before is None:
            return new
        if before.service is not service:
            return replace(new, place=before.place)
        words = f"{before.words} {new.words}"[:_LONGEST_WORDS] if before.asked else new.words
        return replace(new, words=words, place=before.place, asked=before.asked)

    @classmethod
    def of(cls, state: State) -> Self | None:
        """The talk the dialogue is in, or None."""
        kept: Mapping[str, Any] | None = state.memory.get(TOPIC)
        if kept is None or state.topic != TOPIC:
            return None
        outage = UUID(kept["outage"]) if kept["outage"] else None
        return cls(**{**kept, "service": Service(kept["service"]), "outage": outage})

    def remembered(self, state: State) -> State:
        kept = {**asdict(self), "service": str(self.service), "outage": str(self.outage or "") or None}
        return state.remembering(TOPIC, kept)
