"""What faults of archives are called, in a few words for staff's lists. Knows words only."""

from __future__ import annotations

from grader.archives.limits import Fault
from grader.text import LocalText


def _say(ko: str, en: str) -> LocalText:
    return LocalText(ko=ko, en=en)


FAULT_NAMES: dict[Fault, LocalText] = {
    Fault.NOT_ZIP: _say("ZIP 파일이 아님", "no ZIP file"),
    Fault.TRUNCATED: _say("중간에 끊김", "breaks off"),
    Fault.EXTRA_BYTES: _say("앞뒤나 사이에 다른 것이 붙음", "something else before, between or behind"),
    Fault.DISAGREES: _say("설명과 내용이 다름", "not what it says about itself"),
    Fault.CORRUPT: _say("손상됨", "damaged"),
    Fault.TOO_MANY: _say("파일이 너무 많음", "too many files"),
    Fault.TOO_BIG: _say("너무 큼", "too big"),
    Fault.BOMB: _say("풀면 비정상적으로 커짐", "grows abnormally when unpacked"),
    Fault.ENCRYPTED: _say("암호가 걸림", "protected by a password"),
    Fault.METHOD: _say("읽을 수 없는 압축 방식", "compressed in a way that we cannot read"),
    Fault.NESTED: _say("압축 파일 안의 압축 파일", "a packed file inside"),
    Fault.OUTSIDE: _say("폴더 밖을 가리키는 이름", "a name that leads outside"),
    Fault.BAD_NAME: _say("쓸 수 없는 이름", "a name that cannot be used"),
    Fault.TOO_DEEP: _say("폴더가 너무 여러 겹", "folders too deep"),
    Fault.LINK: _say("바로 가기(링크)", "a link"),
    Fault.DUPLICATE: _say("같은 이름이 둘 이상", "two files of one name"),
}
