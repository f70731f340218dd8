"""What operators look at: readiness, metrics, traces, reports of errors."""

from tongyi_portal.settings import env
from tongyi_portal.settings.paths import VAR_DIR

READY_SECONDS = env.whole("READY_SECONDS", 3, at_least=1)  # what /readyz does not know by then is not ready
# Who may read /metrics: whoever has the token, and addresses of these networks (CIDR). Nobody by default.
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_ALLOWED_NETWORKS = env.names("METRICS_ALLOWED_NETWORKS")
METRICS_PORT = env.whole("METRICS_PORT", 0)  # where a worker shows its own; 0: nowhere
METRICS_DIR = env.folder(
    "METRICS_DIR", VAR_DIR / "metrics"
)  # shared by all processes of one group or container
TRACES_ENDPOINT = env.text("TRACES_ENDPOINT")  # of a collector that speaks OTLP over HTTP; none: no traces
TRACES_PERCENT = env.whole("TRACES_PERCENT", 100)  # of the requests
SENTRY_DSN = env.text("SENTRY_DSN")
SENTRY_ENVIRONMENT = env.text("SENTRY_ENVIRONMENT", "production")
