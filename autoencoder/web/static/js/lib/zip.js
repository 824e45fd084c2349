// @ts-check
/* Reads zip files: their directory, and members that are stored or deflated (PKWARE's APPNOTE.TXT, 4.3). */

const [END, MEMBER] = [0x06054b50, 0x02014b50];
const LONGEST_COMMENT = 65_557; // and the record before it
const DAMAGED = "This zip file cannot be read.";

/**
 * The members of a zip file, by their paths. Each is read when it is wanted: the file may be larger than the memory.
 * @param {Blob} file
 * @returns {Promise<{path: string, read: () => Promise<Blob>}[]>}
 */
export async function membersOf(file) {
  try {
    const tail = await viewOf(file.slice(-LONGEST_COMMENT));
    const end = endOf(tail);
    const [length, start] = [12, 16].map((offset) => tail.getUint32(end + offset, true));
    const directory = await viewOf(file.slice(start, start + length));
    const members = [];
    for (let at = 0; at < length;) {
      if (directory.getUint32(at, true) !== MEMBER) throw new Error(DAMAGED);
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => directory.getUint16(at + offset, true));
      const path = textOf(new Uint8Array(directory.buffer, at + 46, nameLength));
      const member = { method: directory.getUint16(at + 10, true), size: directory.getUint32(at + 20, true) };
      const header = directory.getUint32(at + 42, true);
      if (!path.endsWith("/")) members.push({ path, read: () => contentOf(file, header, member) });
      at += 46 + nameLength + extra + comment;
    }
    return members;
  } catch (error) {
    throw new Error(DAMAGED, { cause: error });
  }
}

/** A name, in UTF-8 or in what older programs write: accents are wrong then, but no two folders become one. @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** @param {Blob} part */
async function viewOf(part) {
  return new DataView(await part.arrayBuffer());
}

/** Where the record of the directory's end begins. @param {DataView} tail */
function endOf(tail) {
  for (let at = tail.byteLength - 22; at >= 0; at -= 1) if (tail.getUint32(at, true) === END) return at;
  throw new Error(DAMAGED);
}

/**
 * @param {Blob} file
 * @param {number} header where the member's own header begins
 * @param {{method: number, size: number}} member
 */
async function contentOf(file, header, { method, size }) {
  const own = await viewOf(file.slice(header, header + 30));
  const start = header + 30 + own.getUint16(26, true) + own.getUint16(28, true);
  const packed = file.slice(start, start + size);
  if (method === 0) return packed;
  if (method !== 8) throw new Error(DAMAGED);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
}
