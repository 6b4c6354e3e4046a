// Remembers in this tab which visit it is, and warns before results that nobody has saved are left.

const NAME = "huestory_visit";

const warn = (event) => event.preventDefault();

export default function ({ data, setTriggerValue }) {
  let earlier = null;
  try {
    earlier = sessionStorage.getItem(NAME);
    sessionStorage.setItem(NAME, data.visit);
  } catch {
    // A browser that forbids it has no visit to come back to.
  }
  if (earlier && earlier !== data.visit) setTriggerValue("earlier", earlier);

  // On other pages of the app the photographs are still there to be lost: the warning outlasts this element.
  if (window.huestoryWarning) window.removeEventListener("beforeunload", window.huestoryWarning);
  window.huestoryWarning = data.unsaved ? warn : null;
  if (data.unsaved) window.addEventListener("beforeunload", warn);
}
