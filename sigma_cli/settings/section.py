"""What every section of the settings is made of. Reads nothing."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

RULES: Final = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Section(BaseModel):
    """Some settings that belong together."""

    model_config = RULES


def setting(
    default: Any,
    unit: str,
    description: str,
    *,
    gt: float | None = None,
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    """Describe one setting: its default, its unit, a sentence and its bounds."""
    extra: JsonDict = {"unit": unit}
    return Field(default, description=description, json_schema_extra=extra, gt=gt, ge=ge, le=le)
