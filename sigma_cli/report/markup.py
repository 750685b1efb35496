"""HTML written by calling functions. Every string is escaped unless it is Markup already."""

from html import escape
from typing import Literal


class Markup(str):
    """Text that is HTML, and safe to put into HTML."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | Literal[False]) -> Markup:
    """Return one element. `class_` means class, `data_x` data-x; False leaves an attribute out."""
    words = [name]
    for key, value in attributes.items():
        key = key.rstrip("_").replace("_", "-")
        if value is not False:
            words.append(f'{key}="{escape(value)}"')
    return Markup(f"<{' '.join(words)}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return the children one after the other, escaped where they are plain text."""
    return Markup("".join(c if isinstance(c, Markup) else escape(c) for c in children))
