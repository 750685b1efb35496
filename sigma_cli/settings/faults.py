"""The settings of what goes wrong on purpose at the simulated venue. Reads nothing."""

from typing import Final, Self

from pydantic import model_validator

from sigma_cli.settings.section import Section, setting

_OF: Final = {
    "patience_s": ("lost",),
    "verdict_s": ("lost",),
    "external_lots": ("external",),
    "external_value": ("external",),
    "external": ("external_lots", "external_value"),
}
"""What a setting counts with: one of these must not be 0, unless somebody says so."""


class Faults(Section):
    """What goes wrong on purpose at the venue of runs on trades and books; all 0: nothing does."""

    lost: float = setting(
        0.0, "share of submits", "Answers to submits that are lost: such orders are unknown.",
        ge=0, le=1,
    )  # fmt: skip
    patience_s: float = setting(
        10.0, "s", "How long an answer is waited for until its order is unknown.", ge=0, le=86_400
    )
    verdict_s: float = setting(
        30.0, "s", "From then until the venue says what became of the order.", ge=0, le=86_400
    )
    external: float = setting(
        0.0, "share of answers", "Answers after which somebody else moves coins or money.",
        ge=0, le=1,
    )  # fmt: skip
    external_lots: int = setting(
        0, "lots", "Coins that somebody else brings or takes at once.", ge=0, le=1_000_000_000
    )
    external_value: float = setting(
        0.0, "quote currency", "Money that somebody else brings or takes at once.", ge=0, le=1e15
    )
    report_every: int = setting(
        0, "answers", "From one report of what is held to the next; 0: none.", ge=0, le=1_000_000
    )

    @model_validator(mode="after")
    def _counts(self) -> Self:
        """Refuse what would silently count for nothing."""
        for name in sorted(self.model_fields_set & _OF.keys()):
            known = any(getattr(self, o) or o in self.model_fields_set for o in _OF[name])
            if getattr(self, name) and not known:
                needed = " or ".join(f"faults.{other}" for other in _OF[name])
                raise ValueError(
                    f"faults.{name} is set and would count for nothing: set {needed} as well, or"
                    f" leave faults.{name} out"
                )
        return self
