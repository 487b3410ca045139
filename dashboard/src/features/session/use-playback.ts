import { useEffect, useState } from 'react'

/** A replay of `length` milliseconds: where it is, how fast it runs, and whether it runs. */
export interface Playback {
  /** Milliseconds. */
  length: number
  /** Milliseconds since the start. */
  position: number
  setPosition: (position: number) => void
  /** 2 is twice as fast as it happened. */
  speed: number
  setSpeed: (speed: number) => void
  playing: boolean
  /** Pauses, or plays on; from the start again when the end was reached. */
  toggle: () => void
}

const FRAME_MS = 50

/** Moves the position of a replay while it plays, and stops at its end, where it also begins. @param length milliseconds. */
export function usePlayback(length: number): Playback {
  const [position, setPosition] = useState(length)
  const [speed, setSpeed] = useState<number>(1)
  const [playing, setPlaying] = useState(false)

  useEffect(() => {
    if (!playing) return
    let before = performance.now()
    const timer = window.setInterval(() => {
      const now = performance.now()
      const step = (now - before) * speed
      before = now
      setPosition((current) => Math.min(length, current + step))
    }, FRAME_MS)
    return () => window.clearInterval(timer)
  }, [playing, speed, length])
  useEffect(() => {
    if (position >= length) setPlaying(false)
  }, [position, length])

  const toggle = () => {
    if (position >= length) setPosition(0)
    setPlaying(!playing)
  }
  return { length, position, setPosition, speed, setSpeed, playing, toggle }
}
