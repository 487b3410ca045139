import { useState } from 'react'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const KEY = 'eviltwin theme'

function stored(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system'
}

/** Puts the theme of this browser on the page; before anything is drawn, so that nothing flashes. */
export function applyTheme(theme: Theme = stored()): void {
  document.documentElement.dataset['theme'] =
    theme === 'system' ? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light') : theme
}

export function followSystemTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme())
}

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(stored)
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme
  return (
    <button
      type="button"
      className="button"
      title="Theme"
      onClick={() => {
        localStorage.setItem(KEY, next)
        applyTheme(next)
        setTheme(next)
      }}
    >
      <span className="sr-only">Theme: </span>
      {theme}
    </button>
  )
}
