import { kinelake } from './kinelake.js'

const form = document.querySelector('#settings')
const video = document.querySelector('video')
const state = document.querySelector('#state')

let client

/** A client of what the form says; it changes nothing once it is there. */
function made() {
  const { url, token } = form.elements
  return kinelake({
    url: url.value,
    token: token.value,
    user: 'demo',
    delay: 500,
    onerror: loss => {
      state.textContent = `Given up: ${loss.items} (${loss.code}).`
    },
  })
}

form.consent.addEventListener('change', () => {
  if (!client) {
    if (!form.reportValidity()) {
      form.consent.checked = false
      return
    }
    client = made()
    client.attach(video, { mediaId: 'demo-film' })
  }
  client.consent(form.consent.checked ? 2 : 0)
  if (form.consent.checked) client.page('demo')
  state.textContent = form.consent.checked ? 'What you do with the film is recorded.' : 'Nothing is recorded.'
})

form.film.addEventListener('change', () => {
  const [film] = form.film.files
  if (film) video.src = URL.createObjectURL(film)
})
