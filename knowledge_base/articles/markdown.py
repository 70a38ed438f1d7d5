"""Markdown of articles: to HTML that carries nothing but text and links, and to plain text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS: Final = {
    *("p", "br", "hr", "strong", "em", "a", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})

_parser: Final = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")

_SENTENCE: Final = re.compile(r"(?<=[.!?؟…])\s+|\n+")
_WORDS_A_MINUTE: Final = 180


@lru_cache(maxsize=512)
def render(body: str) -> str:
    """Return the HTML of a Markdown text: no markup of its own, no scripts, no images, safe links only.

    The page has the one h1: a first-level heading becomes a second-level one.
    """
    tokens = _parser.parse(body)
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel="noopener",
    )


@lru_cache(maxsize=512)
def plain(body: str) -> str:
    """Return the text of a Markdown text, a block a line; list items begin with a dot."""
    lines: list[str] = []
    in_item = False
    for token in _parser.parse(body):
        if token.type == "list_item_open":
            in_item = True
        elif token.type == "list_item_close":
            in_item = False
        elif token.type == "inline":
            text = _text_of(token)
            lines.append(f"• {text}" if in_item else text)
        elif token.type == "fence":
            lines.append(token.content.strip())
    return "\n".join(line for line in lines if line)


def _text_of(inline: Token) -> str:
    parts = []
    for child in inline.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts).strip()


def paragraphs_of(body: str) -> str:
    """Return the plain text without headings: what an extract is taken from."""
    lines: list[str] = []
    tokens = _parser.parse(body)
    depth = 0
    for before, token in zip([None, *tokens[:-1]], tokens, strict=True):
        depth += (token.type == "list_item_open") - (token.type == "list_item_close")
        if token.type != "inline" or (before is not None and before.type in ("heading_open", "th_open")):
            continue
        text = _text_of(token)
        lines.append(f"• {text}" if depth else text)
    return "\n".join(line for line in lines if line)


def sentences(text: str) -> list[str]:
    """Cut plain text at the ends of sentences and of lines."""
    return [sentence for sentence in (part.strip() for part in _SENTENCE.split(text)) if sentence]


def minutes(body: str) -> int:
    """Return how long reading takes, in whole minutes, at least one."""
    return max(1, round(len(plain(body).split()) / _WORDS_A_MINUTE))
