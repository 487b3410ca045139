/** How many of so many ordered times are not behind a time. @param timeOf the time with a number, from 0 on. */
export function countUntil(length: number, timeOf: (n: number) => number, time: number): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (timeOf(middle) <= time) low = middle + 1
    else high = middle
  }
  return low
}
