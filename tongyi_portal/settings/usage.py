"""Usage analytics: how long single events are kept. Their sums stay."""

from tongyi_portal.settings import env

USAGE_RETENTION_DAYS = env.whole("USAGE_RETENTION_DAYS", 180, at_least=35)
