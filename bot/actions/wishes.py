"""What a question about the network wants beyond when and where: read from its words. Pure."""

from __future__ import annotations

import re

from knowledge_base.text import fold, words

PAYMENT, RECHARGE, SUBSCRIPTION = "payment", "recharge", "subscription"

_SERVICES = {
    RECHARGE: re.compile(
        r"recharg|top.?up|prepa(id|ye)|\bta?3bi|\bn3ebb?i|\bn3abb?i|\bch?arg(er|i)|تعبئ|تعبي|نعبي|اعبي|"
        r"اعبئ|نشارجي|شحن"
    ),
    SUBSCRIPTION: re.compile(
        r"abonn|souscri|subscri|ichtirak|achtarek|nchtarek|نشترك|اشتراك|الاشتراك|اشترك|"
        r"(nouveau|new) (compteur|meter)|(كونتور|عداد) جديد|(compteur|contour|kontor) jdid"
    ),
    PAYMENT: re.compile(
        r"\bpa(y|i)(er|e|ez|ement|ing|ment)?\b|regler|\bn?khell?e?ss?|\bkhlas|\bnkhal+es|\bn5les|\bkhal+es|"
        r"نخلص|خلاص|نخلصو|خلص|اداء|ادفع|دفع|تسديد|اسدد"
    ),
}
_ANY_SERVICE = re.compile(
    r"\bservices?\b|خدمات|الخدمات|khadamat|lkhadamat|خدمه|operations|que peut.on|what can i do|"
    r"chno n9der ndir|شنو نقدر ندير|شنو كتديرو"
)
_REMIND = re.compile(
    r"rappe(l|ll)|preven(ir|ez|s)|previen|averti(r|ssez|s)|\bremind|\bnotif|\balert|\bf[ae]?k+[ae]?r(ni|ouni|oni)|"
    r"\bfkrni|فكرني|فكروني|ذكرني|ذكروني|تذكير|نبهوني|نبهني|تنبيه|\bn[ae]b+h(ouni|oni|ni)|tadkir"
)
_BEFORE = re.compile(r"veille|\bavant|\bbefore|9bel|\bqbel|قبل|ليله")
_REMINDER = re.compile(r"\brappels?\b|\breminders?\b|tadkir|تذكير")
_STOP = re.compile(
    r"\bstop|\barret|\bannul|\bne\b.*\bplus\b|\bplus de\b|\bcancel|\bunsub|\bno more|\b[7h][ae]?b[ae]?s|"
    r"\bwa?9+[ae]?f|\bsupprim|حبس|وقف|ايقاف|الغاء|الغ |ما بقيت|مابقيت|لا ت|desabon|\bdon.?t\b"
)
_DID_NOT_COME = re.compile(
    r"\bma ?ja(t|w)?(ch|sh|x)|\bma ?b[ae]n[ae]?t?(ch|sh|x)|\bma ?kant(ch|sh|x)|\bma ?jat\b|ما ?جاتش|ما ?جاتش|"
    r"ما ?جاش|ما ?جاوش|مجاتش|مجاش|لم تات|لم تحضر|لم تصل|لم تمر|ما ?بانتش|ما ?بانت|ما ?كانتش|ما ?وقفاتش|"
    r"(pas|jamais) (ete )?(venue?s?|passee?s?|arrivee?s?|presente?e?)\b|n.etait pas (la|au)|"
    r"(did ?n.?t|did not|never) (come|show|turn|arrive)|no.?show|was ?n.?t there|was not there"
)
_WHEN = re.compile(
    r"\bimta|\bimt7?a|\bfo?u?[9q]+ach|\bfoukach|\bwa9tach|\bm3ach|\bquand\b|quel jour|\bwhen\b|what day|"
    r"امتى|امتي|ايمتا|امتا|فوقاش|وقتاش|معاش|متي|متى|اي يوم|اشمن نهار"
)
_PROVINCE = re.compile(r"\bprovince|\bi[9q]lim|\bprefecture|اقليم|عماله")
_THAT_PLACE = re.compile(r"\btemm?a\b|\btmm?a\b|\bla.?bas\b|\bthere\b|هناك|لتما|فتما|\bتما\b")
_THERE = re.compile(
    r"\btemm?a|\btmm?a|\bfiha\b|\b3andha|\b3andhom|\bla.?bas\b|\bsur place|"
    r"\by (payer|recharger|regler|faire)|\bthere\b|هناك|تما|تمه|فيها|عندها|عندهم|لتما|كاميو|camio|"
    r"\bvan\b|mobile|متنقل|متحرك|lwikala|الوكاله|لوكاله|\bagence"
)


def asked_services(text: str) -> tuple[str, ...]:
    """Return the services a text asks about: "can I pay there?"."""
    folded = fold(text)
    return tuple(
        service for service in (PAYMENT, RECHARGE, SUBSCRIPTION) if _SERVICES[service].search(folded)
    )


def asks_what_is_offered(text: str) -> bool:
    return bool(_ANY_SERVICE.search(fold(text)))


def wants_reminder(text: str, *, plainly: bool = False) -> bool:
    """Tell whether a reminder is wanted; `plainly`: the words say before what, not only "rappelez-moi"."""
    folded = fold(text)
    wanted = bool(_REMIND.search(folded)) and not _STOP.search(folded)
    return wanted and (not plainly or bool(_BEFORE.search(folded)))


def wants_no_reminder(text: str, *, plainly: bool = False) -> bool:
    """Tell whether a reminder is to end; `plainly`: the words name it."""
    folded = fold(text)
    ends = bool(_REMIND.search(folded)) and bool(_STOP.search(folded))
    return ends and (not plainly or bool(_REMINDER.search(folded)))


def says_it_did_not_come(text: str) -> bool:
    """Tell whether a text reports a missed stop; who also asks when it comes is answered that instead."""
    folded = fold(text)
    return bool(_DID_NOT_COME.search(folded)) and not _WHEN.search(folded)


def means_a_province(text: str) -> bool:
    return bool(_PROVINCE.search(fold(text)))


def means_that_place(text: str) -> bool:
    """Tell whether a text points at the place that was talked about: "and an agency there?"."""
    return bool(_THAT_PLACE.search(fold(text)))


def means_there(text: str) -> bool:
    """Tell whether a text speaks of the agency that was talked about, not of paying in general."""
    return bool(_THERE.search(fold(text))) and bool(words(text))
