/* Zip files, as they are read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { membersOf } from "../../autoencoder/web/static/js/lib/zip.js";

/** A zip file of one member, by the format's own description. */
function zipOf(path, content, method, name = new TextEncoder().encode(path)) {
  const packed = method ? deflateRawSync(content) : content;
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return new Blob([local, name, packed, entry, name, end]);
}

test("members of a zip are read, stored or deflated", async () => {
  const content = Buffer.from("a garment, ".repeat(50));
  for (const method of [0, 8]) {
    const file = zipOf("shoes/a.png", content, method);
    file.arrayBuffer = () => assert.fail("all of it is read at once");
    const [{ path, read }] = await membersOf(file);
    assert.equal(path, "shoes/a.png");
    assert.equal(Buffer.from(await (await read()).arrayBuffer()).toString(), content.toString());
  }
  await assert.rejects(membersOf(new Blob([new Uint8Array(100)])), /cannot be read/);
});

test("folders of a zip from an older Windows stay apart", async () => {
  const [large, greetings] = [0x94, 0x81].map((letter) => Uint8Array.of(0x47, 0x72, letter, 0xe1, 0x65)); // code page 437
  const paths = [];
  for (const name of [large, greetings]) paths.push((await membersOf(zipOf("", Buffer.from("x"), 0, name)))[0].path);
  assert.notEqual(paths[0], paths[1]);
  assert.ok(paths.every((path) => path.startsWith("Gr") && !path.includes("\ufffd")));
});
