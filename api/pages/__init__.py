"""Pages for people, by noun: what a template shows is made here from what the domain gives."""
