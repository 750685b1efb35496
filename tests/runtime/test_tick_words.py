"""What a report is told of the assumptions of a run on ticks."""

from sigma_cli.runtime import tick_words
from sigma_cli.settings import Settings


def test_a_sizer_that_breaks_the_caps_is_named() -> None:
    assert tick_words.caps(Settings()) == []
    (said,) = tick_words.caps(Settings.model_validate({"sizing": {"kind": "confidence"}}))
    assert "breaks the caps" in said
