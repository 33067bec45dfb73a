/*
 * Search worker for Korean and English. Speaks the message protocol of Material for MkDocs (setup, ready,
 * query, result), so the theme's search box and result list stay as they are.
 *
 * Why not the theme's own worker: it can only match the beginnings of words between separators. Korean
 * glues particles to words (혈압을) and leaves spaces inside compounds to taste (공복혈당, 공복 혈당).
 *
 * A query word matches a word of the text
 *   exactly      혈압 ~ 혈압, 혈압을, 혈압입니다      (the rest is a particle or ending)
 *   in front     혈압 ~ 혈압계
 *   at the end   결과 ~ 검사결과
 *   inside       공복 ~ 이전공복혈당
 *   across words 공복혈당 ~ 공복 혈당, 공복혈당을      (only from the beginning of a word)
 * and English words match when their stems do. The index is index.js beside this file, loaded on the
 * first query only: readers who do not search do not pay for it.
 */
"use strict"

const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3
const WEIGHTS = { title: 10, words: 8, text: 1 }
const SNIPPET_LENGTH = 150

/* Particles and endings that may follow a noun; always looked up whole. */
const PARTICLES =
  "은 는 이 가 을 를 의 에 에서 에게 에게서 에는 에도 에만 에서는 에서도 으로 로 으로는 로는 으로도 로도 으로써 로써 " +
  "으로서 로서 와 과 와는 과는 도 만 만은 만을 까지 까지는 부터 부터는 보다 처럼 마다 이나 나 이든 든 이란 란 이라 라 " +
  "이라는 라는 이라고 라고 이라면 라면 이며 며 들 들은 들이 들을 들의 들에 들에게 들도 께 께서 한테 밖에 조차 마저 " +
  "인 인지 인가 이다 입니다 입니까 이고 이면 이어도 여도 이므로 대로 만큼 뿐 씩 별 별로 적 적인 적으로 상 상의 " +
  "하다 하고 하는 하기 하며 하면 하여 하지 하게 하도록 하려면 해 해서 해야 했다 했습니다 한다 한 할 함 합니다 하십시오 하세요 " +
  "되다 되고 되는 되기 되며 되면 되어 되지 된 된다 될 됨 됩니다 되었습니다 돼 됐다 시키다 시키는 시켜 시킨 시킵니다 " +
  "받는 받은 받습니다 하는지 되는지 한지 할지 였다 이었다 였습니다 이었습니다"
const ENDING = new Set(PARTICLES.split(" "))
const HANGUL = /^[가-힣]+$/
const TOKEN = /[가-힣]+|(?:(?![가-힣])[\p{L}\p{N}])+(?:\.\p{N}+)*/gu
const GLUE = /^[\s\u00b7‧・-]*$/

let documents = []
/* Every different word, with its places: [document, field, number of the word in it]. */
const vocabulary = new Map()
const aliases = new Map()

/* ------------------------------------------------------------------ words */

function tokenize(text) {
  const tokens = []
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    const word = match[0].normalize("NFKC").toLowerCase()
    const hangul = HANGUL.test(word)
    tokens.push({
      word,
      hangul,
      stem: hangul ? word : stem(word),
      start: match.index,
      end: match.index + match[0].length,
      glued: tokens.length > 0 && GLUE.test(text.slice(end, match.index)),
    })
    end = match.index + match[0].length
  }
  return tokens
}

/* A light English stemmer: plural, -ing, -ed, -er, -ment, -tion and a final e; for matching, never shown. */
function stem(word) {
  if (!/^[a-z]{4,}$/.test(word)) return word
  let s = word
    .replace(/ies$/, "y")
    .replace(/(ss|x|ch|sh)es$/, "$1")
    .replace(/([^su])s$/, "$1")
    .replace(/(ment|ness)$/, "")
  const cut = s.replace(/(?:ations?|ating|ated|ates?|ators?|ings?|ed|ers?|ors?)$/, "")
  if (cut !== s && cut.length >= 3 && /[aeiouy]/.test(cut))
    s = /^[^aeiou][aeiou][^aeiouwxy]$/.test(cut) ? `${cut}e` : cut.replace(/([^lsz])\1$/, "$1")
  if (s.length > 4) s = s.replace(/e$/, "")
  if (s.length > 3) s = s.replace(/y$/, "i")
  return s.length >= 3 ? s : word
}

