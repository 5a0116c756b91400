"""Files of parties, products, batches, movements and samples into the service: for `suiyuan load` and the commands
that register from a file.

Each kind of file becomes dated steps (steps.py); they are done in one transaction, so a file, or a whole directory, is
taken whole or not at all. What is there already, by its identity, is left as it is.
"""
