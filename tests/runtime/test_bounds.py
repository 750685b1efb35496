from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from sigma_cli.runtime.bounds import bounds, written


class Model(BaseModel):
    free: int = 1
    whole: int = Field(default=5, ge=1, le=10_000)
    share: float = Field(default=0.5, gt=0, lt=1)
    kind: Literal["units", "fraction"] = "units"
    zero: Annotated[int, Field(ge=0)] = 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("free", ""),
        ("whole", ">= 1, <= 10,000"),
        ("share", "> 0, < 1"),
        ("kind", "units, fraction"),
        ("zero", ">= 0"),
    ],
)
def test_bounds(name: str, words: str) -> None:
    assert bounds(Model.model_fields[name]) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1_000_000, "1,000,000"),
        (0.5, "0.5"),
        (2.0, "2"),
        (True, "True"),
        (None, "none"),
        ("long", "long"),
    ],
)
def test_written(value: object, words: str) -> None:
    assert written(value) == words