/* The noun of a Korean word with a particle or ending, or null; at least `shortest` syllables of it. */
function withoutEnding(word, shortest) {
  for (let cut = shortest; cut < word.length; cut++)
    if (ENDING.has(word.slice(cut))) return word.slice(0, cut)
  return null
}

/* ------------------------------------------------------------------ matching */

/* How well one word answers a query word, from 0 to 1. */
function quality(part, word, wordStem) {
  if (word === part.word) return 1
  if (part.hangul) {
    if (word.startsWith(part.word)) return ENDING.has(word.slice(part.word.length)) ? 0.97 : 0.6
    if (part.word.length < 2) return 0
    return word.endsWith(part.word) ? 0.45 : word.includes(part.word) ? 0.35 : 0
  }
  const alphabetic = /^[a-z]{3,}$/.test(part.stem)
  if (alphabetic && wordStem === part.stem) return 0.95
  if (word.startsWith(part.word)) return part.word.length > 2 ? 0.6 : 0.2
  return alphabetic && part.stem.length > 3 && wordStem.startsWith(part.stem) ? 0.4 : 0
}

/* A query word that the text writes as several: [quality, number of words used], or null. */
function matchAcross(part, tokens, i) {
  let rest = part.word.slice(tokens[i].word.length)
  for (let j = i + 1; j < tokens.length && tokens[j].glued; j++) {
    const { word, stem: wordStem } = tokens[j]
    if (part.hangul && word.startsWith(rest)) {
      const over = word.slice(rest.length)
      return [over === "" || ENDING.has(over) ? 0.93 : 0.55, j - i + 1]
    }
    if (word === rest || (!part.hangul && wordStem === stem(rest))) return [0.9, j - i + 1]
    if (!rest.startsWith(word)) return null
    rest = rest.slice(word.length)
  }
  return null
}

function matchPart(part, tokens, i) {
  const { word, stem: wordStem } = tokens[i]
  const whole = quality(part, word, wordStem)
  if (whole) return [whole, 1]
  return part.word.startsWith(word) ? matchAcross(part, tokens, i) : null
}

/* A variant is one word, or several that must follow one another (γ-GTP, fasting glucose). */
function matchVariant({ parts, factor }, tokens, i) {
  let lowest = 1, used = 0
  for (const part of parts) {
    const at = i + used
    if (at >= tokens.length || (used && !tokens[at].glued)) return null
    const match = matchPart(part, tokens, at)
    if (!match || (parts.length > 1 && match[0] < 0.9)) return null
    lowest = Math.min(lowest, match[0])
    used += match[1]
  }
  return [lowest * factor, used]
}

/*
 * Where a term stands: document → field → {best, sum, hits}. Every different word of the course is looked
 * at once, its places only if it can begin a match: a course has far more text than words.
 */
function findTerm(variants) {
  const found = new Map()
  for (const variant of variants) {
    const first = variant.parts[0]
    for (const { word, stem: wordStem, places } of vocabulary.values()) {
      if (!quality(first, word, wordStem) && !first.word.startsWith(word)) continue
      for (const [doc, field, i] of places) {
        const match = matchVariant(variant, doc.tokens[field], i)
        if (!match) continue
        if (!found.has(doc)) found.set(doc, { title: new Map(), words: new Map(), text: new Map() })
        const at = found.get(doc)[field]
        if (!at.has(i) || at.get(i)[0] < match[0]) at.set(i, match)
      }
    }
  }
  return found
}

const FIELDS = Object.keys(WEIGHTS)

