"""Which strategy, with which parameters: from the words after --strategy and --set."""

import hashlib
import inspect
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

import sigma_cli.strategies
from sigma_cli import plugins
from sigma_cli.domain.candles import Candles
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels import jit
from sigma_cli.settings import fields
from sigma_cli.strategies.strategy import Strategy, columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A strategy ready to be asked."""

    text: str
    strategy: Strategy
    params: dict[str, Any]
    """Every parameter, given or not."""
    given: tuple[str, ...]
    """The `--set` words that were parameters of the strategy."""
    code_hash: str
    """Names the decision core and the strategy: a change of either is another run."""


def choose(text: str, sets: Sequence[str]) -> tuple[Choice, list[str]]:
    """Return the strategy named `text`, and the words of `sets` that are not its parameters.

    Raises:
        UsageError: no such strategy, it is not one, or a parameter is wrong.
    """
    made = plugins.load_strategy(text)
    params_type = getattr(made, "params", None)
    if not (isinstance(params_type, type) and issubclass(params_type, BaseModel)):
        raise UsageError(
            f"{text} is not a strategy: it has no `params`, a pydantic model",
            where=_where(made),
            fix="see the Strategy protocol in sigma_cli/strategies/strategy.py",
        )
    known = params_type.model_fields
    given = tuple(word for word in sets if word.partition("=")[0].strip() in known)
    values = {key.strip(): value for key, _, value in (word.partition("=") for word in given)}
    try:
        params = params_type.model_validate(values)
    except ValidationError as error:
        raise _wrong_params(text, params_type, error) from error
    choice = Choice(
        text=text,
        strategy=made(params),
        params=params.model_dump(mode="json"),
        given=given,
        code_hash=_code_hash(made),
    )
    others = [word for word in sets if word not in given]
    _refuse_unknown(text, list(known), others)
    return choice, others


def signal(choice: Choice, candles: Candles, interval: str) -> NDArray[np.float64]:
    """Ask the strategy for the target exposure of every row of one market, float64 [n].

    Raises:
        UsageError: the strategy fails, or does not return one number a row.
    """
    columns = columns_of(candles, choice.strategy.features(), interval)
    try:
        values = np.asarray(choice.strategy.signal(columns), np.float64)
    except UsageError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise UsageError(
            f"{choice.text} failed on {candles.instrument.market}: {error!r}",
            where=f"{last.filename}, line {last.lineno}",
            fix="mend the strategy",
        ) from error
    if values.shape != (len(candles),):
        raise UsageError(
            f"{choice.text} returned {values.shape} signals for {len(candles)} rows",
            where=_where(type(choice.strategy)),
            fix="signal() returns one number for each row: NaN for no change, 0 for flat",
        )
    return np.ascontiguousarray(values)


def _refuse_unknown(text: str, params: Sequence[str], words: Sequence[str]) -> None:
    """Refuse `--set` words that are neither parameters of the strategy nor settings."""
    settings = {*fields(), *(name.rpartition(".")[2] for name in fields())}
    for word in words:
        key = word.partition("=")[0].strip()
        if key not in settings and "." not in key:
            near = did_you_mean(key, [*params, *settings])
            raise UsageError(
                f"{key} is neither a parameter of {text} nor a setting{near}",
                where=f"--set {word}",
                fix=f"parameters: {', '.join(params) or 'none'}; settings: `sigma config show`",
            )


def _wrong_params(text: str, params: type[BaseModel], error: ValidationError) -> UsageError:
    wrong = []
    for one in error.errors():
        name = ".".join(str(part) for part in one["loc"])
        message = one["msg"][:1].lower() + one["msg"][1:]
        wrong.append(f"{name} = {one['input']!r}: {message}" if name else message)
    return UsageError(
        f"{text} can't be run with these parameters: {'; '.join(wrong)}",
        where="--set",
        fix="write "
        + ", ".join(_offer(name, field) for name, field in params.model_fields.items()),
    )


def _offer(name: str, field: FieldInfo) -> str:
    """Return how a parameter is typed, with its default: `fast=10`."""
    return f"{name}=..." if field.is_required() else f"{name}={field.default}"


def _where(made: Any) -> str:
    try:
        return inspect.getfile(made)
    except (TypeError, OSError):
        return repr(made)


def _code_hash(made: Any) -> str:
    """Hash the decision core, the strategies' room and the file that the strategy stands in."""
    digest = hashlib.sha256(jit.CODE_HASH.encode())
    rooms = sorted(Path(folder) for folder in sigma_cli.strategies.__path__)
    files = [path for room in rooms for path in sorted(room.rglob("*.py"))]
    own = Path(_where(made))
    if own not in files:
        files.append(own)
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
