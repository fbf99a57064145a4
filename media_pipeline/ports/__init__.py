"""What the steps need of the outside world, as Protocols. Each has one contract suite that every adapter passes."""
