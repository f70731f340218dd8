"""Everything that people read is there in Chinese and in English.

The catalogues are read and compiled here, in a folder of the test's own, so that nothing depends on compiled
files that may be old. Texts are collected as `make messages` does it, but without the program xgettext.
"""

import io
import json
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from importlib.util import find_spec
from pathlib import Path

import django
import pytest
import rest_framework
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings as project_settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize
from pytest_django.fixtures import Settings

from tests.factories.accounts import app_client, user_with
from tests.factories.moderation import FindingFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.accounts.services import token_issue

OURS = ("tongyi_portal", "templates_app", "moderation", "generation")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
DJANGO_PARTS = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions")
PLACEHOLDER = re.compile(r"%\(\w+\)\.?\d*[a-z]|%[sdr%]|\{\w*\}|</?\w+[^>]*>")
HAN = re.compile(r"[\u4e00-\u9fff]")
ROWS_NOBODY_SEES = {"AuditHead"}
CHINESE, ENGLISH = {"Accept-Language": "zh-CN,zh;q=0.9"}, {"Accept-Language": "en-US,en;q=0.9"}


def texts_of(folder: Path, left_out: tuple[str, ...] = ()) -> dict[str, Path]:
    """Every text that is marked for translation in Python and templates below `folder`: singular -> file."""
    texts: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".py", ".html"} or any(part in path.as_posix() for part in left_out):
            continue
        source = path.read_text()
        if path.suffix == ".html":
            source = "\n".join(line.strip() for line in templatize(source).splitlines())
        for _line, name, found, _comments in extract_python(
            io.BytesIO(source.encode()), list(KEYWORDS), [], {}
        ):
            parts = found if isinstance(found, tuple) else (found,)
            first = parts[1] if name.startswith("pgettext") else parts[0]  # that has a context before it
            if first:
                texts.setdefault(first, path)
    return texts


def singular(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


def strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (str(message.string or ""),)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def translated(path: Path) -> set[str]:
    """The texts that a compiled catalogue of a framework translates."""
    with path.open("rb") as file:
        keys = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    whole = {key[0] if isinstance(key, tuple) else key for key in keys}
    return {key.rpartition("\x04")[2] for key in whole}  # without the context before it


def django_translates() -> set[str]:
    folder = Path(django.__file__).parent
    return set().union(
        *(translated(folder / part / "locale/zh_Hans/LC_MESSAGES/django.mo") for part in DJANGO_PARTS)
    )


@pytest.fixture(scope="module")
def catalogues(project_root: Path) -> dict[str, Catalog]:
    """By domain: "django" for the server, "djangojs" for scripts of the admin."""
    folder = project_root / "locale" / "zh_Hans" / "LC_MESSAGES"
    return {domain: read(folder / f"{domain}.po") for domain in ("django", "djangojs")}


@pytest.fixture(scope="module")
def known(catalogues: dict[str, Catalog]) -> set[str]:
    return {singular(message) for message in messages(catalogues["django"])}


@pytest.fixture
def compiled(catalogues: dict[str, Catalog], tmp_path: Path, settings: Settings) -> Iterator[None]:
    """The catalogues as they are now, in force for this test."""
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for domain, catalogue in catalogues.items():
        with (folder / f"{domain}.mo").open("wb") as file:
            write_mo(file, catalogue)
    before = settings.LOCALE_PATHS
    settings.LOCALE_PATHS = [tmp_path]
    yield
    settings.LOCALE_PATHS = before


def test_every_text_of_the_source_is_in_the_catalogue(project_root: Path, known: set[str]) -> None:
    texts = {text: path for name in OURS for text, path in texts_of(project_root / name).items()}
    assert len(texts) > 500
    missing = {text: str(path.relative_to(project_root)) for text, path in texts.items() if text not in known}
    assert missing == {}, "run `make messages` and translate them"


def test_the_catalogue_holds_nothing_that_is_gone(project_root: Path, known: set[str]) -> None:
    texts = {text for name in OURS for text in texts_of(project_root / name)}
    assert sorted(known - texts) == [], "run `make messages`"


def test_every_text_has_a_translation_that_somebody_wrote(catalogues: dict[str, Catalog]) -> None:
    for catalogue in catalogues.values():
        assert [m.id for m in messages(catalogue) if m.fuzzy or not all(strings(m))] == []
        assert list(catalogue.obsolete) == []


def test_translations_keep_the_placeholders(catalogues: dict[str, Catalog]) -> None:
    for catalogue in catalogues.values():
        for message in messages(catalogue):
            plural = str(message.id[-1]) if isinstance(message.id, list | tuple) else str(message.id)
            for string in strings(message):
                assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(plural)), message.id
                assert string.startswith("\n") == plural.startswith("\n"), message.id


