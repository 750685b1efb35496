"""Install the engines that the benchmarks compare with, each in an environment of its own.

python -m benchmarks.install_peers
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "work" / "peers"

PINNED: Final = {
    "vectorbt": ("vectorbt==1.2.0", "numba==0.68.1", "numpy==2.4.6", "pandas==3.1.1"),
    "hftbacktest": ("hftbacktest==2.4.4",),
    "nautilus_trader": ("nautilus_trader==1.221.0",),
    "backtesting": ("backtesting==0.6.6", "numpy==2.4.6", "pandas==3.1.1"),
}
"""What is measured, and what its speed depends on."""


def python_of(peer: str, folder: Path = FOLDER) -> Path:
    """Return the interpreter of a peer's environment."""
    return folder / peer / "bin" / "python"


def main() -> None:
    """Make what is not there yet."""
    for peer, packages in PINNED.items():
        print(f"{peer}: {' '.join(packages)}")
        subprocess.run([sys.executable, "-m", "venv", FOLDER / peer], check=True)
        pip = [str(python_of(peer)), "-m", "pip", "install", "--disable-pip-version-check"]
        subprocess.run([*pip, "--quiet", *packages], check=True)


if __name__ == "__main__":
    main()
