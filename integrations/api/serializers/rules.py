"""Rule inference from two messages, and backtests."""

from rest_framework import serializers

from incidents.references import JsonObject, Strict
from integrations.api.serializers.routing import RoutingField
from integrations.backtest.compare import DEFAULT_LIMIT, MAX_MESSAGES


class LearnSerializer(Strict):
    """Two bodies of one alert. Without ``save`` nothing is changed."""

    firing = serializers.JSONField(help_text="What the tool sends when it is firing.")
    resolved = serializers.JSONField(help_text="What it sends when the same is over.")
    choice = JsonObject(
        required=False,
        help_text="Other rules than the proposed ones: key, status, open_values, close_values, "
        "only_listed, subject, severity, url, long_text, each. What is left out is proposed.",
    )
    save = serializers.BooleanField(  # type: ignore[assignment] # DRF takes fields off the class
        default=False
    )


class ProblemSerializer(Strict):
    field = serializers.CharField()
    problem = serializers.CharField()


class CandidateSerializer(Strict):
    rule = serializers.JSONField()
    firing = serializers.CharField()
    resolved = serializers.CharField()
    why = serializers.CharField()


class LearnedSerializer(Strict):
    """What the pair seems to mean. Where there are problems, it cannot be saved."""

    choice = serializers.DictField()
    rules = serializers.DictField()
    problems = ProblemSerializer(many=True)
    keys = CandidateSerializer(many=True)
    statuses = CandidateSerializer(many=True)
    titles = CandidateSerializer(many=True)
    severities = CandidateSerializer(many=True)
    urls = CandidateSerializer(many=True)
    long_texts = CandidateSerializer(many=True)
    saved = serializers.BooleanField()


class BacktestSerializer(Strict):
    """Rules, routing or both; what is left out stays as it is."""

    rules = JsonObject(required=False)
    routing = RoutingField(required=False)
    limit = serializers.IntegerField(default=DEFAULT_LIMIT, min_value=1, max_value=MAX_MESSAGES)


class TallySerializer(Strict):
    opened = serializers.IntegerField()
    closed = serializers.IntegerField()
    incidents = serializers.IntegerField()
    pages = serializers.IntegerField()
    silent = serializers.IntegerField(help_text="Incidents that ended before anybody was told.")


class CountSerializer(Strict):
    messages = serializers.IntegerField()
    effect = serializers.CharField()


class DifferenceSerializer(Strict):
    message = serializers.IntegerField()
    effect = serializers.ListField(child=serializers.CharField())
    before = serializers.ListField(child=serializers.CharField())
    after = serializers.ListField(child=serializers.CharField())


class ComparisonSerializer(Strict):
    """``rekeyed`` and ``not_rekeyed`` are open alerts whose key the rules no longer make."""

    summary = serializers.CharField()
    total = serializers.IntegerField()
    same = serializers.IntegerField()
    counts = CountSerializer(many=True)
    before = TallySerializer()
    after = TallySerializer()
    rekeyed = serializers.ListField(child=serializers.IntegerField())
    not_rekeyed = serializers.ListField(child=serializers.IntegerField())
    rows = DifferenceSerializer(many=True)
