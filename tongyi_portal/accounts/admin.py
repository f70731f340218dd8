"""Users, roles and API tokens in the console."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.accounts.services import token_issue, token_revoke
from tongyi_portal.common.admin import for_each_row, json_list_text, staff_of

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "roles", "is_active", "is_guest", "last_login")
    list_filter = ("groups", "is_active", "is_guest", "is_superuser")
    list_per_page = 30
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @display(description=_("roles"), label=True)
    def roles(self, user: User) -> list[str]:
        names = [group.name for group in user.groups.all()]
        return ["superuser", *names] if user.is_superuser else names


@admin.register(Group)
class RoleAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Roles follow the table in the code after every migration, so they are read here, not written."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiToken
        fields = ("owner", "name", "scopes", "expires_at")


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    form = TokenForm
    list_display = ("name", "owner", "prefix", "scope_list", "status", "last_used_at", "expires_at")
    list_filter = ("owner",)
    search_fields = ("name", "prefix", "owner__username")
    autocomplete_fields = ("owner",)
    list_select_related = ("owner",)
    actions = ("revoke",)
    list_per_page = 30

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @display(description=_("scopes"))
    def scope_list(self, token: ApiToken) -> str:
        return json_list_text(token.scopes)

    @display(description=_("status"), label={"active": "success", "revoked": "danger", "expired": "warning"})
    def status(self, token: ApiToken) -> tuple[str, str]:
        if token.is_active:
            return "active", gettext("active")
        return ("revoked", gettext("revoked")) if token.revoked_at else ("expired", gettext("expired"))

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Issue the token through the service and show its secret this once."""
        issued, secret = token_issue(
            owner=obj.owner,
            name=obj.name,
            scopes=form.cleaned_data["scopes"],
            expires_at=obj.expires_at,
            by=staff_of(request),
        )
        obj.__dict__.update(issued.__dict__)
        messages.warning(
            request, gettext("Copy the token now; it is not shown again: %(secret)s") % {"secret": secret}
        )

    @admin.action(description=_("Revoke the selected tokens"), permissions=["change"])
    def revoke(self, request: HttpRequest, tokens: models.QuerySet[ApiToken]) -> None:
        for_each_row(
            request,
            tokens,
            lambda token: token_revoke(token=token, by=staff_of(request)),
            "%(count)d token was revoked.",
            "%(count)d tokens were revoked.",
        )
