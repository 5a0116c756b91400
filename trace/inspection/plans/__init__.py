"""Plans of spot checks and their double-random draws (双随机) as they are kept: from the draft to the published file.

    draft ──► committed ──► drawn ──► published
      └───────────┴──► cancelled, with a reason

`draw/` draws and knows no database; here stands who may be drawn, what was committed to, and what came of it. At the
commitment the candidate list is fixed and a secret made; both hashes are public from then on. At the draw the public
value is given and everything follows. Redraws are appended, after the publication too: the file as it was before each
can be made again.
"""
