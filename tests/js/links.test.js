/* Views as addresses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { integerIn, numberIn, numbersIn, packNumbers, withView } from "../../autoencoder/web/static/js/lib/links.js";

test("a link holds the view and what else the query holds", () => {
  const url = withView("http://host/demo/?__theme=dark&path=1_2&x=9#top", { tab: "latent", x: "-0.5", path: null });
  assert.equal(url.href, "http://host/demo/?__theme=dark&x=-0.5&tab=latent#top");
});

test("numbers come back from a link, all or none", () => {
  const path = packNumbers([0.5, -1.23456789, 3e-7]);
  assert.deepEqual(numbersIn(new URLSearchParams({ path }), "path", -9, 9), [0.5, -1.23457, 3e-7]);
  for (const text of ["1_x", "1_99", "_", ""])
    assert.deepEqual(numbersIn(new URLSearchParams({ path: text }), "path", -9, 9), []);
  assert.deepEqual(numbersIn(new URLSearchParams(), "path", -9, 9), []);
});

test("numbers of a query count only when they are numbers within bounds", () => {
  const query = new URLSearchParams("a=0.4&b=&c=7&d=x&e=NaN&f=Infinity&g=%20&h=0x10&i=-0.1&j=0");
  const found = Object.fromEntries([..."abcdefghijk"].map((name) => [name, numberIn(query, name, 0, 0.6)]));
  assert.deepEqual(found, {
    a: 0.4,
    b: null,
    c: null,
    d: null,
    e: null,
    f: null,
    g: null,
    h: null,
    i: null,
    j: 0,
    k: null,
  });
});

test("whole numbers must be whole", () => {
  const query = new URLSearchParams("a=3&b=3.5&c=-1&d=0");
  assert.deepEqual(
    [..."abcd"].map((name) => integerIn(query, name, 0, 9)),
    [3, null, null, 0],
  );
});
