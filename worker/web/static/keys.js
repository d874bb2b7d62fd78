// One-key shortcuts: a button or link with data-key is pressed by that key, a field gets the focus.
// They can be turned off (WCAG 2.1.4).

export const singleKeys = () => document.body.dataset.singleKeys === 'yes'

// Whoever types into a field, or holds a key of the browser's or the system's, means that.
export const isTyping = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.isComposing ||
  event.target.matches?.('input:not([type=radio]):not([type=checkbox]):not([type=submit]), textarea, select, [contenteditable]')

export function startKeys () {
  document.addEventListener('keydown', (event) => {
    if (!singleKeys() || isTyping(event) || event.defaultPrevented || document.querySelector('dialog[open]')) return
    if (event.key === '?') { event.preventDefault(); list(); return }
    if (event.key === 'j' || event.key === 'k') { if (move(event.key === 'j' ? 1 : -1)) event.preventDefault(); return }
    const pressed = [...document.querySelectorAll('[data-key]')].find((each) => each.dataset.key === event.key && each.offsetParent)
    if (!pressed) return
    event.preventDefault()
    if (pressed.matches('input, textarea, select')) pressed.focus()
    else pressed.click()
  })
}

// The rows of a list, one up or one down.
function move (step) {
  const links = [...document.querySelectorAll('[data-row-link]')]
  if (!links.length) return false
  const at = links.indexOf(document.activeElement)
  const next = links[Math.min(links.length - 1, Math.max(0, at + step))]
  next.focus()
  return true
}

// What the keys of this page do.
function list () {
  const dialog = document.getElementById('up-keys')
  const words = document.getElementById('up-keys-words').dataset
  const rows = [...document.querySelectorAll('[data-key]')].map((each) => [each.dataset.key, each.dataset.keySays])
  if (document.querySelector('[data-row-link]')) rows.push(['j', words.down], ['k', words.up])
  if (document.querySelector('[data-decision]')) {
    rows.push(['x', words.notUpheld], ['h', words.hide], ['a', words.upheld], ['q', words.advice], ['1 … 9', words.choose], ['Backspace', words.back], ['Enter', words.send])
  }
  rows.push(['?', words.list])
  dialog.replaceChildren()
  const title = document.createElement('h2')
  title.id = 'up-keys-title'
  title.className = 'nhsuk-heading-m'
  title.textContent = words.title
  const table = document.createElement('dl')
  table.className = 'up-facts'
  const seen = new Set()
  for (const [key, says] of rows) {
    if (seen.has(key)) continue
    seen.add(key)
    const name = document.createElement('dt')
    const mark = document.createElement('kbd')
    mark.className = 'up-key'
    mark.textContent = key
    name.append(mark)
    const text = document.createElement('dd')
    text.textContent = says
    table.append(name, text)
  }
  const close = document.createElement('button')
  close.className = 'nhsuk-button nhsuk-button--secondary nhsuk-button--small'
  close.textContent = words.close
  close.addEventListener('click', () => dialog.close())
  dialog.append(title, table, close)
  dialog.showModal()
}

// What is swapped for something else may take the focus with it: then it goes to what came instead.
export function keepFocus () {
  let lost = false
  document.addEventListener('htmx:beforeSwap', (event) => { lost = event.detail.target.contains(document.activeElement) })
  document.addEventListener('htmx:afterSwap', (event) => {
    const instead = document.getElementById(event.detail.target.id)
    if (!lost || document.activeElement !== document.body || !instead) return
    instead.tabIndex = -1
    instead.focus()
  })
}
