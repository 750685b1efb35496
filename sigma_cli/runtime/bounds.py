"""What a typed field may be, in the words in which a person writes it."""

from typing import Any, get_args

from pydantic.fields import FieldInfo


def bounds(info: FieldInfo) -> str:
    """Return the values a field may take: its choices, or `>= 1, <= 10,000`."""
    choices = get_args(info.annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(choices)
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    return ", ".join(
        f"{sign} {written(getattr(bound, name))}"
        for bound in info.metadata
        for name, sign in signs.items()
        if getattr(bound, name, None) is not None
    )


def written(value: Any) -> str:
    """Return a value as it is typed, a number with its thousands told apart."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{int(value):,}" if value == int(value) else str(value)
    return "none" if value is None else str(value)
