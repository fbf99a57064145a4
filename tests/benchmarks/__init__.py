"""Figures: speed and memory, as ratios against a named peer or limit in one run; and what the finder of participants misses.

None of it is a test: machines differ, and photographs are never committed. `tests/bench` tests the benches themselves.
"""
