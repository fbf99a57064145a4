"""Graphs and command lines for ffmpeg: the only user of ffmpeg-python."""
