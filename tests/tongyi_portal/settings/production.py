"""The environment of a production portal that starts."""

SAFE = {
    "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.prod",
    "SECRET_KEY": "k9Zr1v-TqW2x_bYc3nMd4sLf5gHj6aPo7iUu8eRw0yXz-QtBvN1m",
    "ALLOWED_HOSTS": "dance.example.org",
}
