"""Included by a real worker, never by a test: it dances with OddEngine and scans by colour from then on."""

from generation import resident_engines
from moderation.services import scanning
from tests.factories.scanners import COLOUR_AND_WORDS
from tests.services.odd_engine import OddEngine
from tongyi_portal.common.registry import LazyRegistry

resident_engines._engines["animation"] = OddEngine()
scanning.SCANNERS = LazyRegistry(COLOUR_AND_WORDS)
