type Value = string | number | { [key: string]: Value }

const RECORD_BITS = 24
const SEPARATOR_BYTES = 16

/**
 * A MaxMind database that knows one IPv4 network, written as its format says
 * (https://maxmind.github.io/MaxMind-DB/, version 2.0): a node for every bit of the prefix, then what is known.
 * @param prefix the bits of the network, such as '00001000' for 8.0.0.0/8.
 */
export function mmdbOf(prefix: string, record: Value): Buffer {
  const found = prefix.length + SEPARATOR_BYTES
  const nodes = [...prefix].map((bit, depth) => {
    const onward = depth + 1 === prefix.length ? found : depth + 1
    const node = Buffer.alloc((RECORD_BITS / 8) * 2)
    node.writeUIntBE(bit === '0' ? onward : prefix.length, 0, RECORD_BITS / 8)
    node.writeUIntBE(bit === '1' ? onward : prefix.length, RECORD_BITS / 8, RECORD_BITS / 8)
    return node
  })
  const metadata = {
    node_count: prefix.length,
    record_size: RECORD_BITS,
    ip_version: 4,
    database_type: 'Test',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 0,
    description: {},
  }
  return Buffer.concat([
    ...nodes,
    Buffer.alloc(SEPARATOR_BYTES),
    encode(record),
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    encode(metadata),
  ])
}

const STRING = 2
const UINT32 = 6
const MAP = 7

function encode(value: Value): Buffer {
  if (typeof value === 'number') {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(value)
    return Buffer.concat([control(UINT32, number.length), number])
  }
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([control(STRING, text.length), text])
  }
  const fields = Object.entries(value)
  return Buffer.concat([
    control(MAP, fields.length),
    ...fields.flatMap(([name, field]) => [encode(name), encode(field)]),
  ])
}

/** Type and length of a value, below 285. */
function control(type: number, length: number): Buffer {
  return length < 29 ? Buffer.from([(type << 5) | length]) : Buffer.from([(type << 5) | 29, length - 29])
}
