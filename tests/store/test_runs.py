import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.tape import FACT
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.store.runs import NEEDED, list_runs, load_run, remove_run, save_run


def summary(run_id: str, created_ts_ns: int = 1) -> dict[str, Any]:
    known = {"run_id": run_id, "created_ts_ns": created_ts_ns, "sharpe": float("nan"), "bars": 3}
    return dict.fromkeys(NEEDED, 0) | known


def facts(count: int) -> np.ndarray[Any, np.dtype[Any]]:
    table = np.zeros(count, FACT)
    table["local_no"] = np.arange(count)
    table["fee"] = np.linspace(0, 1, count)
    table["kind"] = 2
    return table


def test_a_run_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    stored = facts(1000)
    equity = {
        "ts_ns": np.arange(5),
        "equity": np.array([1.0, np.nan, 3.0, -0.0, np.inf]),
        "open": np.array([True, False, True, True, False]),
        "note": np.array(["a", "", "원", "d", "e"], np.object_),
    }
    folder = save_run(tmp_path, summary("abc"), {"facts": stored, "equity": equity})
    run = load_run(tmp_path, "abc")
    assert folder == run.folder == tmp_path / "runs" / "abc"
    assert run.summary["bars"] == 3
    assert np.isnan(run.summary["sharpe"])
    found = run.table("facts")
    assert list(found) == list(FACT.names or ())
    for name, column in found.items():
        assert column.dtype == FACT[name]
        assert np.array_equal(column, stored[name])
    again = run.table("equity")
    assert {name: column.dtype for name, column in again.items()} == {
        name: column.dtype for name, column in equity.items()
    }
    assert again["equity"].tobytes() == equity["equity"].tobytes()
    assert again["open"].tolist() == equity["open"].tolist()
    assert again["note"].tolist() == equity["note"].tolist()


def test_an_empty_table_keeps_its_columns(tmp_path: Path) -> None:
    save_run(tmp_path, summary("abc"), {"facts": facts(0)})
    found = load_run(tmp_path, "abc").table("facts")
    assert {name: column.dtype for name, column in found.items()} == {
        name: FACT[name] for name in FACT.names or ()
    }
    assert {len(column) for column in found.values()} == {0}


def test_the_same_run_again_leaves_the_stored_one(tmp_path: Path) -> None:
    save_run(tmp_path, summary("abc", 1), {"facts": facts(3)})
    save_run(tmp_path, summary("abc", 2), {"facts": facts(4)})
    run = load_run(tmp_path, "abc")
    assert run.summary["created_ts_ns"] == 1
    assert len(run.table("facts")["fee"]) == 3
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["abc"]


def test_runs_are_found_by_id_by_beginning_and_as_latest(tmp_path: Path) -> None:
    for age, run_id in enumerate(("abcd", "abce", "ab", "f00")):
        save_run(tmp_path, summary(run_id, 10 - age), {})
    assert load_run(tmp_path, "abcd").run_id == "abcd"
    assert load_run(tmp_path, "f").run_id == "f00"
    assert load_run(tmp_path, "ab").run_id == "ab"
    assert load_run(tmp_path, "latest").run_id == "abcd"
    assert [run.run_id for run in list_runs(tmp_path)] == ["abcd", "abce", "ab", "f00"]
    with pytest.raises(UsageError, match="2 runs begin with 'abc': abcd, abce"):
        load_run(tmp_path, "abc")
    with pytest.raises(UsageError, match="did you mean 'abcd'"):
        load_run(tmp_path, "abdd")


@pytest.mark.parametrize("name", ["latest", "abc", "../../etc", ""])
def test_an_empty_store_has_no_run_of_any_name(tmp_path: Path, name: str) -> None:
    assert list_runs(tmp_path) == []
    with pytest.raises(UsageError, match="no run"):
        load_run(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_removed_run_is_gone(tmp_path: Path) -> None:
    for run_id in ("abc", "def"):
        save_run(tmp_path, summary(run_id), {"facts": facts(3)})
    for _ in range(2):  # another process may remove it too
        remove_run(tmp_path / "runs" / "abc")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["def"]


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    folder = save_run(tmp_path, summary("abc"), {"facts": facts(1000)})
    path = folder / "facts.parquet"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(OutsideError, match="table facts of run abc") as caught:
        load_run(tmp_path, "abc").table("facts")
    assert caught.value.where == str(path)
    with pytest.raises(OutsideError, match="table signals of run abc"):
        load_run(tmp_path, "abc").table("signals")


def test_a_damaged_summary_is_named(tmp_path: Path) -> None:
    folder = save_run(tmp_path, summary("abc"), {})
    (folder / "run.json").write_text('{"run_id": "abc"', encoding="utf-8")
    with pytest.raises(OutsideError, match="run abc can't be read"):
        load_run(tmp_path, "abc")
    assert list_runs(tmp_path) == []


def test_what_killed_processes_left_is_swept_a_day_later(tmp_path: Path) -> None:
    old, young = (tmp_path / "runs" / f".{name}.tmp" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "facts.parquet").write_bytes(b"x")
    os.utime(old, (1, 1))
    save_run(tmp_path, summary("abc"), {})
    assert not old.exists()
    assert young.exists()
    assert [run.run_id for run in list_runs(tmp_path)] == ["abc"]


_SAVE = """
import sys
from pathlib import Path
from sigma_cli.store.runs import NEEDED, save_run
sys.stdin.readline()
for i in range(50):
    save_run(Path(sys.argv[1]), dict.fromkeys(NEEDED, 0) | {"run_id": f"r{i}"}, {})
"""


def test_two_that_save_the_same_runs_at_once_both_succeed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", _SAVE, str(tmp_path)]
    running = [subprocess.Popen(argv, stdin=subprocess.PIPE, text=True) for _ in range(2)]
    for process in running:
        process.communicate("go\n")
    assert [process.returncode for process in running] == [0, 0]
    assert len(list_runs(tmp_path)) == 50
    assert len(list((tmp_path / "runs").iterdir())) == 50


_FILL_THE_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from sigma_cli.errors import OutsideError
from sigma_cli.store.runs import NEEDED, save_run
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
noise = np.random.default_rng(1).random(10_000)
try:
    save_run(Path(sys.argv[1]), {"run_id": "abc", "created_ts_ns": 1}, {"equity": {"e": noise}})
except OutsideError as error:
    sys.exit(error.exit_code)
"""


def test_a_run_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", _FILL_THE_DISK, str(tmp_path)]
    assert subprocess.run(argv, check=False).returncode == 3
    assert list((tmp_path / "runs").iterdir()) == []


def test_neither_saving_nor_loading_imports_pandas(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from sigma_cli.store.runs import NEEDED, save_run, load_run\n"
        "save_run(Path(sys.argv[1]), dict.fromkeys(NEEDED, 0) | {'run_id': 'abc'}, "
        "{'equity': {'e': np.arange(9.0)}})\n"
        "assert len(load_run(Path(sys.argv[1]), 'abc').table('equity')['e']) == 9\n"
        "sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
