"""The event log: one append-only hash chain per batch, and per party or product where no batch is concerned."""
