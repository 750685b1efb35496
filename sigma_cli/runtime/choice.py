"""Which strategy, with which parameters: from the words after --strategy and --set."""

import hashlib
import inspect
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

import sigma_cli
from sigma_cli import plugins
from sigma_cli.domain.candles import Candles
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels import jit
from sigma_cli.settings import fields
from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns, columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A strategy ready to be asked."""

    text: str
    """As typed."""
    name: str
    """The same wherever its file lies: `mine.py:Mine`."""
    strategy: Any
    """A Strategy, or a TickPolicy."""
    params: dict[str, Any]
    """Every parameter, given or not."""
    given: tuple[str, ...]
    """The `--set` words that were parameters of the strategy."""
    code_hash: str
    """Names the decision core and the strategy: a change of either is another run."""

    @property
    def is_policy(self) -> bool:
        """True when it decides on ticks, inside `step`."""
        return hasattr(self.strategy, "plan")


def choose(text: str, sets: Sequence[str]) -> tuple[Choice, list[str]]:
    """Return the strategy named `text`, and the words of `sets` that are not its parameters.

    Raises:
        UsageError: no such strategy, it is not one, or a parameter is wrong.
    """
    before = set(sys.modules)
    made = _load(text)
    params_type = made.params
    known = params_type.model_fields
    given = tuple(word for word in sets if word.partition("=")[0].strip() in known)
    values = {key.strip(): value for key, _, value in (word.partition("=") for word in given)}
    try:
        params = params_type.model_validate(values)
    except ValidationError as error:
        raise _wrong_params(text, params_type, error) from error
    with _blamed_on(text, "can't be made"):
        strategy = made(params)
    _check_protocol(text, strategy)
    name = Path(text.rpartition(":")[0]).name + ":" + made.__name__ if ":" in text else text
    choice = Choice(
        text=text,
        name=name,
        strategy=strategy,
        params=params.model_dump(mode="json"),
        given=given,
        code_hash=_code_hash(made, set(sys.modules) - before),
    )
    others = [word for word in sets if word not in given]
    _refuse_unknown(text, list(known), others)
    return choice, others


def parameters(text: str) -> tuple[str, ...]:
    """Return the names of a strategy's parameters.

    Raises:
        UsageError: no such strategy, or it is not one.
    """
    return tuple(_load(text).params.model_fields)


def vary(choice: Choice, values: Mapping[str, str]) -> Choice:
    """Return the same strategy with other parameters on top of those given.

    Raises:
        UsageError: the strategy refuses them.
    """
    words = dict(word.partition("=")[::2] for word in choice.given)
    given = {key.strip(): value for key, value in words.items()} | dict(values)
    made: Any = type(choice.strategy)
    try:
        params = made.params.model_validate(given)
    except ValidationError as error:
        raise _wrong_params(choice.text, made.params, error) from error
    with _blamed_on(choice.text, "can't be made"):
        strategy = made(params)
    return replace(
        choice,
        strategy=strategy,
        params=params.model_dump(mode="json"),
        given=tuple(f"{key}={value}" for key, value in given.items()),
    )


def signal(choice: Choice, candles: Candles, interval: str) -> NDArray[np.float64]:
    """Ask the strategy for the target exposure of every row of one market, float64 [n].

    Raises:
        UsageError: the strategy fails, or does not return one number a row.
    """
    with _blamed_on(choice.text, f"failed on {candles.instrument.market}"):
        columns = columns_of(candles, choice.strategy.features(), interval)
    return ask(choice, columns, candles)


def ask(choice: Choice, columns: Columns, candles: Candles) -> NDArray[np.float64]:
    """Ask as `signal` does, of columns that others may share, or of a window of them."""
    with _blamed_on(choice.text, f"failed on {candles.instrument.market}"):
        values = np.asarray(choice.strategy.signal(columns), np.float64)
    if values.shape != (len(columns),):
        raise UsageError(
            f"{choice.text} returned {values.shape} signals for {len(columns)} rows",
            where=_where(type(choice.strategy)),
            fix="signal() returns one number for each row: NaN for no change, 0 for flat",
        )
    return np.ascontiguousarray(values)


@contextmanager
def _own_output() -> Iterator[None]:
    """Let what a strategy prints go to stderr: stdout is for results."""
    with redirect_stdout(sys.stderr):
        yield


@contextmanager
def _blamed_on(text: str, what: str) -> Iterator[None]:
    """Say that it was the strategy that failed, and where; it may not end the program either."""
    try:
        with _own_output():
            yield
    except UsageError:
        raise
    except (Exception, SystemExit) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise UsageError(
            f"{text} {what}: {error!r}",
            where=f"{last.filename}, line {last.lineno}",
            fix="mend the strategy",
        ) from error


def _check_protocol(text: str, strategy: Any) -> None:
    """Demand at the door what the Strategy protocol asks for."""
    if hasattr(strategy, "plan"):
        return  # a policy: `world.py` asks it for a plan of every market
    with _blamed_on(text, "can't name its features"):
        features = strategy.features()
        rows = strategy.lookback_rows
    wrong = ""
    if not (isinstance(features, tuple) and all(isinstance(one, Feature) for one in features)):
        wrong = "features() must return a tuple of features, such as (sma('close', 10),)"
    elif not isinstance(rows, int) or rows < 1:
        wrong = "lookback_rows must be a whole number of rows, at least 1"
    elif not callable(getattr(strategy, "signal", None)):
        wrong = "it has no signal(columns)"
    if wrong:
        raise UsageError(
            f"{text} is not a strategy: {wrong}",
            where=_where(type(strategy)),
            fix="see the Strategy protocol in sigma_cli/strategies/strategy.py",
        )


def _load(text: str) -> Any:
    """Return the strategy's class, whose `params` are a pydantic model."""
    with _own_output():
        made = plugins.load_strategy(text)
    params_type = getattr(made, "params", None)
    if not (isinstance(params_type, type) and issubclass(params_type, BaseModel)):
        raise UsageError(
            f"{text} is not a strategy: it has no `params`, a pydantic model",
            where=_where(made),
            fix="see the Strategy protocol in sigma_cli/strategies/strategy.py",
        )
    return made


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


def _code_hash(made: Any, imported: Iterable[str]) -> str:
    """Hash what a result depends on: sigma's own sources, and the strategy's with its imports.

    Installed packages are not read: their versions would have to be part of any comparison anyway.
    """
    digest = hashlib.sha256(jit.CODE_HASH.encode())
    package = Path(sigma_cli.__file__).parent
    own = [path for path in sorted(package.rglob("*.py")) if not _only_shows(path, package)]
    others = {Path(_where(made)), *_local_files(imported)} - set(own)
    sources = [(path.name, path.read_bytes()) for path in own]
    sources += sorted((path.name, path.read_bytes()) for path in others)  # wherever they lie
    for name, content in sources:
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def _only_shows(path: Path, package: Path) -> bool:
    """Return whether a source of sigma's only shows what was computed."""
    room = path.relative_to(package).parts[0]
    return room == "report" and path.name != "metrics.py"


def _local_files(modules: Iterable[str]) -> Iterator[Path]:
    """Return the files of modules that are neither Python's own nor installed."""
    installed = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    for name in modules:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and not installed & set(Path(file).parents):
            yield Path(file)
