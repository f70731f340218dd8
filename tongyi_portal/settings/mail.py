"""The mail server that scheduled reports are sent by; one that is not there is told on their page."""

from tongyi_portal.settings import env

EMAIL_HOST = env.text("MAIL_HOST", "localhost")
EMAIL_PORT = env.whole("MAIL_PORT", 25, at_least=1)
EMAIL_HOST_USER = env.text("MAIL_USER")
EMAIL_HOST_PASSWORD = env.text("MAIL_PASSWORD")
_SECURITY = env.one_of("MAIL_SECURITY", "none", ("none", "starttls", "tls"))
EMAIL_USE_TLS = _SECURITY == "starttls"
EMAIL_USE_SSL = _SECURITY == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "tongyi-portal@localhost")
