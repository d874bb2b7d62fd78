// Starts what pages do with scripts. Every page does its main job without them.
import { initAll } from '/assets/nhsuk-frontend.min.js'
import { startGuide } from './guide.js'
import { keepFocus, startKeys } from './keys.js'
import { startLive, startRenewing } from './live.js'

initAll()
startKeys()
keepFocus()
startGuide()
startLive()
startRenewing()

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value)
    button.textContent = button.dataset.copied
  })
}
