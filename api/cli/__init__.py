"""The command `suiyuan`, by noun. Whoever can run it has the machine, and acts as the operator."""
