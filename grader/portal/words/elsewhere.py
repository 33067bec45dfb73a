"""Words of the pages where work comes from other platforms and scores go back. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

OLDER = say(
    "그 뒤에 낸 제출물이 이미 있어 가져오지 않았습니다. 이것으로 채점해야 한다면 교육생에게 포털에서 다시 내 달라고 하십시오.",
    "Work that was handed in later is here already, so this was left where it is. If this is to be graded, ask the trainee to hand it in again in the portal.",
)
WORDS: dict[str, LocalText] = {
    "elsewhere_link": say("Moodle·Canvas·폴더와 주고받기", "Moodle, Canvas and folders"),
    "elsewhere_tabs": say("주고받기 메뉴", "Exchange with other platforms"),
    "elsewhere_in": say("제출물 가져오기", "Bring work in"),
    "elsewhere_out": say("점수 돌려주기", "Return scores"),
    "elsewhere_in_lead": say(
        "다른 곳에 제출된 과제를 한꺼번에 가져옵니다. 한 사람의 제출물마다 포털에 직접 제출했을 때와 같은 접수증이 생기고, 늦었는지는 그 플랫폼이 알려 준 제출 시각으로 판단합니다.",
        "Takes work that was handed in somewhere else, a whole class at once. Everybody gets the same receipt as if they had handed in here, and the platform's own time counts for the deadline.",
    ),
    "elsewhere_out_lead": say(
        "Moodle이나 Canvas에서 받은 성적 파일을 올리면, 공개한 과제의 확정된 점수(늦은 제출의 감점 반영)만 적어 돌려드립니다. 다른 칸은 한 글자도 바뀌지 않습니다.",
        "Upload the grades file from Moodle or Canvas and get it back with the settled scores of a released assignment, penalties for lateness taken off. No other cell changes by a single letter.",
    ),
    "elsewhere_platform": say("어디에서 받았습니까?", "Where is it from?"),
    "elsewhere_platform_moodle": say("Moodle", "Moodle"),
    "elsewhere_platform_canvas": say("Canvas", "Canvas"),
    "elsewhere_platform_folders": say("사람별 폴더를 묶은 ZIP", "A ZIP file with a folder for each person"),
    "elsewhere_download": say("제출물 ZIP 파일", "ZIP file of the work"),
    "elsewhere_download_hint": say(
        "Moodle은 Download all submissions, Canvas는 Download Submissions로 받은 파일입니다. 풀지 말고 그대로 올려 주십시오. {megabytes} MB까지 올릴 수 있습니다.",
        "From “Download all submissions” in Moodle or “Download Submissions” in Canvas, as it is, not unpacked. Up to {megabytes} MB.",
    ),
    "elsewhere_table_in": say("성적 파일(CSV, 있으면)", "Grades file (CSV, if you have it)"),
    "elsewhere_table_in_hint": say(
        "Moodle의 Download grading worksheet, Canvas의 Grades → Export로 받은 파일입니다. 함께 올리면 이메일과 번호로 사람을 알아보고, Moodle은 제출 시각도 알 수 있습니다. 없으면 이름만으로 찾습니다.",
        "From “Download grading worksheet” in Moodle or Grades → Export in Canvas. With it people are told apart by e-mail and number, and Moodle's times are known. Without it there are only names.",
    ),
    "elsewhere_table_out": say("성적 파일(CSV)", "Grades file (CSV)"),
    "elsewhere_table_out_hint": say(
        "Moodle의 Download grading worksheet, Canvas의 Grades → Export로 받은 파일입니다. 엑셀에서 저장하면 형식이 바뀌므로 받은 그대로 올려 주십시오.",
        "From “Download grading worksheet” in Moodle or Grades → Export in Canvas. Saving it in a spreadsheet changes it, so upload it as you got it.",
    ),
    "elsewhere_who": say("사람 확인표(who.csv, 있으면)", "Who is who (who.csv, if you have it)"),
    "elsewhere_who_hint": say(
        "확인할 사람이 있으면 미리 보기에서 내려받아 채운 뒤 여기에 올립니다.",
        "If people are in doubt, the preview gives you this list; fill it in and upload it here.",
    ),
    "elsewhere_look": say("미리 보기", "Preview"),
    "elsewhere_look_hint": say(
        "미리 보기에서는 아무것도 제출되지 않고, 올린 파일은 남지 않습니다.",
        "A preview hands nothing in and keeps none of your files.",
    ),
    "elsewhere_take": say("제출로 받기", "Hand it in"),
    "elsewhere_take_file": say("점수를 적은 파일 받기", "Get the file with scores"),
    "elsewhere_take_feedback": say("결과 페이지 ZIP 파일 받기", "Get the ZIP file of feedback"),
    "elsewhere_folders_out": say("사람별 폴더로 돌려주기", "Return as folders"),
    "elsewhere_folders_lead": say(
        "Moodle이나 Canvas를 쓰지 않고 공유 폴더나 메일로 돌려줄 때 씁니다. 사람마다 폴더를 하나씩 만들어 결과 페이지, 점수, 접수증을 담고, 전체 점수표와 함께 ZIP 파일로 묶어 줍니다. 결과를 공개한 과제만 받을 수 있습니다.",
        "Get a ZIP file in which everybody has a folder with feedback, score and receipt of a released assignment, and a table of all scores. For returning work by shared folder or mail.",
    ),
    "elsewhere_take_folders": say("폴더 ZIP 파일 받기", "Get the ZIP file of folders"),
    "elsewhere_no_worksheet": say(
        "Moodle에서 받은 채점 워크시트를 골라 주십시오. 거기 적힌 번호로 누구의 결과 페이지인지 알아냅니다.",
        "Please choose the grading worksheet that Moodle gave you: its numbers say whose feedback it is.",
    ),
    "elsewhere_no_pages": say(
        "이 워크시트에 있는 사람들에게 돌려줄 결과 페이지가 아직 없습니다.",
        "There is no feedback yet for the people on this worksheet.",
    ),
    "elsewhere_again": say("다음 단계", "Next step"),
    "elsewhere_choose_again": say(
        "올린 파일을 남기지 않으므로 같은 파일을 다시 골라 주십시오. 확인표를 채웠다면 함께 고릅니다.",
        "Your files were not kept, so please choose the same ones again, and the list of who is who if you filled it in.",
    ),
    "elsewhere_then": say(
        "누구인지 확인하지 못한 제출물은 빼고 받습니다. 나중에 같은 파일을 다시 가져오면 그때 받으며, 이미 받은 것이 두 번 제출되는 일은 없습니다.",
        "Work of people still in doubt is left out. Bring the same files in again later and it is taken then; nothing is handed in twice.",
    ),
    "elsewhere_too_big": say(
        "{megabytes} MB보다 큽니다. 사람을 나누어 여러 번 내려받은 뒤 하나씩 올려 주십시오.",
        "More than {megabytes} MB. Download fewer people at a time and upload one file after the other.",
    ),
    "elsewhere_sending": say("올리고 있습니다. 잠시 기다려 주십시오.", "Uploading. Please wait a moment."),
    "elsewhere_other_files": say(
        "미리 본 것과 다른 파일이라 아직 아무것도 하지 않았습니다. 아래는 방금 올린 파일의 미리 보기입니다.",
        "These are not the files you looked at, so nothing was done. Below is what you have just uploaded.",
    ),
    "elsewhere_no_download": say(
        "제출물 ZIP 파일을 골라 주십시오.", "Please choose the ZIP file of the work."
    ),
    "elsewhere_no_table": say(
        "Moodle이나 Canvas에서 받은 성적 파일을 골라 주십시오.",
        "Please choose the grades file that Moodle or Canvas gave you.",
    ),
    "elsewhere_not_shown_yet": say(
        "이 과제의 결과를 아직 교육생에게 공개하지 않았습니다. 과제 채점 화면에서 결과를 공개한 뒤 다시 해 주십시오.",
        "This assignment's results are not released to trainees yet. Release them on the assignment's page, then try again.",
    ),
    "elsewhere_bad_download": say(
        "제출물 파일을 읽을 수 없습니다. 고른 플랫폼이 맞는지 보고, 그 플랫폼에서 다시 내려받은 ZIP 파일을 풀지 말고 그대로 올려 주십시오.",
        "The file of the work cannot be read. Check that you chose the right platform, and upload its ZIP file as you downloaded it.",
    ),
    "elsewhere_bad_worksheet": say(
        "Moodle의 채점 워크시트가 아니거나 형식이 바뀌었습니다. Moodle에서 다시 내려받아 엑셀에서 저장하지 말고 그대로 올려 주십시오.",
        "This is no grading worksheet of Moodle's, or it was changed. Download it again and upload it without saving it in a spreadsheet.",
    ),
    "elsewhere_bad_gradebook": say(
        "Canvas의 성적부가 아니거나 형식이 바뀌었습니다. Canvas에서 다시 내려받아 엑셀에서 저장하지 말고 그대로 올려 주십시오.",
        "This is no gradebook of Canvas's, or it was changed. Export it again and upload it without saving it in a spreadsheet.",
    ),
    "elsewhere_bad_who": say(
        "사람 확인표를 읽을 수 없습니다. 아래 줄을 고쳐 다시 올려 주십시오.",
        "The list of who is who cannot be used. Mend the lines named below and upload it again.",
    ),
    "elsewhere_bad_column": say(
        "Canvas 성적부에서 이 과제의 열을 하나로 정할 수 없습니다. ‘Canvas의 열’에 열의 제목이나 괄호 안의 번호를 적어 주십시오.",
        "It is not certain which column of the gradebook is this assignment's. Write the column's title, or the number in its brackets, into “Column in Canvas”.",
    ),
    "elsewhere_preview": say("미리 보기", "Preview"),
    "elsewhere_certain_n": say("누구인지 확실한 사람", "People known for certain"),
    "elsewhere_doubtful_n": say("확인이 필요한 사람", "People in doubt"),
    "elsewhere_left_out_n": say("제외한 사람", "People you left out"),
    "elsewhere_without_n": say("제출물이 없는 사람", "People without any work"),
    "elsewhere_doubtful": say("확인이 필요한 사람", "People in doubt"),
    "elsewhere_doubt_hint": say(
        "짐작해서 정하지 않았습니다. 확인표를 내려받아 마지막 열(id)에 명단의 아이디를 적어 주십시오. 명단에 없는 사람이면 ‘-’를 적습니다. 저장한 파일을 아래에서 함께 올리면 됩니다.",
        "Nothing was guessed. Download the list and write the person's id on our roster into the last column (id), or “-” for somebody who is not on it. Then upload the list below.",
    ),
    "elsewhere_who_save": say("사람 확인표(who.csv) 내려받기", "Download the list (who.csv)"),
    "elsewhere_their_name": say("플랫폼의 이름", "Name on the platform"),
    "elsewhere_their_key": say("플랫폼의 번호", "Number on the platform"),
    "elsewhere_why": say("이유", "Why"),
    "elsewhere_candidates": say("가능한 사람", "Could be"),
    "elsewhere_matched": say("누구인지 확실한 사람", "People known for certain"),
    "elsewhere_ours": say("포털의 사람", "Person here"),
    "elsewhere_evidence": say("근거", "Known by"),
    "elsewhere_evidence_settled": say("확인표", "your list"),
    "elsewhere_evidence_id": say("아이디", "id"),
    "elsewhere_evidence_email": say("이메일", "e-mail"),
    "elsewhere_evidence_name": say("이름", "name"),
    "elsewhere_files": say("파일", "Files"),
    "elsewhere_more_files": say("… 외 {n}개", "… and {n} more"),
    "elsewhere_nothing_certain": say(
        "누구인지 확실한 사람이 없습니다.", "There is nobody who is known for certain."
    ),
    "elsewhere_taken": say("가져온 결과", "What was brought in"),
    "elsewhere_stopped": say(
        "서버의 저장 공간이나 데이터베이스에 문제가 생겨 도중에 멈추었습니다. 아래까지는 제출되었습니다. 운영자에게 알리고, 나중에 같은 파일을 다시 가져오면 나머지를 이어서 받습니다.",
        "The server's disk or database had a problem and it stopped on the way. What is listed was handed in. Tell the operator, then bring the same files in again: it goes on with the rest.",
    ),
    "elsewhere_outcome": say("결과", "Outcome"),
    "elsewhere_outcome_handed-in": say("제출됨", "Handed in"),
    "elsewhere_outcome_known": say("이미 받음", "Taken before"),
    "elsewhere_outcome_older": say("더 새로운 제출 있음", "Newer work is here"),
    "elsewhere_outcome_turned-away": say("받지 못함", "Not taken"),
    "elsewhere_outcome_not-unpacked": say("풀지 못함", "Not unpacked"),
    "elsewhere_outcome_doubt": say("확인 필요", "In doubt"),
    "elsewhere_outcome_left-out": say("제외", "Left out"),
    "elsewhere_receipt": say("접수증 번호", "Receipt"),
    "elsewhere_see": say("과제 채점 화면으로", "To the assignment"),
    "elsewhere_once_more": say("다른 파일 가져오기", "Bring in something else"),
    "elsewhere_column": say("Canvas의 열(필요할 때만)", "Column in Canvas (if needed)"),
    "elsewhere_column_hint": say(
        "Canvas의 과제 제목이 포털과 다를 때 열의 제목이나 괄호 안의 번호를 적습니다.",
        "If the assignment has another title in Canvas: the column's title or the number in its brackets.",
    ),
    "elsewhere_comments": say(
        "Moodle의 피드백 칸에 점수와 통과 여부를 한 줄로 적기",
        "In Moodle, write score and pass into the feedback as one line",
    ),
    "elsewhere_comments_hint": say(
        "사람이 쓴 피드백이 있으면 그대로 둡니다.", "Feedback that a person wrote is left as it is."
    ),
    "elsewhere_lines": say("줄별 결과", "Line by line"),
    "elsewhere_status_written": say("점수를 적음", "Score written"),
    "elsewhere_status_unchanged": say("이미 같은 점수", "Has this score already"),
    "elsewhere_status_no-grade": say("점수 없음", "No score"),
    "elsewhere_status_locked": say("플랫폼에서 잠김", "Locked on the platform"),
    "elsewhere_status_maybe-locked": say("잠겼을 수 있음", "May be locked"),
    "elsewhere_status_doubt": say("확인 필요", "In doubt"),
    "elsewhere_status_left-out": say("제외", "Left out"),
    "elsewhere_locked": say(
        "플랫폼에서 성적을 고칠 수 없다고 표시한 줄입니다.",
        "The platform says that this grade cannot be changed.",
    ),
    "elsewhere_maybe_locked": say(
        "고칠 수 있는지 적힌 말을 알 수 없어 그대로 두었습니다.",
        "Whether it can be changed is said in a word we do not know, so it was left.",
    ),
    "elsewhere_state_missing": say("포털에 제출물이 없습니다.", "Nothing was handed in here."),
    "elsewhere_state_waiting": say("아직 채점하지 않았습니다.", "Not graded yet."),
    "elsewhere_state_quarantined": say("보류된 제출물입니다.", "The hand-in is held back."),
    "elsewhere_state_needs-person": say(
        "사람의 채점이 끝나지 않았습니다.", "A person has yet to mark something."
    ),
    "elsewhere_state_not-passed": say("돌려줄 점수가 없습니다.", "There is no score to return."),
    "elsewhere_state_passed": say("돌려줄 점수가 없습니다.", "There is no score to return."),
}
