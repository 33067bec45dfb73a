// Comfort for work from other platforms: a preview appears and the chosen files stay chosen. Everything works
// without it.
"use strict";

const form = document.querySelector("[data-elsewhere]");
const status = form.querySelector("[role=status]");
let isSending = false;
let isPlain = false;

const download = form.querySelector("[name=download]");
download?.addEventListener("change", () => {
  const size = download.files[0]?.size ?? 0;
  download.setCustomValidity(size > Number(form.dataset.maxBytes) ? form.dataset.tooBig : "");
});

form.addEventListener("submit", (event) => {
  if (isPlain || event.submitter?.value !== "look") return;
  event.preventDefault();
  if (!isSending) showPreview(event.submitter);
});

async function showPreview(button) {
  isSending = true;
  status.textContent = form.dataset.sending;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    adopt(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Signed out, too big, the server is away: the plain form shows the answer's own page.
    isPlain = true;
    form.requestSubmit(button);
  }
  status.textContent = "";
  isSending = false;
}

function adopt(page) {
  const pairs = ["report", "steps"].map((id) => [document.getElementById(id), page.getElementById(id)]);
  if (pairs.some(([, theirs]) => !theirs)) throw new Error("another page");
  for (const [ours, theirs] of pairs) ours.replaceWith(theirs);
  form.elements.seen.value = page.querySelector("[name=seen]").value;
  const again = document.getElementById("choose-again");
  if (again) again.hidden = true;
  document.getElementById("report").focus();
}
