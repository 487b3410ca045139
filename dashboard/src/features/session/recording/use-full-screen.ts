import { type RefObject, useCallback, useEffect, useState } from 'react'

/** @returns whether an element fills the screen, and what changes that; null where the browser has no full screen. */
export function useFullScreen(
  element: RefObject<HTMLElement | null>,
): { isOn: boolean; toggle: () => void } | null {
  const [isOn, setIsOn] = useState(false)
  useEffect(() => {
    const read = () => setIsOn(element.current !== null && document.fullscreenElement === element.current)
    document.addEventListener('fullscreenchange', read)
    return () => document.removeEventListener('fullscreenchange', read)
  }, [element])
  const toggle = useCallback(() => {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : element.current?.requestFullscreen()
    // A browser may refuse; then the page stays as it is.
    change?.catch(() => {})
  }, [element])
  return document.fullscreenEnabled ? { isOn, toggle } : null
}
