"""pandas as a measure of the machine: read a CSV, write Parquet. `convert_pandas FILE FOLDER`."""

import sys
from pathlib import Path

import pandas as pd

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
header = None if source.open().read(1).isdigit() else 0
frame = pd.read_csv(source, header=header)
frame.columns = [str(name) for name in frame.columns]
frame.to_parquet(folder / "pandas.parquet", compression="zstd")
