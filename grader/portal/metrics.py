"""What monitoring reads: request durations measured here, everything else counted in the store.

Knows Prometheus' text format; must not know people: labels are routes and reasons, never who. Counts come
from the store at the moment they are asked for, so that a restart forgets none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.portal.context import Portal
from grader.store.health import count_queue, count_store, measure_space

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one portal."""

    def __init__(self, portal: Portal) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_FromStore(portal))
        self._durations = Histogram(
            "medai_request_seconds",
            "Time until a request was answered.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=_BUCKETS_S,
        )

    def measure(self, scope: Scope, status: int, took_s: float) -> None:
        """Note one request by its route's template: addresses hold ids of people's work."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "") or "site"
        self._durations.labels(method, route, f"{status // 100}xx").observe(took_s)

    def write(self) -> bytes:
        """Return all metrics as text."""
        return generate_latest(self._registry)


class MeasureRequests:
    """ASGI middleware that measures each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._metrics.measure(scope, status, time.perf_counter() - start)


class _FromStore(Collector):
    """Counts of the store as metrics."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def describe(self) -> list[Metric]:
        """Name nothing in advance: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._portal.store.read() as db:
            counts = count_store(db, self._portal.now())
            queue = count_queue(db)
            space = measure_space(self._portal.store, db)
        yield CounterMetricFamily("medai_hand_ins", "Hand-ins that got a receipt.", counts.receipts)
        refused = CounterMetricFamily("medai_refusals", "Hand-ins refused at the door.", labels=["reason"])
        for reason, number in counts.refusals.items():
            refused.add_metric([reason], number)
        yield refused
        jobs = GaugeMetricFamily("medai_jobs", "Grading jobs by state.", labels=["state"])
        jobs.add_metric(["waiting"], queue.waiting)
        jobs.add_metric(["running"], queue.running)
        yield jobs
        finished = CounterMetricFamily("medai_jobs_finished", "Grading jobs by outcome.", labels=["outcome"])
        finished.add_metric(["done"], queue.done)
        finished.add_metric(["failed"], queue.failed)
        yield finished
        yield CounterMetricFamily("medai_grading_seconds", "Time that grading jobs took.", queue.grading_s)
        yield GaugeMetricFamily("medai_people", "People who may sign in.", counts.people)
        yield GaugeMetricFamily("medai_sessions", "Sessions that have not expired.", counts.sessions)
        yield GaugeMetricFamily("medai_database_bytes", "Size of the database.", space.database_bytes)
        yield GaugeMetricFamily("medai_disk_free_bytes", "Room left for the data.", space.free_bytes)
