"""Words of signing in, joining and the account page. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

WORDS: dict[str, LocalText] = {
    # Signing in
    "sign_in_title": say("로그인", "Sign in"),
    "sign_in_id": say("아이디", "ID"),
    "sign_in_id_hint": say("초대장에 적힌 아이디입니다.", "The ID on your invitation."),
    "password": say("비밀번호", "Password"),
    "sign_in_wrong": say(
        "로그인하지 못했습니다. 아이디와 비밀번호를 확인해 주십시오. 여러 번 틀리면 최대 5분 동안 로그인할 수 없습니다. 비밀번호를 잊었으면 운영자에게 새 초대장을 요청해 주십시오.",
        "You could not be signed in. Check your ID and password. After several wrong tries signing in pauses for up to five minutes. If you forgot the password, ask the operator for a new invitation.",
    ),
    "sign_in_first": say("처음이십니까?", "First time here?"),
    "sign_in_have_code": say("초대 코드로 시작하기", "Start with your invitation code"),
    "second_title": say("2단계 인증", "Second step"),
    "second_code": say("인증 앱의 6자리 숫자 또는 복구 코드", "Six digits of your app, or a recovery code"),
    "second_hint": say(
        "숫자는 30초마다 바뀌며 한 번만 쓸 수 있습니다. 휴대전화가 없으면 종이에 적어 둔 복구 코드를 입력하십시오.",
        "The digits change every 30 seconds and work once. Without your phone, type a recovery code from paper.",
    ),
    "second_wrong": say(
        "인증하지 못했습니다. 다음 숫자가 나올 때까지 기다렸다가 다시 입력해 주십시오. 휴대전화 시각이 맞는지도 확인해 주십시오. 여러 번 틀리면 최대 5분 동안 인증할 수 없습니다.",
        "That did not work. Wait for the next digits and try again. Check that your phone's clock is right. After several wrong tries this pauses for up to five minutes.",
    ),
    "continue": say("계속", "Continue"),
    "enrol_title": say("2단계 인증 등록", "Set up the second step"),
    "enrol_why": say(
        "강사, 채점자, 운영자는 다른 사람의 결과를 다루므로 비밀번호 외에 휴대전화 인증이 꼭 필요합니다.",
        "Instructors, graders and operators handle other people's results, so they need their phone besides a password.",
    ),
    "enrol_scan": say(
        "휴대전화의 인증 앱(구글 OTP, 마이크로소프트 Authenticator 등)으로 아래 QR 코드를 찍으십시오. 휴대전화가 인터넷에 연결되어 있지 않아도 됩니다.",
        "Scan this QR code with an authenticator app on your phone, for example Google Authenticator or Microsoft Authenticator. The phone needs no internet.",
    ),
    "enrol_key": say(
        "QR 코드를 찍을 수 없으면 이 키를 앱에 입력하십시오.",
        "If you cannot scan it, type this key into the app.",
    ),
    "enrol_qr": say("인증 앱 등록용 QR 코드", "QR code for the authenticator app"),
    "enrol_code": say("앱에 나온 6자리 숫자", "The six digits in the app"),
    "recovery_title": say("복구 코드", "Recovery codes"),
    "recovery_note": say(
        "휴대전화를 잃어버렸을 때 쓰는 코드입니다. 하나를 한 번씩 쓸 수 있습니다. 지금만 보이니 적어서 안전한 곳에 두십시오.",
        "For the day you lose your phone. Each works once. They are shown only now: write them down and keep them safe.",
    ),
    "recovery_kept": say("적어 두었습니다. 계속", "I have written them down. Continue"),
    # Joining
    "join_title": say("초대 코드로 시작하기", "Start with your invitation"),
    "join_code": say("초대 코드", "Invitation code"),
    "join_code_hint": say(
        "초대장에 적힌 네 글자씩 네 묶음입니다. 대문자와 소문자를 가리지 않고, 줄표(-)는 없어도 됩니다.",
        "Four groups of four letters on your invitation. Capitals and hyphens do not matter.",
    ),
    "join_wrong": say(
        "이 코드는 쓸 수 없습니다. 잘못 옮겨 적었거나, 기한이 지났거나, 이미 쓴 코드입니다. 다시 확인하고, 안 되면 운영자에게 새 초대장을 요청해 주십시오.",
        "This code does not work. It may be mistyped, too old or used already. Check it again; if it stays so, ask the operator for a new invitation.",
    ),
    "join_hello": say("{name} 님, 환영합니다.", "Welcome, {name}."),
    "join_your_id": say("로그인할 때 쓰는 아이디", "Your ID for signing in"),
    "join_not_you": say(
        "본인이 아니면 이 화면을 닫고 운영자에게 알려 주십시오.",
        "If this is not you, close this page and tell the operator.",
    ),
    "join_button": say("비밀번호를 정하고 시작하기", "Set the password and start"),
    "password_new": say("새 비밀번호", "New password"),
    "password_again": say("새 비밀번호 한 번 더", "New password again"),
    "password_hint": say(
        "10자 이상이면 됩니다. 다른 곳에서 쓰지 않는 짧은 문장이 외우기 쉽고 안전합니다.",
        "At least ten characters. A short sentence that you use nowhere else is easy to remember and safe.",
    ),
    "password_short": say(
        "비밀번호는 10자 이상이어야 합니다.", "The password needs at least ten characters."
    ),
    "password_long": say(
        "비밀번호는 200자까지이며 보이지 않는 문자는 쓸 수 없습니다.",
        "The password may have up to 200 characters, none of them invisible.",
    ),
    "password_own": say(
        "비밀번호에 아이디, 이름, 이메일을 넣지 마십시오.",
        "Do not use your ID, name or e-mail in the password.",
    ),
    "password_common": say(
        "너무 흔하거나 단순한 비밀번호입니다. 숫자만 쓰지 말고 단어 몇 개를 이어 보십시오.",
        "This password is too common or too plain. Not only digits; try a few words in a row.",
    ),
    "password_differs": say("두 비밀번호가 서로 다릅니다.", "The two passwords differ."),
    "password_wrong": say("지금 쓰는 비밀번호가 맞지 않습니다.", "That is not your current password."),
    # Account
    "account_title": say("내 계정", "My account"),
    "account_profile": say("내 정보", "About me"),
    "account_profile_note": say(
        "이름이나 센터가 다르면 운영자에게 알려 주십시오.",
        "If your name or site is wrong, tell the operator.",
    ),
    "account_language": say("언어", "Language"),
    "account_password": say("비밀번호 바꾸기", "Change password"),
    "password_current": say("지금 쓰는 비밀번호", "Current password"),
    "account_sessions": say("로그인된 기기", "Where you are signed in"),
    "sessions_note": say(
        "모르는 기기가 있으면 비밀번호를 바꾸십시오. 그러면 다른 기기에서 모두 로그아웃되고 JupyterLab 연결 키도 쓸 수 없게 됩니다.",
        "If you do not know one of these, change your password: everything else is signed out, and keys for JupyterLab end.",
    ),
    "session_here": say("이 기기", "This device"),
    "session_since": say("로그인 시각", "Signed in"),
    "session_seen": say("마지막 사용", "Last used"),
    "session_close": say("로그아웃", "Sign out"),
    "sessions_close_others": say("다른 기기 모두 로그아웃", "Sign out everywhere else"),
    "account_second": say("2단계 인증", "Second step"),
    "second_is_on": say("휴대전화 인증을 쓰고 있습니다.", "Your phone is set up."),
    "second_new_codes": say("복구 코드 새로 만들기", "Make new recovery codes"),
    "second_new_phone": say("휴대전화 바꾸기", "Change to another phone"),
    "second_new_phone_note": say(
        "지금 등록한 휴대전화와 복구 코드가 지워지고, 바로 새로 등록합니다. 다른 기기에서 모두 로그아웃되고 JupyterLab 연결 키도 쓸 수 없게 됩니다.",
        "The phone and recovery codes are forgotten, and you set up a new one at once. Other devices are signed out, and keys for JupyterLab end.",
    ),
    "account_tokens": say("JupyterLab 연결 키", "Keys for JupyterLab"),
    "tokens_note": say(
        "JupyterLab에서 과제를 받고 제출할 때 쓰는 키입니다. 비밀번호처럼 다루고, 쓰지 않게 되면 삭제해 주십시오. 비밀번호나 휴대전화를 바꾸거나 다른 기기에서 모두 로그아웃하면 이 키도 쓸 수 없게 됩니다. 그때는 새 키를 만들고 medai spool connect 명령으로 다시 연결하십시오.",
        "For fetching and handing in assignments from JupyterLab. Treat a key like a password and remove it when unused. Keys end when you change your password or phone, or sign out everywhere else: then make a new one and connect again with medai spool connect.",
    ),
    "token_label": say("이름 (예: 사무실 PC)", "Name, e.g. office PC"),
    "token_create": say("키 만들기", "Make a key"),
    "token_made": say("새 연결 키", "Your new key"),
    "token_once": say(
        "지금만 보입니다. 바로 복사해서 medai spool connect 명령이 물을 때 붙여 넣으십시오.",
        "It is shown only now. Copy it and paste it when the command medai spool connect asks for it.",
    ),
    "token_created": say("만든 일시", "Made"),
    "token_used": say("마지막 사용", "Last used"),
    "token_expires": say("유효 기한", "Valid until"),
    "token_revoke": say("삭제", "Remove"),
    "token_revoked": say("삭제함", "Removed"),
    "token_name_needed": say(
        "키의 이름을 100자 안으로 적어 주십시오.", "Give the key a name of up to 100 characters."
    ),
    "token_too_many": say(
        "쓰지 않는 키를 먼저 삭제해 주십시오. 한 사람이 20개까지 가질 수 있습니다.",
        "Remove keys you do not use first: one person may have 20.",
    ),
    "account_data": say("내 자료", "My data"),
    "data_note": say(
        "이 포털이 나에 대해 보관하는 모든 것을 압축 파일 하나로 받습니다. 제출한 파일, 접수증, 결과, 기록이 들어 있습니다.",
        "Get everything that this portal keeps about you as one zip file: your files, receipts, results and records.",
    ),
    "data_export": say("내 자료 내려받기", "Download my data"),
    "data_delete": say("내 계정과 자료 삭제", "Delete my account and data"),
    "delete_title": say("계정과 자료 삭제", "Delete account and data"),
    "delete_goes": say(
        "바로 지우는 것: 이름, 아이디, 이메일, 센터, 직무, 비밀번호, 로그인 기록의 아이디. 다시 로그인할 수 없고 되돌릴 수 없습니다.",
        "Removed at once: name, ID, e-mail, site, role, password, and your ID in the records. You cannot sign in again, and it cannot be undone.",
    ),
    "delete_soon": say(
        "제출한 파일은 채점 자료와 함께 정기 정리 때 지웁니다.",
        "The files you handed in are removed with the grading data at the next clean-up.",
    ),
    "delete_stays": say(
        "남는 것: 접수증의 번호와 확인 값(해시). 접수증은 서로 이어져 있어 하나를 빼면 다른 사람의 접수증을 확인할 수 없습니다. 이름 대신 뜻 없는 가명만 들어 있습니다.",
        "What stays: number and hash of your receipts. Receipts form a chain; without yours nobody could check theirs. They hold a meaningless pseudonym instead of your name.",
    ),
    "delete_first": say(
        "이수 기록이 필요하면 먼저 내 자료를 내려받으십시오.",
        "If you need proof of what you did, download your data first.",
    ),
    "delete_button": say("계정과 자료 삭제하기", "Delete my account and data"),
    "delete_not_staff": say(
        "강사, 채점자, 운영자는 자기 계정을 삭제할 수 없습니다. 누가 채점하고 무엇을 바꾸었는지 기록에 남아 있어야 하기 때문입니다. 그만두실 때는 운영자에게 계정 사용 중지를 요청해 주십시오.",
        "Instructors, graders and operators cannot delete their own accounts: the records must still say who marked and changed what. When you leave, ask the operator to deactivate yours.",
    ),
    "deleted_title": say("삭제했습니다", "Deleted"),
    "deleted_text": say(
        "계정을 닫고 개인정보를 지웠습니다. 이용해 주셔서 고맙습니다.",
        "Your account is closed and your personal data are removed. Thank you for taking part.",
    ),
    "done_password": say(
        "비밀번호를 바꾸었습니다. 다른 기기에서는 로그아웃되었고 지금까지의 연결 키는 쓸 수 없습니다.",
        "Password changed; other devices are signed out and connection keys have ended.",
    ),
    "done_sessions": say("로그아웃했습니다.", "Signed out."),
    "done_sessions_all": say(
        "로그아웃했습니다. 지금까지의 연결 키는 쓸 수 없습니다.",
        "Signed out; connection keys have ended too.",
    ),
    "done_token": say("키를 삭제했습니다.", "The key is removed."),
    "done_signed_out": say("로그아웃했습니다. 안녕히 가십시오.", "You are signed out."),
}
