"""Word lists in the console: found, changed, imported and tried by whoever may."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from moderation.models import Term, TermList, TextSubmission
from moderation.services.texts import text_submit
from moderation.taxonomy import Surface
from moderation.term_pages.trying import pieces_of
from tests.factories.accounts import user_with
from tests.factories.moderation import member_of
from tests.moderation.terms.words import matcher
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


def signed_in(role: str, name: str) -> Client:
    client = Client(**ENGLISH)  # type: ignore[arg-type]
    client.force_login(member_of(role, name), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lin(db: None) -> Client:
    return signed_in(roles.SENIOR_MODERATOR, "lin")


@pytest.fixture
def ming(db: None) -> Client:
    return signed_in(roles.MODERATOR, "ming")


def a_list() -> TermList:
    return TermList.objects.get(name__contains="words for gambling", language="en")


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(f"admin:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_lists_and_words_are_found_and_filtered(lin: Client) -> None:
    assert "Starter: self-harm (English)" in page(lin, "moderation_termlist_changelist")
    only = page(lin, "moderation_termlist_changelist", language="zh", category="self_harm")
    assert "Starter: self-harm (Chinese)" in only
    assert "Starter: self-harm (English)" not in only
    assert "cocaine" in page(lin, "moderation_term_changelist", q="cocain")
    assert "cocaine" not in page(lin, "moderation_term_changelist", expiry="expired")
    assert "cocaine" in page(lin, "moderation_term_changelist", term_list__id__exact=str(a_list().pk))


def test_a_senior_makes_a_list_adds_a_word_and_removes_it(lin: Client) -> None:
    fields = {"name": "Spam", "kind": "block", "category": "ads_spam", "severity": "4", "language": "any"}
    lin.post(reverse("admin:moderation_termlist_add"), {**fields, "note": ""})
    made = TermList.objects.get(name="Spam")
    assert made.owner is not None
    word = {"term_list": made.pk, "text": " frobnicator ", "is_whole_word": "on", "views": ["raw", "nfkc"]}
    lin.post(reverse("admin:moderation_term_add"), word)
    term = Term.objects.get(term_list=made)
    assert (term.text, term.is_whole_word, term.views) == ("frobnicator", True, ["raw", "nfkc"])
    lin.post(
        reverse("admin:moderation_termlist_change", args=[made.pk]), {**fields, "severity": "6", "note": ""}
    )
    made.refresh_from_db()
    assert made.severity == 6
    listed = reverse("admin:moderation_term_changelist")
    lin.post(listed, {"action": "remove", "_selected_action": [str(term.pk)]})
    term.refresh_from_db()
    assert not term.is_enabled
    lin.post(listed, {"action": "put_back", "_selected_action": [str(term.pk)]})
    term.refresh_from_db()
    assert term.is_enabled


def test_a_word_that_would_find_everything_is_refused_with_a_reason(lin: Client) -> None:
    response = lin.post(reverse("admin:moderation_term_add"), {"term_list": a_list().pk, "text": "x"})
    assert "A single letter or sign stands in nearly every text." in response.content.decode()
    known = lin.post(reverse("admin:moderation_term_add"), {"term_list": a_list().pk, "text": "cocaine"})
    assert known.status_code == 200  # the form again, with its fault
    assert Term.objects.filter(text="cocaine").count() == 1


def test_lists_are_switched_off_and_on(lin: Client) -> None:
    listed = reverse("admin:moderation_termlist_changelist")
    for action, expected in (("switch_off", False), ("switch_on", True)):
        lin.post(listed, {"action": action, "_selected_action": [str(a_list().pk)]})
        assert a_list().is_enabled is expected


def test_a_tried_text_shows_its_hits_and_what_follows(ming: Client) -> None:
    response = ming.post(reverse("admin:terms_try"), {"text": "快来<b>赌博网站 c4s1n0"})
    shown = response.content.decode()
    assert '<mark class="terms-mark terms-mark--block">网站</mark>' in shown
    assert '<mark class="terms-mark terms-mark--review">c4s1n0</mark>' in shown
    assert "As a prompt, this text would be blocked." in shown
    assert "&lt;b&gt;" in shown
    assert "with look-alikes" in shown
    harmless = ming.post(reverse("admin:terms_try"), {"text": "一只红熊猫"}).content.decode()
    assert "No listed word is found." in harmless
    assert "As a prompt, this text would pass." in harmless


def test_a_file_is_previewed_before_it_is_imported(lin: Client) -> None:
    words = a_list()
    address = reverse("admin:terms_import", args=[words.pk])
    file = SimpleUploadedFile("words.txt", "刷单兼职\nx\ncocaine\n".encode())
    response = lin.post(address, {"file": file})
    shown = response.content.decode()
    assert "1 new word" in shown
    assert "1 word stands on the list already" in shown
    assert "A single letter or sign stands in nearly every text." in shown
    assert not Term.objects.filter(text="刷单兼职").exists()
    confirm = reverse("admin:terms_import_confirm", args=[words.pk])
    done = lin.post(confirm, {"held": response.context["held"]}, follow=True)
    assert "1 word was added." in done.content.decode()
    assert Term.objects.get(text="刷单兼职").term_list == words


def test_a_preview_cannot_be_forged_or_used_for_another_list(lin: Client) -> None:
    words, other = a_list(), TermList.objects.exclude(pk=a_list().pk)[0]
    file = SimpleUploadedFile("words.txt", "刷单兼职".encode())
    held = lin.post(reverse("admin:terms_import", args=[words.pk]), {"file": file}).context["held"]
    forged = lin.post(
        reverse("admin:terms_import_confirm", args=[words.pk]), {"held": f"{held}x"}, follow=True
    )
    assert "The preview is too old; choose the file again." in forged.content.decode()
    assert lin.post(reverse("admin:terms_import_confirm", args=[other.pk]), {"held": held}).status_code == 403
    assert not Term.objects.filter(text="刷单兼职").exists()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("words.csv", b"word\nfoo", "A CSV file needs a heading with the column"),
        ("words.txt", b"\xff\xff\xfe\x81", "The file is neither UTF-8 nor GB 18030 text."),
        ("words.txt", b"", "There is no word in the file."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_so(lin: Client, name: str, data: bytes, told: str) -> None:
    file = SimpleUploadedFile(name, data)
    response = lin.post(reverse("admin:terms_import", args=[a_list().pk]), {"file": file})
    assert told in response.content.decode()


def test_a_list_is_exported_as_csv(ming: Client) -> None:
    response = ming.get(reverse("admin:terms_export", args=[a_list().pk]))
    body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    assert body.splitlines()[0] == "text,whole_word,note,expires_at"
    assert "cocaine,1,," in body


def test_moderators_read_and_try_but_change_nothing(ming: Client) -> None:
    assert "Import a file" not in page(ming, "moderation_termlist_changelist")
    for response in (
        ming.get(reverse("admin:moderation_term_add")),
        ming.get(reverse("admin:terms_import", args=[a_list().pk])),
        ming.post(reverse("admin:terms_import_confirm", args=[a_list().pk]), {"held": "x"}),
        ming.post(reverse("admin:moderation_termlist_change", args=[a_list().pk]), {"name": "Mine"}),
    ):
        assert response.status_code == 403
    assert signed_in(roles.OPERATOR, "op").post(reverse("admin:terms_try"), {"text": "x"}).status_code == 403


def test_submitted_texts_are_listed_without_their_words(ming: Client) -> None:
    text_submit(by=user_with(roles.APP, username="author"), surface=Surface.PROMPT, text="堵博网占")
    shown = page(ming, "moderation_textsubmission_changelist")
    assert "author" in shown
    assert "堵博" not in shown
    submission = TextSubmission.objects.get()
    assert "堵博" not in page(ming, "moderation_textsubmission_change", submission.pk)


def test_pieces_of_a_text_join_to_the_text() -> None:
    text = "快来赌博网站 c4s1n0"
    pieces = pieces_of(text, matcher("赌博", "赌博网站", "casino").find(text))
    assert "".join(piece for piece, _mark in pieces) == text
    assert [piece for piece, mark in pieces if mark] == ["赌博", "网站", "c4s1n0"]
    assert pieces_of("", []) == []