def test_sentences_end_as_chinese_sentences_do(catalogues: dict[str, Catalog]) -> None:
    for message in messages(catalogues["django"]):
        if singular(message).endswith((".", "!")) and not singular(message).endswith("..."):
            for string in strings(message):
                assert not string.endswith("."), message.id


def test_the_console_theme_is_translated(known: set[str]) -> None:
    spec = find_spec("unfold")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    installed = set(project_settings.INSTALLED_APPS)
    unused = tuple(
        f"/unfold/contrib/{part.name}/"
        for part in (folder / "contrib").iterdir()
        if part.is_dir() and f"unfold.contrib.{part.name}" not in installed
    )
    texts = set(texts_of(folder, unused))
    assert len(texts) > 100
    assert sorted(texts - django_translates() - known) == []


def test_what_django_leaves_untranslated_is_ours(known: set[str]) -> None:
    folder = Path(django.__file__).parent
    texts = {
        singular(message)
        for part in DJANGO_PARTS
        for message in messages(read(folder / part / "locale/en/LC_MESSAGES/django.po"))
    }
    assert len(texts) > 500
    assert sorted(texts - django_translates() - known) == []


def test_what_the_scripts_of_the_admin_leave_untranslated_is_ours(catalogues: dict[str, Catalog]) -> None:
    folder = Path(django.__file__).parent / "contrib/admin/locale"
    texts = {singular(message) for message in messages(read(folder / "en/LC_MESSAGES/djangojs.po"))}
    ours = {singular(message) for message in messages(catalogues["djangojs"])}
    assert sorted(texts - translated(folder / "zh_Hans/LC_MESSAGES/djangojs.mo") - ours) == []


def test_what_the_api_framework_leaves_untranslated_is_ours(known: set[str]) -> None:
    folder = Path(rest_framework.__file__).parent
    texts = set(texts_of(folder))
    theirs = translated(folder / "locale/zh_Hans/LC_MESSAGES/django.mo")
    assert len(texts) > 80
    assert sorted(texts - theirs - django_translates() - known) == []


@pytest.mark.parametrize("name", ["AXES_COOLOFF_MESSAGE", "AXES_PERMALOCK_MESSAGE"])
def test_whoever_is_locked_out_is_told_so_in_chinese(name: str, compiled: None) -> None:
    with translation.override("zh-hans"):
        assert "账号已锁定" in str(getattr(project_settings, name))


def test_every_model_field_and_choice_has_a_chinese_name(compiled: None) -> None:
    english = []
    with translation.override("zh-hans"):
        for model in apps.get_models():
            if not model.__module__.startswith(OURS) or model.__name__ in ROWS_NOBODY_SEES:
                continue
            fields = [field for field in model._meta.get_fields() if hasattr(field, "verbose_name")]
            names = {str(model._meta.verbose_name), str(model._meta.app_config.verbose_name)}
            names |= {str(field.verbose_name) for field in fields if field.name != "id"}
            names |= {str(field.help_text) for field in fields if field.help_text}
            names |= {str(label) for field in fields for _value, label in field.choices or []}
            english += [f"{model.__name__}: {name}" for name in sorted(names) if not HAN.search(name)]
    assert english == []


@pytest.mark.django_db
def test_the_console_asks_in_the_language_of_the_browser_who_comes(compiled: None, client: Client) -> None:
    page = client.get(reverse("admin:login"), headers=CHINESE, follow=True)
    assert page.status_code == 200
    assert {"欢迎回到", "通义门户", "用户名", "密码", "登录"} <= set(
        re.findall(rf"{HAN.pattern}+", page.text)
    )
    page = client.get(reverse("admin:login"), headers=ENGLISH, follow=True)
    assert "Welcome back to" in page.text
    assert HAN.search(page.text) is None


