"""Publication: the public search over published samples, cited counts of authorities, bulletins (通报).

| file               | what                                                                                      |
|--------------------|-------------------------------------------------------------------------------------------|
| model.py           | a concluded sample as the public may see it, counts and rates, what is searched for       |
| store.py           | the table of concluded samples                                                            |
| service.py         | kept current, searched, counted, looked up by number                                      |
| bulletin_model.py  | what a bulletin says, computed from samples                                               |
| bulletin_store.py  | the tables of bulletins and their versions                                                |
| bulletins.py       | composing, publishing and publishing again                                                |
| aggregate_model.py | counts that authorities published, and rates that follow from them                         |
| aggregates.py      | loading them, checked to add up                                                           |
| aggregate_store.py | the table of these                                                                        |
"""
