import * as Switch from '@radix-ui/react-switch'

export function Toggle({
  name,
  on,
  onChange,
}: {
  name: string
  on: boolean
  onChange: (on: boolean) => void
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside
    <label className="inline-flex items-center gap-2 text-sm">
      <Switch.Root checked={on} onCheckedChange={onChange} className="switch">
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
      {name}
    </label>
  )
}
