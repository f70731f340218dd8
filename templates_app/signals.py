"""What the library tells those above it that do its work; generation/receivers.py listens.

extraction_wanted (motion): an accepted video waits for its movement to be taken. extraction_unwanted
(motion): nobody needs it any more. previews_wanted (version, by): a version waits for its previews. Sent
inside the transaction that made it so; a receiver that raises undoes it.
"""

from django.dispatch import Signal

extraction_wanted = Signal()
extraction_unwanted = Signal()
previews_wanted = Signal()
