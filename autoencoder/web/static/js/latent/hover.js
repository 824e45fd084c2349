/* What lies under the pointer, without asking the server: the nearest test item within reach, else the
   atlas's decode of the place. Drawn in the frame that follows the move. */

const REACH = 9; // pixels: a little more than a point's radius, less than the gaps between them

class HoverCard {
  /** @param map element that holds plot, overlay and card
   *  @param source () => ({plane, shown, view, overlay, sprite}), plane null until the map is drawn */
  constructor(map, source) {
    Object.assign(this, { map, source, last: null, queued: 0 });
    this.card = map.querySelector(".lm-card");
    this.canvas = this.card.querySelector("canvas");
    this.title = this.card.querySelector("b");
    this.detail = this.card.querySelector("span");
    map.addEventListener("pointermove", (event) => this.move(event));
    map.addEventListener("pointerleave", () => this.hide());
    map.addEventListener("pointercancel", () => this.hide());
  }

  move(event) {
    this.last = event;
    this.queued ||= requestAnimationFrame(() => {
      this.queued = 0;
      if (this.last) this.draw(this.last);
    });
  }

  hide() {
    this.last = null;
    if (this.card.hidden) return;
    this.card.hidden = true;
    this.source().overlay.set({ hover: null });
  }

  draw(event) {
    const { plane, shown, view, overlay, sprite } = this.source();
    if (!plane || event.buttons > 1) return this.hide();
    const frame = this.map.getBoundingClientRect();
    const px = event.clientX - frame.left - view.left;
    const py = event.clientY - frame.top - view.top;
    if (px < 0 || py < 0 || px > view.width || py > view.height) return this.hide();
    const [x, y] = view.toPlane(px, py);
    const row = nearestRow(plane, x, y, shown, REACH * view.unit);
    if (row >= 0) this.drawItem(plane, row, sprite);
    else this.drawPlace(plane, x, y);
    overlay.set({ hover: row >= 0 ? placeOf(plane, row) : null });
    this.card.hidden = false;
    this.position(px + view.left, py + view.top, frame);
  }

  drawItem(plane, row, sprite) {
    const item = plane.index[row];
    this.card.dataset.kind = "item";
    this.card.dataset.index = item;
    this.card.style.setProperty("--swatch", studio.classes[plane.labels[row]].colour);
    if (sprite) studio.drawSample(this.canvas.getContext("2d"), item, 0, 0, CELL);
    else drawAtlas(this.canvas, plane, ...placeOf(plane, row)); // the thumbnails are still under way
    this.title.textContent = studio.classes[plane.labels[row]].name;
    this.detail.textContent = `test item ${item}`;
  }

  drawPlace(plane, x, y) {
    const known = drawAtlas(this.canvas, plane, x, y);
    if (!known) this.canvas.getContext("2d").clearRect(0, 0, CELL, CELL);
    this.card.dataset.kind = known ? "decode" : "beyond";
    this.card.dataset.index = "";
    this.card.style.setProperty("--swatch", "transparent");
    this.title.textContent = known ? "Decoded" : "Uncharted";
    this.detail.textContent = known ? `${readable(x)}, ${readable(y)}` : "click to decode";
  }

  /** Beside the pointer, on the side that has room. */
  position(px, py, frame) {
    const [width, height, gap] = [104, 142, 18];
    const left = px + gap + width > frame.width ? px - gap - width : px + gap;
    const top = Math.min(Math.max(py - height / 2, 4), frame.height - height - 4);
    this.card.style.transform = `translate(${left.toFixed(0)}px, ${top.toFixed(0)}px)`;
  }
}
