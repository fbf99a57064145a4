"""Finds participants, cuts them out exactly, cleans what is left and proves it."""
