"""Named limits, each with its reason."""

KIB = 1024
MIB = 1024 * KIB

MAX_BATCH_UNITS = 10_000_000_000
"""A hundred times the largest batch we were told of (1e8 packs); the code layouts hold 1e11 indices."""

MAX_PACKING = 1_000_000
"""Units in one carton, or cartons on one pallet."""

MAX_SCANNED_CHARACTERS = 4_296
"""What the largest QR symbol (version 40, level L) carries in alphanumeric mode, ISO/IEC 18004 table 7.
Longer text cannot have come from a label."""

MAX_CODES_PER_REQUEST = 1_000
"""A lorry's cartons; more belongs in a file."""

MAX_REQUEST_BYTES = 2 * MIB
"""A thousand codes as long URLs are about 100 KiB; the rest is room."""

MAX_MOVEMENT_FILE_BYTES = 20 * MIB
"""A hundred thousand codes as long URLs are some 10 MiB."""

MAX_REPORT_BYTES = 32 * MIB
"""Three photos as phones take them, some 10 MiB each."""

MAX_NAME_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 2_000
MAX_FINDINGS_PER_SAMPLE = 200

MAX_SHELF_LIFE_DAYS = 20 * 366
"""No registered agricultural input keeps longer than a few years; twenty is a typing error's edge."""

MAX_WAY_STEPS = 50
"""Movements of one unit shown in an answer, the latest first to fall away."""

MAX_PAGE_ROWS = 200
"""Rows of one page of a listing."""
