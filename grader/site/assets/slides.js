/*
 * Shows the slides of a page (grader/site/slides_page.py) one at a time; does nothing on other pages.
 * Keys work in the dialog only: single characters must not act on a page by accident (WCAG 2.1.4).
 */
"use strict"

;(() => {
  const deck = document.querySelector("[data-deck]")
  const controls = document.querySelector("[data-slides-controls]")
  if (!deck || !controls || !window.HTMLDialogElement) return
  const slides = [...deck.querySelectorAll(".slide")]
  const notes = [...deck.querySelectorAll(".slide__notes")]
  const start = document.querySelector("[data-slides-start]")
  const count = controls.querySelector("[data-slides-count]")
  const home = document.createComment("slides")
  const dialog = document.createElement("dialog")
  const stage = document.createElement("div")
  stage.className = "presenter__stage"
  dialog.append(stage)
  dialog.className = "presenter"
  dialog.dataset.ownKeys = ""
  dialog.setAttribute("aria-label", controls.dataset.label)
  /* What is printed below the slides; the theme opens every box of a page for printing. */
  deck.dataset.notes = "none"
  deck.before(home)
  home.after(dialog)
  let at = 0
  let stays = false

  const fromHash = () => slides.findIndex(slide => `#${slide.id}` === location.hash)

  /* A slide that holds more than its screen gets smaller type. */
  const fit = () => {
    const face = slides[at].querySelector(".slide__face")
    face.style.removeProperty("--slide-fit")
    for (let size = 0.96; size > 0.5 && face.scrollHeight > face.clientHeight + 1; size -= 0.04) {
      face.style.setProperty("--slide-fit", size)
    }
  }

  const show = (number, keep) => {
    at = Math.max(0, Math.min(slides.length - 1, number))
    slides.forEach((slide, index) => slide.toggleAttribute("data-shown", index === at))
    const heard = document.createElement("span")
    heard.className = "presenter__heard"
    heard.textContent = ` ${slides[at].querySelector("h2").textContent}`
    count.replaceChildren(`${at + 1} / ${slides.length}`, heard)
    if (!keep) history.replaceState(history.state, "", `#${slides[at].id}`)
    fit()
  }

  const full = () => {
    stays = !!document.fullscreenElement
    if (stays) document.exitFullscreen()
    else stage.requestFullscreen?.().catch(() => {})
  }

  const open = () => {
    const near = slides.findIndex(slide => slide.getBoundingClientRect().bottom > innerHeight / 3)
    const first = fromHash() < 0 ? Math.max(0, near) : fromHash()
    stage.append(deck, controls)
    controls.hidden = false
    dialog.showModal()
    controls.querySelector("[data-slides=next]").focus()
    show(first)
  }

  const close = () => {
    if (document.fullscreenElement) document.exitFullscreen()
    home.after(deck, controls)
    controls.hidden = true
    for (const face of deck.querySelectorAll(".slide__face")) face.style.removeProperty("--slide-fit")
    slides[at].scrollIntoView()
    start.focus({ preventScroll: true })
  }

  const toggleNotes = () => {
    const all = !notes.every(note => note.open)
    for (const note of notes) note.open = all
    deck.dataset.notes = all ? "all" : "none"
    tell()
    if (dialog.open) fit()
  }
  const buttons = document.querySelectorAll("[data-slides-notes], [data-slides=notes]")
  const tell = () => buttons.forEach(button => button.setAttribute("aria-pressed", notes.every(note => note.open)))

  const acts = {
    previous: () => show(at - 1),
    next: () => show(at + 1),
    notes: toggleNotes,
    full,
    close: () => dialog.close(),
  }
  const keys = {
    ArrowRight: acts.next, ArrowDown: acts.next, PageDown: acts.next,
    ArrowLeft: acts.previous, ArrowUp: acts.previous, PageUp: acts.previous,
    Home: () => show(0), End: () => show(slides.length - 1),
    n: acts.notes, N: acts.notes, f: acts.full, F: acts.full,
  }
  dialog.addEventListener("keydown", event => {
    event.stopPropagation()
    if (event.ctrlKey || event.metaKey || event.altKey) return
    let act = keys[event.key]
    const pressed = event.target.closest("a, button, summary")
    if (event.key === " " && !pressed) act = event.shiftKey ? acts.previous : acts.next
    /* Notes that are longer than their box scroll by key. */
    if (/^(Arrow(Up|Down)|Page|Home|End)/.test(event.key) && event.target.closest(".slide__notes")) return
    if (!act) return
    event.preventDefault()
    act()
  })
  controls.addEventListener("click", event => acts[event.target.closest("[data-slides]")?.dataset.slides]?.())
  dialog.addEventListener("close", close)
  start.addEventListener("click", () => {
    open()
    full()
  })
  document.querySelector("[data-slides-notes]").addEventListener("click", toggleNotes)
  deck.addEventListener("toggle", tell, true)
  addEventListener("resize", () => dialog.open && fit())
  /* Esc leaves the full screen first; one Esc shall end the presentation. F comes back to the window. */
  addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && dialog.open && !stays) dialog.close()
    stays = false
  })
  addEventListener("hashchange", () => dialog.open && fromHash() >= 0 && show(fromHash(), true))

  let from = null
  dialog.addEventListener("touchstart", event => {
    from = event.touches.length === 1 ? event.touches[0] : null
  }, { passive: true })
  const swiped = event => {
    const to = event.changedTouches[0]
    const across = from ? to.clientX - from.clientX : 0
    return from && Math.abs(across) > 2 * Math.abs(to.clientY - from.clientY) ? across : 0
  }
  /* Without this, a browser may take the swipe for its own “back”. */
  dialog.addEventListener("touchmove", event => {
    if (swiped(event) && event.cancelable) event.preventDefault()
  }, { passive: false })
  dialog.addEventListener("touchend", event => {
    const across = swiped(event)
    from = null
    if (Math.abs(across) > 50) show(across < 0 ? at + 1 : at - 1)
  })

  document.querySelector("[data-slides-buttons]").hidden = false
})()
