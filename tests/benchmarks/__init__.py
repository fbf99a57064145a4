"""Speed and memory, as ratios against a named peer or limit in one run. None of it is a test: machines differ."""
