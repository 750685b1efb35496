"""Tables of the page. Numbers stand right and line up; a wide table scrolls in its own box."""

from collections.abc import Iterable, Sequence

from sigma_cli.report.markup import Markup, joined, tag


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1, wrap: bool = False
) -> Markup:
    """Return a table whose first `left` columns are words and whose others are numbers.

    `wrap`: words may take several lines, so that all columns fit a telephone.
    """

    def cells(name: str, row: Sequence[str]) -> Markup:
        kinds = ["" if i < left else "num" for i in range(len(row))]
        return joined(*(tag(name, c, class_=k or False) for c, k in zip(row, kinds, strict=True)))

    body = joined(*(tag("tr", cells("td", row)) for row in rows))
    top = tag("thead", tag("tr", cells("th", head)))
    return tag(
        "div",
        tag("table", top, tag("tbody", body), class_="wrap" if wrap else False),
        class_="scroll",
        tabindex="0",
    )


def facts(pairs: Iterable[tuple[str, str]], *, long: bool = False) -> Markup:
    """Return names and values, one pair a line, in two columns unless values are `long`."""
    lines = (tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs)
    return tag("dl", *lines, class_="facts long" if long else "facts")


def meter(share: float) -> Markup:
    """Return a share from 0 to 1 as a bar in a cell."""
    return tag("i", "", class_="meter", style=f"width:{share:.2%}")


def toned(value: float, said: str) -> Markup:
    """Return `said` in the colour of a gain or a loss."""
    return tag("span", said, class_="won" if value > 0 else "lost" if value < 0 else "even")
