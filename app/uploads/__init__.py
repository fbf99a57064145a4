"""Resumable uploads by tus 1.0: the protocol's rules and the incoming store. Knows no web framework.

    names, disk  →  record  →  store  →  protocol
           names  →  asks   →  protocol

`protocol.handle` is all that a view needs; `store.IncomingStore` is all that the intake and the sweeper need.
"""
