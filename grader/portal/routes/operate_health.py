"""Pages of operators: health; and what monitoring asks without signing in. Thin: reads, renders."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from grader.errors import EnvironmentProblem
from grader.model.people import GRANTS, Permission
from grader.portal.context import Portal, portal_of
from grader.portal.health_checks import NO_ROOM_BYTES, HealthFacts, Verdict, judge_health
from grader.portal.metrics import Metrics
from grader.portal.pages import render
from grader.portal.upkeep import find_upkeep_time, has_upkeep_failed
from grader.portal.viewer import Anyone, Operator, Viewer
from grader.store.check import StoreReport, check_store
from grader.store.health import count_queue, count_store, measure_space
from grader.store.jobs import find_heartbeat
from grader.store.keys import list_keys
from grader.store.settings import BACKED_UP_AT, read_setting

router = APIRouter(include_in_schema=False)
SHOWN_FINDINGS = 100
_PORTS = {"http": 80, "https": 443}
_PROXY_HEADERS = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


@router.get("/operate")
def show_health(request: Request, viewer: Operator) -> Response:
    """Show how every part of the portal is doing."""
    return _show(request, viewer)


@router.post("/operate/check")
def check_now(request: Request, viewer: Operator) -> Response:
    """Compare receipts, rows and files, and show what was found."""
    return _show(request, viewer, check_store(portal_of(request).store, is_deep=False))


@router.get("/healthz")
def tell_alive(viewer: Anyone) -> Response:
    """Say that the process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def tell_ready(request: Request, viewer: Anyone) -> Response:
    """Say whether work can be taken: the database answers and there is room."""
    store = portal_of(request).store
    try:
        with store.read() as db:
            free = measure_space(store, db).free_bytes
    except EnvironmentProblem:
        return JSONResponse({"ready": False, "database": False}, 503)
    has_room = free > NO_ROOM_BYTES
    return JSONResponse({"ready": has_room, "database": True, "disk": has_room}, 200 if has_room else 503)


@router.get("/metrics")
def write_metrics(request: Request, viewer: Anyone) -> Response:
    """Give metrics to operators, also with a token, and to this machine; for others the page is not there."""
    is_operator = viewer.person is not None and Permission.OPERATE in GRANTS[viewer.person.access]
    if not (is_operator and not viewer.is_half_in) and not _is_from_here(request):
        raise HTTPException(404)
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.write(), headers={"content-type": CONTENT_TYPE_LATEST})


def _is_from_here(request: Request) -> bool:
    """Whether a program on this machine asks for itself: what came through a proxy came from elsewhere.

    Many a proxy on this machine tells nothing of itself. It shows by the port: people reach the portal by
    another one than this request.
    """
    settings = portal_of(request).settings
    public, here = urlsplit(settings.public_url), request.scope["server"] or ("", None)
    reached = (public.scheme, public.port or _PORTS.get(public.scheme))
    if settings.trusted_proxies or reached != (request.scope["scheme"], here[1]):
        return False
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _show(request: Request, viewer: Viewer, report: StoreReport | None = None) -> Response:
    portal = portal_of(request)
    facts = _measure(portal)
    checks = judge_health(facts)
    verdicts = {check.verdict for check in checks}
    worst = next(one for one in (Verdict.BAD, Verdict.WATCH, Verdict.GOOD) if one in verdicts)
    return render(
        request,
        viewer,
        "operate.html",
        facts=facts,
        checks=checks,
        worst=worst,
        kind="SQLite" if portal.store.is_sqlite else "PostgreSQL",
        report=report,
        findings=report.problems[:SHOWN_FINDINGS] if report else (),
        public_url=portal.settings.public_url,
    )


def _measure(portal: Portal) -> HealthFacts:
    now = portal.now()
    host = urlsplit(portal.settings.public_url).hostname or ""
    with portal.store.read() as db:
        signing = [key for key in list_keys(db).keys if key.retired_at is None]
        backed_up = read_setting(db, BACKED_UP_AT)
        return HealthFacts(
            now=now,
            counts=count_store(db, now),
            queue=count_queue(db),
            space=measure_space(portal.store, db),
            worker_seen_at=find_heartbeat(db),
            backed_up_at=datetime.fromisoformat(backed_up) if backed_up else None,
            key_made_at=signing[-1].created_at if signing else None,
            is_https=portal.settings.is_https,
            is_local=host in {"localhost", "127.0.0.1", "::1"},
            kept_up_at=find_upkeep_time(db),
            has_upkeep_failed=has_upkeep_failed(db),
        )
