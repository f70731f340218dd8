"""Faults that the webhook services raise."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError, TransitionRefused


class UnknownEventType(AppError):
    """Details name the unknown types and the known ones."""

    code = "unknown_event_type"
    http_status = 422
    default_message = _("There is no such event type.")


class EndpointAddressRefused(AppError):
    """Details say why: the scheme, a user name in it, or a target that is not public."""

    code = "webhook_address_refused"
    http_status = 422
    default_message = _("Events cannot be sent to this address.")


class TooManyEndpoints(AppError):
    code = "too_many_webhook_endpoints"
    http_status = 409
    default_message = _("The account has as many webhook endpoints as allowed. Delete one first.")


class EndpointIsOff(TransitionRefused):
    code = "webhook_endpoint_off"
    default_message = _("This webhook endpoint is switched off. Switch it on first.")


class ReplayTooLarge(AppError):
    """Details: how many deliveries the range has and how many one replay may have."""

    code = "webhook_replay_too_large"
    http_status = 422
    default_message = _("The range holds too many deliveries for one replay. Choose a shorter one.")
