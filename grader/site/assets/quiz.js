/*
 * Self-check quizzes. Progressive enhancement of the HTML that quiz pages carry: without this script the
 * answers stand in a <details>; with it, "Check answer" judges and explains every choice.
 *
 * Knows the data attributes of quiz pages; holds no words of its own, so both languages share it. Answers
 * are kept on this device by stable ids (module/question, choice), never by position or path.
 */
"use strict"

;(() => {
  const STORE = "medai.quiz"
  const VERDICT_TEXT = { right: "textRight", partly: "textPartly", wrong: "textWrong" }

  /* ---------------------------------------------------------------- memory */

  /* Without storage (private windows, strict policies) answers live as long as the page. */
  let memory = { v: 1, answers: {} }

  function isStore(value) {
    return value && value.v === 1 && value.answers && typeof value.answers === "object" && !Array.isArray(value.answers)
  }

  function read() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORE))
      if (isStore(stored)) memory = stored
    } catch { /* unreadable or forbidden: go on with what we have */ }
    return memory
  }

  function write(change) {
    const store = read()
    change(store.answers)
    try {
      localStorage.setItem(STORE, JSON.stringify(store))
    } catch { /* full or forbidden: the quiz still works */ }
  }

  /* What a stored answer must look like; anything else is treated as unanswered. */
  const isAnswer = value => value && Array.isArray(value.chosen)

  const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name])

  /* ---------------------------------------------------------------- one question */

  class Question {
    constructor(element, texts, changed) {
      this.element = element
      this.texts = texts
      this.changed = changed
      this.key = element.dataset.quiz
      this.result = element.querySelector("[data-quiz-result]")
      this.button = element.querySelector("[data-quiz-check]")
      this.verdict = null
      this.choices = [...element.querySelectorAll("[data-choice]")].map(choice => this.prepare(choice))
      element.querySelector("[data-quiz-answers]").remove()
      this.button.hidden = false
      this.button.addEventListener("click", () => this.check())
      element.addEventListener("change", () => this.verdict && this.forget())
    }

    /* Move a choice's explanation to the choice itself, hidden until it is asked for. */
    prepare(element) {
      const id = element.dataset.choice
      const input = element.querySelector("input")
      const item = this.element.querySelector(`[data-quiz-answers] [data-for="${CSS.escape(id)}"]`)
      const correct = item.dataset.correct === "true"
      const why = document.createElement("p")
      why.className = `quiz-choice__why quiz-choice__why--${correct ? "right" : "wrong"}`
      why.id = `${input.id}-why`
      why.hidden = true
      const mark = document.createElement("strong")
      mark.className = "quiz-choice__mark"
      mark.textContent = correct ? this.texts.textMarkRight : this.texts.textMarkWrong
      why.append(mark, " ", ...item.querySelector(".quiz-why__text").childNodes)
      element.append(why)
      return { id, element, input, correct, why }
    }

    get chosen() {
      return this.choices.filter(choice => choice.input.checked)
    }

    judge() {
      const wrong = this.choices.filter(choice => choice.input.checked !== choice.correct)
      if (!wrong.length) return "right"
      return this.element.dataset.kind === "multiple" && this.chosen.some(choice => choice.correct) ? "partly" : "wrong"
    }

    check() {
      if (!this.chosen.length) {
        this.say(this.texts.textChoose)
        this.choices[0].input.focus()
        return
      }
      this.show()
      const answer = { chosen: this.chosen.map(choice => choice.id), right: this.verdict === "right" }
      write(answers => { answers[this.key] = answer })
      this.changed()
    }

    /* Show the verdict of what is chosen now, and every explanation. */
    show() {
      this.verdict = this.judge()
      this.element.dataset.verdict = this.verdict
      this.say(this.texts[VERDICT_TEXT[this.verdict]])
      for (const { element, input, correct, why } of this.choices) {
        element.dataset.mark = correct ? "right" : "wrong"
        element.toggleAttribute("data-chosen", input.checked)
        why.hidden = false
        input.setAttribute("aria-describedby", why.id)
      }
    }

    /* Emptied first, so that the same sentence twice in a row is announced twice. */
    say(text) {
      this.result.textContent = ""
      this.result.textContent = text
    }

    clearVerdict() {
      this.verdict = null
      delete this.element.dataset.verdict
      this.result.textContent = ""
      for (const { element, input, why } of this.choices) {
        delete element.dataset.mark
        element.removeAttribute("data-chosen")
        why.hidden = true
        input.removeAttribute("aria-describedby")
      }
    }

    /* The reader changed a checked answer: nothing is answered until the button is pressed again. */
    forget() {
      this.clearVerdict()
      write(answers => { delete answers[this.key] })
      this.changed()
    }

    restore(answer) {
      this.clearVerdict()
      const chosen = new Set(isAnswer(answer) ? answer.chosen : [])
      for (const choice of this.choices) choice.input.checked = chosen.has(choice.id)
      if (this.chosen.length) this.show()
    }
  }

  /* ---------------------------------------------------------------- one page */

  function start(quiz) {
    const texts = quiz.dataset
    const bar = quiz.querySelector("[data-quiz-bar]")
    const progress = quiz.querySelector("[data-quiz-progress]")
    const announcer = document.createElement("p")
    announcer.className = "quiz__announcer"
    announcer.setAttribute("role", "status")

    const count = () => {
      const done = questions.filter(question => question.verdict)
      const right = done.filter(question => question.verdict === "right")
      progress.textContent = fill(texts.textProgress, {
        total: questions.length, done: done.length, right: right.length,
      })
    }
    const restore = () => {
      const { answers } = read()
      for (const question of questions) question.restore(answers[question.key])
      count()
    }
    const questions = [...quiz.querySelectorAll("[data-quiz]")].map(
      element => new Question(element, texts, () => { announcer.textContent = ""; count() })
    )
    quiz.querySelector("[data-quiz-reset]").addEventListener("click", () => {
      write(answers => { for (const { key } of questions) delete answers[key] })
      restore()
      announcer.textContent = texts.textResetDone
    })
    bar.append(announcer)
    bar.hidden = false
    restore()
    if (questions.some(question => question.verdict)) announcer.textContent = texts.textRestored
    /* Back from the other language's page: the browser may show this page as it was left. */
    addEventListener("pageshow", event => event.persisted && restore())
  }

  function summarise(element) {
    const prefix = `${element.dataset.quizSummary}/`
    const answered = Object.entries(read().answers).filter(([key, answer]) => key.startsWith(prefix) && isAnswer(answer))
    if (!answered.length) return
    const right = answered.filter(([, answer]) => answer.right === true).length
    element.textContent = fill(element.dataset.text, { total: element.dataset.total, done: answered.length, right })
    element.hidden = false
  }

  document.querySelectorAll(".quiz[data-quiz-module]").forEach(start)
  document.querySelectorAll("[data-quiz-summary]").forEach(summarise)
})()
