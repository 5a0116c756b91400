"""Whether the looks at one code fit one pack: a likelihood ratio, its signals, and what they rest on. Pure."""
