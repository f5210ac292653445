"""What the service counts, for Prometheus: a registry of its own, so that two services in one process are two."""

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

SECONDS = (0.0005, 0.001, 0.0015, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SCORES = tuple(round(0.05 * step, 2) for step in range(1, 21))


class Metrics:
    """Every measure of one service, each said in its help text; ``text`` is what ``/metrics`` answers.

    >>> metrics = Metrics()
    >>> metrics.refused.labels(model="threats", field="dst_port").inc()
    >>> b'garrison_events_refused_total{field="dst_port",model="threats"} 1.0' in metrics.text()
    True
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.requests = Counter(
            "garrison_requests_total",
            "Requests answered, by route, method and status",
            ("route", "method", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "garrison_request_seconds",
            "Seconds from the first byte of a request's head to the last of its answer",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("garrison_requests_in_flight", "Requests being answered", registry=registry)
        self.scored = Counter(
            "garrison_events_scored_total",
            "Events scored, by model, version and whether they were flagged",
            ("model", "version", "flagged"),
            registry=registry,
        )
        self.scores = Histogram(
            "garrison_score",
            "The scores given, from 0 to 1",
            ("model",),
            buckets=SCORES,
            registry=registry,
        )
        self.refused = Counter(
            "garrison_events_refused_total",
            "Events that were not what the schema says, by the field that was wrong; (other): not in the schema",
            ("model", "field"),
            registry=registry,
        )
        self.turned_away = Counter(
            "garrison_turned_away_total",
            "Requests refused before their work began: no key, wrong scope, too many, too large, busy …",
            ("reason",),
            registry=registry,
        )
        self.quarantined = Counter(
            "garrison_quarantine_total",
            "Refused events by what became of them: kept, or lost because the file took no more",
            ("outcome",),
            registry=registry,
        )
        self.logged = Counter(
            "garrison_scored_log_total",
            "Scored events handed to the monitor's log: written, dropped because it was behind, or failed",
            ("outcome",),
            registry=registry,
        )
        self.model = Gauge(
            "garrison_model_info",
            "1 for each version that is served now",
            ("model", "version", "stage"),
            registry=registry,
        )
        self.loaded = Gauge(
            "garrison_model_loaded_timestamp_seconds",
            "When the version served now was loaded",
            ("model",),
            registry=registry,
        )
        self.reloads = Counter(
            "garrison_model_reloads_total",
            "Looks for a new version that found one, by how they ended: loaded or failed",
            ("model", "outcome"),
            registry=registry,
        )
        self.waiting = Gauge(
            "garrison_work_waiting", "Batches and explanations that wait for a thread", registry=registry
        )
        prometheus_client.ProcessCollector(registry=registry)
        prometheus_client.GCCollector(registry=registry)

    def text(self) -> bytes:
        """All measures in Prometheus' text format."""
        return prometheus_client.generate_latest(self.registry)
