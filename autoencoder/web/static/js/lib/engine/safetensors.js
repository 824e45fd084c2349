// @ts-check
/* Reads and writes safetensors files (https://github.com/huggingface/safetensors): a JSON header, then the numbers. */

/** @typedef {{shape: number[], data: Float32Array}} Tensor */

/** @type {Record<string, {width: number, read: (bytes: ArrayBuffer) => Float32Array}>} */
const KINDS = {
  F32: { width: 4, read: (bytes) => new Float32Array(bytes) },
  F16: { width: 2, read: (bytes) => fromHalf(new Uint16Array(bytes)) },
  U16: { width: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes)) },
};

/**
 * The float32, float16 and uint16 tensors of a file, as float32, and its metadata; others, such as counters, are left out.
 * @param {ArrayBuffer} file
 * @returns {{tensors: Record<string, Tensor>, metadata: Record<string, string>}}
 */
export function readSafetensors(file) {
  const [header, start] = headerOf(file);
  const { __metadata__: metadata = {}, ...entries } = header;
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    const kind = KINDS[dtype];
    if (!kind) continue;
    const [from, to] = offsets.map((/** @type {number} */ offset) => start + offset);
    const count = shape.reduce((/** @type {number} */ product, /** @type {number} */ side) => product * side, 1);
    if (to > file.byteLength || to - from !== count * kind.width)
      throw new Error(`The weights of ${name} are cut off.`);
    tensors[name] = { shape, data: kind.read(file.slice(from, to)) }; // numbers need not begin where their type must
  }
  return { tensors, metadata };
}

/**
 * The header, and where the numbers begin.
 * @param {ArrayBuffer} file
 * @returns {[Record<string, any>, number]}
 */
function headerOf(file) {
  try {
    const length = Number(new DataView(file).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
    return [header, 8 + length];
  } catch (error) {
    throw new Error("The weights are no readable safetensors file.", { cause: error });
  }
}

/** Numbers of IEEE 754 binary16. @param {Uint16Array} halves */
function fromHalf(halves) {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const [exponent, fraction] = [(half >> 10) & 0x1f, half & 0x3ff];
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : (sign * fraction) / 2 ** 24;
  });
}

/**
 * A file of float32 tensors.
 * @param {Record<string, Tensor>} tensors
 * @param {Record<string, string>} metadata
 * @returns {ArrayBuffer}
 */
export function writeSafetensors(tensors, metadata) {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const begin = end;
    end += 4 * data.length;
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8)); // the numbers begin at a multiple of 8
  const file = new ArrayBuffer(8 + header.length + end);
  new DataView(file).setBigUint64(0, BigInt(header.length), true);
  new Uint8Array(file, 8).set(header);
  let at = 8 + header.length;
  for (const { data } of Object.values(tensors)) {
    new Float32Array(file, at, data.length).set(data);
    at += 4 * data.length;
  }
  return file;
}
