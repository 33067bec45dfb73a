// Comfort for the hand-in page and the result page. Everything works without it.
"use strict";

const form = document.querySelector("[data-hand-in]");
if (form) makeHandInComfortable(form);
const progress = document.querySelector("[data-progress][data-waiting]");
if (progress) followProgress(progress);

function makeHandInComfortable(form) {
  const input = form.querySelector("input[type=file]");
  const area = form.querySelector("[data-drop]");
  const status = form.querySelector("[data-chosen-name]");
  const button = form.querySelector("button");
  let isSending = false;

  form.querySelector("[data-drop-hint]").hidden = false;

  function showChoice() {
    const file = input.files[0];
    const isTooBig = Boolean(file) && file.size > Number(form.dataset.maxBytes);
    input.setCustomValidity(isTooBig ? form.dataset.tooBig : "");
    status.textContent = !file ? "" : isTooBig ? form.dataset.tooBig : `${form.dataset.chosen} ${file.name}`;
  }

  input.addEventListener("change", showChoice);
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => {
      event.preventDefault();
      area.classList.add("over");
    });
  }
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) area.classList.remove("over");
  });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (input.disabled || event.dataTransfer.files.length === 0) return;
    const first = new DataTransfer();
    first.items.add(event.dataTransfer.files[0]);
    input.files = first.files;
    showChoice();
  });
  // A file that misses the area must not replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());

  form.addEventListener("submit", (event) => {
    if (isSending) {
      event.preventDefault();
      return;
    }
    isSending = true;
    form.elements.client_at.value = new Date().toISOString();
    status.textContent = form.dataset.sending;
    button.setAttribute("aria-disabled", "true");
  });
  // Back from the receipt: the page comes out of memory and must be usable again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}

function followProgress(area) {
  const firstWait_ms = 3000;
  const longestWait_ms = 30000;
  let shown = "";

  async function look(wait_ms) {
    try {
      const answer = await fetch(area.dataset.progress, { credentials: "same-origin" });
      if (answer.redirected || !answer.ok) return; // signed out, or gone: the page stays as it is
      if (answer.headers.get("X-Waiting") !== "yes") {
        window.location.reload(); // the rest of the page depends on the result too
        return;
      }
      const text = await answer.text();
      if (shown && text !== shown) area.innerHTML = text;
      shown = text;
    } catch {
      // The network is away: try again later.
    }
    setTimeout(look, wait_ms, Math.min(wait_ms * 1.5, longestWait_ms));
  }

  area.setAttribute("aria-live", "polite");
  setTimeout(look, firstWait_ms, firstWait_ms);
}
