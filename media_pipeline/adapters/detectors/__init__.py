"""What looks at pictures: decoded frames, shots, faces and settings. Only code in here opens `Frame.planes`."""
