"""Everyday words by which an answer to a form is told: yes, no, "I don't know", "near". Folded."""

from __future__ import annotations

from typing import Final

from knowledge_base.text import words


def _single(text: str) -> frozenset[str]:
    return frozenset(words(text))


def phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a list in which | stands between them."""
    return tuple(phrase.strip() for phrase in text.replace("\n", " ").split("|"))


YES_WORDS: Final = _single(
    "نعم اه ايه ايوا أجل واخا اييه yes yeah yep oui ouais ah iyeh ayeh iyih wah wakha ok yah"
)
NO_WORDS: Final = _single("لا لالا كلا ماشي no non nn nope la lala machi nan")

ADDRESS_WORDS: Final = _single(
    """
    حدا قدام قبالة مقابل وراء مورا قرب بجانب جنب أمام خلف زنقة الزنقة درب شارع حي دوار تجزئة إقامة
    عمارة رقم_الدار 7da hda 9eddam 9oddam goddam 9ballt mora 9rib 9rb jnb zen9a zenqa derb chari3 hay
    7ay dwar douar rue avenue av bd boulevard quartier lotissement residence immeuble impasse pres
    devant face derriere cote angle street near opposite behind avenue next
    """
) - {"رقم"}

STREET_WORDS: Final = _single(
    "rue avenue av bd boulevard street شارع زنقة الزنقة درب zen9a zenqa derb chari3"
)

RECEIPT_WORDS: Final = phrases(
    "reçu | le recu numero | numero de recu | وصل | الوصل | توصيل | الروسي | روسي | twsil | roussi | receipt"
)
SAME_PHONE: Final = phrases(
    """
    هاد النمرة | هاد الرقم | نفس النمرة | نفس الرقم | هذا الرقم | هادي | had nemra | had nnemra |
    had ra9m | had lnumero | nefs nemra | nafs ra9m | hadi | ce numero | le meme | meme numero |
    celui ci | this number | this one | same number | the same
    """
)
UNKNOWN: Final = phrases(
    """
    ما عرفتش | معرفتش | ماعرفتش | ما كنعرفش | ما نعرف | مانعرفش | ما عنديش | ماعنديش | معنديش |
    ما عندي | ما عندناش | ماعندناش | ma 3andi | ma 3endi | ma3andich | ma3endich | ma 3andich |
    ma 3endich | ma 3ndi | ما كاينش عندي | ماعقلتش | ما عقلتش | ما لقيتوش | لا أعرف | لا اعلم |
    لا أدري | ليس لدي | لا أملك | لا أتذكر | ma3reftch | ma 3reftch | m3reftch | makan3refch |
    ma kan3refch | ma n3ref | ma3ndich | ma 3ndich | m3ndich | ma39eltch | ma l9itouch |
    je ne sais pas | je sais pas | j sais pas | aucune idee | je n en ai pas | je n ai pas |
    j ai pas | pas de numero | pas de recu | je ne l ai pas | je l ai pas | je ne m en souviens pas |
    i don t know | i dont know | don t know | no idea | i don t have | i dont have | not sure |
    i don t remember
    """
)
CANCEL: Final = phrases(
    """
    صافي خليها | خليها | خليوها | بلاش | حبس | الغي | ألغوا الطلب | إلغاء الطلب | لم أعد أريد |
    ما بقيتش باغي | safi khelliha | safi khliha | khelliha | khliha | blach | 7bes | mab9itch baghi |
    laisse tomber | laissez tomber | annule | annuler | annulez | j annule | plus la peine | oubliez |
    tant pis | cancel | cancel it | forget it | never mind | nevermind | stop it | leave it
    """
)
# Gives the request up, unless only an answer was asked for that may stay open.
UNWILLING: Final = phrases(
    """
    ما بغيتش | لا أريد | لا أرغب | ma bghitch | mabghitch | je ne veux pas | je veux pas |
    je prefere pas | je prefere ne pas | i don t want | i dont want | i d rather not
    """
)
