"""People's pages: why something was refused, appeal, my data, consent, erasure. No script is needed."""

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.mixins import AccessMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.generic import ListView, TemplateView

from generation.models import Artifact, Job, JobInput
from generation.selectors import jobs_of, uploads_of
from generation.services.erasing import job_erase
from generation.services.uploads import upload_erase
from generation.states import FINISHED, ArtifactState
from moderation.models import ConsentRecord, StatementOfReasons
from moderation.rights_selectors import (
    appeal_about,
    consents_of,
    is_appealable,
    statements_about,
    statements_of,
)
from moderation.services.appeals import appeal_open, appeal_text
from moderation.services.consents import consent_withdraw
from moderation.services.erasure import erasure_request
from moderation.services.rights_export import data_of
from moderation.services.strikes import standing_of
from moderation.states import ConsentState
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.storage import signed_path
from tongyi_portal.studio.content_policy import ContentPolicyMixin
from tongyi_portal.studio.views import LanguageChoiceMixin

TEXT_LENGTH = 4000
SHOWN = 60


@method_decorator(never_cache, name="dispatch")
class _OwnPage(LanguageChoiceMixin, ContentPolicyMixin, AccessMixin):
    """Only for whoever has a session, guests included; others are led to the page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return HttpResponseRedirect(reverse("studio:home"))
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def back(self, name: str, *args: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse(name, args=args))

    def tell_fault(self, error: AppError) -> None:
        messages.error(self.request, gettext(str(error.message)))


class StatementsPage(_OwnPage, ListView):  # type: ignore[type-arg]  # not generic at run time
    """All that the account was told, newest first."""

    template_name = "studio/rights/statements.html"
    context_object_name = "statements"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[StatementOfReasons]:
        return statements_of(self.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(standing=standing_of(self.user), **kwargs)


class StatementPage(_OwnPage, View):
    """One statement, word for word, with the appeal against it or the form for one."""

    def get(self, request: HttpRequest, statement_id: uuid.UUID) -> HttpResponse:
        return self._page(get_object_or_404(statements_of(self.user), pk=statement_id))

    def post(self, request: HttpRequest, statement_id: uuid.UUID) -> HttpResponse:
        """Appeal; what is wrong with that is told on the same page."""
        statement = get_object_or_404(statements_of(self.user), pk=statement_id)
        text = request.POST.get("text", "").strip()[:TEXT_LENGTH]
        if not text:
            messages.error(request, _("Say in a few words why the decision is wrong."))
            return self._page(statement, status=422)
        try:
            appeal_open(statement=statement, text=text, language=get_language() or "en", by=self.user)
        except AppError as error:
            self.tell_fault(error)
            return self._page(statement, status=409)
        messages.success(request, _("Your appeal was sent. Another moderator looks at it."))
        return self.back("studio:statement", statement.pk)

    def _page(self, statement: StatementOfReasons, status: int = 200) -> HttpResponse:
        appeal = appeal_about(statement)
        context = {
            "statement": statement,
            "paragraphs": statement.text_in(get_language() or "en").split("\n\n"),
            "appeal": appeal,
            "appeal_words": appeal_text(appeal) if appeal is not None else "",
            "can_appeal": is_appealable(statement),
            "text_length": TEXT_LENGTH,
            "text": self.request.POST.get("text", ""),
        }
        return render(self.request, "studio/rights/statement.html", context, status=status)


class StatementFor(_OwnPage, View):
    """Leads from a video or photo to what was said of it; to the list when nothing was."""

    def get(self, request: HttpRequest, kind: str, row_id: uuid.UUID) -> HttpResponse:
        subjects = [row_id] if kind == "upload" else self._subjects(row_id)
        statement = statements_about(self.user, subjects).first()
        if statement is None:
            return self.back("studio:statements")
        return self.back("studio:statement", statement.pk)

    def _subjects(self, job_id: uuid.UUID) -> list[uuid.UUID]:
        """The files of a job and the pictures that it was made of."""
        artifacts = Artifact.objects.filter(job_id=job_id, job__owner=self.user)
        inputs = JobInput.objects.filter(job_id=job_id, job__owner=self.user)
        return [*artifacts.values_list("pk", flat=True), *inputs.values_list("upload_id", flat=True)]


class MyDataPage(_OwnPage, TemplateView):
    """Photos with their consents, results, and what can be done with them."""

    template_name = "studio/rights/my_data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        uploads = list(uploads_of(self.user).order_by("-created_at")[:SHOWN])
        given = consents_of(self.user).filter(state=ConsentState.GIVEN)
        consents = {consent.subject_id: consent for consent in given}
        results = list(jobs_of(self.user).order_by("-created_at")[:SHOWN])
        return super().get_context_data(
            photos=[
                {
                    "upload": upload,
                    "consent": consents.pop(upload.pk, None),
                    "url": signed_path("uploads", upload.pk) if upload.is_accepted else "",
                }
                for upload in uploads
            ],
            other_consents=list(consents.values()),
            results=[{"job": job, "url": _cover(job), "is_over": job.state in FINISHED} for job in results],
            standing=standing_of(self.user),
            statements=statements_of(self.user).count(),
            **kwargs,
        )


class PhotoDelete(_OwnPage, View):
    """Erase one photo; videos that were made of it stay."""

    def post(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        upload_erase(upload=get_object_or_404(uploads_of(self.user), pk=upload_id))
        messages.success(request, _("Your photo is erased."))
        return self.back("studio:my-data")


class ResultDelete(_OwnPage, View):
    """Erase one result and what was asked for."""

    def post(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        job = get_object_or_404(jobs_of(self.user), pk=job_id)
        try:
            job_erase(job_id=job.pk)
            messages.success(request, _("The video is erased."))
        except AppError as error:
            self.tell_fault(error)
        return self.back("studio:my-data")


class ConsentEnd(_OwnPage, View):
    """Withdraw a consent: the photo and everything made of it go."""

    def post(self, request: HttpRequest, consent_id: uuid.UUID) -> HttpResponse:
        consent: ConsentRecord = get_object_or_404(consents_of(self.user), pk=consent_id)
        try:
            count = consent_withdraw(consent=consent, by=self.user)
        except AppError as error:
            self.tell_fault(error)
        else:
            told = ngettext(
                "Consent withdrawn. The photo and %(count)d video made of it are erased.",
                "Consent withdrawn. The photo and %(count)d videos made of it are erased.",
                count,
            )
            messages.success(request, told % {"count": count})
        return self.back("studio:my-data")


class MyExport(_OwnPage, View):
    """A copy of everything that is stored, as JSON."""

    def get(self, request: HttpRequest) -> HttpResponse:
        answer = JsonResponse(data_of(self.user), json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return answer


class EraseEverything(_OwnPage, View):
    """Erase the account and all of its data; the session ends at once."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("sure") != "yes":
            messages.error(request, _("Tick the box to confirm that everything is to be erased."))
            return self.back("studio:my-data")
        try:
            erasure_request(owner=self.user, by=self.user)
        except AppError as error:
            self.tell_fault(error)
            return self.back("studio:my-data")
        logout(request)
        return self.back("studio:erased")


class ErasedPage(LanguageChoiceMixin, ContentPolicyMixin, TemplateView):
    """What whoever asked for it sees last."""

    template_name = "studio/rights/erased.html"


def _cover(job: Job) -> str:
    """The address of a result's cover picture; empty while it may not be shown."""
    for artifact in job.artifacts.all():
        if artifact.role == "cover" and artifact.state == ArtifactState.RELEASED:
            return signed_path("artifacts", artifact.pk)
    return ""
