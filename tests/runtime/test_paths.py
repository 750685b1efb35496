from pathlib import Path

import pytest

from sigma_cli.errors import UsageError
from sigma_cli.runtime import paths


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "sigma-cli"\n', encoding="utf-8")
    (tmp_path / "sub" / "deeper").mkdir(parents=True)
    return tmp_path


def test_a_checkout_is_found_from_below(checkout: Path) -> None:
    assert paths.checkout(checkout / "sub" / "deeper") == checkout


def test_another_project_is_no_checkout(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('name = "other"\n', encoding="utf-8")
    assert paths.checkout(checkout / "sub") is None


def test_an_unreadable_project_file_is_no_checkout(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_bytes(b"\xff\xfe")
    assert paths.checkout(checkout) is None


def test_the_store_in_order_of_precedence(checkout: Path) -> None:
    elsewhere = Path("/nowhere")
    environ = {"SIGMA_STORE": "/from/environment", "HOME": "/home/me"}
    assert paths.store_root(Path("given"), environ, checkout) == checkout / "given"
    assert paths.store_root(Path("/given"), environ, checkout) == Path("/given")
    assert paths.store_root(None, environ, checkout) == Path("/from/environment")
    assert paths.store_root(None, {}, checkout / "sub") == checkout / "data"
    assert paths.store_root(None, {"HOME": "/home/me"}, elsewhere) == Path(
        "/home/me/.local/share/sigma"
    )


def test_the_config_dir_in_order_of_precedence(checkout: Path) -> None:
    environ = {"SIGMA_CONFIG_DIR": "/from/environment"}
    assert paths.config_dir(Path("given"), environ, checkout) == checkout / "given"
    assert paths.config_dir(None, environ, checkout) == Path("/from/environment")
    assert paths.config_dir(None, {}, checkout / "sub") == checkout / "config"
    assert paths.config_dir(None, {}, Path("/nowhere")) is None


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"XDG_DATA_HOME": "/xdg", "HOME": "/h"}, "/xdg/sigma"),
        ("linux", {"HOME": "/h"}, "/h/.local/share/sigma"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support/sigma"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/sigma"),
        ("win32", {"HOME": "/h"}, "/h/AppData/Local/sigma"),
    ],
)
def test_the_users_folder(platform: str, environ: dict[str, str], expected: str) -> None:
    assert paths.user_data(environ, platform) == Path(expected)


def test_a_home_that_is_not_in_the_environment() -> None:
    assert paths.user_data({}, "linux").is_absolute()


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.touch()
    with pytest.raises(UsageError, match="the store is a file"):
        paths.store_root(file, {}, tmp_path)
