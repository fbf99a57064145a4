"""What families' films leave with, against nginx with the same files in the same run.

servers     ours as deployed, and nginx, on loopback      viewers     many who read slowly, and one who reads fast
"""
