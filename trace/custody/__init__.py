"""Who holds what: disjoint spans that cover every batch, and the movements that change them."""
