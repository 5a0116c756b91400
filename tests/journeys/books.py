"""What the books of the custody story must say, worked out by hand: balances and ledgers of every party."""

from __future__ import annotations


def ledgers_of(tables: dict[str, str]) -> dict[str, list[str]]:
    """The lines of each party's ledger, spaces made one."""
    return {name: [" ".join(line.split()) for line in table.strip().splitlines()] for name, table in tables.items()}


def balances_of(table: str) -> dict[str, dict[str, int]]:
    """A table of balances: a head with the columns, then a line for each party; `-` is nought."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {
        name: {column: int(cell) for column, cell in zip(head[1:], cells, strict=True) if cell != "-"}
        for name, *cells in rows
    }


# What was where before the recall, in units of batch A:
#
#   maker     made 480, sent pallet 0 with 240 on; 240 are left
#   dealer_1  got 240; passed on 120 (dealer_2) + 36 (outlet_1) + 24 (outlet_2) + 12 (outlet_3, of 24 sent) = 192;
#             has cartons 6 to 9, 4 x 12 = 48
#   dealer_2  got 120, and 2 damaged ones back: 122; passed on 36 + 24 + 24 = 84; wrote off 2; has 3 x 12 = 36
#   outlet_1  got 36; sold 3, took 1 back: 2 sold, 34 left
#   outlet_2  got 24                  outlet_3  got 12 of the 24 sent
#   outlet_4  got 36, sold a carton of 12: 24 left
#   outlet_5  got 24, 2 of them damaged, and returned those: 22 left
#   outlet_6  got 24, wrote off 1: 23 left
A_BEFORE_THE_RECALL = balances_of("""
party      made  received  passed_on  returned  held  sold  written_off
maker       480         -        240         -   240     -            -
dealer_1      -       240        192         -    48     -            -
dealer_2      -       122         84         -    36     -            2
outlet_1      -        36          -         -    34     2            -
outlet_2      -        24          -         -    24     -            -
outlet_3      -        12          -         -    12     -            -
outlet_4      -        36          -         -    24    12            -
outlet_5      -        24          -         2    22     -            -
outlet_6      -        24          -         -    23     -            1
""")

# The recall brings everything back: a farm returns 5 of 12 to outlet_4, which then has 24 + 5 = 29; and to the maker go
# 48 + 36 + 34 + 24 + 12 + 29 + 22 + 23 = 228. Of the pallet's 240 that leaves out 2 + 7 sold and 2 + 1 written off.
# The maker has 240 + 228 = 468, writes them off and destroys them.
A_IN_THE_END = balances_of("""
party      made  received  passed_on  returned  sold  written_off  destroyed
maker       480       228        240         -     -            -        468
dealer_1      -       240        192        48     -            -          -
dealer_2      -       122         84        36     -            2          -
outlet_1      -        36          -        34     2            -          -
outlet_2      -        24          -        24     -            -          -
outlet_3      -        12          -        12     -            -          -
outlet_4      -        36          -        29     7            -          -
outlet_5      -        24          -        24     -            -          -
outlet_6      -        24          -        23     -            1          -
""")

# Batch R is not recalled: 24 = 6 (dealer_1) + 6 (dealer_2) + 4 and 2 sold (outlet_1) + 6 (outlet_4).
R_IN_THE_END = balances_of("""
party      made  received  passed_on  held  sold
maker        24         -         24     -     -
dealer_1      -        24         18     6     -
dealer_2      -        12          6     6     -
outlet_1      -         6          -     4     2
outlet_4      -         6          -     6     -
""")

# Of what was scanned together, the batches stand in the order of their ids: R before A.
PURCHASES = {
    "maker": "",
    "dealer_1": """
        24  receive  R   +24  maker
        24  receive  A  +240  maker
        28  return   A   -48  maker     correction
    """,
    "dealer_2": """
        25  receive  R   +12  dealer_1
        25  receive  A  +120  dealer_1
        28  return   A   -36  maker     correction
    """,
    "outlet_1": """
        26  receive  R    +6  dealer_1
        26  receive  A   +36  dealer_1
        28  return   A   -34  maker     correction
    """,
    "outlet_2": """
        26  receive  A   +24  dealer_1
        28  return   A   -24  maker     correction
    """,
    "outlet_3": """
        26  receive  A   +12  dealer_1
        28  return   A   -12  maker     correction
    """,
    "outlet_4": """
        26  receive  R    +6  dealer_2
        26  receive  A   +36  dealer_2
        28  return   A   -29  maker     correction
    """,
    "outlet_5": """
        26  receive_damaged  A   +2  dealer_2
        26  receive          A  +22  dealer_2
        26  return           A   -2  dealer_2  correction
        28  return           A  -22  maker     correction
    """,
    "outlet_6": """
        26  receive  A   +24  dealer_2
        28  return   A   -23  maker     correction
    """,
}

# A sale is booked when it leaves: what outlet_3 did not get, and what was sent by mistake, is taken out again.
SALES = {
    "maker": """
        24  ship     R   +24  dealer_1
        24  ship     A  +240  dealer_1
        28  receive  A   -48  dealer_1  correction
        28  receive  A   -36  dealer_2  correction
        28  receive  A   -34  outlet_1  correction
        28  receive  A   -24  outlet_2  correction
        28  receive  A   -12  outlet_3  correction
        28  receive  A   -29  outlet_4  correction
        28  receive  A   -22  outlet_5  correction
        28  receive  A   -23  outlet_6  correction
    """,
    "dealer_1": """
        25  ship          R   +12  dealer_2
        25  ship          A  +120  dealer_2
        26  ship          R    +6  outlet_1
        26  ship          A   +36  outlet_1
        26  ship          A   +24  outlet_2
        26  ship          A   +12  outlet_2
        26  ship          A   -12  outlet_2  correction
        26  ship          A   +24  outlet_3
        27  settle_found  A   -12  outlet_3  correction
    """,
    "dealer_2": """
        26  ship             R   +6  outlet_4
        26  ship             A  +36  outlet_4
        26  ship             A  +24  outlet_5
        26  receive_damaged  A   -2  outlet_5  correction
        26  ship             A  +24  outlet_6
    """,
    "outlet_1": """
        27  sell       A  +3  马建国 甘蓝小菜蛾
        27  sell       R  +2  马建国 甘蓝小菜蛾 002X
        27  take_back  A  -1  correction
    """,
    "outlet_2": "",
    "outlet_3": "",
    "outlet_4": """
        27  sell       A  +12  塞上家庭农场 枸杞蚜虫
        28  take_back  A   -5  correction
    """,
    "outlet_5": "",
    "outlet_6": "",
}
