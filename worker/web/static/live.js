// A page that stays open: it says that something changed and changes nothing that somebody is reading.

export function startLive () {
  const place = document.querySelector('[data-live]')
  if (!place || !window.EventSource) return
  const said = document.getElementById('up-live')
  const source = new EventSource(place.dataset.live)
  let before = ''
  source.onmessage = (event) => {
    const pulse = JSON.parse(event.data)
    const parts = []
    if (pulse.new !== '0') parts.push(`${place.dataset.new} ${pulse.new}.`)
    if (pulse.danger !== '0') parts.push(`${place.dataset.danger} ${pulse.danger}.`)
    const words = parts.join(' ')
    if (words === before) return
    before = words
    place.replaceChildren()
    if (!words) return
    const link = document.createElement('a')
    link.href = window.location.href
    link.textContent = place.dataset.show
    place.append(`${words} `, link)
    said.textContent = words
  }
  source.addEventListener('ended', () => {
    source.close()
    place.textContent = place.dataset.ended
    said.textContent = place.dataset.ended
  })
}

// Keeps somebody's claim on a case while its page is open and in sight.
export function startRenewing () {
  const place = document.querySelector('[data-renew]')
  if (!place) return
  const timer = setInterval(async () => {
    if (document.hidden) return
    const form = new URLSearchParams({ csrf: place.dataset.csrf })
    const answer = await fetch(place.dataset.renew, { method: 'POST', body: form })
    if (answer.status === 204) return
    clearInterval(timer)
    const lost = document.createElement('p')
    lost.setAttribute('role', 'alert')
    lost.className = 'up-banner'
    lost.textContent = answer.status === 401 ? place.dataset.ended : place.dataset.lost
    place.after(lost)
  }, 90_000)
}
