"""demo_library_ensure: the sample people and the dances of a fresh installation."""

from collections.abc import Callable, Collection
from pathlib import Path

from generation.services.previews import preview_render, previews_render_missing, standard_photos_ensure
from moderation.models import ReviewItem
from moderation.services.reviews import review_claim, review_resolve
from moderation.states import UNDECIDED
from templates_app.characters import CHARACTERS
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import DanceTemplate, PreviewKind, TemplateVersion
from templates_app.services.preparing import version_choose_cover
from templates_app.services.publishing import SUBJECT_KEY, VersionNotCleared
from templates_app.services.seeding import templates_seed
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.studio.samples import sample_jpeg, sample_path

SEED_NOTE = "Approved by the installation: this dance comes with the product and was looked at before."
SAMPLE = "person"  # who dances when nobody names a photo
SAMPLE_AS_STANDARD = "average"  # the same person among the standard characters
# Who dances in the preview of which dance; the others are danced by SAMPLE.
DANCERS = {
    "idle_sway": "qipao",
    "mongolian": "qipao",
    "shuffle": "comic",
    "wave": "comic",
    "yangge": "terracotta",
    "disco_point": "terracotta",
    "pair_mirror": "person",
    "hand_dance": "person",
}


def demo_library_ensure(
    *,
    curator: User,
    publisher: User,
    moderator: User,
    say: Callable[[str], None],
    only: Collection[str] | None = None,
) -> None:
    """Publish the dances that come with the product, each with previews; only what is missing is done.

    The curator makes them, the publisher makes them live, as the rule of four eyes asks of everybody.

    A preview that a scanner holds for a person is approved in the moderator's name, with a note that says so:
    these clips are made from the repository's own drawings and dances, and were looked at before a release.
    One that the policy blocks stays out. only: slugs, all when None. say: told of each step in a few words.
    """

    def render(version: TemplateVersion) -> None:
        dancer = DANCERS.get(version.template.slug, SAMPLE)
        covers = version.previews.filter(
            kind=PreviewKind.COVER, character=SAMPLE_AS_STANDARD if dancer == SAMPLE else dancer
        )
        if dancer != SAMPLE and not covers.exists():
            preview_render(version=version, character_key=dancer, by=curator)
        previews_render_missing(version=version, by=curator, cover=SAMPLE_AS_STANDARD)
        version_choose_cover(version=version, preview_id=covers.get().pk, by=curator)

    for slug in CHOREOGRAPHIES if only is None else only:
        try:
            try:
                templates_seed(by=curator, publisher=publisher, render_previews=render, say=say, only={slug})
            except VersionNotCleared:
                say(f"{slug}: approving its preview")
                _approve(slug, moderator)
                templates_seed(by=curator, publisher=publisher, render_previews=render, say=say, only={slug})
        except TransitionRefused:
            say(f"{slug}: refused by the moderation policy")


def _approve(slug: str, moderator: User) -> None:
    """Decide the review of the dance's newest version. Raises TransitionRefused when somebody has it."""
    version = TemplateVersion.objects.filter(template__slug=slug).latest("number")
    item = ReviewItem.objects.get(subject_type=SUBJECT_KEY, subject_id=version.pk, state__in=UNDECIDED)
    review_resolve(review_claim(item, moderator), moderator, True, "", SEED_NOTE)


def demo_library_lacks() -> dict[str, list[str]]:
    """What is still to be made: each sample person who lacks a picture or dances, and which dances.

    Two processes must never draw the same person at the same time, so work is divided by people.
    """
    live = set(DanceTemplate.objects.filter(live_version__isnull=False).values_list("slug", flat=True))
    lacks = {
        key: [slug for slug in CHOREOGRAPHIES if slug not in live and DANCERS.get(slug, SAMPLE) == key]
        for key in CHARACTERS
    }
    return {key: dances for key, dances in lacks.items() if dances or not sample_photo(key).exists()}


def demo_samples_ensure(*, say: Callable[[str], None], only: Collection[str] | None = None) -> None:
    """Draw the sample people that are not drawn yet. only: keys of characters, all when None.

    With the sample person come the standard characters: another process may wait for them.
    """
    if only is None or SAMPLE in only:
        standard_photos_ensure()
    for key in CHARACTERS:
        if (only is None or key in only) and not sample_photo(key).exists():
            say(f"{key}: drawing")
            sample_jpeg(key, "full")


def sample_photo(key: str = SAMPLE) -> Path:
    """Where a sample person's picture lies; draw it with demo_samples_ensure."""
    return sample_path(key, "full")
