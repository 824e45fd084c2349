/* The upload: one request with the file, answered with what the models see of it, by whichever process gets it. */

class Upload {
  /** @param onArrival given both readings of a picture once it has arrived */
  constructor(root, onArrival) {
    this.area = root.querySelector(".drop");
    this.input = root.querySelector("input");
    this.error = root.querySelector("[role=alert]");
    this.onArrival = onArrival;
    this.input.addEventListener("change", () => {
      const [file] = this.input.files;
      if (file) this.send(file);
      this.input.value = ""; // the same file again is news
    });
    for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
      this.area.addEventListener(name, (event) => {
        event.preventDefault();
        this.area.classList.toggle("is-over", over);
      });
    }
    this.area.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer.files;
      if (file) this.send(file);
    });
  }

  /** Send a file; one chosen later takes its place. */
  async send(file) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    this.complain("");
    this.area.setAttribute("aria-busy", "true");
    try {
      const { max_upload_bytes: limit } = studio.limits; // refused here, before the server would have to
      if (file.size > limit) throw new Error(`This file is larger than ${limit / 1e6} MB. Scale the picture down and try again.`);
      this.onArrival(await studio.api("live/upload", file, abort.signal));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.complain(error.message);
    }
    if (this.abort === abort) this.area.setAttribute("aria-busy", "false");
  }

  complain(sentence) {
    this.error.textContent = sentence;
    this.error.hidden = !sentence;
  }
}
