"""What buyers report: "this is not what I bought". Each report is a lead of its own, and needs no account.

    anybody ──► report ──► lead (opened ──► taken up ──► closed) ──► looked up by number and check
                  │                                        │
                  └─ telephone, position: until then ──────┘

Who reports is not asked. How often one source may is counted under a pseudonym whose salt lives a day.
"""
