// Comfort for graders; every page works without it.
"use strict";

// A job's progress moves by itself; when it is over, the page is asked for once more.
const job = document.getElementById("job");
if (job) {
  const bar = document.getElementById("job-bar");
  const count = document.getElementById("job-count");
  const look = async () => {
    try {
      const answer = await fetch(job.dataset.state, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      if (now.state !== job.dataset.now || (now.total && !bar)) {
        location.reload();
        return;
      }
      if (bar) {
        bar.max = now.total;
        bar.value = now.done;
        count.textContent = count.dataset.text.replace("{done}", now.done).replace("{total}", now.total);
      }
    } catch {
      // The server is away for a moment: the next look tells.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}

const form = document.getElementById("mark-form");
if (form) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  // A ticked comment goes into the text at once, where it can be changed.
  const comment = document.getElementById("comment");
  for (const box of form.querySelectorAll('input[name="use"]')) {
    box.addEventListener("change", () => {
      const text = box.parentElement.querySelector("span").textContent;
      if (box.checked && !comment.value.includes(text)) {
        comment.value = comment.value ? `${comment.value}\n${text}` : text;
      }
      box.checked = false;
    });
  }
}
