"""demo_library_ensure: the policy, the sample people and the dances of a fresh installation."""

from collections.abc import Callable, Collection
from pathlib import Path

from generation.services.previews import preview_render

from moderation.services.policies import policy_install_default
from templates_app.characters import CHARACTERS
from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.services.seeding import templates_seed
from tongyi_portal.accounts.models import User
from tongyi_portal.studio.samples import sample_jpeg, sample_path

SAMPLE = "person"  # who dances when nobody names a photo


def demo_rules_ensure() -> None:
    """A live policy: without one every picture waits for a moderator."""
    policy_install_default()


def demo_library_ensure(
    *, by: User, say: Callable[[str], None], only: Collection[str] | None = None
) -> list[DanceTemplate]:
    """Publish the dances that come with the product, each with previews; only what is missing is done.

    by: whoever may publish templates. only: slugs, all when None. say: told of each step in a few words.
    """

    def render(version: TemplateVersion) -> None:
        preview_render(version=version, by=by)

    return templates_seed(by=by, render_previews=render, say=say, only=only)


def demo_samples_ensure(*, say: Callable[[str], None]) -> None:
    """Draw the sample people that are not drawn yet."""
    for key in CHARACTERS:
        if not sample_photo(key).exists():
            say(f"{key}: drawing")
            sample_jpeg(key, "full")


def sample_photo(key: str = SAMPLE) -> Path:
    """Where a sample person's picture lies; draw it with demo_samples_ensure."""
    return sample_path(key, "full")