@pytest.fixture
def staff(client: Client) -> Client:
    user = user_with(username="boss", is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
def test_the_dashboard_is_chinese_or_english(compiled: None, staff: Client) -> None:
    headings = {
        "仪表盘": "Dashboard",
        "审核队列": "Review queue",
        "每小时任务数": "Jobs by hour",
        "今日": "Today",
    }
    chinese = staff.get(reverse("admin:index"), headers=CHINESE)
    english = staff.get(reverse("admin:index"), headers=ENGLISH)
    assert chinese.status_code == english.status_code == 200
    for ours, theirs in headings.items():
        assert ours in chinese.text
        assert f">{theirs}<" not in chinese.text
        assert theirs in english.text
        assert ours not in english.text


@pytest.mark.django_db
def test_roles_and_rights_are_named_in_the_readers_language(compiled: None, staff: Client) -> None:
    moderator = user_with("moderator", username="mo")
    page = staff.get(reverse("admin:accounts_user_change", args=[moderator.pk]), headers=CHINESE)
    assert "高级审核员" in page.text
    assert "查看：审核条目" in page.text
    assert "Can view" not in page.text


@pytest.mark.django_db
def test_the_menu_of_the_console_switches_the_language(compiled: None, staff: Client) -> None:
    assert "仪表盘" in staff.get(reverse("admin:index"), headers=CHINESE).text
    answer = staff.post(
        reverse("set_language"), {"language": "en", "next": reverse("admin:index")}, headers=CHINESE
    )
    assert answer["Location"] == reverse("admin:index")
    assert "仪表盘" not in staff.get(reverse("admin:index"), headers=CHINESE).text
    staff.post(reverse("set_language"), {"language": "zh-hans", "next": "/"}, headers=ENGLISH)
    assert "仪表盘" in staff.get(reverse("admin:index"), headers=ENGLISH).text


@pytest.mark.django_db
def test_bulk_actions_count_in_both_languages(compiled: None, staff: Client) -> None:
    owner = User.objects.get(username="boss")

    def revoke(headers: dict[str, str]) -> str:
        token, _secret = token_issue(owner=owner, name="till", scopes=["jobs:read"], by=owner)
        action = {"action": "revoke", "_selected_action": [str(token.pk)]}
        return staff.post(
            reverse("admin:accounts_apitoken_changelist"), action, headers=headers, follow=True
        ).text

    assert "已吊销 1 个令牌。" in revoke(CHINESE)
    assert "1 token was revoked." in revoke(ENGLISH)


@pytest.mark.django_db
def test_scripts_of_the_console_get_the_texts_that_django_lacks(compiled: None, staff: Client) -> None:
    source = staff.get(reverse("admin:jsi18n"), headers=CHINESE).text
    assert json.dumps("移除全部%s") in source


@pytest.mark.django_db
def test_errors_of_the_api_speak_the_language_of_the_request(compiled: None, client: Client) -> None:
    path = "/api/v1/nowhere"
    assert client.get(path, headers=CHINESE).json()["message"] == "找不到该地址。"
    assert client.get(path, headers=ENGLISH).json()["message"] == "There is no such address."


@pytest.mark.django_db
def test_evidence_is_shown_in_words(compiled: None, staff: Client) -> None:
    finding = FindingFactory()
    page = staff.get(reverse("admin:moderation_scanrun_change", args=[finding.scan_run.pk]), headers=CHINESE)
    assert page.status_code == 200
    assert "女性胸部（裸露）" in page.text
    assert "内容疑似涉及色情或裸露。" in page.text
    assert "默认策略" in page.text
    assert "female_breast_exposed" not in page.text
    assert "(&#x27;" not in page.text


@pytest.mark.django_db
def test_kinds_of_jobs_are_explained_in_the_callers_language(compiled: None) -> None:
    client, _user = app_client()

    def helps(headers: dict[str, str]) -> dict[str, str]:
        [kind] = client.get("/api/v1/kinds", headers=headers).json()
        return {parameter["name"]: parameter["help"] for parameter in kind["parameters"]}

    chinese, english = helps(CHINESE), helps(ENGLISH)
    assert set(chinese) == {
        "photo",
        "photos",
        "template",
        "duration_seconds",
        "size",
        "fps",
        "seed",
        "with_music",
    }
    assert [name for name, text in chinese.items() if not HAN.search(text)] == []
    assert [name for name, text in english.items() if not text or HAN.search(text)] == []
