"""Which language and script a customer writes in: word lists, standard library only.

Runs in two environments (the desk's and the assistant's, Python 3.10 or newer), therefore plain strings
instead of `bot.contract.Language`, whose values they are.
"""

from __future__ import annotations

import re

from knowledge_base.text import words

ARABIC, DARIJA, ARABIZI, FRENCH, ENGLISH = "ar", "ary-Arab", "ary-Latn", "fr", "en"

_ARABIC_LETTER = re.compile(r"[\u0620-\u064a\u066e-\u06d3]")
_LATIN_LETTER = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_DIGIT_AS_LETTER = re.compile(r"(?=.*[a-z])(?=.*[2345789])[a-z23456789']{2,}")
_NUMBER_WITH_UNIT = re.compile(
    r"\d+(?:h|e|er|eme|dh|dhs|mad|kwh|kw|km|m|mn|min|am|pm|st|nd|rd|th)\d*|[a-z]{1,3}\d+"
)


def _listed(text: str) -> frozenset[str]:
    """Fold a list as the texts it is compared with are folded."""
    return frozenset(words(text))


# Words that tell one language from its neighbours; words that two of them share are left out.
_DARIJA_WORDS = _listed(
    """
    ديال ديالي ديالك ديالكم ديالنا ديالو ديالها واش شحال بشحال فين فاين منين كيفاش علاش شنو شنا اشنو اش
    اشمن اشناهو شكون فوقاش وقتاش امتي ايمتا فاش باش حيت راه راني راها راكم هاد هادي هادشي هاداك هاديك داك
    ديك دابا درت ندير بغيت بغينا بغا بغيتكم ماشي كاين كاينه كاينين ماكاينش ماكاين كاينش غادي غاديه جايه جاي
    مزيان بزاف شي شويه واخا عفاك عافاك عافاكم خويا ختي لاباس صافي والو حنا نتا نتي نتوما هوما ليا لينا
    عندنا عندكم عليا علينا ديالكوم نخلص خلصت خلصنا جاتني تجي كتجي كيجي نعرف نشوف نهضر نسول دوزوني دوزني
    عيطو عيط عطيني عطيوني قولي الضو ضو التريسيان الكونتور كونتور الكاميونه كاميونه الكاميو الورقه الفلوس
    فلوس البارح ليوم طايح طاح طاحت كيشرر كيشعل العافيه بوطو البوطو الزنقه فالزنقه حدا مازال باقي شعلات
    طرطق محلول بونجور ميرسي اه ايه ايوا الو يرحم والديك الوالدين يخليك يجازيك يعطيك تسلم مول بلاصه نهار
    تقطع مشا رجعو وصلات فوقتاش كيداير لقيت نلقا
    """
)
_ARABIC_WORDS = _listed(
    """
    متي اين كيف هل ماذا لماذا كم اريد اود ارغب ارجو المرجو فضلك فضلكم لو سمحت سمحتم الذي التي الذين هذا
    هذه ذلك تلك ليس لست توجد يوجد لم سوف سياتي تاتي ياتي هناك حول الي انني لدي لدينا فاتورتي يجب يمكن
    يمكنني استطيع احتاج السيد السيده جزيلا اشكركم اشكرك حسنا مرحبا اهلا وسهلا تحيه طيبه كيلو في منذ اي
    الادا ادا اديت دفعت العداد عداد عدادي الكهربايي قنوات تحويل تغيير اعاده تتوقف تبدا تفتح تغلق المتبقي
    الفواتير فواتير انتم تبا وسايل محول المحول رايحه دخان حريق المنزل منزلا منزلي حينا الكهربا الما موعد
    مواعيد مبلغ قيمه سقط انقطع انقطاع تسرب سلك اسلاك كهربايي التيار موظفا شكايتي عنوان الان الواجب اداوه
    رحمه وبركاته
    """
)
_ARABIZI_WORDS = _listed(
    """
    dyal dial dyali dyalk dyalkom dyalna dyalo wach wash fin mnin kifach kifash 3lach 3lash alach chno
    chnou chnahiya achno achmen chkoun chkon fo9ach foukach foqach wa9tach imta emta imtan 7it rani hadi
    hadchi hadak daba bghit bghina bgha bghitkom machi kayn kayna kaynin makaynch makayn ghadi ghada jaya
    mzyan mezyan bzaf bezzaf bezaf chi chwiya wakha 3afak afak 3afakom khouya khoya khti labas safi walo
    walou 7na hna nta ntoma liya lina 3ndi 3andi 3andna 3ndna 3andkom 3lia 3liya 3lina nkhelles nkhles
    khlest khlsst n3ref nchouf nhder nhdar katji kayji tji ghatji jat ch7al chhal chehal bch7al lfacture
    lfatoura lma lwikala salam slm choukran chokran lah llah allah yr7em walidin lwalidin tayh tay7 ta7
    kaychrer l3afya l3afia zen9a zenqa boto lboto khit nhar lkhmis larb3a sba7 msa lkhir alaykom 3likom
    mowadaf bnadem dewezni dwezni 3ayto 3tini ghda lyoum lyouma lbare7 mazal ba9i m9tou3 me9tou3 t9te3
    mcha yrje3 rej3o fach lli f w 3la m3a 7da howa hiya bla wella wla ola n9der momkin nl9a fhad dwar
    l7ay
    """
)
_FRENCH_WORDS = _listed(
    """
    le la les un une des du de au aux et est sont ce cette ces mon ma mes votre vos notre nos je j tu il
    elle nous vous ils on me te se qui que quoi dont ou quand comment combien pourquoi quel quelle quels
    quelles pas ne n plus avec pour par sur dans chez sans sous bonjour bonsoir salut merci svp s plait
    oui non facture montant payer agence mobile passe eau electricite courant veux voudrais suis ai avez
    peut puis faire avoir etre parler conseiller agent quelqu aujourd hui demain semaine jour jeudi
    vendredi samedi dimanche lundi mardi mercredi prochain prochaine horaires cable poteau fil danger
    fuite coupure compteur reclamation monsieur madame beaucoup y a t c d bjr slt bsr mrc cc coucou
    etincelles feu rue terre dernier derniere toujours depuis dois doit jusqu
    """
)
_ENGLISH_WORDS = _listed(
    """
    the is are am was were be been do does did how much many what when where which who why my your our i
    you he she we they it this that these those to from of for in on at with without please hello hi hey
    thanks thank bill amount owe pay water power electricity cut outage agency come coming tomorrow today
    next schedule timetable want need speak talk someone person human agent help there has have had can
    could would will not no yes good morning evening afternoon wire cable pole fell fallen sparks
    sparking fire smoke street down a an and or near show check balance account tell me about up out off
    day week time give book live write open right kind sorry just
    """
)
_DARIJA_NEGATION = re.compile(r"^ما[\u0621-\u064a]{3,}ش$")
_DARIJA_PRESENT = re.compile(r"^(?:و|ف)?(?:كي|كت|كن|تن)[\u0621-\u064a]{3,}$")
_ARABIZI_PRESENT = re.compile(r"(?:ka[ytn]|gha[ytn]|kay|ghadi)[a-z0-9]{3,}")
_SHARED_WITH_FRENCH = frozenset(
    {"a", "no", "me", "on", "do", "in", "an", "at", "agent", "mobile", "est", "hi"}
)


