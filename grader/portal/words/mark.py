"""Words of the mark pages. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

WORDS: dict[str, LocalText] = {
    "mark_title": say("채점", "Marking"),
    "mark_blind": say(
        "공정한 채점을 위해 이름과 센터 대신 임의의 번호가 보입니다.",
        "For fair marking you see a random number in place of name and site.",
    ),
    "mark_overview": say("과제별 상황", "By assignment"),
    "mark_open_answers": say("채점할 답", "Answers to mark"),
    "mark_list": say("제출물", "Hand-ins"),
    "mark_list_caption": say("먼저 제출된 순서입니다.", "Those handed in first come first."),
    "mark_filter": say("제출물 걸러 보기", "Filter hand-ins"),
    "mark_nothing": say("해당하는 제출물이 없습니다.", "There are no such hand-ins."),
    "mark_nothing_released": say("아직 배포된 과제가 없습니다.", "No assignment has been released yet."),
    "mark_state_waiting": say("채점 대기", "Waiting"),
    "mark_state_quarantined": say("보류", "Held back"),
    "mark_state_needs-person": say("사람의 채점 필요", "Needs a person"),
    "mark_state_graded": say("채점 끝", "Graded"),
    "mark_state_second-due": say("내가 두 번째로 채점", "For me to mark a second time"),
    "mark_own_nbgrader": say("강사의 nbgrader로 채점하는 과제", "Graded by the instructor's own nbgrader"),
    "mark_own_nbgrader_hint": say(
        "강사가 자기 nbgrader로 배포하고 채점하는 과제입니다. 여기에서는 채점하지 않습니다.",
        "The instructor releases and grades these with their own nbgrader. They are not graded here.",
    ),
    "mark_number": say("번호", "Number"),
    "mark_received": say("제출 시각", "Handed in"),
    "mark_attempt": say("{n}번째 제출", "Attempt {n}"),
    "mark_late": say("늦음", "Late"),
    "mark_points": say("{score} / {maximum}점", "{score} of {maximum} points"),
    "mark_penalty": say("늦은 제출로 {n}점을 뺀 점수", "after {n} points off for being late"),
    "mark_regrades": say("재채점 요청", "Regrade requests"),
    "mark_back_to_queue": say("채점 목록으로", "Back to the queue"),
    "mark_back_to_assignment": say("과제 채점 화면으로", "Back to the assignment"),
    "mark_grading": say("자동 채점", "Automatic grading"),
    "mark_grading_hint": say(
        "새로 들어왔거나 바뀐 제출물만 채점합니다. 이미 준 점수와 의견은 그대로 남습니다.",
        "Grades what is new or changed. Marks and comments that people gave stay.",
    ),
    "mark_start": say("채점 시작", "Start grading"),
    "mark_start_again": say("모두 다시 채점", "Grade everything again"),
    "mark_last_grading": say("최근 채점", "Last grading"),
    "mark_see_progress": say("진행 상황 보기", "See progress"),
    "mark_answers": say("서술형 답", "Written answers"),
    "mark_answers_none": say(
        "이 과제에는 사람이 채점할 답이 없습니다.", "This assignment has nothing that a person must mark."
    ),
    "mark_progress": say("{total}개 가운데 {done}개 채점함", "{done} of {total} marked"),
    "mark_second_due": say("내가 두 번째로 채점할 답 {n}개", "{n} for you to mark a second time"),
    "mark_go": say("채점하기", "Mark"),
    "mark_look": say("다시 보기", "Look again"),
    "mark_agreement_link": say("두 채점자의 일치", "Agreement of two graders"),
    "mark_conflicts": say(
        "formgrader에서 다른 사람이 먼저 준 점수가 있어 성적부에 쓰지 않은 채점이 {n}건 있습니다. 열어서 확인해 주십시오.",
        "Marks not written to the gradebook because somebody marked in formgrader first: {n}. Please open and check them.",
    ),
    "mark_second": say("이중 채점", "Second marking"),
    "mark_second_percent": say(
        "다른 채점자가 한 번 더 채점할 비율(%)", "Share that another grader marks as well (%)"
    ),
    "mark_second_hint": say(
        "누구의 답인지는 추첨으로 정해지고 고를 수 없습니다. 두 번째 채점자는 첫 채점을 볼 수 없습니다.",
        "Which answers is decided by lot and cannot be chosen. The second grader does not see the first mark.",
    ),
    "mark_feedback": say("결과 공개", "Releasing feedback"),
    "mark_feedback_open": say("교육생이 볼 수 있습니다. 공개한 시각:", "Trainees can see it. Released:"),
    "mark_feedback_closed": say("아직 교육생에게 공개하지 않았습니다.", "Trainees cannot see it yet."),
    "mark_feedback_at_once": say(
        "채점되는 대로 교육생에게 보입니다.", "Trainees see it as soon as it is graded."
    ),
    "mark_feedback_release": say("결과 공개하기", "Release feedback"),
    "mark_feedback_renew": say("결과 페이지 다시 만들기", "Make the feedback anew"),
    "mark_feedback_hide": say("다시 감추기", "Hide it again"),
    "mark_feedback_warning": say(
        "아직 채점하지 않은 서술형 답이 {n}개 있습니다. 공개하면 그 교육생에게는 “서술형 채점 중”이라는 표시와 지금까지의 점수가 보입니다.",
        "Written answers not marked yet: {n}. If you release now, those trainees see “Written answers being marked” and the score so far.",
    ),
    "mark_feedback_waiting": say(
        "아직 채점하지 않았거나 보류된 제출물이 {n}개 있습니다.",
        "Hand-ins not graded yet or held back: {n}.",
    ),
    "mark_not_released": say("이 과제는 아직 배포되지 않았습니다.", "This assignment has not been released."),
    "mark_job_title": say("채점 진행", "Grading"),
    "mark_job_feedback_title": say("결과 페이지 만들기", "Making the feedback"),
    "mark_job_waiting": say("차례를 기다리고 있습니다.", "Waiting for its turn."),
    "mark_job_running": say("진행 중입니다.", "Under way."),
    "mark_job_done": say("끝났습니다.", "Finished."),
    "mark_job_failed": say("끝내지 못했습니다.", "It could not be finished."),
    "mark_job_failed_hint": say(
        "아래 내용을 운영자에게 알려 주십시오. 끝난 채점은 남아 있고, 다시 시작하면 이어서 합니다.",
        "Tell the operator what is written below. What was finished is kept; starting again goes on from there.",
    ),
    "mark_job_message": say("프로그램이 남긴 내용(영어):", "What the program says:"),
    "mark_job_count": say("{done} / {total}", "{done} of {total}"),
    "mark_job_leave": say("이 화면을 닫아도 채점은 계속됩니다.", "Grading goes on when you close this page."),
    "mark_reload": say("새로 고침", "Reload"),
    "mark_submission_title": say("제출물 {number}", "Hand-in {number}"),
    "mark_file": say("제출한 파일", "File handed in"),
    "mark_download": say("원본 내려받기", "Download the original"),
    "mark_download_hint": say(
        "다른 사람이 쓴 코드입니다. 내 컴퓨터에서 실행하지 마십시오.",
        "This is somebody else's code. Do not run it on your computer.",
    ),
    "mark_older": say(
        "더 새로운 제출이 있어 이 제출물은 채점하지 않습니다.",
        "There is a newer hand-in, so this one is not graded.",
    ),
    "mark_reason": say("보류한 이유", "Why held back"),
    "mark_reasons": say("보류한 이유별 제출물 수", "Hand-ins held back, by reason"),
    "mark_reason_link": say("파일이 아니라 링크", "A link, not a file"),
    "mark_reason_folder": say("파일이 아니라 폴더", "A folder, not a file"),
    "mark_reason_not-a-file": say("일반 파일이 아님", "Not a regular file"),
    "mark_reason_unreadable": say("파일을 열 수 없음", "Could not be opened"),
    "mark_reason_no-notebook": say("노트북이 없음", "No notebook in it"),
    "mark_reason_empty": say("빈 파일", "Empty file"),
    "mark_reason_too-big": say("파일이 너무 큼", "Too big"),
    "mark_reason_not-utf8": say("문자 형식이 UTF-8이 아님", "Not UTF-8"),
    "mark_reason_not-json": say("파일이 손상됨", "Damaged file"),
    "mark_reason_too-deep": say("구조가 비정상적임", "Abnormal structure"),
    "mark_reason_not-a-notebook": say("노트북이 아님", "Not a notebook"),
    "mark_reason_too-new": say("더 최신 형식의 노트북", "Newer notebook format"),
    "mark_reason_too-many-cells": say("셀이 너무 많거나 너무 김", "Too many or too long cells"),
    "mark_reason_unknown-trainee": say("명단에 없는 사람", "Not on the roster"),
    "mark_reason_loose-file": say("누구의 것인지 알 수 없음", "Nobody's file"),
    "mark_reason_other-assignment": say("다른 과제의 노트북", "Another assignment's notebook"),
    "mark_reason_ambiguous": say("어느 셀이 답인지 분명하지 않음", "Unclear which cell is the answer"),
    "mark_reason_our-fault": say("채점 프로그램의 문제", "Our grading program failed"),
    "mark_fault": say("파일이 손상된 곳(→)과 그 앞뒤", "Where the file is damaged (→), and around it"),
    "mark_held_diff": say("배포한 노트북과 제출한 노트북의 비교", "Released and handed in, compared"),
    "mark_held_diff_hint": say(
        "-로 시작하는 줄은 배포한 노트북에, +로 시작하는 줄은 제출한 노트북에 있습니다.",
        "Lines with - are in the notebook that was released, lines with + in the one handed in.",
    ),
    "mark_clock": say("제출한 컴퓨터의 시각", "Clock of the computer it came from"),
    "mark_clock_elsewhere": say("처음 제출한 곳의 시각", "Time at the place it was first handed in"),
    "mark_clock_same": say(
        "서버가 받은 시각과 1분도 차이 나지 않습니다.", "Less than a minute from when the server received it."
    ),
    "mark_clock_earlier": say(
        "서버가 받은 시각보다 {span} 빠릅니다.", "{span} before the server received it."
    ),
    "mark_clock_later": say("서버가 받은 시각보다 {span} 늦습니다.", "{span} after the server received it."),
    "mark_held": say("보류한 이유", "Why it is held back"),
    "mark_repairs": say("바로잡은 것", "What was put right"),
    "mark_diff": say("바로잡기 전과 후", "Before and after"),
    "mark_diff_label": say("바로잡은 내용의 비교", "Differences that were put right"),
    "mark_tells": say("채점자가 알아 둘 것", "What a grader should know"),
    "mark_again": say("이 제출물만 다시 채점", "Grade this one again"),
    "mark_queue_position": say(
        "채점 순서를 기다리고 있습니다. 앞에 {n}건이 있습니다.", "Waiting to be graded; {n} before it."
    ),
    "mark_notes": say("채점자끼리의 메모", "Notes among graders"),
    "mark_note": say("메모", "Note"),
    "mark_note_hint": say(
        "교육생에게는 보이지 않습니다. 건강 정보는 적지 마십시오.",
        "Trainees do not see it. Do not write health data.",
    ),
    "mark_note_save": say("메모 남기기", "Keep the note"),
    "mark_who": say("누구의 제출물인지 보기", "Show whose work this is"),
    "mark_who_hint": say("본 사람과 시각이 기록에 남습니다.", "Who looked, and when, is recorded."),
    "mark_who_title": say("제출한 사람", "Whose work this is"),
    "mark_who_id": say("교육생 아이디", "Trainee ID"),
    "mark_answer_title": say("서술형 채점", "Marking a written answer"),
    "mark_answer_gone": say(
        "채점된 노트북에서 답을 찾지 못했습니다. 다시 채점해 주십시오.",
        "The answer was not found in the graded notebook. Please grade it again.",
    ),
    "mark_answer_text": say("교육생의 답", "The answer"),
    "mark_rubric": say("채점 기준", "Rubric"),
    "mark_level": say("{n}수준", "Level {n}"),
    "mark_weight": say("가중치 {n}", "weight {n}"),
    "mark_rule": say(
        "점수는 수준으로 계산합니다. 2수준에 못 미친 기준이 하나라도 있으면 합계가 “충족”보다 낮아집니다.",
        "The points follow from the levels. If any criterion is below level 2, the total stays below “meets”.",
    ),
    "mark_samples": say("수준별 예시 답안", "Sample answers by level"),
    "mark_comment": say("교육생에게 주는 의견", "Comment for the trainee"),
    "mark_bank": say("자주 쓰는 의견", "Comments to use again"),
    "mark_bank_hint": say(
        "고른 의견을 저장할 때 위 의견에 덧붙입니다.", "What you tick is added to the comment when you save."
    ),
    "mark_bank_drop": say("목록에서 빼기", "Take out of the list"),
    "mark_bank_edit": say("자주 쓰는 의견 정리", "Tidy the list of comments"),
    "mark_bank_keep": say("이 의견을 자주 쓰는 의견에 넣기", "Keep this comment to use again"),
    "mark_save_next": say("저장하고 다음 답", "Save and go to the next"),
    "mark_save_stay": say("저장하고 이 답에 머물기", "Save and stay"),
    "mark_keys": say(
        "Ctrl+Enter: 저장하고 다음 답 · 화살표: 수준 고르기",
        "Ctrl+Enter: save and next · arrow keys: choose a level",
    ),
    "mark_previous": say("이전 답", "Previous answer"),
    "mark_following": say("다음 답", "Next answer"),
    "mark_score_hidden": say(
        "두 번째로 채점하실 답이 있습니다. 그 답을 채점할 때까지 점수를 보여 주지 않습니다.",
        "You are to mark an answer of it a second time. Until you have, scores are not shown.",
    ),
    "mark_round_second": say(
        "이중 채점입니다. 첫 채점은 보이지 않습니다. 이 점수는 성적부에 들어가지 않고 일치를 재는 데 씁니다.",
        "This is second marking. You do not see the first mark. This one is not written to the gradebook; it measures agreement.",
    ),
    "mark_round_agreed": say("두 채점자가 합의한 채점입니다.", "Two graders agreed on this mark."),
    "mark_round_closed": say(
        "두 사람이 모두 채점했습니다. 바꾸려면 합의 화면을 여십시오.",
        "Two graders have marked this. To change it, open the page of agreement.",
    ),
    "mark_by_other": say(
        "다른 채점자가 이미 채점했습니다. 저장하면 그 채점을 바꿉니다.",
        "Another grader has marked this already. Saving replaces their mark.",
    ),
    "mark_by_formgrader": say(
        "formgrader에서 {n}점을 주었습니다. 저장하면 그 점수를 바꿉니다.",
        "{n} points were given in formgrader. Saving replaces them.",
    ),
    "mark_on_its_way": say(
        "저장했습니다. 잠시 뒤 성적부에 들어갑니다.", "Saved. It reaches the gradebook in a moment."
    ),
    "mark_in_conflict": say(
        "formgrader에서 다른 점수를 먼저 주었기 때문에 성적부에 쓰지 않았습니다. 이 화면의 점수가 맞으면 다시 저장하십시오.",
        "It was not written to the gradebook: another score was given in formgrader first. If the one on this page is right, save it again.",
    ),
    "mark_problem_levels": say(
        "기준마다 수준을 하나씩 고른 뒤 다시 저장해 주십시오.",
        "Choose a level for every criterion, then save again.",
    ),
    "mark_agree_theirs": say(
        "합의한 점수는 이 답을 채점한 두 사람이나 강사가 정합니다.",
        "The two who marked this answer, or an instructor, decide on the mark that counts.",
    ),
    "mark_problem_not_yours": say(
        "합의한 점수는 이 답을 채점한 두 사람이나 강사만 저장할 수 있습니다. 아무것도 바꾸지 않았습니다.",
        "Only the two who marked this answer, or an instructor, save the mark agreed on. Nothing was changed.",
    ),
    "mark_problem_taken": say(
        "그사이 다른 사람이 이 답을 채점했습니다. 아무것도 바꾸지 않았습니다. 성적부의 점수는 {score}입니다. 고른 수준과 의견은 아래에 그대로 있으니 확인한 뒤 다시 저장해 주십시오.",
        "Somebody else marked this answer meanwhile. Nothing was changed. The score in the gradebook is {score}. What you chose is still below: check it, then save again.",
    ),
    "mark_problem_second": say(
        "그사이 다른 사람이 이 답을 먼저 채점했습니다. 이중 채점으로 뽑힌 답이므로 첫 채점은 보여 주지 않습니다. 아무것도 저장하지 않았습니다. 고른 수준과 의견은 아래에 그대로 있습니다. 다시 저장하면 두 번째 채점이 됩니다.",
        "Somebody else marked this answer meanwhile. It was drawn for second marking, so their mark is not shown. Nothing was saved. What you chose is still below: save it again and it becomes the second mark.",
    ),
    "mark_problem_long": say(
        "글이 너무 길어 저장하지 않았습니다. 쓰신 글은 그대로 있으니 줄인 뒤 다시 저장해 주십시오.",
        "The text is too long and was not saved. What you wrote is still here: shorten it, then save again.",
    ),
    "mark_problem_at_once": say(
        "아무것도 바꾸지 않았습니다. 이 과제는 채점이 끝나는 대로 결과를 공개하도록 정해져 있습니다. 감추려면 먼저 강사가 “마감과 규칙”에서 “채점이 끝나는 대로 결과 공개”를 꺼야 합니다.",
        "Nothing was changed. Results of this assignment are shown as soon as they are graded. To hide them, the instructor first turns that off in the release's rules.",
    ),
    "mark_current_score": say("지금 점수", "Score now"),
    "mark_agreement_title": say("두 채점자의 일치", "Agreement of two graders"),
    "mark_agreement_none": say(
        "아직 두 사람이 채점한 답이 없습니다.", "No answer has been marked by two graders yet."
    ),
    "mark_agreement_few": say(
        "답이 10개보다 적어 값이 크게 흔들릴 수 있습니다.",
        "With fewer than 10 answers these figures vary a lot.",
    ),
    "mark_kappa": say("가중 카파(제곱)", "Weighted kappa (quadratic)"),
    "mark_kappa_hint": say(
        "1은 완전한 일치, 0은 우연히 맞은 만큼입니다. 두 사람이 모두 같은 수준만 주면 계산할 수 없어 –로 적습니다.",
        "1 is full agreement, 0 is what chance gives. A dash means it cannot be calculated because both gave one level throughout.",
    ),
    "mark_percent_equal": say("같은 수준(%)", "Same level (%)"),
    "mark_pairs": say("답", "Answers"),
    "mark_criterion": say("기준", "Criterion"),
    "mark_overall": say("기준 전체", "All criteria"),
    "mark_differences": say("다르게 채점한 답", "Answers marked differently"),
    "mark_first": say("첫 채점", "First mark"),
    "mark_second_mark": say("두 번째 채점", "Second mark"),
    "mark_agreed": say("합의", "Agreed"),
    "mark_must_agree": say("합의 필요", "To be agreed"),
    "mark_small_difference": say("작은 차이", "Small difference"),
    "mark_open_agree": say("열어 보기", "Open"),
    "mark_agree_title": say("합의하여 채점하기", "Agreeing on a mark"),
    "mark_agree_hint": say(
        "두 채점자가 이야기한 뒤 한 사람이 저장합니다. 이 점수가 성적부에 들어갑니다.",
        "The two graders talk, then one of them saves. This score goes to the gradebook.",
    ),
    "mark_agree_save": say("합의한 채점 저장", "Save the agreed mark"),
    "mark_regrades_none": say("해당하는 요청이 없습니다.", "There are no such requests."),
    "mark_request_open": say("답변 대기", "Waiting for an answer"),
    "mark_request_granted": say("받아들임", "Granted"),
    "mark_request_declined": say("받아들이지 않음", "Declined"),
    "mark_request_title": say("{assignment} 요청", "Request about {assignment}"),
    "mark_request_asked": say("요청한 시각", "Asked"),
    "mark_request_text": say("요청한 내용", "What was asked"),
    "mark_request_answer": say("답변", "Answer"),
    "mark_request_answer_hint": say(
        "교육생이 읽습니다. 받아들이지 않을 때는 이유를 적어 주십시오.",
        "The trainee reads this. When you decline, give the reason.",
    ),
    "mark_request_typed": say("쓰신 답변입니다. 보내지 않았습니다.", "What you wrote. It was not sent:"),
    "mark_request_grant": say("받아들이고 다시 채점하기", "Grant and mark again"),
    "mark_request_decline": say("받아들이지 않기", "Decline"),
    "mark_open_submission": say("제출물 열기", "Open the hand-in"),
    "done_mark_all": say(
        "지금 채점할 답을 모두 채점했습니다.", "You have marked everything there is to mark now."
    ),
    "done_mark_saved": say(
        "채점을 저장했습니다. 잠시 뒤 성적부에 들어갑니다.",
        "The mark is saved and reaches the gradebook in a moment.",
    ),
    "done_mark_hidden": say("교육생에게 결과를 감추었습니다.", "Results are hidden from trainees."),
    "done_mark_queued": say(
        "채점 순서에 넣었습니다. 잠시 뒤 새로 고쳐 주십시오.", "It is in the queue. Reload in a moment."
    ),
    "done_mark_agreed": say("합의한 채점을 저장했습니다.", "The agreed mark is saved."),
    "done_mark_granted": say(
        "요청을 받아들였습니다. 아래에서 다시 채점해 주십시오.",
        "The request is granted. Please mark it again below.",
    ),
    "mark_problem_answered": say(
        "다른 사람이 먼저 답했습니다. 아무것도 바꾸지 않았습니다.",
        "Somebody else has answered it first. Nothing was changed.",
    ),
    "mark_problem_reason": say(
        "아무것도 바꾸지 않았습니다. 받아들이지 않는 이유를 적어 주십시오.",
        "Nothing was changed. Please give a reason for declining.",
    ),
}
