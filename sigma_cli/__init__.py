"""sigma as a library: words, kernels, store and runs. Never imports the command line."""

__all__: list[str] = []
