"""The console pages of webhooks: importing them registers them."""

from tongyi_portal.webhooks.admin import deliveries, endpoints

__all__ = ["deliveries", "endpoints"]
