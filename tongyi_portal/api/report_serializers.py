"""Shapes of the report endpoints, for the OpenAPI document; the views build the same dictionaries."""

from rest_framework import serializers

from tongyi_portal.common.report_periods import Compare, Preset


class ReportChoiceSerializer(serializers.Serializer[object]):
    value = serializers.CharField(help_text="Empty for all.")
    name = serializers.CharField()


class ReportFilterSerializer(serializers.Serializer[object]):
    key = serializers.CharField(help_text="The name of the query parameter.")
    title = serializers.CharField()
    default = serializers.CharField(allow_blank=True)
    choices = ReportChoiceSerializer(many=True)


class ReportColumnSerializer(serializers.Serializer[object]):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField(
        help_text="text, count, number, ratio, percent, seconds, hours, moment, flag."
    )
    unit = serializers.CharField(allow_blank=True)
    help = serializers.CharField(allow_blank=True)


class ReportSerializer(serializers.Serializer[object]):
    key = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    has_period = serializers.BooleanField()
    filters = ReportFilterSerializer(many=True)


class ReportDaysSerializer(serializers.Serializer[object]):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    counted_to = serializers.DateTimeField(
        allow_null=True, help_text="Where it ends earlier than its last day, so that like meets like."
    )


class ReportRowSerializer(serializers.Serializer[object]):
    cells = serializers.DictField(help_text="By column key; null where there is no number.")
    previous = serializers.DictField(allow_null=True, help_text="The same row in the period before.")


class ReportAnswerSerializer(serializers.Serializer[object]):
    key = serializers.CharField()
    title = serializers.CharField()
    zone = serializers.CharField(help_text="Zone of all days and times.")
    data_to = serializers.DateTimeField(help_text="Up to when the numbers are complete.")
    is_demo = serializers.BooleanField(help_text="Made-up data stands in the numbers.")
    period = ReportDaysSerializer(allow_null=True)
    compared_with = ReportDaysSerializer(allow_null=True)
    columns = ReportColumnSerializer(many=True)
    rows = ReportRowSerializer(many=True)
    totals = ReportRowSerializer(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())


class ReportQuerySerializer(serializers.Serializer[object]):
    preset = serializers.ChoiceField(choices=Preset.choices, required=False)
    since = serializers.DateField(required=False, help_text="First day, with preset=custom.")
    until = serializers.DateField(required=False, help_text="Last day, with preset=custom.")
    compare = serializers.ChoiceField(choices=Compare.choices, required=False)
