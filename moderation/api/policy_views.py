"""Policies: read them, write drafts, try them, make them live."""

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import policy_serializers as shapes
from moderation.models import Policy
from moderation.services.policies import (
    policy_canary,
    policy_draft_from,
    policy_live,
    policy_publish,
    policy_restore,
    policy_rules_replace,
    policy_shadow,
    policy_withdraw,
    rule_rows,
    rules_digest,
)
from moderation.states import PolicyState
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope, MayAct

_FAULTS = "422 `policy_invalid` lists the faults, 409 `state_conflict` says that the state does not allow it."


class PolicyAreaView(generics.GenericAPIView[Any]):
    """Read by whoever may view policies, changed by whoever may publish them."""

    permission_classes = [IsAuthenticated, HasScope, MayAct]
    acting = roles.POLICY_PUBLISH
    scopes = {"GET": Scope.MODERATION_READ}
    reading = "moderation.view_policy"

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def require_reader(self) -> None:
        """Raise PermissionRefused for whoever may not read this."""
        roles.require(self.caller, self.reading)


class PolicyFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=PolicyState.choices, label="One or more states.")


class PolicyList(PolicyAreaView, generics.ListAPIView[Policy]):
    """All versions, newest first, without their rules."""

    scopes = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.PolicySerializer
    filterset_class = PolicyFilter
    queryset = Policy.objects.none()

    def get_queryset(self) -> QuerySet[Policy]:
        self.require_reader()
        return Policy.objects.all()

    @extend_schema(
        summary="Make a draft",
        description="A copy of a version, of the live one unless another is named.",
        request=shapes.NewPolicySerializer,
        responses={201: shapes.FullPolicySerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewPolicySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        source_id = asked.validated_data.get("copy_of")
        source = get_object_or_404(Policy, pk=source_id) if source_id else policy_live()
        draft = policy_draft_from(
            source=source,
            title=asked.validated_data["title"],
            note=asked.validated_data["note"],
            by=self.caller,
        )
        return Response(shapes.FullPolicySerializer(draft).data, status=status.HTTP_201_CREATED)


class PolicyDetail(PolicyAreaView, generics.RetrieveAPIView[Policy]):
    """One version with its rules."""

    scopes = {"GET": Scope.MODERATION_READ, "PATCH": Scope.MODERATION_REVIEW}
    serializer_class = shapes.FullPolicySerializer
    lookup_url_kwarg = "policy_id"
    queryset = Policy.objects.none()

    def get_queryset(self) -> QuerySet[Policy]:
        self.require_reader()
        return Policy.objects.prefetch_related("rules")

    @extend_schema(
        summary="Change a draft's title and note",
        description=(
            "Its rules stay. 409 `policy_frozen` for a version that is no draft, `policy_edited` when "
            "somebody changed its rules in the same moment."
        ),
        operation_id="moderation_policies_partial_update",
        request=shapes.PolicyWordsSerializer,
        responses={200: shapes.FullPolicySerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.PolicyWordsSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        policy = get_object_or_404(Policy, pk=self.kwargs["policy_id"])
        if asked.validated_data:
            rules = rule_rows(policy)
            seen = rules_digest(rules)
            words = asked.validated_data
            policy_rules_replace(policy=policy, rules=rules, instead_of=seen, by=self.caller, **words)
        return Response(shapes.FullPolicySerializer(policy).data)


class PolicyRules(PolicyAreaView):
    scopes = {"PUT": Scope.MODERATION_REVIEW}
    serializer_class = shapes.ReplaceRulesSerializer

    @extend_schema(
        summary="Replace the rules of a draft",
        description=(
            "All at once. Gaps are stored and listed under `faults`; values outside the taxonomy and two "
            "rules for the same findings are refused. 409 `policy_frozen` for a version that is no draft."
        ),
        request=shapes.ReplaceRulesSerializer,
        responses={200: shapes.FullPolicySerializer},
    )
    def put(self, request: Request, **_kwargs: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        policy = get_object_or_404(Policy, pk=self.kwargs["policy_id"])
        policy_rules_replace(policy=policy, by=self.caller, **asked.validated_data)
        return Response(shapes.FullPolicySerializer(policy).data)


class _PolicyStep(PolicyAreaView):
    scopes = {"POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.PolicySerializer

    def policy(self) -> Policy:
        """The version of the address."""
        return get_object_or_404(Policy, pk=self.kwargs["policy_id"])

    def answer(self, policy: Policy) -> Response:
        """The version as it stands now."""
        return Response(shapes.PolicySerializer(policy).data)


class PolicyShadow(_PolicyStep):
    @extend_schema(
        summary="Run a version in shadow",
        description=f"Its verdicts on every new scan are stored, without effect. {_FAULTS}",
        request=None,
        responses={200: shapes.PolicySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        return self.answer(policy_shadow(policy=self.policy(), by=self.caller))


class PolicyCanary(_PolicyStep):
    @extend_schema(
        summary="Run a version as canary",
        description=f"It judges a fixed share of all subjects. {_FAULTS} 409 `policy_canary_taken`.",
        request=shapes.CanarySerializer,
        responses={200: shapes.PolicySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.CanarySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer(policy_canary(policy=self.policy(), by=self.caller, **asked.validated_data))


class PolicyPublish(_PolicyStep):
    @extend_schema(
        summary="Make a version live",
        description=(
            f"The live one is retired in the same moment. {_FAULTS} 409 `policy_not_simulated` unless these "
            "very rules were simulated on scans of every kind against the version that is live now, or "
            "`without_simulation` is true."
        ),
        request=shapes.PublishSerializer,
        responses={200: shapes.PolicySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.PublishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer(policy_publish(policy=self.policy(), by=self.caller, **asked.validated_data))


class PolicyWithdraw(_PolicyStep):
    @extend_schema(
        summary="Withdraw a version",
        description="Ends a draft, shadow or canary for good; its rules stay to be read.",
        request=None,
        responses={200: shapes.PolicySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        return self.answer(policy_withdraw(policy=self.policy(), by=self.caller))


class PolicyRestore(_PolicyStep):
    @extend_schema(
        summary="Roll back to a version",
        description="The rules of a version that was live go live again at once, as a new version.",
        request=None,
        responses={201: shapes.PolicySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        policy = self.policy()
        restored = policy_restore(policy=policy, title=policy.title, by=self.caller)
        return Response(shapes.PolicySerializer(restored).data, status=status.HTTP_201_CREATED)
