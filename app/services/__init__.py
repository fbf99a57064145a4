"""What the product does, for the web, the worker and the command line alike. Knows no Flask.

Each function takes what it needs: the database, the settings, the door to the worker. Each opens its own short
transaction, returns a value, and raises only errors of the tree.
"""
