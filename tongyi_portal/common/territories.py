"""Countries by ISO 3166-1 alpha-2, with their names in the reader's language; from babel's CLDR data."""

from functools import cache

from babel import Locale

# Two-letter codes that CLDR knows beside the standard's: exceptional reservations, groupings, private use.
_NOT_IN_THE_STANDARD = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
)


@cache
def territory_codes() -> frozenset[str]:
    """Every officially assigned code."""
    codes = Locale.parse("en").territories
    return frozenset(
        code for code in codes if len(code) == 2 and code.isalpha() and code not in _NOT_IN_THE_STANDARD
    )


def territory_name(code: str, language: str) -> str:
    """A country's name in a language of Django ("zh-hans", "en"); an unknown code stands for itself."""
    names = Locale.parse("zh_Hans" if language.startswith("zh") else "en").territories
    return str(names.get(code, code))
