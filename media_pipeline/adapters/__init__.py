"""The outside world: processes, tools, files and stores. Only `run` and `toolbox` meet these modules."""
