"""The public check of a file: what it says about how it was made. Nobody signs in, nothing is kept."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.services.file_checks import FileCheck, file_check
from moderation.provenance.content_credentials import C2paReport
from moderation.provenance.reading import Answer, FoundLabel
from tongyi_portal.common.parsers import BodyTooLarge, UploadParser
from tongyi_portal.common.serializers import StrictSerializer

ANSWERS: Mapping[Answer, Any] = {
    Answer.YES: _("The file says that it was made or changed with AI."),
    Answer.MAY_BE: _("The file says that it may have been made with AI."),
    Answer.SUSPECTED: _("The file bears traces of AI, but no mark that says so reliably."),
    Answer.UNKNOWN: _("The file says nothing of AI. That does not prove that none was used."),
}
STANDARDS: Mapping[str, Any] = {
    "aigc": _("AI label of GB 45438-2025"),
    "iptc": _("IPTC digital source type"),
    "c2pa": _("Content Credentials (C2PA)"),
    "generator": _("Trace of a generator"),
}
CLAIMS: Mapping[str, Any] = {
    "ai": _("made with AI"),
    "ai_edited": _("partly made with AI"),
    "ai_possible": _("may be made with AI"),
    "ai_suspected": _("suspected to be made with AI"),
    "captured": _("taken with a camera"),
    "other": _("says something else"),
}
STATES: Mapping[str, Any] = {
    "trusted": _("The signature holds, and a known authority vouches for who signed."),
    "valid": _("The signature holds, but nobody we know vouches for who signed."),
    "invalid": _("The signature does not hold: the file or its manifest was changed."),
    "unreadable": _("The manifest cannot be read."),
}
MADE_HERE: Mapping[str, Any] = {
    "file": _("This very file was made here."),
    "signature": _("It was made here: it bears our signature, and the signature holds."),
    "mark": _("It bears the number of something that was made here. Such marks can be copied."),
    "": _("It does not seem to have been made here."),
}


class CheckParser(UploadParser):
    """multipart/form-data up to CHECK_FILE_MAX_BYTES, refused by its declared length before it is read."""

    @property
    def max_bytes(self) -> int:
        return int(settings.CHECK_FILE_MAX_BYTES)


class FileToCheckSerializer(StrictSerializer):
    """A picture or video."""

    file = serializers.FileField(
        help_text="JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC, MP4, MKV or WebM. Read and forgotten."
    )

    def validate_file(self, file: Any) -> Any:
        if file.size > settings.CHECK_FILE_MAX_BYTES:
            raise BodyTooLarge
        return file


class FoundLabelSerializer(serializers.Serializer[FoundLabel]):
    """One mark in the file."""

    standard = serializers.CharField(help_text="aigc (GB 45438), iptc, c2pa or generator (a trace).")
    name = serializers.SerializerMethodField(help_text="The standard in words.")
    carrier = serializers.CharField(help_text="Where it lies: xmp, exif, png_text, mp4_key, webm_tag, jumbf.")
    claim = serializers.ChoiceField(choices=list(CLAIMS))
    meaning = serializers.SerializerMethodField(help_text="The claim in words.")
    value = serializers.CharField(help_text="As it stands in the file, up to 300 characters.")
    producer = serializers.CharField(help_text="Who made it, as the mark says.")
    is_valid = serializers.BooleanField(  # type: ignore[assignment]  # no method of an output shape's fields
        allow_null=True, help_text="Whether its signature holds; null for marks that anybody can write."
    )
    fault = serializers.CharField(help_text="What is wrong with it; empty when nothing is.")

    def get_name(self, label: FoundLabel) -> str:
        return str(STANDARDS[label.standard])

    def get_meaning(self, label: FoundLabel) -> str:
        return str(CLAIMS[label.claim])


class C2paSerializer(serializers.Serializer[C2paReport]):
    """The file's manifest."""

    state = serializers.ChoiceField(choices=list(STATES))
    message = serializers.SerializerMethodField(help_text="The state in words.")
    is_trusted = serializers.SerializerMethodField(
        help_text="False as long as no authority that this site knows vouches for the signer."
    )
    signer = serializers.CharField()
    tool = serializers.CharField()
    signed_at = serializers.CharField(help_text="By a time stamp authority; empty without one.")
    source_types = serializers.ListField(child=serializers.CharField())
    ingredients = serializers.IntegerField(help_text="Of how many files it was made, as it says.")
    failures = serializers.ListField(child=serializers.CharField(), help_text="Codes of C2PA.")

    def get_message(self, report: C2paReport) -> str:
        return str(STATES[report.state])

    def get_is_trusted(self, report: C2paReport) -> bool:
        return report.state == "trusted"


class FileCheckSerializer(serializers.Serializer[FileCheck]):
    """What a file says about how it was made."""

    ai_generated = serializers.ChoiceField(choices=[one.value for one in Answer], source="answer")
    message = serializers.SerializerMethodField(help_text="The answer in words.")
    labels = FoundLabelSerializer(many=True, source="provenance.labels")
    visible_label_found = serializers.BooleanField(
        source="has_visible_label",
        allow_null=True,
        help_text="Our own visible label at its place; null for what could not be looked at.",
    )
    c2pa = C2paSerializer(source="provenance.c2pa", allow_null=True)
    made_here = serializers.SerializerMethodField()
    made_here_by = serializers.ChoiceField(choices=["file", "signature", "mark", ""])
    made_here_message = serializers.SerializerMethodField()
    format = serializers.CharField(source="provenance.format")
    is_whole = serializers.BooleanField(
        source="provenance.is_whole", help_text="False for a damaged file, which may have borne more."
    )
    sha256 = serializers.CharField()

    def get_message(self, found: FileCheck) -> str:
        return str(ANSWERS[found.answer])

    def get_made_here(self, found: FileCheck) -> bool:
        return bool(found.made_here_by)

    def get_made_here_message(self, found: FileCheck) -> str:
        return str(MADE_HERE[found.made_here_by])


class CheckFile(APIView):
    authentication_classes: Any = []
    permission_classes = [AllowAny]
    parser_classes = [CheckParser]
    throttle_scope = "check"

    @extend_schema(
        summary="Check what a file says about how it was made",
        description=(
            "For everybody, without an account; counted by address. Nothing is stored. The answers follow "
            "article 6 of the Chinese measures on labelling: `yes` where the file's marks say so, `may_be` "
            "where they say it is possible, `suspected` for other traces."
        ),
        auth=[],
        request={"multipart/form-data": FileToCheckSerializer},
        responses={200: FileCheckSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = FileToCheckSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = file_check(data=asked.validated_data["file"].read())
        return Response(FileCheckSerializer(found).data, headers={"Cache-Control": "no-store"})
