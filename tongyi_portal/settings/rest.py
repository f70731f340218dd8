"""DRF defaults: authentication, pagination, throttles, error handler, schema."""

from typing import Any

from tongyi_portal.settings import env

# How many proxies of ours stand in front: that many entries at the end of X-Forwarded-For are believed.
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0)

REST_FRAMEWORK: dict[str, Any] = {
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tongyi_portal.api.authentication.TokenAuthentication",
        "tongyi_portal.api.authentication.StudioSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tongyi_portal.common.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "tongyi_portal.common.pagination.NewestFirst",
    "PAGE_SIZE": 30,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "tongyi_portal.api.errors.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["tongyi_portal.api.throttling.PerCallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "read": "1200/min",
        "write": "120/min",
        "upload": "60/min",
        "review": env.text("THROTTLE_REVIEW", "600/min"),
        "guest": env.text("THROTTLE_GUEST", "120/hour"),
        "limited": env.text("THROTTLE_LIMITED", "10/hour"),
        "check": env.text("THROTTLE_CHECK", "60/hour"),
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Tongyi Portal API",
    "DESCRIPTION": "Dance videos from a photo and a template, moderated and labelled.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "PREPROCESSING_HOOKS": ["tongyi_portal.api.schema.drop_slash_twins"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tongyi_portal.api.schema.add_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "BodyStyle": "templates_app.models.BodyStyle.choices",
        "ArtifactRole": "generation.models.ArtifactRole.choices",
        "UploadSurface": "generation.models.UploadSurface.choices",
        "UploadState": "generation.states.UploadState.choices",
        "JobState": "generation.states.JobState.choices",
        "ArtifactState": "generation.states.ArtifactState.choices",
        "DeliveryState": "tongyi_portal.webhooks.states.DeliveryState.choices",
        "TextReading": "moderation.models.terms.ViewChoice.choices",
        "TextState": "moderation.states.TextState.choices",
        "TermListKind": "moderation.models.terms.ListKindChoice.choices",
        "TermLanguage": "moderation.models.terms.TermLanguage.choices",
        "StatementKind": "moderation.models.StatementKind.choices",
        "AppealState": "moderation.states.AppealState.choices",
        "ConsentState": "moderation.states.ConsentState.choices",
        "ConsentRelation": "moderation.models.Relation.choices",
        "ErasureState": "moderation.states.ErasureState.choices",
        "ErasureScope": "moderation.models.ErasureScope.choices",
        "HashBankKindEnum": "moderation.models.BankKind.choices",
        "ConsentChannel": "moderation.models.ConsentChannel.choices",
        "MeasureKind": "moderation.models.MeasureKind.choices",
        "MotionState": "templates_app.states.MotionState.choices",
        "VersionState": "templates_app.states.VersionState.choices",
        "TakeOrigin": "templates_app.models.TakeOrigin.choices",
        "PreviewKind": "templates_app.models.PreviewKind.choices",
        "ReviewState": "moderation.states.ReviewState.choices",
        "ReviewPurpose": "moderation.models.review.ReviewPurpose.choices",
        "ScanPurpose": "moderation.models.ScanPurpose.choices",
        "PolicyState": "moderation.states.PolicyState.choices",
        "SimulationState": "moderation.states.SimulationState.choices",
        "RescanState": "moderation.states.RescanState.choices",
        "RuleSurface": "moderation.models.policy.SURFACE_OR_ANY",
        "HarmCategory": "moderation.models.choices.CategoryChoice.choices",
        "HarmSeverity": "moderation.models.choices.SeverityChoice.choices",
        "Surface": "moderation.models.choices.SurfaceChoice.choices",
        "Verdict": "moderation.models.choices.VerdictChoice.choices",
    },
}