def choose(text: str, previous: str | None) -> str:
    """Return the language to answer `text` in: its own, else the `previous` one, else the likeliest.

    Where the text tells nothing but its script, a previous language of another script gives way.
    """
    found = detect(text)
    script = _script(text)
    goes_on = previous is not None and (previous in (ARABIC, DARIJA)) == (script == "Arab")
    # A short word alone ("la", "oui", "non") belongs to several languages: the talk goes on in its own.
    if found is not None and not (goes_on and _is_short_word(text)):
        return found
    if script is None:
        return previous or DARIJA
    if previous is not None and goes_on:
        return previous
    return DARIJA if script == "Arab" else FRENCH


def _is_short_word(text: str) -> bool:
    found = words(text)
    return len(found) == 1 and len(found[0]) <= 3


def detect(text: str) -> str | None:
    """Return the language and script of `text`, or None where it does not tell (a number, a place, "ok").

    A message that mixes Darija with French counts as Darija: its writer reads Darija, and French words
    are part of everyday Darija.
    """
    script = _script(text)
    if script is None:
        return None
    found = words(text)
    return _arabic_script(found) if script == "Arab" else _latin_script(found)


def _script(text: str) -> str | None:
    arabic = len(_ARABIC_LETTER.findall(text))
    latin = len(_LATIN_LETTER.findall(text))
    if not arabic and not latin:
        return None
    return "Arab" if arabic >= latin else "Latn"


def _arabic_script(found: list[str]) -> str | None:
    darija = sum(1 for word in found if _is_darija(word))
    standard = sum(1 for word in found if word in _ARABIC_WORDS)
    if darija == standard == 0:
        return None
    return ARABIC if standard > darija else DARIJA


def _is_darija(word: str) -> bool:
    bare = word[1:] if len(word) > 3 and word[0] in "وفبل" else word
    if word in _DARIJA_WORDS or bare in _DARIJA_WORDS:
        return True
    if word in _ARABIC_WORDS:
        return False
    return bool(_DARIJA_NEGATION.match(word) or _DARIJA_PRESENT.match(word))


def _latin_script(found: list[str]) -> str | None:
    arabizi = french = english = 0.0
    for word in found:
        if _is_arabizi(word):
            arabizi += 1.5
        weight = 0.5 if word in _SHARED_WITH_FRENCH else 1
        french += weight if word in _FRENCH_WORDS else 0
        english += weight if word in _ENGLISH_WORDS else 0
    best = max(arabizi, french, english)
    if best == 0:
        return None
    if arabizi and arabizi + 1 >= best:
        return ARABIZI
    return ENGLISH if english > french else FRENCH


def _is_arabizi(word: str) -> bool:
    if word in _ARABIZI_WORDS or _ARABIZI_PRESENT.fullmatch(word):
        return True
    return bool(_DIGIT_AS_LETTER.fullmatch(word)) and not _NUMBER_WITH_UNIT.fullmatch(word)
