import type { Alert } from '@eviltwin/contract'

/** Which notifications this browser shows outside the page; none unless the user turned them on. */
const SOUND_KEY = 'eviltwin alert sound'
const DESKTOP_KEY = 'eviltwin desktop notifications'
/** Many alerts at once are one sound and one notification. */
const QUIET_MS = 5_000

export function soundWanted(): boolean {
  return localStorage.getItem(SOUND_KEY) === 'on'
}

export function wantSound(wanted: boolean): void {
  localStorage.setItem(SOUND_KEY, wanted ? 'on' : 'off')
  if (wanted) beep()
}

export function desktopWanted(): boolean {
  return (
    localStorage.getItem(DESKTOP_KEY) === 'on' &&
    'Notification' in window &&
    Notification.permission === 'granted'
  )
}

/** @returns whether the browser lets us. */
export async function wantDesktop(wanted: boolean): Promise<boolean> {
  const allowed = wanted && 'Notification' in window && (await Notification.requestPermission()) === 'granted'
  localStorage.setItem(DESKTOP_KEY, allowed ? 'on' : 'off')
  return allowed
}

let toldAt = 0

export function tellOutside(alert: Alert): void {
  if (Date.now() - toldAt < QUIET_MS) return
  if (soundWanted()) beep()
  if (desktopWanted()) {
    const { threat_level, source_ip, sensor_id } = alert
    new Notification(`${threat_level}: ${source_ip}`, { body: `on ${sensor_id}`, tag: 'eviltwin' })
  }
  toldAt = Date.now()
}

function beep(): void {
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  tone.frequency.value = 660
  volume.gain.setValueAtTime(0.1, audio.currentTime)
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.3)
  tone.connect(volume).connect(audio.destination)
  tone.start()
  tone.stop(audio.currentTime + 0.3)
  tone.onended = () => void audio.close()
}
