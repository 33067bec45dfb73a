/*
 * What the theme leaves out for people who use a keyboard, a screen reader or an input method.
 * Knows the theme's class names; changes nothing when they are missing.
 */
"use strict"

;(() => {
  /*
   * The theme acts on single letters anywhere on the page (s, f and / open the search; n, p, comma and full
   * stop turn pages). People who dictate or whose hands slip trigger them by accident, and they cannot be
   * switched off (WCAG 2.1.4). Capturing on window comes before the theme's own listener.
   */
  const SHORTCUTS = new Set(["s", "f", "/", "n", "p", ",", "."])
  const isField = element => element.closest("input, textarea, select, [contenteditable], [data-own-keys]")
  addEventListener("keydown", event => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey
    if (plain && SHORTCUTS.has(event.key.toLowerCase()) && !isField(event.target)) event.stopImmediatePropagation()
  }, true)

  /* The search listens to keyup only, which pasting and some Korean input methods never fire. */
  const query = document.querySelector("[data-md-component=search-query]")
  query?.addEventListener("input", () => query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: false })))

  /* Names and roles for the search dialog. */
  const search = document.querySelector("[data-md-component=search]")
  if (search && query) {
    search.setAttribute("aria-label", query.getAttribute("aria-label"))
    const results = search.querySelector(".md-search__scrollwrap")
    results.setAttribute("role", "region")
    results.setAttribute("aria-label", query.getAttribute("aria-label"))
    search.querySelector(".md-search-result__meta")?.setAttribute("role", "status")
  }

  /*
   * The navigation of narrow screens opens by a label, which no keyboard reaches: put a button in its place.
   * Its name is the navigation's own, so it is in the page's language.
   */
  const label = document.querySelector("label.md-header__button[for=__drawer]")
  const drawer = document.getElementById("__drawer")
  const navigation = document.querySelector(".md-nav--primary")
  if (label && drawer && navigation) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = `${label.className} drawer-button`
    button.setAttribute("aria-label", navigation.getAttribute("aria-label"))
    button.append(...label.childNodes)
    label.replaceWith(button)
    const set = open => {
      drawer.checked = open
      drawer.dispatchEvent(new Event("change"))
    }
    const tell = () => button.setAttribute("aria-expanded", drawer.checked)
    drawer.addEventListener("change", tell)
    tell()
    button.addEventListener("click", () => {
      set(!drawer.checked)
      if (drawer.checked) navigation.querySelector(".md-nav__list a")?.focus({ preventScroll: true })
    })
    addEventListener("keydown", event => {
      if (event.key !== "Escape" || !drawer.checked) return
      set(false)
      button.focus()
    })
    /* Leaving the open drawer by keyboard closes it: what lies behind it cannot be seen. */
    document.querySelector(".md-sidebar--primary")?.addEventListener("focusout", event => {
      const to = event.relatedTarget
      if (drawer.checked && to && !event.currentTarget.contains(to)) set(false)
    })
  }

  /*
   * The branches of the navigation are always open (course.css), so their labels do nothing, and they are
   * not landmarks of their own: many of them carry no name.
   */
  for (const stop of document.querySelectorAll("label.md-nav__link[tabindex]")) stop.removeAttribute("tabindex")
  for (const branch of document.querySelectorAll(".md-nav--primary nav.md-nav[data-md-level]")) {
    branch.setAttribute("role", "none")
    branch.removeAttribute("aria-labelledby")
    branch.removeAttribute("aria-expanded")
  }

  /* Copy buttons stand in a <nav> each; a page of code would be a page of landmarks. */
  const copyButtons = () => {
    for (const bar of document.querySelectorAll("nav.md-code__nav")) bar.setAttribute("role", "none")
  }
  addEventListener("load", copyButtons)

  /* What scrolls sideways can be reached and scrolled by keyboard; what fits needs no stop. */
  const regions = () => {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      const scrolls = box.scrollWidth > box.clientWidth + 1
      if (scrolls) {
        const heading = nearestHeading(box)
        box.tabIndex = 0
        box.setAttribute("role", "group")
        if (heading) box.setAttribute("aria-label", heading)
      } else if (box.getAttribute("role") === "group") {
        box.removeAttribute("tabindex")
        box.removeAttribute("role")
        box.removeAttribute("aria-label")
      }
    }
  }
  function nearestHeading(box) {
    const caption = box.querySelector("caption")
    if (caption) return caption.textContent.trim()
    const headings = [...document.querySelectorAll(".md-content :is(h1, h2, h3, h4)")]
    const before = headings.filter(heading => heading.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING)
    return before.pop()?.textContent.replace("¶", "").trim()
  }
  addEventListener("load", regions)
  addEventListener("resize", regions)
})()
