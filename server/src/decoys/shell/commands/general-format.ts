/** A number as `%g` of C writes it (ISO C 7.23.6.1): with so many digits, without zeros at the end. */
export function generalFormat(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf'
  const precision = Math.max(1, Math.min(100, digits))
  const [mantissa = '', exponent = '0'] = value.toExponential(precision - 1).split('e')
  const power = Number(exponent)
  if (power >= -4 && power < precision)
    return withoutZeros(value.toFixed(Math.min(100, precision - 1 - power)))
  const sign = power < 0 ? '-' : '+'
  return `${withoutZeros(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
