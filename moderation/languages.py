"""language_of: whether a text is Chinese or English, for routing. Pure Python."""

_ENOUGH_LETTERS = 2


def language_of(text: str) -> str:
    """ "zh" when at least a fifth of the letters are Han characters, "en" for Latin ones, "" for neither.

    A fifth, because Chinese texts quote English names in full, and a Han character says as much as several
    Latin letters.
    """
    han = sum("\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf" for character in text)
    latin = sum(character.isascii() and character.isalpha() for character in text)
    if han and han * 5 >= han + latin:
        return "zh"
    return "en" if latin >= _ENOUGH_LETTERS else ""
