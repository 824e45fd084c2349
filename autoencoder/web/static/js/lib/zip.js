// @ts-check
/* Reads zip files: their directory, and members that are stored or deflated (PKWARE's APPNOTE.TXT, 4.3). */

const [END, MEMBER] = [0x06054b50, 0x02014b50];
const LONGEST_COMMENT = 65_557; // and the record before it
const DAMAGED = "This zip file cannot be read.";

/**
 * The members of a zip file, by their paths, each to be read when it is wanted.
 * @param {ArrayBuffer} file
 * @returns {{path: string, read: () => Promise<Blob>}[]}
 */
export function membersOf(file) {
  const view = new DataView(file);
  try {
    const end = endOf(view);
    const members = [];
    let at = view.getUint32(end + 16, true);
    for (let i = 0; i < view.getUint16(end + 10, true); i += 1) {
      if (view.getUint32(at, true) !== MEMBER) throw new Error(DAMAGED);
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      const path = new TextDecoder().decode(new Uint8Array(file, at + 46, nameLength));
      const member = { method: view.getUint16(at + 10, true), size: view.getUint32(at + 20, true) };
      const header = view.getUint32(at + 42, true);
      if (!path.endsWith("/")) members.push({ path, read: () => contentOf(view, header, member) });
      at += 46 + nameLength + extra + comment;
    }
    return members;
  } catch (error) {
    throw new Error(DAMAGED, { cause: error });
  }
}

/** Where the record of the directory's end begins. @param {DataView} view */
function endOf(view) {
  const first = Math.max(0, view.byteLength - LONGEST_COMMENT);
  for (let at = view.byteLength - 22; at >= first; at -= 1) if (view.getUint32(at, true) === END) return at;
  throw new Error(DAMAGED);
}

/**
 * @param {DataView<ArrayBuffer>} view
 * @param {number} header where the member's own header begins
 * @param {{method: number, size: number}} member
 */
async function contentOf(view, header, { method, size }) {
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const packed = new Blob([view.buffer.slice(start, start + size)]);
  if (method === 0) return packed;
  if (method !== 8) throw new Error(DAMAGED);
  return new Response(packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
}
