"""Every speed figure of the README, as a ratio against a named reference measured in the same run."""
