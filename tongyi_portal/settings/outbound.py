"""Requests to other people's servers (webhooks, input by address), and how long events are kept."""

from tongyi_portal.settings import env

# Names or addresses that may be asked though they are not public, also by plain HTTP; lower case.
OUTBOUND_ALLOWED_HOSTS = [name.lower() for name in env.names("OUTBOUND_ALLOWED_HOSTS")]
OUTBOUND_ALLOWED_NETWORKS = env.names("OUTBOUND_ALLOWED_NETWORKS")  # CIDR
OUTBOUND_ALLOW_HTTP = env.flag("OUTBOUND_ALLOW_HTTP", False)
OUTBOUND_CA_FILE = env.text("OUTBOUND_CA_FILE")
WEBHOOK_TIMEOUT_SECONDS = env.whole("WEBHOOK_TIMEOUT_SECONDS", 15, at_least=1)
WEBHOOK_ENDPOINTS_PER_ACCOUNT = env.whole("WEBHOOK_ENDPOINTS_PER_ACCOUNT", 10, at_least=1)
WEBHOOK_DISABLE_AFTER_HOURS = env.whole("WEBHOOK_DISABLE_AFTER_HOURS", 120, at_least=1)
WEBHOOK_KEEP_DAYS = env.whole("WEBHOOK_KEEP_DAYS", 30, at_least=7)  # a delivery is tried for three days
