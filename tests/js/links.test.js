/* Views as addresses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { integerIn, linkTo, numberIn } from "../../autoencoder/web/static/js/lib/links.js";

test("a link holds the view and the theme, and nothing that the query held before", () => {
  const url = linkTo("http://host/demo/?__theme=dark&old=1&x=9#top", { tab: "latent", x: "-0.5", seed: 7 });
  assert.equal(url.href, "http://host/demo/?__theme=dark&tab=latent&x=-0.5&seed=7#top");
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
