// Leads through a decision: shows what the verdict asks for, and lets a key answer each question in turn.
import { isTyping, singleKeys } from './keys.js'

// What one key says at once: a verdict, and what usually goes with it.
const BEGIN = {
  x: [['verdict', 'not_upheld']],
  h: [['verdict', 'upheld'], ['breaks_house_rules', 'yes'], ['action', 'hide']],
  a: [['verdict', 'upheld'], ['breaks_house_rules', 'yes']],
  q: [['verdict', 'needs_advice']]
}

export function startGuide () {
  const decision = document.querySelector('[data-decision]')
  if (!decision) return
  const bar = document.getElementById('up-guide')
  const words = document.getElementById('up-keys-words').dataset
  const answered = []

  const verdict = () => decision.querySelector('[name=verdict]:checked')?.value ?? ''
  // A form that was refused comes back filled in: the guide goes on where it was.
  let begun = verdict() !== ''
  const inputs = (step) => [...step.querySelectorAll('input')]
  const isAsked = (step) => !step.hidden && !step.closest('details:not([open])') && !step.closest('[hidden]')
  const isAnswered = (step) => inputs(step).some((each) => each.checked)
  // What may be left out is not asked for by the guide: its fields have a value, or none is needed.
  const waits = () => [...decision.querySelectorAll('[data-step]')].find((step) => isAsked(step) && !isAnswered(step) && !step.id.endsWith('-action') && !step.id.endsWith('-characteristic'))

  // What would be decided, in a few words.
  const chosen = () => ['verdict', 'why_not', 'category', 'severity', 'advice_from', 'action']
    .flatMap((name) => [...decision.querySelectorAll(`[name=${name}]:checked`)])
    .filter((each) => !each.closest('[hidden]'))
    .map((each) => decision.querySelector(`label[for="${CSS.escape(each.id)}"]`).textContent.trim())
    .join(' · ')

  // What an answer asks to be put in words.
  const writing = () => [...decision.querySelectorAll('[data-when]:not([hidden]) textarea')].find((each) => !each.value.trim())

  function show () {
    const now = verdict()
    for (const part of decision.querySelectorAll('[data-verdicts]')) {
      const asked = part.dataset.verdicts
      const when = part.dataset.when
      part.hidden = (asked !== '' && !asked.split(' ').includes(now)) || (when !== undefined && !document.getElementById(when)?.checked)
    }
    // Whoever stood in a question that is not asked any more goes on at the verdict.
    if (document.activeElement.closest('[data-verdicts][hidden]')) decision.querySelector('[name=verdict]:checked, [name=verdict]').focus()
    tell()
  }

  function tell () {
    bar.hidden = !begun || !singleKeys()
    if (!bar.hidden) ask()
    // What has the focus is scrolled to above the bar, not under it.
    document.documentElement.style.scrollPaddingBottom = `${bar.offsetHeight}px`
  }

  function ask () {
    const step = waits()
    bar.replaceChildren()
    const unwritten = writing()
    if (!step && unwritten) { bar.textContent = unwritten.labels[0].textContent; unwritten.focus(); return }
    if (!step) { bar.textContent = `${words.ready} ${chosen()}`; return }
    step.scrollIntoView({ block: 'nearest' })
    const title = document.createElement('strong')
    title.textContent = step.querySelector('legend').textContent
    bar.append(title)
    inputs(step).slice(0, 9).forEach((each, at) => {
      const key = document.createElement('kbd')
      key.className = 'up-key'
      key.textContent = at + 1
      const option = document.createElement('span')
      option.append(key, ' ', decision.querySelector(`label[for="${CSS.escape(each.id)}"]`).textContent)
      bar.append(option)
    })
  }

  function choose (name, value) {
    const input = decision.querySelector(`input[name="${name}"][value="${CSS.escape(value)}"]`)
    if (!input) return
    answered.push(input.id)
    set(input, true)
  }

  function set (input, checked) {
    input.checked = checked
    input.dispatchEvent(new Event('change', { bubbles: true }))
  }

  decision.addEventListener('change', show)
  // Other categories ask other questions. What was answered while these were on their way stays answered.
  const questions = () => [...decision.querySelectorAll('#up-questions input')]
  let given = new Map()
  decision.addEventListener('htmx:beforeSwap', () => { given = new Map(questions().map((each) => [each.id, each.checked])) })
  decision.addEventListener('htmx:afterSwap', () => {
    for (const each of questions()) each.checked = given.get(each.id) ?? each.checked
    show()
  })

  document.addEventListener('keydown', (event) => {
    if (!singleKeys() || isTyping(event) || event.defaultPrevented || document.querySelector('dialog[open]')) return
    // A correction is filled in only once somebody opened it.
    if (decision.closest('details:not([open])')) return
    if (event.key in BEGIN) {
      event.preventDefault()
      begun = true
      for (const [name, value] of BEGIN[event.key]) choose(name, value)
      show()
      return
    }
    if (!begun) return
    const step = waits()
    if (step && /^[1-9]$/.test(event.key)) {
      const input = inputs(step)[Number(event.key) - 1]
      if (input) { event.preventDefault(); choose(input.name, input.value) }
    } else if (event.key === 'Backspace') {
      event.preventDefault()
      const last = document.getElementById(answered.pop())
      if (last) set(last, false)
    } else if (event.key === 'Enter' && !event.target.matches('a, button, summary')) {
      event.preventDefault()
      if (!step && !writing()) decision.querySelector('[data-send]').click()
    }
  })
  show()
}
