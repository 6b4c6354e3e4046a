// Puts why a file was refused where Streamlit's uploader has an error's name. It tells only the number of the server's
// answer, so the answer's words are noted here when they come.

const ROUTE = "/_stcore/upload_file/";
const MARKED = '[data-testid="stFileChip"][aria-invalid="true"]';
const OF_SCRIPT = "Error: "; // so begins what the uploader says when a request failed; what it refuses itself is in words

// The name of the file in the body of a request, if there is one.
export function nameOf(body) {
  return body instanceof FormData ? [...body.values()].find((value) => value instanceof File)?.name : undefined;
}

// What the server has answered to each file, by its name; once for the window, however often this is mounted.
function answers() {
  if (window.huestoryAnswers) return window.huestoryAnswers;
  const noted = (window.huestoryAnswers = new Map());
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) {
    const name = nameOf(body);
    if (name !== undefined) {
      noted.delete(name);
      this.addEventListener("load", () => {
        if (this.responseURL.includes(ROUTE) && this.status >= 400) noted.set(name, this.responseText);
      });
    }
    return send.call(this, body);
  };
  return noted;
}

export default function ({ data }) {
  const noted = answers();

  function look() {
    for (const mark of document.querySelectorAll(MARKED)) {
      const reason = mark.querySelector('[role="alert"]');
      if (!reason?.textContent.startsWith(OF_SCRIPT)) continue;
      reason.textContent = noted.get(mark.querySelector('[data-testid="stFileChipName"]')?.title) || data.broken;
    }
  }

  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  look();
  return () => observer.disconnect();
}
