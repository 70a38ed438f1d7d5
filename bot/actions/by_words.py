"""What is told by its words whatever intent was found: who is speaking, and matters of confidence."""

from __future__ import annotations

from typing import Final

from bot.actions import small_talk
from bot.actions.dialogue import Heard
from bot.actions.subject import Action
from bot.forms import engine as forms
from bot.forms.matching import mentions
from bot.forms.wording import phrases

# Intents whose messages these words may decide; a plain request for a person is not questioned.
_UNSURE: Final = frozenset(
    {"nlu_fallback", "off_topic", "greeting", "insult", "human_agent", "ticket_status"}
)

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

_COMPLIANCE: Final = phrases(
    """
    رشوة | الرشوة | ارتشاء | rachwa | rechwa | corruption | pot de vin | pots de vin | bakchich |
    bribe | bribery | bribes | donnees personnelles | mes donnees | معطياتي الشخصية |
    المعطيات الشخصية | معلوماتي الشخصية | 09 08 | cndp | personal data | my data | سرقة الكهرباء |
    سرقة الضو | branchement frauduleux | fraude
    """
)


def told_by_words(heard: Heard) -> Action | None:
    """Return the action for a message that nothing else explains, or None."""
    if heard.chosen is not None or heard.intent not in _UNSURE:
        return None
    if mentions(heard.text, _COMPLIANCE):
        return forms.starting("compliance")
    return small_talk.about_me if mentions(heard.text, _WHO_ARE_YOU) else None
