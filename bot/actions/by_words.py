"""What is told by its words whatever intent was found: who is speaking, and matters of confidence."""

from __future__ import annotations

from typing import Final

from bot.actions import menu, outages, reminders, small_talk
from bot.actions.dialogue import Heard
from bot.actions.subject import Action
from bot.actions.wishes import wants_no_reminder
from bot.forms import engine as forms
from bot.forms.interruption import answers_interrupted
from bot.forms.matching import mentions
from bot.forms.wording import phrases
from knowledge_base.text import words

# Intents whose messages these words may decide; a plain request for a person is not questioned.
_UNSURE: Final = frozenset(
    {"nlu_fallback", "off_topic", "greeting", "insult", "human_agent", "ticket_status"}
)

_STOP: Final = (["stop"], ["حبس"], ["حبسو"], ["arret"], ["arreter"])  # what ends unasked messages everywhere

_WHO_ARE_YOU: Final = phrases(
    """
    شكون نتا | شكون نتي | شكون معايا | شكون معانا | نتا شكون | واش نتا روبو | واش نتا بنادم |
    واش نتا الة | واش انت روبو | نتا روبو | روبو ولا بنادم | بنادم ولا روبو | من انت | من معي |
    هل انت روبوت | هل انت انسان | هل انت شخص | هل اتحدث مع شخص | هل اتحدث مع روبوت | هل انت موظف |
    chkoun nta | chkon nta | chkoun nti | chkoun m3aya | nta chkoun | nta robot | wach robot |
    nta bnadem | robot wla bnadem | bnadem wla robot | robot wella bnadem | nta machi bnadem |
    qui es tu | qui etes vous | t es qui | vous etes qui | tu es un robot | t es un robot |
    es tu un robot | etes vous un robot | vous etes un robot | vous etes une machine |
    vous etes une personne | etes vous humain | etes vous une personne | c est un robot |
    un robot ou | who are you | who is this | are you a robot | are you a bot | are you a machine |
    are you human | are you a human | are you a person | are you real | is this a bot |
    is this a robot | robot or human | bot or human | human or bot | human or robot
    """
)

# Said of nothing else, whatever the message looks like.
_CORRUPTION: Final = phrases(
    """
    رشوة | الرشوة | ارتشاء | rachwa | rechwa | corruption | pot de vin | pots de vin | bakchich | bribe |
    bribery | bribes
    """
)
_COMPLIANCE: Final = phrases(
    """
    donnees personnelles | mes donnees | معطياتي الشخصية | المعطيات الشخصية | معلوماتي الشخصية |
    09 08 | cndp | personal data | my data | سرقة الكهرباء | سرقة الضو | branchement frauduleux |
    fraude | موظف قليل التربية | موظف قليل الترابي | مستخدم قليل التربية | سوء معاملة |
    عاملني بطريقة خايبة | mowadaf 9lil trabi | mowadaf 9lil trebya | agent impoli | agent malpoli |
    employe impoli | employe malpoli | comportement d un agent | comportement de l agent |
    comportement d un employe | comportement de votre agent | m a mal parle | m a insulte |
    m a manque de respect | employee was rude | agent was rude | staff was rude | rude employee |
    rude agent | who was rude | rude to me
    """
)


_REPORT: Final = phrases(
    """
    نبلغ على مشكل | نبلغ على شي مشكل | نصرح بمشكل | عندي مشكل | عندي شكاية | بغيت نشكي |
    بغيت ندير شكاية | التبليغ عن مشكل | لدي مشكل | لدي شكاية | أريد تقديم شكاية |
    nbelegh 3la mochkil | nbellegh 3la mochkil | 3ndi mochkil | 3andi mochkil | 3endi mochkil |
    3ndi chikaya | bghit nchki | bghit ndir chikaya | signaler un probleme | j ai un probleme |
    j ai une reclamation | faire une reclamation | deposer une reclamation | deposer une plainte |
    report a problem | i have a problem | i have a complaint | make a complaint | file a complaint
    """
)


def told_by_words(heard: Heard) -> Action | None:
    """Return the action for a message that its words explain better than its intent, or None."""
    if heard.chosen is not None or heard.intent == "street_danger":
        return None
    is_unsure = heard.intent in _UNSURE
    if mentions(heard.text, _CORRUPTION) or (is_unsure and mentions(heard.text, _COMPLIANCE)):
        return forms.starting("compliance")
    if asks_who(heard):
        return small_talk.about_me
    if is_unsure and mentions(heard.text, _REPORT):
        return menu.problems
    return _about_reminders(heard) or answers_interrupted(heard) or outages.told_by_words(heard)


def _about_reminders(heard: Heard) -> Action | None:
    if heard.intent in _UNSURE | {"deny", "inform"}:
        if wants_no_reminder(heard.text, plainly=heard.intent == "human_agent"):
            return reminders.stop_reminding
        if words(heard.text) in _STOP and heard.state.question is None:
            return reminders.stop_word
    return None


def asks_who(heard: Heard) -> bool:
    """Whether the customer wonders who, or what, is answering."""
    return heard.chosen is None and heard.intent in _UNSURE and mentions(heard.text, _WHO_ARE_YOU)