function scoreTerm(variants) {
  const scored = new Map()
  for (const [doc, fields] of findTerm(variants)) {
    const best = {}, hits = {}
    let sum = 0
    for (const field of FIELDS) {
      const tokens = doc.tokens[field]
      best[field] = 0
      hits[field] = []
      for (const [i, [matchQuality, used]] of fields[field]) {
        best[field] = Math.max(best[field], matchQuality)
        if (field === "text") sum += matchQuality
        hits[field].push({ start: tokens[i].start, end: tokens[i + used - 1].end, quality: matchQuality })
      }
    }
    const body = 2 * best.text + (2 * sum) / (sum + 2)
    /* A heading that is a whole sentence says less about its section than a short one. */
    const title = WEIGHTS.title * Math.min(1, 6 / doc.tokens.title.length) * best.title ** 2
    const score = title + WEIGHTS.words * best.words ** 2 + WEIGHTS.text * body
    scored.set(doc, { score, title: hits.title, text: hits.text })
  }
  return scored
}

/* ------------------------------------------------------------------ query */

const partOf = word => ({ word, hangul: HANGUL.test(word), stem: HANGUL.test(word) ? word : stem(word) })

/* A word as it stands and, if it is Korean, without its ending. */
function variantsOf(word, factor) {
  const variants = [{ parts: [partOf(word)], factor }]
  const noun = HANGUL.test(word) && withoutEnding(word, 2)
  if (noun) variants.push({ parts: [partOf(noun)], factor: factor * 0.9 })
  return variants
}

/* Korean words are joined, since matching runs across spaces; others follow one another. */
function phraseVariants(tokens, factor) {
  return tokens.every(token => token.hangul)
    ? variantsOf(tokens.map(token => token.word).join(""), factor)
    : [{ parts: tokens.map(token => partOf(token.word)), factor }]
}

/* What an alias is looked up by: spacing and English inflection do not matter. */
const aliasKey = tokens =>
  tokens.every(token => token.hangul)
    ? tokens.map(token => token.word).join("")
    : tokens.map(token => token.stem).join(" ")

function aliasVariants(tokens) {
  const key = aliasKey(tokens)
  const noun = HANGUL.test(key) ? withoutEnding(key, 2) : null
  const targets = [...(aliases.get(key) || []), ...(aliases.get(noun) || [])]
  return targets.flatMap(target => phraseVariants(target, 0.85))
}

function parseQuery(query) {
  let tokens = tokenize(query.normalize("NFC"))
  const particle = (token, i) => i > 0 && token.hangul && token.word.length < 3 && ENDING.has(token.word)
  tokens = tokens.filter((token, i) => !particle(token, i))
  const terms = tokens.map(token => ({
    label: token.word,
    variants: [...variantsOf(token.word, 1), ...aliasVariants([token])],
  }))
  /* Every run of words is also looked up as one word: 공복 혈당 as 공복혈당, note book as notebook. */
  const runs = []
  for (let from = 0; from < tokens.length; from++)
    for (let to = from + 2; to <= Math.min(tokens.length, from + 4); to++) {
      const part = tokens.slice(from, to)
      const variants = [...phraseVariants(part, 1), ...aliasVariants(part)]
      const kinds = new Set(part.map(token => token.hangul))
      if (kinds.size === 1) {
        const nouns = part.map((token, i) =>
          (token.hangul && i < part.length - 1 && withoutEnding(token.word, 2)) || token.word)
        variants.push(...variantsOf(nouns.join(""), 0.95))
      }
      runs.push({ from, to, variants })
    }
  return { terms, runs }
}

/* ------------------------------------------------------------------ ranking */

function search(query) {
  const { terms, runs } = parseQuery(query)
  if (!terms.length) return []
  const columns = [...terms, ...runs].map(term => scoreTerm(term.variants))
  const rarity = columns.map(column => Math.log(1 + documents.length / (1 + column.size)))
  const results = []
  for (const doc of new Set(columns.flatMap(column => [...column.keys()]))) {
    const scoreOf = c => (columns[c].get(doc)?.score ?? 0) * rarity[c]
    const scores = terms.map((_, t) => scoreOf(t))
    runs.forEach((run, r) => {
      /* A run that is found as one word answers for all its words, better than the words one by one. */
      const score = 1.3 * scoreOf(terms.length + r)
      for (let t = run.from; t < run.to; t++) scores[t] = Math.max(scores[t], score)
    })
    const matched = scores.filter(score => score > 0).length
    const sum = scores.reduce((total, score) => total + score, 0)
    results.push({
      doc,
      score: sum * (matched / terms.length) ** 2 * doc.boost * (doc.page ? 1.25 : 1),
      terms: Object.fromEntries(terms.map((term, t) => [term.label, scores[t] > 0])),
      title: columns.flatMap(column => column.get(doc)?.title ?? []),
      text: columns.flatMap(column => column.get(doc)?.text ?? []),
    })
  }
  return group(results)
}

