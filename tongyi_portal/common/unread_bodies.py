"""UnreadBodyMiddleware: whoever is refused may ask again on the same connection."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError

MAX_BYTES = 16 * 1024 * 1024  # more is cheaper to send again on a new connection
_PIECE = 64 * 1024


class UnreadBodyMiddleware:
    """Reads what is left of the body of a request that was refused, up to MAX_BYTES.

    The server closes a connection on which more than 64 KiB were left unread, without a word to a client that
    keeps it for the next request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 400 and request.META.get("CONTENT_LENGTH"):
            _read_rest(request)
        return response


def _read_rest(request: HttpRequest) -> None:
    left = MAX_BYTES
    try:
        while left > 0 and (piece := request.read(min(_PIECE, left))):
            left -= len(piece)
    except UnreadablePostError:
        return  # the client has gone
