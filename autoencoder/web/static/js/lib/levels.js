// @ts-check
/* Noise levels. */

/**
 * The level nearest to a number, on the grid of steps and within the bounds.
 * @param {number} value
 * @param {{max_level: number, level_step: number}} limits
 */
export function nearestLevel(value, { max_level: most, level_step: step }) {
  const bounded = Math.min(most, Math.max(0, value));
  return Number((Math.round(bounded / step) * step).toFixed(6)); // 3 * 0.1 is not 0.3
}

/**
 * The row of a strip whose level is nearest to a level.
 * @param {readonly number[]} levels in rising order
 * @param {number} level
 */
export function rowOf(levels, level) {
  let best = 0;
  for (let row = 1; row < levels.length; row += 1) {
    if (Math.abs(levels[row] - level) < Math.abs(levels[best] - level)) best = row;
  }
  return best;
}

/**
 * All positions of the slider.
 * @param {{max_level: number, level_step: number}} limits
 */
export function allLevels(limits) {
  const steps = Math.round(limits.max_level / limits.level_step);
  return Array.from({ length: steps + 1 }, (_, i) => nearestLevel(i * limits.level_step, limits));
}
