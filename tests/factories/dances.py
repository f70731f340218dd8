"""Which of our own dances are whole figures that dance alone."""

from templates_app.choreography import CHOREOGRAPHIES

GROUPS = ("pair_mirror",)
SEATED = ("hand_dance",)
SOLO = tuple(slug for slug in sorted(CHOREOGRAPHIES) if slug not in GROUPS + SEATED)
