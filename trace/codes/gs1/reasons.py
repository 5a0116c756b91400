"""Why a GS1 text is refused: one enum for all of it, and the error that carries it.

Source: the return codes of GS1's syntax dictionary linters (Apache-2.0), whose names are kept so that verdicts can be
compared one to one; the first block, about structure, is named here.
"""

from __future__ import annotations

from enum import StrEnum

from ...kernel.errors import InvalidInput

MAX_EVIDENCE_CHARACTERS = 120
"""A hostile value goes into the log by its beginning only."""


class Reason(StrEnum):
    """What is wrong. The value is the last part of the error's code, except for coupons, which share one."""

    # structure: element strings, brackets, URIs, keys
    EMPTY = "empty"
    FNC1_MISSING = "fnc1_missing"
    BRACKETS = "brackets"
    UNKNOWN_AI = "unknown_ai"
    VALUE_EMPTY = "value_empty"
    VALUE_TOO_SHORT = "value_too_short"
    VALUE_TOO_LONG = "value_too_long"
    VALUE_HAS_FNC1 = "value_has_fnc1"
    VALUE_HAS_NUL = "value_has_nul"
    TOO_MANY_ELEMENTS = "too_many_elements"
    URI_CHARACTER = "uri_character"
    URI_SCHEME = "uri_scheme"
    URI_WITHOUT_PATH = "uri_without_path"
    DOMAIN_CHARACTER = "domain_character"
    STEM = "stem"
    NO_KEY = "no_key"
    KEY_SEQUENCE = "key_sequence"
    NOT_AN_ATTRIBUTE = "not_an_attribute"
    BELONGS_IN_PATH = "belongs_in_path"
    DUPLICATE = "duplicate"
    NOT_A_GTIN_LINK = "not_a_gtin_link"
    NOT_AN_IDENTITY = "not_an_identity"
    # associations
    EXCLUDED = "excluded"
    REQUIRED = "required"
    REPEATED_DIFFERENTLY = "repeated_differently"
    SERIAL_REQUIRED = "serial_required"
    # characters
    NON_DIGIT_CHARACTER = "non_digit_character"
    INVALID_CSET82_CHARACTER = "invalid_cset82_character"
    INVALID_CSET39_CHARACTER = "invalid_cset39_character"
    INVALID_CSET64_CHARACTER = "invalid_cset64_character"
    INVALID_CSET64_PADDING = "invalid_cset64_padding"
    REQUIRES_NON_DIGIT_CHARACTER = "requires_non_digit_character"
    INVALID_PERCENT_SEQUENCE = "invalid_percent_sequence"
    NOT_HYPHEN = "not_hyphen"
    # check digits, company prefixes
    INCORRECT_CHECK_DIGIT = "incorrect_check_digit"
    TOO_SHORT_FOR_CHECK_DIGIT = "too_short_for_check_digit"
    INCORRECT_CHECK_PAIR = "incorrect_check_pair"
    TOO_SHORT_FOR_CHECK_PAIR = "too_short_for_check_pair"
    TOO_LONG_FOR_CHECK_PAIR = "too_long_for_check_pair_implementation"
    TOO_SHORT_FOR_GCP = "too_short_for_gcp"
    INVALID_GCP_PREFIX = "invalid_gcp_prefix"
    GCP_DATASOURCE_OFFLINE = "gcp_datasource_offline"
    # numbers
    IMPORTER_IDX_LENGTH = "importer_idx_must_be_one_character"
    INVALID_IMPORTER_IDX = "invalid_import_idx_character"
    ILLEGAL_ZERO_VALUE = "illegal_zero_value"
    NOT_ZERO = "not_zero"
    ILLEGAL_ZERO_PREFIX = "illegal_zero_prefix"
    NOT_ZERO_OR_ONE = "not_zero_or_one"
    INVALID_WINDING_DIRECTION = "invalid_winding_direction"
    INVALID_LENGTH_FOR_PIECE_OF_TOTAL = "invalid_length_for_piece_of_total"
    ZERO_PIECE_NUMBER = "zero_piece_number"
    ZERO_TOTAL_PIECES = "zero_total_pieces"
    PIECE_NUMBER_EXCEEDS_TOTAL = "piece_number_exceeds_total"
    POSITION_IN_SEQUENCE_MALFORMED = "position_in_sequence_malformed"
    POSITION_EXCEEDS_END = "position_exceeds_end"
    LATITUDE_INVALID_LENGTH = "latitude_invalid_length"
    INVALID_LATITUDE = "invalid_latitude"
    LONGITUDE_INVALID_LENGTH = "longitude_invalid_length"
    INVALID_LONGITUDE = "invalid_longitude"
    # code lists
    NOT_ISO3166 = "not_iso3166"
    NOT_ISO3166_OR_999 = "not_iso3166_or_999"
    NOT_ISO3166_ALPHA2 = "not_iso3166_alpha2"
    NOT_ISO4217 = "not_iso4217"
    INVALID_BIOLOGICAL_SEX_CODE = "invalid_biological_sex_code"
    INVALID_MEDIA_TYPE = "invalid_media_type"
    INVALID_PACKAGE_TYPE = "invalid_package_type"
    IBAN_TOO_SHORT = "iban_too_short"
    IBAN_TOO_LONG = "iban_too_long"
    INVALID_IBAN_CHARACTER = "invalid_iban_character"
    ILLEGAL_IBAN_COUNTRY_CODE = "illegal_iban_country_code"
    INCORRECT_IBAN_CHECKSUM = "incorrect_iban_checksum"
    # dates and times
    DATE_TOO_SHORT = "date_too_short"
    DATE_TOO_LONG = "date_too_long"
    ILLEGAL_MONTH = "illegal_month"
    ILLEGAL_DAY = "illegal_day"
    HOUR_TOO_SHORT = "hour_too_short"
    HOUR_TOO_LONG = "hour_too_long"
    HOUR_WITH_MINUTE_TOO_SHORT = "hour_with_minute_too_short"
    HOUR_WITH_MINUTE_TOO_LONG = "hour_with_minute_too_long"
    ILLEGAL_HOUR = "illegal_hour"
    MINUTE_TOO_SHORT = "minute_too_short"
    MINUTE_TOO_LONG = "minute_too_long"
    ILLEGAL_MINUTE = "illegal_minute"
    SECOND_TOO_SHORT = "second_too_short"
    SECOND_TOO_LONG = "second_too_long"
    ILLEGAL_SECOND = "illegal_second"
    # North American coupons, AI (8110) and (8112): one code, the part named in the evidence
    COUPON_MISSING_FORMAT_CODE = "coupon_missing_format_code"
    COUPON_INVALID_FORMAT_CODE = "coupon_invalid_format_code"
    COUPON_MISSING_FUNDER_VLI = "coupon_missing_funder_vli"
    COUPON_INVALID_FUNDER_LENGTH = "coupon_invalid_funder_length"
    COUPON_TRUNCATED_FUNDER = "coupon_truncated_funder"
    COUPON_TRUNCATED_OFFER_CODE = "coupon_truncated_offer_code"
    COUPON_MISSING_SERIAL_NUMBER_VLI = "coupon_missing_serial_number_vli"
    COUPON_TRUNCATED_SERIAL_NUMBER = "coupon_truncated_serial_number"
    COUPON_MISSING_GCP_VLI = "coupon_missing_gcp_vli"
    COUPON_INVALID_GCP_LENGTH = "coupon_invalid_gcp_length"
    COUPON_TRUNCATED_GCP = "coupon_truncated_gcp"
    COUPON_MISSING_SAVE_VALUE_VLI = "coupon_missing_save_value_vli"
    COUPON_INVALID_SAVE_VALUE_LENGTH = "coupon_invalid_save_value_length"
    COUPON_TRUNCATED_SAVE_VALUE = "coupon_truncated_save_value"
    COUPON_MISSING_1ST_PURCHASE_REQUIREMENT_VLI = "coupon_missing_1st_purchase_requirement_vli"
    COUPON_INVALID_1ST_PURCHASE_REQUIREMENT_LENGTH = "coupon_invalid_1st_purchase_requirement_length"
    COUPON_TRUNCATED_1ST_PURCHASE_REQUIREMENT = "coupon_truncated_1st_purchase_requirement"
    COUPON_MISSING_1ST_PURCHASE_REQUIREMENT_CODE = "coupon_missing_1st_purchase_requirement_code"
    COUPON_INVALID_1ST_PURCHASE_REQUIREMENT_CODE = "coupon_invalid_1st_purchase_requirement_code"
    COUPON_TRUNCATED_1ST_PURCHASE_FAMILY_CODE = "coupon_truncated_1st_purchase_family_code"
    COUPON_MISSING_ADDITIONAL_PURCHASE_RULES_CODE = "coupon_missing_additional_purchase_rules_code"
    COUPON_INVALID_ADDITIONAL_PURCHASE_RULES_CODE = "coupon_invalid_additional_purchase_rules_code"
    COUPON_MISSING_2ND_PURCHASE_REQUIREMENT_VLI = "coupon_missing_2nd_purchase_requirement_vli"
    COUPON_INVALID_2ND_PURCHASE_REQUIREMENT_LENGTH = "coupon_invalid_2nd_purchase_requirement_length"
    COUPON_TRUNCATED_2ND_PURCHASE_REQUIREMENT = "coupon_truncated_2nd_purchase_requirement"
    COUPON_MISSING_2ND_PURCHASE_REQUIREMENT_CODE = "coupon_missing_2nd_purchase_requirement_code"
    COUPON_INVALID_2ND_PURCHASE_REQUIREMENT_CODE = "coupon_invalid_2nd_purchase_requirement_code"
    COUPON_TRUNCATED_2ND_PURCHASE_FAMILY_CODE = "coupon_truncated_2nd_purchase_family_code"
    COUPON_MISSING_2ND_PURCHASE_GCP_VLI = "coupon_missing_2nd_purchase_gcp_vli"
    COUPON_INVALID_2ND_PURCHASE_GCP_LENGTH = "coupon_invalid_2nd_purchase_gcp_length"
    COUPON_TRUNCATED_2ND_PURCHASE_GCP = "coupon_truncated_2nd_purchase_gcp"
    COUPON_MISSING_3RD_PURCHASE_REQUIREMENT_VLI = "coupon_missing_3rd_purchase_requirement_vli"
    COUPON_INVALID_3RD_PURCHASE_REQUIREMENT_LENGTH = "coupon_invalid_3rd_purchase_requirement_length"
    COUPON_TRUNCATED_3RD_PURCHASE_REQUIREMENT = "coupon_truncated_3rd_purchase_requirement"
    COUPON_MISSING_3RD_PURCHASE_REQUIREMENT_CODE = "coupon_missing_3rd_purchase_requirement_code"
    COUPON_INVALID_3RD_PURCHASE_REQUIREMENT_CODE = "coupon_invalid_3rd_purchase_requirement_code"
    COUPON_TRUNCATED_3RD_PURCHASE_FAMILY_CODE = "coupon_truncated_3rd_purchase_family_code"
    COUPON_MISSING_3RD_PURCHASE_GCP_VLI = "coupon_missing_3rd_purchase_gcp_vli"
    COUPON_INVALID_3RD_PURCHASE_GCP_LENGTH = "coupon_invalid_3rd_purchase_gcp_length"
    COUPON_TRUNCATED_3RD_PURCHASE_GCP = "coupon_truncated_3rd_purchase_gcp"
    COUPON_TOO_SHORT_FOR_EXPIRATION_DATE = "coupon_too_short_for_expiration_date"
    COUPON_INVALID_EXPIRATION_DATE = "coupon_invalid_exipiration_date"
    COUPON_TOO_SHORT_FOR_START_DATE = "coupon_too_short_for_start_date"
    COUPON_INVALID_START_DATE = "coupon_invalid_start_date"
    COUPON_EXPIRATION_BEFORE_START = "coupon_expiration_before_start"
    COUPON_MISSING_RETAILER_GCP_OR_GLN_VLI = "coupon_missing_retailer_gcp_or_gln_vli"
    COUPON_INVALID_RETAILER_GCP_OR_GLN_LENGTH = "coupon_invalid_retailer_gcp_or_gln_length"
    COUPON_TRUNCATED_RETAILER_GCP_OR_GLN = "coupon_truncated_retailer_gcp_or_gln"
    COUPON_MISSING_SAVE_VALUE_CODE = "coupon_missing_save_value_code"
    COUPON_INVALID_SAVE_VALUE_CODE = "coupon_invalid_save_value_code"
    COUPON_MISSING_SAVE_VALUE_APPLIES_TO_ITEM = "coupon_missing_save_value_applies_to_item"
    COUPON_INVALID_SAVE_VALUE_APPLIES_TO_ITEM = "coupon_invalid_save_value_applies_to_item"
    COUPON_MISSING_STORE_COUPON_FLAG = "coupon_missing_store_coupon_flag"
    COUPON_MISSING_DONT_MULTIPLY_FLAG = "coupon_missing_dont_multiply_flag"
    COUPON_INVALID_DONT_MULTIPLY_FLAG = "coupon_invalid_dont_multiply_flag"
    COUPON_EXCESS_DATA = "coupon_excess_data"

    @property
    def code(self) -> str:
        """The error's code, a key of the catalogue of texts under `error.`."""
        return "gs1.coupon" if self.startswith("coupon_") else f"gs1.{self.value}"


class Gs1Refused(InvalidInput):
    """A text that is not valid under GS1's rules.

    Evidence, always all of it so that every text can be filled: `ai` (application identifier or ""), `value` (the
    beginning of the offending text), `detail` (the other identifiers concerned, or the part of a coupon).
    """

    def __init__(self, reason: Reason, *, ai: str = "", value: str = "", detail: str = "") -> None:
        detail = reason.value if reason.startswith("coupon_") else detail
        clipped = value[:MAX_EVIDENCE_CHARACTERS]
        super().__init__(reason.code, field=None, ai=ai[:4], value=clipped, detail=detail[:MAX_EVIDENCE_CHARACTERS])
        self.reason = reason
