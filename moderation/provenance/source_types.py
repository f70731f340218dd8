"""DigitalSourceType: how a picture or video came to be, in the words of IPTC. Pure Python.

Source: https://cv.iptc.org/newscodes/digitalsourcetype/, as of 2025.
"""

from enum import StrEnum

_PREFIX = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class DigitalSourceType(StrEnum):
    """Those that our own files get. Values are the full addresses, as both IPTC and C2PA want them."""

    TRAINED = _PREFIX + "trainedAlgorithmicMedia"
    COMPOSITE_WITH_TRAINED = _PREFIX + "compositeWithTrainedAlgorithmicMedia"


_AI = frozenset({"trainedalgorithmicmedia", "compositewithtrainedalgorithmicmedia"})
_PARTLY_AI = frozenset({"compositewithtrainedalgorithmicmedia"})
_POSSIBLY_AI = frozenset(
    {"compositesynthetic", "algorithmicmedia", "algorithmicallyenhanced", "virtualrecording"}
)
_CAPTURED = frozenset({"digitalcapture", "computationalcapture", "negativefilm", "positivefilm", "print"})


def source_type_claim(value: str) -> str:
    """ "ai", "ai_edited", "ai_possible", "captured" or "other", whatever way the type is written."""
    term = value.strip().rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()
    if term in _PARTLY_AI:
        return "ai_edited"
    if term in _AI:
        return "ai"
    if term in _POSSIBLY_AI:
        return "ai_possible"
    return "captured" if term in _CAPTURED else "other"
