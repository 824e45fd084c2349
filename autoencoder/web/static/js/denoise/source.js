/* What the model sees: the picture of now in 28 x 28, and whether an upload is inverted. */

class Source {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.label = root.querySelector(".seen-label");
    this.invert = root.querySelector("fieldset");
    this.hint = root.querySelector(".hint");
    this.invert.addEventListener("change", () => this.useUpload());
    studio.subscribe(["image", "source"], () => this.show());
    this.show();
  }

  /** Take an upload: both its readings, and which of them is likely the right one. */
  receive({ plain, inverted, invert }) {
    this.upload = { plain: studio.decodeBase64(plain), inverted: studio.decodeBase64(inverted), invert };
    this.invert.querySelector("[value=auto]").checked = true;
    this.useUpload();
    studio.say("The picture has arrived.");
  }

  useUpload() {
    const choice = this.invert.querySelector(":checked").value;
    const inverted = choice === "auto" ? this.upload.invert : choice === "on";
    const image = inverted ? this.upload.inverted : this.upload.plain;
    studio.set({ image, imageLabel: "Your picture", source: "upload" });
  }

  show() {
    const { image, imageLabel, source } = studio.state;
    if (image) studio.drawGrey(this.canvas, image);
    this.label.textContent = imageLabel;
    this.invert.disabled = source !== "upload";
    this.hint.textContent = source === "upload"
      ? `Cropped, centred, 28 × 28. ${this.upload.invert ? "Its background is light, so Auto inverts it." : "Its background is dark, so Auto leaves it."}`
      : "Light on black, 28 × 28, like the data it has learnt from.";
  }
}
