"""Every route of the application and who may call it; tests and benchmarks read it here.

A route that is missing fails `test_matrix`, and so does one that asks for another permission, or for none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.model.people import Permission

ANYONE = "anyone"
HALF = "half_signed_in"
TABLE: dict[str, str] = {
    ANYONE: """
        GET /sign-in
        POST /sign-in
        POST /sign-out
        GET /join
        POST /join
        GET /join/{code}
        POST /join/{code}
        GET /language
        GET /healthz
        GET /readyz
        GET /metrics
        GET /api/v1/course
        GET /api/v1/keys
        GET /api/v1/openapi.json
        DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE /api/v1/{path:path}
    """,
    HALF: """
        GET /sign-in/second
        POST /sign-in/second
        GET /sign-in/enrol
        POST /sign-in/enrol
    """,
    Permission.READ: """
        GET /api/v1/me
        GET /api/v1/assignments
        GET /api/v1/assignments/{assignment}
        GET /api/v1/assignments/{assignment}/release
    """,
    Permission.ACCOUNT: """
        GET /account
        POST /account/language
        POST /account/password
        POST /account/recovery-codes
        POST /account/second-factor
        POST /account/sessions/close
        POST /account/sessions/{digest}/close
        POST /account/tokens
        POST /account/tokens/{token_id}/revoke
        POST /account/data
        GET /account/delete
        POST /account/delete
    """,
    Permission.LEARN: """
        GET /learn
        GET /learn/{assignment}
        GET /learn/{assignment}/handout/{language}/package
        GET /learn/{assignment}/handout/{language}/notebook
        POST /learn/{assignment}/hand-in
        GET /learn/{assignment}/refused/{number}/file
        GET /learn/{assignment}/submissions/{uuid}
        GET /learn/{assignment}/submissions/{uuid}/progress
        GET /learn/{assignment}/submissions/{uuid}/receipt
        GET /learn/{assignment}/submissions/{uuid}/file
        GET /learn/{assignment}/feedback/{uuid}
        POST /learn/{assignment}/submissions/{uuid}/regrade
        GET /api/v1/assignments/{assignment}/feedback
        PUT /api/v1/submissions/{uuid}
        GET /api/v1/submissions
        GET /api/v1/submissions/{uuid}
        GET /api/v1/submissions/{uuid}/receipt
        GET /api/v1/submissions/{uuid}/files
    """,
    Permission.TEACH: """
        GET /teach
        GET /teach/assignments/{assignment}
        POST /teach/assignments/{assignment}/release
        POST /teach/assignments/{assignment}/rules
        POST /teach/assignments/{assignment}/withdraw
        POST /teach/assignments/{assignment}/extensions
        POST /teach/assignments/{assignment}/extensions/{number}/remove
        GET /teach/progress
        GET /teach/progress/{assignment}
        GET /teach/progress/{assignment}/progress.csv
        GET /teach/statistics/{assignment}
        GET /teach/announcements
        POST /teach/announcements
        POST /teach/announcements/{number}/withdraw
        GET /teach/preview
        GET /teach/preview/{assignment}
        GET /teach/preview/{assignment}/handout/{language}/package
        GET /teach/preview/{assignment}/handout/{language}/notebook
        PUT /api/v1/assignments/{assignment}/release
        DELETE /api/v1/assignments/{assignment}/release
        GET /api/v1/assignments/{assignment}/submissions
        GET /api/v1/staff/submissions/{uuid}/files
        PUT /api/v1/staff/submissions/{uuid}/feedback
        GET /mark/elsewhere
        POST /mark/elsewhere
        GET /mark/elsewhere/return
        POST /mark/elsewhere/return
        POST /mark/elsewhere/return/feedback
        POST /mark/elsewhere/return/folders
        GET /mark/refusals
        GET /mark/refusals/{number}/file
        POST /mark/refusals/{number}/accept
        GET /mark/receipt
        POST /mark/receipt
    """,
    Permission.MARK: """
        GET /mark
        GET /mark/assignments/{assignment}
        POST /mark/assignments/{assignment}/grade
        POST /mark/assignments/{assignment}/feedback
        POST /mark/assignments/{assignment}/feedback/hide
        POST /mark/assignments/{assignment}/second
        GET /mark/assignments/{assignment}/answers/{cell}
        GET /mark/assignments/{assignment}/answers/{cell}/{uuid}
        POST /mark/assignments/{assignment}/answers/{cell}/{uuid}
        POST /mark/assignments/{assignment}/answers/{cell}/comments/{number}/withdraw
        GET /mark/assignments/{assignment}/agreement/{cell}
        GET /mark/assignments/{assignment}/agree/{cell}/{uuid}
        POST /mark/assignments/{assignment}/agree/{cell}/{uuid}
        GET /mark/submissions/{uuid}
        GET /mark/submissions/{uuid}/file
        POST /mark/submissions/{uuid}/again
        POST /mark/submissions/{uuid}/notes
        POST /mark/submissions/{uuid}/who
        GET /mark/regrades
        POST /mark/regrades/{number}
        GET /mark/jobs/{number}
        GET /mark/jobs/{number}/state
    """,
    Permission.OPERATE: """
        GET /operate
        POST /operate/check
        GET /operate/audit
        GET /operate/upkeep
        POST /operate/keys/rotate
        POST /operate/keys/rotate-secrets
        POST /operate/retention
        GET /operate/people
        GET /operate/people/by-id/{person_id}
        POST /operate/people/by-id/{person_id}
        POST /operate/people/by-id/{person_id}/deactivate
        POST /operate/people/by-id/{person_id}/reactivate
        POST /operate/people/by-id/{person_id}/sign-out
        POST /operate/people/by-id/{person_id}/second-factor
        POST /operate/people/by-id/{person_id}/invite
        GET /operate/people/invitations
        POST /operate/people/invitations
        GET /operate/people/import
        POST /operate/people/import
        POST /operate/people/import/confirm
    """,
}
EXPECTED = {line.strip(): who for who, lines in TABLE.items() for line in lines.strip().splitlines()}
"""Method and path of every route, and who may call it."""
WAYS_BACK = {
    route.replace("POST", "GET", 1): ANYONE
    for route in EXPECTED
    if route.startswith("POST /") and route.replace("POST", "GET", 1) not in EXPECTED and "/api/" not in route
}
"""What leads from the address of a form to the page that the form stands on; the portal makes them itself."""


def fill_address(route: str, names: Mapping[str, str]) -> str:
    """Return the address of a route with names put in."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: names[found[1]], route.partition(" ")[2])
