/* The global search of codes, against a search by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Threefry, corrupt } from "../../autoencoder/web/static/js/lib/engine/noise.js";
import { clippedMoments } from "../../autoencoder/web/static/js/lib/engine/refinement.js";
import { SearchGrid } from "../../autoencoder/web/static/js/lib/engine/search.js";

const BOX = new Float32Array([-1, -2, 3, 2]);
const CELLS = 16;
const LEVELS = [0, 0.001, 0.04, 0.1, 0.16, 0.23, 0.3, 0.37, 0.44, 0.5, 0.57, 0.6, 0.64, 1];

/** A sheet that folds: pictures of waves whose phase and pitch the code sets. */
function decode(codes) {
  return new Float32Array((codes.length / 2) * 784).map((_, i) => {
    const [row, pixel] = [Math.floor(i / 784), i % 784];
    return 0.5 + 0.5 * Math.sin((pixel / 261) * (4 + codes[2 * row]) + 2 * codes[2 * row + 1]);
  });
}

/** Pictures of places all over the plane, each under its own noise. */
function pictures(levels) {
  const places = levels.flatMap((_, i) => [-0.9 + ((i * 0.618) % 1) * 3.8, -1.9 + ((i * 0.414) % 1) * 3.8]);
  const clean = decode(new Float32Array(places));
  return Float32Array.from(
    levels.flatMap((level, i) => [
      ...corrupt(clean.subarray(i * 784, (i + 1) * 784), "gaussian", [level], new Threefry(i)),
    ]),
  );
}

function look(cell, level) {
  const found = new Float64Array(3);
  return cell.map((grey) => {
    if (!level) return grey;
    clippedMoments(grey, level, found);
    return found[0];
  });
}

function misfit(picture, seen) {
  return picture.reduce((sum, grey, i) => sum + (grey - seen[i]) ** 2, 0);
}

test("noisy pictures get the cell that fits best between the two levels around their own", () => {
  const levels = Array.from({ length: 8 }, () => LEVELS).flat();
  const seen = pictures(levels);
  const grid = new SearchGrid(decode, BOX, { cells: CELLS, isNoisy: true });
  const cells = decode(grid.codes);
  const looks = [0, 0.16, 0.32, 0.48, 0.64].map((level) => look(cells, level));
  const found = grid.best(seen, levels);
  const missed = levels.filter((level, row) => {
    const picture = seen.subarray(row * 784, (row + 1) * 784);
    const below = Math.min(3, Math.floor(level / 0.16));
    const share = Math.min(1, level / 0.16 - below);
    const misfits = Array.from({ length: CELLS * CELLS }, (_, cell) => {
      const of = (number) => misfit(picture, looks[number].subarray(cell * 784, (cell + 1) * 784));
      return (1 - share) * of(below) + share * of(below + 1);
    });
    const best = misfits.indexOf(Math.min(...misfits));
    return found[2 * row] !== grid.codes[2 * best] || found[2 * row + 1] !== grid.codes[2 * best + 1];
  });
  assert.deepEqual(missed, []);
});

test("where pictures are clean, they get the cell that is drawn most alike", () => {
  const levels = Array.from({ length: 30 }, () => 0);
  const seen = pictures(levels);
  const grid = new SearchGrid(decode, BOX, { cells: CELLS, isNoisy: false });
  const cells = decode(grid.codes);
  const found = grid.best(seen, levels);
  levels.forEach((_, row) => {
    const picture = seen.subarray(row * 784, (row + 1) * 784);
    const misfits = Array.from({ length: CELLS * CELLS }, (__, cell) =>
      misfit(picture, cells.subarray(cell * 784, (cell + 1) * 784)),
    );
    const best = misfits.indexOf(Math.min(...misfits));
    assert.deepEqual([...found.subarray(2 * row, 2 * row + 2)], [...grid.codes.subarray(2 * best, 2 * best + 2)]);
  });
});
