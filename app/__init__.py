"""The web, the worker and the command line: everything that stands on the pipeline."""
