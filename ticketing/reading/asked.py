"""What somebody typed into the search box, read: words, phrases, numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from knowledge_base.billing.contracts import lookup_key
from knowledge_base.text import words

MOST_WORDS: Final = 12
_PHRASE: Final = re.compile(r'["«“„]([^"«»“”„]*)(?:["»”]|$)')
_NUMERIC: Final = re.compile(r"[\d\s#+()./-]*\d[\d\s#+()./-]*")
_ARABIC: Final = re.compile(r"[\u0621-\u064a]+")
# What Arabic writes together with a word: and, the, in, for, so, like, and their sums.
_JOINED: Final = ("", "ال", "و", "وال", "ب", "بال", "ل", "لل", "ف", "فال", "ك", "كال")
_JOINED_TO_TAKE_OFF: Final = ("وال", "بال", "فال", "كال", "ال", "لل")
_SHORTEST_STEM: Final = 3
_SHORTEST_PREFIX: Final = 2
_SHORTEST_PART: Final = 3  # letters that the index of names can look up
_SHORTEST_NUMBER: Final = 4  # digits that may be a part of a telephone number, or a contract


@dataclass(frozen=True, slots=True)
class Term:
    """One word, folded. `is_open`: it may go on, because it is still being typed."""

    word: str
    is_open: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """The word with what Arabic joins to it: فاتورة finds الفاتورة, and the other way round."""
        if not _ARABIC.fullmatch(self.word):
            return (self.word,)
        stem = next(
            (
                self.word.removeprefix(joined)
                for joined in _JOINED_TO_TAKE_OFF
                if self.word.startswith(joined) and len(self.word) - len(joined) >= _SHORTEST_STEM
            ),
            self.word,
        )
        return tuple(dict.fromkeys((self.word, *(joined + stem for joined in _JOINED))))

    def fits(self, word: str) -> bool:
        """Whether a folded word of a text is one that was looked for."""
        if self.is_open:
            return any(word.startswith(spelling) for spelling in self.spellings)
        return word in self.spellings


@dataclass(frozen=True, slots=True)
class Asked:
    """`terms` are all the words, those of phrases too; `phrases` are folded words in a row, with blanks."""

    text: str
    terms: tuple[Term, ...]
    phrases: tuple[str, ...]

    @property
    def digits(self) -> str | None:
        """The digits where there is nothing else: a ticket's number, a telephone, a contract."""
        if not _NUMERIC.fullmatch(self.text):
            return None
        return "".join(str(int(character)) for character in self.text if character.isdigit())

    @property
    def contract(self) -> str | None:
        """The key of a contract or meter, where it may be one."""
        key = lookup_key(self.text)
        has_digits = sum(character.isdigit() for character in key) >= _SHORTEST_NUMBER
        return key if has_digits and len(key) <= 40 else None

    @property
    def tsquery(self) -> str:
        """All the words, for PostgreSQL. They are letters and digits only: nothing in them is an operator."""
        every = " & ".join(f"({_alternatives(term)})" for term in self.terms)
        return f"({every}) | '{self.digits}':*" if self.digits and len(self.terms) > 1 else every

    @property
    def shown(self) -> tuple[Term, ...]:
        """What an excerpt marks: a number that was asked for in groups may stand in one piece."""
        return (*self.terms, Term(self.digits, is_open=True)) if self.digits else self.terms

    @property
    def likes(self) -> list[str]:
        """Patterns that a folded name or address holds all of."""
        if self.digits is not None:
            core = self.digits.lstrip("0").removeprefix("212") or self.digits
            return [f"%{core}%"] if len(core) >= _SHORTEST_NUMBER else []
        if all(len(term.word) < _SHORTEST_PART for term in self.terms):
            return []
        return [f"%{term.word}%" for term in self.terms]


def _alternatives(term: Term) -> str:
    prefix = ":*" if term.is_open else ""
    return " | ".join(f"'{spelling}'{prefix}" for spelling in term.spellings)


def read(text: str) -> Asked:
    """Words are ANDed, `"quoted"` ones stand in a row, the last one may be unfinished."""
    text = text.replace("\x00", "")
    phrases: list[str] = []
    terms: list[Term] = []
    for found in _PHRASE.finditer(text):
        together = words(found[1])
        terms += [Term(word) for word in together]
        if len(together) > 1:
            phrases.append(" ".join(together))
    rest = _PHRASE.sub(" ", text)
    loose = words(rest)
    is_open = bool(loose) and rest[-1].isalnum() and len(loose[-1]) >= _SHORTEST_PREFIX
    terms += [Term(word, is_open and place == len(loose) - 1) for place, word in enumerate(loose)]
    return Asked(text.strip(), tuple(dict.fromkeys(terms))[:MOST_WORDS], tuple(phrases))
