"""Users, roles and API tokens in the console."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.accounts.services import TOKEN_ADD, refuse_token_for, token_issue, token_revoke
from tongyi_portal.common import roles
from tongyi_portal.common.admin import ReadOnly, for_each_row, json_list_text, staff_of
from tongyi_portal.common.errors import AppError

admin.site.unregister(Group)
RIGHTS = {
    "view": _("view: %(model)s"),
    "add": _("add: %(model)s"),
    "change": _("change: %(model)s"),
    "delete": _("delete: %(model)s"),
}


def role_text(role: Group) -> str:
    """The role's name in the reader's language."""
    return gettext(role.name)


def right_text(permission: Permission) -> str:
    """What the permission allows, in the reader's language."""
    verb, _sign, model_name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is None or verb not in RIGHTS or model_name != model._meta.model_name:
        return gettext(permission.name)
    return str(RIGHTS[verb] % {"model": model._meta.verbose_name})


class RoleFilter(admin.RelatedFieldListFilter):
    """By role, under its translated name."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        choices = super().field_choices(field, request, model_admin)
        return [(key, gettext(str(name))) for key, name in choices]


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg,misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "roles", "is_active", "is_guest", "last_login")
    list_filter = (("groups", RoleFilter), "is_active", "is_guest", "is_superuser")
    list_per_page = 30
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @display(description=_("roles"), label=True)
    def roles(self, user: User) -> list[str]:
        names = [role_text(group) for group in user.groups.all()]
        return [gettext("superuser"), *names] if user.is_superuser else names

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.label_from_instance = {"groups": role_text, "user_permissions": right_text}[db_field.name]
        return field


@admin.register(Group)
class RoleAdmin(ReadOnly, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Roles follow the table in the code after every migration, so they are read here, not written."""

    list_display = ("role",)
    fields = ("role", "rights")
    readonly_fields = fields

    def get_object(self, *args: Any) -> Group | None:
        group = super().get_object(*args)
        if group is not None:
            group.name = role_text(group)  # for the page's title; nothing of this page is saved
        return group

    @display(description=_("role name"), ordering="name")
    def role(self, group: Group) -> str:
        return role_text(group)

    @display(description=_("rights"))
    def rights(self, group: Group) -> SafeString:
        permissions = group.permissions.select_related("content_type")
        return format_html_join("", "<p>{}</p>", ((right_text(permission),) for permission in permissions))


OWN_FIELDS = ("name", "scopes", "expires_at")
ISSUED_FIELDS = ("owner", *OWN_FIELDS)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """by: who issues the token, set by the page."""

    by: Any = None
    scopes = forms.MultipleChoiceField(
        label=_("scopes"), choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiToken
        fields = ISSUED_FIELDS

    def clean_owner(self) -> User:
        owner: User = self.cleaned_data["owner"]
        try:
            refuse_token_for(owner=owner, by=self.by)
        except AppError as error:
            raise forms.ValidationError(str(error.message)) from error
        return owner


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    """Operators see all tokens and issue them for apps; whoever may use the API has own ones here."""

    form = TokenForm
    list_display = ("name", "owner", "prefix", "scope_list", "status", "last_used_at", "expires_at")
    search_fields = ("name", "prefix", "owner__username")
    autocomplete_fields = ("owner",)
    list_select_related = ("owner",)
    actions = ("revoke",)
    list_per_page = 30

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ApiToken]:
        tokens: models.QuerySet[ApiToken] = super().get_queryset(request)
        return tokens if super().has_view_permission(request) else tokens.filter(owner=staff_of(request))

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        """Names of owners are for those who see the tokens of all."""
        return ("owner",) if super().has_view_permission(request) else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        return type("TokenFormOf", (form,), {"by": staff_of(request)})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A token that stands is read, its scopes in words."""
        if obj is None:
            return ISSUED_FIELDS if request.user.has_perm(TOKEN_ADD) else OWN_FIELDS
        times = ("last_used_at", "expires_at", "created_at")
        return ("name", "owner", "prefix", "scope_list", "standing", *times)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or request.user.has_perm(roles.API_USE)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(roles.API_USE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) or request.user.has_perm(roles.API_USE)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only for the action that revokes; a token that stands is never written."""
        is_entitled = super().has_change_permission(request) or request.user.has_perm(roles.API_USE)
        return obj is None and is_entitled

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @display(description=_("scopes"))
    def scope_list(self, token: ApiToken) -> str:
        return json_list_text(Scope(scope).label for scope in token.scopes)

    @display(description=_("status"), label={"active": "success", "revoked": "danger", "expired": "warning"})
    def status(self, token: ApiToken) -> tuple[str, str]:
        if token.is_active:
            return "active", gettext("active")
        return ("revoked", gettext("revoked")) if token.revoked_at else ("expired", gettext("expired"))

    @display(description=_("status"))
    def standing(self, token: ApiToken) -> str:
        return self.status(token)[1]

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Issue the token through the service and show its secret this once."""
        issued, secret = token_issue(
            owner=obj.owner if obj.owner_id else staff_of(request),
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
            ngettext_lazy("%(count)d token was revoked.", "%(count)d tokens were revoked.", "count"),
        )
