"""What every page is made of: head, style, banner, sections. One file, no network."""

from collections.abc import Iterable
from importlib.resources import files

from sigma_cli.report.markup import Markup, joined, tag


def shell(title: str, body: Iterable[Markup], foot: str, banners: Iterable[Markup]) -> str:
    """Return a whole page; `banners` stand on top, where nobody can overlook them."""
    whole = joined(
        *banners,
        tag("main", *body),
        tag("footer", foot),
        tag("script", Markup(_asset("page.js"))),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"{tag('title', title)}\n{tag('style', Markup(_asset('page.css')))}\n</head>\n"
        f"{tag('body', whole)}\n</html>\n"
    )


def section(title: str, *parts: Markup) -> Markup:
    """Return a part of the page under its heading."""
    return tag("section", tag("h2", title), *parts)


def note(*said: str) -> Markup:
    """Return a line of small print."""
    return tag("p", *said, class_="note")


def figures(cells: Iterable[tuple[str, str]]) -> Markup:
    """Return names and numbers large enough to be read first."""
    return tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", value)) for name, value in cells),
        class_="figures",
    )


def _asset(name: str) -> str:
    return files("sigma_cli.report").joinpath(name).read_text(encoding="utf-8")
