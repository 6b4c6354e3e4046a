// Looks how large and how long a film is before Streamlit's uploader gets it. The listeners come before all others (capturing), hold
// the event back while the browser reads the beginning of the file, and then send it again.

const PATIENCE = 5000; // milliseconds

// The length in seconds; NaN where the browser does not know it.
function measure(file) {
  return new Promise((resolve) => {
    const video = document.createElement("video");
    const end = (seconds) => {
      clearTimeout(timer);
      URL.revokeObjectURL(video.src);
      resolve(seconds);
    };
    const timer = setTimeout(() => end(NaN), PATIENCE);
    video.preload = "metadata";
    video.onloadedmetadata = () => end(video.duration);
    video.onerror = () => end(NaN);
    video.src = URL.createObjectURL(file);
  });
}

export default function ({ data, parentElement }) {
  const note = parentElement.querySelector("p");
  let passing = false; // the event is one that was held back before

  async function look(files, pass, drop) {
    const [file] = files;
    if (file?.size > data.megabytes * 2 ** 20) {
      note.textContent = data.too_large.replace("{megabytes}", Math.ceil(file.size / 2 ** 20));
      return drop();
    }
    const seconds = file ? await measure(file) : NaN;
    const isTooLong = Number.isFinite(seconds) && seconds > data.seconds;
    note.textContent = isTooLong ? data.too_long.replace("{minutes}", (seconds / 60).toFixed(1)) : "";
    if (isTooLong) return drop();
    passing = true;
    pass();
    passing = false;
  }

  function isOurs(event) {
    return !passing && event.target.closest?.(`.st-key-${data.uploader}`);
  }

  function onChange(event) {
    const input = event.target;
    if (!isOurs(event) || input.type !== "file") return;
    event.stopImmediatePropagation();
    look(
      [...input.files],
      () => input.dispatchEvent(new Event("change", { bubbles: true })),
      () => (input.value = ""),
    );
  }

  function onDrop(event) {
    if (!isOurs(event) || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target } = event;
    const files = [...event.dataTransfer.files];
    const again = () => {
      const dataTransfer = new DataTransfer();
      for (const file of files) dataTransfer.items.add(file);
      target.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    };
    look(files, again, () => target.dispatchEvent(new DragEvent("dragleave", { bubbles: true })));
  }

  document.addEventListener("change", onChange, true);
  document.addEventListener("drop", onDrop, true);
  return () => {
    document.removeEventListener("change", onChange, true);
    document.removeEventListener("drop", onDrop, true);
  };
}
