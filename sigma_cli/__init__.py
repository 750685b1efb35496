"""sigma as a library: words, kernels, store and runs. Never imports the command line.

Import from the modules; only what everybody who calls them must know is here.
"""

from sigma_cli.errors import CheckError, HeldError, OutsideError, SigmaError, UsageError

__all__ = ["CheckError", "HeldError", "OutsideError", "SigmaError", "UsageError"]
