import { useState } from 'react'
import { Toggle } from '../../components/toggle'
import { desktopWanted, soundWanted, wantDesktop, wantSound } from '../live-feed/notify'

/** Whether this browser signals new alerts by sound or desktop notification; off by default. */
export function NotificationToggles() {
  const [sound, setSound] = useState(soundWanted)
  const [desktop, setDesktop] = useState(desktopWanted)
  return (
    <>
      <Toggle
        name="Sound"
        on={sound}
        onChange={(on) => {
          wantSound(on)
          setSound(on)
        }}
      />
      <Toggle name="Notifications" on={desktop} onChange={(on) => void wantDesktop(on).then(setDesktop)} />
    </>
  )
}