/* Results by page, best page first; other sections that match lift their page a little. */
function group(results) {
  const pages = new Map()
  for (const result of results.sort((a, b) => b.score - a.score)) {
    const [page] = result.doc.location.split("#")
    if (!pages.has(page)) pages.set(page, [])
    pages.get(page).push(result)
  }
  const weight = items => items.reduce((sum, item, i) => sum + item.score / 4 ** i, 0)
  return [...pages]
    .sort(([, a], [, b]) => weight(b) - weight(a))
    .map(([page, items]) => {
      const rendered = items.map(render)
      if (!items.some(item => item.doc.page)) {
        const article = documents.find(doc => doc.page && doc.location === page)
        rendered.push(article ? render({ doc: article, score: 0, terms: {}, title: [], text: [] })
          : { ...rendered[0], location: page, text: "", score: 0, terms: {} })
      }
      return rendered
    })
}

/* ------------------------------------------------------------------ output */

const escapeHtml = text =>
  text.replace(/[&<>"']/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c])

/* Text between `from` and `to` as HTML, hits marked. */
function mark(text, hits, from = 0, to = text.length) {
  let html = "", at = from
  for (const { start, end } of [...hits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at || end > to) continue
    html += escapeHtml(text.slice(at, start)) + "<mark>" + escapeHtml(text.slice(start, end)) + "</mark>"
    at = end
  }
  return html + escapeHtml(text.slice(at, to))
}

function render({ doc, score, terms, title, text }) {
  const top = text.reduce((best, hit) => (!best || hit.quality > best.quality ? hit : best), null)
  let from = top ? Math.max(0, top.start - SNIPPET_LENGTH / 3) : 0
  if (from > 0) from = doc.text.indexOf(" ", from) + 1 || Math.floor(from)
  if (top && from > top.start) from = top.start
  let to = Math.min(doc.text.length, from + SNIPPET_LENGTH)
  if (to < doc.text.length) to = Math.max(doc.text.lastIndexOf(" ", to), top ? top.end : from + 1)
  const snippet = mark(doc.text, text, from, to)
  return {
    location: doc.location,
    title: mark(doc.title, title),
    text: snippet && (from > 0 ? "… " : "") + snippet + (to < doc.text.length ? " …" : ""),
    score,
    terms,
  }
}

/* ------------------------------------------------------------------ messages */

function here() {
  /* In the stand-in for workers that file:// needs, this script runs in an iframe. */
  const script = typeof document === "undefined" ? self.location.href : document.querySelector("script[src]").src
  return script.split("?")[0].replace(/[^/]*$/, "")
}

async function load() {
  await importScripts(here() + "index.js")
  const { docs, aliases: pairs } = self.medaiIndex
  for (const [from, to] of pairs) {
    const key = aliasKey(tokenize(from))
    aliases.set(key, [...(aliases.get(key) || []), tokenize(to)])
  }
  documents = docs.map(([location, title, text, words, boost]) => ({
    location, title, text, boost,
    page: !location.includes("#"),
    tokens: { title: tokenize(title), text: tokenize(text), words: tokenize(words) },
  }))
  for (const doc of documents)
    for (const field of FIELDS)
      doc.tokens[field].forEach(({ word, stem: wordStem }, i) => {
        if (!vocabulary.has(word)) vocabulary.set(word, { word, stem: wordStem, places: [] })
        vocabulary.get(word).places.push([doc, field, i])
      })
}

let loading = null
async function answer({ type, data }) {
  if (type === SETUP) return { type: READY }
  if (type !== QUERY) throw new TypeError("unknown message type")
  if (!/[\p{L}\p{N}]/u.test(data)) return { type: RESULT, data: { items: [] } }
  await (loading = loading || load())
  return { type: RESULT, data: { items: search(data) } }
}

addEventListener("message", async event => postMessage(await answer(event.data)))
