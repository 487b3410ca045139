import { writeFileSync } from 'node:fs'
import { applyPalette, GIFEncoder, quantize } from 'gifenc'
import { PNG } from 'pngjs'

/** One picture of an animation: screenshots one below the other, all of the same width. */
export interface Frame {
  screenshots: readonly Buffer[]
  /** How long it is shown, in milliseconds. */
  shownMs: number
}

/** One index of 256 is for what does not change. */
const COLOURS = 255
const UNCHANGED = 255
/** Pixels that the palette is made of: every so many of each frame. */
const SAMPLE_EVERY = 7

/** Writes frames as an animated GIF with one palette; of each frame only what changes. */
export function writeAnimation(file: string, frames: readonly Frame[]): void {
  const pictures = frames.map(({ screenshots }) => stacked(screenshots))
  const palette = quantize(sampled(pictures), COLOURS)
  const encoder = GIFEncoder()
  let before: Uint8Array | null = null
  for (const [n, { data, width, height }] of pictures.entries()) {
    const indexed = applyPalette(data, palette)
    const previous = before
    const changed = previous
      ? indexed.map((index, at) => (index === previous[at] ? UNCHANGED : index))
      : indexed
    encoder.writeFrame(changed, width, height, {
      ...(n === 0 && { palette: padded(palette) }),
      delay: frames[n]?.shownMs ?? 0,
      transparent: n > 0,
      transparentIndex: UNCHANGED,
      dispose: 1,
    })
    before = indexed
  }
  encoder.finish()
  writeFileSync(file, encoder.bytes())
}

interface Picture {
  /** Four bytes a pixel. */
  data: Uint8Array
  width: number
  height: number
}

function stacked(screenshots: readonly Buffer[]): Picture {
  const parts = screenshots.map((screenshot) => PNG.sync.read(screenshot))
  const width = parts[0]?.width ?? 0
  if (parts.some((part) => part.width !== width)) throw new Error('screenshots of one frame have one width')
  const height = parts.reduce((sum, part) => sum + part.height, 0)
  return { data: new Uint8Array(Buffer.concat(parts.map(({ data }) => data))), width, height }
}

function sampled(pictures: readonly Picture[]): Uint8Array {
  const pixels = pictures.flatMap(({ data }) =>
    Array.from({ length: Math.floor(data.length / (4 * SAMPLE_EVERY)) }, (_, n) =>
      data.subarray(n * 4 * SAMPLE_EVERY, n * 4 * SAMPLE_EVERY + 4),
    ),
  )
  return new Uint8Array(Buffer.concat(pixels))
}

/** A colour for every index. */
function padded(palette: ReadonlyArray<[number, number, number]>): Array<[number, number, number]> {
  return Array.from({ length: COLOURS + 1 }, (_, n) => palette[n] ?? [0, 0, 0])
}
