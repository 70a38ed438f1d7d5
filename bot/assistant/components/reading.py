"""What the classifier reads of a message: politeness off, places and numbers reduced to marks. Pure.

Runs in the assistant's environment (Python 3.10 or newer).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.assistant.components.concepts import CONCEPTS
from knowledge_base.text import skeleton, spans, words

PLACE_MARK = "§"  # one character, so that a place weighs little against the words around it
NUMBER_MARK = "#"
_LONGEST_FORMULA = 5
# "merci pour …", "شكرا على …": the thanks are the message.
_WHAT_FOR = frozenset({"pour", "de", "d", "علي", "3la", "for"})

_GREETINGS = """
السلام عليكم ورحمة الله وبركاته | السلام عليكم ورحمة الله | السلام عليكم | سلام عليكم | السلام | سلام |
صباح الخير | مساء الخير | مسا الخير | أهلا وسهلا | أهلا | مرحبا | تحية طيبة وبعد | تحية طيبة |
لاباس عليكم | لاباس عليك | لاباس | خويا | ختي | سيدي | للا | بونجور | بونسوار | ألو |
salam alaykom | salam alikom | salam 3alaykom | salam 3alikom | salam 3likom | salamo 3alaykom |
assalamo alaykom | assalamou alaykoum | slm 3likom | salam | slm | slam | sba7 lkhir | sbah lkhir |
msa lkhir | labas 3lik | labas | khouya | khoya | khti | sidi | lalla |
bonjour monsieur | bonjour madame | bonjour | bonsoir | salut | coucou | bjr | bsr | slt | cc | allo |
hello there | hello | hi there | hi | hey | good morning | good evening | good afternoon | dear sir
"""
_WISHES = """
الله يرحم الوالدين | الله يرحم والديك | الله يرحم والديكم | الله يخليك | الله يخليكم | الله يجازيك بخير |
الله يجازيك | الله يجازيكم بخير | الله يعطيك الصحة | عفاك | عافاك | عافاكم | عفاكم | من فضلك | من فضلكم |
لو سمحت | لو سمحتم | المرجو | شكرا جزيلا | شكرا |
lah yr7em lwalidin | lah yrhem lwalidin | lah yrhem waldik | lah ykhalik | lah ykhelik | allah ykhalik |
lah yjazik bikhir | lah yjazik | 3afak | afak | 3afakom | chokran | choukran |
s'il vous plaît | s'il te plait | svp merci | svp | stp | merci d'avance | merci | please | thank you | thanks
"""


def _formulas(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words(formula)) for formula in text.split("|"))


_GREETING_FORMULAS = _formulas(_GREETINGS)
_ALL_FORMULAS = _GREETING_FORMULAS | _formulas(_WISHES)
_WORDS_AFTER_A_GREETING = 2  # one more word may belong to it: "salam l3a2ila"
_WORDS_OF_A_REQUEST = 3  # a wish around fewer words is the message itself: "thank you very much"

# What may stand around a bare answer ("f zemamra", "رقم العقد هو 104452").
_AROUND_AN_ANSWER = frozenset(
    words(
        """
        ف في ل ب و د من ديال هو هي ها هاهو هاهي هاك انا حنا ساكن ساكنه كنسكن اسكن حدا قرب جماعه دوار مركز
        سوق مدينه اقليم منطقه جهه عماله
        رقم الرقم العقد عقد الكونطرا كونطرا المرجع مرجع الكود كود الرمز رمز النمره نمره ديالي
        f fi l b w d mn dyal hwa howa hiya ha hahowa hahiya hak ana hna 7na saken sakna skn 7da jama3a
        jamaa douar dwar markaz souk mdina
        ra9m rqm lra9m l3a9d contrat contra code lcode nemra numero numéro num no n reference référence
        ref dyali
        a à au aux en de du des la le les l d je suis j habite à dans près commune province ville village
        centre mon ma est c voici
        و او et ou and or what about wa pour for هاد had
        in at near the i am live my is it commune town village number contract here
        """
    )
)


# What a picture alone says; customers end many talks with one.
_PICTURES = {
    "🙏": "thanks",
    "❤": "thanks",
    "🌹": "thanks",
    "😊": "thanks",
    "😍": "thanks",
    "🥰": "thanks",
    "👍": "affirm",
    "👌": "affirm",
    "✅": "affirm",
    "👋": "greeting",
}


def meaning_without_words(text: str) -> str | None:
    """Return the intent of a message without letters: its picture's, else "nlu_fallback"; else None."""
    if any(character.isalpha() for character in text):
        return None
    meanings = [_PICTURES[character] for character in text if character in _PICTURES]
    return meanings[0] if meanings else "nlu_fallback"


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the classifier sees it: folded words, consonant skeletons, concepts, space separated.

    `is_bare_answer`: nothing but a place, a number and small words around them.
    """

    folded: str
    skeletons: str
    concepts: str
    is_bare_answer: bool


def read(text: str, places: list[tuple[int, int]]) -> Reading:
    """Read `text`, in which `places` are the (start, end) of place names."""
    marked: list[str] = []
    for word in spans(text):
        if any(start <= word.start < end for start, end in places):
            if not marked or marked[-1] != PLACE_MARK:
                marked.append(PLACE_MARK)
        elif word.folded.isdecimal() and len(word.folded) >= 3:
            if not marked or marked[-1] != NUMBER_MARK:
                marked.append(NUMBER_MARK)
        else:
            marked.append(word.folded)
    return reading_of(without_politeness(marked))


def reading_of(content: Sequence[str]) -> Reading:
    """Return the reading of folded words and marks."""
    rest = set(_content(content))
    return Reading(
        folded=" ".join(content),
        skeletons=" ".join(_skeleton(word) for word in content),
        concepts=" ".join(concept for word in content for concept in CONCEPTS.of(word)),
        is_bare_answer=bool(rest) and rest <= {PLACE_MARK, NUMBER_MARK},
    )


def _skeleton(word: str) -> str:
    return word if word in (PLACE_MARK, NUMBER_MARK) else skeleton(word)


def without_politeness(found: list[str]) -> list[str]:
    """Take greetings and wishes off, wherever they stand, unless they are the message itself.

    They wrap most requests and must not win over what they wrap.
    """
    plain = _without(_ALL_FORMULAS, found)
    if len(_content(plain)) >= _WORDS_OF_A_REQUEST:
        return plain
    plain = _without(_GREETING_FORMULAS, found)
    rest = _content(plain)
    return plain if len(rest) >= _WORDS_AFTER_A_GREETING or PLACE_MARK in rest else found


def _content(found: Sequence[str]) -> list[str]:
    return [word for word in found if word not in _AROUND_AN_ANSWER]


def _without(formulas: frozenset[tuple[str, ...]], found: list[str]) -> list[str]:
    kept: list[str] = []
    position = 0
    while position < len(found):
        length = _formula_at(formulas, found, position)
        following = found[position + length] if position + length < len(found) else ""
        if length == 0 or (position == 0 and following in _WHAT_FOR):
            length = 0
            kept.append(found[position])
        position += max(length, 1)
    return kept


def _formula_at(formulas: frozenset[tuple[str, ...]], found: list[str], position: int) -> int:
    """Return how many words a formula starting at `position` has, 0 for none."""
    for length in range(min(_LONGEST_FORMULA, len(found) - position), 0, -1):
        if tuple(found[position : position + length]) in formulas:
            return length
    return 0
