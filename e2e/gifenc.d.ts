/** What is used of gifenc, which has no types. */
declare module 'gifenc' {
  type Palette = Array<[number, number, number]>
  interface Frame {
    palette?: Palette
    /** Milliseconds. */
    delay: number
    transparent: boolean
    transparentIndex: number
    /** 1: the frame stays below the next one. */
    dispose: 1
  }
  interface Encoder {
    writeFrame(indexed: Uint8Array, width: number, height: number, frame: Frame): void
    finish(): void
    bytes(): Uint8Array
  }
  export function GIFEncoder(): Encoder
  /** @param rgba four bytes a pixel. */
  export function quantize(rgba: Uint8Array, colours: number): Palette
  /** @returns the index of the nearest colour of each pixel. */
  export function applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array
}
