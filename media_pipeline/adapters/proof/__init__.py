"""The comparing half of the proof: does a finished film show and sound exactly as planned, and nothing that was removed?

Both films are decoded afresh, to pictures of 64 × 36 and sound of 8 kHz, and compared moment by moment. Nothing here
knows how the renderer works: only the plan says what must be where.
"""
