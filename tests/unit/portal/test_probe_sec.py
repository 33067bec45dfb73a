from __future__ import annotations
import io, json, re, uuid, zipfile
from datetime import timedelta, datetime, UTC
import pytest
from portal_world import World
from grader.model.people import Access
E3="e3-data-and-bias"
@pytest.fixture
def w(portal): return World(portal)
def show(label, r): print("\n##",label, r.status_code, r.headers.get("location",""), re.sub(r"\s+"," ",r.text[:0]))
def safe(label, f):
    try: show(label, f())
    except BaseException as e: print("\n##",label,"RAISED",type(e).__name__,str(e)[:200])
def nb(w,person,text="x"):
    return None
def test_it(portal, world):
    from starlette.testclient import TestClient
    from grader.portal.app import create_app
    from grader.portal.viewer import session_cookie
    from grader.store.sessions import find_session
    from dataclasses import dataclass
    @dataclass
    class SignedIn:
        person: object
        browser: object
        csrf: str
        def get(self,p,**k): return self.browser.get(p,**k)
        def post(self,p,data=None,**k): return self.browser.post(p,data={"csrf":self.csrf,**(data or {})},**k)
    app=create_app(world.portal)
    def sign_in(access,id=""):
        p=world.enrol(id or f"{access}-1",access)
        token=world.open_session(p)
        with world.portal.store.read() as db: s=find_session(db,token,world.portal.now())
        return SignedIn(p,TestClient(app,follow_redirects=False,cookies={session_cookie(world.portal):token}),s.csrf)
    me=sign_in(Access.TRAINEE,"대구 003"); t=sign_in(Access.INSTRUCTOR); g=sign_in(Access.GRADER); o=sign_in(Access.OPERATOR)
    from grader.authoring.build import build_release, reference_answers
    from grader.authoring.notebook import notebook_bytes
    from grader.authoring.fill import fill_release
    content=portal.course.assignments.get("sample") or world.portal.course.assignments["sample"]
    rel=notebook_bytes(fill_release(build_release(content.sheet,content.assignment,__import__("grader.text").text.Language.KO),reference_answers(content.sheet),{}))
    for bad in ("0001-01-01T00:00:00+09:00","9999-12-31T23:59:59-09:00"):
        safe("client_at "+bad, lambda: me.post("/learn/sample/hand-in",{"uuid":str(uuid.uuid4()),"client_at":bad},files={"file":("a.ipynb",rel)}))
    import hashlib,base64
    d="sha-256=:"+base64.b64encode(hashlib.sha256(rel).digest()).decode()+":"
    for bad in ("0001-01-01T00:00:00+09:00","9999-12-31T23:59:59-09:00"):
        safe("api client "+bad, lambda: me.browser.put(f"/api/v1/submissions/{uuid.uuid4()}?assignment=sample",content=rel,headers={"content-digest":d,"x-client-time":bad,"x-csrf-token":me.csrf}))
    safe("before", lambda: t.get("/teach/announcements?before="+"9"*30))
    safe("withdraw", lambda: t.post("/teach/announcements/"+"9"*30+"/withdraw"))
    safe("extremove", lambda: t.post("/teach/assignments/sample/extensions/"+"9"*30+"/remove"))
    safe("staff after", lambda: t.get("/api/v1/assignments/sample/submissions?after=0001-01-01T00:00:00%2B09:00~"+str(uuid.uuid4())))
    safe("mark after", lambda: g.get("/mark?assignment=sample&after=0001-01-01T00:00:00%2B09:00~x"))
    form={"opens_at":"2026-04-01T00:00","due_at":"9999-12-31T23:59","grace_min":"10080"}
    safe("rules far", lambda: t.post("/teach/assignments/sample/rules",form))
    for p in ("/learn","/learn/sample"):
        safe("learn "+p, lambda: me.get(p))
    safe("handin far", lambda: me.post("/learn/sample/hand-in",{"uuid":str(uuid.uuid4()),"client_at":""},files={"file":("a.ipynb",rel)}))
    for p in ("/teach","/teach/assignments/sample","/teach/progress/sample","/mark?assignment=sample"):
        safe(p, lambda: t.get(p))
    safe("rules early", lambda: t.post("/teach/assignments/sample/rules",{"opens_at":"0001-01-01T00:00"}))
    safe("rules early2", lambda: t.get("/teach/assignments/sample"))
    safe("learn early2", lambda: me.get("/learn/sample"))
    safe("rules year with offset", lambda: t.post("/teach/assignments/sample/rules",{"opens_at":"2026-04-01T00:00+05:00"}))
    safe("ext far", lambda: t.post("/teach/assignments/sample/extensions",{"scope":"site","site":"jeju","new_due_at":"9999-12-31T23:59"}))
    safe("ext early", lambda: t.post("/teach/assignments/sample/extensions",{"scope":"site","site":"jeju","new_due_at":"0001-01-01T00:00"}))
    safe("learn", lambda: me.get("/learn/sample"))
    z=io.BytesIO()
    with zipfile.ZipFile(z,"w") as a: a.writestr("김민준_대구003/김민준 과제.ipynb",rel); a.writestr("김민준_대구003/메모.txt","x")
    n=str(uuid.uuid4())
    with world.portal.store.write() as db:
        from sqlalchemy import delete
        from grader.store.schema import extensions
        db.execute(delete(extensions))
    t.post("/teach/assignments/sample/rules",{"opens_at":"2026-04-01T00:00"})
    safe("zip", lambda: me.post("/learn/sample/hand-in",{"uuid":n,"client_at":""},files={"file":("김민준.zip",z.getvalue())}))
    r=me.get(f"/api/v1/submissions/{n}/receipt"); print(r.text[:900])
    safe("mark open", lambda: g.get("/mark/submissions/"+n))
    print("김민준" in g.get("/mark/submissions/"+n).text)
    f=g.get("/mark/submissions/"+n+"/file"); print(f.headers)
    safe("nul in page text w/ csrf header", lambda: me.browser.post("/account/tokens",data={"label":"a\0b"},headers={"x-csrf-token":me.csrf}))
    for path in ("/learn/%00","/learn/a%0d%0ab/hand-in","/learn/x/../../teach","/sign-in?next=//evil","/language?to=en&next=/%5Cevil","/language?to=en&next=https:evil"):
        safe(path, lambda: me.get(path))
    safe("sign-in next", lambda: me.get("/sign-in?next=/%2509/evil.com"))
    safe("people after", lambda: o.get("/operate/people?text=%25&after=%00"))
    safe("audit", lambda: o.get("/operate/audit?person="+"가"*120))
    safe("people page id", lambda: o.get("/operate/people/by-id/대구 003"))
    with zipfile.ZipFile(io.BytesIO(me.post("/account/data").content)) as a: print(a.namelist())
    from grader.store.personal_data import delete_person
    with world.portal.store.write() as db: delete_person(db,"대구 003",world.portal.now())
    with world.portal.store.read() as db:
        from grader.store.backup import _dump_rows
        from grader.store.schema import metadata
        for tb in metadata.sorted_tables:
            for row in _dump_rows(db,tb):
                s=row.decode()
                if "김민준" in s or "대구 003" in s: print("LEFT",tb.name,s[:1200])
